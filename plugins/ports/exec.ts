/** Shell commands as tools run them: to their end, or as jobs in the background; all of them end with their session. */
import { existsSync, statSync } from "node:fs"
import { delimiter, join, resolve } from "node:path"
import { type Exec, type ExecOptions, type ExecResult, PortError } from "../ports.ts"
import { type Command, endTree, type Ending, launch } from "./command.ts"
import { commandEnvironment } from "./environment.ts"
import { type Begin, jobs } from "./jobs.ts"
import { output, type Output } from "./output.ts"
import { ourMark } from "./watchdog.ts"

export interface ExecSettings {
  /** Absolute path of the working folder. */
  readonly cwd: string
  /** Default `process.env`; what looks like a credential is not passed on. */
  readonly env?: NodeJS.ProcessEnv
  /** Names that are passed on although they look like credentials. */
  readonly pass?: ReadonlyArray<string>
  /** Characters of output that are given back. */
  readonly outputLimit: number
  /** Folder for outputs that are longer; made when it is needed. */
  readonly spillFolder: string
}

let sessions = 0

export const exec = ({ cwd, env = process.env, pass, outputLimit, spillFolder }: ExecSettings): Exec => {
  const session = `${ourMark}${++sessions}.`
  const environment = commandEnvironment(env, pass)
  const shell = findShell(environment)
  const running = new Set<Command>()
  let started = 0
  let closed = false

  const open = (): Output => output({ limit: outputLimit, folder: spillFolder })

  const begin: Begin = (command, folder, out, onOutput) => {
    if (closed) throw new PortError("execution_error", "the session is closed: nothing more is run in it")
    const place = resolve(cwd, folder ?? ".")
    checkFolder(place)
    checkCommand(command)
    const mark = `${session}${++started}:`
    const one = launch(command, { shell, cwd: place, env: environment, mark, output: out, onOutput })
    running.add(one)
    void one.ended.finally(() => running.delete(one))
    return one
  }

  return {
    run: (command, options) => run(begin, open(), command, options),
    ...jobs(begin, open),
    close: async () => {
      closed = true
      await Promise.all([...running].map((one) => one.kill().then(() => one.ended)))
      // Those that left their groups on purpose outlived their commands, but not the session.
      if (started > 0) await endTree({ mark: session })
    }
  }
}

const run = async (begin: Begin, out: Output, command: string, options: ExecOptions = {}): Promise<ExecResult> => {
  const { signal, timeout, cwd, onOutput } = options
  if (signal?.aborted) return resultOf(out, { code: undefined, signal: "SIGTERM" }, false)
  let timedOut = false
  let thrown: { readonly error: unknown } | undefined
  const one = begin(command, cwd, out, (text) => {
    if (text === "" || thrown !== undefined) return
    try {
      onOutput?.(text)
    } catch (error) {
      // The caller's bug goes to the caller, not to whoever runs the event loop.
      thrown = { error }
      void one.kill()
    }
  })
  const kill = () => void one.kill()
  const late = () => {
    timedOut = true
    kill()
  }
  const timer = timeout === undefined ? undefined : setTimeout(late, timeout)
  signal?.addEventListener("abort", kill, { once: true })
  try {
    const ending = await one.ended
    if (thrown !== undefined) throw thrown.error
    return resultOf(out, ending, timedOut)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener("abort", kill)
  }
}

const resultOf = (out: Output, { code, signal }: Ending, timedOut: boolean): ExecResult => ({
  code,
  signal,
  output: out.take(),
  length: out.length(),
  file: out.file(),
  timedOut
})

const findShell = ({ PATH = "" }: NodeJS.ProcessEnv): string => {
  const folders = PATH.split(delimiter)
  return folders.some((folder) => existsSync(join(folder, "bash"))) ? "bash" : "sh"
}

const checkFolder = (folder: string): void => {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return
  throw new PortError("not_found", `the folder ${folder}, in which the command should run, does not exist`)
}

const checkCommand = (command: string): void => {
  if (command.trim() === "") throw new PortError("invalid_arguments", "the command is empty")
  if (command.includes("\0")) throw new PortError("invalid_arguments", "a command cannot hold a NUL character")
}
