/**
 * The standing instructions for an agent, as people have written them down for many: AGENTS.md, CLAUDE.md with what it imports,
 * rules; of the user and of each folder from the repository's root down to the working folder. What is nearest comes last, so that
 * it has the last word.
 */
import { stat } from "node:fs/promises"
import { resolve } from "node:path"
import { plainName } from "../plugins/ports/text-file.ts"
import { type ContextFile, fit, largeNotice } from "./context/fit.ts"
import { type Gathered, gatherer, type LeftOut, type Scoped } from "./context/gather.ts"
import { type Owner, ownersOf } from "./context/owner.ts"
import {
  type Choice,
  configFolder,
  foldersBetween,
  lookedAt,
  placesIn,
  placesOfUser,
  rootOf
} from "./context/places.ts"

export type { ContextFile } from "./context/fit.ts"

export interface ContextFiles {
  readonly files: ReadonlyArray<ContextFile>
  /** Rules that are for some files only, and are read when an agent comes to one. */
  readonly scoped: ReadonlyArray<Scoped>
  /** What there is and was not read at all, or says what another one said. */
  readonly leftOut: ReadonlyArray<LeftOut>
  /** What was left out or cut and why, a line each, for people. */
  readonly notices: ReadonlyArray<string>
}

export interface ContextOptions {
  readonly cwd: string
  /** The user's home folder; the configuration lies in `$XDG_CONFIG_HOME`, by default `.config` in it. */
  readonly home: string
  /** What the user has written for other agents counts, too; default true. */
  readonly others?: boolean
  /** Whether the user trusts the working folder, so that its files may lead outside of the project; default false. */
  readonly trusted?: boolean
  /** Whether a real path stays closed to everybody; default none does. */
  readonly isBlocked?: (real: string) => Promise<boolean>
  /** Of all files together; the nearest are kept whole the longest. Default 80 000, about 20 000 tokens. */
  readonly maxCharacters?: number
  /** Default the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** What context files are read by. */
export interface Reading {
  readonly cwd: string
  readonly root: string
  readonly home: string
  /** The user's configuration of this program. */
  readonly config: string
  readonly others: boolean
  readonly limit: number
  readonly owners: Readonly<Record<Owner["kind"], Owner>>
}

export const readingOf = async (options: ContextOptions): Promise<Reading> => {
  const { env = process.env, others = true, trusted = false, isBlocked = async () => false } = options
  const { maxCharacters = 80_000 } = options
  const cwd = resolve(options.cwd)
  const home = resolve(options.home)
  const root = await rootOf(cwd)
  const config = configFolder(home, env.XDG_CONFIG_HOME)
  const limit = Number.isNaN(maxCharacters) ? 0 : Math.max(0, Math.floor(maxCharacters))
  return { cwd, root, home, config, others, limit, owners: await ownersOf({ root, home, config, trusted, isBlocked }) }
}

/** Never rejects: what cannot be read is left out, with a notice. */
export const readContextFiles = async (reading: Reading): Promise<ContextFiles> => {
  const { home, config, others, limit, root, cwd, owners } = reading
  const [users, ...projects] = await Promise.all([
    placesOfUser(home, config, others),
    ...foldersBetween(root, cwd).map(placesIn)
  ])
  const gather = gatherer({ home, limit })
  await addAll(gather, users ?? [], owners.user)
  await addAll(gather, projects.flat(), owners.project)
  const { files, notices } = fit(gather.files, limit)
  const leftOut = gather.leftOut()
  const large = largeNotice(files)
  return {
    files,
    scoped: gather.scoped,
    leftOut: [...leftOut, ...gather.repeated].map(clean),
    notices: bounded([
      ...leftOut.map(({ path, reason }) => `${path} was left out: ${reason}`),
      ...notices,
      ...(large === undefined ? [] : [large])
    ])
  }
}

export const addAll = async (
  gather: ReturnType<typeof gatherer>,
  choices: ReadonlyArray<Choice>,
  owner: Owner
): Promise<void> => {
  for (const choice of choices) {
    for (const place of choice) if (await gather.add(place, owner)) break
  }
}

/** Notices at a time. */
const most = 20

const bounded = (notices: ReadonlyArray<string>): ReadonlyArray<string> => {
  const more = notices.length > most ? [`and ${notices.length - most} more such files`] : []
  return [...notices.slice(0, most), ...more].map(plainName)
}

const clean = ({ path, reason }: LeftOut): LeftOut => ({ path: plainName(path), reason: plainName(reason) })

/** When what may be read was changed last, by path; what is not there is absent. */
export type Stamps = ReadonlyMap<string, string>

export const stampsOf = async (
  { home, config, root, cwd }: Reading,
  files: ReadonlyArray<Pick<Gathered, "path">>
): Promise<Stamps> => {
  const paths = new Set([...lookedAt(home, config, foldersBetween(root, cwd)), ...files.map(({ path }) => path)])
  const stamps = await Promise.all(
    Array.from(paths, async (path): Promise<ReadonlyArray<readonly [string, string]>> => {
      const info = await stat(path).catch(() => undefined)
      return info === undefined ? [] : [[path, `${info.mtimeMs}:${info.size}`]]
    })
  )
  return new Map(stamps.flat())
}
