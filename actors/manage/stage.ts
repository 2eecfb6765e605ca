/**
 * An npm project changed whole or not at all: a copy is made beside it, changed, looked at, and put in its place. Whatever
 * fails, is interrupted or killed before that leaves the project as it was.
 */
import { constants, existsSync, readFileSync, realpathSync, rmSync } from "node:fs"
import { copyFile, cp, mkdir, mkdtemp, rename, rm, rmdir, utimes } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import { replaceFile } from "../replace-file.ts"
import { NotManaged } from "./not-managed.ts"
import { abandoned, attempt, ifMissing, stageName, unmake } from "./whole.ts"

const files = ["package.json", "package-lock.json"] as const
const modules = "node_modules"
/** In a stage: what stood in the place of its packages until a moment ago. */
const previous = ".previous"

/**
 * @param folder Absolute path of the project; it need not exist.
 * @param use Changes the copy; its own failure leaves the project as it was.
 */
export const staged = <A>(
  folder: string,
  use: (stage: string) => Effect.Effect<A, NotManaged>
): Effect.Effect<A, NotManaged> =>
  Effect.acquireUseRelease(
    attempt(`${folder} cannot be used`, () => open(realOf(folder))),
    (stage) =>
      Effect.tap(use(stage.path), () =>
        Effect.uninterruptible(attempt(`${folder} cannot be changed`, () => commit(stage)))
      ),
    (stage) => Effect.promise(() => discard(stage).catch(() => {}))
  )

interface Stage {
  readonly path: string
  /** Real path of the project. */
  readonly project: string
  /** What the project said when it was copied. */
  readonly before: string
  /** The outermost folder that was made for it. */
  readonly made: string | undefined
}

/** Its stages lie beside the folder itself, so that relative paths in it mean the same in them. */
const realOf = (folder: string): string => (existsSync(folder) ? realpathSync(folder) : folder)

const prefixOf = (project: string): string => `${basename(project)}.new-`

const open = async (project: string): Promise<Stage> => {
  const parent = dirname(project)
  const made = await mkdir(parent, { recursive: true, mode: 0o700 })
  await tidy(project)
  const path = await mkdtemp(join(parent, stageName(prefixOf(project))))
  const stage = { path, project, before: said(project), made }
  try {
    await copy(project, path)
  } catch (error) {
    await discard(stage)
    throw error
  }
  return stage
}

const said = (project: string): string =>
  files.map((name) => (existsSync(join(project, name)) ? readFileSync(join(project, name), "utf8") : "")).join("\0")

const copy = async (from: string, to: string): Promise<void> => {
  for (const name of files) if (existsSync(join(from, name))) await copyFile(join(from, name), join(to, name))
  if (!existsSync(join(from, modules))) return
  await cp(join(from, modules), join(to, modules), {
    recursive: true,
    verbatimSymlinks: true,
    preserveTimestamps: true,
    mode: constants.COPYFILE_FICLONE
  })
  // npm believes its own notes only when no folder is younger; without them it would fetch everything again.
  const now = new Date()
  await utimes(join(to, modules, ".package-lock.json"), now, now).catch(() => {})
}

/** In this order: a package counts when package.json names it, so what a crash leaves half done is not seen. */
const commit = async ({ path, project, before }: Stage): Promise<void> => {
  if (said(project) !== before)
    throw new NotManaged({ message: "another kintsugi has changed the plugins meanwhile; run it again" })
  await mkdir(project, { recursive: true, mode: 0o700 })
  await rename(join(project, modules), join(path, previous)).catch(ifMissing)
  await rename(join(path, modules), join(project, modules)).catch(ifMissing)
  write(path, project)
  for (const name of files) if (!existsSync(join(path, name))) rmSync(join(project, name), { force: true })
  await rmdir(project).catch(() => {})
}

const write = (stage: string, project: string): void => {
  for (const name of files.toReversed())
    if (existsSync(join(stage, name))) replaceFile(join(project, name), readFileSync(join(stage, name), "utf8"), 0o644)
}

/** Folders that were made for nothing go with it. */
const discard = async ({ path, project, made }: Stage): Promise<void> => {
  await rm(path, { recursive: true, force: true })
  await unmake(dirname(project), made)
}

/** Stages of processes that were killed: one that had begun to change the project is carried on, the others go. */
const tidy = async (project: string): Promise<void> => {
  for (const stage of await abandoned(dirname(project), prefixOf(project))) {
    if (existsSync(join(stage, previous))) {
      await rename(join(stage, modules), join(project, modules)).catch(ifMissing)
      write(stage, project)
    }
    rmSync(stage, { recursive: true, force: true })
  }
}
