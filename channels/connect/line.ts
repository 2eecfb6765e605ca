/** One WebSocket from its greeting to its end, which is told once, whatever it ends by. */
import type { InFrame, OutFrame } from "../wire/frames.ts"
import type { Address } from "./address.ts"
import { diagnose } from "./diagnose.ts"
import type { Frames } from "./read-frame.ts"
import type { Times } from "./times.ts"

export type Greeting = Extract<OutFrame, { type: "auth_response" }>

export interface LineEnd {
  readonly reason: string
  /** Another attempt would come to the same. */
  readonly isFinal: boolean
  /** Why the greeting was refused. */
  readonly code?: "no_key" | "wrong_key"
}

export interface LineParts {
  readonly address: Address
  readonly frames: Frames
  readonly times: Times
  readonly apiKey: string | undefined
  readonly onGreeted: (greeting: Greeting) => void
  /** Everything after the greeting. */
  readonly onFrame: (frame: OutFrame) => void
  readonly onEnd: (end: LineEnd) => void
}

export interface Line {
  /** @param text A frame. */
  readonly send: (text: string) => void
  /** Nobody is told. */
  readonly close: () => void
}

/** Of RFC 6455, and ours for a key that is not known. */
const codes = { normal: 1000, unknownKey: 4401 } as const

export const openLine = (parts: LineParts): Line => {
  const { address, frames, times, apiKey, onGreeted, onFrame } = parts
  let [isGreeted, isOver, heard] = [false, false, true]
  let beat: NodeJS.Timeout | undefined
  const socket = new WebSocket(address.url)

  const close = (): void => {
    isOver = true
    clearTimeout(late)
    clearInterval(beat)
    socket.close(codes.normal)
  }
  const end = (reason: string, isFinal = false, code?: LineEnd["code"]): void => {
    if (isOver) return
    close()
    parts.onEnd({ reason, isFinal, ...(code !== undefined && { code }) })
  }
  const refuse = (said: string | undefined): void =>
    end(refusal(address, apiKey, said), true, apiKey === undefined ? "no_key" : "wrong_key")
  const late = setTimeout(() => end(`${address.name} does not answer`), times.open)

  const greet = (frame: OutFrame | undefined): void => {
    if (frame?.type === "error") return end(`${address.name} refuses: ${frame.message}`)
    if (frame?.type !== "auth_response") return end(`${address.name} is no WebSocket channel of kintsugi`, true)
    if (!frame.success) return refuse(frame.error)
    if ((frame.protocol ?? frames.protocol) !== frames.protocol)
      return end(`${address.name} speaks message format ${frame.protocol}, this kintsugi ${frames.protocol}`, true)
    clearTimeout(late)
    isGreeted = true
    beat = setInterval(() => {
      if (!heard) return end(`${address.name} has given no sign of life for ${Math.round((2 * times.beat) / 1000)} s`)
      heard = false
      send({ type: "ping" })
    }, times.beat)
    onGreeted(frame)
  }
  const send = (frame: InFrame): void => socket.send(JSON.stringify(frame))

  socket.addEventListener("open", () => {
    if (!isOver) send({ type: "auth", ...(apiKey !== undefined && { api_key: apiKey }) })
  })
  socket.addEventListener("message", ({ data }) => {
    if (isOver) return
    heard = true
    const frame = frames.read(data)
    if (!isGreeted) greet(frame)
    else if (frame !== undefined) onFrame(frame)
  })
  socket.addEventListener("close", ({ code, reason }) => {
    if (code === codes.unknownKey) return refuse(reason)
    if (isGreeted || reason !== "") return end(closing(address, code, reason))
    if (!isOver) void diagnose(address).then((reason) => end(reason))
  })
  // A close always follows, and knows more.
  socket.addEventListener("error", () => {})
  return { send: (text) => socket.send(text), close }
}

const refusal = ({ name }: Address, apiKey: string | undefined, said = ""): string =>
  apiKey === undefined
    ? `${name} wants a key; set KINTSUGI_API_KEY to one of its keys`
    : `${name} does not take the key${said === "" ? "" : `: ${said}`}`

const closing = ({ name }: Address, code: number, reason: string): string => {
  if (code === 1012 || code === 1001) return `${name} stops`
  return `the connection to ${name} broke${reason === "" ? "" : `: ${reason}`}`
}
