import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { askedOf, readAnswer } from "../../../channels/a2a/questions.ts"
import type { Question } from "../../../machines/events.ts"
import type { Inquiry } from "../../../plugins/inquiry.ts"
import { data, part } from "./peer.ts"

const base: Question = {
  id: "q",
  callId: "c",
  tool: "execute_bash",
  input: { command: "rm -r build" },
  risk: "execute",
  preview: { command: "rm -r build" },
  rule: "execute_bash(rm:*)"
}

const permission = askedOf(base)
const inquiry = (one: Omit<Inquiry, "from">) => askedOf({ ...base, inquiry: { from: "MCP server x", ...one } })
const name = { name: "name", type: "text", required: true } as const
const size = { name: "size", type: "integer", required: true, minimum: 1 } as const

describe("a question", () => {
  it("says what is asked, of what, and how to answer", () => {
    expect(permission.text).toMatch(/execute_bash[^]*rm -r build[^]*"allow"[^]*execute_bash\(rm:\*\)[^]*"deny"/)
    expect(permission.data).toMatchObject({ id: "q", tool: "execute_bash", answers: ["allow", "always", "deny"] })
    const page = inquiry({ message: "Log in", url: "https://x.example/login" })
    expect(page.text).toMatch(/MCP server x asks: Log in[^]*https:\/\/x\.example\/login[^]*goes to MCP server x/)
  })

  it.each([
    ["allow", "allow"],
    [" Allow. ", "allow"],
    ['"always"', "always"],
    ["yes", "allow"],
    ["DENY", "deny"],
    ["no", "deny"]
  ])("takes %j for %s", (text, decision) => {
    expect(readAnswer([part(text)], permission)).toEqual({ decision })
  })

  it("is refused with a reason for the agent", () => {
    expect(readAnswer([part("deny, it is needed")], permission)).toEqual({ decision: "deny", more: "it is needed" })
  })

  it("is never allowed by anything but the word alone", () => {
    const words = /^\s*["']?(allow|always|yes)["']?[.!]?\s*$/i
    const text = fc.oneof(
      fc.string(),
      fc.tuple(fc.constantFrom("allow", "always", "yes", "ALLOW"), fc.string()).map((all) => all.join(""))
    )
    fc.assert(
      fc.property(text, (said) => {
        const answer = readAnswer([part(said)], permission)
        if (!words.test(said)) expect(answer).not.toMatchObject({ decision: expect.stringMatching(/allow|always/) })
      })
    )
    const values = fc.jsonValue().filter((value) => JSON.stringify(value) !== '"allow"')
    fc.assert(
      fc.property(values, (value) => {
        expect(readAnswer([data({ decision: value })], permission)).not.toMatchObject({ decision: "allow" })
      })
    )
  })

  it("is answered by data, when it is the one that is asked now", () => {
    expect(readAnswer([part("allow"), data({ decision: "deny" })], permission)).toEqual({ decision: "deny" })
    expect(readAnswer([data({ decision: "allow", question: "q" })], permission)).toEqual({ decision: "allow" })
    expect(readAnswer([data({ decision: "allow", question: "r" })], permission)).toHaveProperty("problem")
    for (const value of [null, [], 1, "allow", {}])
      expect(readAnswer([data(value)], permission)).toHaveProperty("problem")
  })

  it("for values takes those that fit, and says what does not", () => {
    const both = inquiry({ message: "?", fields: [name, size] })
    expect(readAnswer([data({ decision: "allow", content: { name: "a", size: "3" } })], both)).toEqual({
      decision: "allow",
      content: { name: "a", size: 3 }
    })
    expect(readAnswer([data({ decision: "allow", content: { size: 0 } })], both)).toEqual({
      problem: "name is required; size must be a whole number, at least 1"
    })
    expect(readAnswer([part("allow")], both)).toHaveProperty("problem")
    expect(readAnswer([part("always")], inquiry({ message: "?" }))).toEqual({ decision: "allow", content: {} })
    expect(readAnswer([part("Ann")], inquiry({ message: "?", fields: [name] }))).toEqual({
      decision: "allow",
      content: { name: "Ann" }
    })
  })

  it("takes a plain text for the one value that is needed, if it fits", () => {
    const colour = { name: "colour", type: "choice", required: true, options: [{ value: "red" }] } as const
    const shade = { name: "shade", type: "integer", required: false, default: 3 } as const
    const asked = inquiry({ message: "?", fields: [shade, colour] })
    expect(asked.text).toContain("the value of colour as text")
    expect(readAnswer([part("red")], asked)).toEqual({ decision: "allow", content: { colour: "red", shade: 3 } })
    expect(readAnswer([part("green")], asked)).toHaveProperty("problem")
    expect(readAnswer([part("")], asked)).toHaveProperty("problem")
    const sure = inquiry({ message: "?", fields: [{ name: "sure", type: "boolean", required: true }] })
    expect(readAnswer([part("true")], sure)).toHaveProperty("problem")
    expect(readAnswer([part("red")], inquiry({ message: "?", fields: [name, colour] }))).toHaveProperty("problem")
  })
})
