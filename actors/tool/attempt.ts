/** A tool's own code, run: a port's refusal is an answer, anything else it throws is a crash, the end of its time is told. */
import * as Effect from "effect/Effect"
import { isHopeless } from "../../healing/signature.ts"
import type { Crash } from "../../machines/tool.ts"
import { PortError } from "../../plugins/ports.ts"
import { type Answer, refuse } from "../../plugins/tool.ts"
import { failureOf } from "../hosts/failure.ts"
import { HostFault } from "../hosts/host.ts"
import type { CallTime } from "./time.ts"

export type Attempt<A> =
  | { readonly value: A }
  | { readonly refused: Answer }
  /** Anything but a port's refusal. */
  | { readonly thrown: unknown }
  /** It took longer than it may. */
  | { readonly late: Answer }

/**
 * Interrupting it aborts the signal.
 *
 * @param time What is left of it is all it has; absent: somebody else sees to that.
 */
export const attempt = <A>(run: (signal: AbortSignal) => Promise<A>, time?: CallTime): Effect.Effect<Attempt<A>> => {
  const running = Effect.tryPromise({ try: run, catch: (error) => error }).pipe(
    Effect.map((value): Attempt<A> => ({ value })),
    Effect.catch((error) =>
      Effect.succeed<Attempt<A>>(
        error instanceof PortError ? { refused: refuse(error.kind, error.message) } : { thrown: error }
      )
    )
  )
  if (time?.limit === undefined) return running
  const late = contained(`timed out after ${time.limit / 1000} s and was stopped; its effects may be partial`)
  return time.within(running, { late }).pipe(Effect.catch(Effect.succeed))
}

export const crashOf = (tool: string, error: unknown): Crash => {
  const failure = failureOf(error)
  if (error instanceof HostFault) return { answer: contained(error.message), hopeless: false, failure }
  const { kind, errorClass, message, hint } = failure
  const text = [`${tool} failed: ${message}`, hint].filter(Boolean).join("\n")
  const answer: Answer = { success: false, errorClass, error: text, outcome: "contained" }
  return { answer, hopeless: isHopeless(kind), failure }
}

/** A failure that was held in its place: the caller hears of it in time, nothing else is touched. */
export const contained = (error: string): Answer => ({ ...refuse("execution_error", error), outcome: "contained" })
