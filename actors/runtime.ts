/** Sessions in this process: the journal, the models, the tools, and the agents that use them. */
import { randomUUID } from "node:crypto"
import { rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import type { Model, ModelInfo } from "../llm/model.ts"
import { ModelError } from "../llm/model-error.ts"
import { chooseModel, openModel } from "../llm/resolve.ts"
import { builtins } from "../plugins/builtin/index.ts"
import type { Plugin } from "../plugins/plugin.ts"
import { exec } from "../plugins/ports/exec.ts"
import { files } from "../plugins/ports/files.ts"
import { type ContextFile, loadContextFiles } from "../skills/context-files.ts"
import { homeOf, outputFolder } from "./folders.ts"
import type { Journal, SessionInfo } from "./journal.ts"
import { memoryJournal } from "./journal/memory-journal.ts"
import type { Asking } from "./model.ts"
import { systemPrompt } from "./prompt.ts"
import type { OpenOptions, Session, SessionHost } from "./session-host.ts"
import { startSession } from "./session.ts"
import { type SomeSettings, type Settings, withDefaults } from "./settings.ts"
import { definitionsOf, enabledTools, permittedPorts, type Toolbox } from "./toolbox.ts"

export interface RuntimeOptions {
  /** Folder the agent works in; default the current one. */
  readonly cwd?: string
  /** `provider/model`, or a model of your own. Absent: `settings.llm.model`, else chosen from the keys in `env`. */
  readonly model?: string | Model
  /** As in config.yaml; whatever is left out has its default. No file is read. */
  readonly settings?: SomeSettings
  /** Beside the built-in ones. */
  readonly plugins?: ReadonlyArray<Plugin>
  /** Folder that keeps the sessions; absent: they live in memory and end with the runtime. */
  readonly data?: string
  /** Where keys are looked up; default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Default: nowhere. */
  readonly log?: (message: string) => void
}

export interface Runtime extends SessionHost, AsyncDisposable {
  /** The model of new sessions and why it was chosen; `undefined` when none is configured. */
  readonly model: { readonly id: string; readonly reason: string } | undefined
  readonly journal: Journal
  /** Opens a session, asks once, closes it. */
  readonly ask: (text: string) => Promise<string>
}

/**
 * Makes a runtime.
 *
 * @throws TypeError when plugins clash; JournalError when the data folder cannot be used.
 */
export const createRuntime = async (options: RuntimeOptions = {}): Promise<Runtime> => {
  const cwd = resolve(options.cwd ?? process.cwd())
  const settings = withDefaults(options.settings)
  const env = options.env ?? process.env
  const plugins = [...builtins, ...(options.plugins ?? [])]
  const tools = enabledTools(plugins, settings)
  const journal = await openJournalIn(options.data)
  const models = modelShelf(options, settings, env, cwd)
  const model = newSessionModel(options, settings, journal, env, cwd)
  const sessions = new Set<Session>()

  const open = async ({ resume, unattended = false }: OpenOptions = {}): Promise<Session> => {
    const info = resume === undefined ? created(journal, cwd, model?.id) : found(journal, cwd, resume)
    const spill =
      options.data === undefined ? join(tmpdir(), `kintsugi-${randomUUID()}`) : outputFolder(options.data, info.id)
    const { allowed_paths: allowed, blocked_paths: blocked, output_limit: outputLimit } = settings.tools
    const toolbox: Toolbox = {
      tools,
      definitions: definitionsOf(tools.values()),
      cwd,
      ...permittedPorts(
        {
          files: files({ cwd, allowed, blocked, readable: [spill] }),
          exec: exec({ cwd, env, outputLimit, spillFolder: spill })
        },
        settings.tools
      ),
      log: options.log ?? (() => {}),
      timeout: settings.tools.timeout * 1000,
      outputLimit,
      rules: settings.permissions,
      unattended
    }
    const instructions = await loadContextFiles({ cwd, home: homeOf(env), maxCharacters: contextLimit })
    const writer = journal.write(info.id)
    for (const plugin of plugins) await plugin.start?.({ cwd })
    const session: Session = startSession({
      id: info.id,
      past: resume === undefined ? [] : journal.read(info.id),
      opened: {
        type: "session.opened",
        // A resumed session keeps its model unless another was asked for; its permissions are today's, never a past `-y`.
        ...(resume === undefined || options.model !== undefined ? { model: model?.id } : {}),
        permissions: settings.permissions.mode,
        maxTurns: settings.react.max_turns,
        loop: settings.react.enabled
      },
      writer,
      asking: { open: models.open, prepare: requestFor(info.id, settings, toolbox, plugins, instructions.files) },
      toolbox,
      notices: instructions.notices,
      modelInfo: models.info,
      release: async () => {
        sessions.delete(session)
        await toolbox.exec.close()
        for (const plugin of plugins.toReversed()) await plugin.stop?.()
        writer.close()
        if (options.data === undefined) await rm(spill, { recursive: true, force: true })
      }
    })
    sessions.add(session)
    return session
  }

  const close = async () => {
    await Promise.all([...sessions].map((session) => session.close()))
    journal.close()
  }

  const ask = async (text: string): Promise<string> => {
    await using session = await open({ unattended: true })
    const end = await session.ask(text)
    if (end.type === "agent.replied") return end.text
    throw new Error(end.type === "agent.failed" ? end.failure.message : "cancelled")
  }

  return { model, journal, open, ask, close, [Symbol.asyncDispose]: close }
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

const created = (journal: Journal, cwd: string, model: string | undefined): SessionInfo =>
  journal.create({ cwd, model: model ?? "" })

const found = (journal: Journal, cwd: string, resume: string): SessionInfo => {
  const info = resume === "latest" ? journal.list({ cwd, limit: 1 })[0] : journal.find(resume)
  if (info !== undefined) return info
  throw new Error(
    resume === "latest"
      ? "there is no session in this folder yet"
      : `there is no session ${resume}; see: kintsugi session list`
  )
}

/** Characters of project instructions that every request carries at most. */
const contextLimit = 40_000

/** All of a request but its messages; made at the first round and the same ever after. */
const requestFor = (
  id: string,
  settings: Settings,
  toolbox: Toolbox,
  plugins: ReadonlyArray<Plugin>,
  contextFiles: ReadonlyArray<ContextFile>
): Asking["prepare"] => {
  const { temperature, max_tokens: maxTokens, reasoning } = settings.llm
  const prepare = async () => {
    const system = await systemPrompt({ cwd: toolbox.cwd, today: new Date(), contextFiles, plugins })
    return { system, tools: toolbox.definitions, temperature, maxTokens, reasoning, cacheKey: id }
  }
  let prepared: ReturnType<typeof prepare> | undefined
  return () => (prepared ??= prepare())
}
