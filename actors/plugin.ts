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
import type { InspectionEvent } from "xstate"
import type { PluginNews } from "../machines/events.ts"
import type { Plugin } from "../plugins/plugin.ts"
import type { PluginState } from "./health.ts"
import type { Healer } from "./healing/healer.ts"
import type { Charge } from "./healing/ward.ts"
import { failureOf } from "./hosts/failure.ts"
import type { Host, HostFault, PluginSource } from "./hosts/host.ts"
import type { ChildSpec } from "./kernel/child.ts"
import { type Budget, explain, isAbnormal, reasonOf } from "./kernel/reason.ts"
import { supervisorChild } from "./kernel/supervisor.ts"
import { type PluginCode, pluginCode } from "./plugin/code.ts"
import { type Flags, flagValues } from "./plugin/flag-values.ts"
import { type PluginCondition, pluginCondition } from "./plugin/state.ts"
import { type Stubbed, stubbed } from "./plugin/stubs.ts"
import { pluginTools } from "./plugin/tools.ts"
import type { Order, Settled } from "./tool/order.ts"
import type { Answer } from "../plugins/tool.ts"

export interface PluginParts {
  readonly name: string
  /** What it brings before its code was ever loaded: an object, or what the same code brought the last time. */
  readonly known: Plugin | undefined
  readonly source: PluginSource
  /** Opens a place and loads the plugin's code there. */
  readonly open: (source: PluginSource) => Effect.Effect<Host, HostFault, Scope.Scope>
  /** Hooks that its package promises. */
  readonly declared: () => ReadonlyArray<string>
  /** Resolves when what it requires has begun. Fails with NotAdmitted when it may not be started. */
  readonly admit: (requires: ReadonlyArray<string>) => Effect.Effect<void, NotAdmitted>
  /** A version of its code runs. */
  readonly onStarted: (host: Host) => void
  /** Values of the flags of all plugins, by name. */
  readonly flags: Flags
  /** A hook that it promises is stubbed. */
  readonly onStubbed: (stub: Stubbed) => void
  /** Makes its healer; absent where there is no source that could be mended. */
  readonly healerOf: ((charge: Omit<Charge, "module" | "root">) => Healer) | undefined
  readonly cwd: string
  readonly budgets: { readonly tool: Budget; readonly plugin: Budget }
  readonly onNews: (news: PluginNews) => void
  readonly inspect: ((event: InspectionEvent) => void) | undefined
}

/** What it requires keeps it from being started; no repair of its own code would help. */
export class NotAdmitted extends Error {
  override readonly name = "NotAdmitted"
}

export interface PluginActor {
  readonly name: string
  readonly child: ChildSpec
  /** As it was loaded last. */
  readonly plugin: () => Plugin | undefined
  /** While it runs. */
  readonly host: () => Host | undefined
  readonly state: () => PluginState
  /** What is wrong with it, in one line; empty when nothing is. */
  readonly reason: () => string
  /** Resolves when it runs, or could not be started for the first time. */
  readonly begun: Effect.Effect<void>
  /** Resolves when it runs; fails when that takes too long, or it is out of use. */
  readonly running: Effect.Effect<void, Answer>
  /** One call of one of its tools, from the decoding of its input to its answer. */
  readonly settle: (order: Order) => Effect.Effect<Settled>
  /** It goes on, with something missing. */
  readonly degrade: (reason: string) => void
  /** What it went on without is there again. */
  readonly restored: () => void
  /** It is about to be stopped for good: whoever waits for it is told why. */
  readonly retire: (reason: string) => void
  /** It may be started again after a quarantine. */
  readonly revive: () => void
  /** Its code loaded anew while it runs: both or nothing. */
  readonly reload: Effect.Effect<void, unknown>
  readonly healer: Healer | undefined
}

export const pluginActor = (parts: PluginParts): PluginActor => {
  const { name, known, source, open, cwd, budgets, inspect } = parts
  const condition = pluginCondition(name, parts.onNews, inspect)
  const { state, reason, begun } = condition
  const degrade = (why: string) => condition.tell({ type: "plugin.degraded", reason: why })

  /** Since its code was loaded. */
  let stubs: ReadonlyArray<Stubbed> = []
  const isRunning = () => condition.word() === "running"
  const code: PluginCode = pluginCode({
    known,
    open: Effect.suspend(() => Effect.flatMap(healer?.source ?? Effect.succeed(source), open)),
    cwd,
    flagsOf: ({ extensions }) => flagValues(extensions.flags, parts.flags).values,
    admit: (plugin) =>
      Effect.andThen(
        Effect.map(stubbed(plugin, parts.declared()), (made) => {
          stubs = made
        }),
        parts.admit(plugin.requires ?? [])
      ),
    mend: (error) =>
      healer === undefined || error instanceof NotAdmitted
        ? Effect.succeed(false)
        : Effect.map(
            healer.mendFully({ type: "load", failure: failureOf(error) }, healer.version()),
            ({ type }) => type === "held" || type === "changed"
          ),
    onStarted: (host) => {
      host.onStray(({ error, tool }) => degrade(`${tool ?? "it"} left an error that nobody caught: ${error.message}`))
      healer?.renewed(host.plugin)
      condition.tell({ type: "plugin.started" })
      for (const stub of stubs) {
        stub.losses.forEach(degrade)
        parts.onStubbed(stub)
      }
      flagValues(host.extensions.flags, parts.flags).problems.forEach(degrade)
      parts.onStarted(host)
    }
  })
  const healer = parts.healerOf?.({
    name,
    host: code.host,
    plugin: code.plugin,
    isRunning,
    exchange: code.exchange,
    degrade
  })
  const tools = pluginTools({
    name,
    budget: budgets.tool,
    isRunning,
    running: Effect.map(condition.running, () => code.plugin()),
    known: (tool) => code.plugin()?.tools?.find(({ name }) => name === tool),
    onExhausted: (why) => condition.tell({ type: "plugin.failed", reason: explain(why) }),
    inspect,
    healer
  })
  const child = supervisorChild(
    // When its tools fail together, the code behind them is begun anew too; when its code ends, they wait for the next.
    { id: name, strategy: "rest_for_one", budget: budgets.plugin, children: [tools.child, hostChild(code, condition)] },
    {
      kind: "plugin",
      facts: () => ({ state: condition.word() }),
      onEnd: (why) => {
        if (isAbnormal(why)) condition.tell({ type: "plugin.quarantined", reason: explain(why) })
      }
    }
  )
  return {
    name,
    child,
    plugin: code.plugin,
    host: code.host,
    state,
    reason,
    begun,
    running: condition.running,
    settle: tools.settle,
    degrade,
    restored: () => {
      if (condition.word() === "running") condition.tell({ type: "plugin.started" })
    },
    retire: (why) => condition.tell({ type: "plugin.quarantined", reason: why }),
    revive: () => condition.tell({ type: "plugin.revived" }),
    reload: code.reload,
    healer
  }
}

/** It counts as started at once and loads its code as part of its life, so that nobody waits for one that hangs. */
const hostChild = (code: PluginCode, condition: PluginCondition): ChildSpec => {
  const life = Effect.onError(code.life, (cause) =>
    Effect.sync(() => {
      if (Cause.hasInterruptsOnly(cause)) return
      condition.tell({ type: "plugin.failed", reason: explain(reasonOf(Exit.failCause(cause))) })
    })
  )
  return {
    id: "host",
    kind: "host",
    start: Effect.succeed(life),
    kill: () => code.host()?.kill(),
    facts: () => ({ state: condition.word(), place: code.host()?.place, pid: code.host()?.pid })
  }
}
