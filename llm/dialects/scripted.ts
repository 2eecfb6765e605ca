/** A model that plays a script: agents, plugins, workflows and every failure of a provider can be tried offline. */
import { randomBytes } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { costOf } from "../cost.ts"
import { type AssistantMessage, type Message, textOf, type ToolCall } from "../message.ts"
import { Misconfigured } from "../misconfigured.ts"
import { ModelError, type ModelErrorReason } from "../model-error.ts"
import type { FinishReason, Model, ModelEvent, ModelInfo, ModelRequest, Usage } from "../model.ts"
import { refusal } from "../wire-error.ts"
import type { Timeouts } from "../timed-fetch.ts"
import type { Script, Turn } from "./script.ts"

export interface ScriptedOptions {
  /** `scripted/…`, as in `Model.id`. */
  readonly id: string
  readonly script: Script
  /** Factor on every `delay_ms`; 0: no delays, 1: as written (default). */
  readonly pace?: number
  /** Absent: stalls last as long as they are written. */
  readonly timeouts?: Pick<Timeouts, "idle" | "total">
}

const unlimited = { idle: Infinity, total: Infinity }

export const scripted = ({ id, script, pace = 1, timeouts = unlimited }: ScriptedOptions): Model => {
  const info = infoOf(script)
  const faults = new Map<Turn, number>()

  /** Whether the turn misbehaves this time. */
  const isFaulty = (turn: Turn): boolean => {
    const before = faults.get(turn) ?? 0
    faults.set(turn, before + 1)
    return before < (turn.times ?? Infinity)
  }

  const play = (request: ModelRequest): Stream.Stream<ModelEvent, ModelError> => {
    const found = findTurn(id, script, request.messages)
    if (found instanceof ModelError) return Stream.fail(found)
    const turn = fill(found.turn, found.words)
    const faulty = isFaulty(found.turn)
    const pause = pauses(timeouts)
    if (faulty && turn.error !== undefined) {
      return Stream.fromEffectDrain(pause(turn.delay_ms * pace)).pipe(Stream.concat(Stream.fail(refused(turn.error))))
    }
    const message = messageOf(id, turn)
    const pieces = [...piecesOf(message, turn.chunk)].map((event, index) => ({
      event,
      wait: turn.delay_ms * pace + (faulty && index === 1 ? (turn.stall_ms ?? 0) : 0)
    }))
    const lastStall = faulty && pieces.length < 2 ? (turn.stall_ms ?? 0) : 0
    const end =
      faulty && turn.truncate ? Stream.fail(failed({ kind: "truncated" })) : Stream.succeed(finish(turn, message, info))
    return Stream.fromIterable(pieces).pipe(
      Stream.mapEffect(({ event, wait }) => Effect.as(pause(wait), event)),
      Stream.concat(Stream.fromEffectDrain(pause(lastStall))),
      Stream.concat(end)
    )
  }

  return { id, info, respond: (request) => Stream.suspend(() => play(request)) }
}

const failed = (reason: ModelErrorReason): ModelError =>
  new ModelError({ provider: "scripted", reason, detail: "rehearsed by the script" })

/** Sleeps as a provider would be silent: the timeouts for real ones end it. */
const pauses = ({ idle, total }: Pick<Timeouts, "idle" | "total">) => {
  let spent = 0
  return (wait: number): Effect.Effect<void, ModelError> => {
    if (wait <= 0) return Effect.void
    const left = total - spent
    spent += wait
    if (wait <= Math.min(idle, left)) return Effect.sleep(wait)
    const phase = idle <= left ? "idle" : "total"
    return Effect.andThen(Effect.sleep(Math.min(idle, left)), Effect.fail(failed({ kind: "timed_out", phase })))
  }
}

interface Found {
  readonly turn: Turn
  /** What `{{…}}` stands for: `message`, and the groups of `when` by number. */
  readonly words: ReadonlyMap<string, string>
}

