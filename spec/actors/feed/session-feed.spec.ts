import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { JournalError } from "../../../actors/journal.ts"
import { progressLimit } from "../../../actors/journal/deltas.ts"
import { memoryNotices } from "../../../actors/journal/memory-notices.ts"
import { commitsOf } from "../../../actors/feed/commits.ts"
import { sessionFeed } from "../../../actors/feed/session-feed.ts"
import type { AgentNotice } from "../../../machines/events.ts"
import { cancelled, numbered, replied, text } from "./notice-log.contract.ts"

const progress = (callId: string, shown: string): AgentNotice => ({ type: "agent.progressed", callId, text: shown })
const queued = (id: string): AgentNotice => ({ type: "agent.queued", id })

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const started = (log = memoryNotices()) => {
  const open = new Set<string>()
  const lost: Array<JournalError> = []
  let newest = 0
  let refuses: JournalError | undefined
  const reads: Array<number> = []
  const notices = {
    ...log,
    append: (...batch: Parameters<typeof log.append>) => {
      if (refuses !== undefined) throw refuses
      log.append(...batch)
    },
    read: (after: number, limit: number) => {
      reads.push(after)
      return log.read(after, limit)
    }
  }
  const feed = sessionFeed({
    writer: { newest: () => newest, notices },
    commits: commitsOf({ together: (act) => act() }),
    isOpen: (message) => open.has(message),
    onLost: (error) => lost.push(error)
  })
  const grown: Array<number> = []
  feed.grown.subscribe((last) => grown.push(last))
  return {
    feed,
    log,
    open,
    lost,
    grown,
    reads,
    happen: (event: number) => void (newest = event),
    refuse: (error?: JournalError) => void (refuses = error)
  }
}

const shown = async (feed: ReturnType<typeof started>["feed"]): Promise<ReadonlyArray<AgentNotice>> =>
  (await feed.read(0, 1000)).map(({ notice }) => notice)

