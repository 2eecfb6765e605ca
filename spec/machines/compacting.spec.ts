/**
 * However long a conversation gets, however small the window, whatever the model makes of its summary: it is compacted once for
 * each reserve that comes in, at most, and no summary is asked for twice in a row.
 */
import fc from "fast-check"
import { expect, it } from "vitest"
import { type Actor, createActor, fromCallback } from "xstate"
import type { Usage } from "../../llm/model.ts"
import { agentMachine } from "../../machines/agent.ts"
import type { CompactionOrder, ModelOrder, ToolsOrder } from "../../machines/agent-context.ts"
import type { AgentEvent, Transcript } from "../../machines/events.ts"
import { estimated, isFull, keptOf, reserveOf } from "../../machines/room.ts"
import { opened, reply, says } from "./happenings.ts"

/** What becomes of a summary: it is good, as long as what it stands for, empty, or the request fails. */
type Summing = "short" | "long" | "none"

interface Plan {
  readonly window: number
  /** Tokens of the prompt besides the conversation. */
  readonly overhead: number
  /** Tokens of each answer of the tool, in the order of the rounds. */
  readonly answers: ReadonlyArray<number>
  /** One for each compaction, the last for all that follow. */
  readonly summings: ReadonlyArray<Summing>
  /** The provider refuses what does not fit. */
  readonly refuses: boolean
  /** The provider counts its tokens. */
  readonly counts: boolean
}

interface Asked {
  readonly what: "reply" | "summary"
  /** Tokens of the prompt. */
  readonly size: number
}

/** Runs one turn to its end. @returns every request, and how many messages are left. */
const run = (plan: Plan) => {
  const { window, overhead, answers, summings, refuses, counts } = plan
  const asked: Array<Asked> = []
  const sizeOf = (transcript: Transcript) => overhead + estimated(transcript)
  let [round, summary] = [0, 0]
  const model = fromCallback<AgentEvent, ModelOrder>(({ input: { transcript, room }, sendBack }) => {
    if (room !== undefined && isFull(transcript, room, window)) return sendBack({ type: "model.full" })
    const size = sizeOf(transcript)
    asked.push({ what: "reply", size })
    if (refuses && size > window)
      return sendBack({ type: "model.full", failure: { code: "context_overflow", message: "Too long." } })
    const calls = round < answers.length ? [{ id: `c${round}` }] : []
    const usage: Usage = { input: size, output: 10, cacheRead: 0, cacheWrite: 0 }
    sendBack({ ...reply("done", calls), ...(counts ? { usage } : {}) })
  })
  const tools = fromCallback<AgentEvent, ToolsOrder>(({ input: { calls }, sendBack }) => {
    for (const { id } of calls) {
      const data = `${round} ${"x".repeat(4 * (answers[round] ?? 0))}`
      round += 1
      sendBack({ type: "tool.settled", callId: id, answer: { success: true, data }, final: false })
    }
  })
  const compaction = fromCallback<AgentEvent, CompactionOrder>(({ input: { transcript }, sendBack }) => {
    asked.push({ what: "summary", size: sizeOf(transcript) })
    const how = summings[Math.min(summary++, summings.length - 1)] ?? "short"
    if (how === "none") return sendBack({ type: "compaction.failed", failure: { code: "empty", message: "None." } })
    const text = how === "short" ? "short" : "x".repeat(4 * estimated(transcript))
    sendBack({ type: "compaction.finished", summary: text, kept: keptOf(transcript) })
  })
  const agent: Actor<typeof agentMachine> = createActor(agentMachine.provide({ actors: { model, tools, compaction } }))
  agent.start()
  agent.send(opened({ maxTurns: 1_000 }))
  agent.send(says("m"))
  expect(agent.getSnapshot().value).toBe("idle")
  return asked
}

const plans = fc.record({
  window: fc.integer({ min: 500, max: 40_000 }),
  overhead: fc.nat(5_000),
  answers: fc.array(fc.oneof(fc.nat(50), fc.nat(6_000)), { maxLength: 60 }),
  summings: fc.array(fc.constantFrom<Summing>("short", "long", "none"), { minLength: 1, maxLength: 6 }),
  refuses: fc.boolean(),
  counts: fc.boolean()
})

it("between two summaries the model has answered, and more than a reserve has come in unless it refused", () => {
  fc.assert(
    fc.property(plans, (plan) => {
      const asked = run(plan)
      const summaries = asked.flatMap(({ what }, at) => (what === "summary" ? [at] : []))
      for (const [nth, at] of summaries.entries()) {
        const next = summaries[nth + 1] ?? Infinity
        const isRefusal = ({ what, size }: Asked) => what === "reply" && plan.refuses && size > plan.window
        const between = asked.slice(at + 1, next)
        if (next < Infinity) expect(between.some((one) => !isRefusal(one))).toBe(true)
        const [before, after] = [asked[at + 1], asked[next - 1]]
        if (next === Infinity || after === undefined || isRefusal(after) || before === undefined || !plan.counts)
          continue
        // What it was asked with after the one, against what the other was made of.
        expect((asked[next]?.size ?? 0) + 10 - before.size).toBeGreaterThanOrEqual(reserveOf(plan.window))
      }
    }),
    { numRuns: 500 }
  )
})

it("so many summaries are asked for as reserves have come in, and one, at most", () => {
  fc.assert(
    fc.property(plans, ({ answers, ...more }) => {
      const plan = { ...more, answers, refuses: false, counts: true }
      const summaries = run(plan).filter(({ what }) => what === "summary").length
      // A reply adds its words, a round those of the call.
      const came = answers.reduce((sum, one) => sum + one + 40, 40)
      expect(summaries).toBeLessThanOrEqual(1 + came / reserveOf(plan.window))
    }),
    { numRuns: 300 }
  )
})
