/** What this process holds of the machine: memory, processes below it, open files, timers. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

/** What is open. */
export interface Opened {
  /** Of all generations below this process. */
  readonly processes: number
  /** By what they are: socket, pipe, file, … */
  readonly files: Readonly<Record<string, number>>
  /** Timers and other things that would keep the process from its end. */
  readonly resources: Readonly<Record<string, number>>
}

export interface Footprint extends Opened {
  /** MiB. */
  readonly rss: number
  readonly heap: number
}

/** Whether this system tells: without /proc only memory and timers are known. */
export const isTold = (): boolean => readdirOf("/proc/self/fd").length > 0

const readdirOf = (path: string): ReadonlyArray<string> => {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

const parentOf = (pid: string): number | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    // The command in brackets may hold anything, brackets and spaces too.
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1])
  } catch {
    return undefined
  }
}

/** Pids of all processes below this one. */
export const descendants = (): ReadonlyArray<number> => {
  const parents = readdirOf("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), parent: parentOf(name) }))
  const below = (above: number): ReadonlyArray<number> =>
    parents.filter(({ parent }) => parent === above).flatMap(({ pid }) => [pid, ...below(pid)])
  return below(process.pid)
}

/** Not its own: reading the folder opens it. */
const kindOf = (fd: string): string => {
  try {
    const target = readlinkSync(`/proc/self/fd/${fd}`)
    if (target.startsWith("/proc/")) return "own"
    return target.startsWith("/") ? "file" : (target.split(":")[0] ?? target)
  } catch {
    return "own"
  }
}

const counted = (names: ReadonlyArray<string>): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const name of names.toSorted()) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

export const opened = (): Opened => ({
  processes: descendants().length,
  files: counted(
    readdirOf("/proc/self/fd")
      .map(kindOf)
      .filter((kind) => kind !== "own")
  ),
  resources: counted(process.getActiveResourcesInfo())
})

/** As hard as it can be done, so that what stays is held by somebody. */
const collect = (): void => {
  setFlagsFromString("--expose-gc")
  const gc: unknown = runInNewContext("gc")
  if (typeof gc === "function") gc({ type: "major", execution: "sync", flavor: "last-resort" })
}

const MiB = 2 ** 20

/** After a collection; let go of everything first. */
export const footprint = async (): Promise<Footprint> => {
  for (let turns = 0; turns < 3; turns++) {
    collect()
    await sleep(50)
  }
  const { rss, heapUsed } = process.memoryUsage()
  return {
    rss: Math.round(rss / MiB),
    heap: Math.round(heapUsed / MiB),
    ...opened()
  }
}

/** Which of the counts are not alike, `socket 3 → 4`. */
const changes = (from: Readonly<Record<string, number>>, to: Readonly<Record<string, number>>): ReadonlyArray<string> =>
  [...new Set([...Object.keys(from), ...Object.keys(to)])]
    .filter((name) => (from[name] ?? 0) !== (to[name] ?? 0))
    .map((name) => `${name} ${from[name] ?? 0} → ${to[name] ?? 0}`)

export const leftover = (from: Opened, to: Opened): ReadonlyArray<string> => [
  ...changes({ processes: from.processes }, { processes: to.processes }),
  ...changes(from.files, to.files),
  ...changes(from.resources, to.resources)
]
