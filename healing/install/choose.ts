/** What of a failure may be installed away: decided from the plugin's own source and manifest, before npm is started. */
import type { Code } from "../code.ts"
import type { Failure } from "../failure.ts"
import { declaredIn, nameProblem, nearest, problemOf, rangeOf, type Wanted } from "./declared.ts"
import { missingFrom, namedBy } from "./missing.ts"

export type Choice =
  | { readonly type: "none"; readonly reason: string }
  | { readonly type: "refused"; readonly reason: string }
  | { readonly type: "undeclared"; readonly wanted: ReadonlyArray<Wanted>; readonly reason: string }
  | { readonly type: "install"; readonly code: Code; readonly wanted: ReadonlyArray<Wanted> }

export interface ChoiceOptions {
  /** Absolute path of the plugin's private folder. */
  readonly packages: string
  readonly mode: "declared" | "ask" | "never"
}

export const choose = (failure: Failure, code: Code | undefined, { mode, packages }: ChoiceOptions): Choice => {
  const none = (reason: string): Choice => ({ type: "none", reason })
  if (!/^(ERR_)?MODULE_NOT_FOUND$/.test(failure.code ?? "")) return none("no import failed")
  if (mode === "never") return none("installing is turned off")
  if (code === undefined) return none("its source is not at hand")
  const missing = missingFrom(code, packages)
  const named = namedBy(failure)
  if (missing.length === 0 || (named !== undefined && !missing.includes(named)))
    return none("all packages that its own source imports are there, or the failure is about something else")

  const declared = declaredIn(code.manifest())
  const isSound = (name: string) => declared.has(name) && problemOf(name, declared.get(name)) === undefined
  const first = named === undefined ? missing.filter((name) => declared.has(name)) : [named]
  const names = first.length === 0 ? missing : first
  const problem = names.map((name) => nameProblem(name)).find((one) => one !== undefined)
  if (problem !== undefined) return { type: "refused", reason: problem }
  const strange = names.filter((name) => !declared.has(name))
  if (strange.length > 0) return undeclared(strange, [...declared.keys()])
  const unsound = names.map((name) => problemOf(name, declared.get(name))).find((one) => one !== undefined)
  if (unsound !== undefined) return { type: "refused", reason: unsound }
  const extra = missing.filter((name) => isSound(name) && !names.includes(name))
  const wanted = [...names, ...extra].map((name) => ({ name, range: rangeOf(declared.get(name)) ?? "*" }))
  return {
    type: "install",
    code,
    wanted: wanted.map((one, at) => (at < names.length ? one : { ...one, isExtra: true }))
  }
}

const undeclared = (names: ReadonlyArray<string>, declared: ReadonlyArray<string>): Choice => {
  const said = names.map((name) => {
    const near = nearest(name, declared)
    return near.length === 0 ? `"${name}"` : `"${name}" (did you mean ${near.map((one) => `"${one}"`).join(" or ")}?)`
  })
  const verb = names.length === 1 ? "is" : "are"
  return {
    type: "undeclared",
    wanted: names.map((name) => ({ name, range: "*" })),
    reason: `${said.join(", ")} ${verb} imported, but package.json does not declare ${names.length === 1 ? "it" : "them"}`
  }
}
