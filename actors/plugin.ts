/**
 * A plugin in the tree: its tools, its host, and the machine that says whether calls pass, wait or are refused.
 *
 *   plugin:words             its budget exceeded, it is quarantined
 *   ├ tools                  one node for each tool that was called
 *   │  └ tool:word_count     its budget exceeded, the whole plugin is started anew
 *   │     └ lane:1           works on one call at a time
 *   └ host                   the plugin's code, wherever it runs; when it ends, calls wait for the next
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import { type Actor, createActor, type InspectionEvent } from "xstate"
import type { PluginNews } from "../machines/events.ts"
import { pluginMachine } from "../machines/plugin.ts"
import type { Plugin } from "../plugins/plugin.ts"
import type { Answer } from "../plugins/tool.ts"
import type { PluginState } from "./health.ts"
import type { Host, HostFault } from "./hosts/host.ts"
import type { ChildSpec } from "./kernel/child.ts"
import { type Budget, explain, isAbnormal, reasonOf } from "./kernel/reason.ts"
import { supervisorChild } from "./kernel/supervisor.ts"
import { pluginTools } from "./plugin-tools.ts"
import { contained } from "./tool/attempt.ts"
import type { Order, Settled } from "./tool/order.ts"

export interface PluginParts {
  readonly name: string
  /** What it brings before its code was ever loaded: an embedder's object is known at once. */
  readonly known: Plugin | undefined
  /** Opens a place and loads the plugin's code there. */
  readonly open: Effect.Effect<Host, HostFault, Scope.Scope>
  readonly cwd: string
  readonly budgets: { readonly tool: Budget; readonly plugin: Budget }
  readonly onNews: (news: PluginNews) => void
  readonly inspect: ((event: InspectionEvent) => void) | undefined
}

export interface PluginActor {
  readonly name: string
  readonly child: ChildSpec
  /** As it was loaded last. */
  readonly plugin: () => Plugin | undefined
  readonly state: () => PluginState
  /** What is wrong with it, in one line; empty when nothing is. */
  readonly reason: () => string
  /** Resolves when it runs, or could not be started for the first time. */
  readonly begun: Effect.Effect<void>
  /** One call of one of its tools, from the decoding of its input to its answer. */
  readonly settle: (order: Order) => Effect.Effect<Settled>
  /** It goes on, with something missing. */
  readonly degrade: (reason: string) => void
  /** It may be started again after a quarantine. */
  readonly revive: () => void
}

export const pluginActor = (parts: PluginParts): PluginActor => {
  const { name, known, budgets } = parts
  const machine = createActor(pluginMachine, { input: { name }, inspect: parts.inspect })
  machine.on("plugin.changed", ({ type: _, ...news }) => parts.onNews(news))
  machine.start()
  let loaded = known
  let host: Host | undefined

  /** Waits while it is being started; fails when that takes too long, or it is out of use. */
  const running = Effect.callback<Plugin, Answer>((resume) => {
    const look = () => {
      const { value, context } = machine.getSnapshot()
      if (value === "quarantined") resume(Effect.fail(outOfUse(name, context.reason)))
      else if (typeof value === "object" && loaded !== undefined) resume(Effect.succeed(loaded))
      else return false
      return true
    }
    if (look()) return
    const changes = machine.subscribe(() => look() && changes.unsubscribe())
    return Effect.sync(() => changes.unsubscribe())
  }).pipe(Effect.timeoutOrElse({ duration: patience, orElse: () => Effect.fail(notBack(name)) }))

  /** From the loading of its code to its end. */
  const life = Effect.gen(function* () {
    const opened = yield* parts.open
    host = opened
    opened.onStray(({ error, tool }) =>
      degrade(machine, `${tool ?? "it"} left an error that nobody caught: ${error.message}`)
    )
    yield* Effect.tryPromise({ try: async () => opened.plugin.start?.({ cwd: parts.cwd }), catch: (error) => error })
    loaded = opened.plugin
    machine.send({ type: "plugin.started" })
    return yield* opened.ended
  }).pipe(
    Effect.scoped,
    Effect.onError((cause) =>
      Effect.sync(() => {
        if (Cause.hasInterruptsOnly(cause)) return
        machine.send({ type: "plugin.failed", reason: explain(reasonOf(Exit.failCause(cause))) })
      })
    )
  )

  const tools = pluginTools({
    name,
    budget: budgets.tool,
    running,
    onExhausted: (reason) => machine.send({ type: "plugin.failed", reason: explain(reason) }),
    inspect: parts.inspect
  })
  const child = supervisorChild(
    {
      id: name,
      // When its tools fail together, the code behind them is begun anew too; when its code ends, they wait for the next.
      strategy: "rest_for_one",
      budget: budgets.plugin,
      children: [
        tools.child,
        {
          id: "host",
          kind: "host",
          start: Effect.succeed(life),
          kill: () => host?.kill(),
          facts: () => ({ state: stateWord(machine), place: host?.place, pid: host?.pid })
        }
      ]
    },
    {
      kind: "plugin",
      facts: () => ({ state: stateWord(machine) }),
      onEnd: (reason) => {
        if (isAbnormal(reason)) machine.send({ type: "plugin.quarantined", reason: explain(reason) })
      }
    }
  )
  return {
    name,
    child,
    plugin: () => loaded,
    state: () => stateOf(machine),
    reason: () => machine.getSnapshot().context.reason,
    begun: begunOf(machine),
    settle: (order) => tools.settle(order),
    degrade: (reason) => degrade(machine, reason),
    revive: () => machine.send({ type: "plugin.revived" })
  }
}

type Machine = Actor<typeof pluginMachine>

const degrade = (machine: Machine, reason: string): void => machine.send({ type: "plugin.degraded", reason })

/** Its machine's state in one word. */
const stateWord = (machine: Machine): string => {
  const { value } = machine.getSnapshot()
  return typeof value === "string" ? value : "running"
}

const stateOf = (machine: Machine): PluginState => {
  const { value, context } = machine.getSnapshot()
  if (value === "quarantined") return "quarantined"
  return context.reason === "" ? "healthy" : "degraded"
}

const begunOf = (machine: Machine): Effect.Effect<void> =>
  Effect.callback((resume) => {
    if (stateWord(machine) !== "starting") return resume(Effect.void)
    const changes = machine.subscribe(() => {
      if (stateWord(machine) === "starting") return
      changes.unsubscribe()
      resume(Effect.void)
    })
    return Effect.sync(() => changes.unsubscribe())
  })

/** Milliseconds that a call waits for a plugin which is being started. */
const patience = 30_000

const notBack = (name: string): Answer =>
  contained(`plugin ${name} is being started and was not there in ${patience / 1000} s; try it later or go another way`)

const outOfUse = (name: string, reason: string): Answer =>
  contained(`plugin ${name} is out of use (${reason}); reach the goal with other tools, and tell the user`)
