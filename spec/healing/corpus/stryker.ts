/** Faults that nobody of this project chose: what Stryker's instrumenter finds to change, each written into the source as plain code. */
import { Instrumenter } from "@stryker-mutator/instrumenter"
import type { Mutation } from "./mutators/mutator.ts"

const silent = () => {}
const isOff = () => false

const logger = {
  isTraceEnabled: isOff,
  isDebugEnabled: isOff,
  isInfoEnabled: isOff,
  isWarnEnabled: isOff,
  isErrorEnabled: isOff,
  isFatalEnabled: isOff,
  trace: silent,
  debug: silent,
  info: silent,
  warn: silent,
  error: silent,
  fatal: silent
}

interface Position {
  readonly line: number
  readonly column: number
}

const offsetOf = (lines: ReadonlyArray<string>, { line, column }: Position): number =>
  lines.slice(0, line).reduce((sum, text) => sum + text.length + 1, 0) + column

const short = (text: string): string => (text.length > 50 ? `${text.slice(0, 49)}…` : text).replace(/\s+/g, " ")

export const strykerMutations = async (file: string, source: string): Promise<ReadonlyArray<Mutation>> => {
  const instrumenter = new Instrumenter(logger)
  const options = { plugins: [], ignorers: [], excludedMutations: [], noHeader: true }
  const { mutants } = await instrumenter.instrument([{ name: file, mutate: true, content: source }], options)
  const lines = source.split("\n")
  return mutants.flatMap(({ mutatorName, replacement, location, status }) => {
    if (status === "Ignored") return []
    const [start, end] = [offsetOf(lines, location.start), offsetOf(lines, location.end)]
    const what = `${short(source.slice(start, end))} → ${short(replacement) || "nothing"}`
    return [
      {
        mutator: mutatorName,
        file,
        line: location.start.line + 1,
        what,
        text: source.slice(0, start) + replacement + source.slice(end)
      }
    ]
  })
}
