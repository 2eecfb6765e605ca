/** Sessions in this process: the journal, the models, the tools, and the agents that use them. */
import { realpathSync } from "node:fs"
import { join, resolve } from "node:path"
import * as Effect from "effect/Effect"
import type { InspectionEvent } from "xstate"
import type { Proposer } from "../healing/proposer.ts"
import type { Model } from "../llm/model.ts"
import { providerOf } from "../llm/model-id.ts"
import { findProvider } from "../llm/catalog/providers.ts"
import { chooseModel } from "../llm/choose.ts"
import { type KeyStore, noKeys } from "../llm/keys.ts"
import { discover } from "../plugins/discover.ts"
import type { Mode } from "../plugins/permission.ts"
import type { Plugin } from "../plugins/plugin.ts"
import type { McpServers } from "../plugins/mcp.ts"
import type { AgentFiles } from "../plugins/agent-files.ts"
import type { Skills } from "../plugins/skills.ts"
import type { ContextUse } from "../plugins/context-use.ts"
import { employ } from "../plugins/ports/watchdog.ts"
import { healingHome, openDesk } from "./healing/desk.ts"
import type { Heals } from "./healing/heals.ts"
import { packagesOf } from "./healing/packages.ts"
import { runtimeHeals } from "./healing/runtime-heals.ts"
import { type Health, healthOf, type Vitals } from "./health.ts"
import { heartbeat as beating } from "./heartbeat.ts"
import { type Holdings, holdings } from "./holdings.ts"
import type { Journal } from "./journal.ts"
import { memoryJournal } from "./journal/memory-journal.ts"
import { keyFileIn } from "./keys/key-file.ts"
import { openKeyStore } from "./keys/key-store.ts"
import { lastUsed } from "./last-used.ts"
import type { SupervisionEvent } from "./kernel/supervisor.ts"
import { mcpServers, type OwnedServers } from "./mcp/servers.ts"
import { type Models, type ModelsParts, openedModels } from "./models.ts"
import type { Household } from "./household.ts"
import { type OwnPlugins, ownPlugins } from "./own-plugins.ts"
import { ownCommandHooks } from "./own-command-hooks.ts"
import { ownAgents } from "./own-agents.ts"
import { ownSkills, skillFolders } from "./own-skills.ts"
import { pluginProviders } from "./plugin/providers.ts"
import type { RuntimePlugins } from "./plugin/runtime-plugins.ts"
import { pluginShelf } from "./plugin/shelf.ts"
import type { ModuleCare } from "./plugin/slot-parts.ts"
import { type Roster, roster, switchedOff } from "./plugin/sources.ts"
import { type Switches, switches as switchesOf } from "./plugin/switches.ts"
import { secretsOf } from "./secrets.ts"
import { replyOf } from "./session/said.ts"
import type { AskOptions, SessionHost } from "./session-host.ts"
import { sessionsIn } from "./sessions.ts"
import { type SomeSettings, type Settings, withDefaults } from "./settings.ts"
import { forgetting, storeShelf } from "./store/stores.ts"
import { plantTree, type Tree } from "./tree.ts"

export interface RuntimeOptions {
  /** Folder the agent works in; default the current one. */
  readonly cwd?: string
  /** `provider/model`, or a model of your own (`defineModel`, `scripted`). Absent: `settings.llm.model`, else chosen from the keys in `env`. */
  readonly model?: string | Model
  /** As in config.yaml; whatever is left out has its default. No file is read. */
  readonly settings?: SomeSettings
  /**
   * Beside the built-in ones: an object runs in this process; the path of a module that exports one (absolute, or relative
   * to `cwd`) runs where `settings.plugins.isolation` says, by default in a child process of its own.
   */
  readonly plugins?: ReadonlyArray<Plugin | string>
  /**
   * Look for further plugins, skills and agents, and for soul.md and agent.md, in the working folder and in the user's, and for MCP servers
   * in `.mcp.json`; default: nowhere. Skills that come with the program are offered then, too.
   */
  readonly discover?: {
    /** Absolute path of the user's configuration folder. */
    readonly config: string
    /** Whether plugins and MCP servers of the working folder may be run, and what it says of the agent counts. */
    readonly trusted: boolean
    /** Folder that keeps what plugins and MCP servers bring, so that the next start waits for none; absent: it is not kept. */
    readonly cache?: string
  }
  /** Values of flags that plugins register, by name. */
  readonly flags?: Readonly<Record<string, string | boolean>>
  /** Folder that keeps the sessions, and the keys that were stored; absent: they live in memory and end with the runtime. */
  readonly data?: string
  /**
   * Ask the servers of models on this machine: for one to work with when nothing chooses any, and for what it can do before
   * one of theirs is used first. Default: nobody is asked.
   */
  readonly local?: boolean
  /** Folder of the log; absent: nothing is logged. */
  readonly logs?: string
  /**
   * Where keys are looked up, and what commands are given but for what looks like a credential; default `process.env`, as it is
   * whenever it is looked at.
   */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Default: nowhere. */
  readonly log?: (message: string) => void
  /** XState's inspection of every agent, plugin and tool machine, for tools that draw them. */
  readonly inspect?: (event: InspectionEvent) => void
  /** Everything that starts, fails, is restarted or quarantined in the tree. */
  readonly observe?: (event: SupervisionEvent) => void
}

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

