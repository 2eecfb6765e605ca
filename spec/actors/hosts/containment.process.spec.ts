/** The containment matrix: sixteen faults in three places, and what becomes of the host. Prints its table. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { afterAll, describe, expect, it, vi } from "vitest"
import type { Place } from "../../../actors/hosts/host.ts"
import { byVerdict, type Row, rowOf, tableOf } from "./containment-matrix.ts"
import { type Fault, faults } from "./faulty.ts"

/** Would end or stop this process with all its specs: committed in a host of their own. */
const deadlyInWorker: ReadonlyArray<Fault> = ["process_kill", "heap_exhaustion"]

const timeout = 60_000

const processesOf = (pid: number): ReadonlyArray<number> =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number)

describe("sixteen faults", () => {
  const rows: Record<Place, Row> = { in_process: [], worker: [], child: [] }
  afterAll(() => console.log(`${tableOf(rows)}\n`))

  const fill = async (place: Place, deadly: ReadonlyArray<Fault>): Promise<Row> =>
    (rows[place] = await rowOf(place, deadly))

  it("in a child: all contained, the guilty named, the neighbour unhurt", { timeout }, async () => {
    const row = await fill("child", [])
    expect(row.filter(({ verdict }) => verdict !== "contained")).toEqual([])
    expect(byVerdict(row)).toEqual({ contained: faults })
  })

  it("in a worker: those that end or exhaust the process get through", { timeout }, async () => {
    expect(byVerdict(await fill("worker", deadlyInWorker))).toEqual({
      contained: faults.filter((fault) => !deadlyInWorker.includes(fault)),
      "host dies": deadlyInWorker
    })
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

it.runIf(existsSync("/proc"))("a host that is killed leaves no plugin behind, not even one that spins", async () => {
  const victim = join(import.meta.dirname, "containment-victim.ts")
  const host = spawn(process.execPath, [victim, "child", "infinite_loop"], { stdio: ["ignore", "pipe", "inherit"] })
  const pid = host.pid ?? 0
  const signs = createInterface({ input: host.stdout })
  await vi.waitUntil(() => processesOf(pid).length >= 2, { timeout: 10_000 })
  await once(signs, "line")
  await once(signs, "line")
  const left = processesOf(pid)
  host.kill("SIGKILL")
  await once(host, "exit")
  await vi.waitUntil(() => !left.some((child) => existsSync(`/proc/${child}`)), { timeout: 10_000 })
  expect(left.length).toBeGreaterThanOrEqual(2)
})
