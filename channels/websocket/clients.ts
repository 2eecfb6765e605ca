/** Whose a connection is: who made it, or whoever a reverse proxy in front of us made it for. */
import type { IncomingMessage } from "node:http"
import { BlockList, isIP } from "node:net"
import { AccessError } from "./access-error.ts"
import { neighbourhood } from "./addresses.ts"

export interface Clients {
  readonly isProxy: (address: string | undefined) => boolean
  /** Who is counted as one (see `neighbourhood`). */
  readonly of: (request: IncomingMessage) => string
}

/**
 * Only the end of X-Forwarded-For that our proxies wrote is believed; what a client writes stands before it. Where it names
 * nobody, or stands there twice (whose is the last?), the proxy itself is meant.
 *
 * @param proxies IP addresses. @throws AccessError when one is none.
 */
export const clientsOf = (proxies: ReadonlyArray<string>): Clients => {
  const known = new BlockList()
  for (const proxy of proxies) {
    if (isIP(proxy) === 0) throw new AccessError(`${JSON.stringify(proxy)} in proxies is no IP address`)
    known.addAddress(unmapped(proxy), family(unmapped(proxy)))
  }
  const isProxy = (address = ""): boolean =>
    isIP(address) !== 0 && known.check(unmapped(address), family(unmapped(address)))
  return {
    isProxy,
    of: ({ socket: { remoteAddress }, headersDistinct }) => {
      const lines = headersDistinct["x-forwarded-for"] ?? []
      if (!isProxy(remoteAddress) || lines.length !== 1) return neighbourhood(remoteAddress)
      const named = lines[0]?.split(",").map((one) => one.trim())
      const client = named?.findLast((one) => !isProxy(one)) ?? ""
      return neighbourhood(isIP(client) === 0 ? remoteAddress : client)
    }
  }
}

const family = (address: string) => (isIP(address) === 6 ? "ipv6" : "ipv4")

/** An IPv4 address as it comes to what listens for both kinds. */
const unmapped = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, "")
