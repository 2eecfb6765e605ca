/** The containment matrix: sixteen faults in three places, and what becomes of the host. Prints its table. */
import { spawn } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, describe, expect, it, vi } from "vitest"
import type { FaultKind, Place } from "../../../actors/hosts/host.ts"
import { byVerdict, type Row, rowOf, tableOf } from "./containment-matrix.ts"
import { type Fault, faults } from "./fault-names.ts"

/** Would end or stop this process with all its specs: committed in a host of their own. */
const deadlyInWorker: ReadonlyArray<Fault> = ["process_kill", "heap_exhaustion"]

const timeout = 60_000

const processesOf = (pid: number): ReadonlyArray<number> =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number)

const isStopped = (pid: number): boolean => /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))

/** What ends a child, or undefined when it lives on. */
const ends: Readonly<Record<Fault, FaultKind | undefined>> = {
  throw: undefined,
  stack_overflow: undefined,
  never_settles: undefined,
  timer_throw: "uncaught",
  unhandled_rejection: "uncaught",
  emitter_error: "uncaught",
  infinite_loop: "hung",
  microtask_starvation: "hung",
  process_exit: "exited",
  process_abort: "exited",
  process_kill: "exited",
  heap_exhaustion: "heap",
  prototype_pollution: undefined,
  patched_json_parse: undefined,
  chdir: undefined,
  env_write: undefined
}

describe("sixteen faults", () => {
  const rows: Record<Place, Row> = { in_process: [], worker: [], child: [] }
  afterAll(() => console.log(`${tableOf(rows)}\n`))

  const fill = async (place: Place, deadly: ReadonlyArray<Fault>): Promise<Row> =>
    (rows[place] = await rowOf(place, deadly))

  const endsIn = (row: Row) => Object.fromEntries(row.map(({ fault, seen }) => [fault, seen?.end]))

  it("in a child: all contained, the guilty named, the neighbour unhurt", { timeout }, async () => {
    const row = await fill("child", [])
    expect(row.filter(({ verdict }) => verdict !== "contained")).toEqual([])
    expect(endsIn(row)).toEqual(ends)
  })

  it("in a worker: what ends or fills the whole process gets through", { timeout }, async () => {
    const row = await fill("worker", deadlyInWorker)
    expect(byVerdict(row)).toEqual({
      contained: faults.filter((fault) => !deadlyInWorker.includes(fault)),
      "host dies": deadlyInWorker
    })
    // Node refuses an abort there, and of a host that died nothing is known.
    const unlike = { process_abort: undefined, process_kill: undefined, heap_exhaustion: undefined }
    expect(endsIn(row)).toEqual({ ...ends, ...unlike })
  })

  it("in process: what is thrown, and what is waited for", { timeout }, async () => {
    expect(byVerdict(await fill("in_process", faults))).toEqual({
      contained: ["throw", "stack_overflow", "never_settles"],
      "host dies": [
        "timer_throw",
        "unhandled_rejection",
        "emitter_error",
        "process_exit",
        "process_abort",
        "process_kill",
        "heap_exhaustion"
      ],
      "host hangs": ["infinite_loop", "microtask_starvation"],
      "host corrupted": ["prototype_pollution", "patched_json_parse", "chdir", "env_write"]
    })
  })
})

it.runIf(existsSync("/proc"))(
  "a host that is killed leaves no plugin behind, not even one that is stopped",
  async () => {
    const victim = join(import.meta.dirname, "containment-victim.ts")
    const host = spawn(process.execPath, [victim, "child", "sigstop", "60000"], {
      stdio: ["ignore", "ignore", "inherit"]
    })
    const started = () => processesOf(host.pid ?? 0)
    await vi.waitUntil(() => started().some(isStopped), { timeout: 10_000 })
    const left = started()
    host.kill("SIGKILL")
    await vi.waitUntil(() => !left.some((child) => existsSync(`/proc/${child}`)), { timeout: 10_000 })
    expect(left.length).toBeGreaterThan(1)
  }
)
