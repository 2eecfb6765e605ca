/** Code on trial through the port that the strategies see. */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { describe, expect, it, onTestFinished } from "vitest"
import { makeTrial, type ClosableTrial } from "../../../actors/healing/trial.ts"
import type { Sources } from "../../../healing/code.ts"
import type { Play, World } from "../../../healing/tape.ts"
import type { Report, TrialOptions } from "../../../healing/trial.ts"
import type { Hosts } from "../../../actors/hosts/host.ts"
import { folderWith, household } from "../hosts/opened.ts"

const module = `
import { definePlugin, defineTool } from "kintsugi/plugin"
import { z } from "zod"
import { count } from "./count.ts"
const input = z.object({ text: z.string().default("") })
const tool = (name: string, execute: (text: string, context: never) => unknown, more = {}) =>
  defineTool({ name, description: name, risk: "read", input, ...more, execute: ({ text }, context) => execute(text, context) })
export default definePlugin({ name: "words", systemPrompt: () => "", tools: [
  tool("count", (text) => String(count(text)), { examples: [{ input: { text: "a b" }, output: "2", files: { "a.txt": "x" } }] }),
  tool("never", () => new Promise(() => {})),
  tool("loop", () => { for (;;); }),
  tool("floats", () => { void Promise.reject(new RangeError("afloat")); return "x" }),
  tool("late", () => { setTimeout(() => { throw new Error("late") }, 1); return "x" }),
  tool("slow", () => new Promise((resolve) => setTimeout(resolve, 30, "slow"))),
  tool("chance", () => [Math.random(), Date.now(), crypto.randomUUID()].join()),
  tool("copy", async (text, { files }) => {
    const bytes = await files.read(text)
    await files.write("out.txt", Buffer.from(bytes).toString().toUpperCase())
    return Buffer.from(await files.read("out.txt")).toString()
  })
] })
`
const right = `export const count = (text: string): number => text.split(" ").length`
const wrong = `export const count = (text: { words: string }): number => text.words.length`

interface Scene {
  readonly trial: ClosableTrial
  readonly run: (sources: Sources, plays: ReadonlyArray<Play>, options?: TrialOptions) => Promise<Report>
  readonly fixed: Sources
  /** Places that were begun. */
  readonly begun: () => number
}

const enter = async (): Promise<Scene> => {
  const folder = await folderWith({ "index.ts": module, "count.ts": wrong })
  const home = await household()
  let begun = 0
  const hosts: Pick<Hosts, "trial"> = { trial: (source) => (begun++, home.trial(source)) }
  const trial = makeTrial({ hosts, source: { name: "words", module: join(folder, "index.ts") } })
  onTestFinished(() => trial.close())
  const run: Scene["run"] = (...args) => Effect.runPromise(trial.play(...args))
  return { trial, run, fixed: new Map([[join(folder, "count.ts"), right]]), begun: () => begun }
}

const play = (tool: string, text?: unknown, world: Partial<World> = {}): Play => ({
  kind: "recorded",
  tool,
  input: text === undefined ? {} : { text },
  world: { cwd: "/project", taskStartedAt: 1_700_000_000_000, uses: [], ...world }
})

const outcomesOf = (report: Report) => (report.loaded ? report.outcomes : [])

