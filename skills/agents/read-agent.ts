/**
 * What an agent's file says of itself, in the format of Claude Code's subagents (https://code.claude.com/docs/en/sub-agents): YAML
 * between two lines `---`, and below it what the agent is told.
 */
import { basename } from "node:path"
import type { AgentFile } from "../../plugins/agent-files.ts"
import { allowedTools, withheldTools } from "../allowed-tools.ts"
import { type Field, fieldsOf, isSpecName, textOf, type Words, yesOrNo } from "../fields.ts"
import { firstParagraph } from "../first-paragraph.ts"
import { readFrontmatter } from "../frontmatter.ts"

/** What a file says, wherever it lies. */
export type ToldAgent = Omit<AgentFile, "path" | "source" | "trusted">

export interface ReadAgent {
  readonly told: ToldAgent
  /** Without frontmatter. */
  readonly body: string
}

/** Fields that change what an agent does elsewhere and not here. */
const unsupported = ["effort", "hooks", "initial-prompt", "isolation", "mcp-servers", "memory"]

/** Characters of a name, and of a description. */
const longest = { name: 128, description: 8_000 } as const

/** Rounds. */
const mostTurns = 1_000

/**
 * @param text Without byte order mark, lines ending in `\n`.
 * @param plugin Name of the plugin that brings it.
 * @returns why it cannot be used; `undefined` when it is meant to be no agent.
 */
export const readAgent = (text: string, path: string, plugin?: string): ReadAgent | string | undefined => {
  const file = basename(path).replace(/(?:\.agent)?\.md$/i, "")
  if (text.trim() === "") return "it is empty"
  const read = readFrontmatter(text)
  if (typeof read === "string") return read
  if (!read.present && /^(?:agents|changelog|claude|contributing|index|license|readme)$/i.test(file)) return undefined
  const field = fieldsOf(read.fields)
  const named = nameIn(field, file)
  const described = descriptionIn(field, read.body, read.present)
  if (described === undefined) return "it has neither a description nor a text"
  const warnings = [
    ...read.warnings,
    ...(read.present ? [] : ["it has no frontmatter: its name is its file's, its first paragraph says what it is for"]),
    ...(read.body.trim() === "" ? ["there is nothing below its frontmatter, so it is told nothing"] : []),
    ...named.warnings,
    ...described.warnings
  ]
  const { told, notes } = limitsIn(field)
  const name = plugin === undefined ? named.text : `${plugin}:${named.text}`
  return { told: { ...told, name, description: described.text, warnings: [...warnings, ...notes] }, body: read.body }
}

const nameIn = (field: Field, file: string): Words => {
  const written = textOf(field("name"))
  const name = (written || textOf(file) || "agent").slice(0, longest.name)
  const missing =
    field("name") === undefined ? "it has no name: it is its file's" : "its name is no text: it is its file's"
  return {
    text: name,
    warnings: [
      ...(written === "" ? [missing] : []),
      ...(isSpecName(name) ? [] : ["its name is not only small letters, digits and single hyphens"])
    ]
  }
}

const descriptionIn = (field: Field, body: string, present: boolean): Words | undefined => {
  // Written in one line by other programs, with the signs for new ones.
  const written = textOf(textOf(field("description")).replaceAll("\\n", " "))
  if (written !== "") return { text: written.slice(0, longest.description), warnings: [] }
  const text = firstParagraph(body)
  const warnings = present ? ["it has no description: its first paragraph stands in"] : []
  return text === "" ? undefined : { text, warnings }
}

type Limits = Omit<ToldAgent, "name" | "description" | "warnings">

const limitsIn = (field: Field): { readonly told: Limits; readonly notes: ReadonlyArray<string> } => {
  const tools = toolsIn(field("tools"))
  const withheld = withheldTools(field("disallowed-tools"), plainly, "disallowedTools")
  const turns = turnsIn(field("max-turns"))
  const mode = modeIn(textOf(field("permission-mode")))
  const background = yesOrNo(field("background"))
  const model = textOf(field("model"))
  const ignored = unsupported.filter((name) => field(name) !== undefined).map(camel)
  return {
    told: {
      ...(tools.rules === undefined ? {} : { tools: tools.rules }),
      withheld: withheld.rules ?? [],
      ...(model === "" || model === "inherit" ? {} : { model }),
      ...(turns.value === undefined ? {} : { maxTurns: turns.value }),
      ...(mode.value === undefined ? {} : { permissionMode: mode.value }),
      skills: namesIn(field("skills")),
      background: background === true
    },
    notes: [
      ...(ignored.length === 0 ? [] : [`not supported here: ${ignored.join(", ")}`]),
      ...tools.warnings,
      ...withheld.warnings,
      ...turns.notes,
      ...mode.notes,
      ...(background === "unclear" ? ["background is neither true nor false; taken as false"] : [])
    ]
  }
}

const plainly = (pattern: string): string => pattern

/** Tools that are of no use, or cannot be reached, without others that permit nothing by themselves. */
const companions: ReadonlyArray<readonly [of: RegExp, ReadonlyArray<string>]> = [
  [/^execute_bash\b/, ["job_output", "job_stop"]],
  [/^mcp_/, ["mcp_search_tools", "mcp_call_tool"]]
]

const toolsIn = (value: unknown): ReturnType<typeof allowedTools> => {
  const { rules, warnings } = allowedTools(value, plainly, "tools")
  // An empty list is said on purpose, an empty line is not.
  const isSaid = Array.isArray(value) || textOf(value) !== ""
  if (rules === undefined) return isSaid && !String(value).includes("*") ? { rules: [], warnings } : { warnings }
  const besides = companions.flatMap(([of, tools]) => (rules.some((rule) => of.test(rule)) ? tools : []))
  return { rules: [...new Set([...rules, ...besides])], warnings }
}

interface Noted<Value> {
  readonly value?: Value
  readonly notes: ReadonlyArray<string>
}

const turnsIn = (value: unknown): Noted<number> => {
  const text = textOf(value)
  if (value === undefined || text === "") return { notes: [] }
  const turns = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (turns === 0) return { notes: ["maxTurns is no number of rounds, so it is left out"] }
  return { value: Math.min(turns, mostTurns), notes: [] }
}

/** Only what is stricter than the session is taken: a file does not decide what is asked. */
const modeIn = (mode: string): Noted<"plan" | "dontAsk"> => {
  if (mode === "plan" || mode === "dontAsk") return { value: mode, notes: [] }
  if (mode === "" || mode === "default" || mode === "manual") return { notes: [] }
  return { notes: [`permissionMode ${JSON.stringify(mode.slice(0, 40))} is left out: the session's own mode holds`] }
}

const namesIn = (value: unknown): ReadonlyArray<string> => {
  const names = Array.isArray(value) ? value.map(textOf) : textOf(value).split(/[\s,]+/)
  return [...new Set(names.filter((name) => name !== ""))]
}

const camel = (name: string): string => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
