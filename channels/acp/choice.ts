/** A question with a few answers, as editors ask for permission. */
import type { AgentContext, ClientCapabilities, PermissionOption, ToolCallUpdate } from "@agentclientprotocol/sdk"
import type { Question, UserEvent } from "../../machines/events.ts"
import { oneLine, printable } from "../cli/printable.ts"
import { kindOf, locationsOf, previewOf, titleOf } from "./tool-calls.ts"

export type Answered = Omit<Extract<UserEvent, { type: "permission.answered" }>, "type" | "id">

export interface AskParts {
  /** As the protocol calls the session. */
  readonly sessionId: string
  /** Absolute. */
  readonly cwd: string
  readonly client: Pick<AgentContext, "request">
  readonly capabilities: ClientCapabilities
  /** What the protocol calls a call. */
  readonly callId: (id: string) => string
}

/**
 * @returns the id of what was chosen, as the editor says it; `undefined` when nothing was. Rejects when nobody can be asked.
 */
export const choose = async (
  { sessionId, client, cwd, callId }: AskParts,
  question: Question,
  options: Array<PermissionOption>,
  signal: AbortSignal
): Promise<string | undefined> => {
  const { tool, input, risk, preview, agent, inquiry } = question
  const call = { name: tool, input }
  const title = inquiry === undefined ? titleOf(call) : oneLine(printable(inquiry.message), 200)
  const locations = locationsOf(call, cwd)
  const about = inquiry === undefined ? { kind: kindOf(tool, risk), locations, ...previewOf(preview, cwd) } : {}
  const toolCall: ToolCallUpdate = {
    // A subagent's call is not among those that the editor was shown.
    toolCallId: agent === undefined ? callId(question.callId) : `${question.callId}@${question.id}`,
    title: agent === undefined ? title : `${title} (for the task ${oneLine(printable(agent), 80)})`,
    status: "pending",
    rawInput: input,
    ...about
  }
  const { outcome } = await client.request(
    "session/request_permission",
    { sessionId, toolCall, options },
    { cancellationSignal: signal, stopWaitingOnCancel: true }
  )
  return outcome.outcome === "selected" ? outcome.optionId : undefined
}
