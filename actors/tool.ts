/**
 * The tool machine made to happen. A lane is an actor that works on one call at a time; whatever happens to the call, it
 * ends in one answer. After a crash the lane itself ends, so that its supervisor counts it and begins it anew.
 */
import * as Effect from "effect/Effect"
import { type Actor, createActor } from "xstate"
import { type HealOrder, type ToolEvent, toolMachine, type ToolNotice, type ToolOrder } from "../machines/tool.ts"
import type { Failure } from "../healing/failure.ts"
import { honest, lossesOf } from "../plugins/outcome.ts"
import type { Answer, Tool } from "../plugins/tool.ts"
import { fitted } from "./answer.ts"
import { fromEffect } from "./from-effect.ts"
import { markedWith } from "./healing/marks.ts"
import type { Behaviour, Next } from "./kernel/actor.ts"
import { attempt, type Attempt, contained, crashOf } from "./tool/attempt.ts"
import { check } from "./tool/check.ts"
import { heal } from "./tool/heal.ts"
import { inquirer } from "./tool/inquire.ts"
import type { recording } from "./tool/record.ts"
import { contextFor, type LaneParts, type Ran, type Settled, type TimedOrder, type Work } from "./tool/order.ts"

export interface Lane {
  readonly machine: Actor<typeof toolMachine>
  readonly take: (work: Work) => void
}

/** @param onLane Hears of the lane of each life. */
export const laneBehaviour = (
  parts: LaneParts,
  onLane: (lane: Lane) => void
): Behaviour<TimedOrder, Settled, Lane> => ({
  init: () =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const lane = openLane(parts)
        onLane(lane)
        return lane
      }),
      ({ machine }) => Effect.sync(() => machine.stop())
    ),
  handle: perform
})

/** What it is about: `ready`, `checking`, `asking`, `running`, `confirming`, `healing` or `quarantined`. */
export const laneState = ({ machine }: Lane): string => {
  const { value } = machine.getSnapshot()
  return typeof value === "string" ? value : value.busy
}

const openLane = (parts: LaneParts): Lane => {
  let inHand: Work | undefined
  const step = <Given extends ToolOrder>(next: (work: Work, order: Given) => Effect.Effect<ToolEvent>) =>
    fromEffect<ToolEvent, Given, ToolEvent>(
      // The machine runs these only while it is busy with what it took.
      (order, { report }) => Effect.map(next(inHand as Work, order), report),
      bug
    )
  const machine = createActor(
    toolMachine.provide({
      actors: {
        check: step((work) => check(work, parts)),
        run: step((work, { run: nth }) => Effect.andThen(pause(nth, work), run(work, parts, nth))),
        heal: step<HealOrder>((work, { crash }) => heal(work, crash, parts, run(work, parts, 1)))
      }
    }),
    { input: { idempotent: parts.known.idempotent }, inspect: parts.inspect }
  )
  machine.start()
  return { machine, take: (work) => void (inHand = work) }
}

/** A bug of ours ends the call whichever state it is in; the one event that the state does not know is ignored by it. */
const bug = (cause: string): ReadonlyArray<ToolEvent> => {
  const answer = contained(`a bug in Kintsugi ended this call; its effects are unknown\n${cause}`)
  return [{ type: "tool.refused", answer }, { type: "tool.crashed", answer, hopeless: false }, { type: "tool.lost" }]
}

/** From the call to its answer. Interrupted, it takes the call back: the tool's signal is aborted, the lane is ready again. */
const perform = (order: TimedOrder, lane: Lane): Effect.Effect<Next<Settled, Lane>> =>
  Effect.callback((resume) => {
    const { call, batch } = order
    const { machine } = lane
    const work: Work = { ...order, raw: call.input, input: undefined, tape: undefined, failure: undefined }
    const isChanged = () => work.raw !== call.input
    const asked: Array<string> = []
    const letGo = () => {
      notices.unsubscribe()
      asked.forEach((id) => batch.questions.delete(id))
    }
    const notices = machine.on("*", (notice: ToolNotice) => {
      if (notice.type === "tool.settled") {
        letGo()
        const { answer, final } = notice
        return resume(Effect.succeed({ reply: { answer, final, input: work.raw }, state: lane, ...endAfter(machine) }))
      }
      if (notice.type === "permission.asked") {
        asked.push(notice.id)
        batch.questions.set(notice.id, (answered) => {
          if (answered.decision === "always" && notice.rule !== "") batch.allowed.push(notice.rule)
          machine.send(answered)
        })
      }
      batch.report(notice.type === "tool.started" && isChanged() ? { ...notice, input: work.raw } : notice)
    })
    lane.take(work)
    machine.send({ type: "tool.call", call })
    return Effect.sync(() => {
      letGo()
      machine.send({ type: "tool.cancel" })
    })
  })

