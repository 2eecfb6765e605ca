/** npm on the user's word: from wherever the user says, still without a script. */
import * as Effect from "effect/Effect"
import { type Npm, npmIn, spawning, type Terms } from "../../healing/install/npm.ts"
import type { Environment } from "../folders.ts"
import { NotManaged } from "./not-managed.ts"

const terms: Terms = {
  settings: [
    "--save-exact",
    // A folder stays where it is, so that what is edited in it counts.
    "--install-links=false",
    "--loglevel=http",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
    "--fetch-timeout=60000"
  ],
  meanings: [
    [/^ETARGET$|^ENOVERSIONS$/, "the registry has it, but no such version"],
    [/^E404$/, "the registry does not have it; is the name right? A folder is written ./folder"],
    [/^128$/, "git cannot fetch it"],
    [/^ENOENT$|^EJSONPARSE$/, "it is no package that npm can read"],
    [/^EUSAGE$/, "package.json and package-lock.json of the plugins do not agree; install one of them anew"]
  ]
}

/** What git needs to reach a repository that asks who one is, besides what npm needs. */
export const forGit = /^(SSH_AUTH_SOCK|SSH_AGENT_PID|GIT_(SSH|SSH_COMMAND|ASKPASS|CONFIG\w*|SSL\w*))$/

export interface NpmOptions {
  readonly env: Environment
  /** Hears of each thing that npm fetches. */
  readonly onFetched?: (() => void) | undefined
  /** How npm is started. Default: the one on the PATH. */
  readonly run?: Parameters<typeof npmIn>[2]
}

/** npm in one folder. Fails with what its refusal means. */
export const userNpm = (folder: string, { env, onFetched, run }: NpmOptions) => {
  const hear = (text: string) => {
    for (const _ of text.matchAll(/^npm http (fetch|cache) /gm)) onFetched?.()
  }
  const npm: Npm = npmIn(folder, { ...env, GIT_TERMINAL_PROMPT: "0" }, run ?? spawning({ more: allowed, hear }), terms)
  return (args: ReadonlyArray<string>): Effect.Effect<string, NotManaged> =>
    Effect.mapError(npm(args), ({ reason }) => new NotManaged({ message: reason }))
}

const allowed = new RegExp(`${forGit.source}|^GIT_TERMINAL_PROMPT$`)
