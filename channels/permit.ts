/** A session's questions answered by the program that embeds it. */
import { Subscription } from "rxjs"
import type { Session } from "../actors/session-host.ts"
import type { Question } from "../machines/events.ts"
import { problemsWith } from "../machines/question.ts"
import { defaultsOf } from "../plugins/inquiry/content.ts"
import type { FieldValue } from "../plugins/inquiry.ts"

/** `always`: this call, and from now on in this session everything that `question.rule` matches. */
export type Decision = "allow" | "always" | "deny"

/**
 * The answer to a question with an `inquiry`, whose yes is always an object: a rule that was written for permissions hands nothing
 * out by it.
 */
export interface Reply {
  readonly decision: Decision
  /** Values by field name. Fields without one have their defaults. */
  readonly content?: Readonly<Record<string, FieldValue>>
}

/**
 * Decides one question: may a call run, or, where it has an `inquiry`, what the running call wants to know.
 *
 * @param signal Aborts when the answer is no longer wanted: another channel gave it, the turn ended, or `permit` was ended.
 * @returns the decision. Whatever else it gives, values that do not fit, and a throw or rejection, deny.
 */
export type Decide = (question: Question, signal: AbortSignal) => Decision | Reply | Promise<Decision | Reply>

const decisions: ReadonlySet<unknown> = new Set<Decision>(["allow", "always", "deny"])

/**
 * Answers what a session asks, also what it asks already, until the returned subscription is ended or the session closes. A question
 * waits as long as `decide` does, and the turn with it; a limit is `decide`'s own (`AbortSignal.timeout`).
 *
 * @example
 * permit(session, ({ tool, risk }) => (risk === "read" || tool === "write_file" ? "allow" : "deny"))
 */
export const permit = (session: Pick<Session, "events" | "view" | "send">, decide: Decide): Subscription => {
  const open = new Map<string, AbortController>()
  const forget = (id: string): void => {
    const question = open.get(id)
    open.delete(id)
    question?.abort()
  }
  const answer = async (question: Question): Promise<void> => {
    const { id } = question
    if (open.has(id)) return
    const asked = new AbortController()
    open.set(id, asked)
    const reply = await decided(decide, question, asked.signal)
    if (open.get(id) !== asked) return
    open.delete(id)
    session.send({ type: "permission.answered", id, ...reply })
  }
  const link = new Subscription(() => [...open.keys()].forEach(forget))
  link.add(
    session.events.subscribe({
      next: (notice) => {
        if (notice.type === "agent.asked") void answer(notice)
        else if (notice.type === "agent.answered") forget(notice.id)
        else if (ends.has(notice.type)) [...open.keys()].forEach(forget)
      },
      complete: () => link.unsubscribe()
    })
  )
  session.view().questions.forEach((question) => void answer(question))
  return link
}

const ends: ReadonlySet<string> = new Set(["agent.replied", "agent.failed", "agent.cancelled"])

/** A decision that cannot be had is no. */
const decided = async (decide: Decide, question: Question, signal: AbortSignal): Promise<Reply> => {
  try {
    const given = await decide(question, signal)
    const isWord = typeof given === "string"
    if (isWord && question.inquiry !== undefined) return { decision: "deny" }
    const { decision, content } = isWord ? { decision: given } : given
    const reply: Reply = {
      decision,
      ...(content !== undefined && { content: { ...defaultsOf(question.inquiry ?? {}), ...content } })
    }
    return decisions.has(decision) && problemsWith(question, reply).length === 0 ? reply : { decision: "deny" }
  } catch {
    return { decision: "deny" }
  }
}
