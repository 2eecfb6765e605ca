/**
 * A plugin whose tools break on purpose, one fault each, named after the fault. `fault-names.ts` has the sixteen of the containment
 * matrix; the excesses go further and are for a child process only. Importing this file does nothing, and little of it.
 */
import { EventEmitter } from "node:events"
import { setTimeout as sleep } from "node:timers/promises"
import { definePlugin, defineTool } from "kintsugi/plugin"
import type { Fault } from "./fault-names.ts"
import type { excesses } from "./faulty-excesses.ts"
import { anything, type Commit, type Input } from "./open-input.ts"

const forever = new Promise<never>(() => {})
const broken = (fault: string) => new Error(`broken on purpose: ${fault}`)

/** The call stays open while the fault happens beside it, or has been answered before when `late`. */
const beside = (commit: () => void, { late = false }: Input): Promise<string> | string => {
  if (!late) {
    setImmediate(commit)
    return forever
  }
  setTimeout(commit, 20)
  return "answered before it broke"
}

/** Each as nasty as it comes: the exit claims success, the loop does not allocate, the rejection is nobody's. */
const committed = {
  throw: () => {
    throw broken("throw")
  },
  stack_overflow: () => {
    const deeper = (depth: number): number => 1 + deeper(depth + 1)
    return String(deeper(0))
  },
  never_settles: () => forever,
  timer_throw: (input) =>
    beside(() => {
      setTimeout(() => {
        throw broken("timer_throw")
      }, 1)
    }, input),
  unhandled_rejection: (input) => beside(() => void Promise.reject(broken("unhandled_rejection")), input),
  emitter_error: (input) => beside(() => new EventEmitter().emit("error", broken("emitter_error")), input),
  infinite_loop: () => {
    for (let turns = 0; ; turns = 1 - turns);
  },
  microtask_starvation: () => {
    const again = (): void => queueMicrotask(again)
    again()
    return forever
  },
  process_exit: () => process.exit(0),
  process_abort: () => process.abort(),
  process_kill: () => {
    process.kill(process.pid, "SIGKILL")
    return forever
  },
  heap_exhaustion: () => {
    const hoard: Array<number> = []
    for (;;) hoard.push(1)
  },
  prototype_pollution: () => {
    Object.assign(Object.prototype, { polluted: true })
    return "done"
  },
  patched_json_parse: () => {
    JSON.parse = () => "patched"
    return "done"
  },
  chdir: () => {
    process.chdir("/")
    return "done"
  },
  env_write: () => {
    process.env.KINTSUGI_POLLUTED = "yes"
    process.env.PATH = "/nowhere"
    return "done"
  }
} satisfies Readonly<Record<Fault, Commit>>

export type Excess = keyof typeof excesses

/** Loaded when one is committed: what they import would slow down each start. */
const excessNames = [
  "stdout_flood",
  "channel_flood",
  "channel_garbage",
  "channel_close",
  "deep_answer",
  "huge_answer",
  "progress_flood",
  "buffers",
  "buffers_idle",
  "spin_idle",
  "throws_getters",
  "throws_proxy",
  "throws_undefined",
  "throws_long",
  "answers_function",
  "answers_bigint",
  "answers_cycle",
  "answers_proxy",
  "sigstop",
  "fork_bomb",
  "harm",
  "database",
  "read_file",
  "write_file"
] as const satisfies ReadonlyArray<Excess>

const later =
  (excess: Excess): Commit =>
  async (input, context) => {
    const { excesses } = await import("./faulty-excesses.ts")
    return excesses[excess](input, context)
  }

/** What its process looks like from within: where a silent fault left its mark. */
export interface Look {
  readonly polluted: boolean
  readonly jsonParse: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly pid: number
}

const look = (): Look => ({
  polluted: "polluted" in {},
  jsonParse: String(JSON.parse("1")),
  cwd: process.cwd(),
  env: { ...process.env },
  pid: process.pid
})

const tool = (name: string, execute: Commit) =>
  defineTool({ name, description: `Commit ${name}.`, risk: "read", input: anything, execute })

const faulty = definePlugin({
  name: "faulty",
  tools: [
    ...Object.entries<Commit>(committed).map(([name, commit]) => tool(name, commit)),
    ...excessNames.map((name) => tool(name, later(name))),
    tool("look", () => ({ success: true, data: look() })),
    tool("work", async ({ n = 0, ms = 0 }) => {
      if (ms > 0) await sleep(ms)
      return { success: true, data: n * 2 }
    })
  ]
})

// oxlint-disable-next-line import/no-default-export -- a plugin module's default export is its plugin
export default faulty
