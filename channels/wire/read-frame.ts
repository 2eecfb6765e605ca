/** From the text of a frame to what it says, or to what is wrong with it: named by its field, without what stood there. */
import { type InFrame, inFrames } from "./frames.ts"

export type Read =
  | { readonly frame: InFrame }
  /** `request_id`: as far as it could be read. */
  | { readonly wrong: string; readonly request_id?: string }

export const readFrame = (text: string): Read => {
  const value = parsed(text)
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { wrong: 'a frame is one JSON object, as in {"type": "ping"}' }
  const asked = idIn(value)
  const type = "type" in value ? value.type : undefined
  if (typeof type !== "string" || !isKnown(type))
    return { wrong: `type: one of ${Object.keys(inFrames).join(", ")}`, ...asked }
  const read = inFrames[type].safeParse(value)
  if (read.success) return { frame: read.data }
  const [{ path, message } = { path: [], message: "" }] = read.error.issues
  return { wrong: `${[type, ...path].join(".")}: ${message}`, ...asked }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isKnown = (type: string): type is InFrame["type"] => Object.hasOwn(inFrames, type)

const idIn = (value: object): { readonly request_id?: string } => {
  const id = Object.hasOwn(value, "request_id") && "request_id" in value ? value.request_id : undefined
  return typeof id === "string" && id.length >= 1 && id.length <= 200 ? { request_id: id } : {}
}
