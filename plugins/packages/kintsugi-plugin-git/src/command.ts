/** Command lines for the shell that the host runs them with: every word that is not ours is quoted. */
import { PortError } from "kintsugi/plugin"

/** Between single quotes a shell reads nothing but the closing one. @throws PortError for a NUL, which ends a word. */
export const quote = (word: string): string => {
  if (word.includes("\0")) throw new PortError("invalid_arguments", "a NUL character cannot be handed to git")
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/**
 * Its messages are read, so they are English; reading takes no lock that somebody else may wait for; names are quoted in
 * ASCII, because the host's port gives text and no bytes; no pager, no question, and no program that the repository's own
 * configuration names, as far as git lets that be said.
 */
const prefix =
  "LANGUAGE=en GIT_TERMINAL_PROMPT=0 GIT_OPTIONAL_LOCKS=0 " +
  "git --no-pager -c core.quotePath=true -c status.relativePaths=true -c core.fsmonitor=false -c color.ui=false -c log.showSignature=false"

export const commandLine = (args: ReadonlyArray<string>): string => [prefix, ...args.map(quote)].join(" ")

/** @throws PortError for what git would take for an option. */
export const revisionOf = (text: string): string => {
  if (/^[^\s-]\S*$/.test(text) && !text.includes(":")) return text
  const asked = "a commit, branch, tag or range (HEAD~3, main, main..HEAD)"
  throw new PortError("invalid_arguments", `${JSON.stringify(text)} is no revision: give ${asked}`)
}
