import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { callsOf, textOf } from "../../llm/message.ts"
import type { AgentEvent, AgentNotice } from "../../machines/events.ts"
import { openCalls } from "../../machines/transcript.ts"
import { resumeLimit } from "../../machines/turn.ts"
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

type Terminal = Extract<AgentNotice, { messages: ReadonlyArray<string>; spent: unknown }>

const isTerminal = (notice: AgentNotice): notice is Terminal =>
  ["agent.replied", "agent.failed", "agent.cancelled"].includes(notice.type)

const told = (seen: ReadonlyArray<Seen>): ReadonlyArray<AgentNotice> => seen.flatMap(({ notices }) => notices)
const typesOf = (seen: ReadonlyArray<Seen>): ReadonlyArray<string> => told(seen).map(({ type }) => type)
const lastOf = (seen: ReadonlyArray<Seen>): Seen => seen.at(-1) as Seen
const goOn = opened({ goOn: true })
const resumed: AgentEvent = { type: "session.resumed" }
const started = (callId: string, idempotent = false): AgentEvent => ({ type: "tool.started", callId, idempotent })
const settled = (callId: string, final = false): AgentEvent => ({
  type: "tool.settled",
  callId,
  answer: { success: true, data: "ok" },
  final
})
const asked = (id: string, callId: string): AgentEvent => ({
  type: "permission.asked",
  id,
  callId,
  tool: "echo",
  input: {},
  risk: "execute",
  preview: {},
  rule: "echo"
})

/** What must happen next so that the agent comes to rest; `undefined` when it does. */
const nextOf = ({ state }: Seen): AgentEvent | undefined => {
  if (state.matches("interrupted")) return resumed
  if (state.matches("thinking")) return reply("done")
  if (state.matches("compacting")) return { type: "compaction.finished", summary: "all of it" }
  const [call] = state.matches("acting") ? openCalls(state.context.transcript) : []
  return call === undefined ? undefined : settled(call.id)
}

/** Lets these events happen, and then whatever brings the agent to rest. */
const untilRest = (events: ReadonlyArray<AgentEvent>): ReadonlyArray<Seen> => {
  const all = [...events]
  for (;;) {
    const seen = happen(all)
    const next = nextOf(lastOf(seen))
    if (next === undefined) return seen
    all.push(next)
  }
}

/** Ids of all messages that somebody said, and of the results that became one. */
const messagesIn = (seen: ReadonlyArray<Seen>): ReadonlyArray<string> =>
  seen.flatMap(({ event, notices }) => [
    ...(event.type === "user.message" ? [event.id] : []),
    ...notices.flatMap((notice) =>
      notice.type === "agent.background" && notice.result !== undefined ? [`background:${notice.id}`] : []
    )
  ])

describe("an opening at any point of any history", () => {
  const cases = fc.tuple(histories, fc.nat(80), fc.boolean())

  it("lets every message end exactly once", () => {
    fc.assert(
      fc.property(cases, ([history, length, isGoingOn]) => {
        const before = live(history.slice(0, length)).map(({ event }) => event)
        const seen = untilRest([...before, opened(isGoingOn ? { goOn: true } : {})])
        const ended = told(seen).flatMap((notice) => (isTerminal(notice) ? notice.messages : []))
        expect([...ended].toSorted()).toEqual([...messagesIn(seen)].toSorted())
      })
    )
  })

  it("leaves no call without an answer, in the conversation and in what is told", () => {
    fc.assert(
      fc.property(cases, ([history, length, isGoingOn]) => {
        const before = live(history.slice(0, length)).map(({ event }) => event)
        const seen = happen([...before, opened(isGoingOn ? { goOn: true } : {})])
        const { transcript, questions } = lastOf(seen).state.context
        const given = transcript.flatMap((message) => callsOf(message).map(({ id }) => id))
        expect(transcript.flatMap((message) => (message.role === "tool" ? [message.callId] : []))).toEqual(
          expect.arrayContaining(given)
        )
        expect(questions).toEqual([])
        const open = new Set<string>()
        for (const notice of told(seen)) {
          if (notice.type === "agent.acting") open.add(notice.call.id)
          if (notice.type === "agent.settled") open.delete(notice.call.id)
          if (notice.type === "agent.replied" || notice.type === "agent.cancelled") open.clear()
        }
        expect([...open]).toEqual([])
      })
    )
  })

  it("goes on with the turn that was open, and with none else", () => {
    fc.assert(
      fc.property(cases, ([history, length]) => {
        const before = live(history.slice(0, length))
        const { turn, mail } = lastOf(before).state.context
        const seen = lastOf(happen([...before.map(({ event }) => event), goOn]))
        const isOpen = turn.messages.length + mail.length > 0 && (turn.resumed ?? 0) < resumeLimit
        expect(seen.state.matches("interrupted")).toBe(isOpen)
        if (isOpen) expect(seen.state.context.turn.messages.slice(0, turn.messages.length)).toEqual(turn.messages)
      })
    )
  })
})

