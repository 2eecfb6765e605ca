import { execFile } from "node:child_process"
import { mkdtempSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { fromBuild } from "../built-places.ts"
import { isTold } from "./footprint.ts"
import { processesIn } from "./processes.ts"
import type { Told } from "./strangers.ts"

describe.skipIf(!isTold())("ten plugins that misbehave beside three that work (needs /proc)", () => {
  let folder: string
  let told: Told

  beforeAll(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-strangers-")))
    const main = join(import.meta.dirname, "strangers.ts")
    const env = { PATH: process.env.PATH, HOME: folder, TMPDIR: folder }
    const { stdout } = await promisify(execFile)(process.execPath, [fromBuild, main, folder], { cwd: folder, env })
    told = JSON.parse(stdout) as Told
  }, 200_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it("keep none of those that work from answering every call rightly", () => {
    expect(told.sessions.map(({ healthy }) => healthy)).toEqual([
      { answered: 245, right: 245 },
      { answered: 245, right: 245 }
    ])
  })

  it("end their own calls, each with an answer that says what became of it", () => {
    const [all, others] = told.sessions
    // On a busy machine whoever watches it may be quicker than what it does.
    const ended = (how: string) => [expect.stringMatching(`^failed contained .*(${how}|did not react for)`)]
    const late = [
      expect.stringMatching(/^failed contained .*(timed out after 1 s|started anew|did not run|nobody caught)/)
    ]
    const missing = [expect.stringMatching(/^failed not_found there is no tool/)]
    expect(all?.others).toEqual({
      loop: late,
      rejection: late,
      flood: late,
      exit: ended("ended its own process with exit code 0"),
      heap: ended("filled its heap of 256 MiB"),
      output: ended("wrote more than \\d+ bytes to its output, and was killed"),
      buffers: ended("used \\d+ MiB of memory, \\d+ are allowed, and was killed"),
      never_starts: missing,
      throws_at_load: missing,
      hanging_hook: ["answered worked"]
    })
    expect(all?.end).toBe("agent.replied")
    expect(others).toMatchObject({ others: {}, end: "agent.replied" })
  })

  it("are told apart from those that work", () => {
    for (const name of ["double", "reverse", "sum"]) expect(told.plugins[name]).toBe("healthy ")
    expect(told.plugins["throws-at-load"]).toContain("broken at load")
    expect(told.plugins["hanging-hook"]).toMatch(/^degraded its \w+ failed: \w+ took longer than 1 s$/)
  })

  it("leave memory as it was, within a tenth, and no process behind", () => {
    const { before, after } = told
    for (const part of ["rss", "heap"] as const) expect(after[part], part).toBeLessThanOrEqual(1.1 * before[part])
    expect(processesIn(folder)).toEqual([])
  })
})
