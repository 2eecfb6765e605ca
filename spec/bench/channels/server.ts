/** The real command, `kintsugi channel websocket`, as a bench looks at it: where it listens, its memory and its work. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { WebSocket } from "ws"

export interface Server {
  readonly url: string
  /** Bytes in use after a collection. */
  readonly heap: () => Promise<number>
  /** Bytes of the process in memory. */
  readonly resident: () => number
  /** Milliseconds of user and system time so far. */
  readonly cpu: () => number
  readonly stop: () => Promise<void>
}

export interface ServerParts {
  readonly program: string
  readonly folder: string
  readonly key: string
  /** Of the model, which speaks OpenAI's dialect. */
  readonly modelPort: number
  readonly connections: number
}

export const startServer = async (parts: ServerParts): Promise<Server> => {
  const { program, folder, key, modelPort } = parts
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, "config"),
    XDG_DATA_HOME: join(folder, "data"),
    XDG_STATE_HOME: join(folder, "state"),
    XDG_CACHE_HOME: join(folder, "cache"),
    LITELLM_PROXY_API_BASE: `http://127.0.0.1:${modelPort}/v1`,
    LITELLM_PROXY_API_KEY: "bench",
    KINTSUGI_CHANNELS_WEBSOCKET_MAX_CONNECTIONS: String(parts.connections),
    KINTSUGI_CHANNELS_WEBSOCKET_MAX_CONNECTIONS_PER_ADDRESS: String(parts.connections)
  }
  const command = ["--inspect=127.0.0.1:0", program, "channel", "websocket", "--port", "0", "--json"]
  const child = spawn(process.execPath, [...command, "--api-key", key, "-m", "litellm/bench"], {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "pipe"]
  })
  const errors: Array<string> = []
  const inspector = Promise.withResolvers<string>()
  createInterface({ input: child.stderr }).on("line", (line) => {
    errors.push(line)
    const [address] = /ws:\/\/127\.0\.0\.1:\d+\/[-\w]+/.exec(line.startsWith("Debugger listening") ? line : "") ?? []
    if (address !== undefined) inspector.resolve(address)
  })
  const [first] = await Promise.race([
    once(createInterface({ input: child.stdout }), "line"),
    once(child, "exit").then(() => {
      throw new Error(`the server ended:\n${errors.join("\n")}`)
    })
  ])
  const { ws: url } = JSON.parse(String(first)) as { readonly ws: string }
  return { url, ...looks(child, await inspector.promise) }
}

/** A tick of the kernel's clock in milliseconds: USER_HZ is 100 wherever Linux runs. */
const tick = 10

const looks = (child: ChildProcess, inspector: string): Omit<Server, "url"> => ({
  heap: () => collected(inspector),
  resident: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]) * 1024,
  cpu: () => {
    const stat = readFileSync(`/proc/${child.pid}/stat`, "utf8")
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    return (Number(fields[11]) + Number(fields[12])) * tick
  },
  stop: async () => {
    if (child.exitCode !== null) return
    child.kill("SIGTERM")
    await once(child, "exit")
  }
})

const collected = async (inspector: string): Promise<number> => {
  const socket = new WebSocket(inspector, { perMessageDeflate: false })
  await once(socket, "open")
  const ask = async (id: number, method: string) => {
    socket.send(JSON.stringify({ id, method }))
    for (;;) {
      const [data] = await once(socket, "message")
      const answer = JSON.parse(String(data)) as {
        readonly id?: number
        readonly result?: { readonly usedSize?: number }
      }
      if (answer.id === id) return answer.result
    }
  }
  await ask(1, "HeapProfiler.collectGarbage")
  const used = await ask(2, "Runtime.getHeapUsage")
  socket.close()
  return used?.usedSize ?? Number.NaN
}
