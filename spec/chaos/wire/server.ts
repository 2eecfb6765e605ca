/** The real command, `kintsugi channel websocket`, that is killed and begun again on the same port and folders. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync } from "node:fs"
import { createServer, type AddressInfo } from "node:net"
import { join } from "node:path"
import { createInterface } from "node:readline"

export interface KilledServer extends AsyncDisposable {
  readonly url: string
  readonly start: () => Promise<void>
  /** With `SIGKILL`; resolves when the process is gone. */
  readonly kill: () => Promise<void>
  /** What it has said on standard error. */
  readonly errors: () => string
}

export interface ServerParts {
  /** Program to run with Node. */
  readonly program: string
  /** Empty folder for all it keeps. */
  readonly folder: string
  readonly key: string
  readonly modelPort: number
}

export const killedServer = async ({ program, folder, key, modelPort }: ServerParts): Promise<KilledServer> => {
  const port = await freePort()
  const cwd = join(folder, "work")
  for (const name of ["work", "work/notes", "work/files"]) mkdirSync(join(folder, name))
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    OLLAMA_HOST: "http://127.0.0.1:9",
    LITELLM_PROXY_API_BASE: `http://127.0.0.1:${modelPort}/v1`,
    LITELLM_PROXY_API_KEY: "none"
  }
  const command = [program, "channel", "websocket", "--port", String(port), "--api-key", key, "-m", "litellm/slow"]
  const errors: Array<string> = []
  let child: ChildProcess | undefined

  const start = async (): Promise<void> => {
    child = spawn(process.execPath, [...command, "--permissions", "ask", "--json"], {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe"]
    })
    const { stdout, stderr } = child
    if (stdout === null || stderr === null) throw new Error("it has no pipes")
    createInterface({ input: stderr }).on("line", (line) => errors.push(line))
    await Promise.race([
      once(createInterface({ input: stdout }), "line"),
      once(child, "exit").then(() => Promise.reject(new Error(`the server ended:\n${errors.slice(-20).join("\n")}`)))
    ])
  }
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill("SIGKILL")
    await once(child, "exit")
  }
  return { url: `ws://127.0.0.1:${port}/ws`, start, kill, errors: () => errors.join("\n"), [Symbol.asyncDispose]: kill }
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, "close")
  return port
}