const findTurn = (id: string, { rules }: Script, messages: ReadonlyArray<Message>): Found | ModelError => {
  const asked = messages.findLastIndex(({ role }) => role === "user")
  const text = asked < 0 ? "" : textOf(messages[asked]!)
  for (const [index, { when, turns }] of rules.entries()) {
    const match = when.exec(text)
    if (match === null) continue
    const given = messages.slice(asked + 1).filter(({ role }) => role === "assistant").length
    const turn = turns[given]
    const place = `rule ${index + 1} (when: ${when.source})`
    if (turn === undefined)
      return new Misconfigured("scripted", `${id} has no turn ${given + 1} in ${place}; it has ${turns.length}`)
    const groups = match.map((group, n) => [String(n), group ?? ""] as const)
    return { turn, words: new Map([...groups, ["message", text]]) }
  }
  return new Misconfigured(
    "scripted",
    `${id} has no rule for this message; add one with when: ".*" to answer everything`
  )
}

/** Replaces `{{message}}` and `{{1}}` in every text of a turn; other braces stay. */
const fill = (turn: Turn, words: Found["words"]): Turn => ({
  ...turn,
  text: turn.text && fillText(turn.text, words),
  thinking: turn.thinking && fillText(turn.thinking, words),
  calls: turn.calls.map(({ tool, input }) => ({ tool, input: fillValue(input, words) as typeof input }))
})

const fillText = (text: string, words: Found["words"]): string =>
  text.replace(/\{\{(\w+)\}\}/g, (braces, word) => words.get(word) ?? braces)

const fillValue = (value: unknown, words: Found["words"]): unknown => {
  if (typeof value === "string") return fillText(value, words)
  if (Array.isArray(value)) return value.map((item) => fillValue(item, words))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillValue(item, words)]))
}

const messageOf = (model: string, { thinking, text, calls }: Turn): AssistantMessage => ({
  role: "assistant",
  model,
  content: [
    ...(thinking ? [{ type: "thinking", text: thinking } as const] : []),
    ...(text ? [{ type: "text", text } as const] : []),
    ...calls.map(({ tool, input }): ToolCall => ({
      type: "call",
      id: `call_${randomBytes(12).toString("hex")}`,
      name: tool,
      input
    }))
  ]
})

function* piecesOf({ content }: AssistantMessage, chunk = Infinity): Generator<ModelEvent> {
  for (const block of content) {
    if (block.type === "call") {
      const { id, name, input } = block
      yield { type: "call.started", id, name }
      for (const delta of cut(typeof input === "string" ? input : JSON.stringify(input), chunk))
        yield { type: "call.delta", id, delta }
    } else {
      for (const delta of cut(block.text, chunk)) yield { type: block.type, delta }
    }
  }
}

/** By code points: no provider sends half a character. */
function* cut(text: string, chunk: number): Generator<string> {
  const characters = Array.from(text)
  for (let start = 0; start < characters.length; start += chunk) yield characters.slice(start, start + chunk).join("")
}

const finish = (turn: Turn, message: AssistantMessage, info: ModelInfo): ModelEvent => {
  const finishReason: FinishReason = turn.finish_reason ?? (turn.calls.length > 0 ? "calls" : "stop")
  const usage = turn.usage && usageOf(turn.usage)
  return { type: "finished", message, usage, cost: costOf(usage, info.price), finishReason }
}

const usageOf = ({
  input,
  output,
  cache_read: cacheRead,
  cache_write: cacheWrite
}: NonNullable<Turn["usage"]>): Usage => ({
  input,
  output,
  cacheRead,
  cacheWrite
})

const infoOf = ({ info: { context_window, max_output, price } = {} }: Script): ModelInfo => ({
  contextWindow: context_window,
  maxOutput: max_output,
  price: price && {
    input: price.input,
    output: price.output,
    cacheRead: price.cache_read,
    cacheWrite: price.cache_write
  }
})

/** Judged as if a real server had sent it. */
const refused = ({
  status,
  retry_after,
  message = "rehearsed by the script"
}: NonNullable<Turn["error"]>): ModelError => {
  const headers = new Headers(retry_after === undefined ? {} : { "retry-after-ms": String(retry_after * 1000) })
  // The time now would matter only to a date in the headers.
  return refusal(
    { provider: "scripted", variables: [], secrets: [] },
    { status, headers, body: { error: { message } } },
    0
  )
}