/** Where a runtime works, with what, and which plugins there are. */
interface Site {
  /** Absolute real path. */
  readonly cwd: string
  readonly settings: Settings
  readonly env: Env
  readonly keys: KeyStore
  readonly own: OwnPlugins
  readonly mcp: OwnedServers
  readonly skills: Skills
  readonly agents: AgentFiles
  /** Which plugins are switched off now. */
  readonly switches: Switches
  /** Begins what sessions use. */
  readonly begin: () => void
  /** Looks at what there is now. */
  readonly look: () => Roster
}

const siteOf = (options: RuntimeOptions): Site => {
  const { discover: where, logs, plugins: given = [], log = () => {} } = options
  const cwd = realpathSync(resolve(options.cwd ?? process.cwd()))
  const settings = withDefaults(options.settings)
  const env = options.env ?? process.env
  const keys = options.data === undefined ? noKeys : openKeyStore(keyFileIn(options.data))
  const switches = switchesOf(settings.plugins)
  const skills = ownSkills({ cwd, env, settings, discover: where, switches })
  const agents = ownAgents({ cwd, env, settings, discover: where, switches })
  const commandHooks = ownCommandHooks({ cwd, env, settings, discover: where, switches })
  const own = ownPlugins({ cwd, settings, env, discover: where, logs, log, mcp: () => mcp, skills, agents, commandHooks })
  const mcp = mcpServers({ cwd, settings, env, data: options.data, log: own.log, discover: where })
  switches.follow(mcp.turn)
  switches.follow(() => void agents.again())
  const found = () => (where === undefined ? [] : discover({ cwd, ...where }))
  const look = () => roster({ cwd, settings, builtins: own.plugins, given, found: found() })
  const isUsed = mcp.isAny && !settings.plugins.disabled.includes("mcp-gateway")
  const begin = () => (isUsed ? mcp.begin() : undefined)
  return { cwd, settings, env, keys, own, mcp, skills, agents, switches, begin, look }
}

interface Furnished {
  readonly house: Household
  readonly tree: Tree
  readonly model: Runtime["model"]
  readonly close: () => Promise<void>
}

/** All of it is let go of in reverse, at the end or when a part of it cannot be had. */
const furnish = async (options: RuntimeOptions, site: Site): Promise<Furnished> => {
  const { hold, letGo } = holdings(site.own.log)
  hold(employ())
  try {
    return { ...(await furnished(options, site, hold)), close: letGo }
  } catch (error) {
    await letGo()
    throw error
  }
}

