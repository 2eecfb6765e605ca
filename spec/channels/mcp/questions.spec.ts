/** What counts as a yes of a client's user. */
import { describe, expect, it } from "vitest"
import { answerOf } from "../../../channels/mcp/questions.ts"
import type { Question } from "../../../machines/events.ts"
import type { Inquiry } from "../../../plugins/inquiry.ts"

const never = new AbortController().signal
const no = { decision: "deny" }

const question = (inquiry?: Inquiry): Question => ({
  id: "q",
  callId: "c",
  tool: "write_file",
  input: { path: "a" },
  risk: "write",
  rule: "write_file(*)",
  preview: { paths: ["a"] },
  ...(inquiry !== undefined && { inquiry })
})

const form: Inquiry = { from: "x", message: "Which?", fields: [{ name: "which", type: "text", required: true }] }
const page: Inquiry = { from: "x", message: "Look.", url: "https://example.org/" }

/** The client's result, whatever it is, and the keys that it was asked by. */
const answering = (result: unknown, elicitation: object = { form: {}, url: {} }) => {
  const keys: Array<string> = []
  const asker = {
    can: { elicitation },
    ask: async (requests: object) => {
      keys.push(...Object.keys(requests))
      return Object.fromEntries(Object.keys(requests).map((key) => [key, result]))
    }
  }
  return { asker, keys }
}

const answer = (result: unknown, inquiry?: Inquiry, elicitation?: object) =>
  answerOf(question(inquiry), answering(result, elicitation).asker, never)

const values = { decision: "allow", which: "this" }

describe("a yes", () => {
  it("is what was accepted, and fits", async () => {
    expect(await answer({ action: "accept", content: { decision: "always" } })).toEqual({ decision: "always" })
    expect(await answer({ action: "accept", content: values }, form)).toEqual({
      decision: "allow",
      content: { which: "this" }
    })
    expect(await answer({ action: "accept" }, page)).toEqual({ decision: "allow", content: {} })
  })

  it.each([
    ["declined, whatever is sent with it", { action: "decline", content: values }],
    ["put away, whatever is sent with it", { action: "cancel", content: values }],
    ["of no kind", { content: values }],
    ["nothing", undefined],
    ["no object", "accept"]
  ])("is not what is %s", async (_, result) => {
    for (const inquiry of [undefined, form, page]) expect(await answer(result, inquiry)).toEqual(no)
  })

  it.each([{}, { decision: "yes" }, { decision: ["allow"] }, "allow", null, { which: "" }, { which: { a: 1 } }])(
    "is not accepted without what was asked for: %j",
    async (content) => {
      for (const inquiry of [undefined, form]) expect(await answer({ action: "accept", content }, inquiry)).toEqual(no)
    }
  )

  it("to an address is had only of clients that show addresses", async () => {
    const { asker, keys } = answering({ action: "accept" }, { form: {} })
    expect(await answerOf(question(page), asker, never)).toEqual(no)
    expect(keys).toEqual([])
  })

  it("cannot be sent ahead: each question has a key of its own that nobody knows before", async () => {
    const { asker, keys } = answering({ action: "accept", content: values })
    for (const inquiry of [undefined, undefined, form, page]) await answerOf(question(inquiry), asker, never)
    expect(new Set(keys).size).toBe(4)
    for (const key of keys) expect(key.length).toBeGreaterThan(30)
  })
})
