/** What plugins say before a model reads a message, and before a turn ends: what becomes of messages, turns and their ends. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { callsOf, textOf } from "../../llm/message.ts"
import type { AgentEvent, AgentNotice } from "../../machines/events.ts"
import { openCalls } from "../../machines/transcript.ts"
import {
  admitted,
  backgroundSettled,
  backgroundStarted,
  gated,
  gatedHistories,
  happen,
  happens,
  histories,
  live,
  opened,
  opposed,
  refused,
  reply,
  says,
  type Seen
} from "./happenings.ts"

type Terminal = Extract<AgentNotice, { messages: ReadonlyArray<string>; spent: unknown }>

const isTerminal = (notice: AgentNotice): notice is Terminal =>
  ["agent.replied", "agent.failed", "agent.cancelled"].includes(notice.type)
const told = (seen: ReadonlyArray<Seen>): ReadonlyArray<AgentNotice> => seen.flatMap(({ notices }) => notices)
const lastOf = (seen: ReadonlyArray<Seen>): Seen => seen.at(-1) as Seen
const endsIn = (seen: ReadonlyArray<Seen>): ReadonlyArray<Terminal> => told(seen).filter(isTerminal)
const warningsIn = (seen: ReadonlyArray<Seen>): ReadonlyArray<string> =>
  told(seen).flatMap((notice) => (notice.type === "agent.warned" ? [notice.failure.message] : []))
const textsIn = (seen: ReadonlyArray<Seen>): ReadonlyArray<string> => lastOf(seen).state.context.transcript.map(textOf)
const after = (...events: ReadonlyArray<AgentEvent>): ReadonlyArray<Seen> => happen([opened(), ...events])
const whole = { ...reply("done"), gated: true as const }
const passed: AgentEvent = { type: "ending.passed" }
const cancel: AgentEvent = { type: "user.cancel" }
const goOn = opened({ goOn: true })
const resumed: AgentEvent = { type: "session.resumed" }
const settled = (callId: string, more: object = {}): AgentEvent => ({
  type: "tool.settled",
  callId,
  answer: { success: true, data: "ok" },
  final: false,
  ...more
})
const asked = (id: string, callId: string, rule = "echo"): AgentEvent => ({
  type: "permission.asked",
  id,
  callId,
  tool: "echo",
  input: {},
  risk: "execute",
  preview: {},
  rule
})

describe("whatever plugins say, and whenever the process ends,", () => {
  /** What must happen next so that the agent comes to rest; `undefined` when it does. */
  const nextOf = ({ state }: Seen): AgentEvent | undefined => {
    const { mail, transcript } = state.context
    if (state.matches("interrupted")) return resumed
    if (state.matches("thinking")) return reply("done")
    if (state.matches("ending")) return passed
    if (state.matches("compacting")) return { type: "compaction.finished", summary: "all of it" }
    const waits = state.matches("admitting") ? mail.find(({ gate }) => gate === "asked") : undefined
    if (waits !== undefined) return admitted(waits.message.id)
    const [call] = state.matches("acting") ? openCalls(transcript) : []
    return call === undefined ? undefined : settled(call.id)
  }

  /** These events, and then what must happen next until nothing must. */
  const untilRest = (before: ReadonlyArray<Seen>, ...events: ReadonlyArray<AgentEvent>): ReadonlyArray<Seen> => {
    const seen = [...before]
    const waiting = [...events]
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift() ?? nextOf(lastOf(seen))) {
      if (seen.length > before.length + 1000) throw new Error("it never comes to rest")
      seen.push(happens(lastOf(seen).state, next))
    }
    return seen
  }

  const messagesIn = (seen: ReadonlyArray<Seen>): ReadonlyArray<string> =>
    seen.flatMap(({ event, notices }) => [
      ...(event.type === "user.message" ? [event.id] : []),
      ...notices.flatMap((notice) =>
        notice.type === "agent.background" && notice.result !== undefined ? [`background:${notice.id}`] : []
      )
    ])

  it("every message has exactly one end", () => {
    fc.assert(
      fc.property(gatedHistories, fc.boolean(), (history, isGoingOn) => {
        const seen = untilRest(live(history), opened(isGoingOn ? { goOn: true } : {}))
        const ended = endsIn(seen).flatMap(({ messages }) => messages)
        expect([...ended].toSorted()).toEqual([...messagesIn(seen)].toSorted())
        expect(lastOf(seen).state.value).toBe("idle")
      }),
      { numRuns: 60 }
    )
  })

  it("no model is asked with a message that was not admitted, or was refused", () => {
    fc.assert(
      fc.property(gatedHistories, (history) => {
        const [shut, open, out] = [new Set<string>(), new Set<string>(), new Set<string>()]
        const mayNot = (id: string): boolean => (shut.has(id) && !open.has(id)) || out.has(id)
        const read = new Set<string>()
        let waiting: ReadonlyArray<string> = []
        for (const { event, state } of live(history)) {
          if (event.type === "user.message" && event.gated === true) shut.add(event.id)
          if (event.type === "message.admitted" && waiting.includes(event.id)) open.add(event.id)
          if (event.type === "message.refused" && waiting.includes(event.id)) out.add(event.id)
          const { mail, transcript } = state.context
          waiting = mail.flatMap(({ message, gate }) => (gate === "asked" ? [message.id] : []))
          for (const message of transcript) if (message.role === "user" && mayNot(message.id)) read.add(message.id)
        }
        expect([...read]).toEqual([])
      })
    )
  })

  it("calls and answers are paired, and a replay of the journal equals the first run", () => {
    fc.assert(
      fc.property(gatedHistories, (history) => {
        const seen = live(history)
        for (const { state } of seen) {
          if (state.matches("acting")) continue
          const { transcript } = state.context
          const given = transcript.flatMap((message) => callsOf(message).map(({ id }) => id))
          const answered = transcript.flatMap((message) => (message.role === "tool" ? [message.callId] : []))
          expect(answered.toSorted().join()).toBe(given.toSorted().join())
        }
        const again = happen(seen.map(({ event }) => JSON.parse(JSON.stringify(event)) as AgentEvent))
        expect(lastOf(again).state.context).toEqual(lastOf(seen).state.context)
        expect(told(again)).toEqual(told(seen))
      })
    )
  })

  it("an opening finds rest, and the next turn reads what waits as soon as it is admitted", () => {
    fc.assert(
      fc.property(gatedHistories, (history) => {
        const before = live(history)
        const rest = happens(lastOf(before).state, opened({ maxTurns: 99 })).state
        expect(rest.value).toBe("idle")
        const held = rest.context.mail.map(({ message }) => message.id)
        const seen = untilRest(before, opened({ maxTurns: 99 }), says("next"))
        const ids = lastOf(seen).state.context.transcript.flatMap((one) => (one.role === "user" ? [one.id] : []))
        expect(ids).toEqual(expect.arrayContaining(held))
        expect(lastOf(seen).state.context.mail).toEqual([])
        expect(endsIn(seen).at(-1)?.messages).toEqual(["next"])
      }),
      { numRuns: 40 }
    )
  })

  it("a session of before goes the way it went", () => {
    fc.assert(
      fc.property(histories, (history) => {
        for (const { state } of live(history)) {
          expect(state.matches("admitting") || state.matches("ending")).toBe(false)
          expect(JSON.stringify(state.context)).not.toMatch(/"(gate|held|typed|again|ending)"/)
        }
      })
    )
  })
})

