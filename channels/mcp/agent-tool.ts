/**
 * The whole agent as one tool: a task goes in, what came of it comes out, with the id of the session to go on with. Each call opens
 * the session, works, and lets go of it; sessions are found again by their id and owner, also after a restart.
 */
import { Subscription } from "rxjs"
import type { Session, SessionHost } from "../../actors/session-host.ts"
import { callLine } from "../../actors/subagents/call-line.ts"
import type { AgentNotice, SeamNews, TerminalNotice } from "../../machines/events.ts"
import { lastEnd } from "../cli/last-end.ts"
import { permit } from "./permit.ts"
import type { Caller, Offer, ServedTool } from "./offer.ts"
import { canBeAsked } from "./questions.ts"
import { failed } from "./shop.ts"

export const agentToolName = "run_task"

export const agentOffer = (host: Pick<SessionHost, "open">, cwd: string): Offer => {
  const tool = agentTool(host, cwd)
  return { tools: () => [tool] }
}

const description = (cwd: string): string =>
  `Give a task to Kintsugi, a coding agent that works by itself in the folder ${cwd}: it reads and writes files, runs commands, mends what breaks, and checks what it did. It takes as long as it takes, often minutes, and tells its progress. The result names a session_id: pass it to go on in the same conversation, which the agent remembers; leave it out to begin a new one.`

const inputSchema = {
  type: "object" as const,
  properties: {
    task: { type: "string", description: "What is to be done, in as many words as a colleague would need." },
    session_id: { type: "string", description: "Of an earlier result, to go on with it." }
  },
  required: ["task"],
  additionalProperties: false
}

const outputSchema = {
  type: "object" as const,
  properties: {
    session_id: { type: "string" },
    status: { type: "string", enum: ["done", "failed", "cancelled"] },
    verified: { type: "boolean", description: "The end of the task was checked against what is really there." },
    final_answer: { type: ["string", "null"] },
    error: { type: "object" },
    usage: { type: "object", description: "Tokens." },
    cost: { type: ["number", "null"], description: "US dollars; null when it is not known." },
    seams: { type: "array", items: { type: "object" }, description: "What broke and was mended on the way." },
    needs: { type: "array", items: { type: "string" }, description: "Rules that would let through what was refused." }
  },
  required: ["session_id", "status", "final_answer", "usage", "cost", "seams"]
}

const agentTool = (host: Pick<SessionHost, "open">, cwd: string): ServedTool => ({
  definition: {
    name: agentToolName,
    title: "Give Kintsugi a task",
    description: description(cwd),
    inputSchema,
    outputSchema,
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true }
  },
  call: async ({ task, session_id: id }, caller) => {
    if (typeof task !== "string" || task.trim() === "") return failed("task must be a text that says what is to be done")
    if (id !== undefined && (typeof id !== "string" || id === "latest"))
      return failed("session_id must be the id of an earlier result, or left out")
    const { owner } = caller.user
    await using session = await host.open({
      unattended: !canBeAsked(caller),
      ...(owner === undefined ? {} : { owner }),
      ...(id === undefined ? {} : { resume: id })
    })
    return await work(session, task, caller)
  }
})

const work = async (session: Session, task: string, caller: Caller) => {
  const { signal } = caller
  const heard = hearing(caller)
  const watching = new Subscription()
  watching.add(session.events.subscribe(heard.hear))
  watching.add(permit(session, caller))
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