/** A crash that nothing mended ends the lane, unless it stays to say that its tool is out of use. */
const endAfter = (machine: Lane["machine"]): Pick<Next<Settled, Lane>, "end"> => {
  const { context, value } = machine.getSnapshot()
  const { crash } = context
  return crash === undefined || value === "quarantined"
    ? {}
    : { end: { kind: "failed", error: new Error(crash.answer.error) } }
}

/** Milliseconds before the second and the third run: what came from outside often passes a moment later. */
const pauses = [0, 0, 100, 400]

/** Failures that come from what a tool reaches; any other is as certain now as it would be later. */
const passing: ReadonlySet<string> = new Set(["network", "timed_out", "busy", "exhausted", "unknown"])

const pause = (nth: number, { failure }: Work): Effect.Effect<void> =>
  failure === undefined || passing.has(failure.kind) ? Effect.sleep(pauses[nth] ?? 0) : Effect.void

const run = (work: Work, { plugin, tool: find, guarded, healer }: LaneParts, nth: number): Effect.Effect<Ran> =>
  Effect.gen(function* () {
    const { time, batch } = work
    yield* time.go
    const tool = yield* find(time)
    // It ends with the code it begins with, whatever is mended meanwhile.
    const behind = healer?.behind(work.call.name)
    const before = nth > 1 ? work.failure : undefined
    const contextOf =
      healer === undefined ? (...of: RunParts) => contextFor(plugin, ...of) : (yield* taping).recording(plugin, healer)
    const running = attempt(async (signal) => {
      const { ask, close } = inquirer(work, tool, signal)
      try {
        return await tool.execute(work.input, contextOf(work, signal, ask))
      } finally {
        close()
      }
    }, time)
    const limit = batch.workplace.outputLimit
    const result = yield* guarded(
      Effect.map(running, (attempted) => ran(attempted, tool, limit)),
      time,
      nth
    )
    work.failure = result.type === "tool.crashed" ? result.failure : undefined
    if (result.type === "tool.crashed") return result
    const answer = remembering(result.answer, before)
    if (healer === undefined || behind === undefined) return { ...result, answer }
    if (answer.success && answer.outcome === undefined && work.tape !== undefined)
      healer.wentWell(work.tape.call(answer))
    return { ...result, answer: markedWith(answer, behind) }
  }).pipe(Effect.catch((answer) => Effect.succeed<Ran>({ type: "tool.answered", answer, final: false })))

type RunParts = Parameters<ReturnType<typeof recording>>

/** Loaded with the first plugin that can be mended. */
const taping = Effect.promise(() => import("./tool/record.ts"))

/** What failed for no outer cause and goes well a moment later has met something that it left behind itself: that is told. */
const remembering = (answer: Answer, before: Failure | undefined): Answer =>
  before === undefined || passing.has(before.kind) || !answer.success
    ? answer
    : honest({
        ...answer,
        outcome: "degraded",
        degraded: [...lossesOf(answer), `it failed at first (${before.said}) and was run again`]
      })

const ran = (attempted: Attempt<Settled["answer"]>, tool: Tool, outputLimit: number): Ran => {
  if ("thrown" in attempted) return { type: "tool.crashed", ...crashOf(tool.name, attempted.thrown) }
  if ("late" in attempted) return { type: "tool.answered", answer: attempted.late, final: false }
  if ("refused" in attempted) return { type: "tool.answered", answer: attempted.refused, final: false }
  try {
    return { type: "tool.answered", answer: fitted(attempted.value, outputLimit), final: tool.final }
  } catch (error) {
    return { type: "tool.crashed", ...crashOf(tool.name, error) }
  }
}
