/**
 * First module of a place: the channel to the host, in a worker and in a child, and nothing of the plugin yet.
 *
 * A child reads from fd 3 and writes to fd 4. Its writes wait until the host has taken them: nothing piles up in here, and
 * what was said before an end arrives. The end of fd 3 is the end of the host, and so of this process.
 */
import { readSync, writeSync } from "node:fs"
import { Socket } from "node:net"
import { isMainThread, type MessagePort, parentPort, receiveMessageOnPort } from "node:worker_threads"
import { confine } from "./confine.ts"
import { lineReader } from "./lines.ts"
import { type Link, serve } from "./serve.ts"
import type { Waited } from "./transport.ts"

// Taken now: what a plugin does to `process` later shall not keep its place alive.
const exit = process.exit.bind(process)

const writeAll = (line: string): void => {
  const bytes = Buffer.from(`${line}\n`)
  for (let at = 0; at < bytes.length;) at += writeSync(4, bytes, at)
}

const readLine = (): string => {
  let answer: string | undefined
  const reader = lineReader(Number.POSITIVE_INFINITY, (line) => (answer = line), exit)
  const bytes = Buffer.alloc(65_536)
  while (answer === undefined) {
    const length = readSync(4, bytes)
    if (length === 0) exit(0)
    reader.push(bytes.subarray(0, length))
  }
  return answer
}

const child = (): void => {
  confine()
  const link: Link = {
    send: writeAll,
    ask: (line) => {
      writeAll(line)
      return readLine()
    },
    exit: () => exit(1)
  }
  const reader = lineReader(Number.POSITIVE_INFINITY, serve(link), exit)
  const buffer = Buffer.alloc(65_536)
  const callback = (length: number): boolean => {
    reader.push(buffer.subarray(0, length))
    return true
  }
  const socket = new Socket({ fd: 3, readable: true, writable: false, onread: { buffer, callback } })
  socket.on("close", () => exit(0)).on("error", () => exit(0))
  socket.resume()
}

const worker = (host: MessagePort): void => {
  const send: Link["send"] = host.postMessage.bind(host)
  host.once("message", ({ port, flag }: Waited) => {
    const ask = (line: string): string => {
      Atomics.store(flag, 0, 0)
      send(line)
      for (;;) {
        const answer: { readonly message: string } | undefined = receiveMessageOnPort(port)
        if (answer !== undefined) return answer.message
        Atomics.wait(flag, 0, 0)
        Atomics.store(flag, 0, 0)
      }
    }
    host.on("message", serve({ send, ask, exit: () => exit(1) }))
  })
}

if (isMainThread || parentPort === null) child()
else worker(parentPort)
