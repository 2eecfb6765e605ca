/** Which calls and occasions a hook is for. */
import { forbids, type Subject } from "../permission/call-match.ts"
import { fullPath } from "../permission/path-pattern.ts"
import { readShell, type ShellLine } from "../permission/shell-command.ts"
import { ourRules } from "../foreign-tools.ts"
import { inTime } from "../mcp/in-time.ts"
import { type Fields, isFields } from "./fields.ts"
import { isPlain, patternOf } from "./matcher.ts"

/**
 * The first of the names that it matches; a regular expression may match anywhere in one.
 *
 * @throws whatever keeps the expression from being asked: it cannot be read, or takes too long.
 */
export const matched = (matcher: string, names: ReadonlyArray<string>): string | undefined => {
  const wanted = matcher.trim()
  if (wanted === "" || wanted === "*") return names[0]
  if (isPlain(matcher)) {
    const listed = matcher.split(/[|,]/).map((name) => name.trim())
    return names.find((name) => listed.includes(name))
  }
  return inTime(() => {
    const pattern = patternOf(matcher)
    return names.find((name) => pattern.test(name))
  })
}

/** A call as `if` looks at it. */
export interface Call {
  readonly tool: string
  readonly input: unknown
  readonly cwd: string
}

/** Whether a hook's `if` lets it be asked: also when nobody can tell, since it may be a guard. */
export const mayConcern = async (condition: string, { tool, input, cwd }: Call): Promise<boolean> => {
  const rules = ourRules(condition.trim()).flatMap(anyDepth)
  if (rules.length === 0) return true
  const fields = isFields(input) ? input : {}
  const command = textIn(fields, "command")
  const path = textIn(fields, "path")
  let line: Promise<ShellLine> | undefined
  const subject: Subject = {
    tool,
    // What names nothing is not ruled out.
    risk: "execute",
    cwd,
    command,
    line: () => (line ??= readShell(command ?? "")),
    paths: path === undefined ? [] : [fullPath(path, cwd)],
    url: textIn(fields, "url")
  }
  const [match] = await forbids(rules, subject)
  return match !== "no"
}

const textIn = (fields: Fields, name: string): string | undefined => {
  const value = fields[name]
  return typeof value === "string" ? value : undefined
}

/** There, a name without a folder is that of a file in any. */
const anyDepth = (rule: string): ReadonlyArray<string> => {
  const [, tool, pattern] = /^(read_file|edit_file|write_file|glob|grep|list_files)\(([^/]+)\)$/.exec(rule) ?? []
  return tool === undefined ? [rule] : [rule, `${tool}(**/${pattern})`]
}
