/**
 * The files of a git repository as they are in one commit, fetched for somebody who is about to look at them: nothing of it is run,
 * nobody is asked for a password, and neither its size nor its time is without bounds.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs"
import { devNull } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { npmEnvironment } from "../../healing/install/npm.ts"
import type { Environment } from "../folders.ts"
import { bounds, tooLarge } from "./bounds.ts"
import { NotManaged } from "./not-managed.ts"
import { forGit } from "./npm.ts"

export interface Repository {
  /** As git is told it. */
  readonly url: string
  /** A branch, a tag or a whole commit; absent: what the repository gives first. */
  readonly ref?: string
}

export interface Fetched {
  /** Whole name of the commit. */
  readonly commit: string
  /** Paths of repositories in it, whose files are not fetched. */
  readonly submodules: ReadonlyArray<string>
}

/** @param folder Absolute; it is made, and holds the files without `.git`. */
export const fetchRepository = (
  { url, ref = "HEAD" }: Repository,
  folder: string,
  env: Environment
): Effect.Effect<Fetched, NotManaged> =>
  Effect.gen(function* () {
    mkdirSync(folder, { recursive: true })
    const git = gitIn(folder, env)
    yield* git(["init", "-q", "--template="])
    yield* git(["fetch", "-q", "--depth=1", "--no-tags", "--no-recurse-submodules", "--no-auto-gc", "--", url, ref])
    const commit = (yield* git(["rev-parse", "FETCH_HEAD"])).trim()
    const submodules = yield* weighed(yield* git(["ls-tree", "-r", "-l", "-z", "FETCH_HEAD"]))
    yield* git(["checkout", "-q", "--detach", "FETCH_HEAD"])
    rmSync(join(folder, ".git"), { recursive: true, force: true })
    return { commit, submodules }
  })

/** Before a file is written: a small pack may hold more than a disk does. */
const weighed = (tree: string): Effect.Effect<ReadonlyArray<string>, NotManaged> => {
  // `<mode> <type> <object> <size>\t<path>`
  const entries = tree.split("\0").filter((line) => line !== "")
  const bytes = entries.reduce((sum, line) => sum + (Number(line.split("\t", 1)[0]?.split(/ +/)[3]) || 0), 0)
  if (bytes > bounds.bytes || entries.length > bounds.entries) return Effect.fail(tooLarge("the repository"))
  return Effect.succeed(
    entries.filter((line) => line.startsWith("160000 ")).map((line) => line.slice(line.indexOf("\t") + 1))
  )
}

/** Above whatever the user's configuration says: no hooks, no filters, no transport that is a program. */
const always: ReadonlyArray<string> = [
  ["core.hooksPath", devNull],
  ["core.fsmonitor", "false"],
  ["protocol.ext.allow", "never"],
  ["submodule.recurse", "false"],
  ["advice.detachedHead", "false"]
].flatMap(([name, value]) => ["-c", `${name}=${value}`])

const gitIn = (folder: string, env: Environment) => {
  const environment = {
    ...npmEnvironment(env, forGit),
    GIT_TERMINAL_PROMPT: "0",
    GIT_LFS_SKIP_SMUDGE: "1",
    GIT_CEILING_DIRECTORIES: join(folder, ".."),
    LC_ALL: "C",
    ...(env.GIT_SSH_COMMAND === undefined && env.GIT_SSH === undefined
      ? { GIT_SSH_COMMAND: "ssh -o BatchMode=yes" }
      : {})
  }
  return (args: ReadonlyArray<string>): Effect.Effect<string, NotManaged> =>
    run([...always, "-C", folder, ...args], folder, environment).pipe(
      Effect.timeoutOrElse({
        duration: bounds.milliseconds,
        orElse: () =>
          Effect.fail(new NotManaged({ message: `git was not done with it after ${bounds.milliseconds / 1000} s` }))
      })
    )
}

/** Interrupting it ends git and all that it started. */
const run = (args: ReadonlyArray<string>, folder: string, env: Environment): Effect.Effect<string, NotManaged> =>
  Effect.callback((resume) => {
    // A process group of its own, so that all of it can be ended.
    const child = spawn("git", args, { env, detached: true, windowsHide: true, stdio: ["ignore", "pipe", "pipe"] })
    const [stdout, stderr] = [gathered(child.stdout), gathered(child.stderr)]
    const fail = (message: string): void => resume(Effect.fail(new NotManaged({ message })))
    const weighing = setInterval(() => {
      if (packed(folder) <= bounds.bytes) return
      kill(child)
      resume(Effect.fail(tooLarge("the repository")))
    }, 200)
    const closed = new Promise<void>((resolve) => child.once("close", () => resolve()))
    child.once("error", ({ message }) => fail(`git cannot be run: ${message}; it must be installed`))
    child.once("close", (code) => {
      clearInterval(weighing)
      // What is not known of it cannot be weighed.
      if (stdout.isCut()) resume(Effect.fail(tooLarge("the repository")))
      else if (code === 0) resume(Effect.succeed(stdout.text()))
      else fail(`git cannot fetch it: ${saidBy(stderr.text())}`)
    })
    return Effect.promise(async () => {
      clearInterval(weighing)
      if (child.pid === undefined) return
      kill(child)
      await closed
    })
  })

const saidBy = (stderr: string): string =>
  stderr
    .split("\n")
    .filter((line) => /^(fatal|error|ERROR|ssh): |^remote: .*\S/.test(line))
    .slice(0, 3)
    .join("; ") || "it does not say why"

/** Bytes that have arrived. */
const packed = (folder: string): number => {
  const packs = join(folder, ".git", "objects", "pack")
  try {
    return readdirSync(packs)
      .map((name) => statSync(join(packs, name), { throwIfNoEntry: false })?.size ?? 0)
      .reduce((sum, size) => sum + size, 0)
  } catch {
    return 0
  }
}

/** Bytes of what git may say. */
const mostOutput = 16 * 1024 * 1024

const gathered = (stream: NodeJS.ReadableStream) => {
  const parts: Array<Buffer> = []
  let bytes = 0
  stream.on("data", (part: Buffer) => {
    bytes += part.length
    if (bytes <= mostOutput) parts.push(part)
  })
  return { text: () => Buffer.concat(parts).toString("utf8"), isCut: () => bytes > mostOutput }
}

const kill = (child: ChildProcess): void => {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL")
  } catch {
    // It has ended by itself in the meantime.
  }
}
