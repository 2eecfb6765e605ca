/**
 * What a session or a call asks, brought to the client as an elicitation, and the user's word brought back. Fails closed: what is
 * declined, misread, late or no longer wanted is a no.
 */
import { randomUUID } from "node:crypto"
import type { Answered } from "../../actors/session-tools.ts"
import type { Question } from "../../machines/events.ts"
import type { Field, Inquiry } from "../../plugins/inquiry.ts"
import { readContent } from "../../plugins/inquiry/content.ts"
import { warningOf } from "../../plugins/inquiry/words.ts"
import type { Preview } from "../../plugins/tool.ts"
import type { Caller, ClientRequest } from "./offer.ts"
import { isParams } from "./shop.ts"

export type Asker = Pick<Caller, "can" | "ask">

/** Whether somebody is there to be asked. A client that names no kind of elicitation means forms (2025-06-18). */
export const canBeAsked = ({ can: { elicitation } }: Pick<Caller, "can">): boolean =>
  elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined)

/** @param signal Aborts when the answer is no longer wanted. */
export const answerOf = async (question: Question, { can, ask }: Asker, signal: AbortSignal): Promise<Answered> => {
  const { inquiry } = question
  const caller: Asker = { can, ask: (requests) => ask(requests, signal) }
  if (inquiry === undefined) return permission(question, caller)
  return inquiry.url === undefined ? filled(inquiry, caller) : visited(inquiry, inquiry.url, caller)
}

const no: Answered = { decision: "deny" }

/** Asked by a key that nobody can know before, so that no answer can be sent ahead of its question. */
const elicited = async (
  { ask }: Asker,
  params: ClientRequest["params"]
): Promise<{ readonly action: string; readonly content: unknown }> => {
  const key = randomUUID()
  const { [key]: result } = await ask({ [key]: { method: "elicitation/create", params } })
  const { action, content } = isParams(result) ? result : {}
  return { action: typeof action === "string" ? action : "cancel", content }
}

const permission = async (question: Question, caller: Asker): Promise<Answered> => {
  const { action, content } = await elicited(caller, {
    mode: "form",
    message: permissionText(question),
    requestedSchema: {
      type: "object",
      properties: {
        decision: {
          type: "string",
          title: "Decision",
          description: `allow: this call. always: from now on whatever ${question.rule} matches. deny: no.`,
          enum: [...decisions]
        }
      },
      required: ["decision"]
    }
  })
  const decision = isParams(content) ? content.decision : undefined
  return action === "accept" && isDecision(decision) ? { decision } : no
}

const decisions = ["allow", "always", "deny"] as const

const isDecision = (value: unknown): value is Answered["decision"] => decisions.some((one) => one === value)

const permissionText = ({ tool, risk, preview, input, agent }: Question): string => {
  const who = agent === undefined ? "The agent" : `A subagent (${line(agent)})`
  const what = whatOf(preview)
  return [
    `${who} wants to use ${tool} (${risk}).`,
    ...(what.length === 0 ? [cut(JSON.stringify(input) ?? "")] : what)
  ].join("\n")
}

const whatOf = ({ command, paths = [], url, summary, diff }: Preview): ReadonlyArray<string> =>
  [summary, command, ...paths.slice(0, 20), url, diff].flatMap((one) => (one === undefined ? [] : [cut(one)]))

/** Characters of one part of a question. */
const most = 4000

const cut = (text: string): string => (text.length <= most ? text : `${text.slice(0, most)}…`)

const line = (text: string): string => cut(text.replaceAll(/[\s\p{Cc}]+/gu, " ").trim())

/** @returns the values when they fit; a client that sends others was asked properly and has its no. */
const filled = async (inquiry: Inquiry, caller: Asker): Promise<Answered> => {
  const { fields = [] } = inquiry
  const { action, content } = await elicited(caller, {
    mode: "form",
    message: `${inquiry.message}\n(${warningOf(inquiry)})`,
    requestedSchema: {
      type: "object",
      properties: Object.fromEntries(fields.map((field) => [field.name, schemaOf(field)])),
      required: fields.flatMap(({ name, required }) => (required ? [name] : []))
    }
  })
  if (action !== "accept") return no
  const read = readContent(inquiry, isParams(content) ? content : {})
  return "content" in read ? { decision: "allow", content: read.content } : no
}

const visited = async (inquiry: Inquiry, url: string, caller: Asker): Promise<Answered> => {
  if (caller.can.elicitation?.url === undefined) return no
  const { action } = await elicited(caller, { mode: "url", message: inquiry.message, url, elicitationId: randomUUID() })
  return action === "accept" ? { decision: "allow", content: {} } : no
}

/** As the specification restricts the schemas of forms. */
const schemaOf = (field: Field): Readonly<Record<string, unknown>> => {
  const { name: _, required: __, title, description, ...rest } = field
  const said = { ...(title !== undefined && { title }), ...(description !== undefined && { description }) }
  switch (rest.type) {
    case "text":
      return { ...rest, ...said, type: "string" }
    case "choice": {
      const { options, ...more } = rest
      return { ...more, ...said, type: "string", ...enumOf(options) }
    }
    case "choices": {
      const { options, ...more } = rest
      return { ...more, ...said, type: "array", items: { type: "string", enum: options.map(({ value }) => value) } }
    }
    default:
      return { ...rest, ...said }
  }
}

const enumOf = (options: Extract<Field, { readonly type: "choice" }>["options"]) => ({
  enum: options.map(({ value }) => value),
  ...(options.some(({ title }) => title !== undefined) && {
    enumNames: options.map(({ value, title }) => title ?? value)
  })
})