describe("a message that plugins have a say in", () => {
  it("is read by the model as what it stands for, and shown as it was typed", () => {
    const seen = after(gated("m1", "/review src"), admitted("m1", "Review src."), reply("fine"))
    expect(told(seen)[0]).toEqual({
      type: "agent.started",
      messages: ["m1"],
      said: [{ id: "m1", text: "/review src" }]
    })
    expect(textsIn(seen)).toEqual(["Review src.", "fine"])
    expect(lastOf(seen).state.context.transcript[0]).toMatchObject({ id: "m1", typed: "/review src" })
    expect(textsIn(after(gated("m1", "plain"), admitted("m1")))).toEqual(["plain"])
  })

  it("that comes while a turn runs is admitted before the round that reads it, in the order in which all was said", () => {
    const seen = after(says("m1"), reply("", [{ id: "a" }]), gated("m2"), says("m3"), settled("a"))
    expect(lastOf(seen).state.matches("admitting")).toBe(true)
    expect(textsIn(seen)).toEqual(["m1", "", "ok"])
    const read = happen([...seen.map(({ event }) => event), gated("m4"), admitted("m2")])
    expect(lastOf(read).state.matches("admitting")).toBe(true)
    const all = happen([...read.map(({ event }) => event), admitted("m4"), reply("done")])
    expect(textsIn(all)).toEqual(["m1", "", "ok", "m2", "m3", "m4", "done"])
    expect(endsIn(all)).toMatchObject([{ type: "agent.replied", messages: ["m1", "m2", "m3", "m4"] }])
  })

  it("ends its turn when it is refused, and says who refused it and what would let it through", () => {
    const seen = after(gated("m1"), refused("m1", "execute_bash(git *)"), says("m2"))
    expect(endsIn(seen)).toMatchObject([
      {
        type: "agent.failed",
        failure: { code: "refused", message: "plugin gate refuses m1", needs: "execute_bash(git *)" },
        messages: ["m1"]
      }
    ])
    expect(textsIn(seen)).toEqual(["m2"])
    const both = after(says("m0"), gated("m1"), gated("m2"), reply("done"), refused("m1"), refused("m2"))
    expect(endsIn(both).map(({ messages }) => messages)).toEqual([["m0"], ["m1", "m2"]])
    expect(endsIn(both)[1]).toMatchObject({ failure: { message: "plugin gate refuses m1 plugin gate refuses m2" } })
  })

  it("that is refused beside others is told as a warning, and ends when the turn does", () => {
    const steered = after(says("m1"), reply("", [{ id: "a" }]), gated("m2", "my  words"), settled("a"), refused("m2"))
    expect(lastOf(steered).state.matches("thinking")).toBe(true)
    expect(warningsIn(steered)).toEqual(["“my words” is left out of what you said. plugin gate refuses m2"])
    const [end] = endsIn(happen([...steered.map(({ event }) => event), reply("done")]))
    expect(end).toMatchObject({ type: "agent.replied", messages: ["m1", "m2"] })
    const result = after(
      backgroundStarted("b"),
      says("m0"),
      gated("m1"),
      backgroundSettled("b"),
      reply("done"),
      refused("m1")
    )
    expect(lastOf(result).state.matches("thinking")).toBe(true)
    expect(warningsIn(result)).toHaveLength(1)
    expect(textsIn(result).join()).toContain("found by b")
  })

  it("that is refused ends no turn that has come far, whatever a summary has left of it", () => {
    const seen = after(
      backgroundStarted("b"),
      backgroundSettled("b"),
      reply("", [{ id: "a" }]),
      settled("a"),
      { type: "model.full" },
      gated("m1"),
      { type: "compaction.finished", summary: "so far", kept: 0 },
      refused("m1")
    )
    expect(endsIn(seen)).toEqual([])
    expect(lastOf(seen).state.matches("thinking")).toBe(true)
  })

  it("is gone when the turn is cancelled meanwhile; what else was said stays", () => {
    const seen = after(says("m0"), reply("", [{ id: "a" }]), gated("m1"), says("m2"), settled("a"), gated("m3"), cancel)
    expect(endsIn(seen)).toMatchObject([{ type: "agent.cancelled", messages: ["m0", "m1", "m2"] }])
    expect(textsIn(seen)).toEqual(["m0", "", "ok", "m2"])
    expect(lastOf(seen).state.context.mail).toMatchObject([{ message: { id: "m3" }, gate: "asked" }])
    expect(textsIn(after(gated("m1"), cancel, says("m2")))).toEqual(["m2"])
  })

  it("asks its user, is answered, and asks no more when it is admitted", () => {
    const asking = after(gated("m1"), asked("q1", "m1"), asked("q2", "m1"), asked("q3", "other"))
    expect(lastOf(asking).state.value).toEqual({ admitting: "asking" })
    expect(lastOf(asking).state.context.questions.map(({ id }) => id)).toEqual(["q1", "q2"])
    const answered = happen([
      ...asking.map(({ event }) => event),
      { type: "permission.answered", id: "q1", decision: "always" }
    ])
    expect(lastOf(answered).state.context).toMatchObject({ questions: [], allowed: ["echo"] })
    const read = happen([...asking.map(({ event }) => event), admitted("m1")])
    expect(lastOf(read).state.context.questions).toEqual([])
  })

  it("is asked about each time anew where a plugin wants its user asked: no rule covers that", () => {
    const asking = after(gated("m1"), asked("q1", "m1", ""), asked("q2", "m1", ""))
    const answered = happens(lastOf(asking).state, { type: "permission.answered", id: "q1", decision: "always" })
    expect(answered.state.context).toMatchObject({ questions: [{ id: "q2" }], allowed: [] })
  })

  it("is admitted again when its process ended before it was", () => {
    const going = after(gated("m1"), gated("m2"), admitted("m1", "one"), goOn, resumed)
    expect(lastOf(going).state.matches("admitting")).toBe(true)
    expect(lastOf(going).state.context.mail.map(({ gate }) => gate)).toEqual([undefined, "asked"])
    expect(textsIn(happen([...going.map(({ event }) => event), admitted("m2", "two")]))).toEqual(["one", "two"])
    const ended = after(gated("m1"), opened(), says("m2"), admitted("m1", "one"), reply("done"))
    expect(endsIn(ended).map(({ type, messages }) => [type, messages])).toEqual([
      ["agent.failed", ["m1"]],
      ["agent.replied", ["m2"]]
    ])
    expect(textsIn(ended)).toEqual(["one", "m2", "done"])
    expect(textsIn(after(gated("m1"), opened(), { type: "user.clear" }, says("m2"), reply("done")))).toEqual([
      "m2",
      "done"
    ])
  })

  it("narrows the turn as the skill that it stands for, also when the turn is resumed", () => {
    const skill = `<skill name="commit" folder="/s" allowed-tools="execute_bash(git *)">\ncommit\n</skill>`
    const only = [{ by: "commit", rules: ["execute_bash(git *)"] }]
    const events = [gated("m1", "/commit"), admitted("m1", skill)]
    expect(lastOf(after(...events)).state.context.turn.only).toMatchObject(only)
    expect(lastOf(after(...events, goOn, resumed)).state.context.turn.only).toMatchObject(only)
    expect(
      lastOf(after(says("m0"), reply("", [{ id: "a" }]), ...events.slice(0, 1), settled("a"), events[1] as AgentEvent))
        .state.context.turn.only
    ).toMatchObject(only)
  })

  it("is not asked about where nothing may be spent, and waits for the next turn", () => {
    const broke = opened({ limits: { maxTokens: 0 } })
    const seen = happen([broke, gated("m1")])
    expect(endsIn(seen)).toMatchObject([{ type: "agent.failed", failure: { code: "budget" }, messages: ["m1"] }])
    const later = happen([...seen.map(({ event }) => event), opened(), says("m2"), admitted("m1"), reply("done")])
    expect(textsIn(later)).toEqual(["m1", "m2", "done"])
    expect(endsIn(later).at(-1)?.messages).toEqual(["m2"])
  })
})

