/**
 * A skill's words as they stand in a conversation, whoever put them there: the model by `use_skill`, or the user by `/name`. Its first
 * line says which skill it is and what it leaves permitted, so that the conversation alone tells what is followed in it.
 */
import type { Narrowing } from "./permission.ts"
import type { SkillText, SkillView } from "./skills.ts"

/** Name of the tool whose answer is such a text. */
export const useSkill = "use_skill"

/** What a text in a conversation says of a skill. */
export interface FollowedSkill {
  readonly name: string
  /** Absent: it leaves everything permitted but for what is withheld. */
  readonly only?: ReadonlyArray<string>
  /** What it takes away; absent: nothing. */
  readonly withheld?: ReadonlyArray<string>
  /** All of it; empty when it only points to what was said before. */
  readonly text: string
}

/** What is said of a skill. */
type Said = Pick<SkillText, "skill" | "body" | "files" | "moreFiles">

export const skillText = ({ skill, body, files, moreFiles }: Said): string => {
  const more = moreFiles === 0 ? [] : [`- and ${moreFiles} more`]
  const list = files.length === 0 ? [] : [filesIntro(skill), ...files.map((file) => `- ${oneLine(file)}`), ...more]
  return [opening(skill), page(body.trim(), 0, skill), "</skill>", ...list, ...limits(skill)].join("\n")
}

/** Characters of a body that are given at once: an answer may hold 50,000. */
const mostAtOnce = 40_000

/** A part of a long text, and how to have the next. */
export const page = (text: string, from: number, { name }: Pick<SkillView, "name">): string => {
  const end = from + mostAtOnce
  const rest = text.length - end
  return rest <= 0
    ? text.slice(from)
    : `${text.slice(from, end)}\n[${rest} more characters: get_skill with name ${oneLine(name)} and offset ${end}]`
}

const filesIntro = ({ folder }: SkillView): string =>
  `Files in its folder ${oneLine(folder)}; read one with get_skill (name, file) when the skill says so, run scripts by their whole path:`

/** What is said in place of such a text where all of it stands in the conversation already. It narrows as the text does. */
export const repeatedText = (text: string): string => {
  const [, head = ""] = opened.exec(text) ?? []
  return `${head}${repeated}>\nIts text stands in this conversation already, and nothing in it has changed: follow it.\n</skill>`
}

const repeated = ' repeated="true"'
const opened = /^(<skill name="([^"<>]*)" folder="[^"<>]*"(?: [a-z-]+="[^"<>]*")*)>\n/

const opening = ({ name, folder, allowed, withheld }: SkillView): string => {
  const list = (field: string, rules?: ReadonlyArray<string>): string =>
    rules === undefined ? "" : ` ${field}="${rules.map(listed).join(", ")}"`
  const limited = list("allowed-tools", allowed) + list("disallowed-tools", withheld)
  return `<skill name="${quoted(name)}" folder="${quoted(folder)}"${limited}>`
}

const limits = ({ allowed, withheld }: SkillView): ReadonlyArray<string> => [
  ...(allowed === undefined
    ? []
    : [`Until this turn ends, ${words(allowed, "nothing", "only ")} is permitted besides reading.`]),
  ...(withheld === undefined ? [] : [`Until this turn ends, ${words(withheld, "nothing")} may not be used.`])
]

const words = (rules: ReadonlyArray<string>, none: string, before = ""): string =>
  rules.length === 0 ? none : before + oneLine(rules.join(", "))

/** What a text is about; `undefined` when it is no skill's. */
export const followedIn = (text: string): FollowedSkill | undefined => {
  const [, head, name] = opened.exec(text) ?? []
  if (head === undefined || name === undefined) return undefined
  const rulesOf = (field: string): ReadonlyArray<string> | undefined => {
    const [, rules] = new RegExp(` ${field}="([^"]*)"`).exec(head) ?? []
    return rules?.split(", ").flatMap((rule) => (rule === "" ? [] : [unquoted(rule)]))
  }
  const only = rulesOf("allowed-tools")
  const withheld = rulesOf("disallowed-tools")
  return {
    name: unquoted(name),
    ...(only !== undefined && { only }),
    ...(withheld !== undefined && { withheld }),
    text: head.endsWith(repeated) ? "" : text
  }
}

/** What the skills that these texts are leave permitted. */
export const narrowingsIn = (texts: ReadonlyArray<string>): ReadonlyArray<Narrowing> =>
  texts.flatMap((text) => {
    const { name: by = "", only, withheld } = followedIn(text) ?? {}
    if (only === undefined && withheld === undefined) return []
    return [{ by, rules: only ?? ["*"], ...(withheld !== undefined && { withheld }) }]
  })

const oneLine = (text: string): string => text.replace(/[\s\p{Cc}]+/gu, " ")

const marks: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", ",": "&#44;" }

const quoted = (text: string): string => oneLine(text).replace(/[&<>"]/g, (mark) => marks[mark] ?? "")

/** A comma stands between two of a list. */
const listed = (text: string): string => oneLine(text).replace(/[&<>",]/g, (mark) => marks[mark] ?? "")

const unquoted = (text: string): string =>
  text.replace(/&(?:amp|lt|gt|quot|#44);/g, (name) => Object.keys(marks).find((mark) => marks[mark] === name) ?? name)
