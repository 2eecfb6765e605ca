import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { fromBuild } from "../built-places.ts"
import { processesIn } from "./processes.ts"
import { promises } from "./promises.ts"
import type { Report } from "./report.ts"

const main = join(import.meta.dirname, "main.ts")

/** A harness whose temporary files are all in `folder`. */
const begin = (folder: string, args: ReadonlyArray<string>): ChildProcess =>
  spawn(process.execPath, [fromBuild, main, ...args], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      TMPDIR: folder,
      NO_COLOR: "1",
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE
    },
    stdio: ["ignore", "pipe", "pipe"]
  })

const makeFolder = (): string => realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-spec-")))

/** A minute of it and more: `npm run chaos`. */
describe("ten seconds of chaos", () => {
  let folder: string
  let code: number | null
  let errors: string
  let report: Report

  beforeAll(async () => {
    folder = makeFolder()
    const child = begin(folder, ["--json", "--seed", "20261122", "--seconds", "10", "--rate", "12"])
    const told = [text(child.stdout ?? process.stdin), text(child.stderr ?? process.stdin)]
    const [[ended], [output = "", complaints = ""]] = await Promise.all([once(child, "close"), Promise.all(told)])
    code = ended as number | null // what `close` tells first
    errors = complaints
    report = JSON.parse(output) as Report
  }, 180_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each(promises)("$says", ({ id }) => {
    expect(report.promises[id], JSON.stringify(report.promises[id])).toMatchObject({ isKept: true })
  })

  it("ends by itself, well, and without a word of complaint", () => {
    expect({ code, errors, isKept: report.isKept }).toEqual({ code: 0, errors: "", isKept: true })
  })

  it("has met faults of every kind, quarantines and second chances", () => {
    const names = Object.keys(report.faults.byName)
    for (const kind of ["child:", "in process:", "counter, near:", "counter, far:", "from outside:", "wire:", "user:"])
      expect(names.filter((name) => name.startsWith(kind))).not.toEqual([])
    // How many there are in ten seconds, the machine decides.
    expect(report.faults.total).toBeGreaterThan(40)
    expect(report.supervision["child.restarting: host"]).toBeGreaterThan(5)
    expect(report.sessions.resumed).toBeGreaterThan(3)
  })

  it("is compared with doing nothing and with wrapping everything", () => {
    const { kintsugi, doingNothing, wrappingEverything } = report.figures
    expect(kintsugi).toEqual({ availability: 1, containment: 1, session: 1, truth: 1, correctness: 0 })
    expect(doingNothing.availability).toBeLessThan(0.95)
    expect(wrappingEverything.truth).toBe(0)
  })

  it("leaves nothing behind", () => {
    expect(readdirSync(folder)).toEqual([])
  })
})

describe.skipIf(!existsSync("/proc/self/fd"))("stopped before its end (needs /proc)", () => {
  let folder: string

  beforeEach(() => {
    folder = makeFolder()
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  /** Running, and with work done. */
  const atWork = async () => {
    const child = begin(folder, ["--seconds", "100"])
    await expect
      .poll(() => readdirSync(folder).some((name) => existsSync(join(folder, name, "work/notes"))), { timeout: 60_000 })
      .toBe(true)
    return child
  }

  it("by Ctrl-C it ends everything it started and removes its files", { timeout: 120_000 }, async () => {
    const child = await atWork()
    child.kill("SIGINT")
    const [code] = await once(child, "exit")
    expect(code).toBe(130)
    expect(processesIn(folder)).toEqual([])
    expect(readdirSync(folder)).toEqual([])
  })

  it("by kill -9 nothing that it started outlives it for long", { timeout: 120_000 }, async () => {
    const child = await atWork()
    child.kill("SIGKILL")
    await once(child, "exit")
    await expect.poll(() => processesIn(folder), { timeout: 30_000 }).toEqual([])
  })
})
