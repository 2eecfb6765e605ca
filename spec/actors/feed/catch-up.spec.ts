import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Numbered } from "../../../actors/feed.ts"
import { catchUp } from "../../../actors/feed/catch-up.ts"
import { commitsOf } from "../../../actors/feed/commits.ts"
import type { NoticeLog } from "../../../actors/feed/notice-log.ts"
import { sessionFeed } from "../../../actors/feed/session-feed.ts"
import { isStreamed } from "../../../actors/feed/streamed.ts"
import { type Journal } from "../../../actors/journal.ts"
import { memoryJournal } from "../../../actors/journal/memory-journal.ts"
import { memoryNotices } from "../../../actors/journal/memory-notices.ts"
import { isTerminal } from "../../../actors/session/said.ts"
import type { AgentEvent, AgentNotice } from "../../../machines/events.ts"
import { happen, histories, live, opened, reply, says } from "../../machines/happenings.ts"

const whole = (all: ReadonlyArray<Numbered>): ReadonlyArray<AgentNotice> =>
  all.map(({ notice }) => notice).filter((notice) => !isStreamed(notice))

const contentOf = (log: NoticeLog): ReadonlyArray<Numbered> => log.read(0, Infinity)

/** A log, and every state that it was in between two commits. */
const watched = () => {
  const log = memoryNotices()
  const states: Array<{ readonly content: ReadonlyArray<Numbered>; readonly event: number }> = [
    { content: [], event: 0 }
  ]
  return {
    states,
    log: {
      ...log,
      append: (batch: ReadonlyArray<Numbered>, event: number) => {
        log.append(batch, event)
        states.push({ content: contentOf(log), event })
      }
    }
  }
}

const feedOn = (notices: NoticeLog, newest: () => number) =>
  sessionFeed({
    writer: { newest, notices },
    commits: commitsOf({ together: (act) => act() }),
    isOpen: () => false,
    onLost: (error) => {
      throw error
    }
  })

/** What the feed has after another opening, begun from such a log and the whole journal. */
const recovered = (
  journal: Journal,
  id: string,
  { content, event }: { content: ReadonlyArray<Numbered>; event: number }
) => {
  const log = memoryNotices()
  log.append(content, event)
  const newest = [...journal.readAll(id)].length
  const feed = feedOn(log, () => newest)
  catchUp(feed, journal, id, event)
  feed.close()
  return contentOf(log)
}

/** Lives through these events with a journal and a feed, which keeps what was told after every event of which that is said. */
const lived = (events: ReadonlyArray<AgentEvent>, keeps: (step: number) => boolean) => {
  const journal = memoryJournal()
  const { id } = journal.create({ cwd: "/", model: "" })
  const writer = journal.write(id)
  const { log, states } = watched()
  const feed = feedOn(log, writer.newest)
  happen(events).forEach(({ event, notices }, step) => {
    writer.append(event)
    for (const notice of notices) feed.tell(notice)
    if (keeps(step)) feed.keep()
  })
  writer.close()
  feed.close()
  return { journal, id, states, content: contentOf(log) }
}

describe("a feed that is behind its journal", () => {
  const cases = fc.tuple(histories, fc.infiniteStream(fc.boolean()), fc.nat())

  it("has after the next opening what it would have had, numbers included, wherever it was cut off", () => {
    fc.assert(
      fc.property(cases, ([history, boundaries, cut]) => {
        const events = live(history).map(({ event }) => event)
        const { journal, id, states, content } = lived([...events, opened()], () => boundaries.next().value)
        const state = states[cut % states.length]!
        const after = recovered(journal, id, state)
        expect(after.map(({ seq }) => seq)).toEqual(after.map((_, n) => n + 1))
        expect(after.slice(0, state.content.length)).toEqual(state.content)
        expect(whole(after)).toEqual(JSON.parse(JSON.stringify(whole(content))))
      }),
      { numRuns: 150 }
    )
  })

  it("tells the end of every message once", () => {
    fc.assert(
      fc.property(cases, ([history, boundaries, cut]) => {
        const events = live(history).map(({ event }) => event)
        const { journal, id, states } = lived([...events, opened()], () => boundaries.next().value)
        const after = whole(recovered(journal, id, states[cut % states.length]!))
        const ended = after.flatMap((notice) => (isTerminal(notice) ? notice.messages : []))
        expect(new Set(ended).size).toBe(ended.length)
        for (const event of events) if (event.type === "user.message") expect(ended).toContain(event.id)
      }),
      { numRuns: 100 }
    )
  })

  it("has all of a session that was never numbered", () => {
    const events = [opened(), says("m1"), { type: "model.text", delta: "he" } as const, reply("hello"), says("m2")]
    const { journal, id } = lived([...events, opened()], () => false)
    const all = recovered(journal, id, { content: [], event: 0 })
    expect(all.map(({ seq, notice }) => [seq, notice.type])).toEqual([
      [1, "agent.started"],
      [2, "agent.said"],
      [3, "agent.replied"],
      [4, "agent.started"],
      [5, "agent.failed"]
    ])
    expect(all.at(-1)).toMatchObject({ notice: { messages: ["m2"], failure: { code: "interrupted" } } })
    // As it happened, not as it was told again.
    expect(all.map(({ at }) => at)).toEqual(expect.arrayContaining([expect.any(Number)]))
  })

  it("tells what was said on every branch, each from the state in which it was said", () => {
    const journal = memoryJournal()
    const { id } = journal.create({ cwd: "/", model: "" })
    const writer = journal.write(id)
    const append = (...events: ReadonlyArray<AgentEvent>) => events.forEach((event) => writer.append(event))
    append(opened(), says("m1"), reply("one"), says("m2"), reply("", [{ id: "a" }]))
    writer.moveTo(3)
    append(opened(), says("m3"), reply("three"))
    // Back into the middle of the turn that was left.
    writer.moveTo(5)
    append({ type: "tool.started", callId: "a", idempotent: false }, opened({ goOn: true }), {
      type: "session.resumed"
    })
    writer.close()
    const all = whole(recovered(journal, id, { content: [], event: 0 }))
    expect(
      all.map((notice) => (isTerminal(notice) ? `${notice.type} ${notice.messages.join()}` : notice.type))
    ).toEqual([
      "agent.started",
      "agent.said",
      "agent.replied m1",
      "agent.started",
      "agent.said",
      "agent.started",
      "agent.said",
      "agent.replied m3",
      "agent.acting",
      "agent.settled",
      "agent.resumed"
    ])
    for (const { content, event } of [
      { content: all.slice(0, 5), event: 5 },
      { content: all.slice(0, 8), event: 8 }
    ]) {
      const kept = content.map((notice, n) => ({ seq: n + 1, at: 1, notice }))
      expect(whole(recovered(journal, id, { content: kept, event }))).toEqual(all)
    }
  })

  it("ends a message that broke the machine", () => {
    const journal = memoryJournal()
    const { id } = journal.create({ cwd: "/", model: "" })
    const writer = journal.write(id)
    const broken: AgentEvent = JSON.parse('{ "type": "user.message", "id": "bad", "content": null, "at": 1 }')
    for (const event of [opened(), says("m1"), reply("fine"), broken, says("m2")]) writer.append(event)
    writer.close()
    expect(whole(recovered(journal, id, { content: [], event: 0 })).slice(3)).toMatchObject([
      { type: "agent.failed", failure: { code: "defect" }, messages: ["bad"] },
      { type: "agent.started", messages: ["m2"] }
    ])
  })
})
