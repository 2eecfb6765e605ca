import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { callsOf, textOf, type ToolMessage } from "../../llm/message.ts"
import type { Inquiry } from "../../plugins/inquiry.ts"
import type { AgentEvent, AgentNotice, Transcript } from "../../machines/events.ts"
import { openCalls } from "../../machines/transcript.ts"
import { happen, histories, live, opened, reply, says, type Seen } from "./happenings.ts"

const answersIn = (transcript: Transcript): ReadonlyArray<ToolMessage> =>
  transcript.filter((message) => message.role === "tool")

const isTerminal = (notice: AgentNotice): boolean =>
  ["agent.replied", "agent.failed", "agent.cancelled"].includes(notice.type)

const settled = (callId: string, more: Partial<Extract<AgentEvent, { type: "tool.settled" }>> = {}): AgentEvent => ({
  type: "tool.settled",
  callId,
  answer: { success: true, data: "ok" },
  final: false,
  ...more
})

const ask = (id: string, callId: string, rule = "echo"): AgentEvent => ({
  type: "permission.asked",
  id,
  callId,
  tool: "echo",
  input: {},
  risk: "execute",
  preview: {},
  rule
})

/** Ids of all messages to the agent in their order: the user's, and the first end of each that was started in the background. */
const sentIn = (events: ReadonlyArray<AgentEvent>): ReadonlyArray<string> => {
  const running = new Set<string>()
  const known = new Set<string>()
  return events.flatMap((event) => {
    if (event.type === "user.message") return [event.id]
    if (event.type === "background.started" && !known.has(event.id)) {
      known.add(event.id)
      running.add(event.id)
    }
    return event.type === "background.settled" && running.delete(event.id) ? [`background:${event.id}`] : []
  })
}

const last = (seen: ReadonlyArray<Seen>): Seen => seen.at(-1) as Seen
const told = (seen: ReadonlyArray<Seen>): ReadonlyArray<AgentNotice> => seen.flatMap(({ notices }) => notices)

describe("in any order of events", () => {
  it("asks the model only when every call has exactly one answer, right behind its reply", () => {
    fc.assert(
      fc.property(histories, (history) => {
        for (const { state } of live(history)) {
          const { transcript } = state.context
          const answered = answersIn(transcript).map((message) => message.callId)
          expect(new Set(answered).size).toBe(answered.length)
          const given = transcript.flatMap((message) => callsOf(message).map((call) => call.id))
          expect(answered.filter((id) => !given.includes(id))).toEqual([])
          if (!state.matches("acting")) expect(answered.length).toBe(given.length)
          transcript.forEach((message, at) => {
            const before = transcript[at - 1]
            if (message.role === "tool") expect(before?.role === "tool" || before?.role === "assistant").toBe(true)
          })
        }
      })
    )
  })

  it("ends every turn in exactly one terminal notice", () => {
    fc.assert(
      fc.property(histories, (history) => {
        let running = false
        for (const { event, notices } of live(history)) {
          for (const notice of notices) {
            if (notice.type === "agent.started") {
              expect(running).toBe(false)
              running = true
            }
            // What waits while there is no turn, during a compaction, ends with the process or the session.
            if (isTerminal(notice)) {
              expect(running || event.type === "session.opened" || event.type === "session.closed").toBe(true)
              running = false
            }
          }
        }
      })
    )
  })

  it("loses no message: each is read once, and named by the turn that read it", () => {
    fc.assert(
      fc.property(histories, (history) => {
        const seen = live(history)
        const sent = sentIn(seen.map(({ event }) => event))
        const started = told(seen).flatMap((notice) => (notice.type === "agent.started" ? notice.messages : []))
        const read = new Set(started)
        let heard: ReadonlyArray<string> = []
        for (const { state } of seen) {
          const now = state.context.transcript.flatMap((message) =>
            message.role === "user" && message.id !== "summary" ? [message.id] : []
          )
          expect(new Set(now).size).toBe(now.length)
          heard = [...new Set([...heard, ...now])]
        }
        const waiting = last([...seen]).state.context.mail.map(({ message }) => message.id)
        expect([...heard, ...waiting]).toEqual(sent)
        expect(started.length).toBe(read.size)
      })
    )
  })

  it("gives the same conversation when its events are replayed", () => {
    fc.assert(
      fc.property(histories, (history) => {
        const seen = live(history)
        const again = happen(seen.map(({ event }) => JSON.parse(JSON.stringify(event)) as AgentEvent))
        expect(last([...again]).state.context).toEqual(last([...seen]).state.context)
      })
    )
  })

  it("never spends more rounds than a turn may take", () => {
    fc.assert(
      fc.property(histories, (history) => {
        for (const { state } of live(history)) expect(state.context.turn.rounds).toBeLessThanOrEqual(10)
      })
    )
  })

  it("is made whole by an opening, whatever was running", () => {
    fc.assert(
      fc.property(histories, (history) => {
        const events = live(history).map(({ event }) => event)
        const { state } = last(happen([...events, opened()]))
        expect(state.value).toBe("idle")
        expect(openCalls(state.context.transcript)).toEqual([])
        expect(state.context.mail).toEqual([])
      })
    )
  })
})

