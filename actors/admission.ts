/**
 * The actor that admits what the user said before a model reads it: what it stands for is put in its place, then every plugin that
 * guards messages is asked. Loaded with the first message that needs it.
 */
import * as Effect from "effect/Effect"
import { textOf, type UserMessage } from "../llm/message.ts"
import type { AdmissionOrder } from "../machines/agent-context.ts"
import type { AgentEvent, Failure } from "../machines/events.ts"
import type { Bridge } from "./from-effect.ts"
import { expansionOf } from "./admission/expansion.ts"
import type { Expanding } from "./admission/wants.ts"
import type { Batch, PermissionAnswered } from "./tool/order.ts"
import type { Toolbox } from "./toolbox.ts"

export interface AdmissionParts {
  readonly toolbox: Toolbox
  /** Those that plugins bring now, in the order of loading. */
  readonly expansions: () => ReadonlyArray<Expanding>
  /** Id of the session that this one works for as a subagent. */
  readonly parent: string | undefined
}

/** Each message ends in one report; one after another, so that each is asked with what was answered before. */
export const admission = (
  parts: AdmissionParts,
  { messages, taskStartedAt, permissions, allowed, only }: AdmissionOrder,
  { report, receive }: Bridge<AgentEvent, AgentEvent>
): Effect.Effect<void> => {
  const questions = new Map<string, (answered: PermissionAnswered) => void>()
  receive((event) => {
    if (event.type === "permission.answered") questions.get(event.id)?.(event)
  })
  const batch: Batch = {
    workplace: parts.toolbox,
    taskStartedAt,
    mode: permissions,
    allowed: [...allowed],
    only: [...only],
    questions,
    // No call shows it.
    report: (event) => (event.type === "tool.progressed" ? undefined : report(event))
  }
  return Effect.forEach(messages, (message) => Effect.map(admit(message, batch, parts), report), { discard: true })
}

const admit = (message: UserMessage, batch: Batch, parts: AdmissionParts): Effect.Effect<AgentEvent> =>
  Effect.gen(function* () {
    const { session, hooks } = parts.toolbox
    const { id } = message
    const typed = textOf(message)
    const text = parts.parent === undefined ? yield* expansionOf(message, batch, parts.expansions()) : undefined
    const attempt = { session, id, text: text ?? typed, ...(text !== undefined && { typed }) }
    const added = yield* Effect.mapError(
      hooks.admit({ ...attempt, ...(parts.parent !== undefined && { parent: parts.parent }) }),
      ({ error = "a plugin refused it" }): Failure => ({ code: "refused", message: error })
    )
    if (text === undefined && added.length === 0) return { type: "message.admitted" as const, id }
    const contexts = added.map(({ plugin, context }) => ({ type: "text" as const, text: addition(plugin, context) }))
    const content = text === undefined ? message.content : withText(message.content, text)
    return { type: "message.admitted" as const, id, content: [...content, ...contexts] }
  }).pipe(Effect.catch((failure) => Effect.succeed<AgentEvent>({ type: "message.refused", id: message.id, failure })))

/** It is said whose words these are: nobody else can speak to a model but the user. */
const addition = (plugin: string, context: string): string =>
  `\n\n[Plugin ${plugin} adds this; the user did not say it:]\n${context}\n[End of what plugin ${plugin} adds.]`

/** Pictures stay. */
const withText = (content: UserMessage["content"], text: string): UserMessage["content"] => [
  { type: "text", text },
  ...content.filter((block) => block.type !== "text")
]
