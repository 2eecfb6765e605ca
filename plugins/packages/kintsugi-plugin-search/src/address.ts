/**
 * Which addresses may be contacted: public ones. What lies in the user's own machine and networks, or in the cloud that it
 * runs in, answers to whoever asks from within, and a page may ask the agent to ask.
 *
 * What remains: the host that fetches asks for the name again, and a name server may give it another answer by then.
 */
import { PortError } from "kintsugi/plugin"
import ipaddr from "ipaddr.js"

/** All addresses of a name. Rejects when it has none. */
export type Lookup = (host: string) => Promise<ReadonlyArray<string>>

/** Names that never are those of a public host (RFC 6761, 6762, 8375, and what clouds call their metadata services). */
const localNames =
  /^(localhost|metadata|instance-data)$|\.(localhost|local|internal|intranet|lan|home|corp|home\.arpa|onion)$/

/** @returns the address. @throws PortError saying why it may not be contacted. */
export const checkAddress = async (text: string, lookup: Lookup): Promise<URL> => {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new PortError(
      "invalid_arguments",
      `${JSON.stringify(text)} is no address of a page; it begins with http:// or https://`
    )
  if (url.username !== "" || url.password !== "")
    throw new PortError("invalid_arguments", "an address may not hold a user's name or password")
  const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "")
  if (ipaddr.isValid(host)) {
    if (!isPublic(host)) refuse(host)
    return url
  }
  if (localNames.test(host) || !host.includes(".")) refuse(host)
  const addresses = await lookup(host).catch((): never => {
    throw new PortError("not_found", `there is no host ${host}: its name has no address`)
  })
  if (addresses.length === 0 || !addresses.every(isPublic)) refuse(host)
  return url
}

const refuse = (host: string): never => {
  const why = "it is a private, local or reserved address, and this tool reads public pages only"
  throw new PortError("permission_denied", `${host} is not contacted: ${why}`)
}

const isPublic = (address: string): boolean => {
  if (!ipaddr.isValid(address)) return false
  // An IPv4 address within an IPv6 one has a range of its own: nobody needs to write one so.
  const one = ipaddr.parse(address)
  if (one.range() !== "unicast") return false
  // Of IPv6 only this has ever been given to public hosts.
  return !(one instanceof ipaddr.IPv6) || one.match(ipaddr.parseCIDR("2000::/3"))
}
