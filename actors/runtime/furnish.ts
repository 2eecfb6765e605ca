/** What a runtime is made of: its place, its plugins, its journal, its tree; all of it let go of in reverse. */
import { realpathSync } from "node:fs"
import { join, resolve } from "node:path"
import * as Effect from "effect/Effect"
import type { Proposer } from "../../healing/proposer.ts"
import type { Model } from "../../llm/model.ts"
import { providerOf } from "../../llm/model-id.ts"
import { findProvider } from "../../llm/catalog/providers.ts"
import { type Choice, chooseModel } from "../../llm/choose.ts"
import { type KeyStore, noKeys } from "../../llm/keys.ts"
import { discover } from "../../plugins/discover.ts"
import type { AgentFiles } from "../../plugins/agent-files.ts"
import type { Skills } from "../../plugins/skills.ts"
import { employ } from "../../plugins/ports/watchdog.ts"
import { healingHome, openDesk } from "../healing/desk.ts"
import { packagesOf } from "../healing/packages.ts"
import { heartbeat as beating } from "../heartbeat.ts"
import { type Holdings, holdings } from "../holdings.ts"
import type { Journal } from "../journal.ts"
import { memoryJournal } from "../journal/memory-journal.ts"
import { keyFileIn } from "../keys/key-file.ts"
import { openKeyStore } from "../keys/key-store.ts"
import { lastUsed } from "../last-used.ts"
import { mcpServers, type OwnedServers } from "../mcp/servers.ts"
import { type Models, type ModelsParts, openedModels } from "../models.ts"
import type { Household } from "../household.ts"
import { type OwnPlugins, ownPlugins } from "../own-plugins.ts"
import { ownCommandHooks } from "../own-command-hooks.ts"
import { ownAgents } from "../own-agents.ts"
import { ownSkills, skillFolders } from "../own-skills.ts"
import { pluginProviders } from "../plugin/providers.ts"
import { pluginShelf } from "../plugin/shelf.ts"
import type { ModuleCare } from "../plugin/slot-parts.ts"
import { type Roster, roster, switchedOff } from "../plugin/sources.ts"
import { type Switches, switches as switchesOf } from "../plugin/switches.ts"
import { type Settings, withDefaults } from "../settings.ts"
import { forgetting, storeShelf } from "../store/stores.ts"
import { plantTree, type Tree } from "../tree.ts"
import type { RuntimeOptions } from "./options.ts"

type Env = NonNullable<RuntimeOptions["env"]>

/** Where a runtime works, with what, and which plugins there are. */
export interface Site {
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

export const siteOf = (options: RuntimeOptions): Site => {
  const { discover: where, logs, plugins: given = [], log = () => {} } = options
  const cwd = realpathSync(resolve(options.cwd ?? process.cwd()))
  const settings = withDefaults(options.settings)
  const env = options.env ?? process.env
  const keys = options.data === undefined ? noKeys : openKeyStore(keyFileIn(options.data))
  const switches = switchesOf(settings.plugins)
  const skills = ownSkills({ cwd, env, settings, discover: where, switches })
  const agents = ownAgents({ cwd, env, settings, discover: where, switches })
  const commandHooks = ownCommandHooks({ cwd, env, settings, discover: where, switches })
  const own = ownPlugins({
    cwd,
    settings,
    env,
    discover: where,
    logs,
    log,
    mcp: () => mcp,
    skills,
    agents,
    commandHooks
  })
  const mcp = mcpServers({ cwd, settings, env, data: options.data, log: own.log, discover: where })
  switches.follow(mcp.turn)
  switches.follow(() => void agents.again())
  const found = () => (where === undefined ? [] : discover({ cwd, ...where }))
  const look = () => roster({ cwd, settings, builtins: own.plugins, given, found: found() })
  const isUsed = mcp.isAny && !settings.plugins.disabled.includes("mcp-gateway")
  const begin = () => (isUsed ? mcp.begin() : undefined)
  return { cwd, settings, env, keys, own, mcp, skills, agents, switches, begin, look }
}

export interface Furnished {
  readonly house: Household
  readonly tree: Tree
  readonly model: Choice | undefined
  readonly close: () => Promise<void>
}

/** All of it is let go of in reverse, at the end or when a part of it cannot be had. */
export const furnish = async (options: RuntimeOptions, site: Site): Promise<Furnished> => {
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
      ? async (id) => (isServedHere(id) ? (await import("../local-models.ts")).toldOf(id, settings.llm, env) : {})
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
    import("../healing/plugin-healer.ts"),
    import("../plugin/manifest-cache.ts")
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
      Effect.promise(() => import("../healing/model-proposer.ts")),
      ({ modelProposer }) => modelProposer(open)(request)
    )

const openJournalIn = async (data: string | undefined): Promise<Journal> => {
  if (data === undefined) return memoryJournal()
  const { openJournal } = await import("../journal/sqlite-journal.ts")
  return openJournal(join(data, "sessions.db"))
}

const newSessionModel = async (
  { model, local }: RuntimeOptions,
  { cwd, settings, env, keys }: Site,
  journal: Journal
): Promise<Choice | undefined> => {
  if (typeof model === "object") return { id: model.id, reason: "given by the program" }
  const asked = model ?? settings.llm.model
  const last = asked ? undefined : lastUsed(journal, cwd)
  const chosen = chooseModel({ flag: model, configured: settings.llm.model, lastUsed: last, env, keys })
  if (chosen !== undefined || !local) return chosen
  return (await import("../local-models.ts")).choiceHere(settings.llm, env)
}
