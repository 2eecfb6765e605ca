/** A key that a command of the user's prints, such as `!pass show openai`. */
import type { ChildProcess } from "node:child_process"
import { homedir } from "node:os"
import { isAbsolute } from "node:path"
import { stripVTControlCharacters } from "node:util"
import type { Environment } from "./environment.ts"
import { learn } from "./learnt.ts"
import { Misconfigured } from "./misconfigured.ts"
import { redact } from "./redact.ts"
import { isSendable } from "./sendable.ts"

/** Milliseconds that it may take: a password manager may have to be unlocked, but nobody can be asked here. */
const patience = 10_000

/** Milliseconds in which the rest of its output must arrive: what it left running may hold the pipe open. */
const drain = 500

/** Characters of its output; a key is shorter. */
const most = 64_000

/** By environment, so that two runtimes of one process do not share their keys. */
const printed = new WeakMap<Environment, Map<string, Promise<string>>>()

/**
 * The first line that it prints. It runs once for each environment, and again when a server refused what it printed: a
 * token may have run out. A failure is forgotten, so that the next request may find the password manager unlocked. It is
 * the user's own command and gets the user's own environment, and it runs in the home folder, so that it means the same
 * everywhere.
 *
 * @param written `!command`, as the user wrote it. @param refused What it printed before and a server did not take.
 * @throws Misconfigured (as a rejection) that names the command and what it said last, never what it printed.
 */
export const printedKey = async (
  written: string,
  provider: string,
  env: Environment,
  refused?: string
): Promise<string> => {
  const known = printed.get(env) ?? new Map<string, Promise<string>>()
  printed.set(env, known)
  const command = written.trim().slice(1).trim()
  const before = known.get(command)
  // Whoever was refused first runs it for all.
  if (before !== undefined && refused !== undefined && (await before.catch(() => "")) === refused) {
    if (known.get(command) === before) known.delete(command)
  }
  const fetched = known.get(command) ?? run(command, provider, env)
  known.set(command, fetched)
  fetched.catch(() => known.delete(command))
  return fetched
}

const run = async (command: string, provider: string, env: Environment): Promise<string> => {
  const failed = (what: string) =>
    new Misconfigured(provider, `the key for ${provider} could not be had: \`${redact(command, [])}\` ${what}`)
  if (command === "") throw failed("is no command; write it behind the !")
  const { ending, stdout, stderr } = await outputOf(command, env)
  const key = stdout.split("\n", 1)[0]?.trim() ?? ""
  if (key !== "") learn(key)
  const said = lastLine(stderr)
  const why = said === "" ? "" : `: ${redact(said, [])}`
  if (ending !== "0") throw failed(`${ending}${why}; try it in a terminal`)
  if (key === "") throw failed(`printed nothing${why}; it must print the key on its first line`)
  if (!isSendable(key)) throw failed("printed a first line that is no key: it holds spaces or other signs")
  return key
}

const lastLine = (text: string): string =>
  stripVTControlCharacters(text)
    .split("\n")
    .map((line) => line.replace(/[^\P{Cc}]/gu, "").trim())
    .findLast((line) => line !== "") ?? ""

interface Output {
  /** `0`, or how it ended, as a sentence goes on. */
  readonly ending: string
  readonly stdout: string
  readonly stderr: string
}

const outputOf = async (command: string, env: Environment): Promise<Output> => {
  const { spawn } = await import("node:child_process")
  const options = { cwd: homeOf(env), env: { ...env }, stdio: ["ignore", "pipe", "pipe"] as const, windowsHide: true }
  const child =
    process.platform === "win32"
      ? spawn(command, { ...options, stdio: [...options.stdio], shell: true })
      : spawn(shellOf(env), ["-c", command], { ...options, stdio: [...options.stdio], detached: true })
  const [stdout, stderr] = [child.stdout, child.stderr].map(collected) as [() => string, () => string]
  const ending = await endOf(child)
  return { ending, stdout: stdout(), stderr: stderr() }
}

const homeOf = ({ HOME = "" }: Environment): string => (isAbsolute(HOME) ? HOME : homedir())

const shellOf = ({ SHELL = "" }: Environment): string => (isAbsolute(SHELL) ? SHELL : "/bin/sh")

const collected = (stream: NodeJS.ReadableStream | null): (() => string) => {
  let text = ""
  stream?.setEncoding("utf8").on("data", (piece: string) => {
    if (text.length < most) text += piece
  })
  return () => text
}

/** Its end, when also its output has ended or has been waited for. */
const endOf = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    const clocks: Array<NodeJS.Timeout> = []
    const end = (ending: string): void => {
      clocks.forEach(clearTimeout)
      child.stdout?.destroy()
      child.stderr?.destroy()
      resolve(ending)
    }
    clocks.push(
      setTimeout(() => {
        kill(child)
        end(`took longer than ${patience / 1000} s`)
      }, patience)
    )
    child.on("error", (error) => end(`could not be run: ${error.message}`))
    child.on("exit", (code, signal) => {
      const ending = code === 0 ? "0" : code === null ? `was killed by ${signal}` : `ended with ${code}`
      child.on("close", () => end(ending))
      clocks.push(setTimeout(end, drain, ending))
    })
  })

/** With all that it started. */
const kill = (child: ChildProcess): void => {
  try {
    if (child.pid !== undefined && process.platform !== "win32") process.kill(-child.pid, "SIGKILL")
    else child.kill("SIGKILL")
  } catch {
    child.kill("SIGKILL")
  }
}
