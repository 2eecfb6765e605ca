/** One session opened: its lease, its ports, its plugins, its agent; all of it let go in reverse when it closes or fails to open. */
import { randomUUID } from "node:crypto"
import { rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { filter, map } from "rxjs"
import type { Limits } from "../machines/events.ts"
import type { AgentCard } from "../plugins/ports.ts"
import { aboutOf } from "./about.ts"
import { briefing } from "./briefing.ts"
import { outputFolder } from "./folders.ts"
import { type Holdings, holdings } from "./holdings.ts"
import type { Household, Opening } from "./household.ts"
import type { Journal, Writer } from "./journal.ts"
import { newsFor } from "./plugin/discreet.ts"
import type { PluginShelf } from "./plugin/shelf.ts"
import { sessionFiles } from "./session-files.ts"
import type { Session } from "./session-host.ts"
import { type SessionParts, startSession } from "./session.ts"
import { blockedIn, toolboxOf } from "./session/own-toolbox.ts"
import type { Settings } from "./settings.ts"
import { type Purse, purseOf } from "./subagents/purse.ts"
import { type Subagents, subagents } from "./subagents/subagents.ts"

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

const start = async (house: Household, opening: Opening, { hold, letGo }: Holdings): Promise<Session> => {
  const { cwd, env, settings, plugins, desk, agents, journal, models, log, inspect } = house
  const { id } = opening.info
  const writer = journal.write(id)
  hold(writer.close)
  const lost = opening.isNew ? [] : await settleLost(journal, id, writer)
  await plugins.begun()
  const limits = opening.heritage?.limits ?? limitsOf(settings.llm)
  const purse = opening.heritage?.purse ?? purseOf(limits)
  const below = subagentsOf(house, opening, purse)
  const { heartbeat, startedAt } = house
  const about = (): Promise<AgentCard> =>
    aboutOf({
      info: opening.info,
      view: session.view,
      plugins: plugins.manage.list,
      hooks: plugins.hooks,
      heartbeat,
      startedAt
    })
  const outputs = outputsOf(house, opening, hold)
  const given = sessionFiles(outputs)
  if (opening.takesFiles === true) {
    house.keepers.set(id, given.keep)
    hold(() => house.keepers.delete(id))
  }
  const asker = { open: (model: string) => models.open(model, id), session: id, hooks: plugins.hooks }
  house.completers.set(id, async (completion, signal) =>
    (await sampling()).sessionModel({ ...asker, hindrance: purse.empty }, below.superior)(completion, signal)
  )
  hold(() => house.completers.delete(id))
  const toolbox = toolboxOf(house, opening, { below, about }, outputs)
  hold(toolbox.exec.close)
  hold(below.close)
  const told = await briefing({
    session: id,
    cwd,
    env,
    settings,
    hooks: plugins.hooks,
    tools: toolbox.tools,
    models,
    discover: house.discover,
    blocked: blockedIn(house),
    instructions: opening.heritage?.instructions
  })
  const session = await startSession({
    id,
    agents,
    past: () => journal.read(id),
    opened: openedWith(settings, opening, limits),
    writer,
    journal,
    feed: opening.numbered === true ? await feedOn(journal, id, writer) : undefined,
    asking: {
      ...asker,
      prepare: told.prepare,
      // Where another model takes over what is too long for this one, nothing is compacted before that was tried.
      windowOf: (model) =>
        settings.llm.fallback_on.context_overflow.length > 0 ? undefined : models.info(model).contextWindow,
      hindrance: purse.empty
    },
    resumed: !opening.isNew,
    files: given,
    extensions: { plugins, hookTime: settings.plugins.hook_timeout * 1000 },
    toolbox,
    gates: {
      toolbox,
      expansions: () => expansionsOf(plugins),
      parent: opening.heritage === undefined ? undefined : opening.info.parent?.session
    },
    agent: opening.heritage?.agent,
    inspect,
    log,
    notices: [...moved(opening, cwd), ...lost, ...told.notices, ...plugins.troubles(opening.info.owner)],
    news: plugins.news.pipe(map(newsFor(opening.info.owner))),
    seams: desk.news,
    told: house.told.pipe(
      filter(({ session }) => session === id),
      map(({ notice }) => notice)
    ),
    subagents: below,
    modelInfo: models.info,
    context: told.use,
    onMoved: told.forget,
    release: letGo
  })
  const { events, view } = session
  house.modes.set(id, () => view().permissions)
  hold(() => house.modes.delete(id))
  house.briefings.set(id, { ...told, use: session.context })
  hold(() => house.briefings.delete(id))
  // Little is left for a provider's cache to hold, and what files say now may be others' words.
  events
    .pipe(
      filter(
        (notice) => notice.type === "agent.compacted" || (notice.type === "agent.changed" && notice.cleared === true)
      )
    )
    .subscribe(told.renew)
  // What works for another joins when it is hired.
  if (opening.heritage === undefined) hold(purse.join(() => view().spent))
  heartbeat.watch({
    id,
    parent: opening.info.parent?.session,
    events,
    state: () => view().state,
    waits: (tool) => toolbox.tools().get(tool)?.tool.waits === true,
    tell: (notice) => house.told.next({ session: id, notice })
  })
  return session
}

const openedWith = (settings: Settings, opening: Opening, limits: Limits): SessionParts["opened"] => ({
  type: "session.opened",
  ...(opening.model === undefined ? {} : { model: opening.model }),
  // Today's, never those of a past `-y`.
  permissions: opening.heritage?.permissions ?? settings.permissions.mode,
  maxTurns: opening.heritage?.maxTurns ?? settings.react.max_turns,
  loop: settings.react.enabled,
  limits,
  ...(opening.goOn === true ? { goOn: true } : {})
})

const expansionsOf = (plugins: PluginShelf): ReturnType<SessionParts["gates"]["expansions"]> =>
  plugins.loaded().flatMap(({ name, expansion }) => {
    const brings = expansion()
    return brings === undefined ? [] : [{ plugin: name, expansion: brings }]
  })

/** Loaded for the first MCP server that asks. */
const sampling = () => import("./mcp/sampling.ts")

/** Loaded for the first who wants numbers. */
const feedOn = async (journal: Journal, id: string, writer: Writer): Promise<SessionParts["feed"]> => {
  const [{ sessionFeed }, { commitsOf }, { catchUp }] = await Promise.all([
    import("./feed/session-feed.ts"),
    import("./feed/commits.ts"),
    import("./feed/catch-up.ts")
  ])
  return (parts) => {
    const feed = sessionFeed({ writer, commits: commitsOf(journal), ...parts })
    const { event } = writer.notices.end()
    if (event < writer.newest()) catchUp(feed, journal, id, event)
    return feed
  }
}

const limitsOf = ({ max_cost: maxCost, max_tokens_total: maxTokens }: Settings["llm"]): Limits => ({
  ...(maxCost === undefined ? {} : { maxCost }),
  ...(maxTokens === undefined ? {} : { maxTokens })
})

/** What ran in the background when the session ended is told before anything else happens; and a line of each for people. */
const settleLost = async (journal: Journal, id: string, writer: Writer): Promise<ReadonlyArray<string>> => {
  if (journal.list({ parent: id, limit: 1 }).length === 0) return []
  const { lostIn, unsettled } = await import("./subagents/unsettled.ts")
  const events = unsettled(journal, id, Date.now())
  for (const event of events) writer.append(event)
  return lostIn(events)
}

const subagentsOf = (house: Household, { info, unattended, heritage, editor }: Opening, purse: Purse): Subagents =>
  subagents({
    session: info.id,
    level: heritage?.level ?? 1,
    cwd: house.cwd,
    unattended,
    inherited: heritage?.allowed ?? (() => []),
    only: heritage?.only ?? [],
    purse,
    journal: house.journal,
    tools: () => house.plugins.offered().keys(),
    open: (child) => openSession(house, { ...child, ...(editor === undefined ? {} : { editor }), isNew: true })
  })

const moved = ({ info }: Opening, cwd: string): ReadonlyArray<string> =>
  info.cwd === cwd ? [] : [`session ${info.id} was begun in ${info.cwd}; it goes on in ${cwd}`]

/** Folder for what is too long for an answer, and for files given and sent. */
const outputsOf = ({ data }: Household, { info, isKept }: Opening, hold: Holdings["hold"]): string => {
  if (data !== undefined && isKept !== false) return outputFolder(data, info.id)
  const folder = join(tmpdir(), `kintsugi-${randomUUID()}`)
  hold(() => rm(folder, { recursive: true, force: true }))
  return folder
}
