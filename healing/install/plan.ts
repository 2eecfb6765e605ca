/** Which version of each wanted package it shall be, before anything is fetched: the locked one, else the newest ripe one. */
import satisfies from "semver/functions/satisfies.js"
import * as Effect from "effect/Effect"
import { RepairFailed } from "../strategy.ts"
import type { Wanted } from "./declared.ts"
import { type Lock, lockedVersion, lockProblem, readLock } from "./lock.ts"
import { type Npm, online } from "./npm.ts"
import { jsonOf } from "./npm-problem.ts"
import { newestRipe, Published, ripeAge, unripe } from "./ripe.ts"

export interface PlanOptions {
  /** Real absolute path of the plugin's folder. */
  readonly root: string
  readonly wanted: ReadonlyArray<Wanted>
  readonly npm: Npm
  /** Milliseconds since the Unix epoch. */
  readonly now: number
}

export interface Plan {
  /** Each with its exact version as its range. */
  readonly packages: ReadonlyArray<Wanted>
  /** The plugin's own, when it holds one of them. */
  readonly lock: Lock | undefined
  /** Nothing younger is taken where no lock says what to take; milliseconds since the Unix epoch. */
  readonly before: number
}

export const planFor = (options: PlanOptions): Effect.Effect<Plan, RepairFailed> =>
  Effect.gen(function* () {
    const { root, wanted, now } = options
    const lock = readLock(root)
    const held = wanted.map(({ name, range }) => {
      const version = lockedVersion(lock, name)
      return version !== undefined && satisfies(version, range) ? version : undefined
    })
    const isLocked = held.some((version) => version !== undefined)
    const problem = isLocked && lock !== undefined ? lockProblem(lock) : undefined
    if (problem !== undefined)
      return yield* new RepairFailed({ reason: `the plugin's package-lock.json is not followed: ${problem}` })
    const found = yield* Effect.forEach(wanted, (one, at) => exactly(one, held[at], options), { concurrency: 2 })
    const packages = found.filter((one) => one !== undefined)
    return { packages, lock: isLocked ? lock : undefined, before: now - ripeAge }
  })

const exactly = ({ name, range, isExtra }: Wanted, held: string | undefined, options: PlanOptions) => {
  const version = held === undefined ? ripeVersion({ name, range }, options) : Effect.succeed(held)
  const exact = Effect.map(version, (one): Wanted => ({ name, range: one }))
  return isExtra === true ? Effect.catchTag(exact, "RepairFailed", () => Effect.succeed(undefined)) : exact
}

/** npm is asked, because it knows the registry of each scope, its login, the proxy, and what it has seen before. */
const ripeVersion = ({ name, range }: Wanted, { npm, now }: PlanOptions): Effect.Effect<string, RepairFailed> =>
  Effect.gen(function* () {
    const view = (...more: ReadonlyArray<string>) =>
      npm(["view", name, "versions", "time", ...more]).pipe(
        Effect.map((stdout) => Published.safeParse(jsonOf(stdout)).data ?? { versions: [], time: {} }),
        Effect.mapError(({ reason }) => new RepairFailed({ reason: `${name}: ${reason}` }))
      )
    const known = newestRipe(yield* view(), range, now)
    if (known !== undefined) return known
    // What npm remembers may be old.
    const published = yield* view(...online)
    const version = newestRipe(published, range, now)
    if (version !== undefined) return version
    const young = unripe(published, range).slice(-3)
    const reason =
      young.length === 0
        ? `the registry has no version of ${name} in the range ${range}`
        : `of ${name} only ${young.join(", ")} fit the range ${range}, and none is taken that is younger than seven days`
    return yield* new RepairFailed({ reason })
  })
