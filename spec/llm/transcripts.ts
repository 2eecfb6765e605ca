/** Conversations as they grow in a session, written by one model or by several, each with the state it wants back. */
import fc from "fast-check"
import type { AssistantMessage, ImageBlock, Message, ProviderMeta, TextBlock, ToolCall } from "../../llm/message.ts"

/** Stands in everything that only the model which wrote it may see again. */
export const stateOf = (model: string): string => `state of ${model}`

/** What each dialect keeps with its blocks. */
const metas: Readonly<
  Record<AssistantMessage["content"][number]["type"], (state: string) => ReadonlyArray<ProviderMeta>>
> = {
  text: (state) => [{ phase: "commentary" }, { extra_content: { google: { thought_signature: state } } }],
  call: (state) => [{ extra_content: { google: { thought_signature: state } } }],
  thinking: (state) => [
    { signature: state },
    { redacted: state },
    { reasoning: { id: "rs_1", encrypted_content: state, summary: [{ type: "summary_text", text: "hm" }] } },
    { reasoning_details: [{ type: "reasoning.encrypted", data: state, index: 0 }] }
  ]
}

const kept = <Type extends keyof typeof metas>(type: Type, model: string): fc.Arbitrary<ProviderMeta | undefined> =>
  fc.option(fc.constantFrom(...metas[type](stateOf(model))), { nil: undefined })

const words = fc.constantFrom("", " ", "a", "Fix it, please.", "zwölf 金", '{"json":true}', "one\n\ntwo")
const image: fc.Arbitrary<ImageBlock> = fc
  .constantFrom("image/png", "image/jpeg", "image/bmp")
  .map((mime) => ({ type: "image", mime, data: "AAAA" }))
const said: fc.Arbitrary<TextBlock> = words.map((text) => ({ type: "text", text }))

const user: fc.Arbitrary<Message> = fc
  .array(fc.oneof({ weight: 4, arbitrary: said }, image), { minLength: 1, maxLength: 2 })
  .map((content) => ({ role: "user", id: "u", content: [{ type: "text", text: "so" }, ...content] }))

const thought = (model: string): fc.Arbitrary<AssistantMessage["content"][number]> =>
  fc
    .tuple(words, kept("thinking", model))
    .map(([text, providerMeta]) => withMeta({ type: "thinking", text }, providerMeta))

const spoken = (model: string): fc.Arbitrary<AssistantMessage["content"][number]> =>
  fc.tuple(words, kept("text", model)).map(([text, providerMeta]) => withMeta({ type: "text", text }, providerMeta))

const withMeta = <Block extends object>(block: Block, providerMeta: ProviderMeta | undefined): Block =>
  providerMeta === undefined ? block : { ...block, providerMeta }

/** In the forms of several providers; the number makes each its own. */
const ids = fc.constantFrom(
  "toolu_01",
  "call_",
  "functions.read:",
  "chatcmpl-tool-",
  "c",
  "fc_68f1|rs/",
  "x".repeat(60)
)

const call = (model: string): fc.Arbitrary<ToolCall> =>
  fc
    .tuple(
      ids,
      fc.constantFrom("read_file", "bash"),
      fc.constantFrom<unknown>({}, { path: "ä" }, '{"oops'),
      kept("call", model)
    )
    .map(([id, name, input, providerMeta]) => withMeta({ type: "call", id, name, input }, providerMeta))

const answers = fc.array(fc.oneof({ weight: 5, arbitrary: said }, image), { maxLength: 2 })

/** A reply; with calls, their answers follow it. */
const round = (model: string): fc.Arbitrary<ReadonlyArray<Message>> =>
  fc
    .tuple(
      fc.array(fc.oneof(thought(model), spoken(model)), { maxLength: 3 }),
      fc.array(fc.tuple(call(model), answers, fc.boolean()), { maxLength: 3 }),
      fc.array(thought(model), { maxLength: 1 })
    )
    .map(([content, calls, after]) => [
      {
        role: "assistant",
        model,
        content: [
          ...content,
          ...(calls.length === 0 ? [{ type: "text", text: "done" } as const] : calls.map(([one]) => one)),
          ...after
        ]
      },
      ...calls.map(([{ id, name }, answer, success]): Message => ({
        role: "tool",
        callId: id,
        name,
        success,
        content: answer
      }))
    ])

/** No id twice, as `reply.ts` sees to it. */
const numbered = (messages: ReadonlyArray<Message>): ReadonlyArray<Message> => {
  let calls = 0
  let answered = 0
  return messages.map((message) => {
    if (message.role === "tool") return { ...message, callId: `${message.callId}${answered++}` }
    if (message.role === "user") return message
    return {
      ...message,
      content: message.content.map((block) =>
        block.type === "call" ? { ...block, id: `${block.id}${calls++}` } : block
      )
    }
  })
}

const turn = (models: ReadonlyArray<string>): fc.Arbitrary<ReadonlyArray<Message>> =>
  fc
    .tuple(
      user,
      fc.constantFrom(...models).chain((model) => fc.array(round(model), { minLength: 1, maxLength: 3 }))
    )
    .map(([asked, rounds]) => [asked, ...rounds.flat()])

/** Ends where a model is to speak: with a word of the user's, or with answers to all that was called. */
export const transcript = (...models: ReadonlyArray<string>): fc.Arbitrary<ReadonlyArray<Message>> =>
  fc.tuple(fc.array(turn(models), { maxLength: 4 }), user).map(([turns, asked]) => numbered([...turns.flat(), asked]))

/** The same conversation at each point where a model was, or is, to speak. */
export const askedSoFar = (messages: ReadonlyArray<Message>): ReadonlyArray<ReadonlyArray<Message>> =>
  messages.flatMap((message, at) => {
    const next = messages[at + 1]
    return message.role !== "assistant" && (next === undefined || next.role === "assistant")
      ? [messages.slice(0, at + 1)]
      : []
  })
