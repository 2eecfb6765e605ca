/** One line of Ollama's answer. */
import type { Usage } from "../model.ts"
import { count, fields, type Fields, isFields, list, text } from "../wire-value.ts"
import type { Endings } from "./conclude.ts"
import { continueCall, inOrder, openCall, quiet, type Reply, say, type SpokenPart, type Step } from "./reply.ts"

/** What was asked, told beside each line: Ollama does not say when it has cut a conversation. */
export interface Asked {
  /** Tokens; absent where the server decides. */
  readonly window: number | undefined
  /** Characters of the request. */
  readonly length: number
}

/** In words that `wire-error.ts` knows for what they are. */
const cutTo = (window: unknown): string =>
  `the conversation exceeds the context window of ${String(window)} tokens, and its beginning was not read; more can be given with context_window under llm.models`

export const endings: Endings = {
  stop: "stop",
  length: "length",
  // It loaded or unloaded its model and answered nothing.
  load: "truncated",
  unload: "truncated"
}

export const step = (reply: Reply, wire: unknown): Step => {
  const line = fields(wire)
  // After the first words, an error is one more line under the status that said all is well.
  if (line.error !== undefined && line.error !== null) return quiet({ ...reply, error: { error: line.error } })
  const { content, thinking, tool_calls } = fields(line.message)
  return inOrder(
    reply,
    (now) => say(now, "thinking", keyOf(now, "thinking"), text(thinking)),
    (now) => say(now, "text", keyOf(now, "text"), text(content)),
    (now) => inOrder(now, ...list(tool_calls).map((call) => (before: Reply) => openWhole(before, fields(call)))),
    (now) => quiet(line.done === true ? end(now, line) : now)
  )
}

/** The last part goes on if it is of this kind; else a new one begins. */
const keyOf = (reply: Reply, type: SpokenPart["type"]): string => {
  const last = reply.parts.at(-1)
  return last?.type === type ? last.key : `${type}${reply.parts.length}`
}

/** Calls come whole, those of older versions without an id. */
const openWhole = (reply: Reply, call: Fields): Step => {
  const { name, arguments: input } = fields(call.function)
  const delta = isFields(input) ? JSON.stringify(input) : text(input)
  return inOrder(
    reply,
    (now) => openCall(now, { key: `call${now.parts.length}`, wireId: text(call.id), name: text(name) }),
    (now) => {
      const last = now.parts.at(-1)
      return last?.type === "call" ? continueCall(now, last, { delta }) : quiet(now)
    }
  )
}

const end = (reply: Reply, line: Fields): Reply => {
  const usage = usageOf(line)
  const asked = fields(line.asked)
  return {
    ...reply,
    ended: true,
    // The oldest versions do not say why.
    finish: text(line.done_reason) || "stop",
    ...(usage === undefined ? {} : { usage }),
    ...(isCut(usage?.input, asked) ? { error: { error: cutTo(asked.window) } } : {})
  }
}

const usageOf = (line: Fields): Usage | undefined => {
  const input = count(line.prompt_eval_count)
  const output = count(line.eval_count)
  if (input === undefined && output === undefined) return undefined
  return { input: input ?? 0, output: output ?? 0, cacheRead: count(line.prompt_eval_cached_count) ?? 0, cacheWrite: 0 }
}

/** Letters that one token stands for in most texts and programs. */
const lettersPerToken = 4

/**
 * A server that does not refuse what is too long for it leaves out messages, or the middle of the last one. Then the
 * prompt it counts fills the window; or it is less than half of one that could not have fitted. The second is a guess,
 * and careful: to be wrong costs a summary, and not to notice costs the conversation.
 */
const isCut = (counted: number | undefined, asked: Fields): boolean => {
  const window = count(asked.window)
  if (window === undefined || counted === undefined || counted === 0) return false
  const sent = (count(asked.length) ?? 0) / lettersPerToken
  return counted >= window - 1 || (sent > window && counted < sent / 2)
}
