import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest"
import { hookRunner, type HookOrder } from "../../../plugins/command-hooks/run-hook.ts"
import { makeWorld, type World } from "../../actors/world.ts"
import { isGone } from "../ports/processes.ts"

let world: World
beforeEach(() => (world = makeWorld()))
afterEach(() => world.remove())

const begin = () => {
  const runner = hookRunner()
  onTestFinished(runner.close)
  const run = (command: string, more: Partial<HookOrder> = {}) =>
    runner.run({ command, args: undefined, cwd: world.cwd, env: process.env, input: "{}", time: 10_000, ...more })
  return { runner, run }
}

describe("a command of a hook", () => {
  it("reads what it is told, and its outputs stay apart", async () => {
    const { run } = begin()
    const input = JSON.stringify({ text: "ä".repeat(200_000) })
    const [heard, said, deaf, plain, missing] = await Promise.all([
      run("cat | wc -c", { input }),
      run("echo out; echo err >&2; exit 2"),
      run("exec <&-; echo deaf", { input }),
      run("printf", { args: ["%s|", "$HOME", "a b"] }),
      run("no-such-program-here", { args: [] })
    ])
    expect(heard).toMatchObject({ code: 0, late: false, cut: false })
    expect(Number(heard.stdout)).toBe(Buffer.byteLength(input))
    expect(said).toEqual({ code: 2, late: false, stdout: "out\n", stderr: "err\n", cut: false })
    expect(deaf).toMatchObject({ code: 0, stdout: "deaf\n" })
    expect(plain).toMatchObject({ code: 0, stdout: "$HOME|a b|" })
    expect(missing.failed).toMatch(/ENOENT/)
  })

  it("is not held up by its own output, of which a part is kept", async () => {
    const { run } = begin()
    const { code, stdout, cut } = await run("head -c 3000000 /dev/zero | tr '\\0' x")
    expect({ code, cut, size: stdout.length }).toEqual({ code: 0, cut: true, size: 256 * 1024 })
  })

  it("is ended in time, with all that it started", async () => {
    const { run } = begin()
    const { late, code, stdout } = await run("sleep 60 & echo $!; sleep 60", { time: 100 })
    expect({ late, code }).toEqual({ late: true, code: undefined })
    expect(isGone(Number(stdout))).toBe(true)
  })

  it("may leave something running, which ends with the session; nobody waits for what it holds open", async () => {
    const { run, runner } = begin()
    const { code, stdout } = await run("sleep 60 & echo $!")
    expect(code).toBe(0)
    expect(isGone(Number(stdout))).toBe(false)
    await runner.close()
    expect(isGone(Number(stdout))).toBe(true)
    expect((await run("true")).failed).toMatch(/closed/)
  })

  it("is ended when it is cancelled, unless it stays", async () => {
    const { run, runner } = begin()
    const [started, kept, gone] = ["started", "kept", "gone"].map((name) => join(world.cwd, name))
    if (gone === undefined) return expect.fail()
    const waiting = run(`touch ${started}; sleep 60`)
    const staying = run(`touch ${kept}; until [ -e ${gone} ]; do sleep 0.02; done; echo stayed`, { stays: true })
    await vi.waitFor(() => expect([started, kept].every((path) => existsSync(String(path)))).toBe(true))
    await runner.cancel(Number.POSITIVE_INFINITY)
    writeFileSync(gone, "")
    expect(await waiting).toMatchObject({ signal: "SIGTERM", late: false })
    expect(await staying).toMatchObject({ code: 0, stdout: "stayed\n" })
  })
})
