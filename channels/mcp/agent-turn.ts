/** One task that a session works on for a client: what is told and asked meanwhile, and the result. */
import { Subscription } from "rxjs"
import type { Session } from "../../actors/session-host.ts"
import { callLine } from "../../actors/subagents/call-line.ts"
import type { AgentNotice, SeamNews, TerminalNotice } from "../../machines/events.ts"
import { lastEnd } from "../cli/last-end.ts"
import { permit } from "../permit.ts"
import { continuedWords } from "../shown-words.ts"
import type { Caller } from "./offer.ts"
import { answerOf, canBeAsked } from "./questions.ts"
import { failed } from "./shop.ts"

/** Says the task, and waits for the end of all that it began; what is asked meanwhile goes to the client. */
export const workOn = async (session: Session, task: string, caller: Caller) => {
  const { signal } = caller
  const heard = hearing(caller)
  const watching = new Subscription()
  watching.add(session.events.subscribe(heard.hear))
  if (canBeAsked(caller)) watching.add(permit(session, (question, signal) => answerOf(question, caller, signal)))
  const interrupted = new Promise<void>((resolve) => {
    if (signal.aborted) return resolve()
    signal.addEventListener("abort", () => resolve(), { once: true })
  })
  const stop = (): void => session.cancel()
  signal.addEventListener("abort", stop, { once: true })
  try {
    const end = signal.aborted ? undefined : await lastEnd(session, task, interrupted)
    if (end === undefined) return failed("the request was taken back")
    return result(session.id, end, heard)
  } finally {
    signal.removeEventListener("abort", stop)
    watching.unsubscribe()
  }
}

interface Heard {
  readonly hear: (notice: AgentNotice) => void
  readonly seams: () => ReadonlyArray<Seam>
  readonly needs: () => ReadonlyArray<string>
}

/** Only its id when it was made before. */
type Seam = { readonly id: string } & Partial<Omit<SeamNews, "seam">>

const hearing = ({ progress }: Caller): Heard => {
  let done = 0
  const seams = new Map<string, Seam>()
  const needs = new Set<string>()
  const tell = (message: string): void => progress({ done: ++done, message })
  const hear = (notice: AgentNotice): void => {
    if (notice.type === "agent.started") tell("thinking")
    if (notice.type === "agent.acting") tell(callLine(notice.call))
    if (notice.type === "agent.asked") tell(`waits for your word about ${notice.tool}`)
    if (notice.type === "agent.retrying") tell(`the model is asked again: ${notice.reason}`)
    if (notice.type === "agent.compacting") tell("sums up the conversation")
    if (notice.type === "agent.background") tell(`agent in the background ${notice.state}: ${notice.description}`)
    if (notice.type === "agent.healed") {
      const { type: _, seam, ...news } = notice
      seams.set(seam, { id: seam, ...news })
      tell(`mended ${notice.plugin}: ${notice.summary}`)
    }
    if (notice.type === "agent.continued") tell(continuedWords(notice))
    if ((notice.type === "agent.failed" || notice.type === "agent.warned") && notice.failure.needs !== undefined)
      needs.add(notice.failure.needs)
    if (notice.type !== "agent.settled") return
    const { seam, needs: rule } = notice.answer
    if (seam !== undefined && !seams.has(seam)) seams.set(seam, { id: seam })
    if (rule !== undefined) needs.add(rule)
  }
  return { hear, seams: () => [...seams.values()], needs: () => [...needs] }
}

const result = (id: string, end: TerminalNotice, heard: Heard) => {
  const { usage, cost } = end.spent
  const needs = heard.needs()
  const isDone = end.type === "agent.replied"
  const text = isDone ? end.text : end.type === "agent.failed" ? end.failure.message : "It was cancelled."
  const structuredContent = {
    session_id: id,
    status: isDone ? "done" : end.type === "agent.failed" ? "failed" : "cancelled",
    verified: isDone && end.verified,
    final_answer: isDone ? end.text : null,
    ...(end.type === "agent.failed" && { error: end.failure }),
    usage,
    // Unknown is null, not 0.
    cost: cost ?? null,
    seams: heard.seams(),
    ...(needs.length > 0 && { needs })
  }
  // For clients that show a model the text only.
  const more = [`session_id: ${id}`, ...(needs.length > 0 ? [refusedFor(needs)] : [])].join("\n")
  const content = [text, more].map((part) => ({ type: "text" as const, text: part }))
  return { content, structuredContent, isError: !isDone }
}

const refusedFor = (needs: ReadonlyArray<string>): string =>
  `Permission was needed for: ${needs.join(", ")}. Whoever runs the server can start it with --permissions edits or auto, or add these to permissions.allow; a client that supports elicitation is asked.`
