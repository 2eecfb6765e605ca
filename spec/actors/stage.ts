/** A runtime for specs of plugins and tools: a model that makes calls, plugins of a line each, what the session told. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach } from "vitest"
import type { HealthNode } from "../../actors/health.ts"
import { createRuntime, type Runtime } from "../../actors/runtime.ts"
import type { RuntimeOptions } from "../../actors/runtime/options.ts"
import type { Session } from "../../actors/session-host.ts"
import type { AgentNotice } from "../../machines/events.ts"
import { definePlugin, type Plugin } from "../../plugins/plugin.ts"
import { defineTool, type Tool, type ToolSpec } from "../../plugins/tool.ts"
import { played } from "./played-model.ts"

export interface Opened {
  readonly runtime: Runtime
  readonly session: Session
  /** All it told so far. */
  readonly notices: ReadonlyArray<AgentNotice>
}

/** For each spec of a file a folder to work in; runtimes and folder are gone after it. */
export const makeStage = () => {
  const closing: Array<() => Promise<void>> = []
  let cwd = ""
  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), "kintsugi-stage-"))
  })
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close()
    await rm(cwd, { recursive: true })
  })

  const start = async (options: RuntimeOptions): Promise<Runtime> => {
    const settings = { permissions: { mode: "auto" as const }, ...options.settings }
    const runtime = await createRuntime({ cwd, env: {}, ...options, settings })
    closing.push(runtime.close)
    return runtime
  }

  const open = async (
    model: RuntimeOptions["model"],
    plugins: NonNullable<RuntimeOptions["plugins"]>,
    settings: NonNullable<RuntimeOptions["settings"]> = {},
    more: RuntimeOptions = {}
  ): Promise<Opened> => {
    const runtime = await start({ model, plugins, settings, ...more })
    const session = await runtime.open({ unattended: true })
    const notices: Array<AgentNotice> = []
    session.events.subscribe((notice) => notices.push(notice))
    return { runtime, session, notices }
  }

  return { folder: () => cwd, start, open }
}

/** A model that makes these calls, one after another, and then says "done". */
export const calls = (...names: ReadonlyArray<string>) =>
  played([...names.map((name, n) => ({ calls: [{ id: `c${n}`, name, input: {} }] })), "done"])

export const tool = (name: string, execute: ToolSpec<object>["execute"], more: Partial<ToolSpec<object>> = {}): Tool =>
  defineTool({ name, description: "A tool.", risk: "write", input: { type: "object" }, execute, ...more })

export const plugin = (name: string, tools: ReadonlyArray<Tool>, more: Partial<Plugin> = {}): Plugin =>
  definePlugin({ name, tools, ...more })

/** A bug as tools have them. */
export const broken = (): never => {
  throw new TypeError("Cannot read properties of undefined (reading 'x')")
}

export const answersOf = (notices: ReadonlyArray<AgentNotice>) =>
  notices.flatMap((notice) => (notice.type === "agent.settled" ? [notice.answer] : []))

export const newsOf = (notices: ReadonlyArray<AgentNotice>) =>
  notices.flatMap((notice) => (notice.type === "agent.plugin" ? [`${notice.plugin} ${notice.state}`] : []))

export const nodeIn = (node: HealthNode, id: string): HealthNode | undefined =>
  node.id === id ? node : node.children.map((child) => nodeIn(child, id)).find((found) => found !== undefined)
