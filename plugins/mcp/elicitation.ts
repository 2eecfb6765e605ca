/** What a server wants to know of the user, as a question of ours, and the user's word as its answer. Pure. */
import type { ElicitRequestParams, ElicitResult } from "@modelcontextprotocol/client"
import { defaultsOf, readContent } from "../inquiry/content.ts"
import { readInquiry } from "../inquiry/read.ts"
import type { Inquiry, InquiryReply } from "../inquiry.ts"

/** It cannot be put to a user as it stands; the message goes to the server. */
export class Unaskable extends Error {
  override readonly name = "Unaskable"
}

/** @throws Unaskable */
export const inquiryOf = (server: string, params: ElicitRequestParams): Inquiry => {
  const asked = { from: `MCP server ${server}`, message: params.message }
  const read = readInquiry(
    params.mode === "url"
      ? { ...asked, url: pageOf(params.url) }
      : { ...asked, fields: fieldsOf(params.requestedSchema) }
  )
  if ("problem" in read) throw new Unaskable(`this cannot be asked: ${read.problem}`)
  return read.inquiry
}

/**
 * As the wire has it. Fields that the user left empty get the server's default (SEP-1034), which was shown to them.
 *
 * @throws Unaskable when an answer does not fit after all; nothing unfit is sent as the user's word.
 */
export const elicited = (inquiry: Inquiry, reply: InquiryReply): ElicitResult => {
  if (reply.action !== "accept") return { action: reply.action }
  if (inquiry.url !== undefined) return { action: "accept" }
  const read = readContent(inquiry, { ...defaultsOf(inquiry), ...reply.content })
  if ("problems" in read)
    throw new Unaskable(read.problems.map(({ field, problem }) => `${JSON.stringify(field)} ${problem}`).join("; "))
  return {
    action: "accept",
    content: Object.fromEntries(
      Object.entries(read.content).map(([name, value]) => [name, typeof value === "object" ? [...value] : value])
    )
  }
}

/** On a page over plain HTTP anybody on the way reads along. @throws Unaskable */
const pageOf = (text: string): string => {
  const url = URL.parse(text)
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname))) return text
  throw new Unaskable("this cannot be asked: the url must be an https address")
}

const isLoopback = (host: string): boolean => host === "localhost" || host === "[::1]" || /^127(\.\d+){3}$/.test(host)

type Asked = Extract<ElicitRequestParams, { readonly requestedSchema: unknown }>["requestedSchema"]
type Schema = Asked["properties"][string]
type Titled = { readonly const: string; readonly title: string }

const fieldsOf = ({ properties, required = [] }: Asked) =>
  Object.entries(properties).map(([name, schema]) => ({
    name,
    title: schema.title,
    description: schema.description,
    required: required.includes(name),
    default: schema.default,
    ...kindOf(schema)
  }))

/** What is no type of ours is refused by whoever reads it. */
const kindOf = (schema: Schema) => {
  if (schema.type === "array") {
    const { items, minItems, maxItems } = schema
    const options = "anyOf" in items ? items.anyOf.map(optionOf) : items.enum.map((value) => ({ value }))
    return { type: "choices", options, minItems, maxItems }
  }
  if (schema.type !== "string") return schema
  if ("oneOf" in schema) return { type: "choice", options: schema.oneOf.map(optionOf) }
  if (!("enum" in schema)) return { ...schema, type: "text" }
  // Titles beside the values are how revisions before 2025-11-25 name options.
  const titles = "enumNames" in schema ? (schema.enumNames ?? []) : []
  return { type: "choice", options: schema.enum.map((value, nth) => ({ value, title: titles[nth] })) }
}

const optionOf = ({ const: value, title }: Titled) => ({ value, title })
