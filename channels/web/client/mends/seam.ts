/** Seams as they come over the wire: what the views count on is checked, what was left out is empty. */
import type { Change, Rung, SeamView } from "../../../../healing/ledger.ts"
import type { Proof } from "../../../../healing/strategy.ts"

/** @returns `undefined` when it is no seam. */
export const readSeam = (json: unknown): SeamView | undefined => {
  if (!isSeam(json)) return undefined
  const { rungs, degraded, proof, changes } = json
  return {
    ...json,
    rungs: listOf(rungs, isRung),
    degraded: listOf(degraded, isText),
    proof: listOf(proof, isProof),
    changes: listOf(changes, isChange)
  }
}

export const readSeams = (list: unknown): ReadonlyArray<SeamView> =>
  (Array.isArray(list) ? list : []).flatMap((json) => readSeam(json) ?? [])

const isSeam = (json: unknown): json is SeamView => {
  if (!isThing(json)) return false
  const { id, plugin, status, state, summary, time, failure } = json
  return (
    [id, plugin, status, state, summary].every(isText) &&
    typeof time === "number" &&
    isThing(failure) &&
    isText(failure["kind"]) &&
    isText(failure["message"])
  )
}

const isRung = (json: unknown): json is Rung =>
  isThing(json) && [json["strategy"], json["outcome"], json["reason"]].every(isText)

const isProof = (json: unknown): json is Proof =>
  isThing(json) && [json["check"], json["outcome"], json["detail"]].every(isText)

const isChange = (json: unknown): json is Change => isThing(json) && isText(json["path"])

const listOf = <One>(json: unknown, is: (one: unknown) => one is One): ReadonlyArray<One> =>
  Array.isArray(json) ? json.filter(is) : []

const isText = (value: unknown): value is string => typeof value === "string"

const isThing = (json: unknown): json is Readonly<Record<string, unknown>> => typeof json === "object" && json !== null
