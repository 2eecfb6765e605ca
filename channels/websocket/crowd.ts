/**
 * Who is connected. When there is no room, whoever came first of those that have shown no key makes some; those that have
 * shown one stay, and if all have, the newcomer is turned away. So strangers, however many, keep nobody out.
 */
import type { Limits } from "./limits.ts"

export interface Visitor {
  /** It has shown a key, and is no longer asked to make room. */
  readonly trust: () => void
  /** It is found to come from there. @returns false when there is no room for it. */
  readonly move: (address: string) => boolean
  /** How it is asked to go. */
  end: () => void
}

export interface Crowd {
  /** @param address Absent: not known yet. @returns `undefined` when there is no room. */
  readonly enter: (address: string | undefined, end: () => void) => Visitor | undefined
  readonly leave: (visitor: Visitor) => void
  readonly size: () => number
}

interface Group {
  size: number
  /** In the order in which they came. */
  readonly strangers: Set<Visitor>
}

interface Place {
  readonly address: string | undefined
  readonly group: Group
}

const newGroup = (): Group => ({ size: 0, strangers: new Set() })

export const crowd = ({ connections, perAddress }: Pick<Limits, "connections" | "perAddress">): Crowd => {
  const all = newGroup()
  const byAddress = new Map<string, Group>()
  const groups = new Map<Visitor, Place>()

  const forget = ({ address, group }: Place): void => {
    if (address !== undefined && group.size === 0) byAddress.delete(address)
  }

  const leave = (visitor: Visitor): void => {
    const place = groups.get(visitor)
    if (place === undefined) return
    groups.delete(visitor)
    for (const group of [all, place.group]) {
      group.size--
      group.strangers.delete(visitor)
    }
    forget(place)
  }

  const makeRoom = (group: Group, limit: number): boolean => {
    if (group.size < limit) return true
    const [oldest] = group.strangers
    if (oldest === undefined) return false
    leave(oldest)
    oldest.end()
    return true
  }

  const move = (visitor: Visitor, address: string): boolean => {
    const before = groups.get(visitor)
    if (before === undefined) return false
    if (before.address === address) return true
    const group = byAddress.get(address) ?? newGroup()
    if (!makeRoom(group, perAddress)) return false
    before.group.size--
    group.size++
    if (before.group.strangers.delete(visitor)) group.strangers.add(visitor)
    forget(before)
    byAddress.set(address, group)
    groups.set(visitor, { address, group })
    return true
  }

  return {
    leave,
    size: () => all.size,
    enter: (address, end) => {
      const group = (address === undefined ? undefined : byAddress.get(address)) ?? newGroup()
      if (!makeRoom(group, perAddress) || !makeRoom(all, connections)) return undefined
      const visitor: Visitor = {
        end,
        trust: () => {
          groups.get(visitor)?.group.strangers.delete(visitor)
          all.strangers.delete(visitor)
        },
        move: (to) => move(visitor, to)
      }
      if (address !== undefined) byAddress.set(address, group)
      groups.set(visitor, { address, group })
      for (const one of [all, group]) {
        one.size++
        one.strangers.add(visitor)
      }
      return visitor
    }
  }
}
