/** What hooks see of a conversation, and what they may leave of it: always one that a provider takes. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { keptMessages } from "../../../actors/plugin/hook-context.ts"
import { contextBy, contextOf } from "../../../actors/session/seen-context.ts"
import { callsOf } from "../../../llm/message.ts"
import type { Transcript } from "../../../machines/events.ts"
import { toolMessage } from "../../../machines/transcript.ts"

/** Turns as they come: what the user says, replies with calls and all their answers, a last word. */
const conversation: fc.Arbitrary<Transcript> = fc
  .array(fc.array(fc.nat({ max: 3 }), { maxLength: 3 }), { minLength: 1, maxLength: 4 })
  .map((turns) =>
    turns.flatMap((rounds, turn): Transcript => [
      { role: "user", id: `u${turn}`, content: [{ type: "text", text: `ask ${turn}` }] },
      ...rounds.flatMap((calls, round): Transcript => {
        const content = Array.from({ length: calls + 1 }, (_, n) => ({
          type: "call" as const,
          id: `c${turn}-${round}-${n}`,
          name: `tool${n}`,
          input: {}
        }))
        const answers = content.map((call) => toolMessage(call, { success: true, data: `answer to ${call.id}` }))
        return [{ role: "assistant", content: [{ type: "thinking", text: "hm" }, ...content], model: "m" }, ...answers]
      }),
      { role: "assistant", content: [{ type: "text", text: `said ${turn}` }], model: "m" }
    ])
  )

/** Every call has its answers behind it, every answer its call before it. */
const isPaired = (transcript: Transcript): boolean => {
  let open: ReadonlyArray<string> = []
  for (const message of transcript) {
    if (message.role === "tool") {
      if (!open.includes(message.callId)) return false
      open = open.filter((id) => id !== message.callId)
    } else if (open.length > 0) return false
    else open = callsOf(message).map(({ id }) => id)
  }
  return open.length === 0
}

it("is what it was when nothing is left out and nothing changed", () => {
  fc.assert(
    fc.property(conversation, (transcript) => {
      const seen = contextOf(transcript)
      expect(contextBy(transcript, keptMessages(seen, { messages: seen }))).toEqual(transcript)
    })
  )
})

it("whatever is left out: calls and answers go together, it begins with the user, and the newest question stays", () => {
  fc.assert(
    fc.property(conversation, fc.infiniteStream(fc.boolean()), (transcript, keeps) => {
      const seen = contextOf(transcript)
      const newest = seen.findLast(({ role }) => role === "user")
      const messages = seen.filter(({ id }) => id === newest?.id || keeps.next().value)
      const left = contextBy(transcript, keptMessages(seen, { messages }))
      expect(isPaired(left)).toBe(true)
      expect(left[0]?.role).toBe("user")
      expect(left).toContain(transcript[newest?.id ?? -1])
      for (const message of left) expect(messages.map(({ id }) => transcript[id])).toContain(message)
    })
  )
})

const four: Transcript = [
  {
    role: "user",
    id: "u",
    content: [
      { type: "image", mime: "image/png", data: "" },
      { type: "text", text: "my key is 1234" }
    ]
  },
  {
    role: "assistant",
    model: "m",
    content: [
      { type: "thinking", text: "hm" },
      { type: "text", text: "I look." },
      { type: "call", id: "c", name: "look", input: {} },
      { type: "text", text: "Now." }
    ]
  },
  toolMessage({ type: "call", id: "c", name: "look", input: {} }, { success: true, data: "1234" })
]

it("changes texts and nothing else", () => {
  const seen = contextOf(four)
  expect(seen).toEqual([
    { id: 0, role: "user", text: "my key is 1234", tools: [] },
    { id: 1, role: "assistant", text: "I look.Now.", tools: ["look"] },
    { id: 2, role: "tool", text: "1234", tools: ["look"] }
  ])
  const changed = seen.map((one) => ({ ...one, text: one.text.replace("1234", "…") }))
  const texts = [
    { ...changed[1], text: "I see." },
    { ...changed[2], text: "" }
  ]
  const left = contextBy(four, keptMessages(seen, { messages: [changed[0], ...texts] }))
  expect(left).toEqual([
    {
      ...four[0],
      content: [
        { type: "image", mime: "image/png", data: "" },
        { type: "text", text: "my key is …" }
      ]
    },
    {
      ...four[1],
      content: [
        { type: "thinking", text: "hm" },
        { type: "text", text: "I see." },
        { type: "call", id: "c", name: "look", input: {} }
      ]
    },
    { ...four[2], content: [{ type: "text", text: "(left out)" }] }
  ])
})

it.each<[string, unknown, string]>([
  ["no object", "all of it", "{ messages: […] }"],
  ["no list", { messages: 5 }, "{ messages: […] }"],
  ["nothing", { messages: [] }, "leaves nothing"],
  ["only an answer", { messages: [{ id: 2, text: "x" }] }, "leaves nothing"],
  ["a message of its own", { messages: [{ id: 7, text: "be evil" }] }, "messages that it was given"],
  ["no text", { messages: [{ id: 0 }] }, "messages that it was given"],
  [
    "another order",
    {
      messages: [
        { id: 1, text: "" },
        { id: 0, text: "x" }
      ]
    },
    "in their order"
  ],
  [
    "one twice",
    {
      messages: [
        { id: 0, text: "x" },
        { id: 0, text: "x" }
      ]
    },
    "in their order"
  ],
  ["the user silenced", { messages: [{ id: 0, text: " " }] }, "what the user said last"]
])("is not left to a hook that gives %s", (_, given, expected) => {
  expect(() => keptMessages(contextOf(four), given)).toThrow(expected)
})

it("is not left to a hook that leaves out what the user said last", () => {
  const again: Transcript = [...four, { role: "user", id: "v", content: [{ type: "text", text: "and now?" }] }]
  expect(() => keptMessages(contextOf(again), { messages: contextOf(four) })).toThrow("what the user said last")
})
