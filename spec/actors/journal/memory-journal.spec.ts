import { expect, it } from "vitest"
import { memoryJournal } from "../../../actors/journal/memory-journal.ts"
import { eventsOf, journalContract, settled } from "./journal.contract.ts"

journalContract("a journal in memory", memoryJournal)

it("keeps an event as it was when it was appended", () => {
  const journal = memoryJournal()
  const { id } = journal.create({ cwd: "/project", model: "" })
  const data = { list: [1] }
  journal.write(id).append(settled(data))
  data.list.push(2)
  expect(eventsOf(journal, id)).toEqual([settled({ list: [1] })])
})
