/** Commands in the background: started, looked at now and then, stopped. */
import { EventEmitter, once } from "node:events"
import { type Exec, type JobState, type JobView, PortError } from "../ports.ts"
import type { Command, Ending } from "./command.ts"
import type { Output } from "./output.ts"

/** Starts one command. */
export type Begin = (command: string, cwd: string | undefined, out: Output, onOutput: (text: string) => void) => Command

interface Job {
  readonly id: string
  readonly command: string
  readonly out: Output
  readonly handle: Command
  /** Emits `change` for new output and for the end. */
  readonly changes: EventEmitter
  readonly startedAt: number
  endedAt?: number
  state: JobState
  ending: Ending
}

/** Jobs that may run at once. */
const mostRunning = 50
/** Jobs that have ended and can still be looked at. */
const mostEnded = 50

export const jobs = (begin: Begin, open: () => Output): Pick<Exec, "start" | "jobs" | "look" | "stop"> => {
  const all = new Map<string, Job>()
  let count = 0

  const find = (id: string): Job => {
    const job = all.get(id)
    if (job !== undefined) return job
    const known = all.size === 0 ? "no job was started in this session" : `there are: ${[...all.keys()].join(", ")}`
    throw new PortError("not_found", `there is no job ${JSON.stringify(id)}; ${known}`)
  }

  const start: Exec["start"] = (command, { cwd } = {}) => {
    makeRoom(all)
    const out = open()
    const changes = new EventEmitter()
    const handle = begin(command, cwd, out, () => changes.emit("change"))
    const id = `job-${++count}`
    const ending: Ending = { code: undefined, signal: undefined }
    const job: Job = { id, command, out, handle, changes, startedAt: Date.now(), state: "running", ending }
    void followToEnd(job)
    all.set(id, job)
    return view(job, "")
  }

  return {
    start,
    jobs: () => Array.from(all.values(), (job) => view(job, job.out.peek())),
    look: async (id, wait = 0, signal) => {
      const job = find(id)
      if (job.state === "running" && !job.out.isNew()) await change(job, wait, signal)
      return view(job, job.out.take())
    },
    stop: async (id) => {
      const job = find(id)
      if (job.state === "running") job.state = "stopped"
      await job.handle.kill()
      await job.handle.ended
      return view(job, job.out.take())
    }
  }
}

const followToEnd = async (job: Job): Promise<void> => {
  job.ending = await job.handle.ended
  job.endedAt = Date.now()
  if (job.state === "running") job.state = "exited"
  job.changes.emit("change")
}

const change = async (job: Job, wait: number, signal: AbortSignal | undefined): Promise<void> => {
  if (wait <= 0 || signal?.aborted) return
  const patience = new AbortController()
  const leave = () => patience.abort()
  const timer = setTimeout(leave, wait)
  signal?.addEventListener("abort", leave, { once: true })
  // Rejects only when patience ends, which is no failure.
  await once(job.changes, "change", { signal: patience.signal }).catch(() => undefined)
  clearTimeout(timer)
  signal?.removeEventListener("abort", leave)
}

const view = (job: Job, text: string): JobView => ({
  id: job.id,
  command: job.command,
  state: job.state,
  elapsed: (job.endedAt ?? Date.now()) - job.startedAt,
  ...job.ending,
  output: text,
  length: job.out.length(),
  file: job.out.file(),
  timedOut: false
})

const makeRoom = (all: Map<string, Job>): void => {
  const ended = [...all.values()].filter((job) => job.endedAt !== undefined)
  for (const { id } of ended.slice(0, Math.max(0, ended.length - mostEnded))) all.delete(id)
  if (all.size - ended.length < mostRunning) return
  throw new PortError("execution_error", `${mostRunning} background jobs are running already; stop one first`)
}
