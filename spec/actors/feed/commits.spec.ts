import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { commitsOf } from "../../../actors/feed/commits.ts"
import { sessionFeed } from "../../../actors/feed/session-feed.ts"
import { JournalError, type Journal, type JournalErrorKind } from "../../../actors/journal.ts"
import { openJournal } from "../../../actors/journal/sqlite-journal.ts"
import type { AgentNotice } from "../../../machines/events.ts"

const queued = (id: string): AgentNotice => ({ type: "agent.queued", id })

let folder = ""
let journal: Journal
beforeEach(() => {
  writers = 0
  vi.useFakeTimers()
  folder = mkdtempSync(join(tmpdir(), "kintsugi-commits-"))
  journal = openJournal(join(folder, "sessions.db"))
})
afterEach(() => {
  journal.close()
  rmSync(folder, { recursive: true })
  vi.useRealTimers()
})

/** A journal that counts its commits, and refuses them for a while. */
const counted = () => {
  let commits = 0
  let refuses: JournalErrorKind | undefined
  const together: Journal["together"] = (act) => {
    commits++
    journal.together(() => {
      act()
      if (refuses !== undefined) throw new JournalError(refuses, "refused")
    })
  }
  return { journal: { together }, commits: () => commits, refuse: (kind?: JournalErrorKind) => void (refuses = kind) }
}

/** Those of feeds: each writer has one of its own for its lease. */
const timers = (): number => vi.getTimerCount() - writers
let writers = 0

const feedOn = (house: Pick<Journal, "together">) => {
  const { id } = journal.create({ cwd: "/", model: "" })
  const writer = journal.write(id)
  writers++
  const lost: Array<JournalError> = []
  const feed = sessionFeed({
    writer,
    commits: commitsOf(house),
    isOpen: () => false,
    onLost: (error) => lost.push(error)
  })
  return { id, feed, lost, kept: () => writer.notices.read(0, 100).map(({ seq }) => seq) }
}

describe("the feeds of a journal", () => {
  it("share a commit when they are due within the same instant, and else have their own", () => {
    const { journal: house, commits } = counted()
    const feeds = [feedOn(house), feedOn(house), feedOn(house)]
    for (const { feed } of feeds) {
      feed.tell(queued("a"))
      vi.advanceTimersByTime(1)
    }
    vi.advanceTimersByTime(20)
    expect([commits(), ...feeds.map(({ kept }) => kept())]).toEqual([1, [1], [1], [1]])
    for (const { feed } of feeds) {
      feed.tell(queued("b"))
      vi.advanceTimersByTime(10)
    }
    vi.advanceTimersByTime(20)
    expect(commits()).toBe(4)
    expect(feeds.map(({ feed }) => feed.last())).toEqual([2, 2, 2])
    vi.advanceTimersByTime(2000)
    expect(timers()).toBe(0)
  })

  it("lose nothing by another one's loss of its lease", () => {
    const { journal: house } = counted()
    const [one, other, third] = [feedOn(house), feedOn(house), feedOn(house)]
    const db = new DatabaseSync(join(folder, "sessions.db"))
    db.prepare("update sessions set epoch = epoch + 1 where id = ?").run(other.id)
    db.close()
    for (const { feed } of [one, other, third]) feed.tell(queued("a"))
    vi.advanceTimersByTime(20)
    expect([one.kept(), other.kept(), third.kept()]).toEqual([[1], [], [1]])
    expect([one.feed.last(), other.feed.last(), third.feed.last()]).toEqual([1, 0, 1])
    expect([one.lost, other.lost.map(({ kind }) => kind), third.lost]).toEqual([[], ["lost"], []])
  })

  it("show nothing of a commit that failed, and number nothing twice", () => {
    const { journal: house, refuse } = counted()
    const one = feedOn(house)
    const other = feedOn(house)
    refuse("damaged")
    one.feed.tell(queued("a"))
    other.feed.tell(queued("b"))
    vi.advanceTimersByTime(20)
    // What failed together was kept by each for itself.
    expect([one.kept(), other.kept(), one.feed.last(), other.feed.last()]).toEqual([[1], [1], 1, 1])
    refuse()
    one.feed.tell(queued("c"))
    vi.advanceTimersByTime(20)
    expect(one.kept()).toEqual([1, 2])
  })

  it("wait for a disk that refuses once, not each for itself, and lose nothing", async () => {
    const { journal: house, refuse, commits } = counted()
    const feeds = [feedOn(house), feedOn(house), feedOn(house)]
    refuse("unavailable")
    for (const { feed } of feeds) feed.tell(queued("a"))
    const mark = feeds[0]!.feed.mark()
    vi.advanceTimersByTime(20)
    await expect(mark).rejects.toMatchObject({ kind: "unavailable" })
    expect([commits(), ...feeds.map(({ kept }) => kept())]).toEqual([1, [], [], []])
    vi.advanceTimersByTime(260)
    expect(commits()).toBe(2)
    refuse()
    vi.advanceTimersByTime(260)
    expect([commits(), ...feeds.map(({ kept }) => kept())]).toEqual([3, [1], [1], [1]])
    expect(await feeds[0]!.feed.mark()).toBe(1)
  })

  it("take what is told while others are shown what was kept", () => {
    const { journal: house } = counted()
    const [one, other] = [feedOn(house), feedOn(house)]
    const text = (delta: string): AgentNotice => ({ type: "agent.text", delta })
    one.feed.grown.subscribe(() => {
      if (other.feed.told() === 1) other.feed.tell(text("more"))
    })
    one.feed.tell(queued("a"))
    other.feed.tell(text("some "))
    vi.advanceTimersByTime(20)
    expect([other.feed.last(), other.feed.told(), other.kept()]).toEqual([1, 2, [1]])
    vi.advanceTimersByTime(100)
    expect([other.feed.last(), other.kept()]).toEqual([2, [1, 2]])
  })

  it("are not waited for by one that was closed", () => {
    const { journal: house, commits } = counted()
    const { feed, kept } = feedOn(house)
    feed.tell(queued("a"))
    feed.close()
    vi.advanceTimersByTime(100)
    expect([kept(), commits(), timers()]).toEqual([[1], 0, 0])
  })
})
