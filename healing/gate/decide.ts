/** The verdict: of those that passed everything the best kind, if all of that kind agree; and what may be said of it. */
import type { Verdict } from "../candidate.ts"
import type { Proof } from "../strategy.ts"
import type { Ground } from "./ground.ts"
import { isSameOutcome } from "./same.ts"
import { type Fallen, garbled, isWeighty, type Survivor } from "./weigh.ts"

type Class = "spoken" | "kept" | "made_up"

/**
 * @param judged How many kept the policy. @param falls Why the others are out.
 */
export const decide = (
  ground: Ground,
  judged: number,
  falls: ReadonlyArray<Fallen>,
  survivors: ReadonlyArray<Survivor>
): Verdict => {
  const total = judged + falls.filter(({ check }) => check === "V0").length
  const open = survivors.filter(({ candidate }) => candidate.tier !== "C")
  const [kind, best] = bestOf(open)
  const [first] = best
  const proof = proofOf(ground, total, falls, survivors, best)
  if (first === undefined || kind === undefined) {
    const [proposal] = survivors
    const reason =
      proposal === undefined ? whyNone(total, falls) : "it may only be proposed: it changes what the author meant"
    return { type: "rejected", reason, proof, ...(proposal === undefined ? {} : { proposal: proposal.candidate }) }
  }
  if (!best.every((one) => agree(first, one))) {
    const reason = `${best.length} repairs mend it and differ elsewhere: nobody can tell which is meant`
    return { type: "rejected", reason, proof, proposal: first.candidate }
  }
  return speak(ground, kind, first, best.length, proof)
}

/** Examples first; then what plainly keeps the author's intent; then the rest. */
const bestOf = (survivors: ReadonlyArray<Survivor>): readonly [Class | undefined, ReadonlyArray<Survivor>] => {
  const spoken = survivors.filter((one) => one.spoken.length > 0)
  const firstOf = (groups: ReadonlyArray<ReadonlyArray<Survivor>>) => groups.find(({ length }) => length > 0) ?? []
  if (spoken.length > 0) return ["spoken", firstOf([spoken.filter(isPlain), spoken.filter(isMeant), spoken])]
  const plain = survivors.filter(isPlain)
  if (plain.length > 0) return ["kept", plain]
  return survivors.length > 0 ? ["made_up", survivors] : [undefined, []]
}

/** It makes nothing up and leaves nothing out, as far as its proposer says and its answers show. */
const isMeant = ({ candidate, losses }: Survivor): boolean => candidate.tier === "A" && losses.length === 0

/** Its text says so as well. */
const isPlain = (one: Survivor): boolean => isMeant(one) && one.added.isFaithful

const agree = (one: Survivor, other: Survivor): boolean =>
  isSame(one.failing, other.failing) && isSame(one.others, other.others)

const isSame = (some: Survivor["others"], others: Survivor["others"]): boolean =>
  some.every((outcome, at) => {
    const other = others[at]
    return other !== undefined && isSameOutcome(outcome, other)
  })

const speak = (ground: Ground, kind: Class, first: Survivor, agreed: number, proof: ReadonlyArray<Proof>): Verdict => {
  const { candidate, losses } = first
  const [outcome] = first.failing
  const accept = (state: "healed" | "provisional" | "degraded", degraded: ReadonlyArray<string>): Verdict => ({
    type: "accepted",
    candidate,
    state,
    degraded,
    proof,
    ...(outcome === undefined ? {} : { outcome })
  })
  const reject = (reason: string): Verdict => ({ type: "rejected", reason, proof, proposal: candidate })
  if (kind === "spoken" && (isPlain(first) || (isWeighty(first.spoken) && !isBlank(losses))))
    return accept("healed", [])
  if (kind === "kept") {
    if (agreed > 1 || isEvident(ground, first)) return accept("provisional", [])
    return reject(
      "nothing but the one call that failed speaks for it: no example, no other repair, no other call like it"
    )
  }
  if (kind === "made_up" && losses.includes(garbled))
    return reject(`what it would answer is worth less than a failure: ${garbled}`)
  if (losses.length > 0) return accept("degraded", losses)
  if (agreed > 1 || kind === "spoken")
    return accept("degraded", [`nobody knows whether it is meant: ${candidate.what}`])
  return reject("it is not plainly what the author meant, and no example and no other repair speaks for it")
}

const isBlank = (losses: ReadonlyArray<string>): boolean =>
  losses.some((loss) => loss.startsWith("its answer") || loss.startsWith("it answers"))

/** Without a second opinion: what it gives depends on what is asked; where nothing can be asked, it gives something. */
const isEvident = ({ failing, manifest, items }: Ground, { isVaried, others }: Survivor): boolean => {
  if (isVaried) return true
  const [shown] = failing
  // It could not be loaded before: it can now, and nothing that was called crashed.
  if (shown === undefined)
    return items.length > 0 && others.every(({ type }) => type === "answered" || type === "refused")
  const properties = manifest?.tools.find(({ name }) => name === shown.play.tool)?.parameters.properties
  return typeof properties !== "object" || properties === null || Object.keys(properties).length === 0
}

const checks = ["V0", "V1", "V2", "V3", "V4", "V5", "V6"] as const

/** One line for each check: of the one that is best, or of all when none is. */
const proofOf = (
  { failing, items }: Ground,
  total: number,
  falls: ReadonlyArray<Fallen>,
  survivors: ReadonlyArray<Survivor>,
  best: ReadonlyArray<Survivor>
): ReadonlyArray<Proof> => {
  const of = (kind: string) => items.filter(({ play }) => play.kind === kind).length
  const examples = [...failing, ...items].filter(({ example }) => example !== undefined).length
  const details: Readonly<Record<(typeof checks)[number], string>> = {
    V0: "it breaks no rule of the policy",
    V1: "it loads, and offers the same tools, schemas, examples and hooks",
    V2:
      failing.length === 0
        ? "what could not be loaded can be"
        : `${failing.length} of ${failing.length} calls that failed are answered`,
    V3:
      of("recorded") === 0
        ? "no call that went well is on tape"
        : `${of("recorded")} recorded calls give what they gave`,
    V4: "no answer breaks the tool's output schema or post-condition",
    V5: examples === 0 ? "the tools have no examples" : `${examples} of ${examples} examples hold`,
    V6: `${best.length} of ${survivors.length} that passed are of the best kind, tried in ${of("mutated")} calls that nobody made`
  }
  let left = total
  return checks.flatMap((check): ReadonlyArray<Proof> => {
    const out = falls.filter((one) => one.check === check)
    if (left === 0 && out.length === 0) return []
    left -= out.length
    const lost = out.length === 0 ? "" : `; ${out.length} of ${left + out.length} fell here: ${out[0]?.reason}`
    const isSkipped = (check === "V3" && of("recorded") === 0) || (check === "V5" && examples === 0)
    const outcome =
      left === 0
        ? "failed"
        : check === "V6" && best.length > 1 && !best.every((one) => best[0] && agree(best[0], one))
          ? "failed"
          : isSkipped
            ? "skipped"
            : "passed"
    return [
      {
        check,
        outcome,
        detail: left === 0 ? `${out.length} of ${out.length} fell here: ${out[0]?.reason}` : `${details[check]}${lost}`
      }
    ]
  })
}

const whyNone = (total: number, falls: ReadonlyArray<Fallen>): string => {
  if (total === 0) return "nothing was proposed"
  const last = falls.toSorted((one, other) => (one.check < other.check ? 1 : -1))[0]
  return `none of ${total} passed; the farthest fell at ${last?.check}: ${last?.reason}`
}
