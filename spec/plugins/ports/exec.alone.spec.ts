/** Shell commands. Alone: where runtimes were open before and are all closed, what a command leaves behind ends with it. */
import { existsSync, readFileSync, statSync } from "node:fs"
import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { Exec } from "../../../plugins/ports.ts"
import { exec } from "../../../plugins/ports/exec.ts"
import { hasProc, isGone } from "./processes.ts"

let cwd: string
let shell: Exec

const open = (outputLimit = 2000): Exec =>
  exec({ cwd, outputLimit, spillFolder: join(cwd, "spill"), env: { ...process.env, FAKE_API_KEY: "k" } })

beforeEach(async () => {
  cwd = await realpath(await mkdtemp(join(tmpdir(), "kintsugi-exec-")))
  shell = open()
})
afterEach(async () => {
  await shell.close()
  await rm(cwd, { recursive: true })
})

const ids = (text: string): ReadonlyArray<number> => text.match(/\d+/g)?.map(Number) ?? []

describe("a command", () => {
  it("gives both streams in order, and its exit code", async () => {
    const result = await shell.run("echo one; echo two >&2; echo three; exit 3")
    expect(result).toEqual({
      code: 3,
      signal: undefined,
      output: "one\ntwo\nthree\n",
      length: 14,
      file: undefined,
      timedOut: false
    })
  })

  it("runs in the working folder or another one, in bash, without input", async () => {
    await mkdir(join(cwd, "inner"))
    expect((await shell.run('pwd; [[ -n $BASH_VERSION ]] && echo bash; cat; echo "end"')).output).toBe(
      `${cwd}\nbash\nend\n`
    )
    expect((await shell.run("pwd", { cwd: "inner" })).output).toBe(`${cwd}/inner\n`)
  })

  it("may write to /dev/stdout and /dev/stderr like to any file", async () => {
    expect(await shell.run("echo a > /dev/stdout; echo b | tee /dev/stderr")).toMatchObject({
      code: 0,
      output: "a\nb\nb\n"
    })
  })

  it("keeps the outputs of commands apart that run at once or after each other", async () => {
    const said = async (words: string) => (await shell.run(`echo ${words}; echo ${words} > /dev/stderr`)).output
    const all = Array.from({ length: 12 }, (_, n) => `command ${n}`)
    const expected = all.map((words) => `${words}\n${words}\n`)
    expect(await Promise.all(all.map(said))).toEqual(expected)
    expect(await Promise.all(all.map(said))).toEqual(expected)
  })

  it("says by which signal it ended", async () => {
    expect(await shell.run("kill -SEGV $$")).toMatchObject({ code: undefined, signal: "SIGSEGV" })
  })

  it("sees no credentials", async () => {
    expect((await shell.run('echo "[$FAKE_API_KEY][$TERM]"')).output).toBe("[][dumb]\n")
  })

  it("shows its output as it comes", async () => {
    const seen: Array<string> = []
    await shell.run("echo first; while [ ! -e go ]; do sleep 0.02; done; echo second", {
      onOutput: (text) => {
        seen.push(text)
        if (seen.length === 1) void shell.run("touch go")
      }
    })
    expect(seen).toEqual(["first\n", "second\n"])
  })

  it("hands a bug in onOutput to its caller", async () => {
    const bug = new Error("a bug")
    const running = shell.run("echo x; sleep 60", {
      onOutput: () => {
        throw bug
      }
    })
    await expect(running).rejects.toBe(bug)
  })

  it.each([
    ["", "invalid_arguments"],
    ["echo \0", "invalid_arguments"],
    [`echo ${"x".repeat(200_000)}`, "invalid_arguments"]
  ])("is refused when it cannot be one", async (command, kind) => {
    await expect(shell.run(command)).rejects.toMatchObject({ name: "PortError", kind })
  })

  it("is refused in a folder that is not there", async () => {
    await expect(shell.run("pwd", { cwd: "none" })).rejects.toMatchObject({ kind: "not_found" })
  })
})

describe("long output", () => {
  it("keeps beginning and end, and the whole in a file", async () => {
    const { output, length, file = "" } = await shell.run("seq 1 100000")
    expect(output.length).toBeLessThanOrEqual(2000)
    expect(output).toMatch(/^1\n2\n[^]*\[… \d+ characters left out; the whole output is in .*…\][^]*\n99999\n100000\n$/)
    expect(output).toContain(file)
    expect(length).toBe(588_895)
    expect(readFileSync(file, "utf8")).toHaveLength(588_895)
  })

  it("needs no file when it fits", async () => {
    expect(await shell.run("printf '%2000s' x")).toMatchObject({ length: 2000, file: undefined })
    expect(existsSync(join(cwd, "spill"))).toBe(false)
  })

  it("is not kept without end", async () => {
    const { output, length, file = "" } = await shell.run("head -c 70M /dev/zero | tr '\\0' x")
    expect(length).toBe(70 * 1024 * 1024)
    expect(statSync(file).size).toBeLessThan(64 * 1024 * 1024 + 100)
    expect(output).toContain("only the first 64 MiB were kept")
  })
})

