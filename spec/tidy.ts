/** In projects whose files share a process: each file leaves it as it found it, or is told what it has left behind. */
import { afterAll, expect } from "vitest"

const state = () => ({
  env: { ...process.env },
  cwd: process.cwd(),
  exitCode: process.exitCode,
  listeners: Object.fromEntries(
    ["SIGINT", "SIGTERM", "SIGHUP", "SIGWINCH", "SIGCONT", "uncaughtException", "unhandledRejection"].map((name) => [
      name,
      process.listenerCount(name)
    ])
  )
})

const before = state()
afterAll(() => expect(state(), "what this file has left behind").toEqual(before))
