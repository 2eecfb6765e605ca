import { Ajv2020 } from "ajv/dist/2020.js"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { withoutNulls } from "../../../llm/dialects/strict-input.ts"
import { strictly } from "../../../llm/dialects/strict-schema.ts"
import { toolSchema } from "../tool-schemas.ts"

const ajv = new Ajv2020({ strict: false, validateFormats: false, validateSchema: false })
const isValid = (schema: object, value: unknown): boolean => ajv.validate(schema, value)

type Json = Readonly<Record<string, unknown>>
const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)
const from = (value: unknown): Json => (isJson(value) ? value : {})

/** What a model writes under the strict schema that means the same: `null` for all that is left out. */
const filled = (schema: unknown, value: unknown, root: Json): unknown => {
  const { $ref: ref, anyOf, oneOf, items, properties } = from(schema)
  if (typeof ref === "string") return filled(from(root.$defs)[ref.slice("#/$defs/".length)], value, root)
  const choices = anyOf ?? oneOf
  if (Array.isArray(choices)) {
    return filled(
      choices.find((choice) => isValid({ ...from(choice), $defs: root.$defs }, value)),
      value,
      root
    )
  }
  if (Array.isArray(value)) return value.map((item) => filled(items, item, root))
  if (!isJson(value)) return value
  return Object.fromEntries(
    Object.entries(from(properties)).map(([name, property]) => [
      name,
      Object.hasOwn(value, name) ? filled(property, value[name], root) : null
    ])
  )
}

/** Everything that strict mode demands of a schema, at every depth. */
const complaints = (schema: unknown, at = "#"): ReadonlyArray<string> => {
  if (Array.isArray(schema)) return schema.flatMap((one, index) => complaints(one, `${at}/${index}`))
  if (!isJson(schema)) return []
  const known = [
    "type",
    "description",
    "enum",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "anyOf",
    "$ref",
    "$defs"
  ]
  const { properties, required, type, $ref: ref, additionalProperties } = schema
  const said = Object.keys(schema).flatMap((name) => (known.includes(name) ? [] : [`${at} says ${name}`]))
  const open = type === "object" && (additionalProperties !== false || !isJson(properties)) ? [`${at} is open`] : []
  const optional = isJson(properties)
    ? Object.keys(properties).flatMap((name) =>
        Array.isArray(required) && required.includes(name) ? [] : [`${at} ${name}`]
      )
    : []
  const beside = ref !== undefined && Object.keys(schema).length > 1 ? [`${at} says more than its reference`] : []
  const twice = Array.isArray(type) && new Set(type).size < type.length ? [`${at} says a type twice`] : []
  const inner = [
    ...Object.entries(from(properties)).flatMap(([name, one]) => complaints(one, `${at}/${name}`)),
    ...Object.entries(from(schema.$defs)).flatMap(([name, one]) => complaints(one, `${at}/$defs/${name}`)),
    ...complaints(schema.items, `${at}/items`),
    ...complaints(schema.anyOf, `${at}/anyOf`)
  ]
  return [...said, ...open, ...optional, ...beside, ...twice, ...inner]
}

