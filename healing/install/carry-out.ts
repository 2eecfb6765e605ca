/** What was planned, done by npm in a stage: the tree is resolved into a lock, the lock is checked, then it is fetched. */
import { readFileSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { RepairFailed } from "../strategy.ts"
import { type Lock, lockedVersion, lockFor, lockProblem, readLock, scripted } from "./lock.ts"
import type { Npm } from "./npm.ts"
import type { Plan } from "./plan.ts"
import { attempt, installedIn } from "./stage.ts"

export interface Site {
  /** Absolute path of the new private folder. */
  readonly stage: string
  /** Absolute path of the one that it will replace; what it holds is kept. */
  readonly packages: string
  readonly npm: Npm
}

export interface CarriedOut {
  /** Packages that would have run a script, and were not let. */
  readonly scripts: ReadonlyArray<string>
}

export const carryOut = (plan: Plan, { stage, packages, npm }: Site): Effect.Effect<CarriedOut, RepairFailed> =>
  Effect.gen(function* () {
    const chosen = Object.fromEntries(plan.packages.map(({ name, range }) => [name, range]))
    const dependencies = { ...installedIn(packages), ...chosen }
    yield* write(stage, "package.json", { name: "packages", version: "0.0.0", private: true, dependencies })
    const known = plan.lock ?? soundLock(packages)
    if (known !== undefined) yield* write(stage, "package-lock.json", lockFor(known, dependencies))
    if (known === undefined || !holds(known, dependencies))
      yield* npm(["install", "--package-lock-only", `--before=${new Date(plan.before).toISOString()}`])
    const lock = readLock(stage)
    const problem = lock === undefined ? "npm wrote none" : lockProblem(lock)
    if (lock === undefined || problem !== undefined)
      return yield* new RepairFailed({ reason: `the lock of what it needs is not followed: ${problem ?? ""}` })
    yield* write(stage, "package-lock.json", lockFor(lock, dependencies))
    yield* npm(["ci"])
    yield* attempt("npm has not installed it", () => confirm(stage, chosen))
    return { scripts: scripted(lock) }
  })

/** Of what was installed before. */
const soundLock = (packages: string): Lock | undefined => {
  const lock = readLock(packages)
  return lock === undefined || lockProblem(lock) !== undefined ? undefined : lock
}

const write = (folder: string, name: string, content: unknown) =>
  attempt("the plugin's private folder cannot be written", () =>
    writeFile(join(folder, name), JSON.stringify(content, undefined, 2))
  )

const holds = (lock: Lock, dependencies: Readonly<Record<string, string>>): boolean =>
  Object.entries(dependencies).every(([name, version]) => lockedVersion(lock, name) === version)

/** npm may have been told by somebody's settings to do nothing. @throws Error saying what is not there. */
const confirm = (stage: string, versions: Readonly<Record<string, string>>): void => {
  for (const [name, version] of Object.entries(versions)) {
    const { version: there } = JSON.parse(readFileSync(join(stage, "node_modules", name, "package.json"), "utf8"))
    if (there !== version) throw new Error(`${name} ${version} was wanted, ${String(there)} is there`)
  }
}
