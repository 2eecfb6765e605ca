/** How much memory a process has resident, where there is /proc. */
import { readFileSync } from "node:fs"

/** @returns MiB; `undefined` where it cannot be known. */
export const residentOf = (pid: number | undefined): number | undefined => {
  try {
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]
    return kibibytes === undefined ? undefined : Math.round(Number(kibibytes) / 1024)
  } catch {
    return undefined
  }
}
