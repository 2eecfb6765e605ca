/**
 * The file format of scripted models: what a model says, and how its provider misbehaves, as YAML.
 *
 *     rules:                       # the first whose `when` matches the newest user message answers it
 *       - when: "add (\\d+)"       # regular expression, case does not matter
 *         turns:                   # one per model call since that message
 *           - text: "Adding {{1}}."
 *             calls: [{ tool: execute_bash, input: { command: "echo {{1}}" } }]
 *           - text: "Done: {{message}}"
 */
import { readFileSync } from "node:fs"
import { readFile, stat } from "node:fs/promises"
import { resolve } from "node:path"
import { parse } from "yaml"
import * as z from "zod"
import { toDotPath } from "zod/v4/core"
import { Misconfigured } from "../misconfigured.ts"

const count = z.int().min(0)

const callSchema = z.strictObject({
  tool: z.string().min(1),
  /** A string stands for arguments that are not valid JSON. */
  input: z
    .union(
      [z.record(z.string(), z.unknown()), z.string()],
      "expected an object, or a string to rehearse broken arguments"
    )
    .default({})
})

const usageSchema = z.strictObject({
  input: count,
  output: count,
  cache_read: count.default(0),
  cache_write: count.default(0)
})

const turnSchema = z.strictObject({
  thinking: z.string().optional(),
  text: z.string().optional(),
  calls: z.array(callSchema).default([]),
  usage: usageSchema.optional(),
  /** Overrides what follows from the calls. */
  finish_reason: z.enum(["stop", "length", "filtered", "other"]).optional(),
  /** Characters of one delta; absent: each part in one piece. */
  chunk: z.int().min(1).optional(),
  /** Wait before each piece. */
  delay_ms: count.default(0),
  /** Fails with this HTTP status and message instead of answering; `retry_after` in seconds. */
  error: z
    .strictObject({
      status: z.int().min(400).max(599),
      retry_after: z.number().min(0).optional(),
      message: z.string().optional()
    })
    .optional(),
  /** Silence after the first piece. */
  stall_ms: count.optional(),
  /** Says everything, then breaks off without the end marker. */
  truncate: z.boolean().default(false),
  /** How often `error`, `stall_ms` and `truncate` happen before the turn goes well; absent: every time. */
  times: z.int().min(1).optional()
})

const patternSchema = z.string().transform((source, context) => {
  try {
    return new RegExp(source, "i")
  } catch (error) {
    context.addIssue(`expected a regular expression: ${error instanceof Error ? error.message : error}`)
    return z.NEVER
  }
})

const scriptSchema = z.strictObject({
  rules: z.array(z.strictObject({ when: patternSchema, turns: z.array(turnSchema).min(1) })).min(1),
  /** What the model claims of itself, to rehearse compaction and costs. Prices in US dollars per million tokens. */
  info: z
    .strictObject({
      context_window: count.optional(),
      max_output: count.optional(),
      price: z
        .strictObject({
          input: z.number(),
          output: z.number(),
          cache_read: z.number().optional(),
          cache_write: z.number().optional()
        })
        .optional()
    })
    .optional()
})

/** A script as it is played, defaults filled in. */
export type Script = z.output<typeof scriptSchema>
export type Turn = Script["rules"][number]["turns"][number]
/** A script as it is written. */
export type ScriptSource = z.input<typeof scriptSchema>

/** @throws Misconfigured naming the file, the key and what was expected. */
export const readScript = async (model: string, cwd: string): Promise<Script> => {
  if (model === "rehearsal") {
    return parseScript("scripted/rehearsal", readFileSync(new URL("./rehearsal.yaml", import.meta.url), "utf8"))
  }
  const file = resolve(cwd, model)
  const text = await textIn(file).catch((error: Error) => {
    throw new Misconfigured("scripted", `cannot read the script ${file}: ${error.message}`)
  })
  return parseScript(file, text)
}

/** Bytes. */
const longest = 4 * 1024 * 1024

/** A pipe may never end, and a device never stop. */
const textIn = async (file: string): Promise<string> => {
  const found = await stat(file)
  if (!found.isFile()) throw new Error("it is no file")
  if (found.size > longest) throw new Error(`it has more than ${longest / 1024 / 1024} MiB`)
  return readFile(file, "utf8")
}

export const parseScript = (file: string, text: string): Script => {
  try {
    return checkScript(file, parse(text))
  } catch (error) {
    if (error instanceof Misconfigured) throw error
    throw new Misconfigured("scripted", `${file} is not valid YAML: ${error instanceof Error ? error.message : error}`)
  }
}

export const checkScript = (file: string, value: unknown): Script => {
  const result = scriptSchema.safeParse(value)
  if (result.success) return result.data
  const problems = result.error.issues.map(({ path, message }) => `${toDotPath(path) || "the file"}: ${message}`)
  throw new Misconfigured("scripted", `the script ${file} is wrong: ${problems.join("; ")}`)
}
