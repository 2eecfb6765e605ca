/** What every journal promises, whatever keeps it. */
import fc from "fast-check"
import { afterEach, describe, expect, it, vi } from "vitest"
import { join, progressLimit } from "../../../actors/journal/deltas.ts"
import {
  JournalError,
  type Journal,
  type JournalErrorKind,
  type JournalRow,
  type Points,
  type SessionFilter,
  type SessionInfo
} from "../../../actors/journal.ts"
import { newSessionId } from "../../../actors/journal/session-id.ts"
import type { AgentEvent } from "../../../machines/events.ts"

export const said = (text: string): AgentEvent => ({
  type: "user.message",
  id: text,
  at: 1,
  content: [{ type: "text", text }]
})
export const settled = (data: unknown, callId = "c1"): AgentEvent => ({
  type: "tool.settled",
  callId,
  final: false,
  answer: { success: true, data }
})
export const delta = (text: string): AgentEvent => ({ type: "model.text", delta: text })
export const progress = (callId: string, text: string): AgentEvent => ({ type: "tool.progressed", callId, text })

/** Neighbouring deltas as one: how a reader sees a sequence, however it was cut into rows. */
export const joined = (events: ReadonlyArray<AgentEvent>): ReadonlyArray<AgentEvent> =>
  events.reduce<ReadonlyArray<AgentEvent>>((before, event) => {
    const one = join(before.at(-1), event)
    return one === undefined ? [...before, event] : [...before.slice(0, -1), one]
  }, [])

export const eventsOf = (journal: Journal, id: string): ReadonlyArray<AgentEvent> =>
  [...journal.read(id)].map(({ event }) => event)

export const refusal = (kind: JournalErrorKind, words: RegExp) =>
  expect.objectContaining({ name: "JournalError", kind, message: expect.stringMatching(words) })

/** What the call throws. */
export const thrown = (act: () => unknown): unknown => {
  try {
    act()
  } catch (error) {
    return error
  }
  throw new Error("it did not throw")
}

/** `undefined`, or why it was refused. */
const outcome = (act: () => void): JournalErrorKind | undefined => {
  try {
    act()
  } catch (error) {
    if (error instanceof JournalError) return error.kind
    throw error
  }
  return undefined
}

const numbers = (from: number, to: number): ReadonlyArray<string> =>
  Array.from({ length: to - from + 1 }, (_, n) => String(from + n))

/** What a journal must be after the same orders. */
export const treeModel = () => {
  const rows: Array<Omit<JournalRow, "at">> = []
  const labels = new Map<number, string>()
  let head = 0
  const has = (seq: number) => seq >= 1 && seq <= rows.length
  const leadingTo = (seq: number): ReadonlyArray<Omit<JournalRow, "at">> => {
    const row = rows[seq - 1]
    return row === undefined ? [] : [...leadingTo(row.parent), row]
  }
  return {
    rows,
    append: (event: AgentEvent) => void (head = rows.push({ seq: rows.length + 1, parent: head, event })),
    moveTo: (seq: number): JournalErrorKind | undefined => {
      if (!has(seq)) return "unknown_point"
      head = seq
      return undefined
    },
    name: (seq: number, label: string): JournalErrorKind | undefined => {
      if (!has(seq)) return "unknown_point"
      if ([...labels].some(([other, known]) => other !== seq && known === label)) return "taken"
      labels.set(seq, label)
      return undefined
    },
    branch: () => leadingTo(head),
    points: (): Points => ({
      head,
      labels: [...labels].map(([seq, label]) => ({ seq, label })).toSorted((one, other) => one.seq - other.seq)
    })
  }
}

const text = fc.string({ maxLength: 12, unit: "binary" })
export const anyEvent: fc.Arbitrary<AgentEvent> = fc.oneof(
  text.map(delta),
  text.map((thought): AgentEvent => ({ type: "model.thinking", delta: thought })),
  text.map((name): AgentEvent => ({ type: "model.calling", callId: "c", name })),
  fc.tuple(fc.constantFrom("a", "b"), text).map(([callId, shown]) => progress(callId, shown)),
  text.map(said),
  fc.jsonValue().map((data) => settled(data))
)

