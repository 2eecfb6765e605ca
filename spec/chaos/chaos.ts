/** One run: a quiet time to compare with, faults at their rate, quiet again; and all that was seen. */
import { once } from "node:events"
import { createServer } from "node:net"
import { monitorEventLoopDelay } from "node:perf_hooks"
import { setTimeout as sleep } from "node:timers/promises"
import type { Runtime } from "../../actors/runtime.ts"
import { type Effects, effectsOf } from "./effects.ts"
import { descendants, footprint, type Footprint, leftover, opened } from "./footprint.ts"
import { Oracle } from "./oracle.ts"
import { probe } from "./probe.ts"
import { openStage, type Stage, type StageOptions } from "./stage.ts"
import type { Transport } from "./transport.ts"
import { makeUser } from "./user.ts"

export interface RunOptions extends StageOptions {
  /** Told every few seconds. */
  readonly progress: (line: string) => void
  /** Ends it before its time, everything let go of. */
  readonly signal: AbortSignal
}

/** What was seen, before anybody judges it. */
export interface Run extends Pick<Stage, "plan" | "injector" | "watch" | "toll" | "sessions" | "unlike"> {
  readonly options: StageOptions
  /** Sessions at a time. */
  readonly users: number
  /** Milliseconds in which faults came. */
  readonly elapsed: number
  /** While everything starts, in the quiet time before, while faults came, and in the quiet time after. */
  readonly starting: Oracle
  readonly quiet: Oracle
  readonly stormy: Oracle
  readonly afterwards: Oracle
  readonly effects: Effects
  readonly ledger: ReturnType<Runtime["health"]>["ledger"]
  /** Before the runtime was made, with all plugins running, the same after the faults, and when all is closed. */
  readonly footprints: Readonly<Record<"before" | "warm" | "after" | "gone", Footprint>>
  /** Milliseconds that the event loop of this process stood still at most. */
  readonly standstill: number
  /** The runtime closed within its time. */
  readonly isClosed: boolean
  /** What did not work again when all was over. */
  readonly unwell: ReadonlyArray<string>
}

/** Milliseconds on top of the time of the faults in which a run must have ended, or something in it hangs. */
const most = 300_000

/** @throws the signal's reason when it was stopped before its end, and an error when it does not come to its end. */
export const run = async (options: RunOptions): Promise<Run> => {
  await openReserve()
  const before = await settled()
  const known = new Set(descendants())
  const stage = await openStage(options)
  const standing = monitorEventLoopDelay({ resolution: 10 })
  standing.enable()
  const stopped = abortOf(options.signal)
  const acting = act(stage, options)
  // Once stopped, what is still under way ends in whatever way the closing gives it.
  acting.catch(() => {})
  try {
    const acted = await Promise.race([acting, stopped, overdue(options.seconds * 1000 + most)])
    const isClosed = await stage.close()
    const { ledger } = stage.runtime.health()
    standing.disable()
    const { plan, injector, watch, toll, sessions, unlike, cwd } = stage
    const effects = effectsOf(cwd, [acted.starting, acted.quiet, acted.stormy, acted.afterwards])
    const gone = await settled(before)
    return {
      options,
      plan,
      injector,
      watch,
      toll,
      sessions,
      unlike,
      effects,
      ledger,
      isClosed,
      ...acted,
      footprints: { before, ...acted.footprints, gone },
      standstill: standing.max / 1e6
    }
  } finally {
    await stage.close()
    // What the runtime has left behind is told, and ended all the same.
    for (const pid of descendants()) if (!known.has(pid)) end(pid)
    stage.remove()
    process.off("exit", stage.remove)
  }
}

const abortOf = (signal: AbortSignal): Promise<never> => {
  const { promise, reject } = Promise.withResolvers<never>()
  if (signal.aborted) reject(signal.reason)
  else signal.addEventListener("abort", () => reject(signal.reason), { once: true })
  return promise
}

const overdue = async (milliseconds: number): Promise<never> => {
  await sleep(milliseconds, undefined, { ref: false })
  throw new Error(`the run did not end within ${milliseconds / 1000} s: something in it hangs`)
}

const end = (pid: number): void => {
  try {
    process.kill(pid, "SIGKILL")
  } catch {
    // It has just ended by itself.
  }
}

/** Sessions at a time: enough of them to meet the rate. */
const usersFor = (rate: number): number => Math.min(8, Math.max(3, Math.ceil(rate * 0.7)))

/** Milliseconds in which everything is used for the first time. */
const startingFor = 2500
/** Milliseconds without faults after that, to compare with. */
const quietFor = (seconds: number): number => Math.min(20_000, Math.max(4000, seconds * 100))

const act = async (stage: Stage, options: RunOptions) => {
  const { seconds, rate, signal, progress } = options
  const { runtime, injector, watch } = stage
  const users = usersFor(rate)
  const [starting, quiet, stormy, afterwards] = [new Oracle(), new Oracle(), new Oracle(), new Oracle()]
  // Open all the time, it hears what happens to plugins.
  const listener = await runtime.open()
  listener.events.subscribe((notice) => watch.hear(notice))
  const work = async (oracle: Oracle, milliseconds: number): Promise<void> => {
    const over = performance.now() + milliseconds
    stage.users = Array.from({ length: users }, () => makeUser({ ...stage, oracle }))
    await Promise.all(stage.users.map((user) => user.work(() => signal.aborted || performance.now() > over)))
    stage.users = []
  }

  progress("quiet, to compare with")
  await work(starting, startingFor)
  await work(quiet, quietFor(seconds))
  const warm = await settled(undefined, stage.transport)
  const startedAt = performance.now()
  injector.start()
  const telling = setInterval(() => progress(stateOf(stage, stormy, startedAt)), 5000)
  signal.addEventListener("abort", () => clearInterval(telling), { once: true })
  await work(stormy, seconds * 1000)
  injector.stop()
  const elapsed = Math.min(performance.now() - startedAt, seconds * 1000)
  clearInterval(telling)
  progress("quiet again, does everything work?")
  watch.stop()
  const unwell = await probe(stage, afterwards, signal)
  const after = await settled(warm, stage.transport)
  return { users, elapsed, starting, quiet, stormy, afterwards, unwell, footprints: { warm, after } }
}

/** With its first stream libuv opens a descriptor that it keeps in reserve for as long as the process lives. */
const openReserve = async (): Promise<void> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  server.close()
  await once(server, "close")
}

/** Waits a few seconds for as little as there was: what ends, or starts in the background, takes its time. */
const settled = async (like?: Footprint, transport?: Transport): Promise<Footprint> => {
  transport?.rest()
  await sleep(500)
  for (let tries = 0; like !== undefined && tries < 80 && leftover(like, opened()).length > 0; tries++) {
    await sleep(100)
    transport?.rest()
  }
  return footprint()
}

const stateOf = ({ injector, watch }: Stage, oracle: Oracle, startedAt: number): string => {
  const time = Math.round((performance.now() - startedAt) / 1000)
  const rate = (injector.done.total / Math.max(1, time)).toFixed(1)
  const quarantines = watch.events.of("child.quarantined: plugin")
  const bad = [oracle.unanswered, oracle.late, oracle.unhealthy, oracle.swallowed, oracle.unexplained, oracle.unended]
  const wrong = bad.reduce((sum, { count }) => sum + count, 0)
  return `${time} s: ${injector.done.total} faults (${rate}/s, ${injector.waiting()} waiting), ${oracle.calls.of("asked")} calls, ${oracle.turns.total} turns, ${quarantines} quarantines, ${wrong} complaints`
}
