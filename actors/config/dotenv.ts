/** Variables from a trusted folder's `.env`: they fill gaps and never replace what the environment says. */
import { parseEnv } from "node:util"
import type { Environment } from "../folders.ts"

/** Names that decide which code runs, where it keeps its files, or whom it trusts: no file of a project may set them. */
const refused =
  /^(PATH|HOME|SHELL|IFS|ENV|BASH_ENV|BASH_FUNC.*|PROMPT_COMMAND|TMPDIR|NODE_(?!ENV$).*|(LD|DYLD|XDG|GIT|NPM_CONFIG|PYTHON|PERL5?|RUBY|SSL_CERT)_?.*|KINTSUGI_TRUST)$/i

export interface Dotenv {
  readonly env: Environment
  /** Names that stand in the file and were not taken over. */
  readonly refused: ReadonlyArray<string>
}

export const addDotenv = (env: Environment, text: string): Dotenv => {
  const added = Object.entries(parseEnv(text)).filter(([name]) => env[name] === undefined)
  return {
    env: { ...Object.fromEntries(added.filter(([name]) => !refused.test(name))), ...env },
    refused: added.map(([name]) => name).filter((name) => refused.test(name))
  }
}
