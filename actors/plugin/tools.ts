/** The tools of one plugin in the tree: a node for each that was called, and the way of a call through them. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { InspectionEvent } from "xstate"
import type { Plugin } from "../../plugins/plugin.ts"
import type { Answer, Tool } from "../../plugins/tool.ts"
import type { Healer } from "../healing/healer.ts"
import { makeBulkhead } from "../kernel/bulkhead.ts"
import type { ChildSpec } from "../kernel/child.ts"
import type { Budget, Reason } from "../kernel/reason.ts"
import { observer, type Supervisor, supervisorChild } from "../kernel/supervisor.ts"
import { toolNode, type ToolNode } from "../tool/node.ts"
import { contained } from "../tool/attempt.ts"
import type { Order, Settled, TimedOrder } from "../tool/order.ts"
import { type CallTime, callTime } from "../tool/time.ts"

export interface PluginToolsParts {
  /** Of the plugin. */
  readonly name: string
  /** Restarts of one tool's lanes, before the plugin is begun anew. */
  readonly budget: Budget
  readonly isRunning: () => boolean
  /** The plugin's code; waits while it is being started, fails when it is out of use. */
  readonly running: Effect.Effect<Plugin | undefined, Answer>
  /** A tool as it was last brought, whether the plugin runs or not. */
  readonly known: (tool: string) => Tool | undefined
  /** One of them broke too often: all of them, and the code behind them, are about to be begun anew. */
  readonly onExhausted: (reason: Reason) => void
  readonly inspect: ((event: InspectionEvent) => void) | undefined
  readonly healer: Healer | undefined
}

export interface PluginTools {
  readonly child: ChildSpec
  readonly settle: (order: Order) => Effect.Effect<Settled>
}

/** Calls of one plugin that may run at the same time, and that may wait for their turn. */
const crowd = { permits: 16, room: 256 }

export const pluginTools = (parts: PluginToolsParts): PluginTools => {
  const { name, budget, isRunning, running, known, onExhausted, inspect, healer } = parts
  const bulkhead = makeBulkhead({ name: `plugin ${name}`, ...crowd })
  const nodes = new Map<string, Effect.Effect<ToolNode, unknown>>()
  let supervisor: Supervisor | undefined

  /** The tool as it is brought now; waiting for it takes the call's time. */
  const toolNamed = (tool: string, time: CallTime): Effect.Effect<Tool, Answer> => {
    const finding = Effect.flatMap(running, (plugin) => {
      const found = plugin?.tools?.find((one) => one.name === tool)
      return found === undefined
        ? Effect.fail(contained(`plugin ${name} no longer brings ${tool}`))
        : Effect.succeed(found)
    })
    return Effect.suspend(() => (isRunning() ? finding : time.within(finding, notThere(name))))
  }

  /** The node of a tool, begun at its first call. */
  const nodeOf = (tool: Tool): Effect.Effect<ToolNode, unknown> => {
    const begunAlready = nodes.get(tool.name)
    if (begunAlready !== undefined) return begunAlready
    const finding = (time: CallTime) => toolNamed(tool.name, time)
    const node = toolNode({ plugin: name, known: tool, tool: finding, budget, bulkhead, inspect, healer })
    const begun = Deferred.makeUnsafe<ToolNode, unknown>()
    nodes.set(tool.name, Deferred.await(begun))
    const starting: Effect.Effect<unknown, unknown> = supervisor?.startChild(node.child) ?? Effect.fail("not started")
    return Effect.uninterruptible(Effect.onExit(Effect.as(starting, node), (exit) => Deferred.done(begun, exit)))
  }

  const once = (order: TimedOrder): Effect.Effect<Settled, Lost | Answer> =>
    Effect.gen(function* () {
      const tool = yield* toolNamed(order.call.name, order.time)
      const lost = Effect.mapError((error: unknown): Lost => ({ lost: error, idempotent: tool.idempotent }))
      const node = yield* lost(nodeOf(tool))
      return yield* lost(node.settle(order))
    })

  const settle = ({ call, batch }: Order): Effect.Effect<Settled> =>
    callTime(limitOf(batch, known(call.name))).pipe(
      Effect.flatMap((time) => {
        const trying = once({ call, batch, time })
        // It was no fault of this call: what may be repeated is repeated in the tool's next life.
        return Effect.catchIf(
          trying,
          (error) => "lost" in error && error.idempotent,
          () => Effect.andThen(time.go, trying)
        )
      }),
      Effect.catch((error) => Effect.succeed({ answer: "lost" in error ? lostAnswer(name) : error, final: false }))
    )

  const child = supervisorChild({ id: "tools", strategy: "dynamic", budget: { max: 0, seconds: 1 } }, {}, (opened) => {
    nodes.clear()
    supervisor = opened
  })
  return { child: { ...child, start: foretold(child.start, onExhausted) }, settle }
}

/** Exhaustion is told before the first child is stopped for it, so that no call meets what is about to be gone. */
const foretold = (start: ChildSpec["start"], onExhausted: PluginToolsParts["onExhausted"]): ChildSpec["start"] =>
  Effect.gen(function* () {
    const observe = yield* observer
    return yield* Effect.provideService(start, observer, (event) => {
      if (event.type === "supervisor.exhausted") onExhausted(event.reason)
      observe(event)
    })
  })

/** Milliseconds for the call; `undefined`: its tool keeps its own time. */
const limitOf = ({ workplace }: Order["batch"], tool: Tool | undefined): number | undefined => {
  if (tool?.timeout === false) return undefined
  return tool?.timeout === undefined ? workplace.timeout : tool.timeout * 1000
}

const notThere = (name: string): Answer =>
  contained(`plugin ${name} is being started anew and was not there in the call's time; try it later or go another way`)

/** The node or lane ended under a call. */
interface Lost {
  readonly lost: unknown
  readonly idempotent: boolean
}

const lostAnswer = (name: string): Answer =>
  contained(
    `plugin ${name} was stopped or started anew while this call was under way; what it had done before is not known, so look before you call it again`
  )
