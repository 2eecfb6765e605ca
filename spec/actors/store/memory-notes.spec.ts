import { expect, it } from "vitest"
import { memoryNotes } from "../../../actors/store/memory-notes.ts"
import { storeShelf } from "../../../actors/store/stores.ts"
import { notesContract } from "./notes.contract.ts"

notesContract(
  "notes in memory",
  async (act) => {
    const shelf = storeShelf(undefined)
    await act(shelf)
    await shelf.close()
  },
  async (shelf, keys) => {
    for (const key of keys) await shelf.of("words", "s1", "/project").session.set(key, key)
  }
)

it("forgets all notes of a session, and of no other", () => {
  const notes = memoryNotes()
  const owner = { plugin: "words", scope: "session" } as const
  for (const of of ["s1", "s10", "s2"]) notes.set({ ...owner, of }, "a", "1")
  notes.set({ ...owner, scope: "project", of: "s1" }, "a", "1")
  notes.forget(["s1", "s2"])
  expect(["s1", "s10", "s2"].map((of) => notes.get({ ...owner, of }, "a"))).toEqual([undefined, "1", undefined])
  expect(notes.get({ ...owner, scope: "project", of: "s1" }, "a")).toBe("1")
})
