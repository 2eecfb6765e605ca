/** Ends this process when its event loop stands still: a run that proves that nothing hangs must not hang to prove it. */
import { Worker } from "node:worker_threads"

/** Seconds. */
const patience = 60

/** In a thread of its own, which looks whether the number has changed. */
const watcher = `
const { workerData } = require("node:worker_threads")
const { writeSync } = require("node:fs")
const beats = new Int32Array(workerData)
let last = 0
setInterval(() => {
  const now = Atomics.load(beats, 0)
  if (now === last) {
    writeSync(2, "✗ The host hangs: its event loop has stood still for ${patience} s.\\n")
    process.kill(process.pid, "SIGKILL")
  }
  last = now
}, ${patience * 1000})
`

export const startHeartbeat = (): void => {
  const shared = new SharedArrayBuffer(4)
  const beats = new Int32Array(shared)
  new Worker(watcher, { eval: true, workerData: shared }).unref()
  setInterval(() => Atomics.add(beats, 0, 1), 1000).unref()
}
