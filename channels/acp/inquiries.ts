/** What a tool wants to know of the user, as the editor asks it: a form or an address where it can show one, else a choice. */
import { randomUUID } from "node:crypto"
import type {
  CreateElicitationRequest,
  CreateElicitationResponse,
  ElicitationPropertySchema,
  PermissionOption
} from "@agentclientprotocol/sdk"
import type { Question } from "../../machines/events.ts"
import type { Field, Inquiry } from "../../plugins/inquiry.ts"
import { defaultsOf, readContent } from "../../plugins/inquiry/content.ts"
import { warningOf } from "../../plugins/inquiry/words.ts"
import { oneLine, printable } from "../cli/printable.ts"
import { type Answered, type AskParts, choose } from "./choice.ts"

const declined: Answered = { decision: "deny" }

/** Rejects when it cannot be asked. */
export const answerInquiry = async (
  parts: AskParts,
  question: Question,
  inquiry: Inquiry,
  signal: AbortSignal
): Promise<Answered> => {
  const { elicitation } = parts.capabilities
  const { url, fields = [] } = inquiry
  const message = printable(`${inquiry.from}: ${inquiry.message}\n${warningOf(inquiry)}`)
  const scope = { sessionId: parts.sessionId, toolCallId: parts.callId(question.callId), message }
  if (url !== undefined && elicitation?.url != null) {
    const { action } = await elicit(parts, { ...scope, mode: "url", url, elicitationId: randomUUID() }, signal)
    return action === "accept" ? { decision: "allow" } : declined
  }
  if (url === undefined && fields.length > 0 && elicitation?.form != null)
    return byForm(parts, inquiry, { ...scope, mode: "form", requestedSchema: schemaOf(fields) }, signal)
  const asked = { ...question, inquiry: { ...inquiry, message: url === undefined ? message : `${message} ${url}` } }
  return byChoice(parts, asked, fields, signal)
}

const elicit = (
  { client }: AskParts,
  request: CreateElicitationRequest,
  signal: AbortSignal
): Promise<CreateElicitationResponse> =>
  client.request("elicitation/create", request, { cancellationSignal: signal, stopWaitingOnCancel: true })

/** Forms that are shown with what was wrong in the one before. */
const attempts = 3

const byForm = async (
  parts: AskParts,
  inquiry: Inquiry,
  request: CreateElicitationRequest,
  signal: AbortSignal
): Promise<Answered> => {
  let { message } = request
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const response = await elicit(parts, { ...request, message }, signal)
    if (response.action !== "accept") return declined
    const read = readContent(inquiry, response.content ?? {})
    if ("content" in read) return { decision: "allow", content: read.content }
    const wrong = read.problems.map(({ field, problem }) => printable(`${field} ${problem}`)).join("; ")
    message = `${request.message}\nPlease correct: ${wrong}.`
  }
  return declined
}

/** Where the editor shows no forms: a yes or no, or one of a few values. What is more is declined. */
const byChoice = async (
  parts: AskParts,
  question: Question,
  fields: ReadonlyArray<Field>,
  signal: AbortSignal
): Promise<Answered> => {
  const values = choicesIn(fields)?.map((one) => ({ ...one, content: { ...defaultsOf({ fields }), ...one.content } }))
  if (values === undefined) return declined
  const options: Array<PermissionOption> = [
    ...values.map(({ name }, at) => ({ optionId: `value-${at}`, name, kind: "allow_once" as const })),
    { optionId: "no", name: "No answer", kind: "reject_once" }
  ]
  const chosen = await choose(parts, question, options, signal)
  const value = values.find((_, at) => chosen === `value-${at}`)
  return value === undefined ? declined : { decision: "allow", content: value.content }
}

interface Value {
  readonly name: string
  readonly content: NonNullable<Answered["content"]>
}

/** @returns `undefined` when it takes more than a choice. */
const choicesIn = (fields: ReadonlyArray<Field>): ReadonlyArray<Value> | undefined => {
  if (fields.length === 0) return [{ name: "Yes", content: {} }]
  // What may be left out is left out.
  const [field, ...others] = fields.length === 1 ? fields : fields.filter(({ required }) => required)
  if (field === undefined) return undefined
  if (others.length > 0) return undefined
  const { name } = field
  const title = oneLine(printable(field.title ?? name), 60)
  if (field.type === "boolean")
    return [true, false].map((value) => ({ name: `${title}: ${value ? "yes" : "no"}`, content: { [name]: value } }))
  if (field.type !== "choice") return undefined
  return field.options.map(({ value, title: shown = value }) => ({
    name: oneLine(printable(shown), 80),
    content: { [name]: value }
  }))
}

const schemaOf = (fields: ReadonlyArray<Field>) => ({
  type: "object" as const,
  properties: Object.fromEntries(fields.map((field) => [field.name, propertyOf(field)])),
  required: fields.filter(({ required }) => required).map(({ name }) => name)
})

const propertyOf = (field: Field): ElicitationPropertySchema => {
  const { name: _, required: __, ...rest } = field
  switch (rest.type) {
    case "text":
      return { ...rest, type: "string" }
    case "choice": {
      const { options, ...known } = rest
      return { ...known, type: "string", oneOf: options.map(titled) }
    }
    case "choices": {
      const { options, default: chosen, ...known } = rest
      const items = { anyOf: options.map(titled) }
      return { ...known, type: "array", items, ...(chosen !== undefined && { default: [...chosen] }) }
    }
    default:
      return rest
  }
}

const titled = ({ value, title = value }: { readonly value: string; readonly title?: string }) => ({
  const: value,
  title
})
