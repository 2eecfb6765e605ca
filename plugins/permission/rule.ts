/** Permission rules as text: `tool` or `tool(pattern)`. */
import { readCommandPattern } from "./command-pattern.ts"
import { readPathPattern } from "./path-pattern.ts"

/** A rule, read as far as it can be without knowing what a call is about to do. */
export interface Rule {
  readonly text: string
  /** Name of a tool; `*` in it stands for any characters. */
  readonly tool: string
  /** Absent: the whole tool. */
  readonly pattern?: string
  /** What is wrong with the rule and what was expected, as far as the tool's name tells. */
  readonly problem?: string
}

export const readRule = (text: string): Rule => {
  const [, tool, pattern] = /^([\w*-]+)(?:\(([^]*)\))?$/.exec(text.trim()) ?? []
  if (tool === undefined) {
    // Badly written, it still has to forbid: the tool it seems to mean, or all.
    const [start = "*"] = /^[\w*-]+/.exec(text.trim()) ?? []
    return { text, tool: start, problem: "expected tool or tool(pattern), for example execute_bash(npm test *)" }
  }
  if (pattern === undefined) return { text, tool }
  const read = readPattern(tool, pattern)
  return typeof read === "string" ? { text, tool, pattern, problem: read } : { text, tool, pattern }
}

/** Tools whose patterns can only be of one kind. Of all others nobody knows it before they say what they are about to do. */
const kinds = new Map<string, (pattern: string) => unknown>([
  ["execute_bash", readCommandPattern],
  ["edit_file", readPathPattern],
  ["read_file", readPathPattern],
  ["write_file", readPathPattern],
  ["web_fetch", (pattern) => readDomain(pattern)]
])

const readPattern = (tool: string, pattern: string): unknown => {
  const read = kinds.get(tool)
  if (read !== undefined) return read(pattern)
  return pattern.trim() === "" ? "expected a pattern in the parentheses" : undefined
}

export const namesTool = (rule: Rule, tool: string): boolean =>
  new RegExp(`^${rule.tool.replaceAll("*", ".*")}$`).test(tool)

/** `domain:example.com` or `domain:*.example.com`, without the sign, in small letters. @returns what is wrong, if it is not one. */
export const readDomain = (pattern: string): { readonly domain: string } | string => {
  const [, wild = "", host = ""] = /^domain:(\*\.)?([^\s/?#@*]+)$/.exec(pattern) ?? []
  const url = URL.parse(`http://${host}`)
  if (url === null || host === "" || url.port !== "")
    return "expected domain:NAME, for example web_fetch(domain:example.com)"
  return { domain: wild + hostOf(url) }
}

/** As it is compared: small letters, punycode, no dot at the end. */
export const hostOf = (url: URL): string => url.hostname.replace(/\.$/, "")

/** Names that other agents give to their tools: a rule with one of them would silently forbid nothing. */
const foreignNames: Readonly<Record<string, string>> = {
  Bash: "execute_bash",
  Edit: "edit_file",
  MultiEdit: "edit_file",
  Read: "read_file",
  WebFetch: "web_fetch",
  Write: "write_file"
}

/**
 * Looks for badly written rules. They do no harm: in `allow` they are ignored, in `ask` and `deny` they count for the
 * whole tool. But nobody meant that.
 *
 * @returns one line for each, with what was expected.
 */
export const checkRules = (rules: ReadonlyArray<string>): ReadonlyArray<string> =>
  rules.flatMap((text) => {
    const { tool, problem = foreign(tool) } = readRule(text)
    return problem === undefined ? [] : [`${JSON.stringify(text)}: ${problem}`]
  })

const foreign = (tool: string): string | undefined =>
  Object.hasOwn(foreignNames, tool) ? `no tool is called ${tool}; expected ${foreignNames[tool]}` : undefined
