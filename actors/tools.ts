/** The actor that acts: all calls of one reply, those that only read side by side, the others one after another. */
import * as Effect from "effect/Effect"
import type { ToolCall } from "../llm/message.ts"
import type { ToolsOrder } from "../machines/agent-context.ts"
import type { AgentEvent } from "../machines/events.ts"
import { narrowingsIn, useSkill } from "../plugins/skill-text.ts"
import { refuse } from "../plugins/tool.ts"
import { shortened } from "./answer.ts"
import { running } from "./from-effect.ts"
import { contained } from "./tool/attempt.ts"
import { forwarded } from "./tool/forward.ts"
import type { Batch, PermissionAnswered, Settled } from "./tool/order.ts"
import type { Toolbox } from "./toolbox.ts"

export const toolsActor = (toolbox: Toolbox, signal?: AbortSignal) =>
  running<AgentEvent, ToolsOrder, AgentEvent>(
    ({ calls, taskStartedAt, permissions, allowed, only }, { report, receive }) => {
      const questions = new Map<string, (answered: PermissionAnswered) => void>()
      receive((event) => {
        if (event.type === "permission.answered") questions.get(event.id)?.(event)
      })
      const batch: Batch = {
        workplace: toolbox,
        taskStartedAt,
        mode: permissions,
        allowed: [...allowed],
        only: [...only],
        questions,
        report
      }
      const tools = toolbox.tools()
      return Effect.forEach(
        inOrder(calls, (call) => call.name !== useSkill && (tools.get(call.name)?.tool.parallel ?? true)),
        (together) =>
          Effect.forEach(together, (call) => settleCall(call, batch, tools), {
            concurrency: "unbounded",
            discard: true
          }),
        { discard: true }
      )
    },
    // `settleCall` answers whatever a tool does, so this is a bug of ours; the calls get their answers all the same.
    (cause, { calls }) =>
      calls.map(({ id }) => {
        const answer = contained(`a bug in Kintsugi ended this call; its effects are unknown\n${cause}`)
        return { type: "tool.settled", callId: id, answer, final: false }
      }),
    signal
  )

/** Runs one call to its answer, as plugins leave it, and reports it. Interrupting it aborts the tool. */
export const settleCall = (call: ToolCall, batch: Batch, tools: Tools): Effect.Effect<void> => {
  const { session, hooks, outputLimit } = batch.workplace
  const { id: callId, name: tool } = call
  const settling = forwarded(call, batch, tools).pipe(
    Effect.flatMap(({ call, offered }) =>
      offered === undefined
        ? Effect.succeed<Settled>({ answer: unknownTool(call, tools), final: false })
        : Effect.map(offered.settle({ call, batch }), (settled) =>
            call.via === undefined ? settled : asCalled(settled)
          )
    ),
    Effect.catch((answer) => Effect.succeed<Settled>({ answer, final: false }))
  )
  return Effect.gen(function* () {
    const { answer, final, input = call.input } = yield* settling
    const answered = yield* hooks.answered({ session, callId, tool, input, answer })
    // What the tool gave has been cut already.
    const fit = answered.data === answer.data ? answered : shortened(answered, outputLimit)
    // Calls behind it in the same reply are narrowed as those of the next one are.
    if (tool === useSkill && fit.success) batch.only.push(...narrowingsIn([String(fit.data)]))
    const gated = final && fit.success && hooks.listens("beforeTurnEnd")
    batch.report({ type: "tool.settled", callId, answer: fit, final, ...(gated && { gated }) })
  })
}

/** What is told of a call goes by what the model called. */
const asCalled = ({ input: _, ...settled }: Settled): Settled => settled

type Tools = ReturnType<Toolbox["tools"]>

const unknownTool = ({ name }: ToolCall, tools: Tools) =>
  refuse("not_found", `there is no tool ${JSON.stringify(name)}; there are: ${namesOf(tools).join(", ")}`)

const namesOf = (tools: Tools): ReadonlyArray<string> =>
  [...tools].flatMap(([name, { tool }]) => (tool.deferred === true ? [] : [name]))

/**
 * Groups of calls that may run together. A call that may change something waits for all before it, and all after it
 * wait for it: two edits of one file never race, and a test sees the edit that stands before it.
 */
export const inOrder = (
  calls: ReadonlyArray<ToolCall>,
  mayShare: (call: ToolCall) => boolean
): ReadonlyArray<ReadonlyArray<ToolCall>> => {
  const groups: Array<Array<ToolCall>> = []
  let shared = false
  for (const call of calls) {
    const shares = mayShare(call)
    if (shares && shared) groups.at(-1)?.push(call)
    else groups.push([call])
    shared = shares
  }
  return groups
}
