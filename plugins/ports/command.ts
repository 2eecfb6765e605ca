/** One shell command and everything it starts, from its first process to its last. */
import { type ChildProcess, spawn } from "node:child_process"
import { closeSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { PortError } from "../ports.ts"
import type { Output } from "./output.ts"
import { type Fifo, openFifo } from "./fifo.ts"
import { follow } from "./pipe.ts"
import { commandLine, isAlive, isGroupAlive, markVariable, members, signal, type Tree } from "./process-tree.ts"
import { codeOf } from "./real-path.ts"
import { guard } from "./watchdog.ts"
import { within } from "./within.ts"

export interface CommandOptions {
  readonly shell: string
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly mark: string
  readonly output: Output
  /** Called with what became certain of the output each time some comes; may be empty. */
  readonly onOutput: (text: string) => void
}

export interface Ending {
  readonly code: number | undefined
  readonly signal: string | undefined
}

export interface Command {
  /** Settles when the shell and its whole group have ended and the output is complete. */
  readonly ended: Promise<Ending>
  /** Ends the whole tree, those that left the group included: SIGTERM, after 2 s SIGKILL. */
  readonly kill: () => Promise<void>
}

/** Milliseconds that a tree has to end by itself after SIGTERM. */
const patience = 2000

/** @throws PortError when it cannot be started. */
export const launch = (command: string, options: CommandOptions): Command => {
  const { output, onOutput, mark } = options
  const fifo = openFifo()
  const child = startShell(command, options, fifo)
  const pipe = follow(fifo?.reader ?? child.stdout, (bytes) => onOutput(output.push(bytes)))
  const { promise: exited, resolve: exit } = Promise.withResolvers<Ending>()
  child.on("exit", (code, signal) => exit({ code: code ?? undefined, signal: signal ?? undefined }))

  const tree: Tree = { group: child.pid, mark }
  const release = guard(tree)
  let killing: Promise<void> | undefined
  const kill = () => (killing ??= endOrGiveUp())
  const endOrGiveUp = async (): Promise<void> => {
    await endTree(tree)
    // Not even SIGKILL ends a process that waits for a broken disk; nobody shall wait for it with us.
    if (!(await within(exited, 1000))) exit({ code: undefined, signal: "SIGKILL" })
  }

  const settle = async (): Promise<Ending> => {
    const ending = await exited
    await killing
    const [hasRest] = await Promise.all([outlives(tree), pipe.quiet()])
    if (killing === undefined && hasRest) {
      const names = members(tree).flatMap(({ id, group }) =>
        group === tree.group ? [commandLine(id) ?? String(id)] : []
      )
      await endTree({ group: tree.group })
      await pipe.quiet()
      output.remark(stopped(names))
    }
    return ending
  }
  const ended = settle().finally(() => {
    pipe.close()
    output.end()
    release()
  })
  return { ended, kill }
}

/** Standard output and error are one pipe, so that both come in the order in which they were written. */
const startShell = (
  command: string,
  { shell, cwd, env, mark }: CommandOptions,
  fifo: Fifo | undefined
): ChildProcess => {
  // Without a pipe of the kernel's kind a socket does, but for `/dev/stdout` on Linux; Node would open one for each.
  const line = fifo === undefined ? ['exec "$0" -c "$1" 2>&1', shell, command] : [command]
  const out = fifo?.writeEnd
  try {
    const child = spawn(shell, ["-c", ...line], {
      cwd,
      env: { ...env, [markVariable]: `${env[markVariable] ?? ""}${mark}` },
      // A session, and so a process group, of its own; without a terminal, so that no program can ask a person.
      detached: true,
      stdio: ["ignore", out ?? "pipe", out ?? "ignore"]
    })
    child.on("error", () => {})
    if (child.pid === undefined) throw new PortError("execution_error", `${shell} cannot be started in ${cwd}`)
    return child
  } catch (error) {
    fifo?.reader.destroy()
    if (codeOf(error) !== "E2BIG") throw error
    const advice = "write it to a file and run that"
    throw new PortError(
      "invalid_arguments",
      `the command is longer than the system takes (${command.length} characters); ${advice}`
    )
  } finally {
    if (out !== undefined) closeSync(out)
  }
}

/** Whether some of the group stay when they had a moment to finish, or to leave it. */
const outlives = async (tree: Tree): Promise<boolean> => {
  for (let tries = 0; tries < 6 && isGroupAlive(tree); tries++) await sleep(50)
  return isGroupAlive(tree)
}

/** Until nobody is left: a process may start another one while it is being ended. */
export const endTree = async (tree: Tree): Promise<void> => {
  if (!signal(tree, "SIGTERM")) return
  const deadline = Date.now() + patience
  for (let pause = 10; Date.now() < deadline; pause = Math.min(2 * pause, 200)) {
    await sleep(pause)
    if (!isAlive(tree)) return
  }
  for (let tries = 0; tries < 20 && signal(tree, "SIGKILL"); tries++) await sleep(25)
}

const stopped = (names: ReadonlyArray<string>): string => {
  const shown = names.slice(0, 3).map((name) => (name.length > 60 ? `${name.slice(0, 60)}…` : name))
  const more = names.length > 3 ? ` and ${names.length - 3} more` : ""
  return `stopped what it left running: ${shown.join("; ") || "a process"}${more}. What should go on needs a background job.`
}
