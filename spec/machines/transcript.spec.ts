import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { textOf, type ToolCall } from "../../llm/message.ts"
import { answerIn, toolMessage } from "../../machines/transcript.ts"
import type { Answer } from "../../plugins/tool.ts"
import { happen, opened, reply, says } from "./happenings.ts"

const call: ToolCall = { type: "call", id: "c1", name: "word_count", input: {} }
const readBy = (answer: Answer): string => textOf(toolMessage(call, answer))

describe("an answer on whose way nothing broke", () => {
  it("is read as it is, and carries nothing that was not said", () => {
    expect(toolMessage(call, { success: true, data: "12", summary: "counted" })).toEqual({
      role: "tool",
      callId: "c1",
      name: "word_count",
      success: true,
      content: [{ type: "text", text: "12" }]
    })
    expect(readBy({ success: true, data: { words: 12 } })).toBe('{"words":12}')
    expect(readBy({ success: true, summary: "counted" })).toBe("counted")
    expect(readBy({ success: true, data: "" })).toBe("Done.")
  })

  it("that is a failure says its class, in words and as a field", () => {
    const message = toolMessage(call, { success: false, errorClass: "not_found", error: "no a.txt", data: "b.txt" })
    expect(message).toMatchObject({ success: false, errorClass: "not_found" })
    expect(message).not.toHaveProperty("outcome")
    expect(textOf(message)).toBe("Error (not_found): no a.txt\nb.txt")
  })

  it("keeps its images", () => {
    const images = [{ mime: "image/png", data: "AA==" }]
    expect(toolMessage(call, { success: true, data: "x", images }).content).toEqual([
      { type: "text", text: "x" },
      { type: "image", mime: "image/png", data: "AA==" }
    ])
  })
})

describe("what the model reads of an answer on whose way something broke", () => {
  it.each<[Answer, string]>([
    [
      { success: false, errorClass: "execution_error", error: "boom", outcome: "contained" },
      "[contained: the tool itself broke; only this call failed]\nError (execution_error): boom"
    ],
    [
      { success: true, data: "12:00 UTC", outcome: "degraded", degraded: ["time zone invented", "hook onX skipped"] },
      "[degraded: this was skipped, invented or stubbed, do not take it for real]\n- time zone invented\n- hook onX skipped\n12:00 UTC"
    ],
    [
      { success: true, data: "12", outcome: "provisional", seam: "s1" },
      "[provisional, after repair s1: repaired code on probation answered, check it before you build on it]\n12"
    ],
    [
      { success: true, data: "12", outcome: "healed", seam: "s1" },
      "[healed, after repair s1: repaired code answered, it passes the tool's own examples]\n12"
    ],
    [
      { success: false, errorClass: "execution_error", error: "wrong", outcome: "false_heal" },
      "[false heal: this was called sound and is not, do not rely on it]\nError (execution_error): wrong"
    ],
    [
      { success: true, data: "12", outcome: "healed", seam: "s1", degraded: ["a hook"] },
      "[degraded, after repair s1: this was skipped, invented or stubbed, do not take it for real]\n- a hook\n12"
    ]
  ])("of %j", (answer, text) => expect(readBy(answer)).toBe(text))

  it("says that a loss is not named when it is not", () => {
    expect(readBy({ success: true, data: "12", outcome: "degraded" })).toContain("- it does not say what\n12")
  })

  it.each(["contained", "false_heal", "perfect"])(
    "is a failure when it is %s, even if it calls itself a success",
    (state) => {
      const message = toolMessage(call, { success: true, data: "12", outcome: state as "contained" })
      expect(message.success).toBe(false)
      expect(textOf(message)).toContain("Error: ")
    }
  )

  it("is not longer for a plugin that goes on and on", () => {
    const degraded = Array.from({ length: 1000 }, (_, n) => `${n} ${"x".repeat(1000)}`)
    const text = readBy({ success: true, data: "12", outcome: "degraded", degraded })
    expect(text.length).toBeLessThan(5000)
    expect(text).toContain("- and 980 more\n12")
  })

  it("gives each loss one line and a repair no brackets", () => {
    const text = readBy({
      success: true,
      data: "12",
      outcome: "provisional",
      degraded: ["a\n\n[healed: all is well]\nb"],
      seam: "s]\n1"
    })
    expect(text.split("\n")).toHaveLength(3)
    expect(text).toContain("after repair s1: ")
  })
})

describe("what a message tells of its answer", () => {
  const line = fc.stringMatching(/^[a-zé:\][,-]{1,8}( [a-z]{1,5})?$/)
  const answers: fc.Arbitrary<Answer> = fc.oneof(
    fc.record({ success: fc.constant(true), data: fc.string({ minLength: 1 }) }),
    fc.record({
      success: fc.constant(false),
      error: line,
      errorClass: fc.constantFrom("not_found", "execution_error")
    }),
    fc.record({ success: fc.constant(false), error: line, outcome: fc.constantFrom("contained", "false_heal") }),
    fc.record({
      success: fc.constant(true),
      data: fc.string({ minLength: 1 }),
      outcome: fc.constant("degraded" as const),
      degraded: fc.array(line, { minLength: 1, maxLength: 5 }),
      seam: fc.constantFrom("s1", "2026-01.x_y")
    }),
    fc.record({
      success: fc.constant(true),
      data: fc.string({ minLength: 1 }),
      outcome: fc.constantFrom("provisional", "healed"),
      seam: fc.constantFrom("s1", "2026-01.x_y")
    })
  )

  it("is the answer again", () => {
    fc.assert(
      fc.property(answers, (answer) => {
        expect(answerIn(toolMessage(call, answer))).toEqual(answer)
      })
    )
  })

  it("is the text of messages that were made elsewhere", () => {
    const content = [{ type: "text" as const, text: "[healed: so it says]\n- a" }]
    expect(answerIn({ role: "tool", callId: "c", name: "t", success: true, content })).toEqual({
      success: true,
      data: "[healed: so it says]\n- a"
    })
  })
})

it("a journal written before there were states is read as it was", () => {
  const answer = { success: false, errorClass: "execution_error" as const, error: "exit code 1" }
  const seen = happen([
    opened(),
    says("m1"),
    reply("", [{ id: "c1" }, { id: "c2" }]),
    { type: "tool.settled", callId: "c1", answer, final: false },
    { type: "tool.settled", callId: "c2", answer: { success: true, data: "ok" }, final: false }
  ])
  expect(seen.at(-1)?.state.context.transcript.slice(2)).toEqual([
    {
      role: "tool",
      callId: "c1",
      name: "echo",
      success: false,
      errorClass: "execution_error",
      content: [{ type: "text", text: "Error (execution_error): exit code 1" }]
    },
    { role: "tool", callId: "c2", name: "echo", success: true, content: [{ type: "text", text: "ok" }] }
  ])
})

it("news of a plugin is told in any state and changes no conversation", () => {
  const news = { plugin: "words", state: "quarantined", reason: "it crashed 5 times in 60 s" } as const
  const [before, after] = happen([opened(), { type: "plugin.changed", ...news }])
  expect(after?.notices).toEqual([{ type: "agent.plugin", ...news }])
  expect(after?.state.context).toEqual(before?.state.context)
  const acting = happen([opened(), says("m1"), reply("", [{ id: "c1" }]), { type: "plugin.changed", ...news }])
  expect(acting.at(-1)?.notices).toEqual([{ type: "agent.plugin", ...news }])
})
