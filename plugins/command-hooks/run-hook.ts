/** One command of a hook run to its end: JSON on its standard input, both outputs apart and bounded, its process group ended in time. */
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"
import type { Readable } from "node:stream"
import { endTree } from "../ports/command.ts"
import { follow } from "../ports/pipe.ts"
import { isGroupAlive, markVariable, type Tree } from "../ports/process-tree.ts"
import { within } from "../ports/within.ts"
import { guard, ourMark } from "../ports/watchdog.ts"

export interface HookOrder {
  readonly command: string
  /** Absent: `command` is for a shell. */
  readonly args: ReadonlyArray<string> | undefined
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly input: string
  /** Milliseconds. */
  readonly time: number
  /** It goes on when others are cancelled. Default false. */
  readonly stays?: boolean
}

/** What came of it. */
export interface HookRun {
  /** Absent: a signal ended it, it was ended, or it never began. */
  readonly code?: number
  readonly signal?: string
  /** It took longer than it may. */
  readonly late: boolean
  /** Why it could not be started. */
  readonly failed?: string
  readonly stdout: string
  readonly stderr: string
  /** There was more on standard output. */
  readonly cut: boolean
}

/** Runs hooks for one session, and ends what they leave. */
export interface HookRunner {
  readonly run: (order: HookOrder) => Promise<HookRun>
  /** Ends those that run and began before, but for those that stay. What they left running goes on. @param until As `performance` counts, since 1970. */
  readonly cancel: (until: number) => Promise<void>
  /** Ends everything; nothing is run any more. */
  readonly close: () => Promise<void>
}

/** Bytes that are kept of each output. */
const mostOutput = 256 * 1024

let started = 0

export const hookRunner = (): HookRunner => {
  const running = new Map<Running, { readonly stays: boolean; readonly since: number }>()
  /** Groups that outlive their command: a sound that is played, a server that is begun. */
  const left = new Map<Tree, () => void>()
  let closed = false

  const run: HookRunner["run"] = async (order) => {
    if (closed) return nothing("the session is closed")
    const one = launch(order)
    running.set(one, { stays: order.stays === true, since: performance.timeOrigin + performance.now() })
    try {
      return await one.ended
    } finally {
      running.delete(one)
      if (isGroupAlive(one.tree)) left.set(one.tree, one.release)
      else one.release()
    }
  }
  const endAll = async (all: ReadonlyArray<Running>): Promise<void> =>
    void (await Promise.all(all.map((one) => one.end())))
  return {
    run,
    cancel: (until) =>
      endAll([...running].flatMap(([one, { stays, since }]) => (stays || since >= until ? [] : [one]))),
    close: async () => {
      closed = true
      const trees = [...left]
      left.clear()
      await Promise.all([endAll([...running.keys()]), ...trees.map(([tree]) => endTree(tree))])
      for (const [, release] of trees) release()
    }
  }
}

interface Running {
  readonly tree: Tree
  readonly ended: Promise<HookRun>
  readonly end: () => Promise<void>
  /** Nothing of it is left. */
  readonly release: () => void
}

const nothing = (failed: string): HookRun => ({ failed, late: false, stdout: "", stderr: "", cut: false })

/** Milliseconds for the outputs to become quiet, once nobody is there who would have to write. */
const lastWords = 2000

const launch = (order: HookOrder): Running => {
  const mark = `${ourMark}hook${++started}:`
  let child: ChildProcess
  try {
    child = start(order, mark)
  } catch (error) {
    return { tree: {}, ended: Promise.resolve(nothing(reasonOf(error))), end: async () => {}, release: () => {} }
  }
  const tree: Tree = { group: child.pid, mark }
  const [out, err] = [keep(child.stdout), keep(child.stderr)]
  const ending = Promise.withResolvers<Pick<HookRun, "code" | "signal" | "failed">>()
  child.on("error", (error) => ending.resolve({ failed: reasonOf(error) }))
  child.on("exit", (code, signal) =>
    ending.resolve({ ...(code !== null && { code }), ...(signal !== null && { signal }) })
  )
  // Most hooks read only a part of it, or nothing.
  child.stdin?.on("error", () => {}).end(order.input)

  let late = false
  let ended: Promise<void> | undefined
  const end = (): Promise<void> => (ended ??= endOf(tree, ending))
  const timer = setTimeout(() => {
    late = true
    void end()
  }, order.time)
  const settle = async (): Promise<HookRun> => {
    const how = await ending.promise
    clearTimeout(timer)
    await ended
    // A process that it left running may hold them for ever.
    await within(Promise.all([out.quiet(), err.quiet()]), lastWords)
    for (const pipe of [out, err]) pipe.close()
    child.stdin?.destroy()
    return { ...how, late, stdout: out.text(), stderr: err.text(), cut: out.isCut() }
  }
  return { tree, ended: settle(), end, release: child.pid === undefined ? () => {} : guard(tree) }
}

const endOf = async (
  tree: Tree,
  ending: PromiseWithResolvers<Pick<HookRun, "code" | "signal" | "failed">>
): Promise<void> => {
  if (tree.group !== undefined) await endTree(tree)
  // Not even SIGKILL ends a process that waits for a broken disk; nobody shall wait for it with us.
  if (!(await within(ending.promise, 1000))) ending.resolve({ signal: "SIGKILL" })
}

const start = ({ command, args, cwd, env }: HookOrder, mark: string): ChildProcess => {
  const [program, words] = args === undefined ? [shellIn(env), ["-c", command]] : [command, [...args]]
  return spawn(program, words, {
    cwd,
    env: { ...env, [markVariable]: `${env[markVariable] ?? ""}${mark}` },
    detached: true,
    stdio: ["pipe", "pipe", "pipe"]
  })
}

/** Claude Code's hooks are given to `sh`, which on many systems is a bash. */
const shellIn = ({ PATH = "" }: NodeJS.ProcessEnv): string =>
  PATH.split(delimiter).some((folder) => existsSync(join(folder, "bash"))) ? "bash" : "sh"

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** What comes after the limit is read and forgotten, so that the command is not held up. */
const keep = (stream: Readable | null) => {
  const pieces: Array<Buffer> = []
  let size = 0
  let isCut = false
  const pipe = follow(stream, (bytes) => {
    const room = mostOutput - size
    if (bytes.length > room) isCut = true
    if (room <= 0) return
    pieces.push(Buffer.from(bytes.subarray(0, room)))
    size += Math.min(room, bytes.length)
  })
  return { ...pipe, isCut: () => isCut, text: () => Buffer.concat(pieces).toString("utf8") }
}