describe("a trial", () => {
  it("tells what the code offers and how each call went", async () => {
    const { run, fixed } = await enter()
    const report = await run(fixed, [play("count", "a b c"), play("count", 5), play("none")])
    expect(report).toMatchObject({ loaded: true, manifest: { name: "words", hooks: ["systemPrompt"] } })
    const examples = [{ input: { text: "a b" }, output: "2", files: { "a.txt": "x" } }]
    expect(report.loaded && report.manifest.tools[0]).toMatchObject({
      name: "count",
      risk: "read",
      idempotent: true,
      parameters: { type: "object" },
      examples
    })
    expect(outcomesOf(report)).toMatchObject([
      { type: "answered", answer: { success: true, data: "3" }, effects: [], beyond: [] },
      { type: "refused", problems: expect.stringContaining("text") },
      { type: "threw", failure: { said: expect.stringContaining("none") } }
    ])
  })

  it("runs the file where there is no text for it, and tells where that fails", async () => {
    const { run } = await enter()
    const [outcome] = outcomesOf(await run(new Map(), [play("count", "a")]))
    const failure = { kind: "undefined_access", property: "length", frame: expect.stringMatching(/count\.ts:1:70$/) }
    expect(outcome).toMatchObject({ type: "threw", failure })
  })

  it("tells why code cannot be loaded, and goes on with other code", async () => {
    const { run, fixed } = await enter()
    const broken = new Map([...fixed.keys()].map((path) => [path, "export const other = 1"]))
    const failure = { kind: "missing_export", property: "count" }
    expect(await run(broken, [play("count")])).toMatchObject({ loaded: false, failure })
    expect(outcomesOf(await run(fixed, [play("count", "a")]))).toMatchObject([{ answer: { data: "1" } }])
  })

  it("keeps its place from trial to trial, and takes a new one when asked to", async () => {
    const { run, fixed, begun } = await enter()
    for (let n = 0; n < 5; n++) await run(fixed, [play("count", "a")])
    expect(begun()).toBe(1)
    await run(fixed, [play("count", "a")], { fresh: true })
    expect(begun()).toBe(2)
    await run(fixed, [play("count", "a")])
    expect(begun()).toBe(2)
  })

  it.each(["never", "loop"])("ends what takes too long (%s) and plays on in another place", async (tool) => {
    const { run, fixed } = await enter()
    const outcomes = outcomesOf(await run(fixed, [play(tool), play("count", "a b")], { patience: 150 }))
    expect(outcomes).toMatchObject([
      { type: "ended", failure: { said: expect.stringContaining("did not answer within 150 ms") } },
      { type: "answered", answer: { data: "2" } }
    ])
  })

  it("a promise that was left behind and fails is the end of the call that left it", async () => {
    const { run, fixed } = await enter()
    const outcomes = outcomesOf(await run(fixed, [play("floats"), play("count", "a")]))
    expect(outcomes.map(({ type }) => type)).toEqual(["ended", "answered"])
    expect(JSON.stringify(outcomes[0])).toContain("afloat")
  })

  it("does not blame code for what other code left behind", async () => {
    const { run, fixed } = await enter()
    await run(fixed, [play("late")])
    expect(outcomesOf(await run(fixed, [play("slow")]))).toMatchObject([{ type: "answered", answer: { data: "slow" } }])
  })

  it("has equal outcomes for equal plays, whatever was played before and wherever", async () => {
    const { run, fixed } = await enter()
    const plays = [
      play("chance"),
      play("copy", "a.txt", { files: { "a.txt": "x" } }),
      play("count", 1),
      play("copy", "b")
    ]
    const first = await run(fixed, plays)
    await run(fixed, [play("chance"), play("never")], { patience: 50 })
    expect(JSON.stringify(await run(fixed, plays))).toBe(JSON.stringify(first))
    expect(JSON.stringify(await run(fixed, plays, { fresh: true }))).toBe(JSON.stringify(first))
  })

  it("does things to the call's own world only, and tells them", async () => {
    const { run, fixed } = await enter()
    const [outcome] = outcomesOf(await run(fixed, [play("copy", "a.txt", { files: { "a.txt": "hello" } })]))
    expect(outcome).toEqual({
      type: "answered",
      answer: { success: true, data: "HELLO" },
      effects: [{ port: "files.write", args: ["out.txt", "HELLO"] }],
      beyond: []
    })
  })

  it("is over with whoever waits for it, and so is its place", async () => {
    const { trial, run, fixed, begun } = await enter()
    const running = Effect.runFork(trial.play(fixed, [play("never")], { patience: 60_000 }))
    await new Promise((resolve) => setTimeout(resolve, 1))
    await Effect.runPromise(Fiber.interrupt(running))
    expect(outcomesOf(await run(fixed, [play("count", "a")]))).toMatchObject([{ answer: { data: "1" } }])
    expect(begun()).toBeGreaterThan(0)
  })

  it("two at once do not meet", async () => {
    const { run, fixed } = await enter()
    const other = new Map([...fixed.keys()].map((path) => [path, "export const count = () => 'other'"]))
    const both = await Promise.all([run(fixed, [play("slow"), play("count", "a")]), run(other, [play("count", "a")])])
    expect(both.map((report) => outcomesOf(report).at(-1))).toMatchObject([
      { answer: { data: "1" } },
      { answer: { data: "other" } }
    ])
  })
})
