/** What an installed package exports, read from its files' text: none of its code is run. */
import { readFileSync, statSync } from "node:fs"
import { findPackageJSON } from "node:module"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"

/** Most files of one package that are read, and most bytes of one: what is farther away was hardly meant. */
const mostFiles = 40
const largest = 500_000

const known = new Map<string, ReadonlyArray<string>>()

/** @param from The file that imports it. @returns nothing for what is not installed, or says it otherwise than by name. */
export const packageExports = (from: string, specifier: string): ReadonlyArray<string> => {
  if (!/^(@[\w.-]+\/)?[\w.-]+(\/[\w./-]+)?$/.test(specifier)) return []
  const manifest = manifestOf(from, specifier) ?? manifestOf(import.meta.filename, specifier)
  if (manifest === undefined) return []
  const key = `${manifest}\0${specifier}`
  const names =
    known.get(key) ??
    entriesOf(manifest, specifier)
      .map(namesFrom)
      .find(({ length }) => length > 0) ??
    []
  // Plugins come and go; a long-lived host must not remember all of them.
  if (known.size > 50) known.clear()
  known.set(key, names)
  return names
}

/** Beside the plugin; else the host's own, which provides some. */
const manifestOf = (from: string, specifier: string): string | undefined => {
  try {
    return findPackageJSON(specifier, pathToFileURL(from))
  } catch {
    return undefined
  }
}

const entriesOf = (manifest: string, specifier: string): ReadonlyArray<string> => {
  const said: unknown = parsed(manifest)
  if (typeof said !== "object" || said === null) return []
  const subpath = specifier.split("/").slice(specifier.startsWith("@") ? 2 : 1)
  const key = [".", ...subpath].join("/")
  const field = (name: string): unknown => Reflect.get(said, name)
  const declared: unknown = field("exports")
  const isMap =
    typeof declared === "object" && declared !== null && Object.keys(declared).some((one) => one.startsWith("."))
  const target: unknown = isMap ? Reflect.get(declared, key) : key === "." ? declared : undefined
  const plain = key === "." ? [field("module"), field("main"), "index.js"] : [key, `${key}.js`]
  const found = [...targetsOf(target), ...plain, ...(key === "." ? [field("types"), "index.d.ts"] : [])]
  return found.flatMap((one) => (typeof one === "string" && !one.includes("..") ? [join(dirname(manifest), one)] : []))
}

/** In the order in which Node would take them for an import; what only declares types comes last. */
const targetsOf = (target: unknown): ReadonlyArray<string> => {
  if (typeof target === "string") return [target]
  if (typeof target !== "object" || target === null) return []
  const entries = Object.entries(target).filter(([key]) =>
    /^(node|import|module(-sync)?|default|require|types)$/.test(key)
  )
  const [types, values] = [entries.filter(([key]) => key === "types"), entries.filter(([key]) => key !== "types")]
  return [...values, ...types].flatMap(([, inner]) => targetsOf(inner))
}

const parsed = (path: string): unknown => {
  try {
    return JSON.parse(readFileSync(path, "utf8"))
  } catch {
    return undefined
  }
}

/** The names that a file exports, and those of the files beside it that it passes on. */
const namesFrom = (entry: string): ReadonlyArray<string> => {
  const [names, seen, queue] = [new Set<string>(), new Set<string>(), [entry]]
  for (let path = queue.shift(); path !== undefined && seen.size < mostFiles; path = queue.shift()) {
    if (seen.has(path)) continue
    seen.add(path)
    const text = textOf(path)
    for (const name of namesIn(text)) names.add(name)
    for (const next of passedOn(text)) queue.push(join(dirname(path), next))
  }
  return [...names].filter((name) => name !== "default" && name !== "__esModule")
}

const textOf = (path: string): string => {
  for (const file of [path, `${path}.js`, join(path, "index.js"), path.replace(/\.js$/, ".d.ts")])
    try {
      if (statSync(file).isFile() && statSync(file).size <= largest) return readFileSync(file, "utf8")
    } catch {
      // The next spelling.
    }
  return ""
}

const patterns: ReadonlyArray<RegExp> = [
  /^export\s+(?:declare\s+)?(?:async\s+)?(?:const|let|var|function\*?|class|enum|namespace)\s+([\w$]+)/gm,
  /^export\s*\*\s*as\s+([\w$]+)/gm,
  /\bexports\.([\w$]+)\s*=/g,
  /Object\.defineProperty\(exports,\s*["']([\w$]+)["']/g
]

const namesIn = (text: string): ReadonlyArray<string> => [
  ...patterns.flatMap((pattern) => [...text.matchAll(pattern)].flatMap(([, name]) => name ?? [])),
  ...[...text.matchAll(/(?:^export|module\.exports\s*=)\s*\{([^{}]*)\}/gm)].flatMap(([, list = ""]) => listed(list))
]

/** `a, b as c, d: e` is `a`, `c` and `d`. */
const listed = (list: string): ReadonlyArray<string> =>
  list
    .replace(/\/\*[^]*?\*\/|\/\/.*/g, "")
    .split(",")
    .flatMap((one) => /^(?:type\s.*|(?:[\w$]+\s+as\s+)?([\w$]+)\s*(?::.*)?)$/s.exec(one.trim())?.[1] ?? [])

const passedOn = (text: string): ReadonlyArray<string> =>
  [
    /^export\s*\*\s*from\s*["'](\.[^"']+)["']/gm,
    /__exportStar\(require\(["'](\.[^"']+)["']\)/g,
    /module\.exports\s*=\s*require\(["'](\.[^"']+)["']\)/g
  ].flatMap((pattern) => [...text.matchAll(pattern)].flatMap(([, path]) => path ?? []))
