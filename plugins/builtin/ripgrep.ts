/** ripgrep as a child process: an argument array, no shell, no configuration of its own; read line by line and stopped early. */
import { spawn } from "node:child_process"
import { PortError } from "../ports.ts"
import { type Answer, refuse } from "../tool.ts"

export interface RipgrepOptions {
  /** Real folder to search in. */
  readonly cwd: string
  readonly signal: AbortSignal
  /** What ends a line of output; `\0` for lists of files. */
  readonly separator: "\n" | "\0"
  /** @returns false when no more is wanted. */
  readonly onLine: (line: string) => boolean
}

export interface RipgrepResult {
  /** 0: something was found, 1: nothing, 2: trouble; `undefined`: it was stopped. */
  readonly code: number | undefined
  readonly trouble: string
}

/** The answer when the signal came. */
export const cancelled: Answer = refuse("cancelled", "cancelled before the search had ended")

/** Finds the program: the one that came with us, else one on the PATH. */
export type Locate = () => Promise<string>

/** Loaded late: where the platform's package is missing, importing it throws. */
export const locate: Locate = () =>
  import("@vscode/ripgrep").then(
    ({ rgPath }) => rgPath,
    () => "rg"
  )

/** Hidden files are part of a project; what git ignores is not, also where there is no repository. */
export const scope = ["--no-config", "--hidden", "--no-require-git", "--glob=!.git"] as const

/** @throws PortError `missing_dependency` when there is no ripgrep. */
export const ripgrep = async (
  find: Locate,
  args: ReadonlyArray<string>,
  options: RipgrepOptions
): Promise<RipgrepResult> => {
  const { cwd, signal, separator, onLine } = options
  // HOME for the user's own ignore file, PATH for an `rg` that is found there; it needs nothing else.
  const child = spawn(await find(), args, {
    cwd,
    signal,
    env: { HOME: process.env.HOME, PATH: process.env.PATH },
    stdio: ["ignore", "pipe", "pipe"]
  })
  let trouble = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    trouble = (trouble + text).slice(0, 4000)
  })
  let rest = ""
  let wanted = true
  const take = (line: string): void => {
    wanted = wanted && onLine(line)
    if (!wanted) child.kill()
  }
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split(separator)
    rest = lines.pop() ?? ""
    for (const line of lines) if (wanted) take(line)
  })
  return new Promise((resolve, reject) => {
    child.on("error", (error) => {
      if (!signal.aborted) reject(failure(error, cwd))
    })
    child.on("close", (code) => {
      if (rest !== "" && wanted) take(rest)
      resolve({ code: wanted ? (code ?? undefined) : undefined, trouble: trouble.replace(/^rg: /, "").trim() })
    })
  })
}

const failure = (cause: Error, cwd: string): PortError => {
  if (!("code" in cause) || cause.code !== "ENOENT") {
    return new PortError("execution_error", `ripgrep cannot be started in ${cwd}: ${cause.message}`, { cause })
  }
  const platform = `${process.platform}-${process.arch}`
  const advice = `install @vscode/ripgrep-${platform} beside kintsugi, or ripgrep itself so that rg is on the PATH`
  return new PortError("missing_dependency", `ripgrep is missing: ${advice}`, { cause })
}
