/** Shell commands: to their end, or as background jobs that are looked at and stopped. */
import * as z from "zod"
import { definePlugin, type Plugin } from "../plugin.ts"
import type { ExecResult, JobView } from "../ports.ts"
import { type Answer, defineTool, type ErrorClass, type Tool } from "../tool.ts"
import { throttle } from "./throttle.ts"

/** Seconds. */
const usualTime = 120
const mostTime = 600
/** Milliseconds in which a command that cannot work says so. */
const firstLook = 500

const executeBash: Tool = defineTool({
  name: "execute_bash",
  description: `Run a shell command; each starts anew in the working folder, without input. Use background for servers and watchers: what a command leaves running is stopped at its end.`,
  risk: "execute",
  input: z.object({
    command: z.string(),
    timeout: z.number().min(1).max(mostTime).optional().describe(`Seconds, default ${usualTime}`),
    background: z.boolean().optional().describe("Answer at once with a job id")
  }),
  // It keeps its own time, which may be longer than that of other tools.
  timeout: false,
  preview: ({ command }) => ({ command }),
  execute: async ({ command, timeout = usualTime, background = false }, { exec, signal, progress }) => {
    if (background) {
      const { id } = exec.start(command)
      return describeJob(await exec.look(id, firstLook, signal))
    }
    const shown = throttle(progress)
    try {
      const result = await exec.run(command, { signal, timeout: timeout * 1000, onOutput: shown.push })
      return describeResult(command, result, timeout, signal.aborted)
    } finally {
      shown.stop()
    }
  }
})

const describeResult = (command: string, result: ExecResult, timeout: number, cancelled: boolean): Answer => {
  const { code, signal, output, timedOut } = result
  const data = output === "" ? "[no output]" : output
  const fail = (errorClass: ErrorClass, error: string): Answer => ({
    success: false,
    errorClass,
    error,
    data,
    summary: `${oneLine(command)}: ${error}`
  })
  if (timedOut) {
    const advice = `give a longer timeout (at most ${mostTime}), or run it in the background`
    return fail("execution_error", `timed out after ${timeout} s and was stopped; ${advice}`)
  }
  if (cancelled) return fail("cancelled", "cancelled and stopped")
  if (code === 0) return { success: true, data, summary: `${oneLine(command)}: exit code 0` }
  if (code === undefined) return fail("execution_error", `ended by signal ${signal}`)
  // By convention of the shell: no such command.
  return fail(code === 127 ? "missing_dependency" : "execution_error", `exit code ${code}`)
}

const oneLine = (command: string): string => {
  const [first = "", second] = command.trim().split("\n")
  return first.length > 80 || second !== undefined ? `${first.slice(0, 80)}…` : first
}

const describeJob = ({ id, command, state, code, signal, elapsed, output }: JobView): Answer => {
  const end = code === undefined ? `signal ${signal}` : `exit code ${code}`
  const how = state === "running" ? "running" : `${state}, ${end}`
  const head = `${id} (${oneLine(command)}): ${how}, ${(elapsed / 1000).toFixed(1)} s`
  return { success: true, data: `[${head}]\n${output === "" ? "[no new output]" : output}`, summary: head }
}

const jobOutput: Tool = defineTool({
  name: "job_output",
  description: "New output and state of a background job.",
  risk: "read",
  input: z.object({
    id: z.string(),
    wait: z.number().min(0).max(mostTime).optional().describe("Seconds to wait for output or the end")
  }),
  // What was shown once is not new any more: a repeated look would lose it.
  idempotent: false,
  timeout: false,
  execute: async ({ id, wait = 0 }, { exec, signal }) => describeJob(await exec.look(id, wait * 1000, signal))
})

const jobStop: Tool = defineTool({
  name: "job_stop",
  description: "Stop a background job.",
  // It ends nothing but what this session was allowed to start.
  risk: "read",
  input: z.object({ id: z.string() }),
  execute: async ({ id }, { exec }) => describeJob(await exec.stop(id))
})

export const shellPlugin: Plugin = definePlugin({ name: "shell", tools: [executeBash, jobOutput, jobStop] })
