/** One session opened: its lease, its ports, its plugins, its agent; all of it let go in reverse when it closes or fails to open. */
import { randomUUID } from "node:crypto"
import { rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { ModelInfo } from "../llm/model.ts"
import { exec } from "../plugins/ports/exec.ts"
import { absentAgents, absentStores } from "../plugins/ports/absent.ts"
import { files } from "../plugins/ports/files.ts"
import type { InspectionEvent } from "xstate"
import { type ContextFile, loadContextFiles } from "../skills/context-files.ts"
import { type Environment, homeOf, outputFolder } from "./folders.ts"
import type { HealingDesk } from "./healing/desk.ts"
import type { Journal, SessionInfo } from "./journal.ts"
import type { Supervisor } from "./kernel/supervisor.ts"
import type { Asking } from "./model.ts"
import type { PluginShelf } from "./plugin/shelf.ts"
import { systemPrompt } from "./prompt.ts"
import type { Session } from "./session-host.ts"
import { startSession } from "./session.ts"
import type { Settings } from "./settings.ts"
import { definitionsOf, permittedPorts, type Toolbox } from "./toolbox.ts"

/** What all sessions of a runtime share. */
export interface Household {
  /** Absolute real path. */
  readonly cwd: string
  readonly env: Environment
  readonly settings: Settings
  readonly plugins: PluginShelf
  readonly desk: HealingDesk
  readonly agents: Supervisor
  readonly journal: Journal
  readonly models: { readonly open: Asking["open"]; readonly info: (id: string) => ModelInfo }
  /** Folder for long outputs; absent: they are deleted with the session. */
  readonly data: string | undefined
  readonly log: (message: string) => void
  readonly inspect: ((event: InspectionEvent) => void) | undefined
}

export interface Opening {
  readonly info: SessionInfo
  readonly isNew: boolean
  /** Absent: the session's own. */
  readonly model: string | undefined
  readonly unattended: boolean
}

/** @throws JournalError when another process has it. */
export const openSession = async (house: Household, opening: Opening): Promise<Session> => {
  const held = holdings(house.log)
  try {
    return await start(house, opening, held)
  } catch (error) {
    await held.letGo()
    throw error
  }
}

/** What must be let go of, newest first; a plugin that cannot stop keeps nothing else from it. */
const holdings = (log: (message: string) => void) => {
  const releases: Array<() => unknown> = []
  return {
    hold: (release: () => unknown): void => void releases.push(release),
    letGo: async (): Promise<void> => {
      for (const release of releases.splice(0).toReversed()) {
        try {
          await release()
        } catch (error) {
          log(`on closing: ${error instanceof Error ? error.message : String(error)}`)
        }
      }
    }
  }
}

type Holdings = ReturnType<typeof holdings>

const start = async (house: Household, opening: Opening, { hold, letGo }: Holdings): Promise<Session> => {
  const { cwd, env, settings, plugins, desk, agents, journal, models, log, inspect } = house
  const { id } = opening.info
  const writer = journal.write(id)
  hold(writer.close)
  const instructions = await loadContextFiles({ cwd, home: homeOf(env), maxCharacters: contextLimit })
  await plugins.begun()
  const toolbox = toolboxOf(house, opening, hold)
  hold(toolbox.exec.close)
  return await startSession({
    id,
    agents,
    past: () => journal.read(id),
    opened: {
      type: "session.opened",
      ...(opening.model === undefined ? {} : { model: opening.model }),
      // Today's, never those of a past `-y`.
      permissions: settings.permissions.mode,
      maxTurns: settings.react.max_turns,
      loop: settings.react.enabled
    },
    writer,
    asking: { open: models.open, prepare: requestFor(id, settings, toolbox, plugins, instructions.files) },
    toolbox,
    inspect,
    log,
    notices: [...moved(opening, cwd), ...instructions.notices, ...plugins.troubles()],
    news: plugins.news,
    seams: desk.news,
    modelInfo: models.info,
    release: letGo
  })
}

const moved = ({ info }: Opening, cwd: string): ReadonlyArray<string> =>
  info.cwd === cwd ? [] : [`session ${info.id} was begun in ${info.cwd}; it goes on in ${cwd}`]

const toolboxOf = (house: Household, { info, unattended }: Opening, hold: Holdings["hold"]): Toolbox => {
  const { cwd, env, settings, plugins, data, log } = house
  const spillFolder = data === undefined ? join(tmpdir(), `kintsugi-${randomUUID()}`) : outputFolder(data, info.id)
  if (data === undefined) hold(() => rm(spillFolder, { recursive: true, force: true }))
  const { allowed_paths: allowed, blocked_paths: blocked, output_limit: outputLimit, timeout } = settings.tools
  const ports = {
    files: files({ cwd, allowed, blocked, readable: [spillFolder] }),
    exec: exec({ cwd, env, outputLimit, spillFolder })
  }
  return {
    ...permittedPorts(ports, settings.tools),
    tools: plugins.offered,
    cwd,
    log,
    timeout: timeout * 1000,
    outputLimit,
    rules: settings.permissions,
    hooks: plugins.hooks,
    session: info.id,
    storesOf: () => absentStores,
    agentsOf: () => absentAgents,
    unattended
  }
}

/** Characters of project instructions that every request carries at most. */
const contextLimit = 40_000

/** All of a request but its messages: the system prompt of the first round, and the tools that there are now. */
const requestFor = (
  id: string,
  { llm }: Settings,
  { cwd, tools }: Toolbox,
  plugins: PluginShelf,
  contextFiles: ReadonlyArray<ContextFile>
): Asking["prepare"] => {
  const { temperature, max_tokens: maxTokens, reasoning } = llm
  const prepare = async () => {
    const prompts = await plugins.hooks.gather("systemPrompt", { session: id, cwd })
    const additions = prompts.map(({ value }) => value)
    const system = systemPrompt({ cwd, today: new Date(), contextFiles, additions })
    return { system, temperature, maxTokens, reasoning, cacheKey: id }
  }
  let prepared: ReturnType<typeof prepare> | undefined
  return async () => ({ ...(await (prepared ??= prepare())), tools: definitionsOf(tools().values()) })
}
