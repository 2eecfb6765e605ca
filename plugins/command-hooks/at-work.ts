/** Hooks of sessions at work: what each event hands them, and what becomes of what they say. Loaded when there is a hook. */
import type { CommandHook } from "../command-hooks.ts"
import type { HookInput, HookResult, ToolAttempt } from "../hooks.ts"
import { answeredWith, contextOf, denied } from "./answers.ts"
import { nameOf, type Said, strictest } from "./ask-hooks.ts"
import type { Fields } from "./fields.ts"
import { called, calling, compacting, ended, starting, stopping, submitted } from "./occasions.ts"
import { changedNotice } from "./places.ts"
import { hookSeats, type Opened, type Seat, type WorkParts } from "./seats.ts"
import { ourInput } from "./shapes.ts"
import { cut } from "./verdict.ts"

export interface Work {
  /** It begins: once for each session that hooks may be for. */
  readonly begin: (session: string, opened: Opened) => void
  readonly message: (attempt: HookInput<"beforeUserMessage">) => Promise<HookResult<"beforeUserMessage"> | undefined>
  readonly call: (attempt: ToolAttempt) => Promise<HookResult<"beforeToolExecute"> | undefined>
  readonly answer: (end: HookInput<"afterToolExecute">) => Promise<HookResult<"afterToolExecute"> | undefined>
  readonly turnEnds: (event: HookInput<"beforeTurnEnd">) => Promise<HookResult<"beforeTurnEnd"> | undefined>
  readonly compact: (
    event: HookInput<"onSessionBeforeCompact">
  ) => Promise<HookResult<"onSessionBeforeCompact"> | undefined>
  /** What hooks told it when it began is not in its conversation any more. */
  readonly beginsAnew: (session: string, why: "compact" | "clear") => void
  /** A line of the transcript. */
  readonly note: (session: string, role: "user" | "assistant", content: string | ReadonlyArray<Fields>) => void
  /** @param at When it was: the next turn may have begun since. */
  readonly turnOver: (session: string, isCancelled: boolean, at: number) => void
  /** Resolves when what it leaves is gone. */
  readonly end: (session: string) => Promise<void>
  /** All sessions work with the hooks that are known now. */
  readonly renew: () => void
  readonly close: () => Promise<void>
}

/** Seconds that hooks have at the end of a session, whatever they ask for: nobody waits longer for us to go. */
const mostFarewell = 5