describe("a turn that its process left open", () => {
  const thinking = [opened(), says("m1"), { type: "model.text", delta: "I was" } as const]
  const acting = [
    opened(),
    says("m1"),
    reply("", [{ id: "a" }, { id: "b" }, { id: "c" }]),
    started("a"),
    started("b", true),
    asked("q", "c"),
    says("m2")
  ]

  it("ends with the next opening, if nobody wants it to go on", () => {
    const seen = happen([...acting, opened()])
    expect(lastOf(seen).notices.map(({ type }) => type)).toEqual([
      "agent.settled",
      "agent.settled",
      "agent.settled",
      "agent.failed"
    ])
    expect(lastOf(seen).notices.at(-1)).toMatchObject({
      failure: { code: "interrupted", message: expect.stringContaining("go on") },
      messages: ["m1", "m2"]
    })
    expect(lastOf(seen).state.matches("idle")).toBe(true)
    expect(lastOf(seen).state.context.transcript.map(({ role }) => role)).toEqual([
      "user",
      "assistant",
      "tool",
      "tool",
      "tool",
      "user"
    ])
  })

  it("goes on where it was: its calls are answered, its questions closed, its mail read, and what was streamed is void", () => {
    const seen = happen([...acting, goOn, resumed])
    const { state } = lastOf(seen)
    expect(state.matches("thinking")).toBe(true)
    expect(state.context.questions).toEqual([])
    const answers = state.context.transcript.flatMap((message) => (message.role === "tool" ? [textOf(message)] : []))
    expect(answers.map((text) => /state unknown|safe to call|not run/.exec(text)?.[0])).toEqual([
      "state unknown",
      "safe to call",
      "not run"
    ])
    expect(state.context.transcript.at(-1)).toMatchObject({ role: "user", id: "m2" })
    expect(typesOf(seen).slice(-4)).toEqual(["agent.settled", "agent.settled", "agent.settled", "agent.resumed"])
    expect(told(seen).at(-1)).toEqual({ type: "agent.resumed", messages: ["m1"], times: 1 })

    const again = lastOf(happen([...thinking, goOn, resumed])).state.context
    expect(again).toMatchObject({ partial: "", turn: { rounds: 1, resumed: 1 } })
    expect(again.transcript.map(({ role }) => role)).toEqual(["user"])
  })

  it("rests until it is told that everything is there, and is stopped meanwhile", () => {
    const seen = happen([...acting, goOn, { type: "user.cancel" }])
    expect(
      happen([...acting, goOn])
        .at(-1)
        ?.state.matches("interrupted")
    ).toBe(true)
    expect(lastOf(seen).notices).toMatchObject([
      { type: "agent.cancelled", messages: ["m1"] },
      { type: "agent.started", messages: ["m2"] }
    ])
  })

  it("goes on three times, then it fails and says why", () => {
    const lives = [goOn, resumed, goOn, goOn, resumed]
    expect(told(happen([...thinking, ...lives])).at(-1)).toMatchObject({ type: "agent.resumed", times: 3 })
    const seen = happen([...thinking, ...lives, goOn])
    expect(lastOf(seen).notices).toMatchObject([
      {
        type: "agent.failed",
        messages: ["m1"],
        failure: { code: "interrupted", message: expect.stringMatching(/4 times/) }
      }
    ])
    expect(lastOf(seen).state.matches("idle")).toBe(true)
    // Another turn has its own three.
    const next = happen([...seen.map(({ event }) => event), says("m2"), goOn])
    expect(lastOf(next).state.matches("interrupted")).toBe(true)
  })

  it("may still ask as often as it might, and ends when what was verified is only to be told", () => {
    const last = [opened({ maxTurns: 1 }), says("m1")]
    expect(told(untilRest([...last, opened({ maxTurns: 1, goOn: true })])).at(-1)).toMatchObject({
      type: "agent.replied"
    })
    const spent = happen([...last, reply("", [{ id: "a" }]), opened({ maxTurns: 1, goOn: true }), resumed])
    expect(told(spent).at(-1)).toMatchObject({ type: "agent.failed", failure: { code: "max_turns" } })
    const verified = happen([
      opened(),
      says("m1"),
      reply("", [{ id: "a" }, { id: "b" }]),
      settled("b", true),
      goOn,
      resumed
    ])
    expect(told(verified).at(-1)).toMatchObject({ type: "agent.replied", verified: true })
  })

  it("compacts anew what did not fit, and says that a summary never came which the user had asked for", () => {
    const crowded = [opened(), says("m0"), reply("long"), says("m1"), { type: "model.full" } as const]
    const again = happen([...crowded, goOn, resumed, { type: "model.full" }])
    expect(lastOf(again).state.matches("compacting")).toBe(true)

    const asking = [opened(), says("m0"), reply("long"), { type: "user.compact" } as const]
    const dropped = { type: "agent.warned", failure: { code: "interrupted" } }
    expect(lastOf(happen([...asking, goOn])).notices).toMatchObject([dropped])
    expect(lastOf(happen([...asking, says("m1"), opened()])).notices).toMatchObject([
      dropped,
      { type: "agent.failed", messages: ["m1"] }
    ])
    const served = happen([...asking, says("m1"), goOn, resumed])
    expect(typesOf(served).slice(-3)).toEqual(["agent.warned", "agent.started", "agent.resumed"])
    expect(lastOf(served).state.matches("thinking")).toBe(true)
  })

  it("is cancelled for good when the session is closed, with what waits", () => {
    const closed = [...acting, { type: "session.closed" } as const]
    expect(lastOf(happen(closed)).notices).toMatchObject([{ type: "agent.cancelled", messages: ["m1", "m2"] }])
    const seen = happen([...closed, goOn])
    expect(lastOf(seen).notices).toEqual([])
    expect(lastOf(seen).state.matches("idle")).toBe(true)
    expect(openCalls(lastOf(seen).state.context.transcript)).toEqual([])
  })

  it("goes on with what came from the background while nobody was there", () => {
    const before = [opened(), says("m1"), backgroundStarted("b1"), reply("off it goes")]
    const seen = happen([...before, backgroundSettled("b1", { end: "interrupted" }), goOn, resumed])
    expect(typesOf(seen).slice(-3)).toEqual(["agent.background", "agent.started", "agent.resumed"])
  })
})
