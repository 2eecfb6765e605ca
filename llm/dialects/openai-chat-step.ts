/** One chunk of a Chat Completions stream, in any provider's accent. */
import type { Usage } from "../model.ts"
import { count, fields, type Fields, isFields, list, text } from "../wire-value.ts"
import type { Endings } from "./conclude.ts"
import { type CallPart, continueCall, inOrder, openCall, type Reply, say, type SpokenPart, type Step } from "./reply.ts"
import { keepDetails, keepExtra } from "./openai-chat-state.ts"

export const endings: Endings = {
  stop: "stop",
  end: "stop",
  eos: "stop",
  end_turn: "stop",
  tool_calls: "calls",
  function_call: "calls",
  tool_use: "calls",
  length: "length",
  max_tokens: "length",
  model_length: "length",
  content_filter: "filtered",
  sensitive: "filtered",
  refusal: "filtered",
  model_context_window_exceeded: "context_overflow",
  network_error: "truncated",
  error: "truncated"
}

export const step = (reply: Reply, chunk: unknown): Step => {
  const { choices, usage, x_groq } = fields(chunk)
  const choice = fields(list(choices)[0])
  const delta = fields(choice.delta)
  // Moonshot counts inside the choice, Groq at times in a field of its own.
  const counts = [usage, choice.usage, fields(x_groq).usage]
    .map(fields)
    .find((found) => found.prompt_tokens !== undefined)
  return inOrder(
    withCounts(withFinish(reply, text(choice.finish_reason)), counts),
    (now) => think(now, delta),
    (now) => speak(now, delta),
    (now) =>
      list(delta.tool_calls).reduce<Step>((before, entry) => after(before, call(before[0], fields(entry))), [now, []]),
    (now) => [keepExtra(now, delta.extra_content), []]
  )
}

const after = ([, told]: Step, [reply, more]: Step): Step => [reply, [...told, ...more]]

const withFinish = (reply: Reply, finish: string): Reply => (finish === "" ? reply : { ...reply, finish, ended: true })

/** The last part goes on if it is of this kind; else a new one begins. */
const keyOf = (reply: Reply, type: SpokenPart["type"]): string => {
  const last = reply.parts.at(-1)
  return last?.type === type ? last.key : `${type}${reply.parts.length}`
}

/** Several spellings of the same words: the first that says something counts, and they are never added up. */
const think = (reply: Reply, delta: Fields): Step => {
  const details = list(delta.reasoning_details).map(fields)
  const inDetails = details.map((detail) => text(detail.text) || text(detail.summary)).join("")
  const said = text(delta.reasoning_content) || text(delta.reasoning) || text(delta.reasoning_text) || inDetails
  const [now, told] = say(reply, "thinking", keyOf(reply, "thinking"), said)
  return [details.length === 0 ? now : keepDetails(now, details), told]
}

const speak = (reply: Reply, delta: Fields): Step => {
  if (typeof delta.content === "string" || delta.content === null || delta.content === undefined) {
    return say(reply, "text", keyOf(reply, "text"), text(delta.content) || text(delta.refusal))
  }
  // Mistral's reasoning models send parts, and in them parts again.
  return list(delta.content)
    .map(fields)
    .reduce<Step>((before, part) => after(before, speakPart(before[0], part)), [reply, []])
}

const speakPart = (reply: Reply, part: Fields): Step => {
  if (part.type !== "thinking") return say(reply, "text", keyOf(reply, "text"), text(part.text))
  const said =
    text(part.thinking) ||
    list(part.thinking)
      .map((inner) => text(fields(inner).text))
      .join("")
  return say(reply, "thinking", keyOf(reply, "thinking"), said)
}

interface Entry {
  readonly index: string | undefined
  readonly id: string
  readonly name: string
}

const call = (reply: Reply, wire: Fields): Step => {
  const { name, arguments: json } = fields(wire.function)
  const entry = { index: count(wire.index)?.toString(), id: text(wire.id), name: text(name) }
  // Some servers send arguments as the object they mean.
  const delta = isFields(json) ? JSON.stringify(json) : text(json)
  const meta = wire.extra_content === undefined ? undefined : { extra_content: wire.extra_content }
  const open = continued(reply, entry)
  return inOrder(
    reply,
    (now) => (open === undefined ? openCall(now, opening(now, entry)) : [now, []]),
    (now) => {
      const target = open ?? now.parts.at(-1)
      return target?.type === "call"
        ? continueCall(now, target, { wireId: entry.id, name: entry.name, delta, meta })
        : [now, []]
    }
  )
}

const opening = (reply: Reply, { index, id, name }: Entry) => ({
  key: index === undefined ? `call${reply.parts.length}` : `index${index}`,
  wireId: id,
  name
})

/** The open call that an entry goes on with: by index, else by id, else the last one. */
const continued = (reply: Reply, entry: Entry): CallPart | undefined => {
  const calls = reply.parts.filter((part) => part.type === "call")
  if (entry.index !== undefined) {
    const open = calls.findLast((part) => part.key === `index${entry.index}`)
    return open === undefined || isAnother(open, entry) ? undefined : open
  }
  if (entry.id !== "") return calls.findLast((part) => part.wireId === entry.id)
  return entry.name === "" ? calls.at(-1) : undefined
}

/** Ollama numbers all parallel calls 0: what has a name and is not the open call begins a new one. */
const isAnother = (open: CallPart, { id, name }: Entry): boolean => {
  if (name === "" || open.name === "") return false
  if (id !== "" && open.wireId !== "") return id !== open.wireId
  return name !== open.name || (id === "" && isWhole(open.json))
}

const isWhole = (json: string): boolean => {
  try {
    return typeof JSON.parse(json) === "object"
  } catch {
    return false
  }
}

const withCounts = (reply: Reply, counts: Fields | undefined): Reply => {
  if (counts === undefined) return reply
  const cost = costOf(counts)
  return { ...reply, usage: usageOf(counts), ...(cost === undefined ? {} : { cost }) }
}

const usageOf = (counts: Fields): Usage => {
  const details = fields(counts.prompt_tokens_details)
  const input = count(counts.prompt_tokens) ?? 0
  const output = count(counts.completion_tokens) ?? 0
  // xAI leaves thinking out of `completion_tokens`, but not out of the total.
  const total = count(counts.total_tokens) ?? 0
  return {
    input,
    output: Math.max(output, total - input),
    cacheRead:
      count(details.cached_tokens) ?? count(counts.prompt_cache_hit_tokens) ?? count(counts.cached_tokens) ?? 0,
    cacheWrite: count(details.cache_write_tokens) ?? count(counts.cache_creation_input_tokens) ?? 0
  }
}

/** xAI counts in ten-thousand-millionths of a dollar. */
const ticksPerDollar = 1e10

const costOf = (counts: Fields): number | undefined => {
  const ticks = count(counts.cost_in_usd_ticks)
  if (ticks !== undefined) return ticks / ticksPerDollar
  const cost = count(counts.cost)
  // With a key of one's own, OpenRouter's cost is its fee alone.
  const upstream = counts.is_byok === true ? count(fields(counts.cost_details).upstream_inference_cost) : undefined
  return cost === undefined ? undefined : cost + (upstream ?? 0)
}
