/** `run --output json`: the whole run as one object at its end; `stream-json`: each notice as a line, and that object without its steps at the end. */
import type { Session } from "../../actors/session-host.ts"
import { callsOf, textOf } from "../../llm/message.ts"
import type { AgentNotice, Failure, PluginNews, SeamNews, Spent, TerminalNotice } from "../../machines/events.ts"
import { leastCost, nothingSpent } from "../../machines/spending.ts"
import { adviceOf, lossesOf, stateOf, succeeded } from "../../plugins/outcome.ts"
import type { Answer } from "../../plugins/tool.ts"
import type { Io } from "./io.ts"
import type { Closing, Reporter } from "./reporter.ts"

interface Step {
  /** What the model said before it acted. */
  readonly thought: string
  readonly action: { readonly id: string; readonly tool: string; readonly input: unknown }
  /** Absent when the run ended before the call did. */
  observation?: Observation
}

/** A repair; only its id when it was made before this run. */
type SeamReport = { readonly id: string } & Partial<Omit<SeamNews, "seam">>

/** An answer under the names of this format; `outcome` and `degraded` when something broke on the way. */
type Observation = Omit<Answer, "errorClass"> & { readonly error_class?: string }

const observed = ({ errorClass, ...answer }: Answer): Observation => {
  const outcome = stateOf(answer)
  const degraded = lossesOf(answer)
  const { advice: _, ...rest } = answer
  const advice = adviceOf(answer)
  return {
    ...rest,
    success: succeeded(answer),
    ...(errorClass === undefined ? {} : { error_class: errorClass }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(degraded.length === 0 ? {} : { degraded }),
    ...(advice.length === 0 ? {} : { advice })
  }
}

export const jsonReport = (io: Io, session: Session): Reporter => {
  const { hear, report } = reported(session)
  return {
    hear,
    end: (notice, closing) => void io.stdout.write(`${JSON.stringify(report(notice, closing), null, 2)}\n`)
  }
}

export const jsonLines = (io: Io, session: Session): Reporter => {
  const line = (value: unknown) => io.stdout.write(`${JSON.stringify(value)}\n`)
  const { hear, report } = reported(session)
  const { cwd, model, permissions, tools } = session.view()
  line({ type: "session", session_id: session.id, model, cwd, permissions, tools: tools.map(({ name }) => name) })
  return {
    hear: (notice) => {
      hear(notice)
      line(notice)
    },
    end: (notice, closing) => {
      const { steps: _, ...result } = report(notice, closing)
      line({ type: "result", ...result })
    }
  }
}

/** Collects what is told. */
const reported = (session: Session) => {
  const startedAt = Date.now()
  let rounds = 0
  const steps: Array<Step> = []
  const plugins: Array<PluginNews> = []
  /** By id, in the order they were heard of; what is newest of each. */
  const seams = new Map<string, SeamReport>()
  const answeredBy = new Set<string>()
  const hear = (notice: AgentNotice): void => {
    if (notice.type === "agent.said") {
      rounds += 1
      answeredBy.add(notice.message.model)
      for (const { id, name, input } of callsOf(notice.message)) {
        steps.push({ thought: textOf(notice.message), action: { id, tool: name, input } })
      }
    }
    if (notice.type === "agent.settled") {
      const step = steps.findLast(({ action }) => action.id === notice.call.id)
      if (step !== undefined) step.observation = observed(notice.answer)
      const { seam } = notice.answer
      if (seam !== undefined && !seams.has(seam)) seams.set(seam, { id: seam })
    }
    if (notice.type === "agent.plugin") {
      const { plugin, state, reason } = notice
      plugins.push({ plugin, state, reason })
    }
    if (notice.type === "agent.healed") {
      const { type: _, seam, ...news } = notice
      seams.set(seam, { id: seam, ...news })
    }
  }
  const report = (notice: TerminalNotice, { exitCode, needs }: Closing = { exitCode: 0, needs: [] }) => ({
    session_id: session.id,
    // The one that is asked; another may have stood in for it.
    model: session.view().model,
    answered_by: [...answeredBy],
    status: statusOf(notice),
    verified: notice.type === "agent.replied" && notice.verified,
    final_answer: notice.type === "agent.replied" ? notice.text : null,
    ...(notice.type === "agent.failed" ? { error: notice.failure } : {}),
    steps,
    usage: notice.spent.usage,
    // Unknown is null, not 0.
    cost: notice.spent.cost ?? null,
    ...partOf(notice.spent),
    usage_by_model: byModel(notice.spent),
    // What happened to plugins meanwhile.
    plugins,
    seams: [...seams.values()],
    needs,
    rounds,
    duration_ms: Date.now() - startedAt,
    exit_code: exitCode
  })
  return { hear, report }
}

/** Of a run that could not begin. `json` has it alone, `stream-json` as its only line. */
export const notBegun = (format: "json" | "stream-json", error: Failure, exitCode: number): string => {
  const result = {
    session_id: null,
    model: null,
    answered_by: [],
    status: "failed",
    verified: false,
    final_answer: null,
    error,
    usage: nothingSpent.usage,
    cost: 0,
    usage_by_model: [],
    plugins: [],
    seams: [],
    needs: [],
    rounds: 0,
    duration_ms: 0,
    exit_code: exitCode
  }
  return format === "json"
    ? `${JSON.stringify({ ...result, steps: [] }, null, 2)}\n`
    : `${JSON.stringify({ type: "result", ...result })}\n`
}

/** Of a cost that is not known as a whole, the part that is. */
const partOf = (spent: Spent) => {
  const least = leastCost(spent)
  return spent.cost === undefined && least > 0 ? { cost_at_least: least } : {}
}

/** Who answered, which is not always who was asked; a cost is null as soon as a part of it is unknown. */
const byModel = ({ models = {} }: Spent) =>
  Object.entries(models).map(([model, spent]) => ({
    model,
    requests: spent.requests,
    ...(spent.broken === undefined ? {} : { broken: spent.broken }),
    usage: spent.usage,
    cost: spent.cost ?? null,
    ...(spent.cost === undefined && spent.costAtLeast > 0 ? { cost_at_least: spent.costAtLeast } : {})
  }))

const statusOf = ({ type }: TerminalNotice): "done" | "failed" | "cancelled" =>
  type === "agent.replied" ? "done" : type === "agent.failed" ? "failed" : "cancelled"
