/** How a plugin is: its machine, spoken to in words, and the gate at which calls pass, wait or are refused. */
import * as Effect from "effect/Effect"
import { createActor, type InspectionEvent } from "xstate"
import type { PluginNews } from "../../machines/events.ts"
import { type PluginEvent, pluginMachine } from "../../machines/plugin.ts"
import type { Answer } from "../../plugins/tool.ts"
import type { PluginState } from "../health.ts"
import { contained } from "../tool/attempt.ts"

export interface PluginCondition {
  readonly tell: (event: PluginEvent) => void
  /** Its machine's state in one word. */
  readonly word: () => string
  readonly state: () => PluginState
  /** What is wrong with it, in one line; empty when nothing is. */
  readonly reason: () => string
  /** Resolves when it runs, or could not be started for the first time. */
  readonly begun: Effect.Effect<void>
  /** Resolves when it runs; fails when that takes too long, or it is out of use. */
  readonly running: Effect.Effect<void, Answer>
}

/** Milliseconds that a call waits for a plugin which is being started. */
const patience = 30_000

export const pluginCondition = (
  name: string,
  onNews: (news: PluginNews) => void,
  inspect: ((event: InspectionEvent) => void) | undefined
): PluginCondition => {
  const machine = createActor(pluginMachine, { input: { name }, inspect })
  machine.on("plugin.changed", ({ type: _, ...news }) => onNews(news))
  machine.start()
  const word = () => {
    const { value } = machine.getSnapshot()
    return typeof value === "string" ? value : "running"
  }
  const reason = () => machine.getSnapshot().context.reason

  /** Resolves with what `look` sees, as soon as it sees something. */
  const until = <A, E>(look: () => Effect.Effect<A, E> | undefined): Effect.Effect<A, E> =>
    Effect.callback((resume) => {
      const seen = look()
      if (seen !== undefined) return resume(seen)
      const changes = machine.subscribe(() => {
        const seen = look()
        if (seen === undefined) return
        changes.unsubscribe()
        resume(seen)
      })
      return Effect.sync(() => changes.unsubscribe())
    })

  const running = until<void, Answer>(() => {
    if (word() === "quarantined") return Effect.fail(outOfUse(name))
    return word() === "running" ? Effect.void : undefined
  })
  const waiting = Effect.timeoutOrElse(running, { duration: patience, orElse: () => Effect.fail(notBack(name)) })
  return {
    tell: (event) => machine.send(event),
    word,
    state: () => (word() === "quarantined" ? "quarantined" : reason() === "" ? "healthy" : "degraded"),
    reason,
    begun: until(() => (word() === "starting" ? undefined : Effect.void)),
    running: Effect.suspend(() => (word() === "running" ? Effect.void : waiting))
  }
}

const notBack = (name: string): Answer =>
  contained(`plugin ${name} is being started and was not there in ${patience / 1000} s; try it later or go another way`)

/** Why is told elsewhere, and not to everybody: it may be something that another user said. */
const outOfUse = (name: string): Answer =>
  contained(
    `plugin ${name} is out of use: it cannot start, or failed too often; reach the goal with other tools, and tell the user`
  )
