/** The questions of a session, put to the client whose request it works on. */
import { Subscription } from "rxjs"
import type { Session } from "../../actors/session-host.ts"
import type { Question } from "../../machines/events.ts"
import { answerOf, type Asker, canBeAsked } from "./questions.ts"

/** Answers what it asks until the returned subscription is ended. Where nobody can be asked, the session is open unattended. */
export const permit = (session: Pick<Session, "id" | "events" | "view" | "send">, caller: Asker): Subscription => {
  if (!canBeAsked(caller)) return Subscription.EMPTY
  const open = new Set<string>()
  const answer = async (question: Question): Promise<void> => {
    const { id } = question
    if (open.has(id)) return
    open.add(id)
    // Nobody there, or an answer that came too late, is a no.
    const said = await answerOf(question, caller).catch(() => ({ decision: "deny" as const }))
    if (open.delete(id) && !link.closed) session.send({ ...said, type: "permission.answered", id })
  }
  const link = session.events.subscribe({
    next: (notice) => {
      if (notice.type === "agent.asked") void answer(notice)
      if (notice.type === "agent.answered") open.delete(notice.id)
    }
  })
  session.view().questions.forEach((question) => void answer(question))
  return link
}
