/** The configuration's keys as a list: looked up by path, by environment variable, and filled from text. */
import { parse } from "yaml"
import * as z from "zod"
import { keyInfo, type KeyInfo } from "./key-info.ts"
import { settingsSchema } from "./schema.ts"
import { nearest } from "../../llm/nearest.ts"

export interface Key {
  /** As in `tools.timeout`. */
  readonly path: string
  readonly schema: z.ZodType
  readonly info: KeyInfo
  /** As in `KINTSUGI_TOOLS_TIMEOUT`. */
  readonly variable: string
}

const unwrap = (schema: z.ZodType): z.ZodType =>
  // zod types what an optional holds by its core class; every schema here is made by the classic one.
  schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema

const shapeOf = (schema: z.ZodType): Readonly<Record<string, z.ZodType>> | undefined =>
  schema instanceof z.ZodObject ? schema.shape : undefined

const leaves = (schema: z.ZodType, path: string): ReadonlyArray<Key> => {
  const shape = shapeOf(schema)
  if (shape !== undefined) {
    return Object.entries(shape).flatMap(([name, inner]) => leaves(inner, path === "" ? name : `${path}.${name}`))
  }
  const info = keyInfo.get(schema)
  if (info === undefined) throw new TypeError(`the key ${path} says nothing about itself`)
  return [{ path, schema, info, variable: `KINTSUGI_${path.toUpperCase().replaceAll(".", "_")}` }]
}

/** Every key, in the schema's order. */
export const keys: ReadonlyMap<string, Key> = new Map(leaves(settingsSchema, "").map((key) => [key.path, key]))

export const keysByVariable: ReadonlyMap<string, Key> = new Map([...keys.values()].map((key) => [key.variable, key]))

/** The key that a path names or leads into, as `mcp.servers` for `mcp.servers.git.command`. */
export const keyOf = (path: string): Key | undefined =>
  keys.get(path) ?? [...keys.values()].find((key) => path.startsWith(`${key.path}.`))

/** The schema of whatever stands at a path, inside lists and records as well. */
export const schemaAt = (path: ReadonlyArray<PropertyKey>): z.ZodType | undefined => {
  let schema: z.ZodType | undefined = settingsSchema
  for (const part of path) {
    const outer: z.ZodType = unwrap(schema)
    if (outer instanceof z.ZodArray) schema = /^\d+$/.test(String(part)) ? (outer.element as z.ZodType) : undefined
    else if (outer instanceof z.ZodRecord) schema = outer.valueType as z.ZodType
    else schema = Object.hasOwn(shapeOf(outer) ?? {}, part) ? shapeOf(outer)?.[String(part)] : undefined
    if (schema === undefined) return undefined
  }
  return unwrap(schema)
}

const partly = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodObject
    ? schema.extend(
        Object.fromEntries(Object.entries(schema.shape).map(([name, inner]) => [name, partly(inner).optional()]))
      )
    : schema

/** What one source may say: any part of the settings. */
export const someSettings = partly(settingsSchema)

/** Names close to one that does not exist: in the same section, else the same key of another one. */
export const suggestion = (path: string): string => {
  const meant = sibling(path) ?? (isInValue(path) ? undefined : namesake(path)) ?? nearest(path, [...keys.keys()])[0]
  return meant === undefined ? "" : `; did you mean ${meant}?`
}

const sibling = (path: string): string | undefined => {
  const section = path.slice(0, path.lastIndexOf(".") + 1)
  const siblings = shapeOf(schemaAt(section.split(".").filter(Boolean)) ?? settingsSchema) ?? {}
  const [near] = nearest(nameOf(path), Object.keys(siblings))
  return near === undefined ? undefined : section + near
}

/** Below a key that holds an object of its own, such as a provider, keys of elsewhere mean nothing. */
const isInValue = (path: string): boolean => [...keys.keys()].some((key) => path.startsWith(`${key}.`))

const namesake = (path: string): string | undefined => {
  const all = [...keys.keys()]
  const [near] = nearest(nameOf(path), all.map(nameOf))
  return all.find((key) => nameOf(key) === near)
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf(".") + 1)

/**
 * A value from text that has no types: an environment variable, a command's argument, an expanded `${VAR}`. Lists are
 * separated by commas outside of brackets, or written as YAML `[a, b]`. What does not fit stays text, for the schema to refuse.
 */
export const fromText = (schema: z.ZodType, text: string): unknown => {
  const inner = unwrap(schema)
  const trimmed = text.trim()
  if (inner instanceof z.ZodNumber)
    return /^[-+]?(\d[\d_]*)?\.?\d+(e[-+]?\d+)?$/i.test(trimmed) ? Number(trimmed.replaceAll("_", "")) : text
  if (inner instanceof z.ZodBoolean) return booleans.get(trimmed.toLowerCase()) ?? text
  if (inner instanceof z.ZodString || inner instanceof z.ZodEnum) return text
  if (inner instanceof z.ZodArray && !/^[[{]/.test(trimmed)) return trimmed === "" ? [] : splitList(trimmed)
  try {
    return parse(text)
  } catch {
    return text
  }
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false]
])

/** A comma in `execute_bash(echo a, b)` belongs to the rule. */
const splitList = (text: string): ReadonlyArray<string> => {
  const items = [""]
  let depth = 0
  for (const character of text) {
    if (character === "(") depth++
    if (character === ")") depth = Math.max(0, depth - 1)
    if (character === "," && depth === 0) items.push("")
    else items[items.length - 1] += character
  }
  return items.map((item) => item.trim()).filter((item) => item !== "")
}