const furnished = async (
  options: RuntimeOptions,
  site: Site,
  hold: Holdings["hold"]
): Promise<Omit<Furnished, "close">> => {
  const { cwd, settings, env, own, mcp, switches, look } = site
  const { data, inspect, flags = {}, observe = () => {} } = options
  const { log, told, keepers, completers, briefings, modes } = own
  const first = look()
  const models = modelsIn(options, site, (ids) => providers.serving(ids))
  const stores = storeShelf(data)
  const journal = forgetting(await openJournalIn(data), stores, log)
  hold(journal.close)
  hold(stores.close)
  const model = await newSessionModel(options, site, journal)
  const modules = modulesIn(first, settings)
  const home = healingHome(data)
  const supervised: typeof observe = (event) => {
    mcp.observe(event)
    observe(event)
  }
  const packages = packagesOf(home.folder, modules)
  const tree = await plantTree({ cwd, log, modules, packages }, supervised, mcp.isAny)
  if (tree.mcp !== undefined) mcp.plant(tree.mcp)
  const { agents, hosts, healers } = tree
  const propose = mayPropose(settings) && model !== undefined ? lazily(() => models.open(model.id)) : undefined
  const desk = openDesk({ settings: settings.healing, cwd, env, home, hosts, healers, propose, log })
  const care = () => careFor(options)
  hold(desk.close)
  hold(tree.close)
  const plugins = await pluginShelf({ tree, first, look, switches, cwd, settings, desk, flags, care, inspect })
  const providers = pluginProviders(plugins)
  own.follow(plugins.news, desk.news)
  const heartbeat = beating({ settings: settings.heartbeat, hooks: plugins.hooks, log })
  hold(plugins.close)
  hold(plugins.hooks.close)
  const shared = {
    cwd,
    env,
    settings,
    plugins,
    desk,
    agents,
    journal,
    models,
    data,
    log,
    told,
    keepers,
    completers,
    briefings,
    modes,
    discover: options.discover,
    readable: skillFolders({ cwd, env, settings, discover: options.discover }),
    inspect
  }
  return { house: { ...shared, stores, heartbeat, startedAt: Date.now() }, tree, model }
}

const isServedHere = (id: string): boolean => findProvider(providerOf(id))?.local === true

const modelsIn = (options: RuntimeOptions, site: Site, providers: ModelsParts["providers"]): Models => {
  const { settings, env, keys, cwd, own } = site
  return openedModels({
    own: options.model,
    settings,
    env,
    keys,
    cwd,
    providers,
    local: options.local
      ? async (id) => (isServedHere(id) ? (await import("./local-models.ts")).toldOf(id, settings.llm, env) : {})
      : undefined,
    say: (session, message) =>
      own.told.next({ session, notice: { type: "agent.warned", failure: { code: "text_protocol", message } } })
  })
}

/** Of those that will be loaded. */
const modulesIn = ({ placed }: Roster, { plugins }: Settings): ReadonlyArray<string> =>
  placed.flatMap((one) =>
    "module" in one.source && switchedOff(one, plugins) === undefined ? [one.source.module] : []
  )

const careFor = async ({ discover: where }: RuntimeOptions): Promise<ModuleCare> => {
  const [{ pluginHealer: healer }, { foretold, manifestFolder, openManifestCache }] = await Promise.all([
    import("./healing/plugin-healer.ts"),
    import("./plugin/manifest-cache.ts")
  ])
  const cache = where?.cache === undefined ? undefined : openManifestCache(manifestFolder(where.cache))
  return { healer, cache, foretold }
}

/** A request for a repair belongs to no session, so that a budget could not hold it. */
const mayPropose = ({ healing, llm }: Settings): boolean =>
  healing.use_model && llm.max_cost === undefined && llm.max_tokens_total === undefined

/** What asks a model for a repair, loaded when it is asked. */
const lazily =
  (open: () => Promise<Model>): Proposer =>
  (request) =>
    Effect.flatMap(
      Effect.promise(() => import("./healing/model-proposer.ts")),
      ({ modelProposer }) => modelProposer(open)(request)
    )

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

const openJournalIn = async (data: string | undefined): Promise<Journal> => {
  if (data === undefined) return memoryJournal()
  const { openJournal } = await import("./journal/sqlite-journal.ts")
  return openJournal(join(data, "sessions.db"))
}

type Env = NonNullable<RuntimeOptions["env"]>

const newSessionModel = async (
  { model, local }: RuntimeOptions,
  { cwd, settings, env, keys }: Site,
  journal: Journal
): Promise<Runtime["model"]> => {
  if (typeof model === "object") return { id: model.id, reason: "given by the program" }
  const asked = model ?? settings.llm.model
  const last = asked ? undefined : lastUsed(journal, cwd)
  const chosen = chooseModel({ flag: model, configured: settings.llm.model, lastUsed: last, env, keys })
  if (chosen !== undefined || !local) return chosen
  return (await import("./local-models.ts")).choiceHere(settings.llm, env)
}
