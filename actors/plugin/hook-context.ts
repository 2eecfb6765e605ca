/** What a plugin's `onContextAccess` leaves of a conversation, checked: it must stay one that a model can be asked with. */
import type { ContextMessage } from "../../plugins/hooks.ts"

type Messages = ReadonlyArray<ContextMessage>

/**
 * Of what it gives only the texts and which messages are left count. A call and its answers go together when one of them
 * is left out; so does what stands before the first message of the user.
 *
 * @throws TypeError saying what is wrong with it.
 */
export const keptMessages = (before: Messages, given: unknown): Messages => {
  const texts = textsOf(before, given)
  const groups = groupsOf(before).filter((group) => group.every(({ id }) => texts.has(id)))
  const first = groups.findIndex(([head]) => head?.role === "user")
  const kept = first === -1 ? [] : groups.slice(first).flat()
  if (kept.length === 0) throw new TypeError("onContextAccess leaves nothing for the model to see")
  const newest = before.findLast(({ role }) => role === "user")
  if (newest !== undefined && (texts.get(newest.id) ?? "").trim() === "" && newest.text.trim() !== "")
    throw new TypeError("onContextAccess leaves out what the user said last")
  return kept.map((message) => ({ ...message, text: texts.get(message.id) ?? message.text }))
}

/** Texts by the message's id. */
const textsOf = (before: Messages, given: unknown): ReadonlyMap<number, string> => {
  const { messages } = (typeof given === "object" && given !== null ? given : {}) as { readonly messages?: unknown }
  if (!Array.isArray(messages)) throw new TypeError("onContextAccess must give nothing or { messages: […] }")
  const known = new Set(before.map(({ id }) => id))
  const texts = new Map<number, string>()
  let last = Number.NEGATIVE_INFINITY
  for (const message of messages as ReadonlyArray<unknown>) {
    const { id, text } = (typeof message === "object" && message !== null ? message : {}) as Partial<ContextMessage>
    if (typeof id !== "number" || !known.has(id) || typeof text !== "string")
      throw new TypeError("onContextAccess must give messages that it was given: { id, text, … }")
    if (id <= last) throw new TypeError("onContextAccess must give messages in their order, each once")
    last = id
    texts.set(id, text)
  }
  return texts
}

/** Each message by itself; one with calls together with the answers behind it. */
const groupsOf = (messages: Messages): ReadonlyArray<Messages> => {
  const groups: Array<Array<ContextMessage>> = []
  for (const message of messages) {
    const last = groups.at(-1)
    if (message.role === "tool" && last !== undefined && (last[0]?.tools.length ?? 0) > 0) last.push(message)
    else groups.push([message])
  }
  return groups
}
