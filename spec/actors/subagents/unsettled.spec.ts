import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { replay } from "../../../actors/agent.ts"
import { memoryJournal } from "../../../actors/journal/memory-journal.ts"
import { unsettled } from "../../../actors/subagents/unsettled.ts"
import type { AgentEvent } from "../../../machines/events.ts"
import {
  backgroundSettled,
  backgroundStarted,
  histories,
  live,
  opened,
  reply,
  says
} from "../../machines/happenings.ts"

/** A journal with one session in which this happened. */
const withSession = (events: ReadonlyArray<AgentEvent>) => {
  const journal = memoryJournal()
  const { id } = journal.create({ cwd: "/", model: "test/one" })
  const writer = journal.write(id)
  for (const event of events) writer.append(event)
  const settle = () => {
    const lost = unsettled(journal, id, 5_000)
    for (const event of lost) writer.append(event)
    return lost
  }
  /** A session that works for this one, in which this happened. */
  const child = (...happened: ReadonlyArray<AgentEvent>): string => {
    const info = journal.create({ cwd: "/", model: "test/one", parent: { session: id, kind: "task" } })
    const own = journal.write(info.id)
    for (const event of [opened(), ...happened]) own.append(event)
    own.close()
    return info.id
  }
  return { journal, id, writer, settle, child }
}

const resultIn = (events: ReadonlyArray<AgentEvent>) =>
  events.flatMap((event) => (event.type === "background.settled" ? [event.result] : []))

describe("after a crash at any point", () => {
  it("settles what was started and never settled, once", () => {
    fc.assert(
      fc.property(histories, fc.nat(), (history, pick) => {
        const all = live(history).map(({ event }) => event)
        const events = all.slice(0, 1 + (pick % all.length))
        const { journal, id, writer, settle } = withSession(events)
        const running = replay(events.map((event) => ({ event }))).context.background.filter(
          ({ state }) => state === "running"
        )
        expect(settle().map((event) => "id" in event && event.id)).toEqual(running.map(({ id }) => id))
        expect(settle()).toEqual([])
        writer.append(opened())
        const { background, mail, transcript } = replay(journal.read(id)).context
        expect(background.filter(({ state }) => state === "running")).toEqual([])
        expect(mail).toEqual([])
        const told = transcript.flatMap((message) => (message.role === "user" ? [message.id] : []))
        for (const one of running) expect(told.filter((id) => id === `background:${one.id}`)).toHaveLength(1)
      })
    )
  })
})

describe("what became of it", () => {
  it("is in its own journal: its answer, why it failed, or how far it came", () => {
    const { writer, settle, child } = withSession([opened()])
    const begun = (...happened: ReadonlyArray<AgentEvent>) =>
      writer.append(backgroundStarted(child(says("m1", "look"), ...happened)))
    begun(reply("There it is."))
    begun({ type: "model.failed", failure: { code: "unavailable", message: "The provider is down." } })
    begun(reply("Let me see.", [{ id: "a", name: "read_file", input: { path: "x.ts" } }]))
    begun({ type: "model.text", delta: "It may be" })
    begun(reply("Half."), { type: "user.cancel" }, says("m2", "a user went on"), reply("to him"))
    begun({ type: "model.text", delta: "Cut" }, { type: "user.cancel" })
    begun({ type: "model.text", delta: "A user looked" }, opened(), says("m2", "into it"), reply("later"))
    begun({ type: "model.text", delta: "Closed" }, { type: "session.closed" })
    writer.append(backgroundStarted("nowhere"))
    expect(resultIn(settle())).toMatchObject([
      { end: "replied", text: "There it is." },
      { end: "failed", text: expect.stringContaining("The provider is down.") },
      { end: "interrupted", text: expect.stringMatching(/called was read_file x\.ts\. .*:\n\nLet me see\.$/s) },
      { end: "interrupted", text: expect.stringContaining("It may be") },
      { end: "replied", text: "Half." },
      { end: "interrupted", text: expect.stringContaining("Cut") },
      { end: "interrupted", text: expect.stringContaining("A user looked") },
      { end: "interrupted", text: expect.stringContaining("Closed") },
      { end: "interrupted", text: expect.stringContaining("there is no session nowhere") }
    ])
  })

  it("counts what it spent", () => {
    const { writer, settle, child } = withSession([opened()])
    const usage = { input: 4, output: 3, cacheRead: 0, cacheWrite: 0 }
    writer.append(backgroundStarted(child(says("m1"), { ...reply("done"), usage, cost: 0.5 })))
    expect(settle()).toMatchObject([{ spent: { usage, cost: 0.5 }, result: { tokens: 7, cost: 0.5 } }])
  })
})

describe("on another branch", () => {
  it("is found wherever it was started, and told where the conversation goes on", () => {
    const { journal, id, writer, settle } = withSession([opened(), says("m1"), reply("hello")])
    writer.append(backgroundStarted("b1"))
    writer.append(backgroundStarted("b2"))
    // The program ends between the move and the next sign of life.
    writer.moveTo(3)
    expect(settle().map(({ type }) => type)).toEqual([
      "background.started",
      "background.settled",
      "background.started",
      "background.settled"
    ])
    expect(settle()).toEqual([])
    writer.append(opened())
    expect(replay(journal.read(id)).context.transcript.map((message) => "id" in message && message.id)).toEqual([
      "m1",
      false,
      "background:b1",
      "background:b2"
    ])
  })

  it("is not told again when it was told there", () => {
    const { writer, settle } = withSession([opened(), says("m1"), reply("hello")])
    writer.append(backgroundStarted("b1"))
    writer.append(backgroundSettled("b1"))
    writer.moveTo(3)
    writer.append({ ...opened(), background: [] })
    expect(settle()).toEqual([])
  })

  it("runs on there", () => {
    const { writer, settle } = withSession([opened(), says("m1"), reply("hello")])
    writer.append(backgroundStarted("b1"))
    writer.moveTo(3)
    const { id, description, at: startedAt } = backgroundStarted("b1")
    writer.append({ ...opened(), background: [{ id, description, state: "running", startedAt }] })
    expect(settle().map(({ type }) => type)).toEqual(["background.settled"])
  })
})
