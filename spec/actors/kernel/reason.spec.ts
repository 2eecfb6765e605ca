/** What an end means, and how it is told. */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import { describe, expect, it } from "vitest"
import { Ending, explain, isAbnormal, type Reason, reasonOf, Shutdown } from "../../../actors/kernel/reason.ts"

const boom = new Error("boom")
const failed: Reason = { kind: "failed", error: boom }

describe("reasonOf", () => {
  const cases: ReadonlyArray<readonly [string, Exit.Exit<unknown, unknown>, Reason]> = [
    ["success is normal", Exit.succeed(1), { kind: "normal" }],
    ["a typed failure has failed", Exit.fail(boom), failed],
    ["a defect has failed", Exit.die(boom), failed],
    ["an interruption is a stop", Exit.interrupt(1), { kind: "shutdown" }],
    ["Shutdown is a stop", Exit.fail(new Shutdown()), { kind: "shutdown" }],
    [
      "Ending carries its reason",
      Exit.fail(new Ending({ kind: "linked", to: "b", reason: failed })),
      { kind: "linked", to: "b", reason: failed }
    ],
    [
      "a failure beside an interruption is a failure",
      Exit.failCause(Cause.combine(Cause.interrupt(1), Cause.fail(boom))),
      failed
    ]
  ]
  it.each(cases)("%s", (_, exit, reason) => expect(reasonOf(exit)).toEqual(reason))
})

it("only normal and shutdown are no reason to worry", () => {
  const kinds: ReadonlyArray<Reason> = [
    { kind: "normal" },
    { kind: "shutdown" },
    { kind: "killed" },
    failed,
    { kind: "start_failed", error: boom },
    { kind: "linked", to: "b", reason: failed },
    { kind: "exhausted", supervisor: "s", budget: { max: 1, seconds: 1 }, causes: [] }
  ]
  expect(kinds.filter(isAbnormal).map(({ kind }) => kind)).toEqual([
    "killed",
    "failed",
    "start_failed",
    "linked",
    "exhausted"
  ])
})

describe("explain", () => {
  it("tells the chain from the outside in", () => {
    const inner: Reason = {
      kind: "exhausted",
      supervisor: "git",
      budget: { max: 3, seconds: 5 },
      causes: [{ child: "log", reason: failed }]
    }
    const outer: Reason = {
      kind: "exhausted",
      supervisor: "plugins",
      budget: { max: 1, seconds: 60 },
      causes: [{ child: "git", reason: inner }]
    }
    expect(explain(outer)).toBe("more than 1 restarts in 60 s; last git: more than 3 restarts in 5 s; last log: boom")
  })

  it.each([
    [new TypeError("x is not a function"), "x is not a function"],
    [new RangeError(), "RangeError"],
    ["a plain word", "a plain word"],
    [undefined, "undefined"],
    [
      {
        toString: () => {
          throw boom
        }
      },
      "an error that cannot be shown"
    ]
  ])("says something of any error: %#", (error, text) => expect(explain({ kind: "failed", error })).toBe(text))

  it("names a start and a link as such", () => {
    expect(explain({ kind: "start_failed", error: boom })).toBe("could not start: boom")
    expect(explain({ kind: "linked", to: "b", reason: failed })).toBe("b, which it is linked to, ended: boom")
  })
})