describe("a strict schema", () => {
  it("takes whatever the tool's own takes, with null for what is left out; and back", () => {
    fc.assert(
      fc.property(toolSchema, ({ schema, value }) => {
        expect(isValid(schema, value)).toBe(true)
        const strict = strictly(schema)
        if (strict === undefined) throw new Error(`no strict form of ${JSON.stringify(schema)}`)
        expect(complaints(strict)).toEqual([])
        const written = filled(schema, value, schema)
        expect(isValid(strict, written), JSON.stringify([ajv.errors, strict, written])).toBe(true)
        const meant = withoutNulls(schema, written)
        expect(isValid(schema, meant), JSON.stringify([schema, written, meant])).toBe(true)
        if (!/"(anyOf|oneOf)"|null/.test(JSON.stringify(schema))) expect(meant).toEqual(value)
      }),
      { numRuns: 100 }
    )
  })

  const closed = (properties: Json, required: ReadonlyArray<string> = Object.keys(properties)) => ({
    type: "object",
    properties,
    required,
    additionalProperties: false
  })
  const text = { type: "string" }

  it("wants every property, closes every object, and says nothing that the grammar does not know", () => {
    const edit = {
      type: "object",
      properties: {
        path: { type: "string", minLength: 1, description: "Where." },
        mode: { enum: ["all", "first"], default: "all" },
        at: { type: "object", properties: { line: { type: "integer", minimum: 1 } }, required: ["line"] }
      },
      required: ["path"]
    }
    expect(strictly(edit)).toEqual(
      closed({
        path: { type: "string", description: "Where." },
        mode: { type: ["string", "null"], enum: ["all", "first", null] },
        at: { anyOf: [closed({ line: { type: "integer" } }), { type: "null" }] }
      })
    )
  })

  it("of a tool without arguments is an empty object", () => {
    expect(strictly({ type: "object" })).toEqual(closed({}))
  })

  it("keeps definitions, also those that hold themselves", () => {
    const tree = { type: "object", properties: { kids: { type: "array", items: { $ref: "#/definitions/Tree" } } } }
    const schema = { type: "object", properties: { tree: { $ref: "#/definitions/Tree" } }, definitions: { Tree: tree } }
    const ref = { $ref: "#/$defs/Tree" }
    expect(strictly(schema)).toEqual({
      ...closed({ tree: { anyOf: [ref, { type: "null" }] } }),
      $defs: { Tree: closed({ kids: { anyOf: [{ type: "array", items: ref }, { type: "null" }] } }) }
    })
  })

  it("may hold itself whole", () => {
    const note = { type: ["string", "null"] }
    const schema = { type: "object", properties: { kid: { $ref: "#" }, n: { type: "integer" }, note } }
    const kid = { anyOf: [{ $ref: "#" }, { type: "null" }] }
    expect(strictly(schema)).toEqual(closed({ kid, n: { type: ["integer", "null"] }, note }))
    const written = { kid: { kid: null, n: null, note: null }, n: 1, note: null }
    expect(withoutNulls(schema, written)).toEqual({ kid: { note: null }, n: 1, note: null })
  })

  const deep = (levels: number): Json =>
    levels === 0 ? text : { type: "object", properties: { in: deep(levels - 1) } }

  it.each<[string, Json]>([
    ["a map of any keys", { properties: { env: { type: "object", additionalProperties: text } } }],
    ["an object of which nothing is said", { properties: { env: { type: "object" } } }],
    ["an open object", { properties: {}, additionalProperties: true }],
    ["a value of which nothing is said", { properties: { any: {} } }],
    ["anything", { properties: { any: true } }],
    ["a list of anything", { properties: { all: { type: "array" } } }],
    ["a tuple", { properties: { pair: { type: "array", prefixItems: [text, text], items: text } } }],
    ["keys by pattern", { properties: {}, patternProperties: { "^x-": text } }],
    ["several shapes at once", { properties: { both: { allOf: [deep(1), deep(1)] } } }],
    ["conditions beside a shape", { properties: { a: { ...deep(1), anyOf: [deep(1), deep(2)] } } }],
    ["a reference to nowhere", { properties: { a: { $ref: "#/$defs/Gone" } } }],
    ["a property that nobody describes", { properties: {}, required: ["path"] }],
    ["a choice at the top", { anyOf: [deep(1), deep(1)] }],
    ["six levels", deep(6)],
    [
      "a hundred and one properties",
      { properties: Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`p${n}`, text])) }
    ]
  ])("is not to be had for %s", (_, schema) => {
    expect(strictly({ type: "object", ...schema })).toBeUndefined()
  })

  it("knows properties by whatever name", () => {
    const named = JSON.parse('{"__proto__":{"type":"string"},"constructor":{"type":"string"}}')
    const strict = strictly({ type: "object", properties: named, required: ["constructor"] })
    expect(Object.keys(strict?.properties ?? {})).toEqual(["__proto__", "constructor"])
    const written = JSON.parse('{"__proto__":null,"constructor":"x"}')
    expect(withoutNulls({ type: "object", properties: named, required: ["constructor"] }, written)).toEqual({
      constructor: "x"
    })
  })

  it("leaves a null where the tool takes one, and of two shapes reads the one that was written", () => {
    const schema = {
      type: "object",
      properties: {
        note: { type: ["string", "null"] },
        where: {
          anyOf: [
            { type: "object", properties: { kind: { const: "file" }, line: { type: "integer" } }, required: ["kind"] },
            {
              type: "object",
              properties: { kind: { const: "none" }, line: { type: "null" } },
              required: ["kind", "line"]
            }
          ]
        }
      }
    }
    expect(withoutNulls(schema, { note: null, where: { kind: "file", line: null } })).toEqual({
      note: null,
      where: { kind: "file" }
    })
    expect(withoutNulls(schema, { where: { kind: "none", line: null } })).toEqual({
      where: { kind: "none", line: null }
    })
    expect(withoutNulls(schema, { note: "x", where: null, more: null })).toEqual({ note: "x" })
    // A mistake that the tool shall hear of.
    expect(withoutNulls({ type: "object", properties: { a: text }, required: ["a"] }, { a: null })).toEqual({ a: null })
  })

  it("is made of whatever people write as a schema without a throw", () => {
    fc.assert(
      fc.property(
        fc.object({
          key: fc.constantFrom("type", "properties", "items", "anyOf", "$ref", "required", "enum", "allOf", "$defs")
        }),
        fc.object(),
        (schema, value) => {
          strictly(schema as Json)
          withoutNulls(schema as Json, value)
        }
      )
    )
  })
})
