/** `task_done`: the end of a task, checked against what is really there. */
import * as z from "zod"
import { definePlugin, type Plugin } from "../plugin.ts"
import { PortError } from "../ports.ts"
import { defineTool, type Tool, type ToolContext } from "../tool.ts"
import { throttle } from "./throttle.ts"

/** Milliseconds for the command that proves it. */
const proofTime = 120_000
/** Milliseconds by which a file's time may lie before the clock's: kernels stamp files with the time of their last tick. */
const tick = 50
/** Characters of a failed proof's output that the model reads. */
const mostOutput = 10_000

/** One claim, checked. */
interface Check {
  readonly holds: boolean
  /** What was found, in words. */
  readonly finding: string
  readonly output?: string
}

const taskDone: Tool = defineTool({
  name: "task_done",
  description:
    "End the task. Checked: the files must exist and have changed since it began, the command must exit with 0.",
  // A command raises it in the preview.
  risk: "read",
  input: z.object({
    summary: z.string().describe("For the user"),
    files: z.array(z.string()).optional().describe("Made or changed"),
    command: z.string().optional().describe("That proves it, like npm test")
  }),
  idempotent: false,
  // What stands before it in the reply is part of the task.
  parallel: false,
  final: true,
  timeout: false,
  preview: ({ command }) => (command === undefined ? { risk: "read" } : { risk: "execute", command }),
  execute: async ({ summary, files = [], command }, context) => {
    const checks = await Promise.all(files.map((path) => checkFile(path, context)))
    if (command !== undefined && checks.every(({ holds }) => holds)) checks.push(await checkCommand(command, context))
    const wrong = checks.filter(({ holds }) => !holds)
    if (wrong.length > 0) {
      const error = `not done: ${wrong.map(({ finding }) => finding).join("; ")}. Put it right, or claim only what is so`
      return {
        success: false,
        errorClass: "execution_error",
        error,
        data: wrong.flatMap(({ output }) => output ?? []).join("\n")
      }
    }
    const evidence = checks.map(({ finding }) => finding)
    const verified = evidence.length === 0 ? "" : `\n\nVerified: ${evidence.join("; ")}.`
    return {
      success: true,
      data: evidence.length === 0 ? "nothing was claimed, so nothing was checked" : evidence.join("\n"),
      summary: summary + verified
    }
  }
})

const checkFile = async (path: string, { files, taskStartedAt }: ToolContext): Promise<Check> => {
  try {
    const info = await files.stat(path)
    const shown = files.display(path)
    if (info === undefined) return { holds: false, finding: `${shown} does not exist` }
    if (info.kind !== "file")
      return {
        holds: false,
        finding: `${shown} is a ${info.kind === "folder" ? "folder: name the files in it" : "device or pipe"}`
      }
    if (info.changedAt + tick < taskStartedAt)
      return { holds: false, finding: `${shown} exists but was not changed since the task began` }
    return { holds: true, finding: `${shown} (${info.size} bytes)` }
  } catch (error) {
    if (error instanceof PortError) return { holds: false, finding: error.message }
    throw error
  }
}

const checkCommand = async (command: string, { exec, signal, progress }: ToolContext): Promise<Check> => {
  const shown = throttle(progress)
  const { code, output, timedOut } = await exec.run(command, { signal, timeout: proofTime, onOutput: shown.push })
  shown.stop()
  if (code === 0 && !timedOut) return { holds: true, finding: `\`${command}\` exit code 0` }
  const ending = code === undefined ? "was killed" : `exit code ${code}`
  const how = timedOut ? `did not end within ${proofTime / 1000} s` : ending
  return { holds: false, finding: `\`${command}\` ${how}`, output: output.slice(-mostOutput) }
}

export const taskDonePlugin: Plugin = definePlugin({ name: "task-done", tools: [taskDone] })
