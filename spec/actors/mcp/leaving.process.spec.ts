import { spawn } from "node:child_process"
import { once } from "node:events"
import { tmpdir } from "node:os"
import { fileURLToPath } from "node:url"
import { describe, expect, it, vi } from "vitest"
import { hasProc, isGone } from "../../plugins/ports/processes.ts"

const fixture = fileURLToPath(new URL("fixtures/leaver.ts", import.meta.url))

describe.skipIf(!hasProc)("no server outlives us (skipped without /proc)", () => {
  it.concurrent.for(["exit", "SIGINT", "SIGKILL"])("whether we end by %s", async (how, { onTestFinished }) => {
    const child = spawn(process.execPath, [fixture, how], { cwd: tmpdir(), stdio: ["ignore", "pipe", "ignore"] })
    onTestFinished(() => void child.kill("SIGKILL"))
    const exited = once(child, "exit")
    let text = ""
    child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()))
    await vi.waitFor(() => expect(text).toContain("\n"), 10_000)
    const ids = text.trim().split(" ").map(Number)
    expect(ids).toHaveLength(2)
    if (how.startsWith("SIG")) {
      expect(ids.filter(isGone)).toEqual([])
      process.kill(child.pid ?? 0, how)
    }
    await exited
    await vi.waitFor(() => expect(ids.filter((id) => !isGone(id))).toEqual([]), 10_000)
  })
})
