/**
 * The tools of a session, one to one: for each user a session that nothing is said in and nothing is kept of, opened at the first look, whose tools are
 * called without a model (see actors/session/call-tool.ts). It is closed when nobody has used it for half an hour.
 */
import { debounceTime, filter, map, merge, type Observable, Subject } from "rxjs"
import type { Session, SessionHost } from "../../actors/session-host.ts"
import type { ToolView } from "../../actors/session-tools.ts"
import type { Question } from "../../machines/events.ts"
import { toolMessage } from "../../machines/transcript.ts"
import type { Answer } from "../../plugins/tool.ts"
import { lossesOf, stateOf, succeeded } from "../../plugins/outcome.ts"
import type { User } from "../wire/wire.ts"
import type { Caller, Change, Offer, ServedTool } from "./offer.ts"
import { answerOf, canBeAsked } from "./questions.ts"
import { failed, isParams } from "./shop.ts"

export interface SessionToolsParts {
  readonly host: Pick<SessionHost, "open">
  /** Names of those that are served; absent: all that mean something without a task. */
  readonly only?: ReadonlyArray<string>
  /** Something outside of sessions that changes which tools there are. */
  readonly news?: Observable<unknown>
}

export interface SessionToolsOffer extends Offer {
  readonly close: () => Promise<void>
}

/** Plugins of ours whose tools are about a conversation: its end, its agents, its user, its plan, itself. */
const ofConversations: ReadonlySet<string> = new Set([
  "task-done",
  "task",
  "send-file",
  "plan",
  "context",
  "identity",
  "heartbeat"
])

const isOfTask = ({ plugin, final, waits }: ToolView): boolean => final || waits || ofConversations.has(plugin)

export const sessionToolsOffer = ({ host, only, news }: SessionToolsParts): SessionToolsOffer => {
  const changed = new Subject<void>()
  const benches = benchesOf(host, () => changed.next())
  const isServed = (tool: ToolView): boolean =>
    only === undefined ? !tool.deferred && !isOfTask(tool) : only.includes(tool.name)
  const tools = async (user: User): Promise<ReadonlyArray<ServedTool>> => {
    const all = await benches.at(user, (session) => session.tools.list())
    return all.filter(isServed).map((tool) => served(tool, benches))
  }
  const changes = merge(changed, ...(news === undefined ? [] : [news])).pipe(
    debounceTime(settling),
    map((): Change => "tools")
  )
  return { tools, changes, close: benches.close }
}

/** Milliseconds in which what changes together is told once. */
const settling = 100

interface Benches {
  /** @param use As long as it takes, the session stays open. */
  readonly at: <Result>(user: User, use: (session: Session) => Result | Promise<Result>) => Promise<Result>
  /** The user has as many calls as may be, running and waiting. */
  readonly isFull: (user: User) => boolean
  readonly close: () => Promise<void>
}

interface Bench {
  readonly session: Promise<Session>
  /** Calls that run. */
  calls: number
  clock: NodeJS.Timeout | undefined
}

/** Calls of one user at a time: each may hold as much as a message may, and wait for an answer as long as it likes. */
const mostEach = 64

/** Milliseconds without a request after which a session is let go. */
const idle = 30 * 60_000

const benchesOf = (host: Pick<SessionHost, "open">, onNews: () => void): Benches => {
  const benches = new Map<string | undefined, Bench>()
  const leave = (owner: string | undefined): void => {
    const bench = benches.get(owner)
    benches.delete(owner)
    void bench?.session.then((session) => session.close()).catch(() => {})
  }
  /** The next request tries it anew. */
  const forget = (owner: string | undefined, error: unknown): never => {
    benches.delete(owner)
    throw error
  }
  const open = async ({ owner }: User): Promise<Session> => {
    const session = await host.open({ isKept: false, ...(owner !== undefined && { owner }) })
    session.events.pipe(filter(({ type }) => type === "agent.plugin")).subscribe(onNews)
    session.events.subscribe({ complete: () => benches.delete(owner) })
    return session
  }
  return {
    at: async (user, use) => {
      const { owner } = user
      const bench: Bench = benches.get(owner) ?? { session: open(user), calls: 0, clock: undefined }
      benches.set(owner, bench)
      clearTimeout(bench.clock)
      bench.calls++
      try {
        return await use(await bench.session.catch((error: unknown) => forget(owner, error)))
      } finally {
        if (--bench.calls === 0) bench.clock = setTimeout(() => leave(owner), idle).unref()
      }
    },
    isFull: ({ owner }) => (benches.get(owner)?.calls ?? 0) >= mostEach,
    close: async () => {
      const sessions = [...benches.values()]
      benches.clear()
      for (const { clock } of sessions) clearTimeout(clock)
      await Promise.allSettled(sessions.map(async ({ session }) => (await session).close()))
    }
  }
}

const served = (tool: ToolView, benches: Benches): ServedTool => ({
  definition: {
    name: tool.name,
    description: tool.description,
    inputSchema: { ...tool.parameters, type: "object" },
    // Whose it is: a Kintsugi that uses this one leaves out what it has from other MCP servers.
    _meta: { "kintsugi/plugin": tool.plugin },
    annotations: {
      readOnlyHint: tool.risk === "read",
      destructiveHint: tool.risk === "write" || tool.risk === "execute",
      idempotentHint: tool.idempotent,
      openWorldHint: tool.risk === "network" || tool.risk === "execute"
    }
  },
  call: async (input, caller) => {
    if (benches.isFull(caller.user))
      return failed(`${mostEach} calls of yours run or wait already: wait for one of them to end, or cancel it`)
    const options = { signal: caller.signal, ...wayBack(caller) }
    const answer = await benches.at(caller.user, ({ tools }) => tools.call({ tool: tool.name, input }, options))
    return resultOf(tool.name, answer)
  }
})

const wayBack = (caller: Caller) => {
  let done = 0
  return {
    progress: (message: string) => caller.progress({ done: ++done, message }),
    ...(canBeAsked(caller) && {
      answer: (question: Question, signal: AbortSignal) => answerOf(question, caller, signal)
    })
  }
}

/** The text that our own model would read; what else is known of it stands in `_meta`. */
const resultOf = (name: string, answer: Answer) => {
  const { content } = toolMessage({ type: "call", id: "", name, input: {} }, answer)
  const { data, errorClass, seam, needs, diff, summary } = answer
  const outcome = stateOf(answer)
  const degraded = lossesOf(answer)
  const facts = {
    ...(outcome !== undefined && { "kintsugi/outcome": outcome }),
    ...(degraded.length > 0 && { "kintsugi/degraded": degraded }),
    ...(typeof seam === "string" && { "kintsugi/seam": seam }),
    ...(errorClass !== undefined && { "kintsugi/error_class": errorClass }),
    ...(needs !== undefined && { "kintsugi/needs": needs }),
    ...(diff !== undefined && { "kintsugi/diff": diff }),
    ...(summary !== undefined && { "kintsugi/summary": summary })
  }
  return {
    content: content.map((block) =>
      block.type === "text"
        ? { type: "text" as const, text: block.text }
        : { type: "image" as const, data: block.data, mimeType: block.mime }
    ),
    isError: !succeeded(answer),
    ...(succeeded(answer) && isParams(data) && { structuredContent: { ...data } }),
    ...(Object.keys(facts).length > 0 && { _meta: facts })
  }
}
