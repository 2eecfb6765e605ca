/**
 * A JSON Schema as strict structured outputs take it: every property required, optional ones nullable, objects closed,
 * and nothing said that the grammar does not know.
 * Sources: platform.openai.com/docs/guides/structured-outputs ("Supported schemas"); the limits, and the keywords left
 * out, are those of Azure's page of the same name, the tightest that any provider states.
 */
import type { JsonSchema } from "../model.ts"
import { fields, type Fields, isFields, list } from "../wire-value.ts"

const mostLevels = 5
const mostProperties = 100

/** Made once for each tool: its schema stays the same object from request to request. */
const made = new WeakMap<JsonSchema, JsonSchema | undefined>()

/** `undefined` for what has no strict form, as maps of any keys; that tool is better sent as it is. */
export const strictly = (schema: JsonSchema): JsonSchema | undefined => {
  if (!made.has(schema)) made.set(schema, new Maker(schema).whole())
  return made.get(schema)
}

/** The definition that a reference names; only those at the top of a document are known. */
export const definition = (
  root: Fields,
  ref: unknown
): { readonly name: string; readonly schema: unknown } | undefined => {
  const [, section = "", name = ""] = /^#\/(\$defs|definitions)\/([^/]+)$/.exec(String(ref)) ?? []
  const all = fields(root[section])
  return Object.hasOwn(all, name) ? { name, schema: all[name] } : undefined
}

class Maker {
  readonly #root: Fields
  readonly #definitions = new Map<string, JsonSchema | "in the making">()
  #properties = 0

  constructor(root: Fields) {
    this.#root = root
  }

  whole(): JsonSchema | undefined {
    const { properties = {}, type = "object", ...rest } = this.#root
    const top = type === "object" ? this.#make({ ...rest, type, properties }, 0) : undefined
    if (top?.type !== "object" || this.#properties > mostProperties) return undefined
    return this.#definitions.size === 0 ? top : { ...top, $defs: Object.fromEntries(this.#definitions) }
  }

  #make(schema: unknown, level: number): JsonSchema | undefined {
    if (!isFields(schema)) return undefined
    const strict = this.#bare(schema, level)
    return strict === undefined || typeof schema.description !== "string"
      ? strict
      : { ...("$ref" in strict ? { anyOf: [strict] } : strict), description: schema.description }
  }

  #bare(schema: Fields, level: number): JsonSchema | undefined {
    if (schema.$ref !== undefined) return this.#refer(schema.$ref, level)
    const choices = schema.anyOf ?? schema.oneOf
    if (choices !== undefined || schema.allOf !== undefined) {
      // Conditions beside a shape would be lost, and several shapes at once have no strict form.
      if (hasShape(schema) || (choices !== undefined && schema.allOf !== undefined)) return undefined
      if (choices !== undefined) return this.#union(list(choices), level)
      return list(schema.allOf).length === 1 ? this.#make(list(schema.allOf)[0], level) : undefined
    }
    if ("const" in schema) return literals([schema.const])
    if (schema.enum !== undefined) return literals(list(schema.enum))
    if (Array.isArray(schema.type)) return this.#typed(schema, schema.type, level)
    return this.#one(schema, level)
  }

  #one(schema: Fields, level: number): JsonSchema | undefined {
    switch (schema.type) {
      case "object":
        return this.#object(schema, level + 1)
      case "array":
        return this.#array(schema, level)
      case "string":
      case "number":
      case "integer":
      case "boolean":
      case "null":
        return { type: schema.type }
      default:
        return undefined
    }
  }

  #object(schema: Fields, level: number): JsonSchema | undefined {
    const { properties, required, additionalProperties = false, patternProperties } = schema
    if (additionalProperties !== false || patternProperties !== undefined || !isFields(properties)) return undefined
    if (level > mostLevels || list(required).some((name) => !Object.hasOwn(properties, String(name)))) return undefined
    const strict: Array<readonly [string, JsonSchema]> = []
    for (const [name, property] of Object.entries(properties)) {
      const one = this.#make(property, level)
      if (one === undefined) return undefined
      strict.push([name, list(required).includes(name) ? one : nullable(one)])
    }
    this.#properties += strict.length
    return {
      type: "object",
      properties: Object.fromEntries(strict),
      required: strict.map(([name]) => name),
      additionalProperties: false
    }
  }

  #array({ items, prefixItems }: Fields, level: number): JsonSchema | undefined {
    const strict = prefixItems === undefined ? this.#make(items, level) : undefined
    return strict && { type: "array", items: strict }
  }

  #typed(schema: Fields, types: ReadonlyArray<unknown>, level: number): JsonSchema | undefined {
    if (!types.some((type) => type === "object" || type === "array")) return { type: types }
    return this.#union(
      types.map((type) => ({ ...schema, type, description: undefined })),
      level
    )
  }

  #union(choices: ReadonlyArray<unknown>, level: number): JsonSchema | undefined {
    const strict = choices.map((choice) => this.#make(choice, level))
    return strict.length === 0 || strict.includes(undefined) ? undefined : { anyOf: strict }
  }

  #refer(ref: unknown, level: number): JsonSchema | undefined {
    if (ref === "#") return { $ref: "#" }
    const found = definition(this.#root, ref)
    if (found === undefined) return undefined
    if (!this.#definitions.has(found.name)) {
      this.#definitions.set(found.name, "in the making")
      const strict = this.#make(found.schema, level)
      if (strict === undefined) return undefined
      this.#definitions.set(found.name, strict)
    }
    return { $ref: `#/$defs/${found.name}` }
  }
}

const hasShape = (schema: Fields): boolean =>
  ["type", "properties", "items", "enum", "const"].some((keyword) => schema[keyword] !== undefined)

const typeOf = (value: unknown): string => {
  if (value === null) return "null"
  return Number.isInteger(value) ? "integer" : typeof value
}

const literals = (values: ReadonlyArray<unknown>): JsonSchema | undefined => {
  const types = [...new Set(values.map(typeOf))]
  if (types.length === 0 || types.includes("object")) return undefined
  return { type: types.length === 1 ? types[0] : types, enum: values }
}

const isNull = ({ type, anyOf }: JsonSchema): boolean =>
  type === "null" || list(type).includes("null") || list(anyOf).map(fields).some(isNull)

const nullable = (schema: JsonSchema): JsonSchema => {
  if (isNull(schema)) return schema
  const { type, enum: values, anyOf } = schema
  if (anyOf !== undefined) return { ...schema, anyOf: [...list(anyOf), { type: "null" }] }
  if (type === undefined || type === "object" || type === "array") return { anyOf: [schema, { type: "null" }] }
  const types = [...(Array.isArray(type) ? type : [type]), "null"]
  return { ...schema, type: types, ...(values === undefined ? {} : { enum: [...list(values), null] }) }
}
