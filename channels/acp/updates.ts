/** An agent's notices as session updates: the same for a conversation that goes on and for one that is read from the journal. */
import { randomUUID } from "node:crypto"
import type { ClientCapabilities, SessionUpdate, ToolKind } from "@agentclientprotocol/sdk"
import { callsOf, textOf, type ToolCall } from "../../llm/message.ts"
import type { AgentNotice } from "../../machines/events.ts"
import { planIn, type PlanView, type StepState } from "../../plugins/plan-view.ts"
import type { Risk } from "../../plugins/tool.ts"
import { asideOf } from "./asides.ts"
import { kindOf, locationsOf, outcomeOf, previewOf, textContent, titleOf } from "./tool-calls.ts"

export interface UpdatesOptions {
  /** Absolute folder of the session. */
  readonly cwd: string
  readonly capabilities: ClientCapabilities
  /** What is said beside the conversation is told; false where it is long over. Default true. */
  readonly asides?: boolean
}

export interface Updates {
  readonly of: (notice: AgentNotice) => ReadonlyArray<SessionUpdate>
  /** What the protocol calls a call: ids that a provider uses again become new ones. */
  readonly callId: (id: string) => string
}

interface OpenCall {
  readonly shownAs: string
  readonly kind: ToolKind
  /** As JSON, as it was told; absent while the model still writes it. */
  readonly input: string | undefined
  /** The newest of what it shows while it works. */
  tail: string
  isSettled: boolean
}

/** Characters of the newest output of a running call that are shown. */
const tailLength = 2000

