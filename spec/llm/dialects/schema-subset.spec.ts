import { Ajv2020 } from "ajv/dist/2020.js"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { subsetOf } from "../../../llm/dialects/schema-subset.ts"
import { toolSchema } from "../tool-schemas.ts"

const ajv = new Ajv2020({ strict: false, validateFormats: false, validateSchema: false })

type Json = Readonly<Record<string, unknown>>
const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

const words = [
  "type",
  "description",
  "minimum",
  "maximum",
  "minLength",
  "maxLength",
  "pattern",
  "minItems",
  "maxItems",
  "format",
  "nullable",
  "enum",
  "properties",
  "required",
  "items",
  "anyOf"
]

/** What OpenAPI 3.0 means by it, in words of JSON Schema; a word that it does not know is an error. */
const meant = (schema: unknown): Json => {
  if (!isJson(schema)) throw new Error(`not a schema: ${JSON.stringify(schema)}`)
  const { nullable, ...rest } = schema
  for (const word of Object.keys(rest)) if (!words.includes(word)) throw new Error(`says ${word}`)
  if (rest.type !== undefined && typeof rest.type !== "string") throw new Error("has several types")
  if (Array.isArray(rest.enum) && !rest.enum.every((value) => typeof value === "string"))
    throw new Error("lists no words")
  const inner = {
    ...rest,
    ...(isJson(rest.properties)
      ? { properties: Object.fromEntries(Object.entries(rest.properties).map(([name, one]) => [name, meant(one)])) }
      : {}),
    ...(rest.items === undefined ? {} : { items: meant(rest.items) }),
    ...(Array.isArray(rest.anyOf) ? { anyOf: rest.anyOf.map(meant) } : {})
  }
  return nullable === true ? { anyOf: [inner, { type: "null" }] } : inner
}

describe("the subset of a schema", () => {
  it("says only what OpenAPI 3.0 knows, and takes whatever the whole schema takes", () => {
    fc.assert(
      fc.property(toolSchema, ({ schema, value }) => {
        const subset = subsetOf(schema)
        expect(ajv.validate(meant(subset), value), JSON.stringify([ajv.errors, subset, value])).toBe(true)
      }),
      { numRuns: 100 }
    )
  })

  const text = { type: "string" }
  const inside = (schema: Json, more: Json = {}) =>
    (subsetOf({ type: "object", properties: { it: schema }, ...more }).properties as Json).it

  it.each<[string, Json, Json]>([
    ["a constant", { const: "a" }, { type: "string", enum: ["a"] }],
    [
      "numbers to choose from",
      { type: "integer", enum: [1, 2], description: "How." },
      { type: "integer", description: "How. One of 1, 2." }
    ],
    ["text or nothing", { type: ["string", "null"] }, { type: "string", nullable: true }],
    ["words or nothing", { enum: ["a", null] }, { type: "string", nullable: true, enum: ["a"] }],
    ["two types", { type: ["string", "number"] }, { anyOf: [{ type: "string" }, { type: "number" }] }],
    [
      "one of two",
      { oneOf: [text, { type: "null" }], description: "D." },
      { type: "string", description: "D.", nullable: true }
    ],
    [
      "all of two",
      { allOf: [{ type: "object", properties: { a: text }, required: ["a"] }, { properties: { b: text } }] },
      { type: "object", properties: { a: text, b: text }, required: ["a"] }
    ],
    [
      "conditions beside a shape",
      { type: "object", properties: { a: text }, anyOf: [{ required: ["a"] }] },
      { type: "object", properties: { a: text } }
    ],
    ["a tuple", { type: "array", prefixItems: [text, text], items: text }, { type: "array", items: {} }],
    ["a map", { type: "object", additionalProperties: text }, { type: "object" }],
    ["a format", { type: "string", format: "uri" }, text],
    [
      "a date",
      { type: "string", format: "date-time", title: "T", examples: ["x"] },
      { type: "string", format: "date-time" }
    ],
    [
      "a demand for what is not there",
      { type: "object", properties: {}, required: ["a"] },
      { type: "object", properties: {} }
    ]
  ])("of %s", (_, schema, subset) => {
    expect(inside(schema)).toEqual(subset)
  })

  it("has no references: a definition inside itself ends in its type", () => {
    const tree = { type: "object", description: "A tree.", properties: { kid: { $ref: "#/$defs/Tree" } } }
    expect(inside({ $ref: "#/$defs/Tree", description: "The first." }, { $defs: { Tree: tree } })).toEqual({
      type: "object",
      description: "The first.",
      properties: { kid: { type: "object", description: "A tree." } }
    })
  })

  it("has none through parts of a whole either", () => {
    const tree = { type: "object", properties: { kid: { allOf: [{ $ref: "#/$defs/Tree" }] } } }
    expect(inside({ allOf: [{ $ref: "#/$defs/Tree" }] }, { $defs: { Tree: tree } })).toEqual({
      type: "object",
      properties: { kid: {} }
    })
  })

  it("stays small where every definition names every other", () => {
    const names = Array.from({ length: 8 }, (_, n) => `D${n}`)
    const properties = Object.fromEntries(names.map((name) => [name, { $ref: `#/$defs/${name}` }]))
    const $defs = Object.fromEntries(names.map((name) => [name, { type: "object", properties }]))
    expect(JSON.stringify(subsetOf({ type: "object", properties, $defs })).length).toBeLessThan(200_000)
  })

  it("is made of whatever people write as a schema without a throw", () => {
    const key = fc.constantFrom(
      "type",
      "properties",
      "items",
      "anyOf",
      "$ref",
      "required",
      "enum",
      "allOf",
      "$defs",
      "const"
    )
    fc.assert(fc.property(fc.object({ key, maxDepth: 4 }), (schema) => void subsetOf(schema as Json)))
    expect(subsetOf({ $ref: "#" })).toEqual({})
    expect(subsetOf({ $ref: "#/%zz" })).toEqual({})
  })
})
