/** What one candidate's calls say of it: whether it is out, what speaks for it, what it makes up. */
import { isDeepStrictEqual } from "node:util"
import type { Candidate } from "../candidate.ts"
import type { Proof } from "../strategy.ts"
import type { Outcome, TrialManifest } from "../trial.ts"
import type { Added } from "./added.ts"
import { flawOf } from "./examples.ts"
import type { Ground, Item } from "./ground.ts"
import { isCrash, isEmpty, isGarbled, isSameOutcome, saidBy } from "./same.ts"

/** A candidate that is still in, with all that came of its calls. */
export interface Survivor {
  readonly candidate: Candidate
  readonly added: Added
  readonly failing: ReadonlyArray<Outcome>
  /** Of the other calls; `undefined` for what is no evidence. */
  readonly others: ReadonlyArray<Outcome | undefined>
  /** Losses: what it invents, skips, leaves empty. */
  readonly losses: ReadonlyArray<string>
  /** Examples that did not hold before and hold now. */
  readonly spoken: ReadonlyArray<Item>
  /** The answers to calls that failed before differ with what was asked. */
  readonly isVaried: boolean
}

/** Why a candidate is out, and at which check. */
export interface Fall {
  readonly check: Proof["check"]
  readonly reason: string
}

export interface Fallen extends Fall {
  readonly candidate: Candidate
}

/** @returns what is wrong with what it offers. */
export const manifestFlaw = (before: TrialManifest, after: TrialManifest): Fall | undefined =>
  isDeepStrictEqual(before, after)
    ? undefined
    : { check: "V1", reason: "it changes what the plugin says of itself: its tools, schemas, examples or hooks" }

/** V2: the calls that failed. */
export const failingFlaw = (items: ReadonlyArray<Item>, outcomes: ReadonlyArray<Outcome>): Fall | undefined => {
  for (const [at, { example }] of items.entries()) {
    const outcome = outcomes[at]
    if (outcome === undefined) return { check: "V2", reason: "the call that failed was not played" }
    const broken = brokenPromise(outcome)
    if (broken !== undefined) return broken
    if (outcome.type === "refused") return { check: "V2", reason: "the call that failed is refused now" }
    if (outcome.type !== "answered")
      return { check: "V2", reason: `the call fails all the same: ${outcome.failure.said || outcome.failure.kind}` }
    if (outcome.beyond.length > 0)
      return { check: "V2", reason: `what the call does now cannot be proved: ${outcome.beyond[0]} is on no tape` }
    const flaw = example === undefined ? undefined : flawOf(example, outcome)
    if (flaw !== undefined) return { check: "V5", reason: `an example does not hold: ${flaw}` }
  }
  return undefined
}

const brokenPromise = (outcome: Outcome): Fall | undefined => {
  if (outcome.type !== "threw") return undefined
  const isBroken = outcome.failure.kind === "broken_promise" || outcome.failure.code === "ERR_BROKEN_PROMISE"
  return isBroken ? { check: "V4", reason: outcome.failure.said } : undefined
}

/** V3 to V5, and that nothing changed which did not fail. */
export const otherFlaw = (
  ground: Ground,
  outcomes: ReadonlyArray<Outcome>,
  isExampleBroken: boolean
): Fall | undefined => {
  const own = new Set(ground.failing.map(({ play }) => play.tool))
  for (const [at, item] of ground.items.entries()) {
    const outcome = outcomes[at]
    if (outcome === undefined) return { check: "V3", reason: "not all calls could be played" }
    // Where the answers themselves were wrong, those that no example speaks of may have been wrong as well.
    const isOpen = isExampleBroken && item.play.kind === "mutated" && own.has(item.play.tool)
    const fall = itemFlaw(ground, item, outcome, isOpen, own.size === 0 || own.has(item.play.tool))
    if (fall !== undefined) return fall
  }
  return undefined
}

