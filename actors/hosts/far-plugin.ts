/** A plugin whose functions run elsewhere, as the host sees it. What comes back is checked like anything from outside. */
import type { CommandContext, Extensions } from "../../plugins/extensions.ts"
import type { HookName } from "../../plugins/hooks.ts"
import type { Plugin } from "../../plugins/plugin.ts"
import type { Tool } from "../../plugins/tool.ts"
import { extensionsOf, type Manifest, type ToolManifest } from "./manifest.ts"
import { fieldsOf, readAnswer, readPreview } from "./read-answer.ts"
import type { Remote } from "./remote.ts"

type Call = Remote["call"]

export interface FarPlugin {
  readonly plugin: Plugin
  /** It was started, or needs no start, and was not stopped since. */
  readonly isStarted: () => boolean
}

export const farPlugin = (manifest: Manifest, call: Call): FarPlugin => {
  const { tools, hooks, declaredHooks, extensions: _, failures: __, ...said } = manifest
  const has = (hook: HookName) => hooks.includes(hook)
  let isStarted = !has("start")
  const hook = (hook: HookName, input?: unknown) => call({ op: "hook", hook, input })
  const plugin: Plugin = {
    ...said,
    tools: tools.map((tool) => farTool(tool, call)),
    ...(declaredHooks === undefined ? {} : { hooks: declaredHooks }),
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

/** What it registers, run where its code is. What comes back is for the caller to check: any plugin may give anything. */
export const farExtensions = ({ name, extensions }: Manifest, call: Call): Extensions =>
  extensionsOf(name, extensions, (kind, item) => {
    const run = (argument: string, context: CommandContext) => {
      const { cwd, session } = context
      return call({ op: "extension", kind, name: String(item.name ?? item.key), argument, cwd, session }, context)
    }
    return kind === "command" ? run : (context: CommandContext) => run("", context)
  })

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
      const { input, problems } = fieldsOf(named(tool), "decode", await call({ op: "decode", tool, input: origin }))
      if (typeof problems === "string") return { problems }
      if (typeof input === "object" && input !== null) origins.set(input, origin)
      return { input }
    },
    preview: async (input, context) => {
      const { cwd, session, taskStartedAt } = context
      const order = { op: "preview", tool, ...given(input), cwd, session, taskStartedAt } as const
      return readPreview(named(tool), await call(order, context))
    },
    execute: async (input, context) => {
      const { cwd, session, taskStartedAt } = context
      const order = { op: "execute", tool, ...given(input), cwd, session, taskStartedAt } as const
      return readAnswer(named(tool), await call(order, context))
    }
  }
}

const named = (tool: string): string => `tool ${JSON.stringify(tool)}`
