import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { textOf } from "../../llm/message.ts"
import { backgroundViews, isFromBackground } from "../../machines/background.ts"
import type { AgentEvent } from "../../machines/events.ts"
import { tokensOf } from "../../machines/spending.ts"
import {
  backgroundSettled,
  backgroundStarted,
  happen,
  histories,
  live,
  opened,
  reply,
  says,
  type Seen
} from "./happenings.ts"

/** How often each result has become a message, read or still waiting. */
const deliveries = (seen: ReadonlyArray<Seen>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  let before: ReadonlySet<string> = new Set()
  for (const { state } of seen) {
    const { transcript, mail } = state.context
    const messages = [...transcript, ...mail.map(({ message }) => message)]
    const ids = messages.flatMap((message) =>
      message.role === "user" && isFromBackground(message) ? [message.id] : []
    )
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) if (!before.has(id)) counts.set(id, (counts.get(id) ?? 0) + 1)
    before = new Set(ids)
  }
  return counts
}

const lastOf = (seen: ReadonlyArray<Seen>): Seen => seen.at(-1) as Seen
const noticesOf = (seen: ReadonlyArray<Seen>) => seen.flatMap(({ notices }) => notices)

describe("in any order of starts, ends, cancels and openings", () => {
  it("each result becomes a message once, also when the program ends anywhere and what ran is settled at the next opening", () => {
    fc.assert(
      fc.property(histories, fc.nat(), (history, pick) => {
        const events = live(history).map(({ event }) => event)
        const cut = events.slice(0, 1 + (pick % events.length))
        const { state } = lastOf(happen(cut))
        const lost = state.context.background.filter(({ state: of }) => of === "running")
        const settled: ReadonlyArray<AgentEvent> = lost.map(({ id }) => backgroundSettled(id, { end: "interrupted" }))
        // Once more than needed: an opening that was itself cut off before its first sign of life.
        const seen = happen([...cut, ...settled, ...settled, opened(), ...settled, opened()])
        const started = new Set(cut.flatMap((event) => (event.type === "background.started" ? [event.id] : [])))
        expect(deliveries(seen)).toEqual(new Map([...started].map((id) => [`background:${id}`, 1])))
        expect(lastOf(seen).state.context.mail).toEqual([])
      })
    )
  })

  it("is seen as delivered exactly from when it stands in the conversation", () => {
    fc.assert(
      fc.property(histories, (history) => {
        for (const { state } of live(history)) {
          const waiting = new Set(state.context.mail.map(({ message }) => message.id))
          for (const { id, state: of, delivered } of backgroundViews(state.context))
            expect(delivered).toBe(of !== "running" && !waiting.has(`background:${id}`))
        }
      })
    )
  })

  it("adds up what was spent: of each once", () => {
    fc.assert(
      fc.property(histories, (history) => {
        const ends = new Set<string>()
        let [asked, sum] = [0, 0]
        for (const { event, notices, state } of live(history)) {
          if (event.type === "subagent.ended") asked += 5
          for (const notice of notices) {
            if (notice.type === "agent.background" && notice.state !== "running") ends.add(notice.id)
            if (notice.type === "agent.said" && notice.usage !== undefined) asked += 5
            if (notice.type === "agent.compacted" && event.type === "compaction.finished" && event.usage !== undefined)
              asked += 5
          }
          sum = tokensOf(state.context.spent)
        }
        expect(sum).toBe(asked + 5 * ends.size)
      })
    )
  })
})

