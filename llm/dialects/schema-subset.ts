/**
 * A JSON Schema in the words that OpenAPI 3.0 knows: no references, no `const`, one type at a time, `nullable`. What cannot
 * be said is left out, so that it takes everything the whole schema takes; the tool itself still checks the rest.
 * Sources: spec.openapis.org/oas/v3.0.3 ("Schema Object"), ai.google.dev/api/caching#Schema, which takes the least of it.
 */
import type { JsonSchema } from "../model.ts"
import { fields, type Fields, isFields, list, text } from "../wire-value.ts"

/** Taken over as they stand. */
const kept = ["description", "minimum", "maximum", "minLength", "maxLength", "pattern", "minItems", "maxItems"]

/** The formats that all of its readers take. */
const formats: ReadonlyArray<unknown> = ["date-time", "int32", "int64", "float", "double"]

/** Made once for each tool: its schema stays the same object from request to request. */
const made = new WeakMap<JsonSchema, JsonSchema>()

export const subsetOf = (schema: JsonSchema): JsonSchema => {
  const known = made.get(schema) ?? reduce(schema, schema, [])
  made.set(schema, known)
  return known
}

/** Definitions inside definitions that are followed; deeper ones are told by their type alone. */
const deepest = 3

/** @param path References on the way here: one that comes again would never end. */
const reduce = (schema: unknown, root: Fields, path: ReadonlyArray<string>): JsonSchema => {
  if (!isFields(schema)) return {}
  const { $ref: ref, ...rest } = schema
  if (typeof ref === "string") {
    const isFar = path.length >= deepest || path.includes(ref)
    const target = isFar ? shallow(find(root, ref)) : find(root, ref)
    return reduce({ ...fields(target), ...rest }, root, [...path, ref])
  }
  if (schema.allOf !== undefined) return reduce(joined(schema, root, path), root, [...path, ...refsOf(schema.allOf)])
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined && schema.properties === undefined) return union(schema, list(choices), root, path)
  return plain(schema, root, path)
}

const find = (root: Fields, ref: string): unknown =>
  ref
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce<unknown>((at, part) => (Object.hasOwn(Object(at), part) ? fields(at)[part] : undefined), root)

/** What stands for a schema inside itself. */
const shallow = (schema: unknown): Fields => {
  const { type, description } = fields(schema)
  return { ...(type === undefined ? {} : { type }), ...(description === undefined ? {} : { description }) }
}

const refsOf = (parts: unknown): ReadonlyArray<string> => list(parts).flatMap((part) => text(fields(part).$ref) || [])

const resolved = (schema: unknown, root: Fields, path: ReadonlyArray<string>): Fields => {
  const { $ref: ref, ...rest } = fields(schema)
  return typeof ref === "string" && path.length < deepest && !path.includes(ref)
    ? resolved({ ...fields(find(root, ref)), ...rest }, root, [...path, ref])
    : rest
}

/** All parts of `allOf` as one; where two say different things, one of them, which takes no less than both. */
const joined = ({ allOf, ...rest }: Fields, root: Fields, path: ReadonlyArray<string>): Fields =>
  list(allOf)
    .map((part) => resolved(part, root, path))
    .reduce<Fields>(
      (all, part) => ({
        ...part,
        ...all,
        ...both("properties", (name) => ({ ...fields(part[name]), ...fields(all[name]) }), part, all),
        ...both("required", (name) => [...new Set([...list(part[name]), ...list(all[name])])], part, all)
      }),
      rest
    )

const both = (name: string, join: (name: string) => unknown, ...parts: ReadonlyArray<Fields>): Fields =>
  parts.some((part) => part[name] !== undefined) ? { [name]: join(name) } : {}

const isNull = (schema: unknown): boolean => {
  const { type, const: only, enum: values } = fields(schema)
  return type === "null" || only === null || (list(values).length > 0 && list(values).every((value) => value === null))
}

const union = (
  schema: Fields,
  choices: ReadonlyArray<unknown>,
  root: Fields,
  path: ReadonlyArray<string>
): JsonSchema => {
  const others = choices.filter((choice) => !isNull(choice)).map((choice) => reduce(choice, root, path))
  const more = {
    ...(schema.description === undefined ? {} : { description: schema.description }),
    ...(others.length < choices.length ? { nullable: true } : {})
  }
  if (others.length === 1) return { ...others[0], ...more }
  return others.length === 0 ? more : { anyOf: others, ...more }
}

const plain = (schema: Fields, root: Fields, path: ReadonlyArray<string>): JsonSchema => {
  const types = typesOf(schema)
  const named = types.filter((type) => type !== "null")
  if (named.length > 1) {
    const choices = types.map((type) => ({ ...schema, type, description: undefined }))
    return union(schema, choices, root, path)
  }
  const [type] = named
  return {
    ...(type === undefined ? {} : { type }),
    ...pick(schema, kept),
    ...(formats.includes(schema.format) ? { format: schema.format } : {}),
    ...(named.length < types.length || (schema.type === undefined && list(schema.enum).includes(null))
      ? { nullable: true }
      : {}),
    ...values(schema),
    ...(type === "object" ? shape(schema, root, path) : {}),
    // A tuple's further items are not those of a list.
    ...(type === "array" ? { items: schema.prefixItems === undefined ? reduce(schema.items, root, path) : {} } : {})
  }
}

const pick = (schema: Fields, names: ReadonlyArray<string>): Fields =>
  Object.fromEntries(names.flatMap((name) => (schema[name] === undefined ? [] : [[name, schema[name]]])))

const typesOf = ({ type, const: only, enum: values, properties, items }: Fields): ReadonlyArray<unknown> => {
  if (type !== undefined) return Array.isArray(type) ? type : [type]
  if (properties !== undefined) return ["object"]
  if (items !== undefined) return ["array"]
  const given = (only === undefined ? list(values) : [only]).filter((value) => value !== null)
  return given.length > 0 && given.every((value) => typeof value === "string") ? ["string"] : []
}

/** Only words can be listed there; other values are told in prose. */
const values = ({ const: only, enum: many, description }: Fields): Fields => {
  const given = (only === undefined ? list(many) : [only]).filter((value) => value !== null)
  if (given.length === 0) return {}
  if (given.every((value) => typeof value === "string")) return { enum: given }
  const told = `One of ${given.map((value) => JSON.stringify(value)).join(", ")}.`
  return { description: typeof description === "string" ? `${description} ${told}` : told }
}

const shape = ({ properties, required }: Fields, root: Fields, path: ReadonlyArray<string>): Fields => {
  const reduced = Object.entries(fields(properties)).map(([name, one]) => [name, reduce(one, root, path)] as const)
  const wanted = list(required).filter((name) => reduced.some(([known]) => known === name))
  return {
    ...(properties === undefined ? {} : { properties: Object.fromEntries(reduced) }),
    ...(wanted.length === 0 ? {} : { required: wanted })
  }
}
