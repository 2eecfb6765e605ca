import { existsSync } from "node:fs"
import { expect, it, vi } from "vitest"
import { workspace } from "../workspace.ts"

it("answers with output and exit code", async () => {
  await using space = await workspace()
  expect(await space.call("execute_bash", { command: "echo hi" })).toEqual({
    success: true,
    data: "hi\n",
    summary: "echo hi: exit code 0"
  })
  expect(await space.call("execute_bash", { command: "echo no; exit 3" })).toEqual({
    success: false,
    errorClass: "execution_error",
    error: "exit code 3",
    data: "no\n",
    summary: "echo no; exit 3: exit code 3"
  })
  expect(await space.call("execute_bash", { command: "true" })).toMatchObject({ data: "[no output]" })
})

it.each([
  [
    "no-such-program",
    { errorClass: "missing_dependency", error: "exit code 127", data: expect.stringContaining("not found") }
  ],
  ["kill -KILL $$", { errorClass: "execution_error", error: "ended by signal SIGKILL" }]
])("says how it failed: %s", async (command, expected) => {
  await using space = await workspace()
  expect(await space.call("execute_bash", { command })).toMatchObject({ success: false, ...expected })
})

it("stops a command at the end of its time", async () => {
  await using space = await workspace()
  expect(await space.call("execute_bash", { command: "echo start; sleep 60; echo never", timeout: 1 })).toMatchObject({
    success: false,
    data: "start\n",
    error: expect.stringMatching(/^timed out after 1 s/)
  })
})

it("stops a command when the call is cancelled", async () => {
  await using space = await workspace()
  const stop = new AbortController()
  const running = space.call(
    "execute_bash",
    { command: "echo start; sleep 60" },
    { signal: stop.signal, progress: () => stop.abort() }
  )
  expect(await running).toMatchObject({ success: false, errorClass: "cancelled", data: "start\n" })
})

it("says what it will run before it does", async () => {
  await using space = await workspace()
  expect(await space.preview("execute_bash", { command: "touch ran" })).toEqual({ command: "touch ran" })
  expect(existsSync(space.path("ran"))).toBe(false)
})

it("shows what comes, a flood in few pieces", async () => {
  await using space = await workspace()
  await space.call("execute_bash", { command: "echo first; sleep 0.3; seq 1 500000" })
  expect(space.shown[0]).toBe("first\n")
  expect(space.shown.length).toBeLessThan(30)
  expect(Math.max(...space.shown.map((text) => text.length))).toBeLessThanOrEqual(4000)
})

it("runs a job beside other work, to be looked at and stopped", async () => {
  await using space = await workspace()
  const started = await space.call("execute_bash", {
    command: "echo ready; while [ ! -e go ]; do sleep 0.02; done; echo went; sleep 60",
    background: true
  })
  expect(started).toMatchObject({
    success: true,
    data: expect.stringMatching(/^\[job-1 \(.*\): running, .* s\]\nready\n$/)
  })
  await space.call("execute_bash", { command: "touch go" })
  expect(await space.call("job_output", { id: "job-1", wait: 10 })).toMatchObject({
    data: expect.stringMatching(/running.*\]\nwent\n$/)
  })
  expect(await space.call("job_output", { id: "job-1" })).toMatchObject({
    data: expect.stringContaining("[no new output]")
  })
  expect(await space.call("job_stop", { id: "job-1" })).toMatchObject({
    success: true,
    data: expect.stringContaining("stopped, signal SIGTERM")
  })
})

it("tells at once of a job that cannot work, and later how one ended", async () => {
  await using space = await workspace()
  const started = await space.call("execute_bash", { command: "no-such-program", background: true })
  expect(started.data).toContain("not found")
  await vi.waitFor(async () =>
    expect((await space.call("job_output", { id: "job-1" })).data).toContain("exited, exit code 127")
  )
  await expect(space.call("job_output", { id: "job-2" })).rejects.toMatchObject({ kind: "not_found" })
})

it.each([{ command: "x", timeout: 601 }, { command: "x", timeout: 0 }, { command: 1 }, {}])(
  "refuses %j",
  async (input) => {
    await using space = await workspace()
    await expect(space.call("execute_bash", input)).rejects.toThrow(/command|timeout/)
  }
)
