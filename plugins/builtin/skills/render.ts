/**
 * A skill's text as it is read at last: its commands have run and their output stands in their place, the files that it names stand
 * behind it. Whoever calls this has had it permitted. What comes in is not looked into again.
 */
import { type ExecResult, PortError } from "../../ports.ts"
import type { BodyPart, SkillText } from "../../skills.ts"
import type { ToolContext } from "../../tool.ts"

export type RenderContext = Pick<ToolContext, "files" | "exec" | "signal">

/** Milliseconds for one command, as documented for Claude Code, and for all. */
const patience = { one: 120_000, all: 300_000 } as const
/** Characters of one output or file. */
const longestOutput = 30_000
/** Bytes of a file that is looked into. */
const longestFile = 4 * 1024 * 1024

/**
 * @param most Characters of all that comes in.
 * @returns why it cannot be followed: as in Claude Code a command that fails keeps the whole text from being read.
 */
export const rendered = async (text: SkillText, context: RenderContext, most: number): Promise<SkillText | string> => {
  const room = { left: most }
  const body: Array<string> = []
  const until = AbortSignal.any([context.signal, AbortSignal.timeout(patience.all)])
  for (const part of text.parts) {
    if (!("command" in part)) body.push("text" in part ? part.text : part.sign)
    else {
      const ran = await outputOf(part.command, { ...context, signal: until })
      if ("failure" in ran) return ran.failure
      body.push(fitted(ran.output, room))
    }
  }
  const behind = await filesBehind(text.parts, context, room)
  return { ...text, body: [body.join("").trim(), ...behind].join("\n\n") }
}

const outputOf = async (
  command: string,
  { exec, signal }: Pick<ToolContext, "exec" | "signal">
): Promise<{ readonly output: string } | { readonly failure: string }> => {
  const failed = (why: string, output = ""): { readonly failure: string } => ({
    failure: [`its command ${JSON.stringify(command.slice(0, 500))} ${why}`, output.trim().slice(-2_000)]
      .join("\n")
      .trim()
  })
  try {
    const result = await exec.run(command, { signal, timeout: patience.one })
    if (signal.aborted) return failed("was stopped")
    if (result.timedOut) return failed(`was stopped after ${patience.one / 1000} s`, result.output)
    if (isFine(command, result)) return { output: result.output.replace(/\n+$/, "") }
    const how = result.code === undefined ? `ended by signal ${result.signal}` : `failed with exit code ${result.code}`
    return failed(how, result.output)
  } catch (error) {
    if (error instanceof PortError) return failed(`was not run: ${error.message}`)
    throw error
  }
}

/** Those that search and compare say with 1 that they have found nothing, or a difference. */
const isFine = (command: string, { code }: ExecResult): boolean => {
  const [last = ""] = command
    .trim()
    .split(/\|\||&&|[|;\n]/)
    .slice(-1)
  return code === 0 || (code === 1 && /^\s*(?:[ef]?grep|rg|ag|find|diff|cmp|test|\[|git\s+(?:diff|grep))\s/.test(last))
}

interface Room {
  /** Characters that still fit. */
  left: number
}

const fitted = (text: string, room: Room): string => {
  const length = Math.min(longestOutput, room.left)
  room.left -= Math.min(length, text.length)
  // What stands here ends no element of ours.
  const told = text
    .slice(0, length)
    .replace(/[\uD800-\uDBFF]$/, "")
    .replace(/<(?=\/(?:skill|file)>)/g, "<\\")
  return text.length <= length ? told : `${told}\n[${text.length - length} more characters are left out]`
}

/** The text of each file once; what cannot be read is said where it looks like a path. */
const filesBehind = async (
  parts: ReadonlyArray<BodyPart>,
  context: RenderContext,
  room: Room
): Promise<ReadonlyArray<string>> => {
  const named = new Set(parts.flatMap((part) => ("file" in part ? [part.file] : [])))
  const behind: Array<string> = []
  for (const path of named) {
    const read = await fileText(path, context)
    if (read === undefined) continue
    const name = read.path.replace(/[\s\p{Cc}"<>&]+/gu, " ")
    behind.push(
      "problem" in read ? `[@${name}: ${read.problem}]` : `<file path="${name}">\n${fitted(read.text, room)}\n</file>`
    )
  }
  return behind
}

type FileText = { readonly path: string } & ({ readonly text: string } | { readonly problem: string })

const fileText = async (path: string, { files }: RenderContext): Promise<FileText | undefined> => {
  try {
    const info = await files.stat(path)
    if (info === undefined) return looksLikePath(path) ? { path, problem: "there is no such file" } : undefined
    if (info.kind === "folder") return { path, problem: "it is a folder; list_files shows what is in it" }
    if (info.kind !== "file") return { path, problem: "it is no file" }
    if (info.size > longestFile) return { path, problem: `it has ${info.size} bytes; read_file shows parts of it` }
    const text = decoded(await files.read(path))
    return text === undefined ? { path, problem: "it is no text" } : { path, text }
  } catch (error) {
    if (error instanceof PortError) return { path, problem: error.message }
    throw error
  }
}

/** And not like `@param` or somebody's name. */
const looksLikePath = (path: string): boolean => /^(?:\.{0,2}\/|~\/)|\.\w{1,8}$/.test(path)

const decoded = (bytes: Uint8Array): string | undefined => {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes)
    return text.includes("\0") ? undefined : text.replace(/\r\n?/g, "\n").replace(/\n+$/, "")
  } catch {
    return undefined
  }
}
