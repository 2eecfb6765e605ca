/** The real program as a user runs it: its own folder, its own home, nothing of the machine's configuration or keys. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { inject } from "vitest"

export const bin = inject("program")

/** The program compiled once for all specs, whatever homes they have: half of each start. */
const compiled = fileURLToPath(new URL("../node_modules/.cache/kintsugi-spec", import.meta.url))

export interface Place extends AsyncDisposable {
  /** Working folder, empty at first. */
  readonly cwd: string
  readonly home: string
  readonly env: Record<string, string>
}

/** A folder to work in and a home of its own, gone when disposed. */
export const place = async (): Promise<Place> => {
  const root = await mkdtemp(join(tmpdir(), "kintsugi-spec-"))
  const [cwd, home] = [join(root, "work"), join(root, "home")]
  const { mkdir, realpath } = await import("node:fs/promises")
  await mkdir(cwd)
  await mkdir(home)
  return {
    cwd: await realpath(cwd),
    home,
    env: {
      PATH: process.env.PATH ?? "",
      HOME: home,
      NO_COLOR: "1",
      NODE_COMPILE_CACHE: compiled,
      // Nobody's Ollama: a model that is found on the machine would answer.
      OLLAMA_HOST: "http://127.0.0.1:9"
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true })
  }
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
}

export const begin = (
  { cwd, env }: Place,
  args: ReadonlyArray<string>,
  more: {
    readonly env?: object
    readonly input?: string
    /** Another one than kintsugi. */ readonly program?: string
  } = {}
): Running => {
  const child = spawn(process.execPath, [more.program ?? bin, ...args], {
    cwd,
    env: { ...env, ...more.env },
    stdio: "pipe"
  })
  child.stdin.end(more.input ?? "")
  const exit = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>
  const ended = Promise.all([exit, text(child.stdout), text(child.stderr)]).then(
    ([[code, signal], stdout, stderr]) => ({ code, signal, stdout, stderr })
  )
  return { child, ended }
}

/** Runs one command to its end. */
export const kintsugi = (
  at: Place,
  args: ReadonlyArray<string>,
  more: Parameters<typeof begin>[2] = {}
): Promise<Ended> => begin(at, args, more).ended
