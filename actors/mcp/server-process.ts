/**
 * A server that we start: a process group of its own, of which nothing is left when it is closed, when we end, and when we are
 * killed without a word. It gets none of our credentials, only what its configuration names.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { mkdirSync, statSync } from "node:fs"
import { commandEnvironment } from "../../plugins/ports/environment.ts"
import { endTree } from "../../plugins/ports/command.ts"
import { markVariable, signal, type Tree } from "../../plugins/ports/process-tree.ts"
import { guard, ourMark } from "../../plugins/ports/watchdog.ts"
import { within } from "../../plugins/ports/within.ts"
import type { Environment } from "../folders.ts"
import type { Way } from "./entry.ts"
import { nesting } from "./nesting.ts"

export interface ServerProcess {
  readonly pid: number
  readonly streams: Pick<ChildProcessWithoutNullStreams, "stdin" | "stdout" | "stderr">
  /** Resolves, when the first process has ended and what it wrote has arrived, with how: `exit code 1`. */
  readonly ended: Promise<string>
  /** Ends the whole tree: its input is closed, after 300 ms SIGTERM, after 2 s more SIGKILL. */
  readonly close: () => Promise<void>
  /** Ends it at once. */
  readonly kill: () => void
}

/** Milliseconds. */
const patience = { input: 300, drain: 200 }

let started = 0

/** Rejects when it cannot be started. */
export const startServer = async (
  way: Extract<Way, { transport: "stdio" }>,
  env: Environment
): Promise<ServerProcess> => {
  const { command, args, cwd, data } = way
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) throw new Error(`its folder ${cwd} is not there`)
  if (data !== undefined) mkdirSync(data, { recursive: true, mode: 0o700 })
  const environment = { ...withoutLogins(commandEnvironment(env)), ...way.env, ...nesting(way, env) }
  const mark = `${ourMark}mcp${++started}:`
  const child = spawn(command, args, {
    cwd,
    env: { ...environment, [markVariable]: `${environment[markVariable] ?? ""}${mark}` },
    // A session, and so a process group, of its own; without a terminal: Ctrl-C does not reach it.
    detached: true,
    windowsHide: true,
    stdio: "pipe"
  })
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on("error", () => {})
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve).once("error", (error) => reject(new Error(refusal(command, error))))
  })
  const tree: Tree = { group: child.pid, mark }
  const release = guard(tree)
  const ended = endOf(child)
  let closing: Promise<void> | undefined
  const end = async (): Promise<void> => {
    child.stdin.end()
    await within(ended, patience.input)
    await endTree(tree)
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
    release()
  }
  return {
    pid: child.pid ?? 0,
    streams: child,
    ended,
    close: () => (closing ??= end()),
    kill: () => {
      signal(tree, "SIGKILL")
      release()
    }
  }
}

/** The way out of the house is for every program, whoever has to say who they are there. */
const proxies = /_proxy$/i

/** An address with a password in it: a command of the user's needs its database, a stranger's program does not. */
const login = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]*:[^/?#\s]+@/i

const withoutLogins = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name, value = ""]) => proxies.test(name) || !login.test(value)))

const refusal = (command: string, error: Error): string =>
  "code" in error && error.code === "ENOENT"
    ? `there is no program ${JSON.stringify(command)}: install it, or correct the command in its configuration`
    : `${JSON.stringify(command)} cannot be started: ${error.message}`

const endOf = (child: ChildProcessWithoutNullStreams): Promise<string> => {
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()))
  return new Promise((resolve) => {
    child.once("exit", (code, name) => {
      // Somebody else may hold its output open for ever.
      void within(closed, patience.drain).then(() => resolve(name === null ? `exit code ${code}` : name))
    })
  })
}
