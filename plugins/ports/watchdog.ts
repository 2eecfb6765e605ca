/**
 * Ends what we started when we are gone. `process.on("exit")` does it when Node leaves in order; a small shell process
 * does it when we die without a word (kill -9, a crash): it reads which groups run from a pipe and kills them at its end.
 * When the last runtime of this process is closed, none of that stays behind.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { rmSync } from "node:fs"
import { signal, type Tree } from "./process-tree.ts"

/** Begins the mark of everything that this process starts; another copy of this module has another one. */
export const ourMark = `:${randomUUID()}.`

const running = new Set<Tree>()
/** By path, whoever made it. */
const folders = new Map<string, () => void>()
let watchdog: ChildProcess | undefined
let listening = false
/** Runtimes that are open; absent: nobody counts them, and we end with the process. */
let employers: number | undefined

/**
 * What is started from now on is somebody's. @returns call it, once, when they have let go of all that they started; resolves when
 * nothing stays behind, if they were the last.
 */
export const employ = (): (() => Promise<void>) => {
  employers = (employers ?? 0) + 1
  return async () => {
    employers = (employers ?? 1) - 1
    await rest()
  }
}

/** From now on it is killed when we end. @returns call it when the tree is gone. */
export const guard = (tree: Tree): (() => void) => {
  running.add(tree)
  listen()
  tell(`+ ${tree.group}`)
  return () => {
    running.delete(tree)
    tell(`- ${tree.group}`)
    void rest()
  }
}

/** From now on it is removed when we end, with what is in it. @param forget Called when that has happened before our end. */
export const guardFolder = (path: string, forget: () => void): string => {
  folders.set(path, forget)
  listen()
  tell(`d ${path}`)
  return path
}

const listen = (): void => {
  if (!listening) process.on("exit", endAll)
  listening = true
}

/** The mark alone finds also what left its group, of commands that are long over. */
const endAll = (): void => {
  for (const tree of running) signal(tree, "SIGKILL")
  signal({ mark: ourMark }, "SIGKILL")
  for (const path of folders.keys()) rmSync(path, { recursive: true, force: true })
}

/** With nothing to guard, and nobody who could start something, there is no guard. */
const rest = async (): Promise<void> => {
  if (employers !== 0 || running.size > 0 || !listening) return
  process.off("exit", endAll)
  listening = false
  endAll()
  for (const gone of folders.values()) gone()
  folders.clear()
  const before = watchdog
  forget()
  if (before === undefined || before.exitCode !== null || before.signalCode !== null) return
  const gone = once(before, "exit").catch(() => {})
  // It would look for what we have just ended.
  before.kill("SIGKILL")
  before.stdin?.destroy()
  before.ref()
  await gone
}

/** A process that left its group is found by the mark in its environment, where there is /proc. */
const script = `
trap "" INT TERM HUP
groups=
folders=
lines="
"
while read -r word group; do
  case $word in
    d) folders=$folders$group$lines ;;
    +) groups="$groups $group" ;;
    -) rest=; for one in $groups; do [ "$one" = "$group" ] || rest="$rest $one"; done; groups=$rest ;;
  esac
done
( IFS=$lines; set -f; for folder in $folders; do rm -rf "$folder"; done )
for group in $groups; do kill -KILL "-$group"; done
for file in $(grep -lsF "$1" /proc/[0-9]*/environ); do file=\${file#/proc/}; kill -KILL "\${file%/environ}"; done
`

/** Started with the first command, in a session of its own so that Ctrl-C does not reach it; it does not keep us alive. */
const tell = (line: string): void => {
  watchdog ??= start()
  watchdog?.stdin?.write(`${line}\n`)
}

const forget = () => {
  watchdog = undefined
}

const start = (): ChildProcess | undefined => {
  const child = spawn("sh", ["-c", script, "sh", ourMark], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"]
  })
  // Without it the exit handler still works; the next command starts a new one, which learns of that command only.
  const gone = () => (watchdog === child ? forget() : undefined)
  child.on("error", gone).on("exit", gone)
  child.stdin?.on("error", gone)
  child.unref()
  if (child.stdin !== null && "unref" in child.stdin && typeof child.stdin.unref === "function") child.stdin.unref()
  return child
}
