/** Calls while they run. They are printed in the order they were asked for. */
import type { ToolCall } from "../../../llm/message.ts"
import { planIn } from "../../../plugins/plan-view.ts"
import type { Answer } from "../../../plugins/tool.ts"
import { append, enter, type Item, type LiveCall, type View } from "./view.ts"

/** Characters of a running call's output that are kept to show its end. */
const tailLength = 4000

const updateCall = (view: View, id: string, change: (live: LiveCall) => LiveCall): View => ({
  ...view,
  calls: view.calls.map((live) => (live.call.id === id ? change(live) : live))
})

export const act = (view: View, call: ToolCall, now: number): View => {
  const known = view.calls.some((live) => live.call.id === call.id)
  const all = known ? view : { ...view, calls: [...view.calls, { call, tail: "" }] }
  return enter(
    updateCall(all, call.id, (live) => ({ ...live, startedAt: live.startedAt ?? now })),
    { name: "acting" },
    now
  )
}

export const progress = (view: View, callId: string, text: string, now: number): View =>
  updateCall(view, callId, (live) => ({
    ...live,
    // A subagent tells what it does in whole lines, and only the newest is shown.
    tail: isSubagent(live.call) ? text : (live.tail + text).slice(-tailLength),
    toldAt: now
  }))

/** The call waits for an agent of its own. */
export const isSubagent = ({ name }: ToolCall): boolean => name === "task"

/** Calls are printed in the order they were asked for: one that is done waits for those before it. */
export const settle = (view: View, call: ToolCall, answer: Answer, now: number): View => {
  const known = view.calls.some((live) => live.call.id === call.id)
  const open = { ...view, questions: view.questions.filter(({ callId }) => callId !== call.id) }
  const all = known ? open : { ...open, calls: [...open.calls, { call, tail: "" }] }
  const next = withPlan(
    updateCall(all, call.id, (live) => ({ ...live, settled: { answer, at: now } })),
    answer
  )
  const first = next.calls.findIndex((live) => live.settled === undefined)
  const ready = first === -1 ? next.calls.length : first
  const printed = append({ ...next, calls: next.calls.slice(ready) }, ...next.calls.slice(0, ready).map(callItem))
  return printed.calls.length === 0 && printed.phase.name === "acting"
    ? enter(printed, { name: "waiting" }, now)
    : printed
}

/** Any tool may tell of a plan, or that there is none any more. */
const withPlan = (view: View, answer: Answer): View => {
  const plan = planIn(answer)
  if (plan === undefined) return view
  const { plan: _, ...rest } = view
  return plan === null ? rest : { ...rest, plan }
}

/** A plan is printed once it has come to rest, and only when it is another than the one above. */
export const settlePlan = (view: View): View => {
  const { plan, planPrinted } = view
  if (plan === undefined || JSON.stringify(plan) === JSON.stringify(planPrinted)) return view
  return { ...append(view, { kind: "plan", plan }), planPrinted: plan }
}

const stopped: Answer = { success: false, errorClass: "cancelled", error: "stopped before it was done" }

export const callItem = ({ call, settled, startedAt }: LiveCall): Item => ({
  kind: "call",
  call,
  answer: settled?.answer ?? stopped,
  ...(settled !== undefined && startedAt !== undefined && { ms: settled.at - startedAt })
})
