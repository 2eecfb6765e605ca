/** Conditions are looked at often, and waited for as long as a machine may need that has other things to do. */
import { vi } from "vitest"

/** Milliseconds. */
const usual = { interval: 10, timeout: 10_000 }

/** Vitest's own: a look in 50 ms, for a second. Asked twice where files share a process, it changes nothing. */
for (const name of ["waitUntil", "waitFor"] as const) {
  const waits: typeof vi.waitFor = vi[name]
  Object.assign(vi, {
    [name]: (condition: () => unknown, options: number | object = {}) =>
      waits(condition, typeof options === "number" ? { ...usual, timeout: options } : { ...usual, ...options })
  })
}
