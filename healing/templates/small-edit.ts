/** One small thing the other way: an operator, a condition, a method, a bound. Only examples can tell, so only where there are some. */
import type { Failure } from "../failure.ts"
import type { Site, Template } from "../template.ts"
import { constantCondition } from "./constant-condition.ts"
import { emptiedLiteral } from "./emptied-literal.ts"
import { negatedConditions } from "./negated-condition.ts"
import { movedBounds } from "./off-by-one.ts"
import { otherOperators } from "./operator.ts"
import { lostCall } from "./lost-call.ts"
import { lostDefault } from "./lost-default.ts"
import { lostGuard } from "./lost-guard.ts"
import { oppositeMethods } from "./opposite-method.ts"
import type { Edit } from "./weighted.ts"

const makers: ReadonlyArray<(site: Site) => ReadonlyArray<Edit>> = [
  constantCondition,
  emptiedLiteral,
  lostDefault,
  lostGuard,
  otherOperators,
  negatedConditions,
  movedBounds,
  oppositeMethods,
  lostCall
]

/** What no change of a plugin's own code is an answer to, or what has one place where it must be mended. */
const isElsewhere = ({ kind }: Failure): boolean =>
  /^(missing_|cjs_in_esm|esm_in_cjs|require_async|import_attribute|typescript_syntax|bad_syntax|not_defined|const_assignment|class_without_new|used_too_early|not_a_constructor)/.test(
    kind
  )

/** Edits by weight and by how far they are from where it broke; the first of each site before the rest of any. */
const ranked = (site: Site): ReadonlyArray<Edit> => {
  if (site.hasExamples !== true && !site.failure.kind.startsWith("broken_")) return []
  if (site.fn === undefined) return []
  return makers
    .flatMap((make) => make(site))
    .map((edit) => ({ edit, rank: edit.weight + distance(site, edit.node) }))
    .toSorted((one, other) => one.rank - other.rank)
    .map(({ edit }) => edit)
}

/** At most 2: ten lines away. */
const distance = ({ failure, file }: Site, node: unknown): number => {
  const lines = failure.frames.filter((frame) => frame.file === file).map(({ line }) => line)
  const loc: unknown = typeof node === "object" && node !== null && "loc" in node ? node.loc : undefined
  const line = lineOf(loc)
  if (line === undefined || lines.length === 0) return 0
  return Math.min(2, Math.min(...lines.map((one) => Math.abs(one - line))) / 5)
}

const lineOf = (loc: unknown): number | undefined => {
  if (typeof loc !== "object" || loc === null || !("start" in loc)) return undefined
  const { start } = loc
  return typeof start === "object" && start !== null && "line" in start && typeof start.line === "number"
    ? start.line
    : undefined
}

/** Edits of one site in each pass: where it broke or might have, and where it only ran through. */
const passes = [
  { least: 0, below: 1, near: 8, far: 5 },
  { least: 1, below: Infinity, near: 5, far: 2 },
  { least: 1, below: Infinity, near: 14, far: 6 }
] as const

const pass = ({ least, below, near, far }: (typeof passes)[number]): Template => ({
  name: "small-edit",
  tier: "B",
  treats: (failure) => !isElsewhere(failure),
  *propose(site) {
    const isNear = site.at !== undefined || site.failure.frames.length === 0
    const edits = ranked(site).filter(({ weight }) => least <= weight && weight < below)
    yield* edits.slice(0, isNear ? near : far)
  }
})

/** What nobody writes on purpose first, at every site; then the likeliest of each before the rest of any. */
export const smallEdits: ReadonlyArray<Template> = passes.map(pass)
