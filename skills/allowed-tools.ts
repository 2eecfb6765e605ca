/**
 * `allowed-tools` in all its spellings (a list, words with blanks or commas between them, patterns in parentheses) as permission
 * rules of ours.
 */
import { fit } from "../plugins/mcp/names.ts"
import { readRule } from "../plugins/permission/rule.ts"

export interface Allowed {
  /** Absent: everything, or nothing was said. */
  readonly rules?: ReadonlyArray<string>
  readonly warnings: ReadonlyArray<string>
}

/** Other agents' names in small letters. What is not here keeps its name: it may be a plugin's tool. */
const ours: Readonly<Record<string, ReadonlyArray<string>>> = {
  agent: ["task", "background_list", "background_output", "background_stop"],
  bash: ["execute_bash"],
  bashoutput: ["job_output"],
  edit: ["edit_file"],
  glob: ["glob"],
  grep: ["grep"],
  killbash: ["job_stop"],
  killshell: ["job_stop"],
  listmcpresourcestool: ["mcp_list_resources"],
  ls: ["list_files"],
  multiedit: ["edit_file"],
  read: ["read_file"],
  readmcpresourcetool: ["mcp_read_resource"],
  shell: ["execute_bash"],
  skill: ["use_skill"],
  slashcommand: ["use_skill"],
  task: ["task", "background_list", "background_output", "background_stop"],
  taskoutput: ["background_output", "job_output"],
  taskstop: ["background_stop", "job_stop"],
  todowrite: ["plan_task", "execute_plan", "reflect_and_revise"],
  webfetch: ["web_fetch", "read_page"],
  websearch: ["web_search"],
  write: ["write_file"]
}

const fileTools: ReadonlyArray<string> = ["read_file", "edit_file", "write_file", "glob", "grep", "list_files"]

/** @param fill Puts the skill's own folder into patterns that name it. */
export const allowedTools = (value: unknown, fill: (pattern: string) => string): Allowed => {
  const texts = Array.isArray(value) ? value.map(String) : typeof value === "string" ? [value] : undefined
  if (texts === undefined)
    return value === undefined
      ? { warnings: [] }
      : { rules: [], warnings: ["allowed-tools is no text and no list: it allows nothing"] }
  const entries = texts.flatMap(split)
  if (entries.length === 0 || entries.includes("*")) return { warnings: [] }
  const read = entries.map((entry) => [entry, rulesFor(entry, fill)] as const)
  return {
    rules: [...new Set(read.flatMap(([, rules]) => rules))],
    warnings: read.flatMap(([entry, rules]) =>
      rules.length === 0 ? [`allowed-tools: ${JSON.stringify(entry)} cannot be read and allows nothing`] : []
    )
  }
}

/** At blanks and commas outside of parentheses and quotes. */
const split = (text: string): ReadonlyArray<string> => {
  const entries: Array<string> = []
  let entry = ""
  let depth = 0
  for (const character of text.replace(/^\s*\[([^]*)\]\s*$/, "$1").replace(/([\w*])\s+\(/g, "$1(")) {
    if (character === "(") depth++
    if (character === ")") depth--
    if (depth <= 0 && /[\s,]/.test(character)) {
      entries.push(entry)
      entry = ""
    } else entry += character
  }
  return [...entries, entry].map((one) => one.replace(/^(["'])(.*)\1$/, "$2")).filter((one) => one !== "")
}

const rulesFor = (entry: string, fill: (pattern: string) => string): ReadonlyArray<string> => {
  const [, name, pattern] = /^([\w*.:-]+)(?:\(([^]*)\))?$/.exec(entry) ?? []
  if (name === undefined) return []
  const tools = toolsFor(name)
  const said = pattern === undefined || /^\s*(?:\*|:\*|\*\*)?\s*$/.test(pattern) ? undefined : fill(pattern.trim())
  return tools
    .map((tool) =>
      said === undefined || (tool !== name && !hasPatterns(tool)) ? tool : `${tool}(${adapted(tool, said)})`
    )
    .filter((rule) => readRule(rule).problem === undefined)
}

const hasPatterns = (tool: string): boolean =>
  tool === "execute_bash" || tool === "web_fetch" || tool === "read_page" || fileTools.includes(tool)

const toolsFor = (name: string): ReadonlyArray<string> => {
  const known = name.toLowerCase()
  if (Object.hasOwn(ours, known)) return ours[known] ?? []
  const [, server, tool] = /^mcp__(.+?)(?:__(.+))?$/.exec(name) ?? []
  if (server === undefined) return [name]
  return [`mcp_${fit(server)}_${tool === undefined ? "*" : tool.replace(/[^*]+/g, fit)}`]
}

/** `git:*` is `git` with whatever follows; of a script's name, `npm run test:*`, also all that begin with it, which we write alike. */
const adapted = (tool: string, pattern: string): string => {
  if (tool === "execute_bash") return /\brun \S+:\*$/.test(pattern) ? pattern : pattern.replace(/\s*:\*$/, " *")
  // There `/` is the project's folder, and `//` the root.
  return fileTools.includes(tool) && pattern.startsWith("/") ? pattern.slice(1) || "**" : pattern
}
