/** The files in which hooks are written down, read. */
import { readFileSync, statSync } from "node:fs"
import type { CommandHookSet, HookSource } from "../command-hooks.ts"
import type { PartedPlugin } from "../discover/parts.ts"
import { isFields } from "./fields.ts"
import { type HookPlaces, sourcesOf } from "./places.ts"
import { readHooks } from "./read-hooks.ts"

/** Bytes; what is longer was not written by hand. */
const longest = 1024 * 1024

/** A file, or what stands in a plugin's manifest. */
interface Found {
  readonly source: HookSource
  /** Absent: it cannot be read, or says nothing of hooks. */
  readonly hooks?: unknown
  readonly disables: boolean
  readonly problem?: CommandHookSet["problems"][number]
}

export interface HookFiles {
  readonly set: CommandHookSet
  /** The user has switched all off, also those that come from elsewhere. */
  readonly off: boolean
}

/** A project cannot switch off the user's own guards. */
const disablesProject = ({ source, disables }: Found): boolean => disables && source.kind === "project"

/** Never throws. */
export const readHookFiles = (
  places: HookPlaces,
  parted: ReadonlyArray<PartedPlugin> = places.plugins()
): HookFiles => {
  const found = [...sourcesOf(places).flatMap(readFile), ...parted.flatMap(readParts)]
  const off = found.some(({ source, disables }) => disables && source.kind === "user")
  const isOff = ({ source }: Found): boolean => off || (source.kind === "project" && found.some(disablesProject))
  const sets = found.map((one) => (isOff(one) ? turnedOff(one) : setOf(one)))
  return {
    off,
    set: { hooks: sets.flatMap(({ hooks }) => hooks), problems: sets.flatMap(({ problems }) => problems) }
  }
}

const setOf = ({ source, hooks, problem }: Found): CommandHookSet =>
  problem === undefined ? readHooks(hooks, source) : { hooks: [], problems: [problem] }

/** That it holds some is said: somebody will wonder why they do not run. */
const turnedOff = ({ source, hooks }: Found): CommandHookSet =>
  isFields(hooks) && Object.keys(hooks).length > 0
    ? { hooks: [], problems: [{ source, reason: "switched off by disableAllHooks", guards: false }] }
    : { hooks: [], problems: [] }

const readParts = ({ name, folder, parts }: PartedPlugin): ReadonlyArray<Found> =>
  parts.hooks.flatMap((one) => {
    const of = { kind: "plugin", trusted: true, name, folder } as const
    if ("path" in one) return readFile({ ...of, path: one.path })
    return [fileOf({ ...of, path: folder }, one.value)]
  })

const readFile = (source: HookSource): ReadonlyArray<Found> => {
  const { path } = source
  try {
    const found = statSync(path, { throwIfNoEntry: false })
    if (found === undefined) return []
    if (!found.isFile()) return [broken(source, "it is not a file")]
    if (found.size > longest) return [broken(source, `it is longer than ${longest} bytes`)]
    const text = readFileSync(path, "utf8").replace(/^\uFEFF/, "")
    return text.trim() === "" ? [] : [parsed(source, text)]
  } catch (error) {
    return [broken(source, `it cannot be read: ${error instanceof Error ? error.message : String(error)}`)]
  }
}

/** Nobody can tell what it would have said: unless it is `harmless`, it may have held a guard. */
const broken = (source: HookSource, reason: string, harmless = false): Found => ({
  source,
  disables: false,
  problem: { source, reason: `${reason}; mend it`, guards: !harmless }
})

/** Not a word of hooks, also not in disguise: whatever is wrong with it, no guard is lost. */
const isHarmless = (text: string): boolean => !/hook|ToolUse|PromptSubmit|\\u/i.test(text)

const parsed = (source: HookSource, text: string): Found => {
  try {
    return fileOf(source, JSON.parse(text))
  } catch (error) {
    const place = placeIn(text, error)
    return broken(source, `line ${place.line}: it is not valid JSON: ${place.why}`, isHarmless(text))
  }
}

const fileOf = (source: HookSource, value: unknown): Found => {
  if (!isFields(value))
    return broken(source, "expected an object with `hooks` in it", isHarmless(JSON.stringify(value)))
  const disables = value.disableAllHooks === true
  // A plugin's manifest may also hold the events themselves.
  const isBare = source.kind === "plugin" && !Object.hasOwn(value, "hooks")
  const { description: _, disableAllHooks: __, ...events } = value
  return { source, disables, hooks: isBare ? events : value.hooks }
}

/** What people write into such files from habit, by the sign with which it begins. */
const habits: ReadonlyArray<readonly [RegExp, string]> = [
  [/^\/[/*]/, "comments are not allowed"],
  [/^,\s*[}\]]/, "a comma before the end is not allowed"],
  [/^'/, "texts stand in double quotes"]
]

/** V8 says the place of some errors only; its other messages quote the text, which may hold a key. */
const placeIn = (text: string, error: unknown): { readonly line: number; readonly why: string } => {
  const at = firstFault(text)
  const before = text.slice(0, at)
  const line = before.split("\n").length
  const comma = /,\s*$/.exec(before)
  const rest = comma === null ? text.slice(at) : `,${text.slice(at)}`
  const habit = habits.find(([sign]) => sign.test(rest))?.[1] ?? habits.find(([sign]) => sign.test(text.slice(at)))?.[1]
  if (habit !== undefined) return { line, why: habit }
  const said =
    error instanceof Error && /at position \d+/.test(error.message) ? error.message.split(" in JSON", 1)[0] : undefined
  return { line, why: said ?? (at >= text.length ? "it ends too early" : "there is a sign that JSON has not") }
}

/**
 * Where it stops being the beginning of some JSON: the longest such beginning is looked for, since V8 calls everything that could go on
 * an unexpected end.
 */
const firstFault = (text: string): number => {
  let [low, high] = [0, text.length]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (couldGoOn(text.slice(0, middle))) low = middle
    else high = middle - 1
  }
  return low
}

const couldGoOn = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch (error) {
    const said = error instanceof Error ? error.message : ""
    const at = /at position (\d+)/.exec(said)?.[1]
    return /end of JSON|Unterminated/.test(said) || (at !== undefined && Number(at) >= text.trimEnd().length)
  }
}
