/** Runs one program and measures it from outside: bash knows the time of a child and all its children, /proc its memory. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import type { Readable } from "node:stream"
import { text } from "node:stream/consumers"

export interface Measured {
  /** Milliseconds since the Unix epoch, with fractions. */
  readonly startedAt: number
  /** Milliseconds. */
  readonly wall: number
  /** Milliseconds of user and system time, children included. */
  readonly cpu: number
  /** MiB of the program itself at its peak; `NaN` where there is no /proc. */
  readonly memory: number
  readonly stdout: string
}

/** Standard error of `time` goes to 3, that of the program where it would have gone. */
const timed = `TIMEFORMAT="%R %U %S"; echo "$EPOCHREALTIME" >&3; { time "$@" 2>&4 3>&- 4>&-; } 4>&2 2>&3`

const read = (file: string): string => {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return ""
  }
}

/** Linux keeps the peak itself, so a sample a little before the end is enough. @returns what stops it and gives MiB. */
const watchMemory = (shell: number): (() => number) => {
  let peak = Number.NaN
  const timer = setInterval(() => {
    const [child] = read(`/proc/${shell}/task/${shell}/children`).split(" ")
    const [, kib] = /VmHWM:\s+(\d+)/.exec(read(`/proc/${child}/status`)) ?? []
    if (kib !== undefined) peak = Number(kib) / 1024
  }, 10)
  return () => {
    clearInterval(timer)
    return peak
  }
}

/** @throws when the program fails. */
export const measure = async (
  command: ReadonlyArray<string>,
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> }
): Promise<Measured> => {
  const shell = spawn("bash", ["-c", timed, "bash", ...command], {
    cwd,
    env: { PATH: process.env.PATH, LC_ALL: "C", ...env },
    stdio: ["ignore", "pipe", "pipe", "pipe"]
  })
  const peak = watchMemory(shell.pid ?? 0)
  const [, out, errors, report] = shell.stdio as [null, Readable, Readable, Readable, undefined]
  const [stdout, stderr, times, [code]] = await Promise.all([
    text(out),
    text(errors),
    text(report),
    once(shell, "close")
  ])
  const memory = peak()
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}:\n${stdout}${stderr}`)
  const [start, seconds = ""] = times.trim().split("\n")
  const [wall = 0, user = 0, system = 0] = seconds.split(" ").map((value) => Number(value) * 1000)
  return { startedAt: Number(start) * 1000, wall, cpu: user + system, memory, stdout }
}

/** Two programs by turns, so that a slow minute of the machine meets both; the first pair warms caches and is dropped. */
export const interleave = async <Run>(
  runs: number,
  ours: () => Promise<Run>,
  floor: () => Promise<Run>
): Promise<{ readonly ours: ReadonlyArray<Run>; readonly floor: ReadonlyArray<Run> }> => {
  const pairs: Array<{ readonly ours: Run; readonly floor: Run }> = []
  for (let pair = 0; pair <= runs; pair++) pairs.push({ ours: await ours(), floor: await floor() })
  return { ours: pairs.slice(1).map((pair) => pair.ours), floor: pairs.slice(1).map((pair) => pair.floor) }
}