describe.skipIf(!hasProc)("the whole tree ends (skipped without /proc)", () => {
  /** A child, one that ignores SIGTERM, and two that left the group: one with a living parent, one without. */
  const tree =
    "sleep 60 & echo $!; (trap '' TERM; echo $BASHPID; sleep 60 & wait; sleep 60) & setsid sleep 60 & echo $!; (setsid sh -c 'echo $$; exec sleep 60' &); "

  it("with the end of its time, those too who ignore SIGTERM or left the group", async () => {
    const result = await shell.run(`${tree} wait`, { timeout: 300 })
    expect(result).toMatchObject({ code: undefined, timedOut: true })
    expect(ids(result.output)).toHaveLength(4)
    expect(ids(result.output).filter((id) => !isGone(id))).toEqual([])
  })

  it("when it is aborted", async () => {
    const stop = new AbortController()
    const result = await shell.run("sleep 60 & echo $!; setsid sleep 60 & echo $!; wait", {
      signal: stop.signal,
      onOutput: () => stop.abort()
    })
    expect(result).toMatchObject({ code: undefined, signal: "SIGTERM", timedOut: false })
    expect(ids(result.output).filter((id) => !isGone(id))).toEqual([])
  })

  it("before it begins when it was aborted before", async () => {
    expect(await shell.run("touch ran", { signal: AbortSignal.abort() })).toMatchObject({ code: undefined, output: "" })
    expect(existsSync(join(cwd, "ran"))).toBe(false)
  })

  it.each(["sleep 60 & echo $!", "sleep 60 >/dev/null 2>&1 & echo $!"])(
    "of what it left behind, when it ends: %s",
    async (command) => {
      const { code, output } = await shell.run(command)
      expect(code).toBe(0)
      expect(output).toMatch(/^\d+\n\[stopped what it left running: sleep 60\. .*background job\.\]\n$/)
      expect(isGone(ids(output)[0] ?? 0)).toBe(true)
    }
  )

  it("but a daemon lives as long as the session", async () => {
    const left = "setsid sh -c 'touch left; exec sleep 60' >/dev/null 2>&1 & echo $!"
    const { output } = await shell.run(`${left}; while [ ! -e left ]; do sleep 0.02; done`)
    const [daemon = 0] = ids(output)
    expect(output).toBe(`${daemon}\n`)
    expect(isGone(daemon)).toBe(false)
    await shell.close()
    expect(isGone(daemon)).toBe(true)
  })

  it("when the session closes; afterwards nothing is run", async () => {
    let shown = ""
    const running = shell.run("sleep 60 & echo $!; wait", { onOutput: (text) => (shown += text) })
    await vi.waitFor(() => expect(ids(shown)).toHaveLength(1))
    await shell.close()
    expect(await running).toMatchObject({ code: undefined, signal: "SIGTERM" })
    expect(isGone(ids(shown)[0] ?? 0)).toBe(true)
    await expect(shell.run("true")).rejects.toMatchObject({ name: "PortError" })
    expect(() => shell.start("true")).toThrow("closed")
  })
})

describe("a background job", () => {
  it("is looked at while it runs and when it has ended", async () => {
    const { id, state } = shell.start("echo one; while [ ! -e go ]; do sleep 0.02; done; echo two; exit 4")
    expect([id, state]).toEqual(["job-1", "running"])
    expect(await shell.look(id, 10_000)).toMatchObject({ state: "running", output: "one\n", code: undefined })
    expect(await shell.look(id)).toMatchObject({ state: "running", output: "" })
    await shell.run("touch go")
    expect(await shell.look(id, 10_000)).toMatchObject({ output: "two\n" })
    await vi.waitFor(async () => expect((await shell.look(id)).state).toBe("exited"))
    expect(await shell.look(id, 10_000)).toMatchObject({ state: "exited", code: 4, output: "", length: 8 })
  })

  it("shows a line that is still being written", async () => {
    const { id } = shell.start("printf 'Password? '; sleep 60")
    expect(await shell.look(id, 10_000)).toMatchObject({ output: "Password? ", state: "running" })
  })

  it("is stopped with all it started", async () => {
    const { id } = shell.start("sleep 60 & echo $!; (setsid sleep 60 & echo $!; wait)")
    let output = ""
    await vi.waitFor(async () => {
      output += (await shell.look(id)).output
      expect(ids(output)).toHaveLength(2)
    })
    expect(await shell.stop(id)).toMatchObject({ state: "stopped", signal: "SIGTERM" })
    expect(ids(output).filter((one) => !isGone(one))).toEqual([])
    expect(await shell.stop(id)).toMatchObject({ state: "stopped" })
  })

  it("is listed with the others, its output untouched", async () => {
    shell.start("echo a")
    shell.start("sleep 60")
    await vi.waitFor(() =>
      expect(shell.jobs()[0]).toMatchObject({ id: "job-1", command: "echo a", state: "exited", output: "a\n" })
    )
    expect(shell.jobs()[1]).toMatchObject({ id: "job-2", state: "running", output: "" })
    expect(await shell.look("job-1")).toMatchObject({ output: "a\n" })
  })

  it("stops waiting when it should", async () => {
    const { id } = shell.start("sleep 60")
    const stop = new AbortController()
    const looking = shell.look(id, 60_000, stop.signal)
    stop.abort()
    expect(await looking).toMatchObject({ state: "running", output: "" })
  })

  it("is not found by another name", async () => {
    await expect(shell.look("job-9")).rejects.toMatchObject({
      kind: "not_found",
      message: expect.stringContaining("no job was started")
    })
    shell.start("true")
    await expect(shell.stop("job-9")).rejects.toMatchObject({
      kind: "not_found",
      message: expect.stringContaining("job-1")
    })
  })
})
