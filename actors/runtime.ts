/** Sessions in this process: the journal, the models, the tools, and the agents that use them. */
import type { Mode } from "../plugins/permission.ts"
import type { McpServers } from "../plugins/mcp.ts"
import type { AgentFiles } from "../plugins/agent-files.ts"
import type { Skills } from "../plugins/skills.ts"
import type { ContextUse } from "../plugins/context-use.ts"
import type { Heals } from "./healing/heals.ts"
import { runtimeHeals } from "./healing/runtime-heals.ts"
import { type Health, healthOf, type Vitals } from "./health.ts"
import type { Journal } from "./journal.ts"
import type { Household } from "./household.ts"
import type { RuntimePlugins } from "./plugin/runtime-plugins.ts"
import { secretsOf } from "./secrets.ts"
import { replyOf } from "./session/said.ts"
import type { AskOptions, SessionHost } from "./session-host.ts"
import { sessionsIn } from "./sessions.ts"
import type { Tree } from "./tree.ts"
import { furnish, siteOf } from "./runtime/furnish.ts"
import type { RuntimeOptions } from "./runtime/options.ts"

export interface Runtime extends SessionHost, AsyncDisposable {
  /** The working folder: absolute, its real path. */
  readonly cwd: string
  /** What new sessions may do without asking. */
  readonly permissions: Mode
  /** The model of new sessions and why it was chosen; `undefined` when none is configured. */
  readonly model: { readonly id: string; readonly reason: string } | undefined
  readonly journal: Journal
  /** How it is now: the tree with its states, restarts, breakers and mailboxes. Cheap and synchronous. */
  readonly health: () => Health
  /** All plugins, and what may be done with them while sessions run. */
  readonly plugins: RuntimePlugins
  /**
   * MCP servers: of `settings.mcp.servers` and, with `discover`, of `.mcp.json` in the working folder. They are begun when the first
   * session is opened, in the background, unless the plugin that uses them is disabled.
   */
  readonly mcp: McpServers
  /**
   * Skills: of `settings.skills.paths` and, with `discover`, of the working folder, the user and the program itself. They are looked
   * for when the first session is opened, or somebody asks.
   */
  readonly skills: Skills
  /**
   * Agents that are written down as Markdown: with `discover`, of the working folder, the user and plugins; without it there are none.
   * They are looked for when the first session is opened, or somebody asks.
   */
  readonly agentFiles: AgentFiles
  /** What fills the context of a new session before anything is said. Plugins and MCP servers are begun for it; no model is asked. */
  readonly context: () => Promise<ContextUse>
  /** The seams of this runtime's ledger, and the user's word about them. */
  readonly heals: Heals
  /**
   * Opens a session where nobody answers questions, asks once, closes it. Rejects with a TurnFailed when the turn ended otherwise
   * than with a reply.
   */
  readonly ask: (text: string, options?: AskOptions) => Promise<string>
}

/**
 * Makes a runtime: the models, plugins and sessions of one program, or of a part of it. Runtimes of one process do not see each
 * other. After `close` nothing of it is left, whatever ran.
 *
 * @throws (as a rejection) TypeError when plugins clash; JournalError when the data folder cannot be used; ENOENT when `cwd` does
 *   not exist. Nothing of it is left then, either.
 *
 * @example
 * await using runtime = await createRuntime({ model: "anthropic/claude-sonnet-5-5" })
 * console.log(await runtime.ask("What is in the readme?"))
 */
export const createRuntime = async (options: RuntimeOptions = {}): Promise<Runtime> => {
  const site = siteOf(options)
  const furnished = await furnish(options, site)
  const { house, tree, model } = furnished
  const { journal, plugins, desk } = house
  const sessions = sessionsIn(house, model?.id, options.model !== undefined)
  const { list } = sessions
  const vitals = vitalsOf(house, tree, model?.id)
  let closing: Promise<void> | undefined
  const opening = new Set<Promise<unknown>>()

  const open: Runtime["open"] = async (asked) => {
    if (closing !== undefined) throw new Error("the runtime is closed: open the session in another one")
    site.begin()
    const opened = sessions.open(asked)
    opening.add(opened)
    try {
      return await opened
    } finally {
      opening.delete(opened)
    }
  }

  const end = async (): Promise<void> => {
    // What is opened just now is closed with the rest.
    await Promise.allSettled(opening)
    try {
      await sessions.close()
    } finally {
      await furnished.close()
      await site.own.close()
    }
  }
  const close = (): Promise<void> => (closing ??= end())

  const ask: Runtime["ask"] = async (text, options) => {
    await using session = await open({ unattended: true })
    return replyOf(await session.ask(text, options))
  }

  return {
    cwd: site.cwd,
    permissions: site.settings.permissions.mode,
    model,
    journal,
    open,
    list,
    ask,
    health: () => healthOf({ ...vitals(), state: closing !== undefined ? "stopping" : "running" }),
    plugins: plugins.manage,
    mcp: site.mcp,
    skills: site.skills,
    agentFiles: site.agents,
    context: async () => (await import("./beginning.ts")).contextAtStart(house, model?.id),
    heals: runtimeHeals(desk, plugins.renew),
    close,
    [Symbol.asyncDispose]: close
  }
}

/** What health is made from. */
const vitalsOf = (house: Household, tree: Tree, model: string | undefined) => {
  const { cwd, env, settings, plugins, desk, startedAt } = house
  const secrets = secretsOf(settings, env)
  return (): Vitals => {
    const { rss, heapUsed } = process.memoryUsage()
    const { ledger } = tree
    const children = tree.view()
    return {
      pid: process.pid,
      cwd,
      model,
      startedAt,
      ledger,
      memory: { rss, heapUsed },
      children,
      plugins: plugins.states(),
      reasons: plugins.reasons(),
      tiers: plugins.tiers(),
      seams: desk.announced(),
      secrets
    }
  }
}