const itemFlaw = (ground: Ground, item: Item, outcome: Outcome, isOpen: boolean, isOwn: boolean): Fall | undefined => {
  const { play, before, example } = item
  if (example !== undefined) {
    const flaw = flawOf(example, outcome)
    // Another tool's example that did not hold before is another fault.
    if (flaw === undefined || (!isOwn && item.isBroken)) return undefined
    return { check: "V5", reason: `an example does not hold: ${flaw}` }
  }
  const broken = before?.type === "threw" ? undefined : brokenPromise(outcome)
  if (broken !== undefined) return broken
  if (before === undefined || item.isBroken) return undefined
  if (before.type === "answered" && (isOpen || isGarbled(saidBy(before.answer)))) return undefined
  if (isSameOutcome(before, outcome)) return undefined
  const check = play.kind === "recorded" ? "V3" : "V6"
  const what =
    before.type === "answered" ? "went well" : before.type === "refused" ? "was refused" : "failed on purpose"
  if (before.type === "threw" && !isCrash(before, ground.code) && outcome.type !== "answered") return undefined
  return { check, reason: `it changes what comes of a ${play.kind === "recorded" ? "recorded " : ""}call that ${what}` }
}

/**
 * Calls that failed before like the one: a repair that mends only the one mends nothing, and one that always says the same
 * neither.
 *
 * @param isVouchedFor Its text or an example speaks for it.
 */
export const regionFlaw = (
  isVouchedFor: boolean,
  items: ReadonlyArray<Item>,
  outcomes: Survivor["others"]
): Fall | undefined => {
  const region = items.flatMap(({ isBroken, play, before }, at) => {
    const outcome = outcomes[at]
    return isBroken && play.kind === "mutated" && before !== undefined && outcome !== undefined
      ? [{ before, outcome }]
      : []
  })
  const mended = region.filter(({ before, outcome }) => !isSameOutcome(before, outcome))
  if (region.length > 2 && mended.length * 5 < region.length)
    return {
      check: "V6",
      reason: `${region.length - mended.length} of ${region.length} calls that failed like this one fail all the same`
    }
  const answers = new Set(
    mended.map(({ outcome }) => JSON.stringify(outcome.type === "answered" ? outcome.answer : outcome.type))
  )
  if (isVouchedFor || mended.length < 3 || answers.size > 1) return undefined
  return { check: "V6", reason: "it gives the same whatever is asked" }
}

/** A loss that leaves nothing. */
export const garbled = "its answer shows a value that is not there"

/** What it makes up or leaves out, as far as that can be seen. @param isSpoken An example speaks for it. */
export const lossesOf = (
  { invents }: Candidate,
  added: Added,
  items: ReadonlyArray<Item>,
  outcomes: ReadonlyArray<Outcome>,
  isSpoken: boolean
) => {
  const isKnown = added.isFaithful && isSpoken
  const seen = items.flatMap(({ example }, at) => {
    const outcome = outcomes[at]
    if (example !== undefined || outcome?.type !== "answered") return []
    const { answer } = outcome
    if (added.fails && !added.isFaithful && answer.success === false)
      return ["it answers with a failure of its own where it crashed"]
    const said = saidBy(answer)
    if (isEmpty(said) && !isKnown) return ["its answer is empty where it failed before"]
    return isGarbled(said) ? [garbled] : []
  })
  return [...new Set([...(invents === undefined ? added.softens : [invents]), ...seen])]
}

export const spokenFor = (items: ReadonlyArray<Item>, outcomes: ReadonlyArray<Outcome>): ReadonlyArray<Item> =>
  items.filter(({ example, isBroken, before }, at) => {
    const outcome = outcomes[at]
    const wasBroken = isBroken || before === undefined
    return example !== undefined && wasBroken && outcome !== undefined && flawOf(example, outcome) === undefined
  })

/** Whether what it gives where the code failed depends on what is asked. */
export const isVaried = (items: ReadonlyArray<Item>, outcomes: Survivor["others"]): boolean => {
  const answers = items.flatMap(({ isBroken, before }, at) => {
    const outcome = outcomes[at]
    if (outcome?.type !== "answered" || !(isBroken || before === undefined)) return []
    const said = saidBy(outcome.answer)
    return isGarbled(said) ? [] : [JSON.stringify([said, outcome.effects])]
  })
  return new Set(answers).size > 1
}
