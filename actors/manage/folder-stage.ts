/**
 * A plugin's folder put in its place whole or not at all. It is made ready in a folder beside it that nobody takes for a plugin;
 * whatever fails, is interrupted or killed before the end leaves what was there.
 */
import { existsSync } from "node:fs"
import { mkdir, mkdtemp, readdir, rename, rm, rmdir } from "node:fs/promises"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import type { NotManaged } from "./not-managed.ts"
import { abandoned, attempt, ifMissing, stageName, unmake } from "./whole.ts"

export interface FolderStage {
  /** Absolute path of an empty folder on the same disk. */
  readonly path: string
  /** Absolute path of the folder of plugins. */
  readonly plugins: string
  /** The outermost folder that was made for it. */
  readonly made: string | undefined
}

/** Nobody's plugin begins with a dot. */
const prefix = ".stage-"
/** In a stage: what stood in the place of the new one until a moment ago. */
const previous = "old"

/** @param use Its own failure leaves the plugins as they were. */
export const besides = <A>(
  plugins: string,
  use: (stage: FolderStage) => Effect.Effect<A, NotManaged>
): Effect.Effect<A, NotManaged> =>
  Effect.acquireUseRelease(
    attempt(`${plugins} cannot be used`, () => open(plugins)),
    use,
    (stage) => Effect.promise(() => discard(stage).catch(() => {}))
  )

const open = async (plugins: string): Promise<FolderStage> => {
  const made = await mkdir(plugins, { recursive: true, mode: 0o700 })
  await tidy(plugins)
  return { path: await mkdtemp(join(plugins, stageName(prefix))), plugins, made }
}

/** @param ready Absolute path in the stage. */
export const put = ({ path, plugins }: FolderStage, ready: string, name: string): Effect.Effect<void, NotManaged> =>
  Effect.uninterruptible(
    attempt(`${name} cannot be put into ${plugins}`, async () => {
      const [target, before] = [join(plugins, name), join(path, previous, name)]
      await mkdir(dirname(before), { recursive: true })
      await rename(target, before).catch(ifMissing)
      await rename(ready, target).catch(async (error: unknown) => {
        await rename(before, target).catch(ifMissing)
        throw error
      })
    })
  )

/** Takes a plugin's folder away, and nothing but it: of a link not what it leads to. The last one takes the folder of plugins along. */
export const take = (plugins: string, name: string): Effect.Effect<void, NotManaged> =>
  besides(plugins, ({ path }) =>
    attempt(`${join(plugins, name)} cannot be removed`, () => rename(join(plugins, name), join(path, "gone")))
  ).pipe(Effect.tap(() => Effect.promise(() => rmdir(plugins).catch(() => {}))))

/** Folders that were made for nothing go with it. */
const discard = async ({ path, plugins, made }: FolderStage): Promise<void> => {
  await rm(path, { recursive: true, force: true })
  await unmake(plugins, made)
}

/** Stages of processes that were killed: what they had moved away and not replaced comes back. */
const tidy = async (plugins: string): Promise<void> => {
  for (const stage of await abandoned(plugins, prefix)) {
    const old = join(stage, previous)
    for (const moved of existsSync(old) ? await readdir(old) : [])
      if (!existsSync(join(plugins, moved))) await rename(join(old, moved), join(plugins, moved))
    await rm(stage, { recursive: true, force: true })
  }
}
