/** Sessions in this process: the journal, the models, the tools, and the agents that use them. */
import { realpathSync } from "node:fs"
import { join, resolve } from "node:path"
import * as Effect from "effect/Effect"
import type { InspectionEvent } from "xstate"
import type { Proposer } from "../healing/proposer.ts"
import type { Model, ModelInfo } from "../llm/model.ts"
import { ModelError } from "../llm/model-error.ts"
import { chooseModel, openModel } from "../llm/resolve.ts"
import type { Plugin } from "../plugins/plugin.ts"
import { healingHome, openDesk } from "./healing/desk.ts"
import type { Heals } from "./healing/heals.ts"
import { packagesOf } from "./healing/packages.ts"
import { runtimeHeals } from "./healing/runtime-heals.ts"
import { type Health, healthOf, secretsIn, type Vitals } from "./health.ts"
import type { Journal, SessionInfo } from "./journal.ts"
import { memoryJournal } from "./journal/memory-journal.ts"
import type { SupervisionEvent } from "./kernel/supervisor.ts"
import type { Asking } from "./model.ts"
import { type Household, openSession } from "./open-session.ts"
import { pluginShelf } from "./plugin/shelf.ts"
import { placed } from "./plugin/sources.ts"
import type { OpenOptions, Session, SessionHost } from "./session-host.ts"
import { type SomeSettings, type Settings, withDefaults } from "./settings.ts"
import { plantTree, type Tree } from "./tree.ts"

export interface RuntimeOptions {
  /** Folder the agent works in; default the current one. */
  readonly cwd?: string
  /** `provider/model`, or a model of your own. Absent: `settings.llm.model`, else chosen from the keys in `env`. */
  readonly model?: string | Model
  /** As in config.yaml; whatever is left out has its default. No file is read. */
  readonly settings?: SomeSettings
  /**
   * Beside the built-in ones: an object runs in this process; the path of a module that exports one (absolute, or relative
   * to `cwd`) runs where `settings.plugins.isolation` says, by default in a child process of its own.
   */
  readonly plugins?: ReadonlyArray<Plugin | string>
  /** Folder that keeps the sessions; absent: they live in memory and end with the runtime. */
  readonly data?: string
  /** Where keys are looked up; default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Default: nowhere. */
  readonly log?: (message: string) => void
  /** XState's inspection of every agent, plugin and tool machine, for tools that draw them. */
  readonly inspect?: (event: InspectionEvent) => void
  /** Everything that starts, fails, is restarted or quarantined in the tree. */
  readonly observe?: (event: SupervisionEvent) => void
}

export interface Runtime extends SessionHost, AsyncDisposable {
  /** The model of new sessions and why it was chosen; `undefined` when none is configured. */
  readonly model: { readonly id: string; readonly reason: string } | undefined
  readonly journal: Journal
  /** How it is now: the tree with its states, restarts, breakers and mailboxes. Cheap and synchronous. */
  readonly health: () => Health
  /** Gives a quarantined plugin another chance. @throws when there is none of that name, or it does not start. */
  readonly revive: (plugin: string) => Promise<void>
  /**
   * Loads a plugin's code anew while it runs. Calls under way end with the old code, those that begin afterwards meet the
   * new. @throws when the new code cannot be loaded or started: then the old goes on.
   */
  readonly reload: (plugin: string) => Promise<void>
  /** The seams of this runtime's ledger, and the user's word about them. */
  readonly heals: Heals
  /** Opens a session, asks once, closes it. */
  readonly ask: (text: string) => Promise<string>
}

/**
 * Makes a runtime.
 *
 * @throws TypeError when plugins clash; JournalError when the data folder cannot be used; ENOENT when `cwd` does not exist.
 */
