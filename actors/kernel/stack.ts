/** Keeps chains of actors that wake each other on one stack, which is fast, from becoming longer than the stack. */
import * as Scheduler from "effect/Scheduler"

const deepest = 16
let depth = 0

const dispatcher = new Scheduler.MixedScheduler().makeDispatcher()

/** Runs it when the stack is empty, in the order of asking. */
export const later = (task: () => void): void => dispatcher.scheduleTask(task, 0)

/** Runs it at once, or later when that would be too deep. */
export const soon = (task: () => void): void => {
  if (depth >= deepest) return later(task)
  depth++
  try {
    task()
  } finally {
    depth--
  }
}
