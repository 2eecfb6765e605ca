/**
 * The frames of the WebSocket as JSON lines: one client, which is this machine's own user, on standard input and output.
 *
 * When the input ends, turns that run have a while to end, then they are suspended and go on at their session's next
 * opening; those that wait for an answer are suspended at once, since nobody can give it. When nobody reads the output any more, that happens at once. Streamed pieces are left out for a reader that is
 * far behind; nothing else ever is.
 */
import { linesIn, type Line } from "./rpc/lines.ts"
import { type ErrorCode, frameLimit, type OutFrame } from "./wire/frames.ts"
import type { Hub } from "./wire/hub.ts"
import type { PacedPeer, User, Wire } from "./wire/wire.ts"

export interface RpcParts {
  readonly hub: Hub
  readonly stdin: NodeJS.ReadableStream
  /** Nothing else may write into it. */
  readonly stdout: NodeJS.WritableStream
  /** Milliseconds that turns have which run when the input ends. Default: a minute. */
  readonly grace?: number
}

const operator: User = { owner: undefined, name: "operator" }

/** Of RFC 6455: the server goes away. */
const goesAway = 1012

const wrongLines: Readonly<Record<"too_large" | "not_utf8", readonly [ErrorCode, string]>> = {
  too_large: ["too_large", `a line has at most ${frameLimit / 1024 / 1024} MiB`],
  not_utf8: ["bad_frame", "a line must be UTF-8"]
}

/** Serves until the input ends, the output is closed or the hub stops. Resolves to the exit code, when all is written. */
export const serveRpc = async ({ hub, stdin, stdout, grace = 60_000 }: RpcParts): Promise<number> => {
  const ended = Promise.withResolvers<number>()
  const { wire, drained } = wireTo(stdout, ended.resolve)
  const peer = hub.join({ wire, user: operator, authenticate: () => operator })
  const onDrain = (): void => {
    drained()
    peer.drained()
  }
  const onBroken = (): void => {
    peer.gone()
    void hub.stop(0)
    ended.resolve(0)
  }
  stdout.on("drain", onDrain).on("error", onBroken).on("close", onBroken)
  // Who has hung up answers no question.
  void listen(stdin, peer, wire).then(() => hub.stop(grace, { isDeaf: true }))
  const code = await ended.promise
  await hub.stop(0)
  if ("destroy" in stdin && typeof stdin.destroy === "function") stdin.destroy()
  await flushed(stdout)
  stdout.off("drain", onDrain).off("close", onBroken)
  // An error may still come, and nobody is there to be told.
  stdout.off("error", onBroken).on("error", () => {})
  return code
}

const wireTo = (stdout: NodeJS.WritableStream, onEnd: (code: number) => void) => {
  let isEnded = false
  let isFree = true
  const wire: Wire = {
    send: (frame: OutFrame) => {
      if (!isEnded && stdout.writable) isFree = stdout.write(`${JSON.stringify(frame)}\n`)
    },
    isFree: () => isFree,
    end: (code) => {
      isEnded = true
      onEnd(code === goesAway ? 0 : 1)
    }
  }
  return { wire, drained: () => void (isFree = true) }
}

/** Resolves when the input has ended and all that stood in it is answered. The client waits when it asks too much at once. */
const listen = async (stdin: NodeJS.ReadableStream, peer: PacedPeer, wire: Wire): Promise<void> => {
  const lines = linesIn(frameLimit)
  const hear = async (line: Line): Promise<void> => {
    await peer.ready()
    if ("text" in line) return peer.receive(line.text)
    const [code, message] = wrongLines[line.wrong]
    wire.send({ type: "error", code, message })
  }
  try {
    for await (const piece of stdin) for (const line of lines.push(Buffer.from(piece))) await hear(line)
  } catch {
    // An input that breaks has ended.
  }
  for (const line of lines.end()) await hear(line)
  await peer.answered()
}

/** Milliseconds that a reader has for the last lines. */
const lastWords = 5000

const flushed = (stdout: NodeJS.WritableStream): Promise<void> =>
  new Promise((resolve) => {
    if (!stdout.writable) return resolve()
    const late = setTimeout(resolve, lastWords)
    stdout.write("", () => {
      clearTimeout(late)
      resolve()
    })
  })
