/**
 * JSON-RPC messages as lines on a pair of streams. A line that is none is answered and costs nobody the connection, and the end of
 * the input does not cut off what is still to be written.
 */
import type { AnyMessage, Stream } from "@agentclientprotocol/sdk"
import { type Line, linesIn } from "../rpc/lines.ts"

/** Where lines go; nothing else may write there. */
export interface Output {
  /** @returns whether there is room for more; when not, `drain` follows. */
  readonly write: (text: string) => boolean
  readonly on: (event: "drain" | "close" | "error", heard: () => void) => unknown
  readonly off: (event: "drain" | "close" | "error", heard: () => void) => unknown
}

export interface Wire {
  readonly stream: Stream
  /** input: nothing more will come · output: nobody reads any more. */
  readonly ended: Promise<"input" | "output">
  /** What comes is not heard any more. */
  readonly close: () => void
}

/** Bytes of a line: an image of 18 MB as Base64, and room to spare. */
const longest = 32 * 1024 * 1024

const refusals = {
  too_large: [-32_600, `Invalid request: a line has at most ${longest / 1024 / 1024} MiB`],
  not_utf8: [-32_700, "Parse error: a line must be UTF-8"],
  not_json: [-32_700, "Parse error: a line must be one JSON object"]
} as const

export const wireOver = (input: NodeJS.ReadableStream, output: Output): Wire => {
  const ended = Promise.withResolvers<"input" | "output">()
  const writer = writerTo(output, () => ended.resolve("output"))
  let close = (): void => {}
  /** Somebody reads. */
  let isOpen = true
  const readable = new ReadableStream<AnyMessage>({
    cancel: () => void (isOpen = false),
    start: (controller) => {
      close = () => {
        if (isOpen) controller.close()
        isOpen = false
        writer.close()
        if ("destroy" in input && typeof input.destroy === "function") input.destroy()
      }
      const hear = (line: Line): void => {
        const message = "text" in line ? parsed(line.text) : line.wrong
        if (!isOpen) return
        // The SDK checks what it is, and answers what is no message.
        if (typeof message !== "string") return controller.enqueue(message as AnyMessage)
        const [code, text] = refusals[message]
        void writer.write({ jsonrpc: "2.0", id: null, error: { code, message: text } })
      }
      void listen(input, hear).then(() => ended.resolve("input"))
    }
  })
  const writable = new WritableStream<AnyMessage>({ write: writer.write })
  return { stream: { readable, writable }, ended: ended.promise, close: () => close() }
}

const parsed = (text: string): object | "not_json" => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null ? value : "not_json"
  } catch {
    return "not_json"
  }
}

/** Never rejects: an input that breaks has ended. */
const listen = async (input: NodeJS.ReadableStream, hear: (line: Line) => void): Promise<void> => {
  const lines = linesIn(longest)
  try {
    for await (const piece of input) lines.push(Buffer.from(piece)).forEach(hear)
  } catch {
    // Read above.
  }
  lines.end().forEach(hear)
}

const writerTo = (output: Output, onGone: () => void) => {
  let room = Promise.withResolvers<void>()
  let isGone = false
  room.resolve()
  const onDrain = (): void => room.resolve()
  const gone = (): void => {
    isGone = true
    room.resolve()
    onGone()
  }
  output.on("drain", onDrain)
  output.on("close", gone)
  output.on("error", gone)
  /** Resolves when there is room for the next. */
  const write = (message: object): Promise<void> => {
    if (isGone) return Promise.resolve()
    if (!output.write(`${JSON.stringify(message)}\n`)) room = Promise.withResolvers()
    return room.promise
  }
  const close = (): void => {
    output.off("drain", onDrain)
    output.off("close", gone)
  }
  return { write, close }
}
