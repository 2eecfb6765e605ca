import { describe, expect, it } from "vitest"
import { decide } from "../../../healing/gate/decide.ts"
import type { Ground, Item } from "../../../healing/gate/ground.ts"
import type { Survivor } from "../../../healing/gate/weigh.ts"
import type { Use } from "../../../healing/tape.ts"
import type { Example, Outcome } from "../../../healing/trial.ts"

const failure = { kind: "x", errorClass: "execution_error", name: "", said: "", message: "", frames: [] } as const

const shown: Item = {
  play: { kind: "failing", tool: "t", input: { a: 1 }, world: { cwd: "/w", taskStartedAt: 0, uses: [] } },
  before: { type: "threw", failure, effects: [], beyond: [] },
  isBroken: true
}

const ground = (risk: string, example?: Example): Ground => ({
  code: { root: "/p", module: "/p/index.js", files: () => [], read: () => undefined, manifest: () => undefined },
  sources: new Map(),
  manifest: {
    name: "p",
    hooks: [],
    tools: [{ name: "t", description: "", risk, parameters: {}, idempotent: false }]
  },
  failing: [example === undefined ? shown : { ...shown, example }],
  items: []
})

/** Of tier B, making something up, and doing this on the way. */
const survivor = (effects: ReadonlyArray<Use>, spoken: ReadonlyArray<Item> = []): Survivor => {
  const outcome: Outcome = { type: "answered", answer: { success: true, data: "x" }, effects, beyond: [] }
  return {
    candidate: { origin: "spec", what: "guesses", tier: "B", invents: "a made up value", sources: new Map() },
    added: { softens: [], fails: false, isFaithful: false, size: 1, literals: [] },
    failing: [outcome],
    others: [],
    losses: ["a made up value"],
    spoken,
    isVaried: false
  }
}

const stateOf = (risk: string, ...effects: ReadonlyArray<Use>) => {
  const verdict = decide(ground(risk), [], [survivor(effects)])
  return verdict.type === "accepted" ? verdict.state : verdict.reason
}

describe("a repair that rests on a guess", () => {
  it("may answer, look and fetch, and be flagged for it", () => {
    expect(stateOf("write")).toBe("degraded")
    expect(stateOf("read", { port: "exec.run", args: ["ls"] })).toBe("degraded")
    for (const method of ["GET", "HEAD"])
      expect(stateOf("network", { port: "fetch", args: [{ url: "http://a.test/", method }] })).toBe("degraded")
  })

  it("may neither write, nor send, nor run what changes something", () => {
    const guess = /rests on a guess: a made up value/
    expect(stateOf("read", { port: "files.write", args: ["a", "b"] })).toMatch(guess)
    expect(stateOf("execute", { port: "exec.run", args: ["make"] })).toMatch(guess)
    expect(stateOf("network", { port: "fetch", args: [{ url: "http://a.test/", method: "POST" }] })).toMatch(guess)
  })

  it("may write what an example says it writes", () => {
    const example = { input: { a: 1 }, output: "x", written: { a: "b" } }
    const place = ground("write", example)
    const one = survivor([{ port: "files.write", args: ["a", "b"] }], place.failing)
    expect(decide(place, [], [one])).toMatchObject({ type: "accepted" })
    expect(decide(place, [], [one], "no example asks")).toMatchObject({ type: "accepted", state: "degraded" })
  })
})
