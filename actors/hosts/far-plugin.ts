/** A plugin whose functions run elsewhere, as the host sees it. What comes back is checked like anything from outside. */
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
    ...Object.fromEntries(hooks.map((name) => [name, (input: unknown) => hook(name, input)])),
    ...(has("start")
      ? {
          start: async (context) => {
            isStarted = true
            await hook("start", context)
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
      const { cwd, session, taskStartedAt } = context
      const order = { op: "preview", tool, ...given(input), cwd, session, taskStartedAt } as const
      return readPreview(tool, await call(order, context))
    },
    execute: async (input, context) => {
      const { cwd, session, taskStartedAt } = context
      const order = { op: "execute", tool, ...given(input), cwd, session, taskStartedAt } as const
      return readAnswer(tool, await call(order, context))
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
  seam: isText,
  advice: isListOf((one) => typeof one === "object" && one !== null)
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
