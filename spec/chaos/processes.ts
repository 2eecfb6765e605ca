/** What a harness leaves running. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs"

/** Processes that know the folder: by their arguments, or because they work in it. */
export const processesIn = (folder: string): ReadonlyArray<string> =>
  readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8")
      return command.includes(folder) || readlinkSync(`/proc/${pid}/cwd`).startsWith(folder)
    } catch {
      return false
    }
  })
