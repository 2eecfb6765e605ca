/** What the server was asked and has not answered yet. */
import type { OutFrame } from "../../wire/frames.ts"

export interface Asked {
  /** @param send Gets the id that comes back in the answer; false: it could not be sent. */
  readonly ask: (send: (request_id: string) => boolean) => Promise<OutFrame>
  readonly settle: (frame: OutFrame) => void
  /** No answer comes to any of them. */
  readonly drop: () => void
}

/** Milliseconds. */
const patience = 30_000

export const unanswered = (message: string): OutFrame => ({ type: "error", code: "unanswered", message })

export const openAsked = (): Asked => {
  const waiting = new Map<string, (frame: OutFrame) => void>()
  let count = 0
  return {
    ask: (send) => {
      const id = `q${++count}`
      const { promise, resolve } = Promise.withResolvers<OutFrame>()
      const timer = setTimeout(() => answer(unanswered("no answer came in 30 seconds")), patience)
      const answer = (frame: OutFrame): void => {
        clearTimeout(timer)
        waiting.delete(id)
        resolve(frame)
      }
      waiting.set(id, answer)
      if (!send(id)) answer(unanswered("there is no connection to the server now"))
      return promise
    },
    settle: (frame) => {
      if ("request_id" in frame && frame.request_id !== undefined) waiting.get(frame.request_id)?.(frame)
    },
    drop: () => {
      for (const answer of waiting.values()) answer(unanswered("the connection was lost before the answer came"))
    }
  }
}
