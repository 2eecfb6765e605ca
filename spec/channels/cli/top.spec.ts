import { once } from "node:events"
import { existsSync } from "node:fs"
import { stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import type { Health } from "../../../actors/health.ts"
import { lookAround } from "../../../channels/health/look.ts"
import { socketFolders, socketsIn } from "../../../channels/health/sockets.ts"
import { begin, kintsugi, place, type Place, type Running } from "../../program.ts"

/** Says a word and then nothing more for a long time. */
const stalling = [{ when: "stall", turns: [{ text: "One moment please.", stall_ms: 600_000 }] }]

const runs = async (at: Place): Promise<Running & { readonly pid: number }> => {
  const file = join(at.home, "script.yaml")
  await writeFile(file, JSON.stringify({ rules: stalling }))
  const running = begin(at, ["run", "stall", "-m", `scripted/${file}`])
  onTestFinished(() => void running.child.kill("SIGKILL"))
  return { ...running, pid: running.child.pid ?? 0 }
}

const foldersOf = (at: Place) => socketFolders(at)

/** Waits until all of them can be looked at. */
const lookable = (at: Place, ...pids: ReadonlyArray<number>) =>
  vi.waitUntil(
    async () => {
      const seen = await lookAround(foldersOf(at))
      return pids.every((pid) => seen.some((one) => one.pid === pid && one.health !== undefined))
    },
    { timeout: 12_000, interval: 100 }
  )

describe("kintsugi top", { timeout: 40_000 }, () => {
  it("says that nothing runs and how to start, and to programs an empty list", async () => {
    await using at = await place()
    expect(await kintsugi(at, ["top"])).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/^kintsugi: no kintsugi is running\. .*kintsugi run "task"/)
    })
    expect(await kintsugi(at, ["top", "--json"])).toEqual({ code: 0, signal: null, stdout: "[]\n", stderr: "" })
    expect(await kintsugi(at, ["top", "abc"])).toMatchObject({ code: 2, stdout: "" })
  })

  it("prints the trees of two that run, one of them alone, and all as JSON; what ends or is killed is gone", async () => {
    await using at = await place()
    const [one, two] = await Promise.all([runs(at), runs(at)])
    await lookable(at, one.pid, two.pid)
    const [folder = ""] = foldersOf(at)
    expect(((await stat(folder)).mode & 0o777).toString(8)).toBe("700")

    const all = await kintsugi(at, ["top"])
    expect(all).toMatchObject({ code: 0, stderr: "" })
    expect(all.stdout).not.toContain("\u001b")
    for (const { pid } of [one, two])
      expect(all.stdout).toMatch(
        new RegExp(`^${pid} {2}${at.cwd} {2}healthy · up .* MB · \\d+ messages.* · scripted/.*\\nruntime +running`, "m")
      )
    expect(all.stdout).toMatch(/^[├└]─ agents .*\n[│ ] {2}└─ .* thinking/m)

    const alone = await kintsugi(at, ["top", String(two.pid), "--once"])
    expect(alone.stdout).toMatch(new RegExp(`^${two.pid} {2}`))
    expect(alone.stdout).not.toMatch(new RegExp(`^${one.pid} `, "m"))
    expect(await kintsugi(at, ["top", "1"])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(new RegExp(`running: .*${one.pid}`))
    })

    const listed = JSON.parse((await kintsugi(at, ["top", "--json"])).stdout) as ReadonlyArray<Health>
    expect(listed.map(({ pid }) => pid)).toEqual([one.pid, two.pid].toSorted((a, b) => a - b))
    expect(listed[0]).toMatchObject({ status: "healthy", cwd: at.cwd, tree: { kind: "runtime", state: "running" } })

    // Told to stop, it takes its socket along; killed, it leaves it behind and whoever looks clears it away.
    one.child.kill("SIGTERM")
    expect((await one.ended).code).toBe(143)
    expect(socketsIn(folder).map(({ pid }) => pid)).toEqual([two.pid])
    two.child.kill("SIGKILL")
    await two.ended
    expect(socketsIn(folder).length).toBe(1)
    expect((await kintsugi(at, ["top"])).code).toBe(1)
    expect(socketsIn(folder)).toEqual([])
  })

  it("says of a process that hangs that it does not answer", async () => {
    await using at = await place()
    const { child, pid } = await runs(at)
    await lookable(at, pid)
    child.kill("SIGSTOP")
    const { code, stdout } = await kintsugi(at, ["top"])
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(new RegExp(`^${pid} {2}does not answer`))
    })
    expect(await kintsugi(at, ["top", "--json"])).toMatchObject({
      code: 0,
      stdout: "[]\n",
      stderr: expect.stringContaining(`${pid} does not answer`)
    })
    child.kill("SIGCONT")
  })

  it("costs a run that is soon over nothing", async () => {
    await using at = await place()
    const file = join(at.home, "script.yaml")
    await writeFile(file, JSON.stringify({ rules: [{ when: "hello", turns: [{ text: "Hello." }] }] }))
    const running = begin(at, ["run", "hello", "-m", `scripted/${file}`])
    await once(running.child, "exit")
    expect((await running.ended).stdout).toBe("Hello.\n")
    expect(foldersOf(at).filter(existsSync)).toEqual([])
  })
})
