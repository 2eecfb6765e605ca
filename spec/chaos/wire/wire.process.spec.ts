import { beforeAll, describe, expect, it } from "vitest"
import { bin } from "../../program.ts"
import { runWire, type WireRun } from "./wire.ts"

describe("a server that is killed in the middle of its turns, twice, under clients whose connections break", () => {
  let run: WireRun
  beforeAll(async () => {
    run = await runWire({ seed: 1, sessions: 5, kills: 2, drops: 2, pace: 8, program: bin })
  }, 120_000)

  it("has told each of them everything once, in order, and has done nothing twice", () => {
    expect(run.broken).toEqual({
      numbers: [],
      same: [],
      heard: [],
      responses: [],
      ends: [],
      settled: [],
      complete: [],
      effects: []
    })
  })

  it("has answered every message, and went on with turns that it was killed in", () => {
    expect(run.ends).toEqual({ done: run.messages })
    expect(run.resumed).toBeGreaterThan(0)
    expect(run.killedWhile.every(({ nothing }) => nothing < run.sessions)).toBe(true)
  })
})
