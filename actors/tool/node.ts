/** One tool in the tree: lanes, begun when all others are busy, and a breaker over all of them. */
import * as Effect from "effect/Effect"
import type { InspectionEvent } from "xstate"
import { type Actor, actorChild, makeActor } from "../kernel/actor.ts"
import { makeBreaker } from "../kernel/breaker.ts"
import type { Bulkhead } from "../kernel/bulkhead.ts"
import type { ChildSpec } from "../kernel/child.ts"
import type { Budget } from "../kernel/reason.ts"
import { type Supervisor, supervisorChild } from "../kernel/supervisor.ts"
import { type Lane, laneBehaviour, laneState } from "../tool.ts"
import { contained } from "./attempt.ts"
import type { LaneParts, Ran, Settled, TimedOrder } from "./order.ts"

export interface ToolNodeParts extends Pick<LaneParts, "plugin" | "known" | "tool" | "healer"> {
  readonly budget: Budget
  /** The plugin's. */
  readonly bulkhead: Bulkhead
  readonly inspect: ((event: InspectionEvent) => void) | undefined
}

export interface ToolNode {
  readonly child: ChildSpec
  /** Fails when the node is gone, or its lane ended under the call. */
  readonly settle: (order: TimedOrder) => Effect.Effect<Settled, unknown>
}

const noTurn = contained("it waited its whole time for its turn and did not run; try it later")

/** A crash, or the end of its time; that a file is missing says nothing against the tool. */
const isFailure = (ran: Ran): boolean => ran.type === "tool.crashed" || ran.answer.outcome === "contained"

/**
 * A lane costs next to nothing to begin, and calls wait for it. What keeps a failing tool from being hammered is its
 * breaker.
 */
const backoff = { base: 10, cap: 100 }

interface Worker {
  readonly actor: Actor<TimedOrder, Settled, Lane>
  isBusy: boolean
  lane: Lane | undefined
}

export const toolNode = ({ budget, bulkhead, plugin, known, tool, inspect, healer }: ToolNodeParts): ToolNode => {
  const breaker = makeBreaker({ name: known.name })
  let version = healer?.version()
  /** What was counted against the code as it was says nothing of the code as it is. */
  const forgive = () => {
    if (healer?.version() === version) return
    version = healer?.version()
    breaker.reset()
  }
  const guarded: LaneParts["guarded"] = (run, time, nth) =>
    Effect.suspend(() => {
      forgive()
      const broken = nth > 1 ? run : breaker.protect(run, isFailure)
      const { running, permits } = bulkhead.view()
      // Agents that it waits for may call the same tool: within the bulkhead they would wait for each other.
      const guarding = (known.waits === true ? broken : bulkhead.protect(broken)).pipe(
        Effect.mapError(({ message }) => contained(message))
      )
      // The tool's own limit comes first, so that the breaker hears of it; this one is for what waited all its time.
      return known.waits === true || running < permits ? guarding : time.within(guarding, noTurn, 20)
    })
  const parts: LaneParts = { plugin, known, tool, inspect, guarded, healer }
  const workers: Array<Worker> = []
  let lanes: Supervisor | undefined

  const begin = (): Effect.Effect<Worker, unknown> => {
    const actor = makeActor(
      `lane:${workers.length + 1}`,
      laneBehaviour(parts, (lane) => void (worker.lane = lane))
    )
    const worker: Worker = { actor, isBusy: true, lane: undefined }
    const facts = () => ({
      ...actor.ref.facts(),
      ...(worker.lane === undefined ? {} : { state: laneState(worker.lane) })
    })
    workers.push(worker)
    const starting = lanes?.startChild(actorChild(actor, { kind: "lane", restart: "transient", facts }))
    return starting === undefined ? Effect.fail("the tool is stopping") : Effect.as(starting, worker)
  }

  const settle = (order: TimedOrder) =>
    Effect.suspend(() => {
      const idle = workers.find(({ isBusy }) => !isBusy)
      if (idle === undefined) return begin()
      idle.isBusy = true
      return Effect.succeed(idle)
    }).pipe(
      Effect.flatMap((worker) =>
        Effect.ensuring(
          worker.actor.ref.ask(order),
          Effect.sync(() => void (worker.isBusy = false))
        )
      )
    )

  const child = supervisorChild(
    { id: `tool:${known.name}`, strategy: "dynamic", budget, backoff },
    { kind: "tool", facts: () => ({ breaker: breaker.view().state }) },
    (opened) => void (lanes = opened)
  )
  return { child, settle }
}
