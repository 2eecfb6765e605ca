/**
 * A session's tools, called by whoever has the session instead of by its model. Such a call goes the whole road: guards, policy,
 * questions, the tool's supervised lane, healing, limits of time and length, and the hooks that observe calls. It stands apart from
 * the conversation, though: no reply asked for it, so the transcript could not hold it (providers refuse an answer without its
 * call), and replaying the journal must give the conversation that the model had. What is kept of it is what plugins keep (the
 * log), the ledger of seams, and what the call did.
 */
import { randomUUID } from "node:crypto"
import * as Effect from "effect/Effect"
import type { AgentContext } from "../../machines/agent-context.ts"
import type { AgentEvent, Question } from "../../machines/events.ts"
import { type Answer, refuse } from "../../plugins/tool.ts"
import type { Answered, CallOptions, SessionTools, ToolRun, ToolView } from "../session-tools.ts"
import type { Batch, Offered, PermissionAnswered } from "../tool/order.ts"
import type { Toolbox } from "../toolbox.ts"
import { settleCall } from "../tools.ts"
import { turnstile } from "./turnstile.ts"

export interface CallParts {
  readonly toolbox: Toolbox
  /** The agent's, now. */
  readonly context: () => Pick<AgentContext, "permissions" | "allowed">
  /** Aborted when the session closes. */
  readonly ended: AbortSignal
}

export const callableTools = ({ toolbox, context, ended }: CallParts): SessionTools => {
  const turns = turnstile()
  /** Rules that "always" added by the way of these calls. */
  const allowed: Array<string> = []

  const call = async (run: ToolRun, options: CallOptions = {}): Promise<Answer> => {
    const signal = options.signal === undefined ? ended : AbortSignal.any([ended, options.signal])
    const tools = toolbox.tools()
    const place = turns.enter(tools.get(run.tool)?.tool.parallel ?? true)
    try {
      await unlessAborted(place.free, signal)
      const { permissions, allowed: said } = context()
      const known = [...said, ...allowed]
      const { answer, added } = await settled(run, { toolbox, options, signal, tools, permissions, known })
      allowed.push(...added)
      return answer
    } catch (error) {
      if (signal.aborted) return takenBack(ended.aborted)
      throw error
    } finally {
      place.leave()
    }
  }
  return { list: () => Array.from(toolbox.tools().values(), viewOf), call }
}

interface Running {
  readonly toolbox: Toolbox
  readonly options: CallOptions
  readonly signal: AbortSignal
  readonly tools: ReturnType<Toolbox["tools"]>
  readonly permissions: Batch["mode"]
  /** Rules that are allowed already. */
  readonly known: ReadonlyArray<string>
}

/** Rejects only when it is aborted, and for a bug of ours. */
const settled = async (
  { tool, input }: ToolRun,
  { toolbox, options, signal, tools, permissions, known }: Running
): Promise<{ readonly answer: Answer; readonly added: ReadonlyArray<string> }> => {
  const { session, hooks } = toolbox
  const about = { session, callId: randomUUID(), tool }
  const questions: Batch["questions"] = new Map<string, (answered: PermissionAnswered) => void>()
  /** Those that wait for their answer. */
  const open = new Map<string, AbortController>()
  let answer: Answer | undefined
  const report = (event: AgentEvent): void => {
    if (event.type === "tool.started") hooks.tell("onToolExecutionStart", { ...about, input: event.input ?? input })
    if (event.type === "tool.settled") answer = event.answer
    if (event.type === "permission.asked") {
      const withdrawn = new AbortController()
      open.set(event.id, withdrawn)
      void ask(event, options.answer, AbortSignal.any([signal, withdrawn.signal]), questions)
    }
    // The tool wants no answer any more.
    if (event.type === "permission.answered") open.get(event.id)?.abort()
    if (event.type === "tool.progressed") {
      hooks.tell("onToolExecutionUpdate", { ...about, text: event.text })
      options.progress?.(event.text)
    }
  }
  // Who gives nobody to ask is told which rule would have let it through.
  const workplace = { ...toolbox, rules: toolbox.rules, unattended: options.answer === undefined }
  const allowed = [...known]
  // It serves no turn, and follows no skill of one.
  const batch: Batch = { workplace, taskStartedAt: Date.now(), mode: permissions, allowed, only: [], questions, report }
  const asked = { type: "call", id: about.callId, name: tool, input } as const
  await Effect.runPromise(settleCall(asked, batch, tools), { signal })
  const given = answer ?? refuse("execution_error", "the call ended without an answer")
  hooks.tell("onToolExecutionEnd", { ...about, input, answer: given })
  return { answer: given, added: allowed.slice(known.length) }
}

/** Whoever fails to answer says no. */
const ask = async (
  { type: _, ...question }: { readonly type: "permission.asked" } & Question,
  answer: CallOptions["answer"],
  signal: AbortSignal,
  questions: Batch["questions"]
): Promise<void> => {
  let said: Answered = { decision: "deny" }
  try {
    said = (await answer?.(question, signal)) ?? said
  } catch {
    // Denied.
  }
  const { id } = question
  questions.get(id)?.({ ...said, type: "permission.answered", id })
}

const takenBack = (isClosed: boolean): Answer =>
  refuse("cancelled", isClosed ? "the session was closed while it ran" : "the caller took the call back")

const unlessAborted = (free: Promise<void>, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason)
    if (signal.aborted) return stop()
    signal.addEventListener("abort", stop, { once: true })
    void free.then(() => {
      signal.removeEventListener("abort", stop)
      resolve()
    })
  })

const viewOf = ({ tool, from }: Offered): ToolView => {
  const { name, description, parameters, risk, idempotent, final, waits = false, deferred = false } = tool
  return { name, description, parameters, risk, idempotent, final, waits, deferred, plugin: from.plugin }
}
