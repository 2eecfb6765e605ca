/** Who holds the right to write a session, and whether that process still lives. */
import { readFileSync, readlinkSync } from "node:fs"
import { hostname } from "node:os"

export interface Holder {
  /** The machine since its last start, and where there is one, its process namespace: process ids mean nothing beyond it. */
  readonly host: string
  readonly pid: number
  /** When the process started, in the system's own measure; `null` where that cannot be known. */
  readonly start: string | null
}

/** Milliseconds that a lease lasts without a sign of life; only looked at where the process itself cannot be. */
export const leaseTime = 30_000
/** Milliseconds between two signs of life. */
export const heartbeat = 10_000

const optional = (read: () => string): string => {
  try {
    return read().trim()
  } catch {
    return ""
  }
}

/** State and start time (fields 3 and 22 of proc_pid_stat(5)); the name before them may hold anything, so count from its end. */
const statOf = (pid: number): { readonly state: string; readonly start: string } | undefined => {
  const text = optional(() => readFileSync(`/proc/${pid}/stat`, "utf8"))
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
  const [state, start] = [fields[0], fields[19]]
  return state === undefined || start === undefined ? undefined : { state, start }
}

let own: Holder | undefined

export const thisProcess = (): Holder =>
  (own ??= {
    host: [
      hostname(),
      optional(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8")),
      optional(() => readlinkSync("/proc/self/ns/pid"))
    ].join(" "),
    pid: process.pid,
    start: statOf(process.pid)?.start ?? null
  })

/**
 * Whether a holder may still write. On this machine the process is looked up, and a process id that was given to another
 * one since is told by its start; elsewhere, and without /proc, the lease's time decides.
 *
 * @param until End of the lease, milliseconds since the Unix epoch.
 */
export const isAlive = (holder: Holder, until: number, now: number): boolean => {
  if (holder.host !== thisProcess().host) return now < until
  if (!exists(holder.pid)) return false
  const stat = statOf(holder.pid)
  if (stat === undefined || holder.start === null) return now < until
  // Killed, and only waiting for its parent to notice.
  if (stat.state === "Z" || stat.state === "X") return false
  return stat.start === holder.start
}

const exists = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}

export const describeHolder = ({ host, pid }: Holder): string => {
  const name = host.split(" ")[0] ?? ""
  if (host !== thisProcess().host) return `process ${pid} on ${name}`
  return pid === process.pid ? "this process" : `process ${pid}`
}

export const readHolder = (json: string): Holder | undefined => {
  try {
    const { host, pid, start }: Partial<Holder> = JSON.parse(json)
    return typeof host === "string" && typeof pid === "number" ? { host, pid, start: start ?? null } : undefined
  } catch {
    return undefined
  }
}
