/** What a SKILL.md says of itself: the fields of the Agent Skills specification and those that Claude Code adds. */
import { basename } from "node:path"
import { allowedTools, withheldTools } from "./allowed-tools.ts"
import { placesIn } from "./fill.ts"
import { commandOf, descriptionOf, type Field, fieldsOf, nameOf, textOf, type Words, yesOrNo } from "./fields.ts"
import { readFrontmatter } from "./frontmatter.ts"
import type { PluginOfRoot, Told } from "./skill.ts"

export interface ReadSkill {
  readonly told: Told
  /** Names of `$…` in its text, in their order. */
  readonly argumentNames: ReadonlyArray<string>
  /** Without frontmatter. */
  readonly body: string
  /** As they are written; absent: none. */
  readonly hooks?: unknown
  /** Shell that its commands are written for, when it is none of ours. */
  readonly foreignShell?: string
}

/** What a text cannot know of itself. */
export interface Standing {
  /** Absolute path of its folder. */
  readonly folder: string
  /** What a command is called by its path, `folder:file`; absent: it is a skill. */
  readonly command?: string | undefined
  /** Plugin that brings it. */
  readonly plugin?: PluginOfRoot | undefined
  /** Absolute path of the working folder. */
  readonly project?: string | undefined
}

/** Fields that change what a skill does elsewhere and not here. */
const unsupported = ["effort", "paths"]

/**
 * @param text Without byte order mark, lines ending in `\n`; perhaps only the beginning of the file.
 * @returns why it cannot be used.
 */
export const readSkill = (text: string, at: Standing): ReadSkill | string => {
  if (text.trim() === "") return "it is empty"
  const read = readFrontmatter(text)
  if (typeof read === "string") return read
  const field = fieldsOf(read.fields)
  const isCommand = at.command !== undefined
  const bare = read.present || isCommand ? [] : ["it has no frontmatter: its name is its folder's"]
  const description = descriptionOf(field, read.body, read.present && !isCommand) ?? bareCommand(at, read.body)
  if (description === undefined) return "it has neither a description nor a text"
  const empty = read.body.trim() === "" ? ["there is nothing below its frontmatter"] : []
  const named = called(field, at)
  const { told, notes } = optional(field, at)
  const isUntold = isCommand && textOf(field("description")) === ""
  const hooks = field("hooks")
  const shell = textOf(field("shell")).toLowerCase()
  return {
    told: {
      ...told,
      // A command that nobody described is begun by users alone, as in Claude Code.
      forModels: told.forModels && !isUntold,
      ...named.names,
      description: description.text,
      warnings: [...read.warnings, ...bare, ...empty, ...named.warnings, ...description.warnings, ...notes]
    },
    argumentNames: namesIn(field("arguments")),
    body: read.body,
    ...(told.hooks.length > 0 && { hooks }),
    ...(!["", "bash", "sh"].includes(shell) && { foreignShell: shell })
  }
}

/** Nothing but what is to be run or read: that is enough for a command. */
const bareCommand = ({ command }: Standing, body: string): Words | undefined =>
  command === undefined || body.trim() === "" ? undefined : { text: `Command ${command}.`, warnings: [] }

const called = (
  field: Field,
  { folder, command, plugin }: Standing
): { readonly names: Pick<Told, "kind" | "name" | "command">; readonly warnings: ReadonlyArray<string> } => {
  const { name, warnings } =
    command === undefined ? nameOf(field("name"), basename(folder)) : { name: textOf(command), warnings: [] }
  const prefix = plugin === undefined ? "" : `${plugin.name}:`
  const own = name.startsWith(prefix) ? name.slice(prefix.length) : name
  const typed =
    command === undefined
      ? commandOf(own, folder)
      : own
          .split(":")
          .map((part) => commandOf(part, "command"))
          .join(":")
  return {
    names: {
      kind: command === undefined ? "skill" : "command",
      name: `${prefix}${own}`,
      command: plugin === undefined ? typed : `${commandOf(plugin.name, folder)}:${typed}`
    },
    warnings
  }
}

type Optional = Omit<Told, "kind" | "name" | "command" | "description" | "warnings">

const optional = (field: Field, at: Standing): { readonly told: Optional; readonly notes: ReadonlyArray<string> } => {
  const notes: Array<string> = []
  const flag = (name: string, unsaid: boolean, unclear: boolean): boolean => {
    const read = yesOrNo(field(name))
    if (read === "unclear") notes.push(`${name} is neither true nor false; taken as ${String(unclear)}`)
    return read === "unclear" ? unclear : (read ?? unsaid)
  }
  const fill = placesIn({ folder: at.folder, project: at.project, plugin: at.plugin, session: undefined })
  const allowed = allowedTools(field("allowed-tools"), fill)
  const withheld = withheldTools(field("disallowed-tools"), fill)
  const forUsers = flag(field("user-invocable") === undefined ? "user-invokable" : "user-invocable", true, true)
  const forModels = !flag("disable-model-invocation", false, true)
  const context = textOf(field("context"))
  if (context !== "" && context !== "fork" && context !== "inherit")
    notes.push("context is not `fork`, so it is left out")
  const model = textOf(field("model"))
  const agent = textOf(field("agent"))
  const ignored = unsupported.filter((name) => field(name) !== undefined)
  if (ignored.length > 0) notes.push(`not supported here: ${ignored.join(", ")}`)
  const told: Optional = {
    forModels,
    forUsers,
    argumentHint: hintOf(field),
    ...(allowed.rules === undefined ? {} : { allowed: allowed.rules }),
    ...(withheld.rules === undefined ? {} : { withheld: withheld.rules }),
    ...(model === "" || model === "inherit" ? {} : { model }),
    fork: context === "fork",
    ...(agent === "" ? {} : { agent }),
    hooks: hooksIn(field("hooks"))
  }
  return { told, notes: [...notes, ...allowed.warnings, ...withheld.warnings] }
}

/** `[file] [words]` without quotes is a list in YAML. */
const hintOf = (field: Field): string => {
  const hint = field("argument-hint")
  if (Array.isArray(hint)) return `[${hint.map(textOf).join(", ")}]`
  return (
    textOf(hint) ||
    namesIn(field("arguments"))
      .map((name) => `<${name}>`)
      .join(" ")
  )
}

const namesIn = (names: unknown): ReadonlyArray<string> =>
  (Array.isArray(names) ? names.map(textOf) : textOf(names).split(/[\s,]+/)).filter((name) =>
    /^[A-Za-z_]\w*$/.test(name)
  )

const hooksIn = (hooks: unknown): ReadonlyArray<string> =>
  typeof hooks === "object" && hooks !== null && !Array.isArray(hooks) ? Object.keys(hooks).map(textOf) : []
