/** Which types a user of declarations meets, and by what way: read from the text of `.d.ts` files, as far as ours go. */
import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"

interface Origin {
  /** As it is called in `file`. */
  readonly name: string
  readonly file: string
}

const read = (file: string): string => readFileSync(file, "utf8").replace(/\/\*[^]*?\*\//g, "")

/** What a file imports or hands on from files beside it, by the names that it has here. */
const origins = (file: string): ReadonlyMap<string, Origin> =>
  new Map(
    [...read(file).matchAll(/(?:import|export)(?: type)? \{([^}]*)\} from "(\.[^"]+)"/g)].flatMap(
      ([, names = "", from = ""]) =>
        names
          .split(",")
          .map((one) => one.trim().replace(/^type /, ""))
          .filter((one) => one !== "")
          .map((one) => {
            const [name = one, as = name] = one.split(" as ")
            return [as, { name, file: join(dirname(file), from.replace(/(\.d)?\.[jt]s$/, ".d.ts")) }] as const
          })
    )
  )

/** The text that declares a name; `undefined` when another file does. */
const declaration = (file: string, name: string): string | undefined => {
  const text = read(file)
  const start = new RegExp(`^(export )?(declare )?(interface|type|class|const|function) ${name}\\b`, "m").exec(text)
  if (start === null) return undefined
  const rest = text.slice(start.index + 1)
  const end = rest.search(/^(export|declare|interface|type|import)\b/m)
  return end < 0 ? rest : rest.slice(0, end)
}

/** Names that a file of the package exports. */
export const exported = (file: string): ReadonlyArray<string> => [...origins(file).keys()].toSorted()

/**
 * Types of ours that stand in what `entry` exports, directly or through others, and that none of `entries` exports: who meets
 * one cannot name it. @returns each with the way to it.
 */
export const nameless = (entry: string, entries: ReadonlyArray<string>): ReadonlyArray<string> => {
  const keyOf = ({ name, file }: Origin): string => `${name} ${file}`
  const home = ({ name, file }: Origin): Origin | undefined => {
    if (!existsSync(file)) return undefined
    if (declaration(file, name) !== undefined) return { name, file }
    const next = origins(file).get(name)
    return next === undefined ? undefined : home(next)
  }
  const homes = (file: string) => [...origins(file).values()].flatMap((one) => home(one) ?? [])
  const named = new Set(entries.flatMap(homes).map(keyOf))
  const seen = new Set<string>()
  const found: Array<string> = []
  const visit = (origin: Origin, way: ReadonlyArray<string>): void => {
    const at = home(origin)
    if (at === undefined || seen.has(keyOf(at))) return
    seen.add(keyOf(at))
    const path = [...way, at.name]
    if (!named.has(keyOf(at))) found.push(path.join(" > "))
    const known = origins(at.file)
    for (const [word] of declaration(at.file, at.name)?.matchAll(/\b[A-Z]\w*\b/g) ?? [])
      if (word !== at.name) visit(known.get(word) ?? { name: word, file: at.file }, path)
  }
  for (const origin of origins(entry).values()) visit(origin, [])
  return found
}
