import { describe, expect, it } from "vitest"
import { checklist } from "../../../../channels/terminal/text/checklist.ts"
import { lineText, lineWidth } from "../../../../channels/terminal/text/text.ts"
import type { PlanView, StepView } from "../../../../plugins/plan-view.ts"

const step = (id: string, state: StepView["state"], more: Partial<StepView> = {}): StepView => ({
  id,
  text: `step ${id}`,
  state,
  ...more
})

const plan = (steps: ReadonlyArray<StepView>): PlanView => ({ goal: "mend it", steps })

const rows = (view: PlanView, width = 60, height?: number) =>
  checklist(view, { width, ...(height === undefined ? {} : { rows: height }) }).map(lineText)

describe("a plan", () => {
  it("is its goal, how far it is, and a mark for each step", () => {
    const steps = [
      step("a", "done"),
      step("b", "skipped"),
      step("c", "failed", { note: "exit code 1" }),
      step("d", "running"),
      step("e", "pending")
    ]
    expect(rows(plan(steps))).toEqual([
      "plan 2/5 mend it",
      "  ☑ step a",
      "  – step b",
      "  ✗ step c  exit code 1",
      "  ▶ step d",
      "  ☐ step e"
    ])
  })

  it("keeps the step that runs in sight where there is no room for all", () => {
    const steps = Array.from({ length: 30 }, (_, at) =>
      step(`${at}`, at < 20 ? "done" : at === 20 ? "running" : "pending")
    )
    const seen = rows(plan(steps), 60, 6)
    expect(seen).toHaveLength(6)
    expect(seen).toContain("  ▶ step 20")
    expect(seen.at(-1)).toBe("  … 26 more")
    expect(rows(plan(steps), 60, 2)).toEqual(["plan 20/30 mend it", "  ▶ step 20"])
  })

  it("is plain text in one row a step", () => {
    const nasty = `a\n\u001b[2Jb\u0007 ${"long ".repeat(100)}`
    const lines = checklist({ goal: nasty, steps: [step("x", "failed", { text: nasty, note: nasty })] }, { width: 40 })
    expect(lines).toHaveLength(2)
    for (const line of lines) {
      expect(lineWidth(line)).toBeLessThanOrEqual(40)
      expect(lineText(line)).toContain("a b long")
    }
  })
})
