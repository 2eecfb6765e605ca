/** Conversations and wire values that nobody would write by hand, for properties of every dialect. */
import fc from "fast-check"
import type { DialectOptions } from "../../../llm/dialects/dialect.ts"
import { newReply, type Reply, type Step } from "../../../llm/dialects/reply.ts"
import type { AssistantMessage, ImageBlock, Message, TextBlock, ToolMessage } from "../../../llm/message.ts"
import type { ModelEvent } from "../../../llm/model.ts"

export const options = (more: Partial<DialectOptions> = {}): DialectOptions => ({
  id: "spec/model",
  provider: "Spec",
  model: "model",
  baseUrl: "https://llm.example",
  variables: [],
  quirks: {},
  info: {},
  timeouts: { connect: 9_000, idle: 9_000, total: 9_000 },
  ...more
})

/** A reply after some events, and what was told on the way. */
export const stepped = (
  step: (reply: Reply, event: unknown) => Step,
  events: ReadonlyArray<unknown>
): readonly [Reply, ReadonlyArray<ModelEvent>] =>
  events.reduce<readonly [Reply, ReadonlyArray<ModelEvent>]>(
    ([reply, told], event) => {
      const [next, more] = step(reply, event)
      return [next, [...told, ...more]]
    },
    [newReply("seed0000"), []]
  )

export const user = (...content: ReadonlyArray<string | ImageBlock>): Message => ({
  role: "user",
  id: "u",
  content: content.map((part) => (typeof part === "string" ? { type: "text", text: part } : part))
})

export const assistant = (content: AssistantMessage["content"], model = "spec/model"): AssistantMessage => ({
  role: "assistant",
  model,
  content
})

export const call = (id: string, input: unknown = {}) => ({ type: "call", id, name: "x", input }) as const

export const answer = (
  callId: string,
  content: ToolMessage["content"] = [{ type: "text", text: "ok" }],
  success = true
): ToolMessage => ({ role: "tool", callId, name: "x", success, content })

export const png: ImageBlock = { type: "image", mime: "image/png", data: "AAAA" }

const text: fc.Arbitrary<TextBlock> = fc
  .constantFrom("", " \n", "hello", "Gefäß 🏺", "x".repeat(50))
  .map((words) => ({ type: "text", text: words }))

const image: fc.Arbitrary<ImageBlock> = fc
  .constantFrom("image/png", "image/jpeg", "image/tiff", "constructor")
  .map((mime) => ({ type: "image", mime, data: "AAAA" }))

const model = fc.constantFrom("spec/model", "other/model")

const thinking = fc.record({
  type: fc.constant("thinking" as const),
  text: fc.constantFrom("", "hm"),
  providerMeta: fc.constantFrom({}, { signature: "s" }, { redacted: "AAAA" }, { plan: true }, { signature: 1 })
})

const input = fc.constantFrom<unknown>({}, { path: "a" }, "{oops", null, [1], 5)

/** One message of the assistant's and the answers to its calls, one each. */
const round = fc
  .record({
    model,
    content: fc.array(
      fc.oneof(text, thinking, fc.record({ type: fc.constant("call" as const), name: fc.constant("x"), input })),
      { maxLength: 4 }
    ),
    prefix: fc.constantFrom("call_", "ä:/", "y".repeat(62), "tooluse-"),
    told: fc.array(fc.oneof(text, image), { maxLength: 2 }),
    success: fc.boolean()
  })
  .map(({ model: by, content, prefix, told, success }) => (start: number): ReadonlyArray<Message> => {
    // A model's own ids are as its server gave them.
    const ids = content.map((_, at) => `${by === "spec/model" ? "call_" : prefix}${start}_${at}`)
    const blocks = content.map((block, at) => (block.type === "call" ? { ...block, id: ids[at] ?? "" } : block))
    const answers = blocks.flatMap((block) => (block.type === "call" ? [answer(block.id, told, success)] : []))
    return [assistant(blocks, by), ...answers]
  })

/** As the agent keeps them: the user begins, and every call is followed by its answer. */
export const history: fc.Arbitrary<ReadonlyArray<Message>> = fc
  .array(fc.tuple(fc.array(fc.oneof(text, image), { minLength: 1, maxLength: 3 }), fc.array(round, { maxLength: 3 })), {
    minLength: 1,
    maxLength: 3
  })
  .map((turns) =>
    turns.flatMap(([content, rounds], at): ReadonlyArray<Message> => [
      { role: "user", id: `u${at}`, content: [...content, { type: "text", text: "go on" }] },
      ...rounds.flatMap((make, nth) => make(at * 10 + nth))
    ])
  )

/** Objects made of a dialect's own words, put together wrongly. */
export const nonsense = (words: ReadonlyArray<string>): fc.Arbitrary<unknown> => {
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "medium" },
      fc.constantFrom<unknown>(null, 0, -1, 1.5, true, "", "x", ...words),
      fc.array(tie("value"), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom(...words), tie("value"), { maxKeys: 5 })
    )
  }))
  return value
}
