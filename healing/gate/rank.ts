/** Of repairs that passed everything the best kind, whether all of that kind agree, and when no more need be asked. */
import type { Tier } from "../template.ts"
import type { Ground } from "./ground.ts"
import { isSameOutcome } from "./same.ts"
import type { Survivor } from "./weigh.ts"

/**
 * Lower is better. Examples first, what plainly keeps the author's intent before what may; without examples what is plain,
 * what makes nothing up, the rest; and last what may only be proposed.
 */
const ranks = { spokenPlain: 0, spokenMeant: 1, spoken: 2, plain: 3, open: 4, invented: 5, proposal: 6 } as const

export type Rank = (typeof ranks)[keyof typeof ranks]

const rankOf = (one: Survivor): Rank => {
  if (one.candidate.tier === "C") return ranks.proposal
  if (one.spoken.length > 0) {
    if (isPlain(one)) return ranks.spokenPlain
    return isMeant(one) ? ranks.spokenMeant : ranks.spoken
  }
  if (isPlain(one)) return ranks.plain
  return one.candidate.invents === undefined ? ranks.open : ranks.invented
}

/** It makes nothing up and leaves nothing out, as far as its proposer says and its answers show. */
const isMeant = ({ candidate, losses }: Survivor): boolean => candidate.tier === "A" && losses.length === 0

/** Its text says so as well. */
export const isPlain = (one: Survivor): boolean => isMeant(one) && one.added.isFaithful

export interface Best {
  readonly kind: "spoken" | "plain" | "made_up" | "proposal"
  readonly all: readonly [Survivor, ...ReadonlyArray<Survivor>]
  readonly doAgree: boolean
}

/** @returns nothing when nothing survived. */
export const bestOf = (survivors: ReadonlyArray<Survivor>): Best | undefined => {
  const rank = Math.min(...survivors.map(rankOf))
  const [first, ...others] = survivors.filter((one) => rankOf(one) === rank)
  if (first === undefined) return undefined
  const kind =
    rank <= ranks.spoken ? "spoken" : rank === ranks.plain ? "plain" : rank <= ranks.invented ? "made_up" : "proposal"
  return { kind, all: [first, ...others], doAgree: others.every((one) => agree(first, one)) }
}

/** Whether candidates of this tier, and of those after it, can change nothing any more. @param next Of the next candidate. */
export const isSettled = (ground: Ground, survivors: ReadonlyArray<Survivor>, next: Tier): boolean => {
  const best = bestOf(survivors)
  const [one] = best?.all ?? []
  if (best === undefined || one === undefined) return false
  const [mine, theirs] = [rankOf(one), bestRank(ground, next)]
  return mine < theirs || (mine === theirs && !best.doAgree)
}

/** The best that one of this tier can come to. Where an example is broken, whatever survives mends it. */
const bestRank = ({ failing, items }: Ground, tier: Tier): Rank => {
  if (tier === "C") return ranks.proposal
  const isSpoken = [...failing, ...items].some(
    ({ example, isBroken, before }) => example !== undefined && (isBroken || before === undefined)
  )
  if (isSpoken) return tier === "A" ? ranks.spokenPlain : ranks.spoken
  return tier === "A" ? ranks.plain : ranks.open
}

const agree = (one: Survivor, other: Survivor): boolean =>
  isSame(one.failing, other.failing) && isSame(one.others, other.others)

/** As far as both can be compared. */
const isSame = (some: Survivor["others"], others: Survivor["others"]): boolean =>
  some.every((outcome, at) => {
    const other = others[at]
    return outcome === undefined || other === undefined || isSameOutcome(outcome, other)
  })