export const hooksAtWork = (parts: WorkParts): Work => {
  const { book, cwd } = parts
  const seats = hookSeats(parts)
  const { ask, refused, tell } = seats
  const around = () => ({ cwd, servers: parts.servers() })

  const start = (seat: Seat, source: "startup" | "resume" | "compact" | "clear"): void => {
    const before = seat.starting
    const run = async (): Promise<void> => {
      await before
      const said = await ask(seat, starting(source, seat.model))
      seat.contexts = said.flatMap(contextOf)
    }
    // Nobody may be waiting for it, and it guards nothing.
    seat.starting = run().catch((error: unknown) => tell(seat, `hooks of SessionStart cannot be run: ${String(error)}`))
  }

  const message: Work["message"] = async (attempt) => {
    const { session, parent } = attempt
    const seat = seats.of(session, parent === undefined ? {} : { parent })
    seat.stopped = undefined
    // A subagent's task is no word of the user.
    if (parent !== undefined) return undefined
    if (seat.set !== book.known() || book.isStale()) tell(seat, changedNotice, true)
    const occasion = submitted(attempt)
    const refusal = refused(seat, occasion)
    if (refusal !== undefined) return { deny: refusal }
    await seat.starting
    const said = await ask(seat, occasion)
    const no = said.filter(({ verdict }) => verdict.deny !== undefined || verdict.stop !== undefined)
    if (no.length > 0) return { deny: no.map(denied).join("\n") }
    const context = [...seat.contexts, ...said.flatMap(contextOf)]
    seat.contexts = []
    return context.length === 0 ? undefined : { context: context.join("\n\n") }
  }

  const call: Work["call"] = async (attempt) => {
    const { session, callId, tool, input } = attempt
    const seat = seats.of(session)
    const stopped = seats.line(seat).find((one) => one.stopped !== undefined)?.stopped
    if (stopped !== undefined) return { deny: `${stopped} Call no more tools in this turn, and end it.` }
    const occasion = calling(attempt, around())
    const refusal = refused(seat, occasion)
    if (refusal !== undefined) return { deny: refusal }
    const said = await ask(seat, occasion)
    const contexts = said.flatMap(contextOf)
    if (contexts.length > 0) seat.notes.set(callId, contexts)
    return judged(seat, tool, input, said)
  }

  const judged = (
    seat: Seat,
    tool: string,
    before: unknown,
    said: ReadonlyArray<Said>
  ): HookResult<"beforeToolExecute"> | undefined => {
    stop(seat, said)
    const no = said.filter(({ verdict }) => verdict.deny !== undefined || verdict.stop !== undefined)
    if (no.length > 0) {
      const why = no.map(denied).join("\n")
      // Where its user does not see the call that fails because of it.
      if (seat.parent !== undefined) tell(seat, `${tool} was refused: ${cut(why, 500)}`)
      return { deny: why }
    }
    const changing = said.findLast(({ verdict }) => verdict.input !== undefined)
    const updated = changing?.verdict.input
    const input = updated === undefined ? undefined : { input: ourInput(tool, updated, before) }
    if (changing !== undefined) tell(seat, `${nameOf(changing.hook)} changed the input of ${tool}`)
    const word = strictest(said)
    if (word?.verdict.ask !== undefined) return { ask: `${nameOf(word.hook)}: ${word.verdict.ask}`, ...input }
    if (word?.verdict.allow !== undefined) return { allow: `${nameOf(word.hook)}: ${word.verdict.allow}`, ...input }
    return input
  }

  const stop = (seat: Seat, said: ReadonlyArray<Said>): void => {
    const word = said.find(({ verdict }) => verdict.stop !== undefined)
    if (word !== undefined) seat.stopped = `${nameOf(word.hook)} has stopped this turn: ${word.verdict.stop}`
  }

  const answer: Work["answer"] = async (end) => {
    const { session, callId, tool, answer } = end
    const seat = seats.of(session)
    const notes = seat.notes.get(callId) ?? []
    seat.notes.delete(callId)
    const said = answer.success ? await ask(seat, called(end, around())) : []
    stop(seat, said)
    const changed = answeredWith(tool, answer, said, notes)
    return changed === undefined ? undefined : { answer: changed }
  }

  const turnEnds: Work["turnEnds"] = async ({ session, text, again, parent }) => {
    const seat = seats.of(session, parent === undefined ? {} : { parent })
    if (seat.stopped !== undefined) return undefined
    const own = seat.parent === undefined ? undefined : seat.place.transcript().path
    const said = await ask(seat, stopping({ text, again }, own))
    if (said.some(({ verdict }) => verdict.stop !== undefined)) return undefined
    const goOn = said.flatMap(({ hook, verdict }) =>
      verdict.goOn === undefined ? [] : [`${nameOf(hook)} says: ${verdict.goOn}`]
    )
    return goOn.length === 0 ? undefined : { goOn: goOn.join("\n\n") }
  }

  const compact: Work["compact"] = async ({ session, focus = "", automatic }) => {
    const said = await ask(seats.of(session), compacting(automatic ? "auto" : "manual", focus))
    const no = said.filter(({ verdict }) => verdict.deny !== undefined || verdict.stop !== undefined)
    return no.length === 0 ? undefined : { deny: no.map(denied).join("\n") }
  }

  const farewell = async (session: string): Promise<void> => {
    const seat = seats.find(session)
    if (seat === undefined) return
    if (seat.parent === undefined) {
      seat.set = { ...seat.set, hooks: seat.set.hooks.map(shortFarewell) }
      await ask(seat, ended)
    }
    book.unfollow(session)
    seats.remove(session)
    await seat.place.close()
  }

  const leaving = new Set<Promise<void>>()
  const end: Work["end"] = (session) => {
    const over = farewell(session).finally(() => leaving.delete(over))
    leaving.add(over)
    return over
  }

  return {
    begin: (session, opened) => {
      const seat = seats.of(session, opened)
      if (opened.parent === undefined) start(seat, opened.resumed ? "resume" : "startup")
    },
    message,
    call,
    answer,
    turnEnds,
    compact,
    beginsAnew: (session, why) => {
      const seat = seats.of(session)
      if (seat.parent === undefined) start(seat, why)
    },
    note: (session, role, content) => {
      const seat = seats.of(session)
      if (seats.hooksOf(seat).length === 0) return
      seat.place.transcript().add(role, content)
    },
    turnOver: (session, isCancelled, at) => {
      const seat = seats.find(session)
      book.unfollow(session, at)
      seat?.notes.clear()
      if (isCancelled) void seat?.place.cancel(at)
    },
    end,
    renew: () => {
      for (const seat of seats.all()) seat.set = seats.known()
    },
    close: async () => {
      await Promise.allSettled(leaving)
      const all = seats.all()
      for (const { id } of all) seats.remove(id)
      await Promise.all(all.map(({ place }) => place.close()))
    }
  }
}

const shortFarewell = (hook: CommandHook): CommandHook =>
  hook.event === "SessionEnd" ? { ...hook, timeout: Math.min(hook.timeout, mostFarewell) } : hook
