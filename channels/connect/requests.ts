/** Questions to a server, each with its one answer, within a time. */
import type { InFrame, OutFrame } from "../wire/frames.ts"
import type { Link } from "./link.ts"
import { RemoteError } from "./remote-error.ts"

export interface Requests {
  /**
   * Rejects with a RemoteError: what the server says, `timeout`, or `lost` when there is no connection or it breaks.
   * @param onAnswer Called in the moment in which it comes, before anything that comes after it.
   * @param time Milliseconds; absent: as for all.
   */
  readonly ask: <Type extends OutFrame["type"]>(
    frame: InFrame,
    answer: Type,
    onAnswer?: (frame: Extract<OutFrame, { type: Type }>) => void,
    time?: number
  ) => Promise<Extract<OutFrame, { type: Type }>>
  /** @returns whether this frame was an answer. */
  readonly take: (frame: OutFrame) => boolean
  /** No answer comes any more. */
  readonly drop: (error: RemoteError) => void
}

interface Waiting {
  /** @returns whether it is the answer. */
  readonly offer: (frame: OutFrame) => boolean
  readonly reject: (error: RemoteError) => void
}

const isOf = <Type extends OutFrame["type"]>(frame: OutFrame, type: Type): frame is Extract<OutFrame, { type: Type }> =>
  frame.type === type

/** @param limit Milliseconds. @param name Of the server, for people. */
export const requests = (link: () => Pick<Link, "send" | "wake">, limit: number, name: string): Requests => {
  const waiting = new Map<string, Waiting>()
  let count = 0

  const ask: Requests["ask"] = (frame, type, onAnswer, time = limit) => {
    const id = `r${++count}`
    const { promise, resolve, reject } = Promise.withResolvers<Extract<OutFrame, { type: typeof type }>>()
    const late = setTimeout(() => give(id)?.reject(silent(name, time, frame)), time)
    waiting.set(id, {
      offer: (frame) => {
        if (!isOf(frame, type)) return false
        onAnswer?.(frame)
        resolve(frame)
        return true
      },
      reject
    })
    if (!link().send({ ...frame, request_id: id })) {
      link().wake()
      give(id)?.reject(new RemoteError("lost", `there is no connection to ${name} now; try again when it is back`))
    }
    return promise.finally(() => clearTimeout(late))
  }
  const give = (id: string): Waiting | undefined => {
    const found = waiting.get(id)
    waiting.delete(id)
    return found
  }
  return {
    ask,
    take: (frame) => {
      const id = "request_id" in frame ? frame.request_id : undefined
      const found = id === undefined ? undefined : waiting.get(id)
      if (id === undefined || found === undefined) return false
      if (frame.type === "error") found.reject(new RemoteError(frame.code, frame.message))
      else if (!found.offer(frame)) return false
      give(id)
      return true
    },
    drop: (error) => {
      for (const { reject } of waiting.values()) reject(error)
      waiting.clear()
    }
  }
}

const silent = (name: string, limit: number, { type }: InFrame): RemoteError =>
  new RemoteError(
    "timeout",
    `${name} has not answered for ${Math.round(limit / 1000)} s (${type}); it may be done or not`
  )
