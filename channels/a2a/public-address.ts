/** Addresses of the open Internet: whoever may name an address for us to call must not reach into this network by it. */
import { lookup } from "node:dns"
import { BlockList, isIP, type LookupFunction } from "node:net"

/** IANA's registries of special-purpose addresses, IPv4 and IPv6. */
const special = new BlockList()
const four: ReadonlyArray<readonly [string, number]> = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3]
]
for (const [net, bits] of four) special.addSubnet(net, bits)
const six: ReadonlyArray<readonly [string, number]> = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20]
]
for (const [net, bits] of six) special.addSubnet(net, bits, "ipv6")
const global = new BlockList()
global.addSubnet("2000::", 3, "ipv6")

/** @param address IPv4 or IPv6; anything else is none. */
export const isPublic = (address: string): boolean => {
  const version = isIP(address)
  if (version === 4) return !special.check(address)
  return version === 6 && global.check(address, "ipv6") && !special.check(address, "ipv6")
}

export class NotPublic extends Error {
  override readonly name = "NotPublic"
}

/** For `request`: the address that was checked is the one that is connected to. */
export const publicOnly: LookupFunction = (host, options, callback) => {
  lookup(host, { ...options, all: true }, (error, found) => {
    if (error !== null) return callback(error, "", 4)
    const [first] = found
    if (first === undefined || !found.every(({ address }) => isPublic(address)))
      return callback(new NotPublic("it is no address of the open Internet"), "", 4)
    return options.all === true ? callback(null, found) : callback(null, first.address, first.family)
  })
}
