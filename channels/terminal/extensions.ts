/** Runs what plugins add for the user: one command or key at a time, and what it says goes to the chat. */
import type { SessionExtensions } from "../../actors/session-extensions.ts"
import type { Session } from "../../actors/session-host.ts"
import type { CommandResult } from "../../plugins/extensions.ts"
import type { Extras } from "./screen/extras.ts"
import type { Action, Extension } from "./screen/state.ts"
import type { Store } from "./store.ts"

export interface ExtensionRuns {
  readonly run: (run: Extension, label: string) => void
  /** Stops what runs, as far as it listens; nobody waits for it. */
  readonly giveUp: () => void
}

export const extensionRuns = (
  extensions: () => SessionExtensions,
  dispatch: (action: Action) => void
): ExtensionRuns => {
  let count = 0
  let current: AbortController | undefined
  const run: ExtensionRuns["run"] = (what, label) => {
    const id = ++count
    const { signal } = (current = new AbortController())
    const onProgress = (text: string): void => dispatch({ type: "told", id, text })
    const end = (result: CommandResult): void => dispatch({ type: "ended", id, result })
    dispatch({ type: "begun", id, label, now: Date.now() })
    begin(extensions(), what, { signal, onProgress }).then(end, (error) => end({ show: String(error) }))
  }
  return { run, giveUp: () => current?.abort() }
}

type RunOptions = Parameters<SessionExtensions["pressShortcut"]>[1]

const begin = async (
  { runCommand, pressShortcut }: SessionExtensions,
  run: Extension,
  options: RunOptions
): Promise<CommandResult> =>
  run.kind === "command" ? runCommand(run.name, run.argument, options) : pressShortcut(run.key, options)

/** Tells the chat what plugins offer now, when that is something else than before. */
export const offerExtras = ({ extensions }: Session, store: Store): void => {
  const extras: Extras = {
    commands: extensions.commands(),
    shortcuts: extensions.shortcuts()
  }
  if (JSON.stringify(extras) !== JSON.stringify(store.current().extras)) store.dispatch({ type: "extras", extras })
}
