/**
 * Before any spec: the program as it is published, built once for all that run it, for it starts in half the time of its
 * sources; and temporary files in memory, for on a disk half of the time is waiting until what is written is safe.
 */
import { hash } from "node:crypto"
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync
} from "node:fs"
import { join } from "node:path"
import type { TestProject } from "vitest/node"
import { buildConsole } from "../scripts/build/console.ts"
import { buildPlaces } from "../scripts/build/places.ts"
import { buildProgram } from "../scripts/build/program.ts"

declare module "vitest" {
  interface ProvidedContext {
    /** The program's first module. */
    readonly program: string
  }
}

const root = join(import.meta.dirname, "..")
/** Below node_modules, so that the program finds its packages. */
const cache = join(root, "node_modules/.cache/kintsugi-spec")
const builds = join(cache, "builds")
/** Stay files beside the bundle. */
const data = ["llm/catalog/models.jsonl", "skills/bundled"]
const day = 86_400_000

export const setup = async ({ provide }: TestProject): Promise<() => void> => {
  const temporary = inMemory()
  // The runner's own processes and the programs that specs start find their modules stripped of types and compiled.
  process.env.NODE_COMPILE_CACHE ??= cache
  const build = join(builds, sources())
  if (!existsSync(build)) await make(build)
  provide("program", join(build, "bin/kintsugi.js"))
  return () => {
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true })
  }
}

/** Bytes; specs leave less than a tenth of it at a time. */
const enough = 4 * 2 ** 30

/** @returns the folder in memory that temporary files are in from now on, where there is room for one. */
const inMemory = (): string | undefined => {
  if (process.env.TMPDIR !== undefined || !/^\S+ \/dev\/shm tmpfs (?!\S*noexec)/m.test(mounts())) return undefined
  const { bavail, bsize } = statfsSync("/dev/shm")
  if (bavail * bsize < enough) return undefined
  for (const left of globSync("/dev/shm/kintsugi-specs-*").filter((name) => !isRunning(Number(name.split("-")[2]))))
    rmSync(left, { recursive: true, force: true })
  return (process.env.TMPDIR = mkdtempSync(`/dev/shm/kintsugi-specs-${process.pid}-`))
}

/** A run that was killed has left its files, and memory is dear. */
const isRunning = (pid: number): boolean => existsSync(`/proc/${pid}`)

const mounts = (): string => (existsSync("/proc/mounts") ? readFileSync("/proc/mounts", "utf8") : "")

/** All that a build is made from, as one word: runs side by side share a build or have each their own. */
const sources = (): string => {
  const patterns =
    "{index.ts,package.json,package-lock.json,{llm,healing,plugins,skills,machines,actors,channels,scripts}/**/*.{ts,md,yaml,json,jsonl,css,html,svg}}"
  const files = globSync(patterns, { cwd: root, exclude: (name) => name === "node_modules" || name === "dist" })
  const contents = files.toSorted().map((name) => `${name}\0${readFileSync(join(root, name), "latin1")}`)
  return hash("sha256", contents.join("\0"), "hex").slice(0, 16)
}

const make = async (build: string): Promise<void> => {
  mkdirSync(builds, { recursive: true })
  for (const old of readdirSync(builds).map((name) => join(builds, name)))
    if (Date.now() - statSync(old).mtimeMs > day) rmSync(old, { recursive: true, force: true })
  const folder = mkdtempSync(join(builds, "new-"))
  await Promise.all([buildProgram(root, folder), buildPlaces(root, folder), buildConsole(root, folder)])
  for (const one of data) cpSync(join(root, one), join(folder, one), { recursive: true })
  try {
    renameSync(folder, build)
  } catch (error) {
    // Another run was faster.
    if (!existsSync(build)) throw error
    rmSync(folder, { recursive: true, force: true })
  }
}
