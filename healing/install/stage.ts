/** A plugin's private folder, changed whole or not at all: made anew beside the old one, and put in its place. */
import { randomUUID } from "node:crypto"
import { readFileSync } from "node:fs"
import { mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import valid from "semver/functions/valid.js"
import * as z from "zod"
import { RepairFailed } from "../strategy.ts"
import { nameProblem } from "./declared.ts"
import { jsonOf } from "./npm-problem.ts"

/** An Effect of what Node's files do, its failure in words. */
export const attempt = <A>(what: string, work: () => Promise<A> | A): Effect.Effect<A, RepairFailed> =>
  Effect.tryPromise({
    try: async () => work(),
    catch: (error) => new RepairFailed({ reason: `${what}: ${error instanceof Error ? error.message : "it failed"}` })
  })

/**
 * @param packages Absolute path of the private folder; need not exist.
 * @param use Fills the new folder; when it fails or is interrupted, the old one stays as it is.
 */
export const inStage = <A>(
  packages: string,
  use: (stage: string) => Effect.Effect<A, RepairFailed>
): Effect.Effect<A, RepairFailed> =>
  Effect.acquireUseRelease(
    attempt("the plugin's private folder cannot be made", () => makeStage(packages)),
    (stage) =>
      Effect.tap(use(stage), () =>
        Effect.uninterruptible(attempt("it cannot be put in place", () => swap(stage, packages)))
      ),
    (stage) => Effect.promise(() => rm(stage, { recursive: true, force: true }).catch(() => {}))
  )

/** Milliseconds after which a stage belongs to nobody: longer than any deadline. */
const forgotten = 60 * 60 * 1000

const makeStage = async (packages: string): Promise<string> => {
  const parent = dirname(packages)
  const prefix = `${basename(packages)}.new-`
  await mkdir(parent, { recursive: true })
  for (const name of await readdir(parent)) {
    // A process that was killed has left it.
    const path = join(parent, name)
    const age = name.startsWith(prefix) ? Date.now() - (await stat(path)).mtimeMs : 0
    if (age > forgotten) await rm(path, { recursive: true, force: true })
  }
  return mkdtemp(join(parent, prefix))
}

/** A crash between the two renames leaves none, which is as if nothing had been installed yet. */
const swap = async (stage: string, packages: string): Promise<void> => {
  const old = join(dirname(packages), `${basename(packages)}.new-${randomUUID().slice(0, 8)}`)
  const hadOld = await rename(packages, old).then(
    () => true,
    () => false
  )
  try {
    await rename(stage, packages)
  } catch (error) {
    if (hadOld) await rename(old, packages)
    throw error
  }
  await rm(old, { recursive: true, force: true })
}

const Manifest = z.object({ dependencies: z.record(z.string(), z.string()) })

/** What was installed before, with exact versions; whatever else stands there is none of ours. */
export const installedIn = (packages: string): Readonly<Record<string, string>> => {
  try {
    const { dependencies } = Manifest.parse(jsonOf(readFileSync(join(packages, "package.json"), "utf8")))
    const exact = Object.entries(dependencies).filter(
      ([name, version]) => valid(version) === version && nameProblem(name) === undefined
    )
    return Object.fromEntries(exact)
  } catch {
    return {}
  }
}