describe("a result that comes", () => {
  const started = [opened(), says("m1"), reply("off it goes"), backgroundStarted("b1")]

  it("while nothing is done begins a turn, and says whose words it brings", () => {
    const seen = happen([...started, backgroundSettled("b1")])
    expect(lastOf(seen).notices).toEqual([
      {
        type: "agent.background",
        id: "b1",
        description: "work b1",
        state: "replied",
        result: expect.objectContaining({ text: "found by b1" })
      },
      { type: "agent.started", messages: ["background:b1"] }
    ])
    const message = lastOf(seen).state.context.transcript.at(-1)
    const text = message === undefined ? "" : textOf(message)
    for (const words of ["Background agent", "work b1", "the user did not say it", "found by b1"])
      expect(text).toContain(words)
  })

  it("during a round is read before the next one, behind the answers", () => {
    const acting = [opened(), says("m1"), reply("", [{ id: "a" }]), backgroundStarted("b1"), backgroundSettled("b1")]
    expect(backgroundViews(lastOf(happen(acting)).state.context)).toMatchObject([{ id: "b1", delivered: false }])
    const seen = happen([
      ...acting,
      { type: "tool.settled", callId: "a", answer: { success: true, data: "ok" }, final: false }
    ])
    expect(lastOf(seen).state.context.transcript.map(({ role }) => role)).toEqual(["user", "assistant", "tool", "user"])
    expect(backgroundViews(lastOf(seen).state.context)).toMatchObject([{ id: "b1", delivered: true }])
  })

  it("while the conversation is compacted waits for its end", () => {
    const seen = happen([
      ...started,
      { type: "user.compact" },
      backgroundSettled("b1"),
      { type: "compaction.finished", summary: "all of it" }
    ])
    expect(lastOf(seen).state.value).toBe("thinking")
    expect(lastOf(seen).state.context.transcript).toHaveLength(2)
  })

  it("with an opening begins no turn: nobody has said anything yet", () => {
    const seen = happen([...started, backgroundSettled("b1"), opened()])
    expect(lastOf(seen).state.value).toBe("idle")
    expect(lastOf(seen).state.context.transcript.at(-1)).toMatchObject({ role: "user", id: "background:b1" })
  })

  it("a second time, or of one that was never started, is nothing", () => {
    const seen = happen([
      ...started,
      backgroundSettled("b1"),
      reply("thanks"),
      backgroundSettled("b1"),
      backgroundSettled("b2")
    ])
    expect(lastOf(seen).state.value).toBe("idle")
    expect(noticesOf(seen).filter(({ type }) => type === "agent.background")).toHaveLength(2)
  })
})

describe("what a session remembers", () => {
  it("is all that run, and the newest that have ended", () => {
    const ids = Array.from({ length: 60 }, (_, n) => `b${n}`)
    const events = ids.flatMap((id) => [backgroundStarted(id), ...(id === "b0" ? [] : [backgroundSettled(id)])])
    const { background } = lastOf(happen([opened(), ...events])).state.context
    expect(background.map(({ id }) => id)).toEqual(["b0", ...ids.slice(10)])
  })

  it("goes with it to another branch: those that run run on, those that ended elsewhere were told there", () => {
    const elsewhere = [opened(), backgroundStarted("b1"), backgroundStarted("b2")]
    const running = [{ id: "b2", description: "work b2", state: "running" as const, startedAt: 2_000 }]
    const seen = happen([
      ...elsewhere,
      { ...opened(), background: running },
      backgroundSettled("b1"),
      backgroundSettled("b2")
    ])
    expect(deliveries(seen)).toEqual(new Map([["background:b2", 1]]))
  })

  it("is nothing in a journal that was written before there were any", () => {
    const { state } = lastOf(happen([opened(), says("m1"), reply("hello"), opened()]))
    expect(state.context).toMatchObject({ background: [], mail: [] })
    expect(state.context.transcript.map(textOf)).toEqual(["m1", "hello"])
  })
})

describe("what a subagent spent", () => {
  it("counts for the turn that waited for it", () => {
    const spent = { usage: { input: 7, output: 1, cacheRead: 0, cacheWrite: 0 }, cost: 0.25 }
    const seen = happen([
      opened(),
      says("m1"),
      reply("", [{ id: "a" }]),
      { type: "subagent.ended", id: "s1", spent },
      { type: "tool.settled", callId: "a", answer: { success: true }, final: false },
      { ...reply("done"), usage: { input: 1, output: 1, cacheRead: 0, cacheWrite: 0 }, cost: 0.25 }
    ])
    const end = noticesOf(seen).at(-1)
    expect(end).toMatchObject({ type: "agent.replied", spent: { usage: { input: 8, output: 2 } } })
    expect(lastOf(seen).state.context.spent.usage).toMatchObject({ input: 8, output: 2 })
    // Two are known, the reply that asked for the call had no cost.
    expect(end).toHaveProperty("spent.cost", undefined)
  })
})
