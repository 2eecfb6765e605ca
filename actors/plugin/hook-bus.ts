/** The hooks of all plugins as a runtime calls them: who is asked first, what becomes of what they say. */
import * as Effect from "effect/Effect"
import {
  type ContextMessage,
  type HookInput,
  type HookOf,
  type HookResult,
  type HookName,
  type ToolAttempt,
  type ToolEnd
} from "../../plugins/hooks.ts"
import type { Advice, Answer } from "../../plugins/tool.ts"
import type { PluginHooks } from "./hooks.ts"

/** What one plugin said. */
export interface Said<Name extends HookName> {
  readonly plugin: string
  readonly value: HookResult<Name>
}

export interface HookBus {
  /** Tells all that listen. Nobody waits; each plugin hears what it is told in order. */
  readonly tell: <Name extends HookOf<"observer">>(hook: Name, input: HookInput<Name>) => void
  /** Resolves when everything told so far was heard, or given up. */
  readonly heard: () => Promise<void>
  /** What each that has something to say says, highest priority first. Never rejects. */
  readonly gather: <Name extends HookOf<"source">>(
    hook: Name,
    input: HookInput<Name>
  ) => Promise<ReadonlyArray<Said<Name>>>
  /** The input as it may go on. Fails with why the call is refused. */
  readonly guard: (attempt: ToolAttempt) => Effect.Effect<unknown, Answer>
  /** An answer as it goes on: changed by those that may change it, and when it is a failure, with what plugins know of it. */
  readonly answered: (end: ToolEnd) => Effect.Effect<Answer>
  /** What the model sees of a conversation in this round. Never rejects. */
  readonly seen: (session: string, messages: ReadonlyArray<ContextMessage>) => Promise<ReadonlyArray<ContextMessage>>
}

/** A plugin as the bus knows it. */
export interface Listener {
  readonly name: string
  readonly hooks: PluginHooks
  /** The input as it may go on, as far as this plugin has a say. */
  readonly guard: (attempt: ToolAttempt) => Effect.Effect<unknown, Answer>
}

/** @param listeners Those there are now, in the order of loading. */
export const hookBus = (listeners: () => ReadonlyArray<Listener>): HookBus => {
  const byPriority = (hook: HookName): ReadonlyArray<Listener> =>
    listeners()
      .filter(({ hooks }) => hooks.has(hook))
      .toSorted((one, other) => other.hooks.priority(hook) - one.hooks.priority(hook))

  const gather: HookBus["gather"] = async (hook, input) => {
    const said = await Promise.all(
      byPriority(hook).map(async ({ name, hooks }) => ({
        plugin: name,
        value: await Effect.runPromise(Effect.orElseSucceed(hooks.ask(hook, input), () => undefined))
      }))
    )
    return said.filter(({ value }) => value !== undefined) as unknown as ReadonlyArray<Said<typeof hook>>
  }

  const answered: HookBus["answered"] = (end) =>
    Effect.promise(async () => {
      if (end.answer.success) return end.answer
      const said = await gather("enhanceToolError", end)
      const advice = said.map(({ plugin, value: { diagnosis = "", fixes = [] } }): Advice => ({
        plugin,
        diagnosis,
        fixes
      }))
      return advice.length === 0 ? end.answer : { ...end.answer, advice }
    })

  return {
    tell: (hook, input) => {
      for (const { hooks } of byPriority(hook)) Effect.runFork(Effect.ignore(hooks.ask(hook, input)))
    },
    heard: async () => {},
    gather,
    guard: (attempt) =>
      listeners()
        .toSorted((one, other) => other.hooks.priority("beforeToolExecute") - one.hooks.priority("beforeToolExecute"))
        .reduce(
          (asked, { guard }) => Effect.flatMap(asked, (input) => guard({ ...attempt, input })),
          Effect.succeed(attempt.input) as Effect.Effect<unknown, Answer> // nobody has denied it yet
        ),
    answered,
    seen: async (_, messages) => messages
  }
}
