/** What stands in an npm project of plugins: its package.json, its lock, its packages. */
import { readFileSync, realpathSync } from "node:fs"
import { join, resolve } from "node:path"
import * as z from "zod"
import { readPackage } from "../../plugins/discover/package-json.ts"

export interface InstalledPackage {
  readonly package: string
  /** Of the package that is there; absent when none is. */
  readonly version?: string
  /** What was asked for, as npm keeps it: an exact version, an address, `file:…`. */
  readonly wanted: string
  /** Checksum of what was delivered; absent for folders and for git, which has its commit. */
  readonly integrity?: string
  /** Where it came from, a git commit included. */
  readonly resolved?: string
  /** Real absolute path of the folder that it is a link to. */
  readonly link?: string
}

const Texts = z.record(z.string(), z.string()).catch({})
const Project = z.looseObject({ dependencies: Texts.default({}) })

const Entry = z.looseObject({
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  link: z.boolean().optional(),
  hasInstallScript: z.boolean().optional()
})
const Lock = z.looseObject({ packages: z.record(z.string(), Entry).default({}) })

/** @param folder Absolute. @returns all packages that were asked for, in the order of their names. */
export const installedIn = (folder: string): ReadonlyArray<InstalledPackage> => {
  const { packages } = lockOf(folder)
  return Object.entries(wantedIn(folder))
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, wanted]) => {
      const entry = packages[`node_modules/${name}`]
      const link = entry?.link === true ? linked(folder, name, entry.resolved) : undefined
      const version = versionAt(join(folder, "node_modules", name))
      const { integrity, resolved } = entry ?? {}
      return {
        package: name,
        wanted,
        ...(version === undefined ? {} : { version }),
        ...(integrity === undefined ? {} : { integrity }),
        ...(resolved === undefined || link !== undefined ? {} : { resolved }),
        ...(link === undefined ? {} : { link })
      }
    })
}

export const wantedIn = (folder: string): Readonly<Record<string, string>> => project(folder)?.dependencies ?? {}

/** It says nothing but that it is a project: it was made for packages of which none is left. */
export const isBare = (folder: string): boolean =>
  Object.entries(project(folder) ?? { name: "" }).every(
    ([key, value]) => key === "private" || (key === "dependencies" && Object.keys(Texts.parse(value)).length === 0)
  )

/** Packages, also those that others need, which would have run a script while they were installed. */
export const unbuiltIn = (folder: string): ReadonlyArray<string> =>
  Object.entries(lockOf(folder).packages).flatMap(([path, { hasInstallScript }]) =>
    hasInstallScript === true ? [path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length)] : []
  )

const versionAt = (folder: string): string | undefined => {
  try {
    return readPackage(folder)?.version
  } catch {
    return undefined
  }
}

const project = (folder: string) => readAs(Project, join(folder, "package.json"))

const lockOf = (folder: string): z.infer<typeof Lock> =>
  readAs(Lock, join(folder, "package-lock.json")) ?? { packages: {} }

const linked = (folder: string, name: string, resolved = ""): string => {
  try {
    return realpathSync(join(folder, "node_modules", name))
  } catch {
    return resolve(folder, resolved)
  }
}

const readAs = <Schema extends z.ZodType>(schema: Schema, path: string): z.output<Schema> | undefined => {
  try {
    return schema.safeParse(JSON.parse(readFileSync(path, "utf8"))).data
  } catch {
    return undefined
  }
}
