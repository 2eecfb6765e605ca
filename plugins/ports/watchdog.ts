/**
 * Ends what we started when we are gone. `process.on("exit")` does it when Node leaves in order; a small shell process
 * does it when we die without a word (kill -9, a crash): it reads which groups run from a pipe and kills them at its end.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import { rmSync } from "node:fs"
import { signal, type Tree } from "./process-tree.ts"

/** Begins the mark of everything that this process starts; another copy of this module has another one. */
export const ourMark = `:${randomUUID()}.`

const running = new Set<Tree>()
let watchdog: ChildProcess | undefined
let listening = false

/** From now on it is killed when we end. @returns call it when the tree is gone. */
export const guard = (tree: Tree): (() => void) => {
  running.add(tree)
  if (!listening) process.on("exit", killAll)
  listening = true
  tell(`+ ${tree.group}`)
  return () => {
    running.delete(tree)
    tell(`- ${tree.group}`)
  }
}

/** From now on it is removed when we end, with what is in it. */
export const guardFolder = (path: string): string => {
  process.on("exit", () => rmSync(path, { recursive: true, force: true }))
  tell(`d ${path}`)
  return path
}

/** The mark alone finds also what left its group, of commands that are long over. */
const killAll = (): void => {
  for (const tree of running) signal(tree, "SIGKILL")
  signal({ mark: ourMark }, "SIGKILL")
}

/** A process that left its group is found by the mark in its environment, where there is /proc. */
const script = `
trap "" INT TERM HUP
groups=
folder=
while read -r word group; do
  case $word in
    d) folder=$group ;;
    +) groups="$groups $group" ;;
    -) rest=; for one in $groups; do [ "$one" = "$group" ] || rest="$rest $one"; done; groups=$rest ;;
  esac
done
[ -z "$folder" ] || rm -rf "$folder"
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
  child.on("error", forget).on("exit", forget)
  child.stdin?.on("error", forget)
  child.unref()
  if (child.stdin !== null && "unref" in child.stdin && typeof child.stdin.unref === "function") child.stdin.unref()
  return child
}
