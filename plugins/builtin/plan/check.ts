/** Whether a step of a plan is done: what it claims is looked at, never believed. */
import { PortError } from "../../ports.ts"
import type { ToolContext } from "../../tool.ts"
import type { Step } from "./steps.ts"
import { throttle } from "../throttle.ts"

/** Milliseconds for a check. */
const checkTime = 300_000
/** Milliseconds by which a file's time may lie before the clock's: kernels stamp files with the time of their last tick. */
const tick = 50
/** Characters of a failed check's output that the model reads. */
const mostOutput = 8000

export interface Verdict {
  readonly holds: boolean
  /** What was found; that nothing was checked, when the step names nothing to check. */
  readonly finding: string
  readonly output?: string
}

/** Files first: a command is not run for what is not there. */
export const checkStep = async (step: Step, context: ToolContext): Promise<Verdict> => {
  const found = await Promise.all(
    (step.files ?? []).map((path) => checkFile(path, step.startedAt ?? context.taskStartedAt, context))
  )
  const missing = found.filter(({ holds }) => !holds)
  if (missing.length > 0) return { holds: false, finding: missing.map(({ finding }) => finding).join("; ") }
  if (step.check !== undefined) found.push(await checkCommand(step.check, context))
  const wrong = found.find(({ holds }) => !holds)
  if (wrong !== undefined) return wrong
  return { holds: true, finding: found.map(({ finding }) => finding).join("; ") || "not checked" }
}

const checkFile = async (path: string, since: number, { files }: ToolContext): Promise<Verdict> => {
  try {
    const info = await files.stat(path)
    if (info?.kind !== "file") return { holds: false, finding: `there is no file ${path}` }
    if (info.changedAt + tick < since) return { holds: false, finding: `${path} was not changed since the step began` }
    return { holds: true, finding: `${path} is there` }
  } catch (error) {
    if (error instanceof PortError) return { holds: false, finding: error.message }
    throw error
  }
}

const checkCommand = async (command: string, { exec, signal, progress }: ToolContext): Promise<Verdict> => {
  const shown = throttle(progress)
  const { code, output, timedOut } = await exec.run(command, { signal, timeout: checkTime, onOutput: shown.push })
  shown.stop()
  if (code === 0 && !timedOut) return { holds: true, finding: `\`${command}\` exit code 0` }
  const ending = code === undefined ? "was killed" : `exit code ${code}`
  const how = timedOut ? `did not end within ${checkTime / 1000} s` : ending
  return { holds: false, finding: `\`${command}\` ${how}`, output: output.slice(-mostOutput) }
}
