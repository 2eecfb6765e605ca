/** The end of a run: that of its turn, or, when it left agents in the background, of the turn that their last result begins. */
import { filter, firstValueFrom, from, map, merge } from "rxjs"
import type { Session } from "../../actors/session-host.ts"
import { isTerminal } from "../../actors/session.ts"
import type { TerminalNotice } from "../../machines/events.ts"
import { spentSince } from "../../machines/spending.ts"

/**
 * Each of them has its own time, so this ends. What is spent meanwhile is part of what the run spent.
 *
 * @param interrupted Resolves when the user wants no more of it.
 */
export const lastEnd = async (
  session: Session,
  said: Parameters<Session["ask"]>[0],
  interrupted: Promise<void>
): Promise<TerminalNotice> => {
  const before = session.view().spent
  const first = await session.ask(said)
  let end = first
  while (end.type === "agent.replied" && isAwaited(session)) {
    const next = session.events.pipe(filter(isTerminal))
    const stopped = from(interrupted).pipe(map(() => cancelled(end)))
    end = await firstValueFrom(merge(next, stopped), { defaultValue: cancelled(end) })
  }
  return end === first ? first : { ...end, spent: spentSince(session.view().spent, before) }
}

/** Something will still begin a turn, or has begun one. */
const isAwaited = (session: Session): boolean => {
  const { background, state } = session.view()
  return state !== "idle" || background.some(({ state, delivered }) => state === "running" || !delivered)
}

const cancelled = ({ messages, spent }: TerminalNotice): TerminalNotice => ({
  type: "agent.cancelled",
  messages,
  spent
})