export const journalContract = (name: string, fresh: () => Journal): void => {
  // oxlint-disable-next-line vitest/valid-title -- the name is that of the journal under test
  describe(name, () => {
    let journal: Journal | undefined
    const open = (): Journal => (journal = fresh())
    const start = (): { readonly journal: Journal; readonly session: SessionInfo } => {
      const opened = open()
      return { journal: opened, session: opened.create({ cwd: "/project", model: "scripted/a" }) }
    }
    afterEach(() => {
      vi.useRealTimers()
      journal?.close()
    })

    it("reads back any sequence through any number of writers, in order and without gaps, deltas joined", () => {
      const journal = open()
      const step = fc.oneof(
        { weight: 8, arbitrary: anyEvent },
        { weight: 1, arbitrary: fc.constant("reopen" as const) }
      )
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
          const { id } = journal.create({ cwd: "/project", model: "" })
          let writer = journal.write(id)
          for (const one of steps) {
            if (one !== "reopen") writer.append(one)
            else {
              writer.close()
              writer = journal.write(id)
            }
          }
          writer.close()
          const rows = [...journal.read(id)]
          const given = steps.filter((one) => one !== "reopen")
          expect(joined(rows.map(({ event }) => event))).toEqual(JSON.parse(JSON.stringify(joined(given))))
          expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, at) => at + 1))
        }),
        { numRuns: 60 }
      )
    })

    it("has a durable event, and every delta before it, when append returns", () => {
      const { journal, session } = start()
      const writer = journal.write(session.id)
      writer.append(delta("a"))
      writer.append(delta("b"))
      expect(eventsOf(journal, session.id)).toEqual([])
      writer.append(said("now"))
      writer.append(delta("c"))
      expect(eventsOf(journal, session.id)).toEqual([delta("ab"), said("now")])
    })

    it("writes deltas by itself a little later, or at once when they are many", () => {
      vi.useFakeTimers()
      const { journal, session } = start()
      const writer = journal.write(session.id)
      writer.append(delta("a"))
      vi.advanceTimersByTime(250)
      expect(eventsOf(journal, session.id)).toEqual([delta("a")])
      writer.append(delta("b".repeat(100_000)))
      expect(eventsOf(journal, session.id)).toHaveLength(2)
    })

    it("keeps the beginning of what a call shows, and starts anew after it has settled", () => {
      const { journal, session } = start()
      const writer = journal.write(session.id)
      for (let n = 0; n < 30; n++) writer.append(progress("c1", "x".repeat(1000)))
      writer.append(progress("c2", "other"))
      writer.append(settled("done", "c1"))
      writer.append(progress("c1", "again"))
      writer.close()
      const [first, ...rest] = eventsOf(journal, session.id)
      expect(first).toMatchObject({ callId: "c1", text: expect.stringMatching(/^x{10000}\n\[.*not kept\]$/) })
      expect(progressLimit).toBe(10_000)
      expect(rest).toEqual([progress("c2", "other"), settled("done", "c1"), progress("c1", "again")])
    })

    it("reads on from any row", () => {
      const { journal, session } = start()
      const writer = journal.write(session.id)
      for (let n = 1; n <= 600; n++) writer.append(said(String(n)))
      expect([...journal.read(session.id, 598)].map(({ seq, event }) => [seq, event])).toEqual([
        [599, said("599")],
        [600, said("600")]
      ])
      expect([...journal.read(session.id)]).toHaveLength(600)
      expect([...journal.read(session.id, 600)]).toEqual([])
    })

    it("lists sessions newest first, with title, model and number of messages", () => {
      vi.useFakeTimers({ toFake: ["Date"], now: 1_000_000 })
      const journal = open()
      const [a, b, c] = ["/one", "/two", "/one"].map((cwd) => journal.create({ cwd, model: "scripted/a" }))
      vi.setSystemTime(2_000_000)
      const writer = journal.write(a!.id)
      writer.append(said("  fix the\n\ttests, \u001b[31mplease" + " and more".repeat(20)))
      writer.append(said("second"))
      writer.append({ type: "user.model", model: "scripted/b" })
      expect(journal.list().map(({ id }) => id)).toEqual([a!.id, ...[b!.id, c!.id].toSorted().toReversed()])
      expect(journal.list({ cwd: "/one", limit: 1 })).toEqual([
        {
          ...a!,
          title: expect.stringMatching(/^fix the tests, \[31mplease and more.{40,}…$/),
          model: "scripted/b",
          messages: 2,
          updatedAt: 2_000_000
        }
      ])
      expect(journal.find(a!.id)?.title.length).toBeLessThanOrEqual(80)
    })

    it("finds a session by an unambiguous beginning of its id, as people type it", () => {
      vi.useFakeTimers({ toFake: ["Date"], now: 1_795_000_000_000 })
      const journal = open()
      const first = journal.create({ cwd: "/project", model: "" })
      vi.setSystemTime(1_795_000_002_000)
      const second = journal.create({ cwd: "/project", model: "" })
      expect(first.id < second.id).toBe(true)
      expect(first.id).toMatch(/^[0-9a-hjkmnp-tv-z]{12}$/)
      expect(journal.find(first.id)).toEqual(first)
      expect(journal.find(` ${second.id.slice(0, 8).toUpperCase().replaceAll("1", "L").replaceAll("0", "o")}`)).toEqual(
        second
      )
      expect(thrown(() => journal.find("1"))).toEqual(refusal("ambiguous", new RegExp(`${first.id}, ${second.id}`)))
      for (const unknown of ["zzz", "", "%", "_"]) expect(journal.find(unknown)).toBeUndefined()
    })

    it("shows each owner only their own sessions, and all of them to whoever asks for everyone's", () => {
      const journal = open()
      const begin = (owner?: string) =>
        journal.create({ cwd: "/project", model: "", ...(owner === undefined ? {} : { owner }) })
      const [mine, alices, bobs] = [begin(), begin("alice"), begin("bob")]
      expect([mine.owner, alices.owner]).toEqual([undefined, "alice"])
      const task = journal.create({ cwd: "/project", model: "", parent: { session: alices.id, kind: "task" } })
      expect(task.owner).toBe("alice")
      const listed = (filter?: SessionFilter) => new Set(journal.list(filter).map(({ id }) => id))
      expect(listed()).toEqual(new Set([mine.id]))
      expect(listed({ owner: "alice", cwd: "/project", limit: 5 })).toEqual(new Set([alices.id]))
      expect(listed({ owner: "alice", children: true })).toEqual(new Set([alices.id, task.id]))
      expect(listed({ parent: alices.id })).toEqual(new Set([task.id]))
      expect(listed({ everyone: true })).toEqual(new Set([mine.id, alices.id, bobs.id]))
      for (const nobody of ["", "carol", "alic", "%"]) expect(listed({ owner: nobody })).toEqual(new Set())

      expect(journal.find(alices.id)).toBeUndefined()
      expect(journal.find(alices.id, { owner: "bob" })).toBeUndefined()
      expect(journal.find(mine.id, { owner: "alice" })).toBeUndefined()
      expect(journal.find(alices.id, { owner: "alice" })).toEqual(alices)
      expect(journal.find(alices.id, { everyone: true })).toEqual(alices)
      // Nothing tells that there are others which begin so.
      expect(journal.find(mine.id.slice(0, 4))).toEqual(mine)
    })

    it("begins a session with the id that was reserved for it, unless there is one", () => {
      const journal = open()
      const id = newSessionId(1_795_000_000_000)
      expect(journal.find(id)).toBeUndefined()
      expect(journal.create({ cwd: "/project", model: "", id, owner: "alice" })).toMatchObject({ id, owner: "alice" })
      expect(thrown(() => journal.create({ cwd: "/project", model: "", id }))).toEqual(refusal("taken", /already/))
      expect(thrown(() => journal.create({ cwd: "/project", model: "", id: `${id}x` }))).toBeInstanceOf(TypeError)
      expect(journal.list({ everyone: true })).toHaveLength(1)
    })

    it("gives every session an id of its own, however many are made in one millisecond", () => {
      vi.useFakeTimers({ toFake: ["Date"] })
      const journal = open()
      const ids = Array.from({ length: 1000 }, () => journal.create({ cwd: "/project", model: "" }).id)
      expect(new Set(ids).size).toBe(1000)
      expect(journal.list()).toHaveLength(1000)
    })

    it("lets one writer at a time write a session", () => {
      const { journal, session } = start()
      const writer = journal.write(session.id)
      expect(thrown(() => journal.write(session.id))).toEqual(refusal("held", /open in this process/))
      expect(thrown(() => journal.delete(session.id))).toEqual(refusal("held", /open in this process/))
      writer.close()
      writer.close()
      expect(thrown(() => writer.append(said("late")))).toEqual(refusal("closed", /closed/))
      journal.write(session.id).append(said("next"))
      expect(eventsOf(journal, session.id)).toEqual([said("next")])
    })

    it("is a tree: from any head it reads what led there, whatever was written and wherever one went back to", () => {
      const journal = open()
      const step = fc.oneof(
        { weight: 6, arbitrary: fc.record({ op: fc.constant("append" as const), text }) },
        { weight: 2, arbitrary: fc.record({ op: fc.constant("name" as const), at: fc.nat(), label: fc.nat(4) }) },
        { weight: 3, arbitrary: fc.record({ op: fc.constant("move" as const), at: fc.nat() }) },
        { weight: 1, arbitrary: fc.record({ op: fc.constant("reopen" as const) }) }
      )
      fc.assert(
        fc.property(fc.array(step, { minLength: 1, maxLength: 60, size: "max" }), (steps) => {
          const { id } = journal.create({ cwd: "/project", model: "" })
          let writer = journal.write(id)
          const tree = treeModel()
          for (const one of steps) {
            const seq = 1 + (("at" in one ? one.at : 0) % (tree.rows.length || 1))
            if (one.op === "reopen") {
              writer.close()
              writer = journal.write(id)
            } else if (one.op === "append") {
              writer.append(said(one.text))
              tree.append(said(one.text))
            } else if (one.op === "move") expect(outcome(() => writer.moveTo(seq))).toBe(tree.moveTo(seq))
            else expect(outcome(() => writer.name(seq, `p${one.label}`))).toBe(tree.name(seq, `p${one.label}`))
          }
          writer.close()
          const shape = (rows: Iterable<JournalRow>) => Array.from(rows, ({ at: _, ...row }) => row)
          expect(shape(journal.read(id))).toEqual(tree.branch())
          expect(shape(journal.readAll(id))).toEqual(tree.rows)
          expect(journal.points(id)).toEqual(tree.points())
          const middle = tree.branch().at(steps.length % (tree.rows.length || 1))?.seq ?? 0
          expect(shape(journal.read(id, middle))).toEqual(tree.branch().filter(({ seq }) => seq > middle))
        }),
        { numRuns: 60 }
      )
    })

    it("reads a long session that was gone back in, both ways", () => {
      const { journal, session } = start()
      const writer = journal.write(session.id)
      for (let n = 1; n <= 600; n++) writer.append(said(String(n)))
      writer.moveTo(300)
      for (let n = 601; n <= 900; n++) writer.append(said(String(n)))
      const branch = [...journal.read(session.id)].map(({ event }) => event)
      expect(branch).toEqual([...numbers(1, 300), ...numbers(601, 900)].map(said))
      expect([...journal.readAll(session.id)].map(({ event }) => event)).toEqual(numbers(1, 900).map(said))
      expect(journal.find(session.id)?.messages).toBe(900)
    })

    it("leaves deltas that wait on the branch on which they were said", () => {
      const { journal, session } = start()
      const writer = journal.write(session.id)
      writer.append(said("one"))
      writer.append(delta("two"))
      writer.moveTo(1)
      writer.append(said("three"))
      expect(eventsOf(journal, session.id)).toEqual([said("one"), said("three")])
      expect([...journal.readAll(session.id)].map(({ event }) => event)).toEqual([
        said("one"),
        delta("two"),
        said("three")
      ])
    })

    it("goes to no event and names none that is not there, gives a name once, and then goes on", () => {
      const { journal, session } = start()
      const writer = journal.write(session.id)
      for (const seq of [0, 1]) expect(outcome(() => writer.moveTo(seq))).toBe("unknown_point")
      writer.append(said("one"))
      writer.append(said("two"))
      for (const seq of [-1, 0, 1.5, 3, Number.NaN]) {
        expect(thrown(() => writer.moveTo(seq))).toEqual(refusal("unknown_point", /has no event.*session tree/))
        expect(outcome(() => writer.name(seq, "here"))).toBe("unknown_point")
      }
      writer.name(1, "here")
      expect(thrown(() => writer.name(2, "here"))).toEqual(refusal("taken", /"here".*another name/))
      writer.name(1, "here")
      writer.name(1, "there")
      writer.name(2, "here")
      expect(journal.points(session.id)).toEqual({
        head: 2,
        labels: [
          { seq: 1, label: "there" },
          { seq: 2, label: "here" }
        ]
      })
      writer.close()
      expect(outcome(() => writer.moveTo(1))).toBe("closed")
      expect(outcome(() => writer.name(1, "late"))).toBe("closed")
      expect(journal.points(session.id).head).toBe(2)
    })

    describe("a session that an agent began", () => {
      const family = () => {
        const { journal, session } = start()
        const begin = (parent: SessionInfo) =>
          journal.create({ cwd: "/project", model: "", parent: { session: parent.id, kind: "task" } })
        const child = begin(session)
        return { journal, session, child, grandchild: begin(child), sibling: begin(session) }
      }

      it("says whose it is, and is listed when it is asked for", () => {
        const { journal, session, child, grandchild, sibling } = family()
        expect(child.parent).toEqual({ session: session.id, kind: "task" })
        expect(journal.find(child.id)).toEqual(child)
        expect(journal.find(session.id)).not.toHaveProperty("parent")
        const listed = (filter?: SessionFilter) => new Set(journal.list(filter).map(({ id }) => id))
        expect(listed()).toEqual(new Set([session.id]))
        expect(listed({ cwd: "/project", limit: 1 })).toEqual(new Set([session.id]))
        expect(listed({ children: true })).toEqual(new Set([session, child, grandchild, sibling].map(({ id }) => id)))
        expect(listed({ parent: session.id })).toEqual(new Set([child.id, sibling.id]))
        expect(listed({ parent: child.id, cwd: "/elsewhere" })).toEqual(new Set())
        expect(
          thrown(() => journal.create({ cwd: "/project", model: "", parent: { session: "gone", kind: "task" } }))
        ).toEqual(refusal("not_found", /no session gone/))
      })

      it("is deleted with the one that began it, and none of them while one is open", () => {
        const { journal, session, child, grandchild, sibling } = family()
        const writer = journal.write(grandchild.id)
        expect(thrown(() => journal.delete(session.id))).toEqual(refusal("held", new RegExp(grandchild.id)))
        expect(journal.list({ children: true })).toHaveLength(4)
        writer.close()
        expect(new Set(journal.delete(child.id))).toEqual(new Set([child.id, grandchild.id]))
        expect(new Set(journal.delete(session.id))).toEqual(new Set([session.id, sibling.id]))
        expect(journal.list({ children: true })).toEqual([])
      })
    })

    it("deletes a session with its events", () => {
      const { journal, session } = start()
      const other = journal.create({ cwd: "/project", model: "" })
      for (const { id } of [session, other]) {
        const writer = journal.write(id)
        writer.append(said(id))
        writer.close()
      }
      journal.delete(session.id)
      expect(journal.list().map(({ id }) => id)).toEqual([other.id])
      expect(eventsOf(journal, other.id)).toEqual([said(other.id)])
      for (const act of [
        () => [...journal.read(session.id)],
        () => [...journal.readAll(session.id)],
        () => journal.points(session.id),
        () => journal.write(session.id),
        () => journal.delete(session.id)
      ]) {
        expect(thrown(act)).toEqual(refusal("not_found", /session list/))
      }
    })

    it("refuses an event that JSON does not know, and goes on without a gap", () => {
      const { journal, session } = start()
      const writer = journal.write(session.id)
      writer.append(delta("before"))
      expect(thrown(() => writer.append(settled(1n)))).toEqual(refusal("unstorable", /tool\.settled.*BigInt/))
      writer.append(said("after"))
      expect([...journal.read(session.id)].map(({ seq, event }) => [seq, event])).toEqual([
        [1, delta("before")],
        [2, said("after")]
      ])
    })

    it("writes what is pending when it is closed, and does nothing afterwards", () => {
      const { journal, session } = start()
      const writer = journal.write(session.id)
      writer.append(delta("pending"))
      journal.close()
      journal.close()
      expect(thrown(() => writer.append(said("late")))).toEqual(refusal("closed", /closed/))
      for (const act of [
        () => journal.list(),
        () => journal.find("1"),
        () => journal.create({ cwd: "", model: "" }),
        () => [...journal.read(session.id)]
      ]) {
        expect(thrown(act)).toBeInstanceOf(JournalError)
      }
    })
  })
}
