/** Input schemas of tools: Standard Schema of any vendor, or plain JSON Schema, read into one shape. */
import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec"

export type JsonSchema = Readonly<Record<string, unknown>>

/** A Standard Schema (validates) that is also a Standard JSON Schema (describes itself), or a JSON Schema object. */
export type InputSchema<Input> =
  | StandardSchemaV1<unknown, Input>
  | (JsonSchema & { readonly type: "object"; readonly "~standard"?: never })

/** A Standard Schema of any vendor, or JSON Schema. */
export type OutputSchema = StandardSchemaV1 | (JsonSchema & { readonly "~standard"?: never })

export interface ReadSchema {
  readonly parameters: JsonSchema
  readonly decode: (input: unknown) => Promise<{ readonly input: unknown } | { readonly problems: string }>
}

/** Runs work on a JSON Schema that a stranger wrote; it may cut it off. */
export type Bound = <Result>(run: () => Result) => Result

const unbound: Bound = (run) => run()

/** @returns `undefined` when the value is neither kind, or a Standard Schema that cannot describe itself. */
export const readSchema = (
  schema: InputSchema<never> | InputSchema<unknown>,
  bound = unbound
): ReadSchema | undefined => {
  if (typeof schema !== "object" && typeof schema !== "function") return undefined
  if ("~standard" in schema && schema["~standard"] !== undefined)
    return readStandard(schema as StandardSchemaV1 & Partial<StandardJSONSchemaV1>)
  return "type" in schema && schema.type === "object" ? readJson(schema, "input", bound) : undefined
}

/** @returns what says what is wrong with a value, `undefined` when nothing is; `undefined` for what is no schema. */
export const readOutput = (
  schema: OutputSchema,
  bound = unbound
): ((value: unknown) => Promise<string | undefined>) | undefined => {
  if ((typeof schema !== "object" && typeof schema !== "function") || schema === null) return undefined
  const standard = schema["~standard"]
  if (standard === undefined) return readJson(schema as JsonSchema, "output", bound).check
  return async (value) => {
    const { issues } = await standard.validate(value)
    return issues === undefined ? undefined : issues.map(describe).join("; ")
  }
}

const readStandard = (schema: StandardSchemaV1 & Partial<StandardJSONSchemaV1>): ReadSchema | undefined => {
  const { $schema: _, ...told } = schema["~standard"].jsonSchema?.input({ target: "draft-2020-12" }) ?? {}
  if (told.type !== "object") return undefined
  const parameters = plainly(told)
  return {
    parameters,
    decode: async (input) => {
      const result = await schema["~standard"].validate(input)
      return result.issues === undefined
        ? { input: result.value }
        : { problems: result.issues.map(describe).join("; ") }
    }
  }
}

/** Without the limits that zod gives every integer, and that names are texts: models pay for what tells them nothing. */
const plainly = (schema: JsonSchema): JsonSchema => {
  const tell = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(tell) : typeof value === "object" && value !== null ? without({ ...value }) : value
  const without = (one: JsonSchema): JsonSchema =>
    Object.fromEntries(Object.entries(one).flatMap(([key, value]) => (isIdle(key, value) ? [] : [[key, tell(value)]])))
  return without(schema)
}

const isIdle = (key: string, value: unknown): boolean =>
  (key === "propertyNames" && JSON.stringify(value) === '{"type":"string"}') ||
  (key === "maximum" && value === Number.MAX_SAFE_INTEGER) ||
  (key === "minimum" && value === Number.MIN_SAFE_INTEGER)

const describe = ({ message, path = [] }: StandardSchemaV1.Issue): string => {
  const at = path.map((part) => String(typeof part === "object" ? part.key : part)).join(".")
  return at === "" ? message : `${at}: ${message}`
}

/** @param name What it is called in problems. */
const readJson = (schema: JsonSchema, name: string, bound: Bound) => {
  // Compiled at the first call: the validator costs more to load than everything else at start.
  let compiled: Promise<(input: unknown) => string | undefined> | undefined
  const compile = async () => {
    const ajv = await validatorOf(schema)
    const validate = bound(() => ajv.compile(schema))
    return (input: unknown) =>
      bound(() => validate(input)) ? undefined : ajv.errorsText(validate.errors, { dataVar: name, separator: "; " })
  }
  const check = async (value: unknown) => (await (compiled ??= compile()))(value)
  const decode: ReadSchema["decode"] = async (input) => {
    const problems = await check(input)
    return problems === undefined ? { input } : { problems }
  }
  return { parameters: schema, check, decode }
}

/** Today's dialect of JSON Schema, unless the schema says that it is of an older one. */
const validatorOf = async ({ $schema }: JsonSchema) => {
  const options = { allErrors: true, strict: false, logger: false, validateSchema: false } as const
  const isOld = typeof $schema === "string" && /draft-0[4-7]/.test($schema)
  if (isOld) return new (await import("ajv")).Ajv(options)
  return new (await import("ajv/dist/2020.js")).Ajv2020(options)
}
