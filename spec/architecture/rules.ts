/** The laws of the house. Each takes all source files and returns its violations, one line each. */
import type { Import, Source } from "./source.ts"

export type Rule = (sources: ReadonlyArray<Source>) => ReadonlyArray<string>

const layers = ["llm", "healing", "plugins", "skills", "machines", "actors", "channels", "index.ts"]
const leaves = ["llm", "healing", "plugins"]

/** Packages that cost tens to hundreds of milliseconds: nobody pays before the line that needs them. */
const heavy = [
  "@anthropic-ai/sdk",
  "@babel/parser",
  "@modelcontextprotocol/sdk",
  "ajv",
  "diff",
  "ink",
  "marked",
  "openai",
  "react",
  "recast",
  "semver",
  "validate-npm-package-name",
  "ws"
]
/** What is loaded before anybody has asked for anything: the library, the program, what plugins import, their places. */
const doors = ["index.ts", "channels/cli/bin.ts", "plugins/index.ts", "channels/server.ts", "actors/hosts/entry.ts"]
/** Rooms behind a door of their own. */
const terminal = "channels/terminal/"

const layerOf = (path: string): string => path.split("/", 1).join()

/** A rule that judges one import at a time. */
const onImports =
  (isWrong: (use: Import, from: string) => boolean, why: string): Rule =>
  (sources) =>
    sources.flatMap(({ path, imports }) =>
      imports.filter((use) => isWrong(use, path)).map(({ target }) => `${path} imports ${target}: ${why}`)
    )

const onPaths = (isWrong: (to: string, from: string, use: Import) => boolean, why: string): Rule =>
  onImports((use, from) => use.path !== undefined && isWrong(use.path, from, use), why)

export const pointsOneWay = onPaths(
  (to, from) => !layers.includes(layerOf(to)) || layers.indexOf(layerOf(to)) > layers.indexOf(layerOf(from)),
  `a layer knows itself and those before it: ${layers.join(" → ")}`
)

export const leavesAreStrangers = onPaths(
  (to, from) => leaves.includes(layerOf(from)) && layerOf(to) !== layerOf(from),
  `${leaves.join(", ")} know nothing but themselves`
)

export const effectIsDeep = onImports(({ target }) => target === "effect", "import effect/… deeply, the barrel is slow")

/** Written `* as z`, and without its namespaces within, the bundle holds a fifth of it: no locales, no unused checks. */
export const zodShakes: Rule = (sources) => [
  ...onImports(
    ({ package: from, names }) => from === "zod" && names.includes("z"),
    'write import * as z from "zod"'
  )(sources),
  ...sources
    .filter(({ reads }) => reads.includes("z.core") || reads.includes("z.locales"))
    .map(({ path }) => `${path} uses z.core or z.locales: they bring all of zod, import what you need from zod/v4/core`)
]

export const heavyIsLazy: Rule = (sources) => {
  const loaded = loadedWith(doors, sources)
  return onImports(
    ({ kind, package: from = "" }) => kind === "value" && heavy.includes(from),
    "it is loaded with the program; let it be reached through await import()"
  )(sources.filter(({ path }) => loaded.has(path)))
}

/** All files that the first ones import at once, and those that these import. */
const loadedWith = (first: ReadonlyArray<string>, sources: ReadonlyArray<Source>): ReadonlySet<string> => {
  const byPath = new Map(sources.map((source) => [source.path, source]))
  const loaded = new Set(first)
  for (const path of loaded)
    for (const { kind, path: target } of byPath.get(path)?.imports ?? [])
      if (kind === "value" && target !== undefined) loaded.add(target)
  return loaded
}

export const terminalIsLazy = onPaths(
  (to, from, { kind }) => kind === "value" && to.startsWith(terminal) && !from.startsWith(terminal),
  "it brings ink and react: load it with await import()"
)

/** Sources of the web console's page: bundled when the program is built, so a user's installation needs none of its packages. */
const page = "channels/web/client/"

export const isForBrowsers = (path: string): boolean => path.startsWith(page)

export const pageIsApart = onPaths(
  (to, from) => isForBrowsers(to) && !isForBrowsers(from),
  "it runs in browsers; it is bundled, not imported"
)

/** @param packages Names that the project's own installation holds. */
export const pageIsForBrowsers = (packages: ReadonlyArray<string>): Rule =>
  onImports(
    ({ package: from, target }, path) =>
      isForBrowsers(path) && (target.startsWith("node:") || (from !== undefined && !packages.includes(from))),
    "browsers have no modules of Node, and packages stand in package.json"
  )

/** @param dependencies Names that a user's installation holds. */
export const packagesAreDeclared = (dependencies: ReadonlyArray<string>): Rule =>
  onImports(
    (use) => use.package !== undefined && !dependencies.includes(use.package) && !use.target.startsWith("node:"),
    "not in package.json's dependencies; Node's own modules are written node:…"
  )

/** What the host provides to every plugin. */
const provided = ["kintsugi/plugin", "zod"]

/**
 * A plugin's package is a stranger's: it reaches its own files, what its own package.json declares and what the host
 * provides.
 *
 * @param packages Names in the `dependencies` of each package, by its folder.
 */
export const pluginsStandAlone =
  (packages: Readonly<Record<string, ReadonlyArray<string>>>): Rule =>
  (sources) =>
    sources.flatMap((source) => {
      const own = Object.keys(packages).find((folder) => source.path.startsWith(`${folder}/`))
      const isWrong = ({ path, package: from = "", target }: Import): boolean => {
        if (path !== undefined) return own === undefined || !path.startsWith(`${own}/`)
        const isKnown = (packages[own ?? ""] ?? []).includes(from)
        return !isKnown && !provided.includes(target) && !target.startsWith("node:")
      }
      return onImports(isWrong, "a plugin's package knows itself, what it declares and kintsugi/plugin")([source])
    })

export const packagesAreStrangers = onPaths(
  (to) => /^(plugins\/packages|examples)\//.test(to),
  "whoever installs the program has none of them"
)

/** Types count: two files that need each other's types are one file, or lack a third. */
export const hasNoCycles: Rule = (sources) => {
  const targets = new Map(sources.map(({ path, imports }) => [path, imports.flatMap((use) => use.path ?? [])]))
  const done = new Set<string>()
  const cyclesFrom = (path: string, trail: ReadonlyArray<string>): ReadonlyArray<string> => {
    if (trail.includes(path)) return [[...trail.slice(trail.indexOf(path)), path].join(" → ")]
    if (done.has(path)) return []
    const found = (targets.get(path) ?? []).flatMap((target) => cyclesFrom(target, [...trail, path]))
    done.add(path)
    return found
  }
  return sources.flatMap(({ path }) => cyclesFrom(path, []))
}

export const indexIsAList: Rule = (sources) =>
  sources
    .filter(({ path }) => path === "index.ts")
    .flatMap(({ statements }) => statements.filter((statement) => statement !== "ExportNamedDeclaration"))
    .map((statement) => `index.ts holds a ${statement}: it names what it exports, and nothing else`)

export const saysWhatItIs: Rule = (sources) =>
  sources
    .filter(({ text }) => !/^(#!.*\n)?\/\*\*\s/.test(text))
    .map(({ path }) => `${path} does not begin with a doc comment that says what it is`)