export const updatesOf = ({ cwd, capabilities, asides = true }: UpdatesOptions): Updates => {
  const calls = new Map<string, OpenCall>()
  /** Questions about what no model has called, such as what a message stands for; by their ids. */
  const uncalled = new Map<string, string>()
  let uses = 0
  let message: string = randomUUID()
  /** What was streamed of the reply. */
  let [text, thinking] = ["", ""]
  let last = ""
  let compaction: string | undefined

  const begin = (): void => {
    message = randomUUID()
    text = thinking = ""
  }

  const words = (of: "agent_message_chunk" | "agent_thought_chunk", said: string): ReadonlyArray<SessionUpdate> =>
    said === "" ? [] : [{ sessionUpdate: of, content: { type: "text", text: said }, messageId: message }]

  const announced = (id: string, call: Pick<ToolCall, "name" | "input">, isWhole: boolean, risk?: Risk) => {
    const before = calls.get(id)
    const isNew = before === undefined || before.isSettled
    const shownAs = before === undefined ? id : isNew ? `${id}#${++uses}` : before.shownAs
    const kind = risk === undefined && !isNew ? before.kind : kindOf(call.name, risk)
    const input = isWhole ? JSON.stringify(call.input) : undefined
    calls.set(id, isNew ? { shownAs, kind, input, tail: "", isSettled: false } : { ...before, kind, input })
    const title = isWhole ? titleOf(call) : call.name
    const known = { toolCallId: shownAs, title, name: call.name, kind }
    const whole = isWhole ? { rawInput: call.input, locations: locationsOf(call, cwd) } : {}
    return isNew
      ? ({ sessionUpdate: "tool_call", status: "pending", ...known, ...whole } as const)
      : ({ sessionUpdate: "tool_call_update", ...known, ...whole } as const)
  }

  /** What it runs with is told again where a guard has changed it. */
  const acting = (call: ToolCall): SessionUpdate => {
    const known = calls.get(call.id)
    const isTold = known !== undefined && !known.isSettled && known.input === JSON.stringify(call.input)
    return isTold
      ? { sessionUpdate: "tool_call_update", toolCallId: known.shownAs, status: "in_progress" }
      : { ...announced(call.id, call, true), status: "in_progress" }
  }

  const replied = (notice: Extract<AgentNotice, { type: "agent.said" }>): ReadonlyArray<SessionUpdate> => {
    const { message: whole } = notice
    const thought = whole.content.map((block) => (block.type === "thinking" ? block.text : "")).join("")
    const said = textOf(whole)
    const updates = [
      ...words("agent_thought_chunk", thinking === "" ? thought : ""),
      ...words("agent_message_chunk", said.startsWith(text) ? said.slice(text.length) : ""),
      ...callsOf(whole).map((call) => announced(call.id, call, true))
    ]
    last = said.trim()
    begin()
    return updates
  }

  const settled = ({ call, answer }: Extract<AgentNotice, { type: "agent.settled" }>): ReadonlyArray<SessionUpdate> => {
    const begun = calls.get(call.id)
    const open = begun === undefined || begun.isSettled ? [announced(call.id, call, true)] : []
    const one = calls.get(call.id)
    if (one !== undefined) one.isSettled = true
    const plan = planIn(answer)
    return [
      ...open,
      { sessionUpdate: "tool_call_update", toolCallId: one?.shownAs ?? call.id, ...outcomeOf(call, answer, cwd) },
      ...(plan === undefined ? [] : [planUpdate(plan)])
    ]
  }

  /** Nothing more is told of what was not called. */
  const decided = ({
    id,
    decision
  }: Extract<AgentNotice, { type: "agent.answered" }>): ReadonlyArray<SessionUpdate> => {
    const call = calls.get(uncalled.get(id) ?? "")
    if (!uncalled.delete(id) || call === undefined) return []
    call.isSettled = true
    const status = decision === "deny" ? "failed" : "completed"
    return [{ sessionUpdate: "tool_call_update", toolCallId: call.shownAs, status }]
  }

  /** Calls that the end of the turn has cut off: no answer of them is told. */
  const leftOpen = (): ReadonlyArray<SessionUpdate> => {
    const open = Array.from(calls.values()).filter(({ isSettled }) => !isSettled)
    return open.map((call) => {
      call.isSettled = true
      return { sessionUpdate: "tool_call_update", toolCallId: call.shownAs, status: "failed" }
    })
  }

  const progressed = ({ callId, text: more }: Extract<AgentNotice, { type: "agent.progressed" }>) => {
    const call = calls.get(callId)
    if (call === undefined || call.isSettled) return []
    call.tail = (call.tail + more).slice(-tailLength)
    const content = [textContent(call.tail)]
    return [{ sessionUpdate: "tool_call_update" as const, toolCallId: call.shownAs, content }]
  }

  const compacted = (notice: AgentNotice): ReadonlyArray<SessionUpdate> => {
    if (capabilities.session?.compaction == null) return aside(notice)
    const compactionId = (compaction ??= randomUUID())
    if (notice.type === "agent.compacting")
      return [{ sessionUpdate: "compaction_update", compactionId, status: "in_progress" }]
    compaction = undefined
    const summary = notice.type === "agent.compacted" ? [{ type: "text" as const, text: notice.summary }] : []
    return [{ sessionUpdate: "compaction_update", compactionId, status: "completed", summary }]
  }

  const aside = (notice: AgentNotice): ReadonlyArray<SessionUpdate> => {
    const said = asides ? asideOf(notice) : undefined
    if (said === undefined) return []
    const { severity, title, description, data } = said
    const more = { _meta: { kintsugi: data } }
    if (capabilities.session?.notices != null)
      return [{ sessionUpdate: "notice", severity, title, description, ...more }]
    const whole = description === undefined ? title : `${title}\n${description}`
    const content = { type: "text" as const, text: `\n[${whole}]\n` }
    return [{ sessionUpdate: "agent_message_chunk", content, messageId: randomUUID(), ...more }]
  }

  const of = (notice: AgentNotice): ReadonlyArray<SessionUpdate> => {
    switch (notice.type) {
      case "agent.text":
        text += notice.delta
        return words("agent_message_chunk", notice.delta)
      case "agent.thinking":
        thinking += notice.delta
        return words("agent_thought_chunk", notice.delta)
      case "agent.calling":
        return [announced(notice.callId, { name: notice.name, input: {} }, false)]
      case "agent.said":
        return replied(notice)
      case "agent.acting":
        return [acting(notice.call)]
      case "agent.progressed":
        return progressed(notice)
      case "agent.asked": {
        const { callId, tool, input, risk, preview, inquiry } = notice
        if (inquiry !== undefined || notice.agent !== undefined) return []
        if (calls.get(callId)?.isSettled !== false) uncalled.set(notice.id, callId)
        return [{ ...announced(callId, { name: tool, input }, true, risk), ...previewOf(preview, cwd) }]
      }
      case "agent.answered":
        return decided(notice)
      case "agent.settled":
        return settled(notice)
      case "agent.compacting":
      case "agent.compacted":
        return compacted(notice)
      case "agent.retrying":
      case "agent.resumed":
        // What was streamed is void: what follows is another message.
        begin()
        return aside(notice)
      case "agent.replied": {
        const isNew = notice.text.trim() !== "" && notice.text.trim() !== last
        begin()
        return [...leftOpen(), ...(isNew ? words("agent_message_chunk", notice.text) : [])]
      }
      case "agent.failed":
      case "agent.cancelled":
        begin()
        return leftOpen()
      default:
        return aside(notice)
    }
  }

  return { of, callId: (id) => calls.get(id)?.shownAs ?? id }
}

const states: Readonly<Record<StepState, "pending" | "in_progress" | "completed">> = {
  pending: "pending",
  running: "in_progress",
  done: "completed",
  // It is not done, and the protocol has no word for it: the text says so.
  failed: "pending",
  skipped: "completed"
}

const planUpdate = (plan: PlanView | null): SessionUpdate => ({
  sessionUpdate: "plan",
  entries: (plan?.steps ?? []).map(({ text, state }) => ({
    content: state === "failed" || state === "skipped" ? `${text} (${state})` : text,
    priority: "medium",
    status: states[state]
  }))
})
