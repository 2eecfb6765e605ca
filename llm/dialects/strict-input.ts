/** What a model meant by arguments that a strict schema made it write: `null` for a property that it would have left out. */
import type { JsonSchema } from "../model.ts"
import { fields, type Fields, isFields, list } from "../wire-value.ts"
import { definition } from "./strict-schema.ts"

/** @param schema The tool's own. Where it takes `null` itself, `null` stays. */
export const withoutNulls = (schema: JsonSchema, input: unknown): unknown => relax(schema, input, schema)

const relax = (schema: unknown, value: unknown, root: Fields): unknown => {
  if (typeof value !== "object" || value === null) return value
  const shape = resolve(schema, value, root)
  if (Array.isArray(value)) return value.map((item) => relax(shape.items, item, root))
  const properties = fields(shape.properties)
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => {
      const property = Object.hasOwn(properties, name) ? properties[name] : undefined
      const isLeftOut = inner === null && !list(shape.required).includes(name) && !fits(property, null, root)
      return isLeftOut ? [] : [[name, relax(property, inner, root)]]
    })
  )
}

/** The schema behind references, and of several the one that the value was written to. */
const resolve = (schema: unknown, value: unknown, root: Fields): Fields => {
  const here = fields(schema)
  if (here.$ref === "#") return root
  if (here.$ref !== undefined) return resolve(definition(root, here.$ref)?.schema, value, root)
  const choices = list(here.anyOf ?? here.oneOf ?? here.allOf)
  return choices.length === 0
    ? here
    : resolve(
        choices.find((choice) => fits(choice, value, root)),
        value,
        root
      )
}

/** As far as the strict form of a schema goes: closed objects, types, given values. */
const fits = (schema: unknown, value: unknown, root: Fields): boolean => {
  if (!isFields(schema)) return false
  const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf
  if (choices !== undefined) return list(choices).some((choice) => fits(choice, value, root))
  if (schema.$ref !== undefined) return fits(resolve(schema, value, root), value, root)
  const given = "const" in schema ? [schema.const] : schema.enum
  if (given !== undefined && !list(given).includes(value)) return false
  if (schema.type === undefined) return given !== undefined
  return (Array.isArray(schema.type) ? schema.type : [schema.type]).some((type) => isOf(type, schema, value, root))
}

const isOf = (type: unknown, schema: Fields, value: unknown, root: Fields): boolean => {
  switch (type) {
    case "null":
      return value === null
    case "integer":
      return Number.isInteger(value)
    case "array":
      return Array.isArray(value) && value.every((item) => fits(schema.items, item, root))
    case "object":
      return isFields(value) && isClosed(schema, value, root)
    default:
      return typeof value === type
  }
}

const isClosed = ({ properties, required }: Fields, value: Fields, root: Fields): boolean => {
  const known = Object.entries(fields(properties))
  return (
    Object.keys(value).every((name) => known.some(([property]) => property === name)) &&
    known.every(([name, property]) =>
      list(required).includes(name)
        ? Object.hasOwn(value, name) && fits(property, value[name], root)
        : (value[name] ?? null) === null || fits(property, value[name], root)
    )
  )
}
