/** Pages that a server wants its user to visit before it does what was asked (error -32042 of revision 2025-11-25). */
import { ProtocolErrorCode, type ProtocolError } from "@modelcontextprotocol/client"
import { inquiryOf, Unaskable } from "../../plugins/mcp/elicitation.ts"
import type { Inquiry } from "../../plugins/inquiry.ts"

/** More are not asked about for one call. */
const most = 4

/** Those that a user can be asked to open; none for any other error. */
export const pagesIn = (server: string, { code, data }: ProtocolError): ReadonlyArray<Inquiry> => {
  if (code !== ProtocolErrorCode.UrlElicitationRequired || typeof data !== "object" || data === null) return []
  const asked: unknown = Reflect.get(data, "elicitations")
  return Array.isArray(asked) ? asked.slice(0, most).flatMap((one: unknown) => pageOf(server, one)) : []
}

const pageOf = (server: string, one: unknown): ReadonlyArray<Inquiry> => {
  if (typeof one !== "object" || one === null || !("url" in one) || typeof one.url !== "string") return []
  const message = "message" in one && typeof one.message === "string" ? one.message : "It wants you to open a page."
  try {
    return [inquiryOf(server, { mode: "url", message, url: one.url, elicitationId: "" })]
  } catch (error) {
    if (error instanceof Unaskable) return []
    throw error
  }
}

/** For whoever reads the refusal instead. */
export const pagesText = (pages: ReadonlyArray<Inquiry>): string =>
  pages.map(({ message, url }) => `\nIt wants the user to open ${url} first: ${message}`).join("")
