/** Questions of commands in a terminal: a line, a line that nobody sees, yes or no. */
import { createInterface } from "node:readline/promises"
import { Writable } from "node:stream"
import { CliError, type Io } from "./io.ts"

/** Standard input can be typed at, and the question can be seen. */
export const isInteractive = ({ stdin, stderr }: Io): boolean => Boolean(stdin.isTTY && stderr.isTTY)

/** @returns what was typed, trimmed; empty at the end of the input. @throws CliError 130 for ctrl-c. */
export const askLine = (io: Io, question: string): Promise<string> => ask(io, question, io.stderr)

/** The same without an echo. */
export const askHidden = async (io: Io, question: string): Promise<string> => {
  io.stderr.write(question)
  const nowhere = new Writable({ write: (_piece, _encoding, done) => done() })
  try {
    return await ask(io, "", nowhere)
  } finally {
    io.stderr.write("\n")
  }
}

/** Enter alone means yes. */
export const askYes = async (io: Io, question: string): Promise<boolean> =>
  /^(y(es)?)?$/i.test(await askLine(io, `${question} [Y/n] `))

const ask = async (io: Io, question: string, output: NodeJS.WritableStream): Promise<string> => {
  const lines = createInterface({ input: io.stdin, output, terminal: true, historySize: 0 })
  const { promise: ended, resolve, reject } = Promise.withResolvers<string>()
  lines.on("SIGINT", () => reject(new CliError(130, "")))
  lines.on("close", () => resolve(""))
  try {
    return (await Promise.race([lines.question(question), ended])).trim()
  } finally {
    lines.close()
  }
}
