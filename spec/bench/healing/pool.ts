/** Two cases at a time, each in a process that is replaced when it hangs or dies. */
import { type ChildProcess, fork } from "node:child_process"
import { join } from "node:path"
import type { Case } from "../../healing/corpus/cases.ts"
import type { Result } from "./outcome.ts"
import type { Done, Job } from "./worker.ts"

export interface Failed {
  readonly id: string
  readonly error: string
}

/** Milliseconds for one case; longer, and it is the runtime that hangs. */
const patience = 150_000
/** Cases of one process. */
const most = 40

const lane = (take: () => Job | undefined, onEnd: (job: Job, done: Done) => void): Promise<void> => {
  let child: ChildProcess | undefined
  let played = 0

  const worker = (): ChildProcess => {
    if (child?.connected !== true || ++played % most === 0) {
      child?.kill("SIGKILL")
      child = fork(join(import.meta.dirname, "worker.ts"), { stdio: ["ignore", "ignore", "pipe", "ipc"] })
    }
    return child
  }

  const one = async (job: Job): Promise<Done> => {
    const process = worker()
    const { promise, resolve } = Promise.withResolvers<Done>()
    let said = ""
    const onText = (text: Buffer) => void (said = (said + text.toString()).slice(-2000))
    const onExit = (code: number | null) => resolve({ error: `the runtime's process ended with ${code}: ${said}` })
    const onMessage = (done: unknown) => resolve(done as Done)
    process.stderr?.on("data", onText)
    process.once("exit", onExit).once("message", onMessage)
    const timer = setTimeout(() => {
      resolve({ error: `it took longer than ${patience / 1000} s` })
      process.kill("SIGKILL")
    }, patience)
    process.send(job)
    const done = await promise
    clearTimeout(timer)
    process.off("exit", onExit).off("message", onMessage)
    process.stderr?.off("data", onText)
    return done
  }

  const run = async (): Promise<void> => {
    for (let job = take(); job !== undefined; job = take()) onEnd(job, await one(job))
    child?.kill("SIGKILL")
  }
  return run()
}

export interface Results {
  readonly results: ReadonlyMap<string, Result>
  /** Cases that the runtime did not survive. */
  readonly failed: ReadonlyArray<Failed>
}

/** @param onDone Hears how many are done. */
export const playAll = async (
  cases: ReadonlyArray<Case>,
  isHealing: boolean,
  onDone: (done: number, of: number) => void = () => {}
): Promise<Results> => {
  const waiting = cases.map((one): Job => ({ case: one, isHealing }))
  const results = new Map<string, Result>()
  const failed: Array<Failed> = []
  const onEnd = ({ case: one }: Job, done: Done) => {
    if ("result" in done) results.set(one.id, done.result)
    else failed.push({ id: one.id, error: done.error })
    onDone(results.size + failed.length, cases.length)
  }
  await Promise.all([1, 2].map(() => lane(() => waiting.shift(), onEnd)))
  return { results, failed }
}
