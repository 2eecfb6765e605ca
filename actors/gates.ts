/** The actors that hear plugins before a model reads what the user said, and before a turn ends. Little is loaded until one is needed. */
import { randomUUID } from "node:crypto"
import * as Effect from "effect/Effect"
import type { AdmissionOrder, EndingOrder } from "../machines/agent-context.ts"
import type { AgentEvent } from "../machines/events.ts"
import { textOf } from "../llm/message.ts"
import type { AdmissionParts } from "./admission.ts"
import { wants } from "./admission/wants.ts"
import { running } from "./from-effect.ts"

export type Gates = AdmissionParts

type Said = Extract<AgentEvent, { type: "user.message" }>

/** Whether plugins have a say in a message is decided when it comes: replay finds it in the journal, and an ordinary one goes no other way. */
export const marked = (said: Said, { toolbox, expansions, parent }: Gates): Said => {
  const { gated: _, ...event } = said
  const text = (): string => textOf({ role: "user", ...event })
  const isGated =
    toolbox.hooks.guards("beforeUserMessage") ||
    (parent === undefined && expansions().some((one) => wants(one, text())))
  return isGated ? { ...event, gated: true } : event
}

export const admissionActor = (gates: Gates, signal?: AbortSignal) =>
  running<AgentEvent, AdmissionOrder, AgentEvent>(
    (order, bridge) =>
      Effect.flatMap(
        Effect.promise(() => import("./admission.ts")),
        ({ admission }) => admission(gates, order, bridge)
      ),
    // What cannot be looked at is not read.
    (cause, { messages }) =>
      messages.map(({ id }) => {
        const message = `What you said could not be looked at, because of a bug in Kintsugi:\n${cause}`
        return { type: "message.refused", id, failure: { code: "refused", message } }
      }),
    signal
  )

/** It fails open: a plugin that breaks here keeps no turn from ending. */
export const endingActor = ({ toolbox: { session, hooks }, parent }: Gates, signal?: AbortSignal) =>
  running<AgentEvent, EndingOrder, AgentEvent>(
    ({ text, again }, { report }) =>
      Effect.map(
        Effect.promise(() =>
          hooks.gather("beforeTurnEnd", { session, text, again, ...(parent !== undefined && { parent }) })
        ),
        ([first]) =>
          report(
            first === undefined
              ? { type: "ending.passed" }
              : { type: "ending.opposed", id: randomUUID(), plugin: first.plugin, text: first.value.goOn }
          )
      ),
    () => [{ type: "ending.passed" }],
    signal
  )
