import { describe, expect, it } from "vitest"
import { FilesError } from "../../../actors/session-files.ts"
import { JournalError, type JournalErrorKind } from "../../../actors/journal.ts"
import { toldOf, withoutPlaces } from "../../../channels/wire/refusal.ts"

const failed = (kind: JournalErrorKind) =>
  new JournalError(kind, "/home/ann/.local/share/kintsugi/sessions.db: disk full")

describe("a journal that fails", () => {
  it.each(["unavailable", "damaged", "too_new", "unstorable"] as const)(
    "(%s) tells its place to the operator alone",
    (kind) => {
      expect(toldOf(failed(kind), true)).toEqual({ code: "refused", message: failed(kind).message })
      const told = toldOf(failed(kind), false)
      expect(told).toMatchObject({ code: "refused", isHidden: true })
      expect(told.message).toMatch(/^sessions cannot be kept or read now; the log of the server/)
      expect(told.message).not.toContain("/")
    }
  )

  it("ends a turn without telling its place", () => {
    const spent = { usage: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 } }
    const end = (code: string) =>
      ({ type: "agent.failed", failure: { code, message: "/x.db: full" }, messages: ["m"], spent }) as const
    expect(JSON.stringify(withoutPlaces(end("journal")))).not.toContain("/x.db")
    expect(withoutPlaces(end("journal"))).toMatchObject({ messages: ["m"], failure: { code: "journal" } })
    expect(withoutPlaces(end("other"))).toEqual(end("other"))
    expect(toldOf(new FilesError("unavailable", "/x: full"), false).message).not.toContain("/x")
    expect(toldOf(new FilesError("unavailable", "/x: full"), true).message).toContain("/x")
  })

  it("tells everybody what is wrong with their own session", () => {
    const taken = new JournalError("taken", "another point is called so")
    expect(toldOf(taken, false)).toEqual({ code: "refused", message: taken.message })
    for (const isOperator of [true, false])
      expect(toldOf(new JournalError("not_found", "no session x"), isOperator)).toMatchObject({ code: "no_session" })
  })
})
