/**
 * A plugin's healer: what broke in it is mended here, one failure after another, off the mailboxes of its tools. Whoever
 * waits for it waits no longer than he may; the work goes on and is announced when it is done.
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type { Failure } from "../../healing/failure.ts"
import type { HookContract } from "../../healing/hook.ts"
import type { TapedCall } from "../../healing/tape.ts"
import type { Plugin } from "../../plugins/plugin.ts"
import type { PluginSource } from "../hosts/host.ts"
import type { ActorRef } from "../kernel/actor.ts"
import type { Behind } from "./marks.ts"

/** What broke. */
export type Broken =
  | { readonly type: "call"; readonly tool: string; readonly failure: Failure; readonly call: TapedCall }
  /** Its code cannot be loaded, or its start fails. */
  | { readonly type: "load"; readonly failure: Failure }
  | { readonly type: "hook"; readonly hook: HookContract; readonly failure: Failure; readonly input: unknown }
  /** Its code is new: do the tools' own examples hold? */
  | { readonly type: "examples" }
  /** A call went well with a repair on probation: would it have gone otherwise without? */
  | { readonly type: "shadow"; readonly call: TapedCall }
  /** The call failed again with the repair. */
  | { readonly type: "refuted"; readonly seam: string; readonly reason: string }

export interface HealOrder {
  readonly broken: Broken
  /** `Healer.version` when it broke: what has been mended since may have been the cause. */
  readonly version: number
}

/** What became of it. `seam` is the id of its record. */
export type Mended =
  | { readonly type: "held"; readonly seam: string; readonly summary: string }
  /** What runs now is not what broke: it was mended for another call in the meantime. */
  | { readonly type: "changed" }
  | { readonly type: "lost"; readonly reason: string; readonly seam?: string; readonly isProposed: boolean }
  /** It is still being worked on. */
  | { readonly type: "pending" }

export interface Healer {
  /** Real absolute path of its plugin's folder. */
  readonly root: string
  /** Changes whenever what runs has been changed by a heal or an undo. */
  readonly version: () => number
  /** What its place is to be loaded with: the module, and the texts that run in place of its files. */
  readonly source: Effect.Effect<PluginSource>
  /**
   * Waits at most `healing.budget`. Never fails.
   *
   * @param left Milliseconds that whoever asks has left, when that is known.
   */
  readonly mend: (broken: Broken, version: number, left?: number) => Effect.Effect<Mended>
  /** Waits to the end: a plugin that cannot be loaded has nothing better to do. */
  readonly mendFully: (broken: Broken, version: number) => Effect.Effect<Mended>
  /** A call that went well: kept for later plays, counted for what is on probation. */
  readonly wentWell: (call: TapedCall) => void
  /** The call failed again with the repair, in this way: it is taken back. */
  readonly refute: (seam: string, reason: string) => Effect.Effect<void>
  /** What is to run has been changed from outside: it runs from now on. Fails when it does not start; then the old goes on. */
  readonly changed: Effect.Effect<void, unknown>
  /** What stands behind a call of the tool that begins now. */
  readonly behind: (tool: string) => Behind
  /** Its code has begun in a new place: what was put into the old one is gone, and code that is new is examined. */
  readonly renewed: (plugin: Plugin) => void
}

/** Asks the actor and waits; when the time is over, the actor goes on without the asker. */
export const askWithin = (
  ref: ActorRef<HealOrder, Mended>,
  order: HealOrder,
  milliseconds: number | undefined
): Effect.Effect<Mended> =>
  Effect.gen(function* () {
    const asking = yield* Effect.forkDetach(ref.ask(order))
    const waiting = Fiber.join(asking)
    if (milliseconds === undefined) return yield* waiting
    const answered = yield* Effect.timeoutOption(waiting, milliseconds)
    return Option.getOrElse(answered, (): Mended => ({ type: "pending" }))
  }).pipe(
    Effect.catch(() => Effect.succeed<Mended>({ type: "lost", reason: "the healer itself broke", isProposed: false }))
  )
