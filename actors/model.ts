/** The actor that thinks: it asks the model for the next reply, unless the conversation cannot fit. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import { callsOf, type AssistantMessage } from "../llm/message.ts"
import type { Model, ModelEvent, ModelRequest, Taken } from "../llm/model.ts"
import { ModelError } from "../llm/model-error.ts"
import type { ModelOrder } from "../machines/agent-context.ts"
import type { AgentEvent, Failure, Transcript } from "../machines/events.ts"
import { isFull } from "../machines/room.ts"
import { running } from "./from-effect.ts"
import type { HookBus } from "./plugin/hook-bus.ts"
import { contextBy, contextOf } from "./session/seen-context.ts"

/** What a session gives its model besides the conversation. */
export interface Asking {
  /** @throws ModelError `not_configured` */
  readonly open: (id: string) => Promise<Model>
  /** The request but for its messages, the same in every round so that provider caches hold. */
  readonly prepare: () => Promise<Omit<ModelRequest, "messages">>
  /** Tokens that a conversation with a model that was opened before may have; `undefined`: unknown, or not for us to mind. */
  readonly windowOf: (id: string) => number | undefined
  /** Why nothing may be asked, for a reason that lies outside the session; `undefined`: something may. */
  readonly hindrance: () => Failure | undefined
  /** Id of the session. */
  readonly session: string
  readonly hooks: HookBus
}

export type Finished = Extract<ModelEvent, { type: "finished" }>

export const modelActor = (asking: Asking, signal?: AbortSignal) => {
  const fits = fitter(asking)
  return running<AgentEvent, ModelOrder, AgentEvent>(
    (order, { report }) =>
      Effect.gen(function* () {
        const { transcript, model, tools } = order
        const failure = asking.hindrance()
        if (failure !== undefined) return report({ type: "model.failed", failure })
        if (!(yield* Effect.promise(() => fits(order)))) return report({ type: "model.full" })
        const { tools: offered, ...request } = yield* Effect.promise(asking.prepare)
        const messages = yield* Effect.promise(() => seen(asking, transcript))
        const finished = yield* reply(asking, model, { ...request, tools: tools ? offered : [], messages }, report)
        const message = withFreshIds(finished.message, transcript)
        const gated = callsOf(message).length === 0 && asking.hooks.listens("beforeTurnEnd")
        report({ ...finished, type: "model.replied", message, ...(gated && { gated }) })
      }).pipe(
        Effect.catchTag("ModelError", (error) =>
          Effect.sync(() => {
            tellBroken(error, report)
            report({ type: failing(error), failure: failureOf(error) })
          })
        )
      ),
    (cause) => [{ type: "model.failed", failure: defect(cause) }],
    signal
  )
}

/** What a request took that comes to nothing. */
export const tellBroken = ({ took }: { readonly took?: Taken }, report: (event: AgentEvent) => void): void => {
  if (took !== undefined) report({ type: "model.broke", took })
}

const failing = ({ reason }: ModelError) => (reason.kind === "context_overflow" ? "model.full" : "model.failed")

/** Whether a request may fit, by what the newest reply said of its size. */
const fitter = ({ open, windowOf }: Asking) => {
  const opened = new Set<string>()
  return async ({ transcript, model, room }: ModelOrder): Promise<boolean> => {
    if (room === undefined || room.used === 0) return true
    // A resumed conversation may be full before its first request. What keeps a model from being opened is told with that.
    if (windowOf(model) === undefined && !opened.has(model)) await open(model).catch(() => {})
    opened.add(model)
    const window = windowOf(model)
    return window === undefined || !isFull(transcript, room, window)
  }
}

/** What plugins let the model see of it. */
const seen = async ({ session, hooks }: Asking, transcript: Transcript): Promise<Transcript> => {
  if (!hooks.listens("onContextAccess")) return transcript
  const before = contextOf(transcript)
  const after = await hooks.seen(session, before)
  return after === before ? transcript : contextBy(transcript, after)
}

/** Who asks, as far as one request needs it. */
export type Asker = Pick<Asking, "open" | "session" | "hooks">

/** One request, with plugins told of it. */
export const reply = (asking: Asker, model: string, request: ModelRequest, report: (event: AgentEvent) => void) =>
  Effect.suspend(() => {
    const { session, hooks } = asking
    const begun = performance.now()
    hooks.tell("onLlmCall", { session, model, messages: request.messages.length, tools: request.tools.length })
    return Effect.onExit(streamed(asking, model, request, report), (exit) =>
      Effect.sync(() => {
        const ms = Math.round(performance.now() - begun)
        hooks.tell("onLlmResponse", { session, model, ms, ...endOf(exit) })
      })
    )
  })

const endOf = (exit: Exit.Exit<Finished, ModelError>) => {
  if (Exit.isFailure(exit))
    return { error: Cause.hasInterruptsOnly(exit.cause) ? "cancelled" : messageOf(Cause.squash(exit.cause)) }
  const { usage, cost } = exit.value
  return { ...(usage === undefined ? {} : { usage }), ...(cost === undefined ? {} : { cost }) }
}

/** Streams one reply to `report`; its end is returned, because reporting it here would interrupt the stream's own tail. */
const streamed = (asking: Asker, id: string, request: ModelRequest, report: (event: AgentEvent) => void) =>
  Effect.gen(function* () {
    const model = yield* Effect.tryPromise({
      try: () => asking.open(id),
      catch: (error) => (error instanceof ModelError ? error : unusable(id, error))
    })
    let finished: Finished | undefined
    yield* Stream.runForEach(model.respond(request), (event) =>
      Effect.sync(() => {
        if (event.type === "finished") finished = event
        else tell(event, report)
      })
    )
    return finished ?? (yield* new ModelError({ provider: id, reason: { kind: "truncated" } }))
  })

const tell = (event: Exclude<ModelEvent, Finished>, report: (event: AgentEvent) => void): void => {
  switch (event.type) {
    case "text":
      return report({ type: "model.text", delta: event.delta })
    case "thinking":
      return report({ type: "model.thinking", delta: event.delta })
    case "call.started":
      return report({ type: "model.calling", callId: event.id, name: event.name })
    case "retrying": {
      const { took, ...rest } = event
      tellBroken({ took }, report)
      return report({ ...rest, type: "model.retrying" })
    }
    case "call.delta":
      return
  }
}

const unusable = (id: string, error: unknown): ModelError =>
  new ModelError({
    provider: id,
    reason: { kind: "not_configured" },
    detail: messageOf(error)
  })

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** What to do about a conversation that is too long the machine says: it has compacted it, or has tried to. */
export const failureOf = ({ reason, what, message }: ModelError): Failure => ({
  code: reason.kind,
  message: reason.kind === "context_overflow" ? `${what}.` : message
})

export const defect = (cause: string): Failure => ({
  code: "defect",
  message: `This is a bug in Kintsugi or in the model's adapter:\n${cause}`
})

/** Our adapters see to it themselves; a model that a program brings may number its calls anew in each reply. */
const withFreshIds = (message: AssistantMessage, transcript: Transcript): AssistantMessage => {
  const taken = new Set(transcript.flatMap((earlier) => callsOf(earlier).map((call) => call.id)))
  const fresh = (id: string): string => {
    let candidate = id
    for (let n = 2; taken.has(candidate); n += 1) candidate = `${id}_${n}`
    taken.add(candidate)
    return candidate
  }
  return {
    ...message,
    content: message.content.map((block) => (block.type === "call" ? { ...block, id: fresh(block.id) } : block))
  }
}
