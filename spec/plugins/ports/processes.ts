/** What specs ask about processes. */
import { existsSync, readFileSync } from "node:fs"

/** Processes that left their group can be found only where it is. */
export const hasProc = existsSync("/proc/self/stat")

/** Ended, or ended and not yet collected by its parent. */
export const isGone = (id: number): boolean => {
  try {
    process.kill(id, 0)
    return hasProc && / Z /.test(readFileSync(`/proc/${id}/stat`, "utf8"))
  } catch {
    return true
  }
}