describe("the feed of a session", () => {
  it("shows nothing before it is kept, and what comes together at once", async () => {
    const { feed, log, grown, happen } = started()
    happen(3)
    feed.tell(queued("a"))
    feed.tell(queued("b"))
    expect([feed.last(), feed.told(), await feed.read(0, 10), grown]).toEqual([0, 2, [], []])
    vi.advanceTimersByTime(20)
    expect(log.end()).toEqual({ last: 2, event: 3 })
    expect([feed.last(), grown]).toEqual([2, [2]])
    expect((await feed.read(0, 10)).map(({ seq }) => seq)).toEqual([1, 2])
    expect((await feed.read(1, 10)).map(({ seq }) => seq)).toEqual([2])
    expect((await feed.read(0, 1)).map(({ seq }) => seq)).toEqual([1])
  })

  it("goes on with the number after the newest that was kept", () => {
    const log = memoryNotices()
    log.append(numbered([queued("a"), queued("b")]), 4)
    const { feed } = started(log)
    expect(feed.last()).toBe(2)
    feed.tell(queued("c"))
    feed.keep()
    expect(log.read(2, 10)).toMatchObject([{ seq: 3, notice: { id: "c" } }])
  })

  it("joins what is streamed together, of one kind and one call, and nothing else", async () => {
    const { feed } = started()
    const thinking = (delta: string): AgentNotice => ({ type: "agent.thinking", delta })
    const all = [text("a"), text("b"), thinking("c"), thinking("d"), text("e"), progress("x", "1"), progress("x", "2")]
    for (const one of [...all, progress("y", "3"), queued("m"), queued("m"), text("f")]) feed.tell(one)
    vi.advanceTimersByTime(100)
    expect(await shown(feed)).toEqual([
      text("ab"),
      thinking("cd"),
      text("e"),
      progress("x", "12"),
      progress("y", "3"),
      queued("m"),
      queued("m"),
      text("f")
    ])
  })

  it("tells of growth not more often than some 60 times a second, and of streams some 20 times", () => {
    const { feed, grown } = started()
    for (let ms = 0; ms < 1000; ms += 5) {
      feed.tell(text("x"))
      vi.advanceTimersByTime(5)
    }
    vi.advanceTimersByTime(100)
    expect(grown.length).toBeGreaterThan(10)
    expect(grown.length).toBeLessThanOrEqual(22)
    const before = grown.length
    for (let ms = 0; ms < 1000; ms += 5) {
      feed.tell(queued("m"))
      vi.advanceTimersByTime(5)
    }
    expect(grown.length - before).toBeGreaterThan(30)
    expect(grown.length - before).toBeLessThanOrEqual(67)
  })

  it("does not let what matters wait for a stream, nor the end of a turn for anything", () => {
    const { feed, grown } = started()
    feed.tell(text("a"))
    vi.advanceTimersByTime(20)
    feed.tell(text("b"))
    vi.advanceTimersByTime(5)
    feed.tell(queued("m"))
    vi.advanceTimersByTime(18)
    expect(grown).toEqual([1, 3])
    feed.tell(text("c"))
    feed.tell(replied("m1"))
    vi.advanceTimersByTime(3)
    expect(grown).toEqual([1, 3, 5])
  })

  it("marks a place that nothing told later becomes part of, once it is kept", async () => {
    const { feed, log } = started()
    expect(await feed.mark()).toBe(0)
    feed.tell(text("before"))
    const mark = feed.mark()
    feed.tell(text("after"))
    expect(feed.last()).toBe(0)
    vi.advanceTimersByTime(20)
    expect(await mark).toBe(1)
    expect(log.read(0, 10).map(({ notice }) => notice)).toEqual([text("before"), text("after")])
  })

  it("drops the second end of a message, whoever tells it", async () => {
    const log = memoryNotices()
    log.append(numbered([replied("old")]), 1)
    const { feed } = started(log)
    feed.tell(cancelled("old"))
    feed.tell(replied("m1"))
    feed.tell(cancelled("m1"))
    feed.tell(cancelled("m1", "m2"))
    feed.tell(replied())
    feed.keep()
    expect((await shown(feed)).slice(1)).toEqual([replied("m1"), cancelled("m2"), replied()])
    expect(await feed.fateOf("m1")).toMatchObject({ state: "ended", end: { seq: 2, notice: replied("m1") } })
    expect(await feed.fateOf("m2")).toMatchObject({ state: "ended", end: { seq: 3 } })
  })

  it("knows at once what became of a message", async () => {
    const { feed, open } = started()
    expect(await feed.fateOf("m1")).toEqual({ state: "unknown" })
    open.add("m1")
    expect(await feed.fateOf("m1")).toEqual({ state: "open" })
    open.delete("m1")
    feed.tell(replied("m1"))
    // Its end is not kept yet, so nobody may be told of it.
    expect(await feed.fateOf("m1")).toEqual({ state: "open" })
    feed.keep()
    expect(await feed.fateOf("m1")).toMatchObject({ state: "ended" })
  })

  it("keeps of what one call shows only the beginning, and says so", async () => {
    const { feed } = started()
    for (let n = 0; n < 1000; n++) {
      feed.tell(progress("flood", "x".repeat(1000)))
      if (n % 10 === 0) vi.advanceTimersByTime(20)
    }
    feed.tell(progress("other", "y"))
    vi.advanceTimersByTime(100)
    const all = (await shown(feed)).flatMap((notice) => (notice.type === "agent.progressed" ? [notice.text] : []))
    expect(all.join("").length).toBeLessThan(progressLimit + 100)
    expect(all.join("")).toMatch(/is not kept\]y$/)
    // What was cut short says nothing more, and is not remembered.
    feed.tell(cancelled("m1"))
    feed.tell(progress("flood", "z"))
    feed.keep()
    expect((await shown(feed)).at(-1)).toEqual(progress("flood", "z"))
  })

  it("asks the log only for what readers have not taken for a while, and holds nothing when it is quiet", async () => {
    const { feed, reads } = started()
    for (let n = 0; n < 300; n++) feed.tell(queued(String(n)))
    feed.keep()
    await feed.read(100, 10)
    expect(reads).toEqual([])
    expect((await feed.read(0, 1))[0]?.seq).toBe(1)
    expect(reads).toEqual([0])
    vi.advanceTimersByTime(2000)
    expect((await feed.read(299, 10)).map(({ seq }) => seq)).toEqual([300])
    expect(reads).toEqual([0, 299])
    expect(vi.getTimerCount()).toBe(0)
  })

  it("tries again when the disk refuses, and gives up when another process has the session", async () => {
    const { feed, lost, grown, refuse } = started()
    refuse(new JournalError("unavailable", "the disk is full"))
    feed.tell(queued("a"))
    vi.advanceTimersByTime(20)
    expect([grown, lost]).toEqual([[], []])
    refuse()
    vi.advanceTimersByTime(300)
    expect(grown).toEqual([1])
    refuse(new JournalError("lost", "taken over"))
    feed.tell(queued("b"))
    vi.advanceTimersByTime(20)
    expect(lost).toMatchObject([{ kind: "lost" }])
    expect((await feed.read(0, 10)).length).toBe(1)
  })

  it("keeps the rest when it closes, and lets go of everything", async () => {
    const { feed, log, happen, refuse } = started()
    let isComplete = false
    feed.grown.subscribe({ complete: () => (isComplete = true) })
    feed.tell(queued("a"))
    happen(2)
    feed.close()
    expect([log.end(), isComplete, vi.getTimerCount()]).toEqual([{ last: 1, event: 2 }, true, 0])

    const other = started()
    other.refuse(new JournalError("unavailable", "the disk is full"))
    other.feed.tell(queued("a"))
    const mark = other.feed.mark()
    other.feed.close()
    await expect(mark).rejects.toMatchObject({ name: "JournalError", kind: "closed" })
    expect(vi.getTimerCount()).toBe(0)
    refuse()
  })

  it("notes at its end how far the journal is, although nothing was told of it", () => {
    const { feed, log, happen } = started()
    happen(5)
    feed.close()
    expect(log.end()).toEqual({ last: 0, event: 5 })
  })
})
