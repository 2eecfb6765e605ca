/** One subagent from its opening to its end. It ends when its time is over or its caller says so, whatever it is doing. */
import type { AgentNotice, TerminalNotice } from "../../machines/events.ts"
import { nothingSpent } from "../../machines/spending.ts"
import type { Session } from "../session-host.ts"
import { cutOff, endedBy, type Ended, type Known, unopened } from "./result.ts"
import type { Stopper } from "./stopper.ts"

/** Hears what a subagent tells. */
export interface Watch {
  readonly hear: (notice: AgentNotice) => void
  /** It is over. */
  readonly close: () => void
}

export const silent: Watch = { hear: () => {}, close: () => {} }

export interface Errand {
  /** Id of its session. */
  readonly session: string
  readonly prompt: string
  readonly open: () => Promise<Session>
  readonly stopper: Stopper
  readonly watch: (session: Session) => Watch
  /** Its session closes, which nobody need wait for but who closes all. */
  readonly closing: (closed: Promise<void>) => void
}

/** Never rejects. Resolves as soon as it is over or stopped; what is left of it then ends by itself. */
export const runErrand = async (errand: Errand): Promise<Ended> => {
  const { session: id, stopper, closing } = errand
  const nothing: Known = { session: id, transcript: [], spent: nothingSpent }
  const opening = stopper.reason() === undefined ? errand.open() : Promise.reject(new Error("it was stopped before"))
  try {
    const session = await Promise.race([opening, stopped(stopper)])
    if (session !== undefined) return await conduct(errand, session)
    return cutOff(cutBy(stopper), nothing)
  } catch (error) {
    return stopper.reason() === undefined ? unopened(error, nothing) : cutOff(cutBy(stopper), nothing)
  } finally {
    stopper.release()
    // It may be about to open.
    closing(opening.then(({ close }) => close()).catch(() => {}))
  }
}

/** Rules that are told at most. */
const mostNeeds = 10

const conduct = async ({ session: id, prompt, stopper, watch }: Errand, session: Session): Promise<Ended> => {
  const needs = new Set<string>()
  const { hear, close } = watch(session)
  const told = session.events.subscribe((notice) => {
    if (notice.type === "agent.settled" && notice.answer.needs !== undefined && needs.size < mostNeeds)
      needs.add(notice.answer.needs)
    hear(notice)
  })
  const known = (): Known => {
    const { transcript, spent } = session.view()
    return { session: id, transcript, spent, needs: [...needs] }
  }
  try {
    const end: TerminalNotice | undefined = await Promise.race([session.ask(prompt), stopped(stopper)])
    if (end !== undefined) return endedBy(end, known())
    // What it was saying enters its conversation. A session that closes says so itself, at its next opening.
    if (stopper.reason() !== "closing") session.send({ type: "user.cancel" })
    return cutOff(cutBy(stopper), known())
  } finally {
    told.unsubscribe()
    close()
  }
}

const stopped = ({ signal }: Stopper): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener("abort", () => resolve(undefined), { once: true })
  })

const cutBy = (stopper: Stopper): "timed_out" | "cancelled" | "interrupted" => {
  const reason = stopper.reason()
  return reason === undefined || reason === "closing" ? "interrupted" : reason
}
