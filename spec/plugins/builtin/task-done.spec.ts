import { utimesSync } from "node:fs"
import { expect, it } from "vitest"
import { workspace } from "../workspace.ts"

it("confirms what is so, with the evidence", async () => {
  await using space = await workspace()
  await space.put({ "fib.py": "print(1)\n" })
  expect(await space.call("task_done", { summary: "Wrote it.", files: ["fib.py"], command: "test -s fib.py" })).toEqual(
    {
      success: true,
      data: "fib.py (9 bytes)\n`test -s fib.py` exit code 0",
      summary: "Wrote it.\n\nVerified: fib.py (9 bytes); `test -s fib.py` exit code 0."
    }
  )
})

it("refuses what is not so, each thing by name", async () => {
  await using space = await workspace()
  const past = Date.now() + 3_600_000
  await space.put({ old: "x", fresh: "x", "folder/x": "x" })
  const answer = await space.call(
    "task_done",
    { summary: "Done", files: ["none", "old", "folder", "../outside"] },
    { taskStartedAt: past }
  )
  expect(answer).toMatchObject({ success: false, errorClass: "execution_error" })
  for (const finding of [
    "none does not exist",
    "old exists but was not changed",
    "folder is a folder",
    "../outside is outside"
  ]) {
    expect(answer.error).toContain(finding.replace("../outside is outside", "outside the allowed folders"))
  }
})

it("sees a change whatever times the file claims", async () => {
  await using space = await workspace()
  await space.put({ file: "x" })
  utimesSync(space.path("file"), 1, 1)
  expect(await space.call("task_done", { summary: "Done", files: ["file"] })).toMatchObject({ success: true })
})

it("runs the command, and shows what it said when it failed", async () => {
  await using space = await workspace()
  expect(await space.call("task_done", { summary: "Done", command: "echo 1 failed; exit 1" })).toMatchObject({
    success: false,
    error: expect.stringContaining("`echo 1 failed; exit 1` exit code 1"),
    data: "1 failed\n"
  })
  expect(await space.call("task_done", { summary: "Done", command: "kill -KILL $$" })).toMatchObject({
    success: false,
    error: expect.stringContaining("was killed")
  })
})

it("does not run the command when a file is missing already", async () => {
  await using space = await workspace()
  await space.call("task_done", { summary: "Done", files: ["none"], command: "touch ran" })
  expect(await space.context.files.stat("ran")).toBeUndefined()
})

it("claims no more than it saw", async () => {
  await using space = await workspace()
  expect(await space.call("task_done", { summary: "It is 42." })).toEqual({
    success: true,
    data: "nothing was claimed, so nothing was checked",
    summary: "It is 42."
  })
})

it("is as risky as what it runs", async () => {
  await using space = await workspace()
  expect(await space.preview("task_done", { summary: "x" })).toEqual({ risk: "read" })
  expect(await space.preview("task_done", { summary: "x", command: "npm test" })).toEqual({
    risk: "execute",
    command: "npm test"
  })
})
