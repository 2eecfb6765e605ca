/** Conditions are looked at often, and waited for as long as a machine may need that has other things to do. */
import { vi } from "vitest"

/** Milliseconds; vitest's own look is every 50 ms, for a second. */
const usual = { interval: 10, timeout: 10_000 }

const patient = (waits: typeof vi.waitFor): typeof vi.waitFor => {
  const waitsPatiently: typeof vi.waitFor = (condition, options = {}) =>
    waits(condition, typeof options === "number" ? { ...usual, timeout: options } : { ...usual, ...options })
  return waitsPatiently
}

// Files that share a process share `vi`, too.
if (vi.waitFor.name !== "waitsPatiently")
  Object.assign(vi, { waitFor: patient(vi.waitFor), waitUntil: patient(vi.waitUntil) })
