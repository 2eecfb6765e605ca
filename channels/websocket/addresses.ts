/** Addresses of this machine and of others. */
import { lookup } from "node:dns/promises"
import { BlockList, isIP } from "node:net"

const loopback = new BlockList()
loopback.addSubnet("127.0.0.0", 8)
loopback.addAddress("::1", "ipv6")

/** Only programs on this machine reach it. @param address IPv4 or IPv6. */
export const isLoopback = (address: string): boolean => loopback.check(address, isIP(address) === 6 ? "ipv6" : "ipv4")

/** Whether only this machine can reach what listens on that host. Rejects when the name means nothing here. */
export const staysHere = async (host: string): Promise<boolean> => {
  const found = await lookup(host, { all: true })
  return found.length > 0 && found.every(({ address }) => isLoopback(address))
}

/** Who is counted as one: an IPv4 address, or the 64 bits of an IPv6 one that its network was given. */
export const neighbourhood = (address: string | undefined): string => {
  if (address === undefined) return "unknown"
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined || isIP(address) !== 6) return mapped ?? address
  const [left = [], right = []] = address.split("::").map((half) => half.split(":").filter((part) => part !== ""))
  const gap = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0")
  return [...left, ...gap, ...right].slice(0, 4).join(":")
}

/** As it stands in an URL. */
export const inUrl = (host: string): string => (isIP(host) === 6 ? `[${host}]` : host)
