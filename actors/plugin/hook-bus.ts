/** The hooks of all plugins as a runtime calls them: who is asked first, what becomes of what they say. */
import * as Effect from "effect/Effect"
import {
  type ContextMessage,
  type HookInput,
  type HookName,
  type HookOf,
  type HookResult,
  type MessageAttempt,
  type ToolAttempt,
  type ToolEnd
} from "../../plugins/hooks.ts"
import { adviceOf, classified } from "../../plugins/outcome.ts"
import { within } from "../../plugins/ports/within.ts"
import type { Advice, Answer } from "../../plugins/tool.ts"
import type { GuardWord } from "../tool/guard-word.ts"
import type { GuardSaid, PluginHooks } from "./hooks.ts"
import type { Guard } from "./slot-guard.ts"

/** What one plugin said. */
export interface Said<Name extends HookName> {
  readonly plugin: string
  readonly value: HookResult<Name>
}

/** What a plugin adds to a message. */
export interface Added {
  readonly plugin: string
  readonly context: string
}

export interface HookBus {
  /** Whether anybody has the hook: for whoever would make its argument in vain. */
  readonly listens: (hook: HookName) => boolean
  /** Tells all that listen. Nobody waits; each plugin hears what it is told in order. */
  readonly tell: <Name extends HookOf<"observer">>(hook: Name, input: HookInput<Name>) => void
  /** Resolves when everything told so far was heard, or given up. */
  readonly heard: () => Promise<void>
  /** What each that has something to say says, highest priority first. Never rejects. */
  readonly gather: <Name extends HookOf<"source">>(
    hook: Name,
    input: HookInput<Name>
  ) => Promise<ReadonlyArray<Said<Name>>>
  /** Whether anybody has, or may have, a say as a guard. */
  readonly guards: (hook: HookOf<"guard">) => boolean
  /** What all guards leave of the call. Fails with why it is refused. */
  readonly guard: (attempt: ToolAttempt) => Effect.Effect<GuardWord, Answer>
  /** What plugins add to a message. Fails with why it is refused. */
  readonly admit: (attempt: MessageAttempt) => Effect.Effect<ReadonlyArray<Added>, Answer>
  /** An answer as it goes on: changed by those that may change it, and when it is a failure, with what plugins know of it. */
  readonly answered: (end: ToolEnd) => Effect.Effect<Answer>
  /** What the model sees of a conversation in this round. Never rejects. */
  readonly seen: (session: string, messages: ReadonlyArray<ContextMessage>) => Promise<ReadonlyArray<ContextMessage>>
  /** What was told has two seconds to be heard; then nobody is told anything more. */
  readonly close: () => Promise<void>
}

/** A plugin as the bus knows it. */
export interface Listener extends Guard {
  readonly name: string
  readonly hooks: PluginHooks
}

/** With what another guard says. Leave that was given for one input is none for another; of questions the first is asked. */
const together = (before: GuardWord, plugin: string, { input, ask, allow }: GuardSaid): GuardWord => {
  const isSame = Object.is(input, before.input)
  const question = before.ask ?? (ask === undefined ? undefined : { plugin, reason: ask })
  const leave = allow === undefined ? (isSame ? before.allow : undefined) : { plugin, reason: allow }
  return { input, ...(question !== undefined && { ask: question }), ...(leave !== undefined && { allow: leave }) }
}

/** Milliseconds that observers have at the end. */
const patience = 2000

/** @param listeners Those there are now, in the order of loading. */
export const hookBus = (listeners: () => ReadonlyArray<Listener>): HookBus => {
  const sorted = (hook: HookName, some: ReadonlyArray<Listener>): ReadonlyArray<Listener> =>
    some.length < 2 ? some : some.toSorted((one, other) => other.hooks.priority(hook) - one.hooks.priority(hook))
  const asked = (hook: HookName): ReadonlyArray<Listener> =>
    sorted(
      hook,
      listeners().filter(({ hooks }) => hooks.has(hook))
    )
  const heard = async (): Promise<void> => void (await Promise.all(listeners().map(({ hooks }) => hooks.heard())))

  /** What it says; that it failed has been told. */
  const ask = ({ hooks }: Listener, hook: HookName, input: unknown): Promise<unknown> =>
    Effect.runPromise(Effect.catchCause(hooks.ask(hook, input), () => Effect.succeed(undefined)))

  const gather: HookBus["gather"] = async (hook, input) => {
    const all = asked(hook).map(async (one) => ({ plugin: one.name, value: await ask(one, hook, input) }))
    const said = (await Promise.all(all)).filter(({ value }) => value !== undefined)
    return said as unknown as ReadonlyArray<Said<typeof hook>> // read by `ask`
  }

  /** One after another, each handed what the one before it left. */
  const pass = async <A>(hook: HookName, first: A, next: (one: Listener, value: A) => Promise<A>): Promise<A> => {
    let value = first
    for (const one of asked(hook)) value = await next(one, value)
    return value
  }

  const filtered = async (end: ToolEnd): Promise<Answer> => {
    const answer = await pass("afterToolExecute", classified(end.answer), async (one, answer) => {
      const said = await ask(one, "afterToolExecute", { ...end, answer })
      return said === undefined ? answer : classified((said as { readonly answer: Answer }).answer) // read by `ask`
    })
    if (answer.success || !listens("enhanceToolError")) return answer
    const said = await gather("enhanceToolError", { ...end, answer })
    const advice = adviceOf({
      advice: said.map(({ plugin, value: { diagnosis = "", fixes = [] } }): Advice => ({ plugin, diagnosis, fixes }))
    })
    return advice.length === 0 ? answer : { ...answer, advice }
  }

  const listens: HookBus["listens"] = (hook) => listeners().some(({ hooks }) => hooks.has(hook))

  return {
    listens,
    tell: (hook, input) => {
      for (const { hooks } of listeners()) if (hooks.has(hook)) hooks.tell(hook, input)
    },
    heard,
    gather,
    guards: (hook) => listeners().some((one) => one.guards(hook)),
    guard: (attempt) =>
      sorted("beforeToolExecute", listeners()).reduce(
        (asked, { name, guard }) =>
          Effect.flatMap(asked, (word) =>
            Effect.map(guard({ ...attempt, input: word.input }), (said) => together(word, name, said))
          ),
        Effect.succeed({ input: attempt.input }) as Effect.Effect<GuardWord, Answer> // nobody has denied it yet
      ),
    admit: (attempt) =>
      Effect.map(
        Effect.forEach(sorted("beforeUserMessage", listeners()), ({ name, admit }) =>
          Effect.map(admit(attempt), (context) => (context === undefined ? [] : [{ plugin: name, context }]))
        ),
        (added) => added.flat()
      ),
    answered: (end) =>
      listens("afterToolExecute") || (!end.answer.success && listens("enhanceToolError"))
        ? Effect.promise(() => filtered(end))
        : Effect.sync(() => classified(end.answer)),
    seen: (session, messages) =>
      pass("onContextAccess", messages, async (one, messages) => {
        const said = await ask(one, "onContextAccess", { session, messages })
        return said === undefined ? messages : (said as { readonly messages: typeof messages }).messages // read by `ask`
      }),
    close: async () => {
      await within(heard(), patience)
      for (const { hooks } of listeners()) hooks.close()
    }
  }
}
