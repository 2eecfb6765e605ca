/** An agent's file held to the letter of Claude Code's documentation: what loads here may be refused, or read otherwise, there. */
import { basename } from "node:path"
import { isSpecName, textOf, fieldsOf } from "../fields.ts"
import { readFrontmatter, strictProblem } from "../frontmatter.ts"
import { readSkillFile } from "../skill-file.ts"
import type { Verdict } from "../validate.ts"
import { readAgent } from "./read-agent.ts"

/** @param path Absolute. Never rejects. */
export const validateAgent = (path: string): Verdict => {
  const file = readSkillFile({ path, within: undefined, whole: true })
  if (file === undefined || typeof file === "string") return { problems: [file ?? "it cannot be read"], warnings: [] }
  const read = readAgent(file.text, path)
  if (read === undefined || typeof read === "string")
    return { problems: [read ?? `${basename(path)} without frontmatter is no agent`], warnings: file.warnings }
  const front = readFrontmatter(file.text)
  const field = fieldsOf(typeof front === "string" ? {} : front.fields)
  const name = textOf(field("name"))
  const strict = strictProblem(file.text)
  const problems = [
    ...(file.marked ? ["it begins with a byte order mark"] : []),
    ...(strict === undefined ? [] : [strict]),
    ...(name === "" ? ["it has no name"] : isSpecName(name) ? [] : [notPlain(name)]),
    ...(textOf(field("description")) === "" ? ["it has no description"] : []),
    ...(read.body.trim() === "" ? ["there is nothing below its frontmatter"] : [])
  ]
  return {
    name: read.told.name,
    problems,
    warnings: [...file.warnings, ...read.told.warnings.filter((one) => !repeats(one))]
  }
}

const notPlain = (name: string): string =>
  `its name ${JSON.stringify(name)} is not only small letters, digits and single hyphens`

/** Said more strictly already. */
const repeats = (warning: string): boolean =>
  /^(?:it has no (?:name|description|frontmatter)|its name|its frontmatter|there is nothing)/.test(warning)
