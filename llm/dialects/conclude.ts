/** The end of a reply: one `finished`, or the reason why there is none. */
import { costOf } from "../cost.ts"
import type { AssistantMessage } from "../message.ts"
import type { ModelErrorReason } from "../model-error.ts"
import type { FinishReason, ModelEvent, Taken, Usage } from "../model.ts"
import { isFields } from "../wire-value.ts"
import type { DialectOptions } from "./dialect.ts"
import type { CallPart, Part, Reply } from "./reply.ts"

/** What a provider's word for its end means: a reply, or a failure in the form of one. */
export type Ending = FinishReason | "context_overflow" | "truncated"

export type Endings = Readonly<Record<string, Ending>>

/**
 * What a model wrote as arguments: an object, or the text as it came when it is none.
 * Nothing and `null` mean no arguments; some models write their JSON as a JSON string.
 */
const readArguments = (json: string): unknown => {
  if (json.trim() === "") return {}
  const value = parse(json)
  const inner = typeof value === "string" ? parse(value) : value
  if (inner === null) return {}
  return isFields(inner) ? inner : json
}

const parse = (json: string): unknown => {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

/** @param isCut The reply ended at its limit with this: no arguments may be all that there was room for. */
const inputOf = ({ json, whole }: CallPart, isCut: boolean): unknown => {
  if (isCut && json.trim() === "") return json
  return json === "" && isFields(whole) ? whole : readArguments(json)
}

const blocks = (part: Part, isCut: boolean): AssistantMessage["content"] => {
  const meta = part.meta === undefined ? {} : { providerMeta: part.meta }
  if (part.type === "call")
    return [{ type: "call", id: part.id, name: part.name, input: inputOf(part, isCut), ...meta }]
  return part.text === "" && part.meta === undefined ? [] : [{ type: part.type, text: part.text, ...meta }]
}

/** The word is a stranger's: `constructor` is none of ours. */
const meaning = (word = "", endings: Endings): Ending =>
  Object.hasOwn(endings, word) ? (endings[word] ?? "other") : "other"

/** A prompt of no tokens is one that nobody counted. */
const counted = ({ usage }: Reply): Usage | undefined =>
  usage === undefined || usage.input + usage.output === 0 ? undefined : usage

const finishReason = (said: FinishReason, hasCalls: boolean): FinishReason => {
  // Some servers say "stop" beside calls; others say that there are calls and send none.
  if (hasCalls) return said === "stop" || said === "other" ? "calls" : said
  return said === "calls" ? "stop" : said
}

/** The provider's own count of the money wins over ours. */
const costs = (reply: Reply, { info }: DialectOptions): number | undefined =>
  reply.cost ?? costOf(reply.billed ?? counted(reply), info.price)

/** What a reply took that comes to nothing; `undefined` when nothing of it had come. */
export const takenBy = (reply: Reply, options: DialectOptions): Taken | undefined => {
  const usage = counted(reply)
  if (usage === undefined && reply.parts.length === 0) return undefined
  const cost = costs(reply, options)
  return {
    model: options.id,
    ...(usage === undefined ? {} : { usage }),
    ...(cost === undefined ? {} : { cost }),
    broken: true
  }
}

const isSilentOverflow = (content: AssistantMessage["content"], said: Ending, usage: Usage | undefined): boolean =>
  said === "length" && content.length === 0 && usage?.output === 0

export const conclude = (
  reply: Reply,
  options: DialectOptions,
  endings: Endings
): Extract<ModelEvent, { type: "finished" }> | ModelErrorReason => {
  const said = meaning(reply.finish, endings)
  if (!reply.ended || said === "truncated") return { kind: "truncated" }
  const cut = said === "length" ? reply.parts.at(-1) : undefined
  const content = reply.parts.flatMap((part) => blocks(part, part === cut))
  // Some servers tell a prompt that fills the window only by ending before the first token.
  if (said === "context_overflow" || isSilentOverflow(content, said, reply.usage)) return { kind: "context_overflow" }
  const usage = counted(reply)
  const cost = costs(reply, options)
  return {
    type: "finished",
    message: { role: "assistant", content, model: options.id },
    ...(usage === undefined ? {} : { usage }),
    ...(cost === undefined ? {} : { cost }),
    finishReason: finishReason(
      said,
      content.some((block) => block.type === "call")
    )
  }
}
