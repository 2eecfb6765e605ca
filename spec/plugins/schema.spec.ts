import { expect, it } from "vitest"
import * as z from "zod"
import { defineTool, type InputSchema } from "../../plugins/index.ts"

const read = <Input>(input: InputSchema<Input>) =>
  defineTool({ name: "a", description: "A.", risk: "read", input, execute: () => "" })

it("gives the decoded value: defaults filled in, what is unknown left out", async () => {
  const { decode } = read(z.object({ depth: z.int().default(3), path: z.string().transform((path) => path.trim()) }))
  expect(await decode({ path: " a ", other: 1 })).toEqual({ input: { depth: 3, path: "a" } })
})

it("names each field that is wrong, deep ones by their whole path", async () => {
  const { decode } = read(z.object({ names: z.array(z.object({ first: z.string() })), age: z.int() }))
  expect(await decode({ names: [{ first: "a" }, { first: 2 }], age: "x" })).toEqual({
    problems: expect.stringMatching(/^names\.1\.first: .*; age: /)
  })
  expect(await decode([])).toEqual({ problems: expect.stringContaining("object") })
})

it("waits for checks that take time", async () => {
  const { decode } = read(z.object({ name: z.string().refine(async (name) => name === "free", "is taken") }))
  expect(await decode({ name: "free" })).toEqual({ input: { name: "free" } })
  expect(await decode({ name: "mine" })).toEqual({ problems: "name: is taken" })
})

it("takes any Standard Schema that can describe itself", async () => {
  const schema = {
    "~standard": {
      version: 1,
      vendor: "spec",
      validate: (value: unknown) =>
        value === "x" ? { value } : { issues: [{ message: "is not x", path: [{ key: "deep" }, 0] }] },
      jsonSchema: { input: () => ({ type: "object", $schema: "any" }), output: () => ({}) }
    }
  } as const
  const { decode, parameters } = read(schema as InputSchema<unknown>)
  expect(parameters).toEqual({ type: "object" })
  expect(await decode({})).toEqual({ problems: "deep.0: is not x" })
})

it("takes JSON Schema, and checks by it", async () => {
  const schema = {
    type: "object",
    properties: { text: { type: "string" }, n: { type: "integer", minimum: 1 } },
    required: ["text"]
  } as const
  const { decode, parameters } = read(schema)
  expect(parameters).toBe(schema)
  expect(await decode({ text: "a", n: 1, other: true })).toEqual({ input: { text: "a", n: 1, other: true } })
  expect(await decode({ n: 0 })).toEqual({ problems: "input must have required property 'text'; input/n must be >= 1" })
  expect(await decode(null)).toEqual({ problems: "input must be object" })
})

it("reads JSON Schema in the dialect that it says, else in today's", async () => {
  const pair = { type: "object", properties: { at: { type: "array" } } } as const
  const today = read({ ...pair, properties: { at: { type: "array", prefixItems: [{ type: "number" }] } } })
  expect(await today.decode({ at: ["x"] })).toHaveProperty("problems")
  const $schema = "http://json-schema.org/draft-07/schema#"
  const old = read({ ...pair, $schema, properties: { at: { type: "array", items: [{ type: "number" }] } } })
  expect(await old.decode({ at: ["x"] })).toHaveProperty("problems")
})
