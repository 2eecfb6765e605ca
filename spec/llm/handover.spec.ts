/** A conversation that goes from model to model, as `/model` sends it: whoever reads it may read it, and nobody's state is lost. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { AssistantMessage, Message } from "../../llm/message.ts"
import { bodies, dialectNames, idsIn, speaking } from "./bodies.ts"
import { ask } from "./fakes.ts"
import { stateOf, transcript } from "./transcripts.ts"

const runs = { numRuns: 40 }

const send = (dialect: keyof typeof bodies, messages: ReadonlyArray<Message>, more = {}): string =>
  JSON.stringify(bodies[dialect](speaking(dialect, more), { ...ask(), messages }))

const count = (text: string, part: string): number => text.split(part).length - 1

describe.each(dialectNames)("%s", (dialect) => {
  const { id: own } = speaking(dialect)

  it("is sent nothing that another model keeps to itself", () => {
    fc.assert(
      fc.property(transcript("other/model", own), (messages) => {
        const sent = send(dialect, messages)
        expect(sent).not.toContain(stateOf("other/model"))
        expect(sent).toBe(send(dialect, messages.map(forgetful)))
      }),
      runs
    )
  })

  it("is sent calls and answers in pairs, under ids that it takes", () => {
    fc.assert(
      fc.property(transcript("other/model"), (messages) => {
        const { calls, answers } = idsIn(JSON.parse(send(dialect, messages)))
        expect(new Set(calls).size).toBe(calls.length)
        expect(answers).toEqual(calls)
        for (const id of calls) expect(id).toMatch(dialect === "openai-chat" ? /^[\w-]{1,40}$/ : /^[\w-]{1,64}$/)
      }),
      runs
    )
  })

  it("gets its own state back, whoever spoke in between", () => {
    fc.assert(
      fc.property(transcript(own, "other/model"), (messages) => {
        const kept = messages.flatMap((message) => (isOf(message, own) ? statesIn(message, dialect) : []))
        expect(count(send(dialect, messages), stateOf(own))).toBe(kept.length)
      }),
      runs
    )
  })
})

it("finds short ids for a provider that takes few letters, for calls of its own in the text protocol too", () => {
  fc.assert(
    fc.property(transcript("other/model", speaking("openai-chat").id), (messages) => {
      const quirks = { callId: { max: 9, alphanumeric: true } }
      const { calls, answers } = idsIn(JSON.parse(send("openai-chat", messages, { quirks })))
      expect(new Set(calls).size).toBe(calls.length)
      expect(answers).toEqual(calls)
      for (const id of calls) expect(id).toMatch(/^[A-Za-z0-9]{1,9}$/)
    }),
    runs
  )
})

/** As if the other model had nothing to keep. */
const forgetful = (message: Message): Message =>
  isOf(message, "other/model")
    ? {
        ...message,
        content: message.content.flatMap(({ ...block }) => {
          if (block.type === "thinking") return []
          delete block.providerMeta
          return [block]
        })
      }
    : message

const isOf = (message: Message, model: string): message is AssistantMessage =>
  message.role === "assistant" && message.model === model

/** Which state a dialect knows as its own; another's words in its messages come from nowhere and go nowhere. */
const knows: Readonly<Record<string, (block: AssistantMessage["content"][number]) => boolean>> = {
  "openai-chat": ({ type, providerMeta = {} }) =>
    type === "thinking" ? "reasoning_details" in providerMeta : "extra_content" in providerMeta,
  "openai-responses": ({ type, providerMeta = {} }) => type === "thinking" && "reasoning" in providerMeta,
  anthropic: ({ type, providerMeta = {} }) =>
    type === "thinking" && ("signature" in providerMeta || "redacted" in providerMeta),
  bedrock: ({ type, providerMeta = {} }) =>
    type === "thinking" && ("signature" in providerMeta || "redacted" in providerMeta)
}

/**
 * Thinking that nothing follows is left out, for it would be refused, but in Chat Completions, where it stands beside what is
 * said; of several texts the last one is signed.
 */
const statesIn = ({ content }: AssistantMessage, dialect: string) => {
  const said = content.filter((block) => block.type !== "text" || block.text !== "")
  const until = said.findLastIndex(({ type }) => type !== "thinking")
  const signed = said.findLast(({ type }) => type === "text")
  return said
    .slice(0, dialect === "openai-chat" ? undefined : until + 1)
    .filter((block) => knows[dialect]?.(block) === true && (block.type !== "text" || block === signed))
}
