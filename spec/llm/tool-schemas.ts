/** JSON Schemas as tools have them, each with values that it takes. */
import fc from "fast-check"

type Json = Readonly<Record<string, unknown>>

interface Shape {
  readonly schema: Json
  readonly values: fc.Arbitrary<unknown>
}

const leaf = fc.oneof(
  fc.constantFrom<Shape>(
    { schema: { type: "string" }, values: fc.string() },
    { schema: { type: "string", minLength: 1, pattern: "^a" }, values: fc.string().map((text) => `a${text}`) },
    { schema: { type: "string", format: "email" }, values: fc.constant("a@example.org") },
    { schema: { type: "integer", minimum: 1, description: "How many." }, values: fc.integer({ min: 1 }) },
    { schema: { type: "number", exclusiveMinimum: 0 }, values: fc.integer({ min: 1 }).map((n) => n / 2) },
    { schema: { type: "boolean", default: true }, values: fc.boolean() },
    { schema: { type: ["string", "null"] }, values: fc.option(fc.string()) },
    { schema: { type: ["number", "string"] }, values: fc.oneof(fc.integer(), fc.string()) },
    { schema: { enum: ["a", "b"] }, values: fc.constantFrom("a", "b") },
    { schema: { type: "string", enum: ["a", null] }, values: fc.constant("a") },
    { schema: { enum: [1, "one", null] }, values: fc.constantFrom(1, "one", null) },
    { schema: { const: "only" }, values: fc.constant("only") },
    { schema: { const: 3 }, values: fc.constant(3) }
  )
)

const name = fc.constantFrom("a", "b", "path", "type", "$ref")

const object = (inner: fc.Arbitrary<Shape>): fc.Arbitrary<Shape> =>
  fc
    .record({
      properties: fc.uniqueArray(fc.tuple(name, inner, fc.boolean()), { maxLength: 4, selector: ([key]) => key }),
      closed: fc.boolean()
    })
    .map(({ properties, closed }) => ({
      schema: {
        type: "object",
        properties: Object.fromEntries(properties.map(([key, { schema }]) => [key, schema])),
        ...(properties.some(([, , wanted]) => wanted)
          ? { required: properties.flatMap(([key, , wanted]) => (wanted ? [key] : [])) }
          : {}),
        ...(closed ? { additionalProperties: false } : {})
      },
      values: fc
        .tuple(
          ...properties.map(([key, { values }, wanted]) =>
            fc
              .tuple(values, wanted ? fc.constant(true) : fc.boolean())
              .map(([value, isThere]) => (isThere ? [[key, value] as const] : []))
          )
        )
        .map((entries) => Object.fromEntries(entries.flat()))
    }))

const list = (inner: fc.Arbitrary<Shape>): fc.Arbitrary<Shape> =>
  inner.map(({ schema, values }) => ({
    schema: { type: "array", items: schema, maxItems: 5 },
    values: fc.array(values, { maxLength: 3 })
  }))

const union = (inner: fc.Arbitrary<Shape>): fc.Arbitrary<Shape> =>
  fc.tuple(inner, inner, fc.constantFrom("anyOf", "oneOf")).map(([one, other, keyword]) => ({
    // Both may take a value, which `oneOf` forbids: only kinds that cannot meet are told apart by it.
    schema: {
      [keyword === "oneOf" && one.schema.type !== other.schema.type && isPlain(one, other) ? "oneOf" : "anyOf"]: [
        one.schema,
        other.schema
      ]
    },
    values: fc.oneof(one.values, other.values)
  }))

const isPlain = (...shapes: ReadonlyArray<Shape>): boolean =>
  shapes.every(({ schema }) => ["object", "array", "boolean"].includes(String(schema.type)))

const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
  tree: fc.record(
    { name: fc.string(), children: fc.array(tie("tree"), { maxLength: 2, depthIdentifier: "tree" }) },
    {
      requiredKeys: ["name"]
    }
  )
}))

const reference: Shape = { schema: { $ref: "#/$defs/Tree", description: "A tree." }, values: tree }

const definitions = {
  Tree: {
    type: "object",
    properties: { name: { type: "string" }, children: { type: "array", items: { $ref: "#/$defs/Tree" } } },
    required: ["name"]
  },
  Unused: { type: "object", additionalProperties: true }
}

const { shape } = fc.letrec<{ shape: Shape; top: Shape }>((tie) => ({
  shape: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    leaf,
    fc.constant(reference),
    object(tie("shape")),
    list(tie("shape")),
    union(tie("shape"))
  ),
  top: fc.constant(reference)
}))

/** A tool's whole schema, and arguments that fit it. */
export const toolSchema: fc.Arbitrary<{ readonly schema: Json; readonly value: Json }> = object(shape).chain(
  ({ schema, values }) => values.map((value) => ({ schema: { ...schema, $defs: definitions }, value: value as Json }))
)
