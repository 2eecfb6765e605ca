/** An agent's question in the words of A2A, and what a caller's message says to it. */
import type { Part } from "@a2a-js/sdk"
import type { Question } from "../../machines/events.ts"
import type { Field, Inquiry } from "../../plugins/inquiry.ts"
import { defaultsOf, readContent } from "../../plugins/inquiry/content.ts"
import { expected, titleOf, warningOf } from "../../plugins/inquiry/words.ts"
import type { Answered, Asked } from "./news.ts"

export const askedOf = (question: Question): Asked => {
  const { id, callId: call, tool, input, risk, rule, preview, agent, inquiry } = question
  if (inquiry === undefined)
    return {
      id,
      call,
      text: `May the agent use ${tool}?${what(preview)}\n${permissionHow(rule)}`,
      data: { id, tool, input, risk, rule, preview, ...(agent !== undefined && { agent }), answers: all }
    }
  const { from, message, fields = [], url } = inquiry
  const lines = [
    `${from} asks: ${message}`,
    ...(url === undefined ? [] : [`It wants this page to be opened: ${url}`]),
    ...fields.map(fieldLine),
    warningOf(inquiry),
    inquiryHow(inquiry)
  ]
  return {
    id,
    call,
    text: lines.join("\n"),
    data: { id, tool, inquiry, ...(agent !== undefined && { agent }), answers: ["allow", "deny"] },
    inquiry
  }
}

const what = ({ command, paths = [], url, summary }: Question["preview"]): string => {
  const lines = [command, ...paths, url, summary].flatMap((one) => (one === undefined ? [] : [`\n${one}`]))
  return lines.join("")
}

const all = ["allow", "always", "deny"] as const

const permissionHow = (rule: string): string =>
  `Answer with a message to this task: "allow", "always" (from now on, whatever ${rule} matches) or "deny".`

const inquiryHow = (inquiry: Inquiry): string => {
  if ((inquiry.fields ?? []).length === 0)
    return 'Answer with a message to this task: "allow" says yes, "deny" says no.'
  const only = onlyIn(inquiry)
  const plain = only === undefined ? "" : ` the value of ${only.name} as text,`
  return `Answer with a message to this task:${plain} a data part {"decision": "allow", "content": {…values by name…}}, or "deny".`
}

const fieldLine = (field: Field): string => {
  const options =
    "options" in field ? ` one of ${field.options.map(({ value }) => JSON.stringify(value)).join(", ")}` : ""
  const may = expected(field)
  const title = titleOf(field) === field.name ? "" : ` (${titleOf(field)})`
  return `- ${field.name}${title}:${options}${may === "" ? "" : ` ${may}`}${field.required ? "" : ", may be left out"}`
}

export type ReadAnswer =
  | (Answered & {
      /** What was said beside a refusal, for the agent to read. */
      readonly more?: string
    })
  | { readonly problem: string }

/** Only a word that stands alone allows anything. */
export const readAnswer = (parts: ReadonlyArray<Part>, asked: Asked): ReadAnswer => {
  for (const { content } of parts) if (content?.$case === "data") return fromData(content.value, asked)
  const text = parts.flatMap(({ content }) => (content?.$case === "text" ? [content.value] : [])).join("\n")
  return fromText(text.trim(), asked)
}

const fromText = (text: string, asked: Asked): ReadAnswer => {
  const word = /^["']?(allow|always|deny|yes|no)["']?[.!]?$/i.exec(text)?.[1]?.toLowerCase()
  if (word === "deny" || word === "no") return { decision: "deny" }
  if (word !== undefined) return fitting({ decision: word === "always" ? "always" : "allow" }, undefined, asked)
  const refused = /^deny\b[\s,.:;!-]*(.+)$/is.exec(text)?.[1]
  if (refused !== undefined) return { decision: "deny", more: refused }
  const only = onlyIn(asked.inquiry)
  if (only !== undefined && text !== "")
    return fitting({ decision: "allow" }, { ...defaultsOf(asked.inquiry ?? {}), [only.name]: text }, asked)
  return { problem: "this is none of the answers" }
}

/** The one field that a plain text can be meant for. A yes or no is said by the words for it. */
const onlyIn = ({ fields = [] }: Pick<Inquiry, "fields"> = {}): Field | undefined => {
  const [only, ...more] = fields.length === 1 ? fields : fields.filter(({ required }) => required)
  return more.length > 0 || only?.type === "boolean" ? undefined : only
}

const fromData = (value: unknown, asked: Asked): ReadAnswer => {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { problem: 'a data part must be {"decision": …}' }
  const { decision, content, question }: Readonly<Record<string, unknown>> = { ...value }
  if (question !== undefined && question !== asked.id) return { problem: "another question is asked now" }
  if (decision === "deny") return { decision }
  if (decision === "allow" || decision === "always") return fitting({ decision }, content, asked)
  return { problem: 'decision must be "allow", "always" or "deny"' }
}

/** @param content Values for the fields of an inquiry; absent: their defaults. */
const fitting = ({ decision }: Answered, content: unknown, { inquiry }: Asked): ReadAnswer => {
  if (inquiry === undefined) return { decision }
  const read = readContent(inquiry, content ?? undefined)
  if ("content" in read) return { decision: "allow", content: read.content }
  return { problem: read.problems.map(({ field, problem }) => `${field} ${problem}`.trim()).join("; ") }
}
