/** The host's ports over a world in memory, for the quick judge; commands that no table answers run for real. */
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, relative, resolve } from "node:path"
import { type ExecResult, PortError, type ToolContext } from "../../../plugins/index.ts"
import type { HiddenTest } from "./hidden-test.ts"
import { answering } from "./responses.ts"
import { absentPorts } from "../../../plugins/ports/absent.ts"

export interface World extends Pick<HiddenTest, "files" | "setup" | "responses"> {
  readonly commands?: Readonly<Record<string, string | { readonly code: number; readonly output: string }>>
}

export interface MemoryWorld {
  readonly context: ToolContext
  readonly read: (path: string) => string | undefined
  readonly remove: () => void
}

const environment = { PATH: process.env.PATH, HOME: "/nonexistent", LC_ALL: "C", GIT_CONFIG_NOSYSTEM: "1" }

/** @throws Error when a command of the setup fails. */
export const prepare = (cwd: string, { files = {}, setup }: Pick<World, "files" | "setup">): void => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true })
    writeFileSync(join(cwd, path), text)
  }
  if (setup === undefined) return
  const { status, stderr } = spawnSync("bash", ["-c", setup], { cwd, env: environment, encoding: "utf8" })
  if (status !== 0) throw new Error(`the setup failed: ${setup}\n${stderr}`)
}

const result = (code: number, output: string): ExecResult => ({
  code,
  signal: undefined,
  output,
  length: output.length,
  file: undefined,
  timedOut: false
})

/** Folders that were prepared by commands, which take their time; only looked at, so they serve all tests that ask for the same. */
const prepared = new Map<string, string>()

/** @param base Folder for what has to be real. */
export const memoryWorld = (world: World, base: string): MemoryWorld => {
  const cwd = join(tmpdir(), "world")
  const files = new Map(Object.entries(world.files ?? {}).map(([path, text]) => [join(cwd, path), Buffer.from(text)]))
  let folder: string | undefined

  const real = (): string => {
    if (folder !== undefined) return folder
    const key = JSON.stringify([world.files, world.setup])
    const known = world.setup === undefined ? undefined : prepared.get(key)
    folder = known ?? realpathSync(mkdtempSync(join(base, "world-")))
    if (known === undefined) prepare(folder, world)
    if (world.setup !== undefined) prepared.set(key, folder)
    return folder
  }

  const isFolder = (path: string) => path === cwd || [...files.keys()].some((file) => file.startsWith(`${path}/`))

  const run = async (command: string): Promise<ExecResult> => {
    if (world.commands !== undefined) {
      const said = world.commands[command]
      if (said === undefined) return result(127, `${command}: command not found`)
      return typeof said === "string" ? result(0, said) : result(said.code, said.output)
    }
    const options = { cwd: real(), env: environment, encoding: "utf8", timeout: 2000 } as const
    const { status, stdout, stderr } = spawnSync("bash", ["-c", command], options)
    return result(status ?? -1, stdout + stderr)
  }

  const refuse = (): never => {
    throw new PortError("execution_error", "not in this world")
  }

  const context: ToolContext = {
    signal: new AbortController().signal,
    progress: () => {},
    log: () => {},
    cwd,
    ...absentPorts,
    taskStartedAt: 0,
    files: {
      resolve: async (path) => resolve(cwd, path),
      display: (path) => relative(cwd, resolve(cwd, path)),
      read: async (path) => {
        const bytes = files.get(resolve(cwd, path))
        if (bytes === undefined) throw new PortError("not_found", `${path}: there is no such file`)
        return bytes
      },
      write: async (path, data) => void files.set(resolve(cwd, path), Buffer.from(data)),
      stat: async (path) => {
        const bytes = files.get(resolve(cwd, path))
        if (bytes !== undefined) return { kind: "file", size: bytes.length, changedAt: 0 }
        return isFolder(resolve(cwd, path)) ? { kind: "folder", size: 0, changedAt: 0 } : undefined
      }
    },
    exec: { run, start: refuse, jobs: () => [], look: refuse, stop: refuse, close: refuse },
    fetch: answering(world.responses ?? {})
  }

  const read = (path: string): string | undefined => {
    const text = files.get(join(cwd, path))?.toString()
    if (text !== undefined || folder === undefined) return text
    const file = join(folder, path)
    return statSync(file, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(file, "utf8") : undefined
  }

  return {
    context,
    read,
    remove: () =>
      void (folder === undefined || world.setup !== undefined || rmSync(folder, { recursive: true, force: true }))
  }
}
