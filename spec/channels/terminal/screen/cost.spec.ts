/** What the chat says of money and room. */
import { describe, expect, it } from "vitest"
import type { Spent } from "../../../../machines/events.ts"
import { nothingSpent, spend } from "../../../../machines/spending.ts"
import { costTable } from "../../../../channels/terminal/screen/cost.ts"
import { type Status, statusLine } from "../../../../channels/terminal/screen/status.ts"
import { costWords } from "../../../../channels/terminal/text/numbers.ts"
import { lineText } from "../../../../channels/terminal/text/text.ts"
import { drive, start } from "./drive.ts"

const usage = { input: 12_000, output: 300, cacheRead: 9_000, cacheWrite: 0 }
const paid = (model: string, cost?: number) => (sum: Spent) => spend(sum, { model, usage, cost })
const spentOn = (...all: ReadonlyArray<(sum: Spent) => Spent>) => all.reduce((sum, add) => add(sum), nothingSpent)
const shown = (more: Partial<Status>): Status => ({ ...start.status, ...more })

describe("/cost", () => {
  it("is a table of the models that answered, and their sum", () => {
    const spent = spentOn(paid("openai/gpt-5", 0.25), paid("openai/gpt-5", 0.25), paid("acme/one", 0.02))
    expect(costTable(shown({ spent, contextUsed: 12_300, contextWindow: 200_000 }))).toBe(
      [
        "model         requests   in  cached  out     cost",
        "openai/gpt-5         2  24k     18k  600    $0.50",
        "acme/one             1  12k      9k  300  $0.0200",
        "together             3  36k     27k  900    $0.52",
        "context  12.3k of 200k tokens"
      ].join("\n")
    )
  })

  it("says of a cost that is not known that it is not, and of a part that it is one", () => {
    const spent = spentOn(paid("a/known", 0.5), paid("b/unknown"), paid("c/partly", 0.25), paid("c/partly"))
    const [, known, unknown, partly, sum] = costTable(shown({ spent })).split("\n")
    expect(known).toMatch(/ \$0\.50$/)
    expect(unknown).toMatch(/ unknown$/)
    expect(partly).toMatch(/ at least \$0\.25$/)
    expect(sum).toMatch(/ at least \$0\.75$/)
  })

  it("says what is left of a budget", () => {
    const spent = spentOn(paid("a/one", 0.3))
    const text = costTable(shown({ spent, limits: { maxCost: 1, maxTokens: 20_000 } }))
    expect(text).toContain("$0.70 of $1.00 left")
    expect(text).toContain("7.7k of 20k tokens left, 12.3k spent")
    expect(costTable(shown({ spent, limits: { maxCost: 0.1 } }))).toContain("$0.00 of $0.10 left")
  })

  it("is said in the chat, also before anything was asked", () => {
    const chat = drive()
    chat.enter("/cost")
    expect(chat.notes()[0]).toContain("scripted/fake was asked nothing yet")
  })
})

describe("costs in words", () => {
  it("never are less than they may have been", () => {
    expect(costWords(nothingSpent)).toBe("$0.00")
    expect(costWords(spentOn(paid("a/one", 0.5)))).toBe("$0.50")
    expect(costWords(spentOn(paid("a/one", 0.5), paid("a/one")))).toBe("at least $0.50")
    expect(costWords(spentOn(paid("a/one")))).toBe("cost unknown")
  })
})

describe("the share of the window in the status line", () => {
  const toneAt = (contextUsed: number, contextWindow: number) => {
    const line = statusLine(shown({ contextUsed, contextWindow }), 100)
    return line.find(({ text }) => text.endsWith("context"))?.style?.tone
  }

  it("warns when a compaction is near, in large windows and in small ones", () => {
    expect([toneAt(164_000, 200_000), toneAt(166_000, 200_000)]).toEqual([undefined, "warn"])
    expect([toneAt(6_400, 8_000), toneAt(6_600, 8_000)]).toEqual([undefined, "warn"])
  })

  it("is not shown where it is not known", () => {
    const { contextWindow: _, ...unknown } = shown({ contextUsed: 5_000 })
    expect(lineText(statusLine(unknown, 100))).not.toContain("context")
  })
})
