/** Opens this process to be looked at by its user: HTTP over a socket that never keeps the process alive. */
import { chmodSync, rmSync } from "node:fs"
import type { RequestListener, Server } from "node:http"
import { healthHandler, type HealthSource } from "./handler.ts"
import { isAbandoned } from "./look.ts"
import { makePrivate, type Socket, socketIn } from "./sockets.ts"

export interface Served {
  readonly path: string
  /** Synchronous, so that an exit can do it. */
  readonly close: () => void
}

/** @param folders Tried in turn. @throws when none of them can hold the socket. */
export const serveHealth = async (source: HealthSource, folders: ReadonlyArray<string>): Promise<Served> => {
  const failures: Array<unknown> = []
  for (const folder of folders) {
    try {
      return await serveIn(folder, listener(source))
    } catch (error) {
      failures.push(error)
    }
  }
  throw new AggregateError(failures, `no socket for health: ${failures.map(String).join("; ")}`)
}

const listener = (source: HealthSource): RequestListener => {
  const handle = healthHandler(source)
  return (request, response) => {
    if (!handle(request, response)) response.writeHead(404).end("there are /health and /health/stream\n")
  }
}

const serveIn = async (folder: string, listen: RequestListener): Promise<Served> => {
  makePrivate(folder)
  const socket = socketIn(folder, process.pid)
  // Left behind by a process that had our id before us.
  if (await isAbandoned(socket, () => false)) rmSync(socket.path, { force: true })
  const server = await opened(listen, socket)
  const close = (): void => {
    process.off("exit", close)
    server.close()
    server.closeAllConnections()
    if (process.platform !== "win32") rmSync(socket.path, { force: true })
  }
  process.once("exit", close)
  return { path: socket.path, close }
}

const opened = async (listen: RequestListener, { path }: Socket): Promise<Server> => {
  const { createServer } = await import("node:http")
  const server = createServer(listen).unref()
  server.on("connection", (connection) => connection.unref())
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(path, () => {
      server.off("error", reject)
      resolve()
    })
  })
  // A connection that cannot be accepted is the looker's trouble, not ours.
  server.on("error", () => {})
  // The folder keeps others out; this keeps them out of a folder that was opened by hand.
  if (process.platform !== "win32") chmodSync(path, 0o600)
  return server
}
