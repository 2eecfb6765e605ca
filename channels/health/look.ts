/** Looks at the kintsugi processes of this user, and clears away the sockets of dead ones. */
import { rmSync } from "node:fs"
import type { Health } from "../../actors/health.ts"
import { type Socket, socketsIn } from "./sockets.ts"

/** A process that is there: how it is, or why that is not known. */
export interface Seen {
  readonly pid: number
  readonly health?: Health
  readonly trouble?: string
}

/** Milliseconds that a process may take to answer; one that spins does not. */
const patience = 1500

/** All of them at once, by process id. */
export const lookAround = async (folders: ReadonlyArray<string>): Promise<ReadonlyArray<Seen>> => {
  const sockets = folders.flatMap(socketsIn).toSorted((one, other) => one.pid - other.pid)
  const seen = await Promise.all(sockets.map(lookAt))
  return seen.flatMap((one) => one ?? [])
}

const lookAt = async (socket: Socket): Promise<Seen | undefined> => {
  const { pid } = socket
  try {
    return { pid, ...(await readAnswer(await fetchText(socket.path))) }
  } catch (error) {
    const code = codeOf(error)
    if (code === "ENOENT") return undefined
    if (code === "ECONNREFUSED") {
      if (await isAbandoned(socket)) rmSync(socket.path, { force: true })
      return undefined
    }
    return {
      pid,
      trouble: code === "ETIMEDOUT" ? "does not answer; it is stopped or busy" : `cannot be asked: ${String(error)}`
    }
  }
}

/**
 * Nobody listens, and nobody will: a socket that was closed is never opened again. The process must be gone as well,
 * because between making its socket and listening a living one refuses, too.
 */
export const isAbandoned = async ({ pid, path }: Socket, isAlive = isRunning): Promise<boolean> => {
  if (process.platform === "win32" || isAlive(pid)) return false
  try {
    await fetchText(path)
    return false
  } catch (error) {
    return codeOf(error) === "ECONNREFUSED"
  }
}

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // Somebody else's.
    return codeOf(error) === "EPERM"
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && "code" in error ? error.code : undefined)

const fetchText = async (socketPath: string): Promise<string> => {
  const { get } = await import("node:http")
  const { text } = await import("node:stream/consumers")
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(patience)
    const late = (error: Error): void =>
      reject(signal.aborted ? Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" }) : error)
    get({ socketPath, path: "/health", agent: false, signal }, (response) => text(response).then(resolve, late)).once(
      "error",
      late
    )
  })
}

const readAnswer = async (text: string): Promise<Omit<Seen, "pid">> => {
  const { answerSchema } = await import("./schema.ts")
  try {
    const answer = answerSchema.parse(JSON.parse(text))
    return "error" in answer ? { trouble: answer.error } : { health: answer }
  } catch {
    return { trouble: "is of another version, which tells its health in other words" }
  }
}