describe("a turn", () => {
  it("thinks, acts, thinks again and replies", () => {
    const seen = happen([
      opened(),
      says("m1"),
      reply("let me see", [{ id: "a" }]),
      { type: "tool.started", callId: "a", idempotent: true },
      settled("a"),
      reply("done")
    ])
    expect(told(seen).map(({ type }) => type)).toEqual([
      "agent.started",
      "agent.said",
      "agent.acting",
      "agent.settled",
      "agent.said",
      "agent.replied"
    ])
    expect(told(seen).at(-1)).toMatchObject({ text: "done", verified: false, messages: ["m1"] })
    expect(last(seen).state.context.transcript.map(({ role }) => role)).toEqual([
      "user",
      "assistant",
      "tool",
      "assistant"
    ])
  })

  it("waits for all of several calls, in whatever order they settle", () => {
    const seen = happen([opened(), says("m1"), reply("", [{ id: "a" }, { id: "b" }]), settled("b"), settled("b")])
    expect(last(seen).state.matches("acting")).toBe(true)
    expect(last(happen([...seen.map(({ event }) => event), settled("a")])).state.value).toBe("thinking")
  })

  it("reads a message that arrived meanwhile behind the answers of the round", () => {
    const seen = happen([opened(), says("m1"), reply("", [{ id: "a" }]), says("m2"), settled("a")])
    expect(last(seen).state.context.transcript.map(({ role }) => role)).toEqual(["user", "assistant", "tool", "user"])
    expect(told(seen)).toContainEqual({ type: "agent.queued", id: "m2", said: { id: "m2", text: "m2" } })
    const end = told(happen([...seen.map(({ event }) => event), reply("both done")])).at(-1)
    expect(end).toMatchObject({ type: "agent.replied", messages: ["m1", "m2"] })
  })

  it("starts the next turn at once for a message that arrived during the last reply", () => {
    const seen = happen([opened(), says("m1"), says("m2"), reply("first")])
    expect(told(seen).map(({ type }) => type)).toEqual([
      "agent.started",
      "agent.queued",
      "agent.said",
      "agent.replied",
      "agent.started"
    ])
    expect(last(seen).state.value).toBe("thinking")
  })

  it("ends when a final tool says that the task is verified, and not when its verification fails", () => {
    const begun = [opened(), says("m1"), reply("", [{ id: "a" }])]
    const failed = happen([
      ...begun,
      settled("a", { final: true, answer: { success: false, error: "fib.js is missing" } })
    ])
    expect(last(failed).state.value).toBe("thinking")
    const verified = happen([
      ...begun,
      settled("a", { final: true, answer: { success: true, summary: "fib.js is there" } })
    ])
    expect(told(verified).at(-1)).toMatchObject({ type: "agent.replied", text: "fib.js is there", verified: true })
    expect(last(verified).state.value).toBe("idle")
  })

  it("keeps what was heard when it is cancelled while thinking", () => {
    const seen = happen([
      opened(),
      says("m1"),
      { type: "model.text", delta: "I beg" },
      { type: "model.text", delta: "in" },
      { type: "user.cancel" }
    ])
    const message = last(seen).state.context.transcript.at(-1)
    expect(message).toMatchObject({ role: "assistant", interrupted: true })
    expect(message === undefined ? "" : textOf(message)).toBe("I begin")
    expect(told(seen).at(-1)).toMatchObject({ type: "agent.cancelled", messages: ["m1"] })
  })

  it("forgets a reply that is tried again", () => {
    const seen = happen([
      opened(),
      says("m1"),
      { type: "model.text", delta: "half" },
      { type: "model.retrying", attempt: 1, delay: 5, reason: "cut" },
      { type: "user.cancel" }
    ])
    expect(last(seen).state.context.transcript.map(({ role }) => role)).toEqual(["user"])
  })

  it("tells calls that were cancelled while running from those that never ran", () => {
    const seen = happen([
      opened(),
      says("m1"),
      reply("", [{ id: "a" }, { id: "b" }]),
      { type: "tool.started", callId: "a", idempotent: false },
      { type: "user.cancel" }
    ])
    const [a, b] = answersIn(last(seen).state.context.transcript).map(textOf)
    expect(a).toContain("effects may be partial")
    expect(b).toContain("before it ran")
  })

  it("stops after its rounds are spent", () => {
    const seen = happen([opened({ maxTurns: 1 }), says("m1"), reply("", [{ id: "a" }]), settled("a")])
    expect(told(seen).at(-1)).toMatchObject({ type: "agent.failed", failure: { code: "max_turns" } })
  })

  it("fails on a reply that was cut by the output limit, and keeps its text", () => {
    const seen = happen([opened(), says("m1"), { ...reply("so far"), finishReason: "length" }])
    expect(told(seen).at(-1)).toMatchObject({ type: "agent.failed", failure: { code: "length" } })
    expect(last(seen).state.context.transcript.map(textOf)).toEqual(["m1", "so far"])
  })

  it("answers plainly, without calls, when the loop is off", () => {
    const seen = happen([opened({ loop: false }), says("m1"), reply("forty-two", [{ id: "a" }])])
    expect(told(seen).at(-1)).toMatchObject({ type: "agent.replied", text: "forty-two" })
    expect(last(seen).state.context.transcript.flatMap(callsOf)).toEqual([])
  })

  it("sums usage and cost, and says unknown as soon as one cost is unknown", () => {
    const usage = { input: 10, output: 5, cacheRead: 2, cacheWrite: 1 }
    const paid = happen([
      opened(),
      says("m1"),
      { ...reply("", [{ id: "a" }]), usage, cost: 0.5 },
      settled("a"),
      { ...reply("done"), usage, cost: 0.25 }
    ])
    expect(told(paid).at(-1)).toMatchObject({
      spent: { usage: { input: 20, output: 10, cacheRead: 4, cacheWrite: 2 }, cost: 0.75 }
    })
    expect(last(paid).state.context.contextUsed).toBe(15)
    const unknown = happen([...paid.map(({ event }) => event), says("m2"), { ...reply("more"), usage }])
    expect(told(unknown).at(-1)).toHaveProperty("spent.cost", undefined)
  })
})

