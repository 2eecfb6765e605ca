/**
 * The schemas that OpenAI publishes for requests, as the package `@effect/ai-openai` (MIT) has them: generated from
 * openai/openai-openapi. Its client wants another version of Effect than ours, so that only the schemas are loaded from it.
 */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js"
import * as Schema from "effect/Schema"

const load = async (): Promise<Readonly<Record<string, Schema.Top>>> => {
  const path = createRequire(import.meta.url).resolve("@effect/ai-openai/Generated")
  const source = readFileSync(path, "utf8")
  const schemas = source
    .slice(source.indexOf("export const"), source.indexOf("export const make="))
    .concat(`;import*as Schema from ${JSON.stringify(import.meta.resolve("effect/Schema"))}`)
  return import(`data:text/javascript;base64,${Buffer.from(schemas).toString("base64")}`)
}

type Json = Readonly<Record<string, unknown>>
const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

/** Fields that nobody described are wrong, where the published document lets them pass. */
const closed = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(closed)
  if (!isJson(schema)) return schema
  const inner = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]))
  const { properties, additionalProperties } = schema
  const isOpen = isJson(properties) && Object.keys(properties).length > 0 && additionalProperties === true
  return isOpen ? { ...inner, additionalProperties: false } : inner
}

export interface Published {
  /** As published: more fields than the described ones may stand in a request. */
  readonly open: ValidateFunction
  readonly closed: ValidateFunction
}

/** @param name As in the published document: `CreateChatCompletionRequest`, `CreateResponse`. */
export const published = async (name: string): Promise<Published> => {
  const schema = (await load())[name]
  if (schema === undefined) throw new Error(`there is no ${name}`)
  const { schema: json, definitions } = Schema.toJsonSchemaDocument(schema)
  const document = { ...json, $defs: definitions }
  const ajv = new Ajv2020({ strict: false, validateFormats: false, validateSchema: false })
  return { open: ajv.compile(document), closed: ajv.compile(closed(document) as Json) }
}
