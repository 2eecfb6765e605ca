import { describe, expect, it } from "vitest"
import { faults as placeFaults } from "../actors/hosts/fault-names.ts"
import { answerOf, type Call, judge } from "./call.ts"
import { nameOf, planOf, type ToolFault, wireFaults } from "./faults.ts"

describe("a plan", () => {
  const { faults, works, hash } = planOf(7, 2000)

  it("is the same for the same seed, and another for another", () => {
    const again = planOf(7, 2000)
    expect([again.faults, again.works, again.hash]).toEqual([faults, works, hash])
    expect(planOf(8, 2000).hash).not.toBe(hash)
  })

  it("begins alike however long it is", () => {
    expect(faults.slice(0, 50)).toEqual(planOf(7, 50).faults)
  })

  it("holds each of the sixteen, all of the wire, the user, and signals from outside", () => {
    const names = new Set(faults.map(nameOf))
    const others = ["user: cancels", "user: resumes", "from outside: SIGKILL", "from outside: SIGSTOP"]
    const tools = [
      "in process: throw",
      "counter, near: throws after the effect",
      "counter, far: exits after the effect"
    ]
    const [children, wire] = [
      placeFaults.map((fault) => `child: ${fault}`),
      wireFaults.map((fault) => `wire: ${fault}`)
    ]
    const expected = [...children, ...wire, ...others, ...tools]
    expect(expected.filter((name) => !names.has(name))).toEqual([])
  })
})

describe("the judge", () => {
  const call = (fault: ToolFault): Call => ({
    id: "1",
    name: "alpha_throw",
    input: {},
    isHealthy: false,
    limit: 1000,
    isParallel: true,
    fault,
    expected: answerOf(fault)
  })
  const throws = call({ type: "place", plugin: "alpha", fault: "throw", late: false })
  const silent = call({ type: "place", plugin: "alpha", fault: "chdir", late: false })
  const double: Call = { ...throws, fault: undefined, expected: { data: 42 } }

  it.each([
    { what: "a failure that says so", call: throws, answer: { success: false, outcome: "contained" }, is: "failed" },
    { what: "a fault as a success", call: throws, answer: { success: true, data: "" }, is: "swallowed" },
    { what: "a fault with its loss named", call: throws, answer: { success: true, degraded: ["it"] }, is: "degraded" },
    { what: "a fault that breaks nothing", call: silent, answer: { success: true, data: "done" }, is: "right" },
    { what: "the right value", call: double, answer: { success: true, data: 42 }, is: "right" },
    { what: "a wrong value", call: double, answer: { success: true, data: 43 }, is: "swallowed" }
  ] as const)("calls $what $is", ({ call, answer, is }) => {
    expect(judge(call, answer)).toBe(is)
  })
})
