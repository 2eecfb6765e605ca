/** Text from a server as a frame that keeps its schema; the schemas are loaded with the first connection. */
import type { OutFrame } from "../wire/frames.ts"

export interface Frames {
  /** @returns `undefined` for what is no frame that we know: a later server may say more. */
  readonly read: (text: unknown) => OutFrame | undefined
  /** Bytes of a frame at most. */
  readonly limit: number
  readonly protocol: number
}

export const loadFrames = async (): Promise<Frames> => {
  const { outFrames, frameLimit: limit, protocol } = await import("../wire/frames.ts")
  const isType = (type: unknown): type is OutFrame["type"] => typeof type === "string" && Object.hasOwn(outFrames, type)
  const read = (text: unknown): OutFrame | undefined => {
    const value = parsed(text)
    return isType(value.type) ? outFrames[value.type].safeParse(value).data : undefined
  }
  return { read, limit, protocol }
}

const parsed = (text: unknown): { readonly type?: unknown } => {
  try {
    const value: unknown = JSON.parse(String(text))
    return typeof value === "object" && value !== null ? value : {}
  } catch {
    return {}
  }
}
