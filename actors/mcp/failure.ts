/** What went wrong with a call, in the words of `McpError`, and whether it may be made again. */
import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError } from "@modelcontextprotocol/client"
import type { Inquiry } from "../../plugins/inquiry.ts"
import { McpError } from "../../plugins/mcp.ts"
import { type AuthSite, loginNeeded } from "./auth.ts"
import { withWords } from "./last-words.ts"
import { cutOff } from "./http-transport.ts"
import { causesOf, type Link, messageOf } from "./link.ts"
import { pagesIn, pagesText } from "./pages.ts"

export interface Failure {
  readonly error: McpError
  /** Why the connection cannot be used any more; absent: it can. */
  readonly ends?: string
  /** The server has not seen the call, so that it may be made again on the next connection. */
  readonly isUnseen: boolean
  /** The server is to blame, not what was asked of it. */
  readonly isFault: boolean
  /** The call may be made once more when the user has agreed to open them. */
  readonly pages?: ReadonlyArray<Inquiry>
}

export interface Failed {
  readonly server: string
  /** `MCP server NAME`. */
  readonly who: string
  /** `the tool echo`. */
  readonly what: string
  readonly link: Link
  /** Absent: it knows no logins. */
  readonly site: AuthSite | undefined
  readonly hide: (text: string) => string
}

export const failureOf = async (cause: unknown, { server, who, what, link, site, hide }: Failed): Promise<Failure> => {
  const make = (kind: McpError["kind"], message: string) => new McpError(kind, hide(message), { cause })
  const login = site === undefined ? undefined : await loginNeeded(cause, site)
  if (login !== undefined) {
    const ends = login.whole ? { ends: login.message } : {}
    return { error: make("login", login.message), ...ends, isUnseen: false, isFault: false }
  }
  if (isUnreached(cause)) {
    const how = messageOf(cause)
    return { error: make("ended", `${who} cannot be reached: ${how}`), ends: how, isUnseen: true, isFault: true }
  }
  if (isCut(cause)) {
    const how = messageOf(cause)
    const message = `${who} was cut off while it was at work on ${what}, which may be done or not: ${how}`
    return { error: make("ended", message), ends: how, isUnseen: false, isFault: true }
  }
  if (isSessionLost(cause, link)) {
    const how = "it does not know the session any more"
    return { error: make("ended", `${who}: ${how}`), ends: how, isUnseen: true, isFault: false }
  }
  if (cause instanceof ProtocolError) {
    const pages = pagesIn(server, cause)
    const error = make("refused", `${who} refused ${what}: ${messageOf(cause)}${pagesText(pages)}`)
    return { error, isUnseen: false, isFault: false, ...(pages.length > 0 && { pages }) }
  }
  if (wasClosed(cause)) {
    const message = `${who} ended while it was at work on ${what}, which may be done or not`
    return { error: make("ended", withWords(message, link.said())), isUnseen: false, isFault: true }
  }
  const message = `${who} did not answer ${what} as it must: ${messageOf(cause)}`
  return { error: make("refused", withWords(message, link.said())), isUnseen: false, isFault: true }
}

const wasClosed = (error: unknown): boolean =>
  error instanceof SdkError &&
  (error.code === SdkErrorCode.ConnectionClosed || error.code === SdkErrorCode.NotConnected)

/** Nothing of ours has arrived: nobody listens there, or there is no such machine. */
const isUnreached = (error: unknown): boolean =>
  causesOf(error).some((one) => one instanceof Error && "code" in one && unreached.has(one.code))

const unreached: ReadonlySet<unknown> = new Set(["ECONNREFUSED", "ENOTFOUND", "EHOSTUNREACH"])

/** Of `fetch`, and of ours. */
const isCut = (error: unknown): boolean =>
  causesOf(error).some(
    (one) =>
      one instanceof Error &&
      ((one instanceof TypeError && /^(fetch failed|terminated)$/.test(one.message)) || one.message === cutOff)
  )

/** The specification asks for 404; servers also answer 400 after a restart. Without a session that means something else. */
const isSessionLost = (error: unknown, { client }: Link): boolean =>
  error instanceof SdkHttpError &&
  client.transport?.sessionId !== undefined &&
  (error.data.status === 404 || error.data.status === 400)
