/**
 * Tools as Claude Code calls them, and as we do: for rules and hooks that were written for it. What stands in no row keeps its name: it may
 * be a plugin's tool.
 */
import { fit } from "./mcp/names.ts"
import { readRule } from "./permission/rule.ts"

interface Row {
  readonly theirs: string
  readonly ours: ReadonlyArray<string>
  /** Tools that whoever permits theirs permits as well. */
  readonly besides?: ReadonlyArray<string>
}

const agents = ["background_list", "background_output", "background_stop"]

/** Of several names for one tool of ours the first is the present one. */
const rows: ReadonlyArray<Row> = [
  { theirs: "Bash", ours: ["execute_bash"] },
  { theirs: "Shell", ours: ["execute_bash"] },
  { theirs: "Read", ours: ["read_file"] },
  { theirs: "Write", ours: ["write_file"] },
  { theirs: "Edit", ours: ["edit_file"] },
  { theirs: "MultiEdit", ours: ["edit_file"] },
  { theirs: "Glob", ours: ["glob"] },
  { theirs: "Grep", ours: ["grep"] },
  { theirs: "LS", ours: ["list_files"] },
  { theirs: "Agent", ours: ["task"], besides: agents },
  { theirs: "Task", ours: ["task"], besides: agents },
  { theirs: "Skill", ours: ["use_skill"] },
  { theirs: "SlashCommand", ours: ["use_skill"] },
  { theirs: "TodoWrite", ours: ["plan_task", "execute_plan", "reflect_and_revise"] },
  { theirs: "WebFetch", ours: ["web_fetch", "read_page"] },
  { theirs: "WebSearch", ours: ["web_search"] },
  { theirs: "BashOutput", ours: ["job_output"] },
  { theirs: "TaskOutput", ours: ["background_output", "job_output"] },
  { theirs: "KillShell", ours: ["job_stop"] },
  { theirs: "KillBash", ours: ["job_stop"] },
  { theirs: "TaskStop", ours: ["background_stop", "job_stop"] },
  { theirs: "ListMcpResourcesTool", ours: ["mcp_list_resources"] },
  { theirs: "ReadMcpResourceTool", ours: ["mcp_read_resource"] }
]

/** Capitals count like small letters. Names of MCP servers and their tools may hold `*`. */
export const ourTools = (name: string): ReadonlyArray<string> => {
  const row = rows.find(({ theirs }) => theirs.toLowerCase() === name.toLowerCase())
  if (row !== undefined) return [...row.ours, ...(row.besides ?? [])]
  const [, server, tool] = /^mcp__(.+?)(?:__(.+))?$/.exec(name) ?? []
  if (server === undefined) return [name]
  return [`mcp_${fitting(server)}_${fitting(tool)}`]
}

const fitting = (pattern = "*"): string => pattern.replace(/[^*]+/g, fit)

/**
 * What Claude Code may call a tool of ours, the likeliest first; ours last. Of an MCP server's tool each way of cutting its name: where
 * the server's ends cannot be seen in it.
 */
export const theirNames = (tool: string): ReadonlyArray<string> => {
  const known = rows.flatMap(({ theirs, ours }) => (ours.includes(tool) ? [theirs] : []))
  const rest = known.length === 0 && tool.startsWith("mcp_") ? tool.slice("mcp_".length) : ""
  const cuts = [...rest.matchAll(/_/g)].flatMap(({ index }) => {
    const [server, name] = [rest.slice(0, index), rest.slice(index + 1)]
    return server === "" || name === "" ? [] : [`mcp__${server}__${name}`]
  })
  return [...known, ...cuts, tool]
}

const fileTools: ReadonlyArray<string> = ["read_file", "edit_file", "write_file", "glob", "grep", "list_files"]

/**
 * A permission rule as Claude Code writes it, `Bash(git *)`, as rules of ours.
 *
 * @param fill What stands for signs in its pattern. @returns none when it cannot be read.
 */
export const ourRules = (
  rule: string,
  fill: (pattern: string) => string = (pattern) => pattern
): ReadonlyArray<string> => {
  const [, name, pattern] = /^([\w*.:-]+)(?:\(([^]*)\))?$/.exec(rule) ?? []
  if (name === undefined) return []
  const said = pattern === undefined || /^\s*(?:\*|:\*|\*\*)?\s*$/.test(pattern) ? undefined : fill(pattern.trim())
  return ourTools(name)
    .map((tool) =>
      said === undefined || (tool !== name && !hasPatterns(tool)) ? tool : `${tool}(${adapted(tool, said)})`
    )
    .filter((one) => readRule(one).problem === undefined)
}

const hasPatterns = (tool: string): boolean =>
  tool === "execute_bash" || tool === "web_fetch" || tool === "read_page" || fileTools.includes(tool)

/** `git:*` is `git` with whatever follows; of a script's name, `npm run test:*`, also all that begin with it, which we write alike. */
const adapted = (tool: string, pattern: string): string => {
  if (tool === "execute_bash") return /\brun \S+:\*$/.test(pattern) ? pattern : pattern.replace(/\s*:\*$/, " *")
  // There `/` is the project's folder, and `//` the root.
  return fileTools.includes(tool) && pattern.startsWith("/") ? pattern.slice(1) || "**" : pattern
}
