import { expect, it } from "vitest"
import { builtins } from "../../../plugins/builtin/index.ts"

const tools = builtins.flatMap((plugin) => plugin.tools ?? [])

it("keeps the names that people know, in a fixed order", () => {
  expect(tools.map(({ name }) => name)).toEqual([
    "read_file",
    "write_file",
    "edit_file",
    "list_files",
    "glob",
    "grep",
    "execute_bash",
    "job_output",
    "job_stop",
    "task_done"
  ])
})

it("costs a model less than 1,500 tokens", () => {
  const definitions = tools.map(({ name, description, parameters }) => ({ name, description, parameters }))
  expect(JSON.stringify(definitions).length).toBeLessThan(4500)
})

it("repeats after a crash only what changes nothing, and ends the turn only with task_done", () => {
  expect(tools.filter(({ idempotent }) => idempotent).map(({ name }) => name)).toEqual([
    "read_file",
    "list_files",
    "glob",
    "grep",
    "job_stop"
  ])
  expect(tools.filter(({ final }) => final).map(({ name }) => name)).toEqual(["task_done"])
})
