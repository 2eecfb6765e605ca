/**
 * What a browser may be made to do against us is refused here: a page of elsewhere that opens a socket (Origin), or one
 * whose name was made to mean this machine (Host).
 */
import type { IncomingMessage } from "node:http"
import { isIP } from "node:net"

export interface Gate {
  /** @returns why it is refused. */
  readonly host: (request: IncomingMessage) => Refusal | undefined
  /** The same, once the host is right; a request without an Origin comes from no browser. */
  readonly origin: (request: IncomingMessage) => Refusal | undefined
}

export interface Refusal {
  readonly code: number
  /** For people; holds nothing that the client sent. */
  readonly message: string
}

export interface GateOptions {
  /** What the server listens on. */
  readonly host: string
  /** As in `https://example.com`. */
  readonly allowedOrigins: ReadonlyArray<string>
  /** Where the configuration stands. Default `channels.websocket`. */
  readonly section?: string
}

export const gate = ({ host, allowedOrigins, section = "channels.websocket" }: GateOptions): Gate => {
  const how = `${section}.allowed_origins names the addresses under which this server may be reached`
  const origins = new Set(allowedOrigins.map((origin) => origin.toLowerCase()))
  const names = new Set([host.toLowerCase(), "localhost", ...allowedOrigins.flatMap((one) => hostnameIn(one) ?? [])])
  // An address was not looked up, so that nobody can have made it mean this machine.
  const isKnown = (name: string): boolean => isIP(bare(name)) !== 0 || names.has(name) || name.endsWith(".localhost")
  return {
    host: ({ headersDistinct }) => {
      const [header, ...more] = headersDistinct.host ?? []
      const name = header === undefined ? undefined : nameIn(header)
      if (name === undefined || more.length > 0) return { code: 400, message: "one Host header is needed" }
      return isKnown(name) ? undefined : { code: 421, message: `this server is not known by that name: ${how}` }
    },
    origin: ({ headersDistinct }) => {
      const { origin: [origin, ...more] = [], host: [host = ""] = [] } = headersDistinct
      if (origin === undefined) return undefined
      const isFine = more.length === 0 && (isOwn(origin, host) || origins.has(origin.toLowerCase()))
      return isFine ? undefined : { code: 403, message: `this page may not connect: ${how}` }
    }
  }
}

/** Of a Host header, in lower case. */
const nameIn = (header: string): string | undefined =>
  /^(\[[\da-f:.]+\]|[\w.-]+?)\.?(?::\d{1,5})?$/i.exec(header)?.[1]?.toLowerCase()

const bare = (name: string): string => name.replace(/^\[|\]$/g, "")

const hostnameIn = (origin: string): string | undefined => (URL.canParse(origin) ? new URL(origin).hostname : undefined)

/** The page came from where it connects to. */
const isOwn = (origin: string, host: string): boolean => {
  if (!/^https?:\/\//i.test(origin) || !URL.canParse(origin)) return false
  const { protocol, host: from } = new URL(origin)
  const to = `${protocol}//${host}`
  return URL.canParse(to) && new URL(to).host === from
}
