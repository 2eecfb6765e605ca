/** Which version of a package is old enough to be trusted. */
import maxSatisfying from "semver/ranges/max-satisfying.js"
import satisfies from "semver/functions/satisfies.js"
import * as z from "zod"

/** Milliseconds. Most packages that were taken over are found out within hours, nearly all within a week. */
export const ripeAge = 7 * 24 * 60 * 60 * 1000

/** What `npm view NAME versions time --json` prints; of one version it makes no list. */
export const Published = z.object({
  versions: z.union([z.array(z.string()), z.string().transform((one) => [one])]),
  time: z.record(z.string(), z.string()).default({})
})

export type Published = z.infer<typeof Published>

/** Newest within the range of at least that age; a version of unknown age is not ripe. */
export const newestRipe = ({ versions, time }: Published, range: string, now: number): string | undefined =>
  maxSatisfying(
    versions.filter((version) => Date.parse(time[version] ?? "") <= now - ripeAge),
    range
  ) ?? undefined

/** Those in range that are too young. */
export const unripe = ({ versions }: Published, range: string): ReadonlyArray<string> =>
  versions.filter((version) => satisfies(version, range))
