/** Where a server is: as people write it, and as a socket wants it. */

export interface Address {
  /** `ws://127.0.0.1:8080/ws`; never with a name, a password or a query. */
  readonly url: string
  /** For people: `127.0.0.1:8080`. */
  readonly name: string
  /** What is said goes unencrypted over a network. */
  readonly isOpen: boolean
}

/** Whoever reads it can do something about it. */
export class AddressError extends Error {
  override readonly name = "AddressError"
}

const schemes: Readonly<Record<string, string>> = { "ws:": "ws:", "wss:": "wss:", "http:": "ws:", "https:": "wss:" }

/** Of `kintsugi channel websocket`. */
const usual = { port: "8080", path: "/ws" }

/**
 * @param text `ws://HOST:PORT/ws`, the address of the web console (`http://HOST:PORT/`), `HOST:PORT`, `HOST` or `:PORT`.
 * @throws AddressError
 */
export const addressOf = (text: string): Address => {
  const url = parsed(text.trim())
  if (url.username !== "" || url.password !== "")
    throw new AddressError("a key does not belong into the address: it would stand in logs; use KINTSUGI_API_KEY")
  if (url.search !== "" || url.hash !== "") throw new AddressError(`the address ends with its path: ${shown(text)}`)
  if (url.pathname === "/" || url.pathname === "") url.pathname = usual.path
  return { url: url.href, name: url.host, isOpen: url.protocol === "ws:" && !isLoopback(url.hostname) }
}

const parsed = (text: string): URL => {
  const scheme = /^([a-z][a-z0-9+.-]*:)\/\//i.exec(text)?.[1]?.toLowerCase()
  if (scheme === undefined) return parsed(`ws://${withPort(text)}`)
  const socket = schemes[scheme]
  if (socket !== undefined && URL.canParse(text)) {
    // The scheme of a URL cannot be changed from http to ws.
    const url = new URL(`${socket}${text.slice(scheme.length)}`)
    if (url.hostname !== "") return url
  }
  throw new AddressError(
    `this is no address of a server: ${shown(text)}; write for example ws://127.0.0.1:8080/ws or HOST:PORT`
  )
}

/** Without a scheme the port is ours, unless it is said. */
const withPort = (text: string): string => {
  const [, host = "", rest = ""] = /^([^/?#]*)(.*)$/s.exec(text) ?? []
  if (/^:?\d{1,5}$/.test(host)) return `127.0.0.1:${host.replace(":", "")}${rest}`
  return /:\d+$/.test(host) || host === "" ? text : `${host}:${usual.port}${rest}`
}

const isLoopback = (host: string): boolean =>
  host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host)

/** What stands before an @ or behind a ? may be a key. */
const shown = (text: string): string =>
  text
    .replace(/\/\/[^/]*@/, "//…@")
    .replace(/[?#].*/s, "…")
    .slice(0, 200)
