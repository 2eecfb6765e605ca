/**
 * Where a peer may be talked to: at the origin that the user has configured, and at those that stand beside it. Nothing that a
 * stranger writes, a card or a redirect, leads anywhere else: so a token stays with its peer, and nobody is led to
 * addresses that only we can reach.
 */
import { type Peer, PeerError } from "./peer.ts"

/** Names for this machine; a program that listens on all addresses writes the last into its card. */
const here = /^(localhost|127(\.\d{1,3}){3}|\[::1\]|0\.0\.0\.0|\[::\])$/

const portOf = ({ port, protocol }: URL): string => port || (protocol === "https:" ? "443" : "80")

/** An address as it may be contacted; `undefined`: it lies elsewhere, or is none. */
export const within = (peer: Peer, address: string): URL | undefined => {
  const own = URL.parse(peer.url)
  const url = URL.parse(address, peer.url)
  if (own === null || url === null || !/^https?:$/.test(url.protocol) || url.username + url.password !== "")
    return undefined
  if (url.origin === own.origin || (peer.origins ?? []).some((one) => URL.parse(one)?.origin === url.origin)) return url
  // The same port of the same machine, spelled otherwise: it is contacted as the user has spelled it.
  const isHere = here.test(own.hostname) && here.test(url.hostname)
  if (!isHere || own.protocol !== url.protocol || portOf(own) !== portOf(url)) return undefined
  url.host = own.host
  return url
}

/** @param what Names it: `its card puts it at`. */
export const elsewhere = (peer: Peer, address: string, what: string): PeerError => {
  const own = URL.parse(peer.url)?.origin ?? peer.url
  const other = URL.parse(address, peer.url)?.origin ?? "no address"
  const way =
    other === "null" || other === "no address"
      ? ""
      : `. If that is right, add ${other} to the peer's origins${peer.token === undefined ? "" : ": it is shown the token then"}`
  return new PeerError("elsewhere", `${what} ${other}, which is not ${own}, so nothing was sent there${way}`)
}
