/** Holds a skill to the letter of the Agent Skills specification: what loads here may be refused elsewhere. */
import { existsSync, readdirSync, statSync } from "node:fs"
import { basename, dirname, join, resolve } from "node:path"
import { isSpecName, textOf } from "./fields.ts"
import { readFrontmatter, strictProblem } from "./frontmatter.ts"
import { readSkill } from "./read-skill.ts"
import { isSkillFile, readSkillFile, reasonOf } from "./skill-file.ts"

export interface Verdict {
  /** Absent: it cannot be read. */
  readonly name?: string
  /** What breaks the specification, a line each. */
  readonly problems: ReadonlyArray<string>
  /** What does not, and is not good all the same. */
  readonly warnings: ReadonlyArray<string>
}

/** Fields of the specification (agentskills.io/specification), characters, and what its guide advises of the text. */
const fieldNames = ["name", "description", "license", "compatibility", "metadata", "allowed-tools"]
const most = { name: 64, description: 1_024, compatibility: 500, lines: 500 } as const

/** @param path A SKILL.md, the folder that holds one, or a command: another Markdown file. Never rejects. */
export const validateSkill = async (path: string): Promise<Verdict> => {
  const file = skillFileAt(resolve(path))
  if (file.problem !== undefined) return { problems: [file.problem], warnings: [] }
  return isSkillFile(basename(file.path)) ? verdictOnSkill(file.path) : verdictOnCommand(file.path)
}

/** No specification holds it to anything but that it can be read. */
const verdictOnCommand = (path: string): Verdict => {
  const read = readSkillFile({ path, within: undefined, whole: true })
  if (read === undefined || typeof read === "string") return { problems: [read ?? "it cannot be read"], warnings: [] }
  const command = basename(path).replace(/\.md$/i, "")
  const told = readSkill(read.text, { folder: dirname(path), command })
  if (typeof told === "string") return { name: command, problems: [told], warnings: [] }
  const problem = read.text.startsWith("---") ? strictProblem(read.text) : undefined
  return { name: command, problems: problem === undefined ? [] : [problem], warnings: told.told.warnings }
}

const verdictOnSkill = (path: string): Verdict => {
  const file = { path }
  const read = readSkillFile({ path: file.path, within: undefined, whole: true })
  if (read === undefined || typeof read === "string") return { problems: [read ?? "it cannot be read"], warnings: [] }
  if (read.text.trim() === "") return { problems: ["it is empty"], warnings: [] }
  const problem = read.marked
    ? "it begins with a byte order mark, with which not everybody reads it"
    : strictProblem(read.text)
  const matter = readFrontmatter(read.text)
  const told = readSkill(read.text, { folder: dirname(file.path) })
  const named = typeof told === "string" ? {} : { name: told.told.name }
  if (problem !== undefined || typeof matter === "string")
    return { ...named, problems: [problem ?? String(matter), ...read.warnings], warnings: [] }
  return {
    ...named,
    problems: [...read.warnings, ...brokenRules(matter.fields, basename(dirname(file.path)))],
    warnings: [...advice(matter.body, dirname(file.path)), ...(typeof told === "string" ? [told] : told.told.warnings)]
  }
}

const skillFileAt = (path: string): { readonly path: string; readonly problem?: string } => {
  try {
    if (!statSync(path).isDirectory())
      return /\.md$/i.test(path)
        ? { path }
        : { path, problem: `${path} is neither a SKILL.md nor a command in Markdown` }
    const name = readdirSync(path).toSorted().find(isSkillFile)
    return name === undefined ? { path, problem: `${path} holds no SKILL.md` } : { path: join(path, name) }
  } catch (error) {
    const isAbsent = error instanceof Error && "code" in error && error.code === "ENOENT"
    return { path, problem: isAbsent ? `${path} does not exist` : `${path}: ${reasonOf(error)}` }
  }
}

const brokenRules = (fields: Readonly<Record<string, unknown>>, folder: string): ReadonlyArray<string> => {
  const foreign = Object.keys(fields).filter((name) => !fieldNames.includes(name))
  const texts = ["license", "compatibility", "allowed-tools"].filter(
    (name) => fields[name] !== undefined && typeof fields[name] !== "string"
  )
  const { metadata } = fields
  const isMap = typeof metadata === "object" && metadata !== null && !Array.isArray(metadata)
  return [
    ...nameRules(fields.name, folder),
    ...textRules("description", fields.description, most.description),
    ...(fields.compatibility === undefined ? [] : textRules("compatibility", fields.compatibility, most.compatibility)),
    ...texts.map((name) => `${name} has to be a text`),
    ...(metadata === undefined || (isMap && Object.values(metadata).every((value) => typeof value === "string"))
      ? []
      : ["metadata has to be a map from texts to texts"]),
    ...(foreign.length === 0
      ? []
      : [`the specification knows no field ${foreign.map((name) => JSON.stringify(name)).join(", ")}`])
  ]
}

const nameRules = (value: unknown, folder: string): ReadonlyArray<string> => {
  const name = textOf(value).normalize("NFKC")
  if (name === "") return ["name is missing"]
  return [
    ...(isSpecName(name)
      ? []
      : [`name may hold small letters, digits and single hyphens between them: ${JSON.stringify(name)}`]),
    ...(name.length > most.name ? [`name has ${name.length} characters; ${most.name} are allowed`] : []),
    ...(name === folder.normalize("NFKC")
      ? []
      : [`name is ${JSON.stringify(name)}, and its folder ${JSON.stringify(folder)}: they have to be the same`])
  ]
}

const textRules = (field: string, value: unknown, limit: number): ReadonlyArray<string> => {
  if (typeof value !== "string" || textOf(value) === "") return [`${field} is missing`]
  return value.length > limit ? [`${field} has ${value.length} characters; ${limit} are allowed`] : []
}

const advice = (body: string, folder: string): ReadonlyArray<string> => {
  const lines = body.trim().split("\n").length
  const links = [...body.replace(/```[^]*?(?:```|$)/g, "").matchAll(/\]\((?!\w+:|[/#<])([^)\s#?]+)/g)].map(
    ([, to = ""]) => to
  )
  const dead = [...new Set(links)].filter((to) => !existsSync(join(folder, decoded(to))))
  return [
    ...(lines > most.lines ? [`its text has ${lines} lines; more than ${most.lines} belong into files beside it`] : []),
    ...dead.map((to) => `it links to ${JSON.stringify(to)}, which is not there`)
  ]
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
