/** How full a window is, and what stays of a conversation. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Message } from "../../llm/message.ts"
import { estimated, isFull, keptOf, reserveOf } from "../../machines/room.ts"

const user = (text: string, id = "u"): Message => ({ role: "user", id, content: [{ type: "text", text }] })
const reply = (text: string, calls: ReadonlyArray<string> = []): Message => ({
  role: "assistant",
  model: "a/b",
  content: [{ type: "text", text }, ...calls.map((id) => ({ type: "call" as const, id, name: "t", input: {} }))]
})
const answer = (callId: string, text: string): Message => ({
  role: "tool",
  callId,
  name: "t",
  success: true,
  content: [{ type: "text", text }]
})
const long = (tokens: number) => "x".repeat(tokens * 4)

describe("the reserve", () => {
  it("is 16,384 tokens, of a small window a tenth", () => {
    expect([8_000, 128_000, 200_000, 1_000_000].map(reserveOf)).toEqual([800, 12_800, 16_384, 16_384])
  })
})

describe("a window", () => {
  const talk = [user("go"), reply("", ["a"]), answer("a", long(50))]

  it("is full when the reserve would not stay free, what came since the newest reply included", () => {
    expect(isFull(talk, { used: 849, floor: 0 }, 1_000)).toBe(false)
    expect(isFull(talk, { used: 851, floor: 0 }, 1_000)).toBe(true)
  })

  it("is not called full while nobody knows how full it is", () => {
    expect(isFull(talk, { used: 0, floor: 0 }, 10)).toBe(false)
    expect(isFull(talk, { used: 5_000 }, 1_000)).toBe(false)
  })

  it("that a compaction has left full is so again only when as much as a reserve has come to it", () => {
    expect(isFull(talk, { used: 950, floor: 930 }, 1_000)).toBe(false)
    expect(isFull(talk, { used: 990, floor: 930 }, 1_000)).toBe(true)
  })
})

describe("what stays word for word", () => {
  it("is the newest quarter, whole rounds of it", () => {
    const talk = [
      user(long(100)),
      reply(long(100), ["a"]),
      answer("a", long(100)),
      reply(long(20), ["b"]),
      answer("b", long(20))
    ]
    expect(keptOf(talk)).toBe(2)
    expect(keptOf([...talk, answer("b", long(70))])).toBe(0)
  })

  it("is at most 20,000 tokens", () => {
    const talk = Array.from({ length: 100 }, (_, n) => reply(long(6_000), [`${n}`]))
    expect(keptOf(talk)).toBe(3)
  })

  it("never is an answer without its call, an earlier summary, or more than its share", () => {
    const message = fc.oneof(
      fc.nat(400).map((tokens) => user(long(tokens))),
      fc.nat(400).map((tokens) => reply(long(tokens), ["a"])),
      fc.nat(400).map((tokens) => answer("a", long(tokens))),
      fc.nat(40).map((tokens) => user(long(tokens), "summary"))
    )
    fc.assert(
      fc.property(fc.array(message, { maxLength: 40, size: "max" }), (talk) => {
        const tail = talk.slice(talk.length - keptOf(talk))
        expect(tail[0]?.role).not.toBe("tool")
        expect(tail.some((one) => one.role === "user" && one.id === "summary")).toBe(false)
        expect(estimated(tail)).toBeLessThanOrEqual(estimated(talk) / 4)
      })
    )
  })

  it("counts pictures, inputs of calls and texts alike", () => {
    const picture = { type: "image" as const, mime: "image/png", data: "x".repeat(9_999) }
    expect(estimated([{ role: "user", id: "u", content: [picture] }])).toBe(1_600)
    expect(estimated([reply("", ["a"])])).toBe(1)
  })
})
