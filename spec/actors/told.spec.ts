import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { replay } from "../../actors/agent.ts"
import type { JournalRow } from "../../actors/journal.ts"
import { toldIn } from "../../actors/told.ts"
import { opened, says, reply } from "../machines/happenings.ts"
import { histories, live } from "../machines/happenings.ts"

/** The events that lead to one, itself the last. */
const wayTo = (rows: ReadonlyArray<JournalRow>, row: JournalRow): ReadonlyArray<JournalRow> => {
  const before = rows.find(({ seq }) => seq === row.parent)
  return before === undefined ? [row] : [...wayTo(rows, before), row]
}

describe("a session told again", () => {
  it("has each event as its agent came to it, on whatever branch", () => {
    fc.assert(
      fc.property(histories, fc.array(fc.nat(), { minLength: 1, maxLength: 6 }), (history, jumps) => {
        const events = live(history).map(({ event }) => event)
        const rows = events.map((event, at): JournalRow => {
          const seq = at + 1
          const jump = seq % 5 === 0 ? jumps[(seq / 5) % jumps.length] : undefined
          return { seq, parent: jump === undefined ? at : jump % seq, at: 0, event }
        })
        for (const { row, context, from } of toldIn(() => rows)) {
          expect(context).toEqual(replay(wayTo(rows, row)).context)
          expect(from).toBe(row.parent === row.seq - 1 ? undefined : row.parent)
        }
      }),
      { numRuns: 40 }
    )
  })

  it("has what the agent told", () => {
    const rows = [opened(), says("m"), reply("hello")].map((event, at) => ({ seq: at + 1, parent: at, at: 0, event }))
    const told = [...toldIn(() => rows)].map(({ notices }) => notices.map(({ type }) => type))
    expect(told).toEqual([[], ["agent.started"], ["agent.said", "agent.replied"]])
  })

  it("passes by what breaks the machine", () => {
    const rows = [null, says("m")].map((event, at) => ({
      seq: at + 1,
      parent: at,
      at: 0,
      event
    })) as ReadonlyArray<JournalRow>
    expect([...toldIn(() => rows)].flatMap(({ notices }) => notices.map(({ type }) => type))).toEqual(["agent.started"])
  })
})
