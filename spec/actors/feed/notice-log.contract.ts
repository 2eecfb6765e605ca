/** What every notice log promises, whatever keeps it. */
import { afterEach, describe, expect, it } from "vitest"
import type { Numbered } from "../../../actors/feed.ts"
import type { Journal, Writer } from "../../../actors/journal.ts"
import type { AgentNotice, TerminalNotice } from "../../../machines/events.ts"
import { nothingSpent } from "../../../machines/spending.ts"

export const text = (delta: string): AgentNotice => ({ type: "agent.text", delta })

export const replied = (...messages: ReadonlyArray<string>): TerminalNotice => ({
  type: "agent.replied",
  text: "done",
  verified: false,
  messages,
  spent: nothingSpent
})

export const cancelled = (...messages: ReadonlyArray<string>): TerminalNotice => ({
  type: "agent.cancelled",
  messages,
  spent: nothingSpent
})

/** As numbers follow each other. */
export const numbered = (notices: ReadonlyArray<AgentNotice>, first = 1): ReadonlyArray<Numbered> =>
  notices.map((notice, n) => ({ seq: first + n, at: 1000 + n, notice }))

export const noticeLogContract = (name: string, fresh: () => Journal): void => {
  // oxlint-disable-next-line vitest/valid-title -- the name is that of the log under test
  describe(name, () => {
    let journal: Journal | undefined
    afterEach(() => journal?.close())
    const start = () => {
      journal = fresh()
      const { id } = journal.create({ cwd: "/project", model: "" })
      const writer = journal.write(id)
      return { journal, id, writer, log: writer.notices }
    }
    const again = (id: string, writer: Writer): Writer["notices"] => {
      writer.close()
      return journal!.write(id).notices
    }

    it("gives what was kept, in its order, from any number on, also to the next who opens it", () => {
      const { id, writer, log } = start()
      expect(log.end()).toEqual({ last: 0, event: 0 })
      expect(log.read(0, 10)).toEqual([])
      const all = numbered([text("a"), text("b"), replied("m1"), text("☃\u0000\ud83d\ude00")])
      log.append(all.slice(0, 2), 5)
      log.append(all.slice(2), 9)
      for (const one of [log, again(id, writer)]) {
        expect(one.end()).toEqual({ last: 4, event: 9 })
        expect(one.read(0, 10)).toEqual(all)
        expect(one.read(1, 2)).toEqual(all.slice(1, 3))
        expect(one.read(4, 10)).toEqual([])
      }
    })

    it("notes how far the journal was told, also when nothing was", () => {
      const { id, writer, log } = start()
      log.append([], 7)
      expect(again(id, writer).end()).toEqual({ last: 0, event: 7 })
    })

    it("knows the first end of each message", () => {
      const { id, writer, log } = start()
      const all = numbered([replied("m1"), text("x"), cancelled("m1", "m2")])
      log.append(all, 1)
      for (const one of [log, again(id, writer)]) {
        expect(one.endOf("m1")).toEqual(all[0])
        expect(one.endOf("m2")).toEqual(all[2])
        expect(one.endOf("m3")).toBeUndefined()
      }
    })

    it("gives large notices some at a time, and never none", () => {
      const { log } = start()
      const large = "x".repeat(400_000)
      log.append(numbered([text(large), text(large), text(large), text(large)]), 1)
      expect(log.read(0, 10).map(({ seq }) => seq)).toEqual([1, 2, 3])
      expect(log.read(3, 10).map(({ seq }) => seq)).toEqual([4])
    })

    it("keeps each session's own, and forgets it with the session", () => {
      const { journal, id, writer, log } = start()
      log.append(numbered([replied("m1")]), 1)
      const other = journal.create({ cwd: "/project", model: "" }).id
      const others = journal.write(other)
      expect(others.notices.end()).toEqual({ last: 0, event: 0 })
      expect(others.notices.endOf("m1")).toBeUndefined()
      writer.close()
      journal.delete(id)
      journal.create({ cwd: "/project", model: "", id })
      const anew = journal.write(id).notices
      expect([anew.end(), anew.read(0, 10), anew.endOf("m1")]).toEqual([{ last: 0, event: 0 }, [], undefined])
    })
  })
}