describe("a turn whose end plugins have a say in", () => {
  it("ends when nobody opposes", () => {
    const seen = after(says("m1"), whole)
    expect(lastOf(seen).state.matches("ending")).toBe(true)
    expect(endsIn(seen)).toEqual([])
    expect(told(seen).at(-1)).not.toHaveProperty("gated")
    expect(endsIn(happen([...seen.map(({ event }) => event), passed]))).toMatchObject([
      { type: "agent.replied", text: "done", verified: false, messages: ["m1"] }
    ])
  })

  it("goes on with what a plugin wants done, in its name, at most eight times in a row", () => {
    const rounds = Array.from({ length: 9 }, (_, n) => [whole, opposed(`p${n}`, "run the tests")]).flat()
    const seen = happen([opened({ maxTurns: 99 }), says("m1"), ...rounds])
    const all = told(seen)
    expect(all.filter(({ type }) => type === "agent.continued")).toHaveLength(8)
    expect(all.find(({ type }) => type === "agent.continued")).toMatchObject({ plugin: "gate", text: "run the tests" })
    expect(warningsIn(seen)).toEqual([expect.stringMatching(/plugin gate would .*8 times already: run the tests/)])
    expect(endsIn(seen)).toMatchObject([{ type: "agent.replied", text: "done", messages: ["m1"] }])
    expect(lastOf(seen).state.context.transcript[2]).toMatchObject({
      role: "user",
      from: "gate",
      content: [{ text: expect.stringMatching(/^\[Plugin gate .*user did not say.*\]\n\nrun the tests$/) }]
    })
    expect(JSON.stringify(all.filter(({ type }) => type === "agent.started"))).not.toContain("run the tests")
  })

  it("that was verified goes on as well, and its end is another one then", () => {
    const final = { final: true, gated: true, answer: { success: true, summary: "all good" } }
    const seen = after(says("m1"), reply("", [{ id: "a" }]), settled("a", final))
    expect(lastOf(seen).state.matches("ending")).toBe(true)
    const events = seen.map(({ event }) => event)
    expect(endsIn(happen([...events, passed]))).toMatchObject([{ text: "all good", verified: true }])
    expect(endsIn(happen([...events, opposed("p1"), reply("now really")]))).toMatchObject([
      { text: "now really", verified: false }
    ])
  })

  it("ends all the same when its rounds or what may be spent are used up, and says so", () => {
    const rounds = happen([opened({ maxTurns: 1 }), says("m1"), whole, opposed("p1")])
    const usage = { input: 9, output: 9, cacheRead: 0, cacheWrite: 0 }
    const money = happen([opened({ limits: { maxTokens: 10 } }), says("m1"), { ...whole, usage }, opposed("p1")])
    for (const seen of [rounds, money]) {
      expect(warningsIn(seen)).toEqual([expect.stringContaining("used up")])
      expect(endsIn(seen)).toMatchObject([{ type: "agent.replied" }])
    }
  })

  it("can be cancelled, and is asked about again when its process ends and another goes on", () => {
    expect(endsIn(after(says("m1"), whole, cancel))).toMatchObject([{ type: "agent.cancelled", messages: ["m1"] }])
    const going = after(says("m1"), whole, goOn, resumed)
    expect(lastOf(going).state.matches("ending")).toBe(true)
    const ended = after(says("m1"), whole, says("m2"), opened())
    expect(endsIn(ended).map(({ type, messages }) => [type, messages])).toEqual([
      ["agent.replied", ["m1"]],
      ["agent.failed", ["m2"]]
    ])
  })

  it("is not asked about when it fails or is cancelled", () => {
    const failing: AgentEvent = { type: "model.failed", failure: { code: "unavailable", message: "down" } }
    expect(lastOf(after(says("m1"), failing)).state.value).toBe("idle")
    const cut = { ...reply("cut"), gated: true as const, finishReason: "length" as const }
    expect(endsIn(after(says("m1"), cut))).toMatchObject([{ type: "agent.failed", failure: { code: "length" } }])
  })

  it("keeps what a plugin said last through a compaction, and tells a plugin that objects to one that it must be", () => {
    const full: ReadonlyArray<AgentEvent> = [
      { type: "model.full" },
      { type: "compaction.objected", plugin: "gate", reason: "keep it" },
      { type: "compaction.finished", summary: "so far", kept: 0 }
    ]
    const seen = after(says("m1"), whole, opposed("p1", "run the tests"), ...full)
    expect(textsIn(seen).join("\n")).toContain("run the tests")
    expect(warningsIn(seen)).toEqual([expect.stringMatching(/although plugin gate .*keep it/)])
  })
})
