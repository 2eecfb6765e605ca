/** What a plugin registered, run with a session's ports and in its time; what comes back is checked. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { CommandContext, CommandResult, Extensions } from "../../plugins/extensions.ts"
import type { Answer } from "../../plugins/tool.ts"
import type { Host } from "../hosts/host.ts"
import type { RunOptions } from "../session-extensions.ts"
import type { Workplace } from "../tool/order.ts"

export interface Running {
  readonly workplace: Workplace
  /** Of the plugin. */
  readonly plugin: string
  /** Begins it and waits until it runs; fails when it is out of use. */
  readonly host: () => Effect.Effect<Host, Answer>
  /** Milliseconds. */
  readonly time: number
  /** Ends it when it is aborted. */
  readonly end: AbortSignal
  readonly onProgress?: RunOptions["onProgress"]
}

/** Rejects with what it failed with, also when its time is over. */
export const runExtension = async (
  { workplace, plugin, host, time, end, onProgress }: Running,
  act: (extensions: Extensions, context: CommandContext) => unknown
): Promise<unknown> => {
  const late = `it took longer than ${time / 1000} s and was stopped`
  const running = Effect.flatMap(Effect.mapError(host(), refused), ({ extensions }) =>
    Effect.tryPromise({
      try: async (signal) => act(extensions, contextOf(workplace, plugin, signal, onProgress)),
      catch: (error) => error
    })
  )
  const timed = Effect.timeoutOrElse(running, { duration: time, orElse: () => Effect.fail(new Error(late)) })
  const exit = await Effect.runPromiseExit(timed, { signal: end })
  if (Exit.isSuccess(exit)) return exit.value
  throw end.aborted ? new Error("it was stopped") : Cause.squash(exit.cause)
}

const refused = ({ error = "it is out of use" }: Answer): Error => new Error(error)

const contextOf = (
  { cwd, files, exec, session, storesOf, agentsOf, log }: Workplace,
  plugin: string,
  signal: AbortSignal,
  onProgress: RunOptions["onProgress"] = () => {}
): CommandContext => ({
  signal,
  progress: (text) => {
    if (!signal.aborted) onProgress(String(text))
  },
  log: (message) => log(`${plugin}: ${message}`),
  cwd,
  files,
  exec,
  fetch,
  session,
  store: storesOf(plugin),
  agents: agentsOf(undefined, signal),
  ask: async () => ({ action: "cancel", reason: "commands, keys and widgets cannot ask; a command has its argument" })
})

/** @throws Error when the code that runs now does not bring it any more. */
export const named = <Item extends { readonly name: string } | { readonly key: string }>(
  items: ReadonlyArray<Item>,
  name: string
): Item => {
  const found = items.find((item) => ("name" in item ? item.name : item.key) === name)
  if (found !== undefined) return found
  throw new Error("the plugin does not bring it any more")
}

/** Characters of what one command shows or says. */
const longest = 100_000

/** @param what Names it for people. */
export const readResult = (value: unknown, what: string): CommandResult => {
  if (value === undefined || value === null) return {}
  if (typeof value === "string") return { show: cut(value) }
  const { show, say } = (typeof value === "object" ? value : {}) as Readonly<Record<"show" | "say", unknown>>
  const isRead = [show, say].every((text) => text === undefined || typeof text === "string")
  if (!isRead || (show === undefined && say === undefined && typeof value !== "object"))
    return { show: `${what} failed: it must give nothing, a text or { show?, say? }` }
  return {
    ...(typeof show === "string" ? { show: cut(show) } : {}),
    ...(typeof say === "string" && say.trim() !== "" ? { say: cut(say) } : {})
  }
}

const cut = (text: string): string => (text.length <= longest ? text : `${text.slice(0, longest)}…`)
