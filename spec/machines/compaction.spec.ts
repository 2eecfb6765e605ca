/** A conversation that grows too long is made to fit, and goes on: what stays, what is told, and when it gives up. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { callsOf, textOf } from "../../llm/message.ts"
import type { AgentEvent, AgentNotice, Transcript } from "../../machines/events.ts"
import { backgroundSettled, backgroundStarted, happen, histories, live, opened, reply, says } from "./happenings.ts"
import type { Seen } from "./happenings.ts"

const last = (seen: ReadonlyArray<Seen>): Seen => seen.at(-1) as Seen
const told = (seen: ReadonlyArray<Seen>): ReadonlyArray<AgentNotice> => seen.flatMap(({ notices }) => notices)
const after = (...events: ReadonlyArray<AgentEvent>) => happen([opened(), ...events])

const settled = (callId: string): AgentEvent => ({
  type: "tool.settled",
  callId,
  answer: { success: true, data: "ok" },
  final: false
})
const overflow: AgentEvent = { type: "model.full", failure: { code: "context_overflow", message: "Too long." } }
const full: AgentEvent = { type: "model.full" }
const summed = (kept?: number): AgentEvent => ({
  type: "compaction.finished",
  summary: "what was done",
  ...(kept === undefined ? {} : { kept })
})
const unsummed: AgentEvent = { type: "compaction.failed", failure: { code: "unavailable", message: "Down." } }

const worked = [says("m1"), reply("first", [{ id: "a" }]), settled("a"), reply("second", [{ id: "b" }]), settled("b")]
const usage = { input: 90, output: 10, cacheRead: 0, cacheWrite: 0 }

it("knows roughly how long a conversation is whose provider does not count", () => {
  const text = "x".repeat(4_000)
  const [counted, uncounted] = [{ usage }, {}].map((more) => last(after(says("m1", text), { ...reply(text), ...more })))
  expect(counted?.state.context).toMatchObject({ contextUsed: 100, floor: 0 })
  expect(uncounted?.state.context).toMatchObject({ contextUsed: 2_000, floor: 0 })
})

describe("after any compaction", () => {
  const compactions = (seen: ReadonlyArray<Seen>) =>
    seen.filter(({ notices }) => notices.some(({ type }) => type === "agent.compacted"))

  it("every answer stands behind its call, and every call has its answer", () => {
    fc.assert(
      fc.property(histories, (history) => {
        for (const { state } of compactions(live(history))) {
          const { transcript } = state.context
          transcript.forEach((message, at) => {
            const behind = transcript.slice(at + 1)
            const next = behind.findIndex(({ role }) => role !== "tool")
            const answers = behind.slice(0, next === -1 ? undefined : next)
            // A reply without calls has no answers behind it either.
            if (message.role === "tool") return
            const answered = answers.flatMap((one) => (one.role === "tool" ? [one.callId] : []))
            expect(answered.toSorted()).toEqual(
              callsOf(message)
                .map(({ id }) => id)
                .toSorted()
            )
          })
          expect(transcript[0]).toMatchObject({ role: "user", id: "summary" })
          expect(transcript.filter(isSummary)).toHaveLength(1)
        }
      })
    )
  })

  it("what the user wants in the turn under way stands there word for word, and what nobody has answered yet", () => {
    fc.assert(
      fc.property(histories, (history) => {
        const seen = live(history)
        for (const one of compactions(seen)) {
          const before = seen[seen.indexOf(one) - 1]?.state.context
          const { transcript, turn } = one.state.context
          const stays = (before?.transcript ?? []).filter(
            (message, at, all) =>
              message.role === "user" &&
              turn.messages.includes(message.id) &&
              (!message.id.startsWith("background:") || at > all.findLastIndex(({ role }) => role === "assistant"))
          )
          for (const message of stays) expect(transcript).toContainEqual(message)
        }
      })
    )
  })

  it("nothing stands in another order than before", () => {
    fc.assert(
      fc.property(histories, (history) => {
        const seen = live(history)
        for (const one of compactions(seen)) {
          const before: Transcript = seen[seen.indexOf(one) - 1]?.state.context.transcript ?? []
          const places = one.state.context.transcript
            .filter((message) => !isSummary(message))
            .flatMap((message) => (before.includes(message) ? [before.indexOf(message)] : []))
          expect(places).toEqual(places.toSorted((a, b) => a - b))
        }
      })
    )
  })
})

const isSummary = (message: Transcript[number]) => message.role === "user" && message.id === "summary"

describe("a conversation that the model finds too long", () => {
  it("is compacted and asked again, and the turn goes on as if nothing had been", () => {
    const seen = after(...worked, { type: "model.text", delta: "half" }, overflow, summed(2), reply("done"))
    expect(told(seen).slice(-5)).toMatchObject([
      { type: "agent.retrying", delay: 0 },
      { type: "agent.compacting", reason: "overflow" },
      { type: "agent.compacted" },
      { type: "agent.said" },
      { type: "agent.replied", text: "done", messages: ["m1"] }
    ])
    expect(last(seen).state.context.transcript.map(textOf)).toEqual([
      expect.stringContaining("do not begin anew:\n\nwhat was done"),
      "m1",
      "second",
      "ok",
      "done"
    ])
  })

  it("is not compacted twice in a row: then the turn ends, and says why", () => {
    const seen = after(...worked, overflow, summed(), overflow)
    expect(told(seen).at(-1)).toMatchObject({
      type: "agent.failed",
      failure: { code: "context_overflow", message: expect.stringMatching(/^Too long\..*larger window/) },
      messages: ["m1"]
    })
    expect(last(seen).state.value).toBe("idle")
  })

  it("may be compacted again once a reply has come", () => {
    const seen = after(...worked, overflow, summed(), reply("third", [{ id: "c" }]), settled("c"), overflow)
    expect(last(seen).state.value).toBe("compacting")
  })

  it("is not compacted where there is nothing but the question", () => {
    const seen = after(says("m1"), overflow)
    expect(told(seen).at(-1)).toMatchObject({
      type: "agent.failed",
      failure: { message: expect.stringContaining("nothing to compact") }
    })
  })

  it("lets go of a message that was too long when the next one is said", () => {
    const long = after(says("m1"), reply("hello"), says("long"), overflow, summed(), overflow)
    expect(told(long).at(-1)).toMatchObject({ type: "agent.failed", failure: { code: "context_overflow" } })
    const next = happen([...long.map(({ event }) => event), says("short"), overflow, summed()])
    expect(last(next).state.context.transcript.map(textOf).slice(1)).toEqual(["short"])
  })

  it("ends the turn when there is no summary of it, and nothing of it is lost", () => {
    const seen = after(...worked, overflow, unsummed)
    expect(told(seen).at(-1)).toMatchObject({
      type: "agent.failed",
      failure: { code: "context_overflow", message: "Too long. It could not be compacted: Down." }
    })
    expect(last(seen).state.context.transcript).toHaveLength(5)
  })

  it("takes no round of the turn for the request that was refused", () => {
    const seen = happen([opened({ maxTurns: 2 }), ...worked.slice(0, 3), overflow, summed()])
    expect(last(seen).state.context.turn.rounds).toBe(2)
    expect(last(seen).state.value).toBe("thinking")
  })

  it("keeps when the task was begun, so that its proof is still looked at", () => {
    const seen = after(...worked, overflow, summed())
    expect(last(seen).state.context.turn.startedAt).toBe(1_000)
  })

  it("reads what arrived meanwhile behind the summary, in the same turn", () => {
    const seen = after(...worked, overflow, says("m2"), summed())
    expect(last(seen).state.context.transcript.map(textOf).slice(1)).toEqual(["m1", "m2"])
    expect(last(seen).state.context.turn.messages).toEqual(["m1", "m2"])
  })

  it("is left as it is when the user stops that", () => {
    const seen = after(...worked, overflow, { type: "user.cancel" })
    expect(told(seen).at(-1)).toMatchObject({ type: "agent.cancelled", messages: ["m1"] })
    expect(last(seen).state.context.transcript).toHaveLength(5)
  })

  it("is whole again when the program ends in the middle of that", () => {
    const seen = after(...worked, overflow, opened())
    expect(last(seen).state.value).toBe("idle")
    expect(last(seen).state.context.transcript).toHaveLength(5)
  })

  it("lets go of results of agents in the background, but not of one that nobody has answered", () => {
    const begun = [says("m1"), backgroundStarted("b1"), backgroundStarted("b2"), backgroundSettled("b1")]
    const rounds = [reply("", [{ id: "a" }]), settled("a"), reply("", [{ id: "b" }])]
    const seen = after(...begun, ...rounds, backgroundSettled("b2"), settled("b"), overflow, summed())
    const ids = last(seen).state.context.transcript.flatMap((one) => (one.role === "user" ? [one.id] : []))
    expect(ids).toEqual(["summary", "m1", "background:b2"])
  })
})

describe("a conversation that will not fit", () => {
  it("is compacted before the model is asked, without a word of a retry", () => {
    const seen = after(...worked, full)
    expect(last(seen).notices).toEqual([{ type: "agent.compacting", reason: "full" }])
  })

  it("is asked all the same when it could not be compacted, and no second time", () => {
    const seen = after(...worked, full, unsummed)
    expect(last(seen).notices).toEqual([{ type: "agent.warned", failure: { code: "unavailable", message: "Down." } }])
    expect(last(seen).state.value).toBe("thinking")
    expect(told(happen([...seen.map(({ event }) => event), overflow])).at(-1)).toMatchObject({ type: "agent.failed" })
  })

  it("knows what a compaction left, once the next reply has told", () => {
    const seen = after(...worked, { ...reply("more", [{ id: "c" }]), usage }, settled("c"), full, summed())
    expect(last(seen).state.context).toMatchObject({ contextUsed: 0, floor: undefined })
    const next = happen([...seen.map(({ event }) => event), { ...reply("d", [{ id: "d" }]), usage }])
    expect(last(next).state.context).toMatchObject({ contextUsed: 100, floor: 90 })
  })
})

describe("a summary", () => {
  it("is paid for, by whoever wrote it, in the turn and in the session", () => {
    const price = { model: "test/two", usage, cost: 0.5 }
    const seen = after(...worked, overflow, { ...summed(), ...price } as AgentEvent)
    const { turn, spent } = last(seen).state.context
    expect(turn.spent.models?.["test/two"]).toMatchObject({ requests: 1, cost: 0.5 })
    expect(spent.models?.["test/two"]).toMatchObject({ requests: 1, cost: 0.5 })
  })

  it("that says nothing is paid for, too", () => {
    const seen = after(...worked, overflow, { ...unsummed, model: "test/two", usage, cost: 0.5 } as AgentEvent)
    expect(last(seen).state.context.spent.models?.["test/two"]).toMatchObject({ requests: 1, cost: 0.5 })
  })

  it("of a journal of before leaves nothing else, as it did then", () => {
    const seen = after(says("m1"), reply("hello"), { type: "user.compact" }, summed())
    expect(last(seen).state.context.transcript.map(textOf)).toEqual([
      "The conversation so far was replaced by this summary of it:\n\nwhat was done"
    ])
  })
})
