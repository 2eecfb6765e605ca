/** Puts the sources of a configuration on top of each other, each key with the places it came from. */
import { ConfigError } from "./error.ts"
import { readConfig, type Entry } from "./file.ts"
import { readEnvironment } from "./environment.ts"
import { keys } from "./keys.ts"
import { once, settingsSchema } from "./schema.ts"
import { restrict, type Standing } from "./untrusted.ts"
import type { Environment } from "../folders.ts"
import { defaults, type Settings } from "../settings.ts"
import { providerOf } from "../../llm/model-id.ts"

export interface Source {
  readonly from: "user" | "project" | "environment" | "flag"
  /** `file:line`, or the name of a variable. */
  readonly where?: string
}

/** A key that a source names and that was not taken over. */
export interface Ignored {
  readonly key: string
  readonly where: string
}

export interface ConfigFile {
  readonly path: string
  readonly text: string
}

export interface Sources extends Omit<Standing, "below"> {
  readonly user?: ConfigFile | undefined
  readonly project?: ConfigFile | undefined
  readonly trusted: boolean
  readonly env: Environment
}

export interface Merged {
  readonly settings: Settings
  readonly sources: Readonly<Record<string, ReadonlyArray<Source>>>
  readonly ignored: ReadonlyArray<Ignored>
  readonly notices: ReadonlyArray<string>
}

/** @throws ConfigError with every problem of every source. */
export const mergeSources = (given: Sources): Merged => {
  const { user, project, trusted, env } = given
  const ofUser = user && readConfig(user.path, user.text, env, "expand")
  const ofProject = project && readConfig(project.path, project.text, env, trusted ? "expand" : "withhold")
  const ofEnvironment = readEnvironment(env)
  const problems = [ofUser, ofProject, ofEnvironment].flatMap((read) => read?.problems ?? [])
  if (problems.length > 0) throw new ConfigError(problems)

  const merge = emptyMerge()
  merge.add("user", ofUser?.entries)
  const allowed = trusted ? { entries: ofProject?.entries } : tighten(ofProject?.entries, merge.value, given)
  merge.add("project", allowed.entries)
  merge.add("environment", ofEnvironment.entries)
  const withheld = [...(ofProject?.withheld ?? [])].map(([key, { where }]) => ({ key, where }))
  const strayed = merge.dropStrayed()
  return {
    settings: merge.settings(),
    sources: merge.sources,
    ignored: [...("ignored" in allowed ? allowed.ignored : []), ...withheld],
    notices: [...ofEnvironment.notices, ...strayed]
  }
}

/** What belongs to the provider of `llm.model`, and would be sent wherever another model leads. */
const ofModel = ["llm.api_key", "llm.base_url"]

const ownerOf = (model: unknown): string | undefined => (typeof model === "string" ? providerOf(model) : undefined)

const emptyMerge = () => {
  const values = new Map<string, unknown>()
  const sources: Record<string, ReadonlyArray<Source>> = {}
  /** Whose model was chosen where each of `ofModel` was said. */
  const owners = new Map<string, string | undefined>()
  const value = (key: string): unknown => (values.has(key) ? values.get(key) : defaultOf(key))
  return {
    sources,
    value,
    add: (from: Source["from"], entries: ReadonlyMap<string, Entry> = new Map()): void => {
      for (const [key, entry] of entries) {
        const adds = keys.get(key)?.info.adds === true
        const before = values.get(key)
        // A default list of rules is replaced by the first source that names the key; after that, rules add up.
        const sum =
          adds && Array.isArray(before) && Array.isArray(entry.value)
            ? [...new Set([...before, ...entry.value])]
            : entry.value
        values.set(key, sum)
        sources[key] = [...(adds ? (sources[key] ?? []) : []), { from, where: entry.where }]
      }
      for (const key of ofModel) if (entries.has(key)) owners.set(key, ownerOf(value("llm.model")))
    },
    /** A source above has chosen a model of somebody else: the key was not said for that one. @returns what people are told. */
    dropStrayed: (): ReadonlyArray<string> =>
      ofModel.flatMap((key) => {
        const [owner, chosen] = [owners.get(key), ownerOf(value("llm.model"))]
        if (owner === undefined || owner === chosen) return []
        const where = sources[key]?.at(-1)?.where ?? ""
        values.delete(key)
        delete sources[key]
        return [`${key} (${where}) is for ${owner} and is not used, because llm.model is one of ${chosen}`]
      }),
    settings: (): Settings => settingsSchema.parse(nest([...keys.keys()].map((key) => [key, value(key)])), once)
  }
}

const tighten = (
  entries: ReadonlyMap<string, Entry> = new Map(),
  below: (key: string) => unknown,
  given: Omit<Standing, "below">
): { readonly entries: ReadonlyMap<string, Entry>; readonly ignored: ReadonlyArray<Ignored> } => {
  const kept = new Map<string, Entry>()
  const ignored: Array<Ignored> = []
  for (const [key, { value, where }] of entries) {
    const restriction = leadsAway(key, value, below) ? "never" : (keys.get(key)?.info.untrusted ?? "never")
    const rest = restrict(restriction, value, { ...given, below: below(key) })
    if (rest === undefined) ignored.push({ key, where })
    else kept.set(key, { value: rest, where })
  }
  return { entries: kept, ignored }
}

/** A model of another provider than the user's own key or address was said for. */
const leadsAway = (key: string, value: unknown, below: (key: string) => unknown): boolean =>
  key === "llm.model" &&
  ofModel.some((one) => below(one) !== undefined) &&
  ownerOf(value) !== ownerOf(below("llm.model"))

/** The value at a path of nested settings; `undefined` when the way does not lead there. */
export const valueOf = (settings: object, key: string): unknown => {
  let value: unknown = settings
  for (const part of key.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined
    value = Reflect.get(value, part)
  }
  return value
}

const defaultOf = (key: string): unknown => valueOf(defaults, key)

interface Nested {
  [name: string]: unknown
}

/** Only for keys of the schema: no name of theirs is inherited by objects. */
const nest = (values: ReadonlyArray<readonly [string, unknown]>): Nested => {
  const root: Nested = {}
  for (const [key, value] of values) {
    const parts = key.split(".")
    let at = root
    for (const part of parts.slice(0, -1)) at = (at[part] ??= {}) as Nested
    if (value !== undefined) at[parts.at(-1)!] = value
  }
  return root
}
