/** What a SKILL.md says of itself: the fields of the Agent Skills specification and those that Claude Code adds. */
import { basename } from "node:path"
import { allowedTools } from "./allowed-tools.ts"
import { folderIn } from "./fill.ts"
import { commandOf, nameOf, textOf, yesOrNo } from "./fields.ts"
import { firstParagraph } from "./first-paragraph.ts"
import { readFrontmatter } from "./frontmatter.ts"
import type { Told } from "./skill.ts"

export interface ReadSkill {
  readonly told: Told
  /** Names of `$…` in its text, in their order. */
  readonly argumentNames: ReadonlyArray<string>
  /** Without frontmatter. */
  readonly body: string
}

/** Fields that change what a skill does elsewhere and not here. */
const unsupported = ["disallowed-tools", "effort", "paths", "shell"]

/**
 * @param text Without byte order mark, lines ending in `\n`; perhaps only the beginning of the file.
 * @param folder Absolute path of the skill's folder.
 * @returns why it cannot be used.
 */
export const readSkill = (text: string, folder: string, plugin?: string): ReadSkill | string => {
  if (text.trim() === "") return "it is empty"
  const read = readFrontmatter(text)
  if (typeof read === "string") return read
  const field = fieldsOf(read.fields)
  const warnings = [...read.warnings, ...(read.present ? [] : ["it has no frontmatter: its name is its folder's"])]
  const named = nameOf(field("name"), basename(folder))
  const description = descriptionOf(field, read.body, read.present)
  if (description === undefined) return "it has neither a description nor a text"
  if (read.body.trim() === "") warnings.push("there is nothing below its frontmatter")
  const { told, notes } = optional(field, folder)
  return {
    told: {
      ...told,
      name: plugin === undefined ? named.name : `${plugin}:${named.name}`,
      command:
        plugin === undefined
          ? commandOf(named.name, folder)
          : `${commandOf(plugin, folder)}:${commandOf(named.name, folder)}`,
      description: description.text,
      warnings: [...warnings, ...named.warnings, ...description.warnings, ...notes]
    },
    argumentNames: namesIn(field("arguments")),
    body: read.body
  }
}

/** Value of a field, whether it is written `allowed-tools`, `allowed_tools` or `allowedTools`. */
type Field = (name: string) => unknown

const fieldsOf = (fields: Readonly<Record<string, unknown>>): Field => {
  const alike = new Map(
    Object.entries(fields).map(([key, value]) => [
      key
        .replace(/([a-z])([A-Z])/g, "$1-$2")
        .replaceAll("_", "-")
        .toLowerCase(),
      value
    ])
  )
  return (name) => (Object.hasOwn(fields, name) ? fields[name] : alike.get(name))
}

interface Words {
  readonly text: string
  readonly warnings: ReadonlyArray<string>
}

/** Characters of a description that the specification allows. */
const longest = 1024

const descriptionOf = (field: Field, body: string, present: boolean): Words | undefined => {
  const written = textOf(field("description"))
  if (written === "") {
    const text = firstParagraph(body)
    const warnings = present ? ["it has no description: its first paragraph stands in"] : []
    return text === "" ? undefined : { text, warnings }
  }
  const also = textOf(field("when-to-use"))
  const warnings =
    written.length > longest ? [`its description has ${written.length} characters, and not at most ${longest}`] : []
  return { text: also === "" ? written : `${written} ${also}`, warnings }
}

type Optional = Omit<Told, "name" | "command" | "description" | "warnings">

const optional = (field: Field, folder: string): { readonly told: Optional; readonly notes: ReadonlyArray<string> } => {
  const notes: Array<string> = []
  const flag = (name: string, unsaid: boolean, unclear: boolean): boolean => {
    const read = yesOrNo(field(name))
    if (read === "unclear") notes.push(`${name} is neither true nor false; taken as ${String(unclear)}`)
    return read === "unclear" ? unclear : (read ?? unsaid)
  }
  const { rules, warnings } = allowedTools(field("allowed-tools"), folderIn(folder))
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
    ...(rules === undefined ? {} : { allowed: rules }),
    ...(model === "" || model === "inherit" ? {} : { model }),
    fork: context === "fork",
    ...(agent === "" ? {} : { agent }),
    hooks: hooksIn(field("hooks"))
  }
  return { told, notes: [...notes, ...warnings] }
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
