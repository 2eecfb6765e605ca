/** What a plugin's manifest says of the packages it needs, and which names and ranges are followed at all. */
import { distance } from "fastest-levenshtein"
import validRange from "semver/ranges/valid.js"
import validateName from "validate-npm-package-name"
import * as z from "zod"

/** A package and the versions of it that are meant. */
export interface Wanted {
  readonly name: string
  /** As semver reads it. */
  readonly range: string
  /** The failure is not about it, so it may be left out; but it would be the next. */
  readonly isExtra?: boolean
}

const Ranges = z.record(z.string(), z.unknown()).catch({})

/** Names and ranges as they stand there, whatever they are worth. */
export const declaredIn = (manifest: Readonly<Record<string, unknown>> | undefined): ReadonlyMap<string, unknown> =>
  new Map(
    ["peerDependencies", "optionalDependencies", "dependencies"].flatMap((field) =>
      Object.entries(Ranges.parse(manifest?.[field] ?? {}))
    )
  )

/** Longer than any range that a person writes. */
const longestRange = 100

/**
 * Only a plain range: whatever else npm understands there (git, addresses, folders, other packages' names) comes from
 * somewhere that no registry vouches for.
 *
 * @returns `undefined` when it is not one.
 */
export const rangeOf = (declared: unknown): string | undefined => {
  if (typeof declared !== "string" || declared.length > longestRange) return undefined
  return declared === "latest" ? "*" : (validRange(declared) ?? undefined)
}

/**
 * Why nothing is installed under this name. Capitals and letters that are none of a to z are refused with the rest: they
 * look like other names.
 */
export const nameProblem = (name: string): string | undefined => {
  const { validForNewPackages, errors = [], warnings = [] } = validateName(name)
  return validForNewPackages
    ? undefined
    : `${shown(name)} is no name of a package: ${[...errors, ...warnings].join(", ")}`
}

/** Why a name is not followed, or what it is wanted as. */
export const problemOf = (name: string, range: unknown): string | undefined =>
  nameProblem(name) ??
  (rangeOf(range) === undefined
    ? `"${name}" is wanted as ${shown(String(range))}, which is no range of versions in a registry; only such are installed`
    : undefined)

/** A name that somebody else chose, as it can be shown. */
export const shown = (name: string): string => {
  const text = JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name)
  return text.replace(/[^\x20-\x7e…]/gu, (sign) => `\\u{${sign.codePointAt(0)?.toString(16) ?? ""}}`)
}

/** Declared names that may have been meant, nearest first. */
export const nearest = (name: string, declared: Iterable<string>): ReadonlyArray<string> =>
  [...declared]
    .map((other) => ({ other, far: distance(name, other) }))
    .filter(({ far }) => far <= Math.max(2, name.length / 4))
    .toSorted((one, two) => one.far - two.far)
    .slice(0, 3)
    .map(({ other }) => other)
