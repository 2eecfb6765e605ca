/** A reply as far as it has come: pure, so that every dialect's `step` can be tested with plain values. */
import type { ProviderMeta } from "../message.ts"
import type { ModelEvent, Usage } from "../model.ts"

export interface SpokenPart {
  readonly type: "text" | "thinking"
  /** Its place on the wire, in words of the dialect. */
  readonly key: string
  readonly text: string
  readonly meta?: ProviderMeta
}

export interface CallPart {
  readonly type: "call"
  readonly key: string
  readonly id: string
  /** As the server spelled it; empty until it did. */
  readonly wireId: string
  readonly name: string
  /** Arguments as they came. */
  readonly json: string
  /** Arguments that came whole and apart from the stream, for servers that stream none. */
  readonly whole?: unknown
  readonly meta?: ProviderMeta
}

export type Part = SpokenPart | CallPart

export interface Reply {
  readonly parts: ReadonlyArray<Part>
  /** The end marker came: what follows cannot change the reply. */
  readonly ended: boolean
  /** Why it ended, in the provider's word. */
  readonly finish?: string
  /** The provider's own error, sent inside the stream. */
  readonly error?: unknown
  readonly usage?: Usage
  /** What is paid for, where that is less than what was counted. */
  readonly billed?: Usage
  /** US dollars as the provider counts them. */
  readonly cost?: number
  /** Call ids of the conversation so far: some servers start again from `call_0` in each reply. */
  readonly usedIds: ReadonlySet<string>
  /** Start of ids for calls that have none: at most 8 letters and digits, different for each reply. */
  readonly seed: string
}

/** The reply after one wire event, and what the listener is told of it. */
export type Step = readonly [Reply, ReadonlyArray<ModelEvent>]

export const newReply = (seed: string, usedIds: ReadonlySet<string> = new Set()): Reply => ({
  parts: [],
  ended: false,
  usedIds,
  seed
})

export const quiet = (reply: Reply): Step => [reply, []]

/** Does one thing after another. */
export const inOrder = (reply: Reply, ...actions: ReadonlyArray<(reply: Reply) => Step>): Step =>
  actions.reduce<Step>(
    ([before, told], action) => {
      const [after, more] = action(before)
      return more.length === 0 ? [after, told] : [after, [...told, ...more]]
    },
    [reply, []]
  )

export const spokenAt = (reply: Reply, key: string): SpokenPart | undefined =>
  reply.parts.findLast((part): part is SpokenPart => part.type !== "call" && part.key === key)

export const callAt = (reply: Reply, key: string): CallPart | undefined =>
  reply.parts.findLast((part): part is CallPart => part.type === "call" && part.key === key)

/** Puts a part in the place of an earlier form of itself, or at the end. */
const put = (reply: Reply, part: Part, before: Part | undefined): Reply => ({
  ...reply,
  parts: before === undefined ? [...reply.parts, part] : reply.parts.with(reply.parts.lastIndexOf(before), part)
})

/** More text, or more thinking, at one place. */
export const say = (reply: Reply, type: SpokenPart["type"], key: string, delta: string): Step => {
  if (delta === "") return quiet(reply)
  const before = spokenAt(reply, key)
  const part = before === undefined ? { type, key, text: delta } : { ...before, text: before.text + delta }
  return [put(reply, part, before), [{ type, delta }]]
}

/** State that must travel back with what was said at one place; makes an empty part where nothing was. */
export const annotate = (reply: Reply, type: SpokenPart["type"], key: string, meta: ProviderMeta): Reply => {
  const before = spokenAt(reply, key)
  return put(reply, { ...(before ?? { type, key, text: "" }), meta: { ...before?.meta, ...meta } }, before)
}

/** The server's id if it is one and not taken; else one of ours, the same for the same place in the same reply. */
const claim = (reply: Reply, wireId: string): string => {
  const isTaken = reply.usedIds.has(wireId) || reply.parts.some((part) => part.type === "call" && part.id === wireId)
  return wireId === "" || isTaken ? `${reply.seed}${reply.parts.length.toString(36)}` : wireId
}

export interface CallStart {
  readonly key: string
  readonly wireId: string
  readonly name: string
  readonly whole?: unknown
}

export const openCall = (reply: Reply, { key, wireId, name, whole }: CallStart): Step => {
  const call: CallPart = { type: "call", key, id: claim(reply, wireId), wireId, name, json: "", whole }
  return [put(reply, call, undefined), name === "" ? [] : [{ type: "call.started", id: call.id, name }]]
}

/** More of a call that is open: a late id or name, more arguments, state. */
export const continueCall = (
  reply: Reply,
  call: CallPart,
  more: { readonly wireId?: string; readonly name?: string; readonly delta: string; readonly meta?: ProviderMeta }
): Step => {
  const { wireId = "", name = "", delta } = more
  const meta = more.meta === undefined ? call.meta : { ...call.meta, ...more.meta }
  const after: CallPart = {
    ...call,
    wireId: call.wireId || wireId,
    name: call.name || name,
    json: call.json + delta,
    ...(meta === undefined ? {} : { meta })
  }
  const isNew = call.name === "" && after.name !== ""
  // Arguments that came before the name are told with it.
  const told = isNew ? after.json : delta
  const events: Array<ModelEvent> = []
  if (isNew) events.push({ type: "call.started", id: call.id, name: after.name })
  if (told !== "" && after.name !== "") events.push({ type: "call.delta", id: call.id, delta: told })
  return [put(reply, after, call), events]
}
