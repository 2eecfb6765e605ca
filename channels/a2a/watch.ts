/** One reader of one task: what it has not taken yet is joined where nothing is lost by it, so that a slow one costs little. */
import type { Part, StreamResponse } from "@a2a-js/sdk"

export interface Watch {
  readonly push: (event: StreamResponse, isPassing: boolean) => void
  /** `undefined`: nothing more will come. */
  readonly next: () => Promise<StreamResponse | undefined>
  /** What was pushed is still given. */
  readonly end: () => void
}

interface Waiting {
  readonly event: StreamResponse
  /** Void as soon as another status follows. */
  readonly isPassing: boolean
}

export const openWatch = (): Watch => {
  const waiting: Array<Waiting> = []
  let isEnded = false
  let wake = (): void => {}
  return {
    push: (event, isPassing) => {
      if (isEnded) return
      const last = waiting.at(-1)
      const joined = last === undefined ? undefined : join(last, event)
      if (joined === undefined) waiting.push({ event, isPassing })
      else waiting.splice(-1, 1, { event: joined, isPassing })
      wake()
    },
    next: async () => {
      if (waiting.length === 0 && !isEnded) await new Promise<void>((resolve) => (wake = resolve))
      return waiting.shift()?.event
    },
    end: () => {
      isEnded = true
      wake()
    }
  }
}

const join = ({ event: before, isPassing }: Waiting, { payload }: StreamResponse): StreamResponse | undefined => {
  const first = before.payload
  if (isPassing && first?.$case === "statusUpdate" && payload?.$case === "statusUpdate") return { payload }
  if (first?.$case !== "artifactUpdate" || payload?.$case !== "artifactUpdate") return undefined
  const [one, other] = [first.value.artifact, payload.value.artifact]
  if (one === undefined || other === undefined || one.artifactId !== other.artifactId) return undefined
  if (!payload.value.append) return { payload }
  const text = textOf(one.parts) + textOf(other.parts)
  const parts: Array<Part> = other.parts.map((part) => ({ ...part, content: { $case: "text", value: text } }))
  return {
    payload: {
      $case: "artifactUpdate",
      value: { ...payload.value, append: first.value.append, artifact: { ...other, parts } }
    }
  }
}

const textOf = (parts: ReadonlyArray<Part>): string =>
  parts.map(({ content }) => (content?.$case === "text" ? content.value : "")).join("")
