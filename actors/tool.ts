/** One call's life: decode → preview → permission → run → settle. Whatever happens, it ends in one answer. */
import { randomUUID } from "node:crypto"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { diagnose } from "../healing/failure.ts"
import type { ToolCall } from "../llm/message.ts"
import type { AgentEvent, Question } from "../machines/events.ts"
import { decide, type Mode, ruleFor } from "../plugins/permission.ts"
import { PortError } from "../plugins/ports.ts"
import { type Answer, type Preview, refuse, type Tool, type ToolContext } from "../plugins/tool.ts"
import { fitted } from "./answer.ts"
import type { Toolbox } from "./toolbox.ts"

/** The user's word on a question. */
export type Verdict = Extract<AgentEvent, { type: "permission.answered" }>["decision"]

/** What a batch of calls shares. */
export interface Batch {
  readonly toolbox: Toolbox
  readonly taskStartedAt: number
  readonly mode: Mode
  /** Rules that "always" added; the batch adds to it as it goes. */
  readonly allowed: Array<string>
  readonly questions: Map<string, Deferred.Deferred<Verdict>>
  readonly report: (event: AgentEvent) => void
}

/** Runs one call to its answer and reports it. Interrupting it aborts the tool. */
export const settle = (call: ToolCall, batch: Batch): Effect.Effect<void> =>
  answer(call, batch).pipe(
    Effect.catchCause((cause) =>
      Cause.hasInterrupts(cause)
        ? Effect.interrupt
        : Effect.succeed<Settled>({ answer: defect(call, Cause.squash(cause)), final: false })
    ),
    Effect.map((settled) => batch.report({ type: "tool.settled", callId: call.id, ...settled }))
  )

interface Settled {
  readonly answer: Answer
  readonly final: boolean
}

const answer = (call: ToolCall, batch: Batch): Effect.Effect<Settled> =>
  Effect.gen(function* () {
    const { toolbox } = batch
    const tool = toolbox.tools.get(call.name)
    if (tool === undefined) return settled(unknownTool(call, toolbox))
    if (typeof call.input === "string")
      return settled(refuse("invalid_json_args", `the arguments are not valid JSON: ${excerpt(call.input)}`))
    const decoded = yield* Effect.promise(() => tool.decode(call.input))
    if ("problems" in decoded) return settled(refuse("invalid_arguments", decoded.problems))

    const previewed = yield* attempt(toolbox.timeout, (signal) =>
      tool.preview(decoded.input, contextFor(call, batch, signal))
    )
    if ("refused" in previewed) return settled(previewed.refused)
    const refusal = yield* permit(call, tool, previewed.value, batch)
    if (refusal !== undefined) return settled(refusal)

    batch.report({ type: "tool.started", callId: call.id, idempotent: tool.idempotent })
    const limit =
      tool.timeout === false ? undefined : tool.timeout === undefined ? toolbox.timeout : tool.timeout * 1000
    const ran = yield* attempt(limit, (signal) => tool.execute(decoded.input, contextFor(call, batch, signal)))
    return "refused" in ran ? settled(ran.refused) : settled(fitted(ran.value, toolbox.outputLimit), tool.final)
  })

const settled = (answer: Answer, final = false): Settled => ({ answer, final })

/** Runs a tool's own code. A port's refusal and the end of its time are answers; anything else it throws is a defect. */
const attempt = <A>(timeout: number | undefined, run: (signal: AbortSignal) => Promise<A>) => {
  const running = Effect.tryPromise({ try: run, catch: (error) => error }).pipe(
    Effect.map((value) => ({ value })),
    Effect.catch((error) =>
      error instanceof PortError ? Effect.succeed({ refused: refuse(error.kind, error.message) }) : Effect.die(error)
    )
  )
  if (timeout === undefined) return running
  const late = refuse(
    "execution_error",
    `timed out after ${timeout / 1000} s and was stopped; its effects may be partial`
  )
  return running.pipe(Effect.timeoutOrElse({ duration: timeout, orElse: () => Effect.succeed({ refused: late }) }))
}

const contextFor = (call: ToolCall, { toolbox, taskStartedAt, report }: Batch, signal: AbortSignal): ToolContext => ({
  signal,
  progress: (text) => {
    if (!signal.aborted) report({ type: "tool.progressed", callId: call.id, text })
  },
  log: (message) => toolbox.log(`${call.name}: ${message}`),
  cwd: toolbox.cwd,
  files: toolbox.files,
  exec: toolbox.exec,
  fetch,
  taskStartedAt
})

/** @returns the refusal, or `undefined` when the call may run. */
const permit = (call: ToolCall, tool: Tool, preview: Preview, batch: Batch) =>
  Effect.gen(function* () {
    const { toolbox, mode, allowed, questions, report } = batch
    const attempted = { tool: tool.name, risk: preview.risk ?? tool.risk, preview, cwd: toolbox.cwd }
    const policy = { ...toolbox.rules, mode, allow: [...toolbox.rules.allow, ...allowed] }
    const decision = yield* Effect.promise(() => decide(policy, attempted))
    if (decision.type === "allow") return undefined
    if (decision.type === "deny") return refuse("permission_denied", decision.reason)

    const rule = yield* Effect.promise(() => ruleFor(attempted))
    if (toolbox.unattended) return { ...refuse("permission_denied", nobodyToAsk(rule)), needs: rule }
    const question: Question = { id: randomUUID(), callId: call.id, input: call.input, rule, ...attempted }
    const verdict = yield* Deferred.make<Verdict>()
    questions.set(question.id, verdict)
    report({ type: "permission.asked", ...question })
    const said = yield* Deferred.await(verdict)
    if (said === "always") allowed.push(rule)
    return said === "deny"
      ? refuse("permission_denied", "the user said no; do not try it another way, ask what they want instead")
      : undefined
  })

const nobodyToAsk = (rule: string): string =>
  `this needs permission and nobody is here to give it; the user can run with -y (all) or --permissions edits, or add ${JSON.stringify(rule)} to permissions.allow`

const unknownTool = ({ name }: ToolCall, { tools }: Toolbox): Answer =>
  refuse("not_found", `there is no tool ${JSON.stringify(name)}; there are: ${[...tools.keys()].join(", ")}`)

const excerpt = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text)

const defect = (call: ToolCall, error: unknown): Answer => {
  const { errorClass, message, hint } = diagnose(error)
  return { success: false, errorClass, error: [`${call.name} failed: ${message}`, hint].filter(Boolean).join("\n") }
}
