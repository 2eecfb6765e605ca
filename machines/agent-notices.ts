/** What an agent tells of its turn: how it began, what it runs, how it ended. Pure. */
import type { ToolCall } from "../llm/message.ts"
import type { AgentContext } from "./agent-context.ts"
import type { AgentNotice, Failure } from "./events.ts"
import { waiting } from "./mail.ts"
import { saidIn } from "./said.ts"
import { openCall } from "./transcript.ts"
import { replied, type Turn } from "./turn.ts"

type Told<Type extends AgentNotice["type"]> = Extract<AgentNotice, { type: Type }>

/** A call that begins to run. */
export interface Running {
  readonly callId: string
  /** Where a guard has changed it. */
  readonly input?: unknown
}

/** All that a turn which ends here was to answer; messages that nobody read yet are part of it. */
export const unserved = ({ turn, mail }: AgentContext): ReadonlyArray<string> => [
  ...new Set([...turn.messages, ...waiting(mail)])
]

export const started = ({ turn: { messages }, transcript, mail }: AgentContext): Told<"agent.started"> => {
  const said = saidIn([...transcript, ...mail.map(({ message }) => message)], messages)
  return { type: "agent.started", messages, ...(said.length > 0 && { said }) }
}

export const acting = ({ transcript }: AgentContext, { callId, input }: Running): Told<"agent.acting"> => {
  const call = openCall(transcript, callId) as ToolCall // the guard `isOpen` stands before it
  return { type: "agent.acting", call: input === undefined ? call : { ...call, input } }
}

export const ended = ({ turn, transcript }: AgentContext): Told<"agent.replied"> => {
  const { final, messages, spent } = turn
  return { type: "agent.replied", text: replied(turn, transcript), verified: final !== undefined, messages, spent }
}

export const failed = ({ messages, spent }: Turn, failure: Failure): Told<"agent.failed"> => ({
  type: "agent.failed",
  failure,
  messages,
  spent
})