export const createRuntime = async (options: RuntimeOptions = {}): Promise<Runtime> => {
  const cwd = realpathSync(resolve(options.cwd ?? process.cwd()))
  const settings = withDefaults(options.settings)
  const env = options.env ?? process.env
  const { data, log = () => {}, inspect, observe = () => {} } = options
  const placedPlugins = placed(options.plugins ?? [], { cwd, settings })
  const journal = await openJournalIn(data)
  const models = modelShelf(options, settings, env, cwd)
  const model = newSessionModel(options, settings, journal, env, cwd)
  const modules = placedPlugins.flatMap(({ source }) => ("module" in source ? [source.module] : []))
  const home = healingHome(data)
  const tree = await plantTree({ cwd, log, modules, packages: packagesOf(home.folder, modules) }, observe)
  const { agents, hosts, healers } = tree
  const propose = settings.healing.use_model && model !== undefined ? lazily(() => models.open(model.id)) : undefined
  const desk = openDesk({ settings: settings.healing, cwd, env, home, hosts, healers, propose, log })
  const healer = modules.length === 0 ? undefined : (await import("./healing/plugin-healer.ts")).pluginHealer
  const plugins = pluginShelf({ tree, plugins: placedPlugins, cwd, settings, desk, healer, inspect })
  const house: Household = { cwd, env, settings, plugins, desk, agents, journal, models, data, log, inspect }
  const sessions = sessionsIn(house, model, options.model !== undefined)
  const { open } = sessions
  const vitals = vitalsOf(house, tree, model?.id)
  let isClosing = false

  const close = async () => {
    isClosing = true
    await sessions.close()
    await tree.close()
    await desk.close()
    journal.close()
  }

  const ask = async (text: string): Promise<string> => {
    await using session = await open({ unattended: true })
    const end = await session.ask(text)
    if (end.type === "agent.replied") return end.text
    throw new Error(end.type === "agent.failed" ? end.failure.message : "cancelled")
  }

  return {
    model,
    journal,
    open,
    ask,
    health: () => healthOf({ ...vitals(), state: isClosing ? "stopping" : "running" }),
    revive: plugins.revive,
    reload: plugins.reload,
    heals: runtimeHeals(desk, plugins.renew),
    close,
    [Symbol.asyncDispose]: close
  }
}

/** What asks a model for a repair, loaded when it is asked. */
const lazily =
  (open: () => Promise<Model>): Proposer =>
  (request) =>
    Effect.flatMap(
      Effect.promise(() => import("./healing/model-proposer.ts")),
      ({ modelProposer }) => modelProposer(open)(request)
    )

/** The sessions that are open. @param isAsked Whether the model was named, so that resumed sessions change to it. */
const sessionsIn = (house: Household, model: Runtime["model"], isAsked: boolean) => {
  const { cwd, journal } = house
  const sessions = new Set<Session>()
  const open = async ({ resume, unattended = false }: OpenOptions = {}): Promise<Session> => {
    const isNew = resume === undefined
    const session = await openSession(house, {
      info: isNew ? journal.create({ cwd, model: model?.id ?? "" }) : found(journal, cwd, resume),
      isNew,
      // A resumed session keeps its model unless another was asked for.
      model: isNew || isAsked ? model?.id : undefined,
      unattended
    })
    sessions.add(session)
    session.events.subscribe({ complete: () => sessions.delete(session) })
    return session
  }
  return { open, close: () => Promise.all([...sessions].map((session) => session.close())) }
}

/** What health is made from. */
const vitalsOf = ({ cwd, env, settings, plugins }: Household, tree: Tree, model: string | undefined) => {
  const startedAt = Date.now()
  const secrets = secretsIn({ ...env, KINTSUGI_LLM_API_KEY: settings.llm.api_key })
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

const newSessionModel = (
  { model }: RuntimeOptions,
  { llm }: Settings,
  journal: Journal,
  env: Env,
  cwd: string
): Runtime["model"] => {
  if (typeof model === "object") return { id: model.id, reason: "given by the program" }
  const [last] = journal.list({ cwd, limit: 1 })
  return chooseModel({ flag: model, configured: llm.model, lastUsed: last?.model, env })
}

/** Models that were opened, each once. */
const modelShelf = ({ model: own }: RuntimeOptions, { llm, react }: Settings, env: Env, cwd: string) => {
  const opened = new Map<string, Promise<Model>>()
  const known = new Map<string, ModelInfo>()
  const open: Asking["open"] = async (id) => {
    if (typeof own === "object" && own.id === id) return own
    if (id === "") throw new ModelError({ provider: "A model", reason: { kind: "not_configured" } })
    const opening = opened.get(id) ?? openModel(id, { llm, protocol: react.protocol, env, cwd })
    opened.set(id, opening)
    opening.then(
      (model) => known.set(id, model.info),
      // The next try may find a key that was missing now.
      () => opened.delete(id)
    )
    return opening
  }
  return {
    open,
    info: (id: string): ModelInfo => (typeof own === "object" && own.id === id ? own.info : (known.get(id) ?? {}))
  }
}

const found = (journal: Journal, cwd: string, resume: string): SessionInfo => {
  const info = resume === "latest" ? journal.list({ cwd, limit: 1 })[0] : journal.find(resume)
  if (info !== undefined) return info
  throw new Error(
    resume === "latest"
      ? "there is no session in this folder yet"
      : `there is no session ${resume}; see: kintsugi session list`
  )
}