describe("a model that goes round in circles", () => {
  const round = (n: number, data = "same", input: unknown = { path: "a" }): ReadonlyArray<AgentEvent> => [
    reply("", [{ id: `c${n}`, input }]),
    settled(`c${n}`, { answer: { success: true, data } })
  ]
  const rounds = (count: number, make: (n: number) => ReadonlyArray<AgentEvent>) =>
    happen([opened({ maxTurns: 40 }), says("m1"), ...Array.from({ length: count }, (_, n) => make(n)).flat()])

  it("is told after three equal rounds and stopped after five", () => {
    const warning = (seen: ReadonlyArray<Seen>) =>
      textOf(last(seen).state.context.transcript.at(-1)!).includes("will not change")
    expect(warning(rounds(2, (n) => round(n)))).toBe(false)
    expect(warning(rounds(3, (n) => round(n)))).toBe(true)
    expect(last(rounds(4, (n) => round(n))).state.value).toBe("thinking")
    const stopped = rounds(5, (n) => round(n))
    expect(told(stopped).at(-1)).toMatchObject({ type: "agent.failed", failure: { code: "repetition" } })
  })

  it("is noticed when it alternates between two calls", () => {
    const stopped = rounds(10, (n) => round(n, "same", { path: n % 2 }))
    expect(told(stopped).at(-1)).toMatchObject({ type: "agent.failed", failure: { code: "repetition" } })
  })

  it("may repeat a call whose answer changes", () => {
    expect(last(rounds(12, (n) => round(n, `at ${n} %`))).state.value).toBe("thinking")
  })
})

