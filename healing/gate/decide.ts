/** The verdict: of those that passed everything the best kind, if all of that kind agree; and what may be said of it. */
import type { Verdict } from "../candidate.ts"
import type { Use } from "../tape.ts"
import { isWeighty } from "./evidence.ts"
import type { Ground } from "./ground.ts"
import { proofOf, whyNone } from "./proof.ts"
import { type Best, bestOf, isPlain } from "./rank.ts"
import { type Fallen, garbled, type Survivor } from "./weigh.ts"

/** @param falls Why the others are out. @param doubt What the examples do not ask of the best. */
export const decide = (
  ground: Ground,
  falls: ReadonlyArray<Fallen>,
  survivors: ReadonlyArray<Survivor>,
  doubt?: string
): Verdict => {
  const best = bestOf(survivors)
  const proof = proofOf(ground, falls, survivors, best)
  if (best === undefined) return { type: "rejected", reason: whyNone(falls), proof }
  const [first] = best.all
  const reject = (reason: string): Verdict => ({ type: "rejected", reason, proof, proposal: first.candidate })
  if (best.kind === "proposal") return reject("it may only be proposed: it changes what the author meant")
  if (!best.doAgree)
    return reject(`${best.all.length} repairs mend it and differ elsewhere: nobody can tell which is meant`)
  const said = worthOf(ground, best, survivors.length + falls.filter(({ check }) => check > "V1").length, doubt)
  if ("reason" in said) return reject(said.reason)
  // A flag on an answer takes nothing back that was written, sent or run.
  if (said.state === "degraded" && doesMore(ground, first))
    return reject(`what it would do to the world rests on a guess: ${said.degraded[0]}`)
  const [outcome] = first.failing
  const { candidate } = first
  return { type: "accepted", candidate, ...said, proof, ...(outcome === undefined ? {} : { outcome }) }
}

type Worth =
  | { readonly state: "healed" | "provisional" | "degraded"; readonly degraded: ReadonlyArray<string> }
  | { readonly reason: string }

/** @param tried How many were played: the more, the likelier one meets an example by chance. */
const worthOf = (ground: Ground, { kind, all }: Best, tried: number, doubt: string | undefined): Worth => {
  const [first] = all
  const { candidate, losses, spoken, added } = first
  if (kind === "spoken" && (isPlain(first) || (isWeighty(spoken, added.size, tried) && !isBlank(losses))))
    return doubt === undefined ? { state: "healed", degraded: [] } : { state: "degraded", degraded: [doubt] }
  if (kind === "plain") {
    if (all.length > 1 || isEvident(ground, first)) return { state: "provisional", degraded: [] }
    return {
      reason: "nothing but the one call that failed speaks for it: no example, no other repair, no other call like it"
    }
  }
  if (kind === "made_up" && losses.includes(garbled))
    return { reason: `what it would answer is worth less than a failure: ${garbled}` }
  if (losses.length > 0) return { state: "degraded", degraded: losses }
  if (all.length > 1 || kind === "spoken")
    return { state: "degraded", degraded: [`nobody knows whether it is meant: ${candidate.what}`] }
  return { reason: "it is not plainly what the author meant, and no example and no other repair speaks for it" }
}

/** Whether the calls that failed now change something, of which no example speaks. */
const doesMore = ({ failing: shown, manifest }: Ground, { failing, spoken }: Survivor): boolean =>
  !spoken.some(({ example }) => example?.written !== undefined) &&
  shown.some(({ play }, at) => {
    const outcome = failing[at]
    const risk = manifest?.tools.find(({ name }) => name === play.tool)?.risk
    return outcome?.type === "answered" && outcome.effects.some((use) => !isLook(use, risk))
  })

/** A program that a reading tool runs, and what is fetched without sending, change nothing. */
const isLook = ({ port, args: [asked] }: Use, risk: string | undefined): boolean => {
  if (port.startsWith("exec.")) return risk === "read"
  const method = typeof asked === "object" && asked !== null && "method" in asked ? asked.method : "GET"
  return port === "fetch" && (method === "GET" || method === "HEAD")
}

const isBlank = (losses: ReadonlyArray<string>): boolean =>
  losses.some((loss) => loss.startsWith("its answer") || loss.startsWith("it answers"))

/**
 * Without a second opinion, of what is plain by its text: what it gives depends on what is asked, or the tool's examples
 * hold; where nothing can be asked, it gives something.
 */
const isEvident = ({ failing, manifest, items }: Ground, { isVaried, others }: Survivor): boolean => {
  if (isVaried) return true
  const [shown] = failing
  // It could not be loaded before: it can now, and nothing that was called crashed.
  if (shown === undefined)
    return items.length > 0 && others.every((one) => one?.type === "answered" || one?.type === "refused")
  if (items.some(({ example, play, isBroken }) => example !== undefined && play.tool === shown.play.tool && !isBroken))
    return true
  const properties = manifest?.tools.find(({ name }) => name === shown.play.tool)?.parameters.properties
  return typeof properties !== "object" || properties === null || Object.keys(properties).length === 0
}
