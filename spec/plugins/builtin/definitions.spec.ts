import { expect, it } from "vitest"
import { builtins } from "../../../plugins/builtin/index.ts"
import { sendFileTool } from "../../../plugins/builtin/send-file.ts"

const tools = builtins().flatMap((plugin) => plugin.tools ?? [])
/** Offered only where the channel takes files. */
const usual = tools.filter(({ name }) => name !== sendFileTool)

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
    "assess_complexity",
    "plan_task",
    "compare_solutions",
    "view_plan",
    "execute_plan",
    "reflect_and_revise",
    "task",
    "background_list",
    "background_output",
    "background_stop",
    "send_file",
    "context",
    "about_me",
    "get_heartbeat_status",
    "task_done"
  ])
})

// Files and shell 3,745 characters, plans 2,611, subagents 1,379, the agent itself 632.
it("costs a model less than 2,900 tokens", () => {
  const definitions = usual.map(({ name, description, parameters }) => ({ name, description, parameters }))
  expect(JSON.stringify(definitions).length).toBeLessThan(8500)
})

it("repeats after a crash only what changes nothing, and ends the turn only with task_done", () => {
  expect(tools.filter(({ idempotent }) => idempotent).map(({ name }) => name)).toEqual([
    "read_file",
    "list_files",
    "glob",
    "grep",
    "job_stop",
    "assess_complexity",
    "compare_solutions",
    "view_plan",
    "background_list",
    "background_output",
    "background_stop",
    "send_file",
    "context",
    "about_me",
    "get_heartbeat_status"
  ])
  expect(tools.filter(({ final }) => final).map(({ name }) => name)).toEqual(["task_done"])
})
