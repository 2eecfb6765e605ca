/** Sockets to look at and who stands behind them; HTTP over one, as a probe or `curl --unix-socket` speaks it. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { type IncomingMessage, request } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { onTestFinished } from "vitest"

export interface Answered {
  readonly code: number | undefined
  readonly headers: IncomingMessage["headers"]
  readonly body: string
}

/** Resolves with the head of the answer. */
export const open = (socketPath: string, path: string, method = "GET"): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    request({ socketPath, path, method, agent: false }, resolve).once("error", reject).end()
  })

export const ask = async (socketPath: string, path: string, method = "GET"): Promise<Answered> => {
  const answer = await open(socketPath, path, method)
  return { code: answer.statusCode, headers: answer.headers, body: await text(answer) }
}

export interface Folder extends AsyncDisposable {
  readonly path: string
}

export const folder = async (): Promise<Folder> => {
  const path = await mkdtemp(join(tmpdir(), "kintsugi-health-"))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** A process that does something at `<folder>/<its pid>.sock` and says when it is done. */
export const begin = async (folder: string, script: string): Promise<ChildProcess & { pid: number }> => {
  const path = `require("node:path").join(${JSON.stringify(folder)}, process.pid + ".sock")`
  const program = `const path = ${path}; const done = () => console.log("done"); ${script}; setInterval(() => {}, 1000)`
  const spawned = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "ignore"] })
  onTestFinished(() => void spawned.kill("SIGKILL"))
  await once(spawned.stdout, "data")
  return spawned as ChildProcess & { pid: number }
}

export const kill = async (spawned: ChildProcess): Promise<void> => {
  const gone = once(spawned, "exit")
  spawned.kill("SIGKILL")
  await gone
}
