/** Schemas of MCP tools: as models read them, and as their input is checked by. A schema is a stranger's: nothing of it is fetched. */
import type { JsonSchema } from "../schema.ts"
import { readOutput, readSchema } from "../schema.ts"
import { inTime } from "./in-time.ts"

/** Words that no provider takes at the top of a tool's schema, though the input is checked by them. */
const notOnTop = new Set(["$schema", "$id", "$comment", "anyOf", "oneOf", "allOf", "not", "if", "then", "else"])

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/**
 * What models are told: an object with properties. What a choice at the top adds is told as optional properties.
 * Source: docs.claude.com, "Tool use": input_schema takes no oneOf, allOf or anyOf at the top level; neither does OpenAI's.
 */
export const modelSchema = (schema: Fields): JsonSchema => {
  const kept = Object.fromEntries(Object.entries(schema).filter(([word]) => !notOnTop.has(word)))
  const parts = ["allOf", "anyOf", "oneOf"].flatMap((word) => {
    const some = schema[word]
    return Array.isArray(some) ? some.filter(isFields) : []
  })
  const properties = Object.assign(
    {},
    ...parts.map((part) => (isFields(part.properties) ? part.properties : {})),
    isFields(schema.properties) ? schema.properties : {}
  )
  return { ...kept, type: "object", properties }
}

export interface Checker {
  /** @returns what is wrong, `undefined` when nothing is. */
  readonly problems: (value: unknown) => Promise<string | undefined>
}

/** @param onUnusable Told once when nothing can be checked by it (a reference that leads elsewhere, an expression that is none or takes too long). */
export const inputChecker = (schema: Fields, onUnusable: (reason: string) => void): Checker => {
  const read = readSchema({ ...schema, type: "object" }, inTime)
  return lenient(async (value) => {
    const decoded = await read?.decode(value)
    return decoded !== undefined && "problems" in decoded ? decoded.problems : undefined
  }, onUnusable)
}

export const outputChecker = (schema: Fields, onUnusable: (reason: string) => void): Checker => {
  const check = readOutput(schema, inTime)
  return lenient(async (value) => check?.(value), onUnusable)
}

/** What cannot check lets everything pass: the server checks what it is given itself. */
const lenient = (check: Checker["problems"], onUnusable: (reason: string) => void): Checker => {
  let isUnusable = false
  return {
    problems: async (value) => {
      if (isUnusable) return undefined
      try {
        return await check(value)
      } catch (error) {
        isUnusable = true
        onUnusable(error instanceof Error ? error.message : String(error))
        return undefined
      }
    }
  }
}
