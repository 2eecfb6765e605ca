/** A plugin whose functions run elsewhere, as the host sees it. What comes back is checked like anything from outside. */
import type { Deny } from "../../plugins/hooks.ts"
import type { Plugin } from "../../plugins/plugin.ts"
import type { Answer, Preview, Tool } from "../../plugins/tool.ts"
import type { Manifest, ToolManifest } from "./frames.ts"
import type { Remote } from "./remote.ts"

type Call = Remote["call"]

export interface FarPlugin {
  readonly plugin: Plugin
  /** It was started, or needs no start, and was not stopped since. */
  readonly isStarted: () => boolean
}

export const farPlugin = ({ name, tools, hooks, declaredHooks, defaults }: Manifest, call: Call): FarPlugin => {
  const has = (hook: string) => hooks.includes(hook)
  let isStarted = !has("start")
  const hook = (hook: string, input?: unknown) => call({ op: "hook", hook, input })
  const plugin: Plugin = {
    name,
    tools: tools.map((tool) => farTool(tool, call)),
    ...(declaredHooks === undefined ? {} : { hooks: declaredHooks }),
    ...(defaults === undefined ? {} : { defaults }),
    ...(has("systemPrompt") ? { systemPrompt: async () => textOf(name, await hook("systemPrompt")) } : {}),
    ...(has("beforeToolExecute")
      ? { beforeToolExecute: async (attempt) => verdictOf(name, await hook("beforeToolExecute", attempt)) }
      : {}),
    ...(has("start")
      ? {
          start: async ({ cwd }) => {
            isStarted = true
            await hook("start", { cwd })
          }
        }
      : {}),
    ...(has("stop")
      ? {
          stop: async () => {
            isStarted = false
            await hook("stop")
          }
        }
      : {})
  }
  return { plugin, isStarted: () => isStarted }
}

const textOf = (name: string, value: unknown): string => {
  if (typeof value === "string") return value
  throw new TypeError(`plugin ${name}: systemPrompt must return a text, not ${typeof value}`)
}

/** Whatever else a guard says is a mistake of it, and a guard's mistake denies. */
const verdictOf = (name: string, value: unknown): Deny | { readonly input: unknown } | undefined => {
  if (value === undefined || value === null) return undefined
  if (typeof value === "object" && "deny" in value && typeof value.deny === "string") return { deny: value.deny }
  if (typeof value === "object" && "input" in value && !("deny" in value)) return { input: value.input }
  throw new TypeError(`plugin ${name}: beforeToolExecute must return nothing, { deny: "why" } or { input }`)
}

/**
 * What the schema makes of an input need not fit into JSON (dates, sets, transforms). So with a decoded input goes what
 * it was made from, and it is decoded once more where it is used.
 */
const farTool = (manifest: ToolManifest, call: Call): Tool => {
  const { name: tool } = manifest
  const origins = new WeakMap<object, unknown>()
  const given = (input: unknown) => {
    const isOurs = typeof input === "object" && input !== null && origins.has(input)
    return isOurs ? { raw: true, input: origins.get(input) } : { raw: false, input }
  }
  return {
    ...manifest,
    decode: async (origin) => {
      const { input, problems } = fieldsOf(tool, "decode", await call({ op: "decode", tool, input: origin }))
      if (typeof problems === "string") return { problems }
      if (typeof input === "object" && input !== null) origins.set(input, origin)
      return { input }
    },
    preview: async (input, context) => {
      const { cwd, taskStartedAt } = context
      return readPreview(tool, await call({ op: "preview", tool, ...given(input), cwd, taskStartedAt }, context))
    },
    execute: async (input, context) => {
      const { cwd, taskStartedAt } = context
      return readAnswer(tool, await call({ op: "execute", tool, ...given(input), cwd, taskStartedAt }, context))
    }
  }
}

type Fields = Readonly<Record<string, unknown>>

const fieldsOf = (tool: string, what: string, value: unknown): Fields => {
  if (typeof value === "object" && value !== null) return { ...value }
  throw new TypeError(`tool ${JSON.stringify(tool)}: ${what} must give an object, not ${typeof value}`)
}

type Check = (value: unknown) => boolean

const isText: Check = (value) => typeof value === "string"
const isListOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check)

const preview: Readonly<Record<keyof Preview, Check>> = {
  risk: (value) => ["read", "write", "execute", "network"].some((risk) => risk === value),
  command: isText,
  paths: isListOf(isText),
  url: isText,
  diff: isText,
  summary: isText
}

const answer: Readonly<Record<keyof Answer, Check>> = {
  success: (value) => typeof value === "boolean",
  data: () => true,
  error: isText,
  errorClass: isText,
  needs: isText,
  summary: isText,
  diff: isText,
  images: isListOf((image) => typeof image === "object" && image !== null),
  outcome: isText,
  degraded: isListOf(isText),
  seam: isText
}

/** @throws TypeError naming the tool and the field. */
const checked = (tool: string, what: string, value: unknown, checks: Readonly<Record<string, Check>>): Fields => {
  const fields = fieldsOf(tool, what, value)
  for (const [field, check] of Object.entries(checks)) {
    if (fields[field] !== undefined && !check(fields[field]))
      throw new TypeError(`tool ${JSON.stringify(tool)}: ${field} of its ${what} is not what it must be`)
  }
  return fields
}

/** The casts are the boundary: each field has been checked. */
const readPreview = (tool: string, value: unknown): Preview => checked(tool, "preview", value, preview) as Preview

const readAnswer = (tool: string, value: unknown): Answer => {
  const fields = checked(tool, "answer", value, answer)
  if (fields.success === undefined) throw new TypeError(`tool ${JSON.stringify(tool)}: its answer lacks success`)
  return fields as unknown as Answer
}
