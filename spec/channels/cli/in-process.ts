/** A command line in this process: what is typed at it, what it says, how it ends. */
import { PassThrough } from "node:stream"
import { run } from "../../../channels/cli/main.ts"
import type { World } from "../../actors/world.ts"

export interface Typed {
  readonly env?: Readonly<Record<string, string>>
  /** Piped in. */
  readonly input?: string
  /** Lines that are typed in a terminal, each when the next question is asked. */
  readonly answers?: ReadonlyArray<string>
  /** Called with each piece of standard output. */
  readonly onOut?: (piece: string) => void
  /** Of standard error. */
  readonly onErr?: (piece: string) => void
  /** Standard input that somebody writes to meanwhile. */
  readonly stdin?: PassThrough
}

export const commandLine =
  (world: World) =>
  async (args: ReadonlyArray<string>, { env = {}, input, answers, onOut, onErr, stdin: given }: Typed = {}) => {
    const isTTY = answers !== undefined
    const stdin = Object.assign(given ?? new PassThrough(), { isTTY })
    const [stdout, stderr] = [collecting(isTTY), collecting(isTTY)]
    if (onOut !== undefined) stdout.on("data", onOut)
    if (onErr !== undefined) stderr.on("data", onErr)
    if (!isTTY && given === undefined) stdin.end(input ?? "")
    const waiting = [...(answers ?? [])]
    // A question ends in `: ` or `] `; what is said in between does not.
    stderr.on("data", () => {
      if (/[:\]] $/.test(stderr.text()) && waiting.length > 0) stdin.write(`${waiting.shift()}\n`)
    })
    const io = {
      stdin,
      stdout,
      stderr,
      env: { HOME: world.home, OLLAMA_HOST: "http://127.0.0.1:9", ...env },
      cwd: world.cwd
    }
    const code = await run(args, io, "0")
    return { code, out: stdout.text(), err: stderr.text() }
  }

const collecting = (isTTY: boolean) => {
  const stream = new PassThrough({ encoding: "utf8" })
  let told = ""
  stream.on("data", (piece: string) => (told += piece))
  return Object.assign(stream, { isTTY, text: () => told })
}
