/** A conversation as text to be summed up, in versions that get shorter. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { fitting, retold } from "../../../actors/session/retold.ts"
import type { Message } from "../../../llm/message.ts"

const user = (text: string, id = "u"): Message => ({ role: "user", id, content: [{ type: "text", text }] })
const reply = (text: string, input: unknown): Message => ({
  role: "assistant",
  model: "a/b",
  content: [
    { type: "thinking", text: "a secret thought" },
    { type: "text", text },
    { type: "call", id: "c", name: "write_file", input }
  ]
})
const answer = (text: string): Message => ({
  role: "tool",
  callId: "c",
  name: "write_file",
  success: true,
  content: [
    { type: "text", text },
    { type: "image", mime: "image/png", data: "BASE64" }
  ]
})

const rounds = (count: number, size: number): ReadonlyArray<Message> =>
  Array.from({ length: count }, (_, n) => [
    reply(`step ${n}`, { path: `f${n}`, content: "y".repeat(size) }),
    answer(`answer ${n} ${"z".repeat(size)} end ${n}`)
  ]).flat()

describe("a conversation retold", () => {
  it("says who said what, without pictures and thoughts", () => {
    const text = retold([user("please"), ...rounds(1, 3)]).version(0)
    expect(text).toBe(
      [
        "## User",
        "please",
        "",
        "## Assistant",
        "step 0",
        '→ write_file {"path":"f0","content":"yyy"}',
        "",
        "## Answer of write_file",
        "answer 0 zzz end 0",
        "[an image]",
        ""
      ].join("\n")
    )
  })

  it("is cut in what tools take and give first: beginnings and ends stay", () => {
    const text = retold([user("please"), ...rounds(3, 30_000)]).version(1)
    expect(text.length).toBeLessThan(20_000)
    for (const n of [0, 1, 2])
      for (const words of [`step ${n}`, `answer ${n} z`, `z end ${n}`]) expect(text).toContain(words)
    expect(text).toContain("characters left out")
  })

  it("then lets go of the oldest, and says so; what the user said stays", () => {
    const { version, versions } = retold([
      user("the sum of before", "summary"),
      user("first wish"),
      ...rounds(20, 3_000),
      user("second wish"),
      ...rounds(20, 3_000)
    ])
    const text = version(versions - 2)
    for (const words of ["the sum of before", "first wish", "second wish", "step 19", "are left out"])
      expect(text).toContain(words)
    expect(text).not.toContain("step 7\n")
    expect(text.indexOf("first wish")).toBeLessThan(text.indexOf("second wish"))
  })

  it("holds even where the user himself said too much", () => {
    const { version, versions } = retold(Array.from({ length: 30 }, (_, n) => user(`${n} ${"w".repeat(50_000)}`)))
    const text = version(versions - 1)
    expect(text.length).toBeLessThan(20_000)
    expect(text).toContain("29 w")
    const one = retold([user(`${"w".repeat(50_000)} the end`)])
    expect(one.version(one.versions - 1)).toMatch(/w[^]*left out[^]*the end/)
  })

  it("is shorter in every version than in the one before, or as short already", () => {
    const message = fc.oneof(
      fc.nat(9_000).map((size) => user("w".repeat(size))),
      fc.nat(9_000).map((size) => answer("z".repeat(size))),
      fc.nat(9_000).map((size) => reply("t", { content: "y".repeat(size) }))
    )
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 30 }), (talk) => {
        const { version, versions } = retold(talk)
        const note = 80
        for (let nth = 1; nth < versions; nth += 1)
          expect(version(nth).length).toBeLessThanOrEqual(version(nth - 1).length + note)
        const fewest = Math.max(4_000, version(1).length / 16)
        expect(version(versions - 1).length).toBeLessThanOrEqual(fewest + note + talk.length)
      }),
      { numRuns: 50 }
    )
  })
})

describe("the version that fits", () => {
  const all = retold([user("please"), ...rounds(30, 2_000)])

  it("is the first as long as nobody knows the window", () => {
    expect(fitting(all, 0, undefined)).toBe(0)
    expect(fitting(all, 1, undefined)).toBe(1)
  })

  it("is the longest that the window takes, or the last", () => {
    expect(fitting(all, 0, 1_000_000)).toBe(0)
    const nth = fitting(all, 0, 10_000)
    expect(all.version(nth).length / 3).toBeLessThanOrEqual(10_000)
    expect(all.version(nth - 1).length / 3).toBeGreaterThan(10_000)
    expect(fitting(all, 0, 1)).toBe(all.versions - 1)
  })
})