describe("permission questions", () => {
  const two = [opened(), says("m1"), reply("", [{ id: "a" }, { id: "b" }]), ask("q1", "a"), ask("q2", "b")]

  it("are asked while others run, and the state says so", () => {
    expect(last(happen(two)).state.value).toEqual({ acting: "asking" })
    const answered = happen([...two, { type: "permission.answered", id: "q1", decision: "allow" }])
    expect(last(answered).state.context.questions.map(({ id }) => id)).toEqual(["q2"])
  })

  it("are all answered by one “always” that covers them, for the rest of the session", () => {
    const seen = happen([...two, { type: "permission.answered", id: "q1", decision: "always" }])
    expect(last(seen).state.value).toEqual({ acting: "running" })
    expect(last(seen).notices).toEqual([
      { type: "agent.answered", id: "q1", decision: "always" },
      { type: "agent.answered", id: "q2", decision: "always" }
    ])
    expect(last(seen).state.context.allowed).toEqual(["echo"])
  })

  it("go with their call", () => {
    const seen = happen([...two, settled("a"), settled("b")])
    expect(last(seen).state.context.questions).toEqual([])
    expect(last(happen([...two, { type: "user.cancel" }])).state.context.questions).toEqual([])
  })
})

describe("what running calls want to know", () => {
  const inquiry: Inquiry = { from: "x", message: "?", fields: [{ name: "n", type: "integer", required: true }] }
  const asked = { ...ask("q1", "a"), inquiry } as AgentEvent
  const both = [opened(), says("m1"), reply("", [{ id: "a" }, { id: "b" }]), asked, ask("q2", "b")]
  const answered = (more: Partial<Extract<AgentEvent, { type: "permission.answered" }>>): AgentEvent => ({
    type: "permission.answered",
    id: "q1",
    decision: "allow",
    ...more
  })

  it("is answered by what fits, and by nothing else", () => {
    const unfit: ReadonlyArray<Record<string, string | number>> = [{}, { n: "x" }, { m: 1 }, { n: 1.5 }]
    for (const content of unfit) {
      const seen = happen([...both, answered({ content })])
      expect(last(seen).state.context.questions.map(({ id }) => id)).toEqual(["q1", "q2"])
      expect(last(seen).notices).toEqual([])
    }
    const seen = happen([...both, answered({ content: { n: "3" } })])
    expect(last(seen).state.context.questions.map(({ id }) => id)).toEqual(["q2"])
    expect(last(seen).notices).toEqual([{ type: "agent.answered", id: "q1", decision: "allow" }])
    expect(last(happen([...both, answered({ decision: "deny" })])).state.context.questions).toHaveLength(1)
  })

  it("knows no “always”: neither its own answers others, nor that of others it", () => {
    const own = last(happen([...both, answered({ decision: "always", content: { n: 3 } })]))
    expect(own.state.context).toMatchObject({ allowed: [], questions: [{ id: "q2" }] })
    const others = last(happen([...both, answered({ id: "q2", decision: "always" })]))
    expect(others.state.context).toMatchObject({ allowed: ["echo"], questions: [{ id: "q1" }] })
  })

  it("is gone with the process that asked, whatever the journal holds", () => {
    for (const opening of [opened({ goOn: true }), opened()]) {
      expect(last(happen([...both, opening])).state.context.questions).toEqual([])
      const late = happen([...both, opening, answered({ content: { n: 3 } })])
      expect(last(late).notices).toEqual([])
    }
  })
})

describe("between turns", () => {
  const talked = [opened(), says("m1"), reply("hello")]

  it("replaces the conversation by its summary, and keeps it when that fails", () => {
    const compacting = [...talked, { type: "user.compact" as const }]
    expect(last(happen(compacting)).state.value).toBe("compacting")
    const done = last(happen([...compacting, { type: "compaction.finished", summary: "they said hello" }]))
    expect(done.state.context.transcript.map(textOf).join()).toContain("they said hello")
    const failed = last(
      happen([...compacting, { type: "compaction.failed", failure: { code: "unavailable", message: "down" } }])
    )
    expect(failed.state.context.transcript.length).toBe(2)
    expect(failed.notices).toEqual([{ type: "agent.warned", failure: { code: "unavailable", message: "down" } }])
  })

  it("forgets on request, but not while it works", () => {
    expect(last(happen([...talked, { type: "user.clear" }])).state.context.transcript).toEqual([])
    expect(last(happen([opened(), says("m1"), { type: "user.clear" }])).state.context.transcript.length).toBe(1)
  })
})

describe("an opening after a crash", () => {
  it("says of each call whether it ran and whether it may be repeated", () => {
    const calls = reply("", [{ id: "a" }, { id: "b" }, { id: "c" }])
    const seen = happen([
      opened(),
      says("m1"),
      calls,
      { type: "tool.started", callId: "a", idempotent: false },
      { type: "tool.started", callId: "b", idempotent: true },
      opened()
    ])
    const [a, b, c] = answersIn(last(seen).state.context.transcript).map(textOf)
    expect(a).toContain("state unknown")
    expect(b).toContain("safe to call again")
    expect(c).toContain("not run")
  })
})
