/** A program run through the host, its output read line by line, and stopped when nobody wants more. */
import { PortError, type ToolContext } from "kintsugi/plugin"
import { type Program, pathOf } from "./programs.ts"

/** Between single quotes a shell reads nothing but the closing one. */
const quote = (word: string): string => {
  if (word.includes("\0")) throw new PortError("invalid_arguments", "a pattern or path cannot hold a NUL character")
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

export const commandLine = (program: string, args: ReadonlyArray<string>): string =>
  [program, ...args].map(quote).join(" ")

/** Characters of a line; a longer one is a file that nobody reads. */
const longestLine = 1_000_000

/** @returns false when no more is wanted. */
type OnLine = (line: string) => boolean

/** @param folder Real path. @returns its exit code, `undefined` when it was stopped. @throws PortError without the program. */
export const lines = async (
  program: Program,
  args: ReadonlyArray<string>,
  folder: string,
  context: ToolContext,
  onLine: OnLine
): Promise<number | undefined> => {
  const enough = new AbortController()
  let rest = ""
  const stop = (): void => {
    rest = ""
    enough.abort()
  }
  const onOutput = (text: string): void => {
    if (enough.signal.aborted) return
    const all = (rest + text).split("\n")
    rest = all.pop() ?? ""
    if (!all.every(onLine) || rest.length > longestLine) stop()
  }
  const { code } = await context.exec.run(commandLine(pathOf(program), args), {
    cwd: folder,
    signal: AbortSignal.any([context.signal, enough.signal]),
    onOutput
  })
  if (context.signal.aborted) throw new PortError("execution_error", "cancelled before the search had ended")
  return enough.signal.aborted ? undefined : code
}
