/**
 * Few files where a session begins. Where code is split, esbuild makes a piece of whatever two lazy doors share, and a program with
 * many doors falls into hundreds, a third of a millisecond each; what is loaded together anyway becomes one file here.
 */
import { basename, dirname, join } from "node:path/posix"
import { build, type BuildOptions, type Metafile, type Plugin } from "esbuild"

/** By the name of its file: sources that are doors. Their pieces, with all that these import at once, go into it unless an earlier has them. */
export type Groups = Readonly<Record<string, ReadonlyArray<string>>>

/** As esbuild has split it. */
export interface Pieces {
  readonly outputs: Metafile["outputs"]
  /** By path, as in `outputs`. */
  readonly texts: ReadonlyMap<string, string>
  /** The first piece: it stays as it is, with what it loads for itself. */
  readonly entry: string
  /** Stands before each; is put before each again. */
  readonly banner: string
}

/** Where a piece went. */
interface Place {
  /** `session.js`, in the folder of pieces. */
  readonly file: string
  /** Before the names of what it exports. */
  readonly prefix: string
}

type Places = ReadonlyMap<string, Place>

/** @param apart Sources of doors that stay apart, with all that these import at once. @returns texts of all files, by path. */
export const gather = async (
  pieces: Pieces,
  groups: Groups,
  apart: ReadonlyArray<string>,
  options: BuildOptions
): Promise<ReadonlyMap<string, string>> => {
  const { outputs, texts, entry, banner } = pieces
  const places = placesOf(pieces, groups, apart)
  const folder = join(dirname(entry), "chunks")
  const bare = new Map(Array.from(texts, ([path, text]) => [path, redirected(text.replace(banner, ""), places)]))
  const together = async (paths: ReadonlyArray<string>, own?: string) => {
    const { outputFiles = [] } = await build({
      ...options,
      // Marked, lest what lies on the disk from an earlier build is taken for it.
      entryPoints: paths.map((path) => ({ in: `gather:${path}`, out: basename(path, ".js") })),
      bundle: true,
      splitting: false,
      write: false,
      outdir: "/",
      banner: { js: banner },
      plugins: [reading({ outputs, places, texts: bare, folder, own })]
    })
    return outputFiles.map(({ path, text }): [string, string] => [join(folder, basename(path)), text])
  }
  const left = [...texts.keys()].filter((path) => !places.has(path) && path !== entry)
  const files = new Set(Array.from(places.values(), ({ file }) => file))
  const built = await Promise.all([together(left), ...Array.from(files, (file) => together([file], file))])
  return new Map([[entry, redirected(texts.get(entry) ?? "", places)], ...built.flat()])
}

/** It and all that is loaded with it. */
const closure = (outputs: Pieces["outputs"], path: string, found = new Set<string>()): ReadonlySet<string> => {
  if (found.has(path)) return found
  found.add(path)
  for (const { path: next, kind, external } of outputs[path]?.imports ?? [])
    if (kind === "import-statement" && external !== true) closure(outputs, next, found)
  return found
}

const placesOf = ({ outputs, entry }: Pieces, groups: Groups, apart: ReadonlyArray<string>): Places => {
  const door = (source: string): string => {
    const [path] = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === source) ?? []
    if (path === undefined) throw new Error(`${source} is no door of its own: nothing imports it lazily`)
    return path
  }
  const all = (sources: ReadonlyArray<string>) => sources.flatMap((source) => [...closure(outputs, door(source))])
  const taken = new Set([...closure(outputs, entry), ...all(apart)])
  const places = new Map<string, Place>()
  for (const [name, sources] of Object.entries(groups))
    for (const path of all(sources)) {
      if (taken.has(path)) continue
      taken.add(path)
      places.set(path, { file: `${name}.js`, prefix: `p${places.size}` })
    }
  return places
}

/** A door that went into another file is a part of that. The names of pieces hold a hash, so that nothing else looks like one. */
const redirected = (text: string, places: Places): string => {
  const byName = new Map(Array.from(places, ([path, place]) => [basename(path), place]))
  return text.replace(/\bimport\("(\.\/(?:chunks\/)?)([^"/]+)"\)/g, (whole, folder: string, name: string) => {
    const place = byName.get(name)
    return place === undefined ? whole : `import("${folder}${place.file}").then(_=>_.${place.prefix})`
  })
}

interface Reading {
  readonly outputs: Pieces["outputs"]
  readonly places: Places
  readonly texts: ReadonlyMap<string, string>
  readonly folder: string
  /** The file that is being made; absent: each piece that is left, by itself. */
  readonly own: string | undefined
}

/** Pieces of the same file are put into it; those of another are imported from there by their new names. */
const reading = ({ outputs, places, texts, folder, own }: Reading): Plugin => ({
  name: "gather",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /./ }, ({ path, kind, namespace }) => {
      if (kind === "entry-point")
        return { path: path.replace("gather:", ""), namespace: own === undefined ? "piece" : "group" }
      const piece = namespace === "group" ? path : join(folder, path)
      const place = places.get(piece)
      if (kind !== "import-statement" || place === undefined || namespace === "elsewhere")
        return { path, external: true }
      return { path: piece, namespace: place.file === own ? "piece" : "elsewhere" }
    })
    onLoad({ filter: /./, namespace: "piece" }, ({ path }) => ({ contents: texts.get(path) ?? "" }))
    onLoad({ filter: /./, namespace: "elsewhere" }, ({ path }) => {
      const { file = "", prefix = "" } = places.get(path) ?? {}
      return {
        contents: `export { ${renamed(outputs, path, prefix, ([own, theirs]) => `${theirs} as ${own}`)} } from "./${file}"`
      }
    })
    onLoad({ filter: /./, namespace: "group" }, ({ path: file }) => ({
      contents: Array.from(places, ([path, place]) =>
        place.file === file ? handedOut(outputs, path, place) : ""
      ).join("\n")
    }))
  }
})

const renamed = (
  outputs: Pieces["outputs"],
  path: string,
  prefix: string,
  write: (names: readonly [own: string, theirs: string]) => string
): string => (outputs[path]?.exports ?? []).map((name) => write([name, `${prefix}_${name}`])).join(", ")

const handedOut = (outputs: Pieces["outputs"], path: string, { prefix }: Place): string => {
  const from = JSON.stringify(path)
  const isDoor = outputs[path]?.entryPoint !== undefined
  const each = `export { ${renamed(outputs, path, prefix, ([own, theirs]) => `${own} as ${theirs}`)} } from ${from}`
  return isDoor ? `${each}\nexport * as ${prefix} from ${from}` : each
}
