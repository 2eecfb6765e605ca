/** What a run says of what it took. */
import { describe, expect, it } from "vitest"
import { jsonReport } from "../../../channels/cli/json-report.ts"
import { progressLines } from "../../../channels/cli/progress.ts"
import type { AgentNotice, TerminalNotice } from "../../../machines/events.ts"
import { nothingSpent, spend } from "../../../machines/spending.ts"
import { end, heardIo, telling } from "./heard.ts"

const usage = { input: 1_200, output: 30, cacheRead: 100, cacheWrite: 0 }
const both = spend(spend(nothingSpent, { model: "a/one", usage, cost: 0.25 }), { model: "b/two", usage })
const ended = (spent = both): TerminalNotice => ({ ...end, spent })

const lines = (notices: ReadonlyArray<AgentNotice>, last: TerminalNotice = ended()): string => {
  const io = heardIo()
  const { hear, end } = progressLines(io)
  notices.forEach(hear)
  end(last)
  return io.err()
}

describe("the closing line", () => {
  it("says who answered where it was not one model alone, and at least what", () => {
    expect(lines([])).toContain("2400 tokens in, 60 out, at least $0.2500 (a/one 1×, b/two 1×)")
  })

  it("says what one model cost, or that nobody knows", () => {
    expect(lines([], ended(spend(nothingSpent, { model: "a/one", usage, cost: 0.25 })))).toMatch(/out, \$0\.2500\n$/)
    expect(lines([], ended(spend(nothingSpent, { model: "a/one", usage })))).toMatch(/out, cost unknown\n$/)
  })
})

describe("a conversation that is compacted", () => {
  it("is told of while it happens, with the reason", () => {
    const text = lines([
      { type: "agent.retrying", attempt: 1, delay: 0, reason: "the conversation is too long" },
      { type: "agent.compacting", reason: "overflow" },
      { type: "agent.compacted", summary: "s" },
      { type: "agent.compacting", reason: "full" }
    ])
    expect(text).toContain("too long; trying again\ncompacting the conversation\ncompacted; going on\n")
    expect(text).toContain("nearly fills the model's window")
  })
})

describe("the report of a run", () => {
  it("has what each model took, and null for a cost that nobody knows", () => {
    const io = heardIo()
    jsonReport(io, telling([])).end(ended(spend(both, { model: "a/one", usage, cost: 0.25 })))
    const report = JSON.parse(io.out())
    expect(report).toMatchObject({ cost: null, cost_at_least: 0.5 })
    expect(report.usage_by_model).toMatchObject([
      { model: "a/one", requests: 2, cost: 0.5, usage: { input: 2_400, cacheRead: 200 } },
      { model: "b/two", requests: 1, cost: null }
    ])
    expect(report.usage_by_model[1]).not.toHaveProperty("cost_at_least")
  })

  it("names who answered, beside the one who was to", () => {
    const io = heardIo()
    const said = (model: string): AgentNotice => ({
      type: "agent.said",
      message: { role: "assistant", content: [{ type: "text", text: "x" }], model }
    })
    const report = jsonReport(io, telling([]))
    for (const model of ["b/two", "b/two", "a/one"]) report.hear(said(model))
    report.end(ended())
    expect(JSON.parse(io.out())).toMatchObject({ model: "scripted/fake", answered_by: ["b/two", "a/one"] })
  })

  it("has none where nothing was asked", () => {
    const io = heardIo()
    jsonReport(io, telling([])).end(ended(nothingSpent))
    expect(JSON.parse(io.out())).toMatchObject({ usage_by_model: [], cost: 0 })
  })
})
