/**
 * hooks: commands that people have written down for Claude Code's events, run here. Without one it costs a few `stat`s a session, and the
 * code that runs them is not loaded.
 */
import type { CommandHookEvent, CommandHookSet } from "../command-hooks.ts"
import type { HookBook } from "../command-hooks/book.ts"
import type { Work } from "../command-hooks/at-work.ts"
import type { Opened, WorkParts } from "../command-hooks/seats.ts"
import type { HookName } from "../hooks.ts"
import type { Plugin } from "../plugin.ts"
import { changedNotice } from "../command-hooks/places.ts"
import { hooksCommand } from "./command-hooks-list.ts"

export type CommandHookParts = Omit<WorkParts, "book"> & { readonly book: HookBook }

/** @param parts Absent: there are none. */
export const commandHooksPlugin = (parts?: CommandHookParts): Plugin =>
  parts === undefined ? { name, description } : pluginOf(parts)

const name = "hooks"
const description = "Commands of the user and the project, run at events, in the format of Claude Code's settings."

/** Milliseconds that a session has to say of itself that it begins, once its first message is there. */
const patience = 3000

const pluginOf = (parts: CommandHookParts): Plugin => {
  const { book, warn } = parts
  let working: Promise<Work> | undefined
  /** Sessions that began, and what of it is not known yet. */
  const sessions = new Map<string, PromiseWithResolvers<void>>()
  const met = new Map<string, Promise<unknown>>()
  /** Those that have been told that there is something new to be read. */
  const unread = new Set<string>()
  const worth = worthOf(book)

  const atWork = (): Promise<Work> =>
    (working ??= import("../command-hooks/at-work.ts").then(({ hooksAtWork }) => hooksAtWork(parts)))
  const beginning = (session: string): PromiseWithResolvers<void> => {
    const known = sessions.get(session) ?? Promise.withResolvers<void>()
    sessions.set(session, known)
    return known
  }

  /** The first time that a session is heard of: what changed since counts from here. */
  const meet = (session: string): Promise<unknown> => {
    const before = met.get(session)
    if (before !== undefined) return before
    const meeting = book.known() === undefined || book.isStale() ? book.again() : Promise.resolve()
    met.set(session, meeting)
    return meeting
  }

  const began = async (session: string, opened: Opened): Promise<void> => {
    try {
      await meet(session)
      const set = await book.all()
      if (worth.isAny()) (await atWork()).begin(session, opened)
      if (opened.parent === undefined && set.hooks.length + set.problems.length > 0)
        for (const line of (await import("../command-hooks/lines.ts")).noticesOf(set)) warn(session, line)
    } finally {
      beginning(session).resolve()
    }
  }

  const overview = hooksCommand(book, async () => (await working)?.renew())
  return {
    name,
    description,
    // It sees what is about to happen, after all others had their say.
    priority: { beforeToolExecute: -1000, beforeUserMessage: -1000, afterToolExecute: -1000 },
    live: {
      commands: () => [overview],
      follow: book.watch,
      hookTime: (hook) => worth.time(hook),
      listens: (hook) => always.includes(hook) || worth.isAny() || (hook === "beforeUserMessage" && book.isStale())
    },
    start: async () => void (await book.all()),
    stop: async () => {
      const work = working
      working = undefined
      met.clear()
      sessions.clear()
      await (await work)?.close()
    },
    onAgentStart: ({ session, model, resumed, parent, agent }) =>
      began(session, {
        model,
        resumed,
        ...(parent !== undefined && { parent }),
        ...(agent !== undefined && { agent })
      }),
    onAgentEnd: async ({ session }) => {
      met.delete(session)
      unread.delete(session)
      sessions.delete(session)
      await (await working)?.end(session)
    },
    beforeUserMessage: async (attempt) => {
      const { session, parent } = attempt
      await meet(session)
      if (!worth.isAny()) {
        if (book.isStale() && !unread.has(session)) warn(session, changedNotice)
        unread.add(session)
        return undefined
      }
      // By then it is known what hooks had to say of its beginning, or whose part a subagent plays.
      if (parent !== undefined || worth.has("SessionStart")) await soon(beginning(session).promise)
      return (await atWork()).message(attempt)
    },
    beforeToolExecute: async (attempt) => (await atWork()).call(attempt),
    afterToolExecute: async (end) => (await atWork()).answer(end),
    beforeTurnEnd: async (event) => (await atWork()).turnEnds(event),
    onSessionBeforeCompact: async (event) => (await atWork()).compact(event),
    onSessionCompacted: async ({ session }) => (await atWork()).beginsAnew(session, "compact"),
    onSessionSwitch: async ({ session, to }) => {
      if (to === "") (await atWork()).beginsAnew(session, "clear")
    },
    onTurnEnd: async ({ session, end, at }) => (await atWork()).turnOver(session, end === "cancelled", at),
    onMessageEnd: async ({ session, role, text }) => {
      if (text === "") return
      const content = role === "user" ? text : [{ type: "text", text }]
      const work = await atWork()
      work.note(session, role, content)
    },
    onToolExecutionStart: async ({ session, callId, tool, input }) =>
      (await atWork()).note(session, "assistant", [{ type: "tool_use", id: callId, name: tool, input }]),
    onToolExecutionEnd: async ({ session, callId, answer: { success, data, error } }) =>
      (await atWork()).note(session, "user", [
        { type: "tool_result", tool_use_id: callId, content: success ? data : error, is_error: !success }
      ])
  }
}

/** By these it knows when a session begins and ends. */
const always: ReadonlyArray<HookName> = ["start", "stop", "onAgentStart", "onAgentEnd"]

/** Nobody may ever tell it, when the plugin was begun anew in the midst of a session. */
const soon = (promise: Promise<void>): Promise<void> => {
  const { promise: late, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, patience)
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** The events that hooks of ours are. */
const events: Readonly<Partial<Record<HookName, ReadonlyArray<CommandHookEvent>>>> = {
  beforeUserMessage: ["SessionStart", "UserPromptSubmit"],
  beforeToolExecute: ["PreToolUse"],
  afterToolExecute: ["PostToolUse"],
  beforeTurnEnd: ["Stop", "SubagentStop"],
  onSessionBeforeCompact: ["PreCompact"],
  onAgentEnd: ["SessionEnd"],
  stop: ["SessionEnd"]
}

/** Milliseconds besides the commands' own: for those that have to be ended, and for what is read and written around them. */
const margin = 15_000

/** What there was at any time: a session that is open works with what it began with. */
const worthOf = (book: HookBook) => {
  /** Most seconds of each. */
  const times = new Map<CommandHookEvent, number>()
  let guards = false
  const note = (set: CommandHookSet): void => {
    for (const { event, timeout, source } of set.hooks)
      if (source.trusted) times.set(event, Math.max(times.get(event) ?? 0, timeout))
    guards ||= set.problems.some(({ guards, source }) => guards && source.trusted)
  }
  let last: CommandHookSet | undefined
  const look = (): void => {
    const set = book.known()
    if (set !== undefined && set !== last) note((last = set))
    note({ hooks: book.following(), problems: [] })
  }
  return {
    /** As long as nobody knows: yes. */
    isAny: (): boolean => {
      look()
      return last === undefined || guards || times.size > 0
    },
    has: (event: CommandHookEvent): boolean => {
      look()
      return times.has(event)
    },
    time: (hook: HookName): number | undefined => {
      look()
      const seconds = (events[hook] ?? []).map((event) => times.get(event) ?? 0)
      const sum = seconds.reduce((one, other) => one + other, 0)
      return sum === 0 ? undefined : sum * 1000 + margin
    }
  }
}
