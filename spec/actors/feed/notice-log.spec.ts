import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { afterAll, expect, it } from "vitest"
import { memoryJournal } from "../../../actors/journal/memory-journal.ts"
import { openJournal } from "../../../actors/journal/sqlite-journal.ts"
import { refusal, thrown } from "../journal/journal.contract.ts"
import { noticeLogContract, numbered, text } from "./notice-log.contract.ts"

const folder = mkdtempSync(join(tmpdir(), "kintsugi-notices-"))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0
const newFile = (): string => join(folder, `sessions-${files++}.db`)

noticeLogContract("the notice log in memory", memoryJournal)
noticeLogContract("the notice log in a file", () => openJournal(newFile()))

it("takes nothing from a writer that has lost its lease", () => {
  const file = newFile()
  const journal = openJournal(file)
  const { id } = journal.create({ cwd: "/project", model: "" })
  const { notices } = journal.write(id)
  notices.append(numbered([text("a")]), 1)
  const db = new DatabaseSync(file)
  db.prepare("update sessions set epoch = epoch + 1 where id = ?").run(id)
  expect(thrown(() => notices.append(numbered([text("b")], 2), 2))).toEqual(refusal("lost", /taken over/))
  expect(notices.end()).toEqual({ last: 1, event: 1 })
  db.close()
  journal.close()
})

it("names a notice that cannot be read", () => {
  const file = newFile()
  const journal = openJournal(file)
  const { id } = journal.create({ cwd: "/project", model: "" })
  const { notices } = journal.write(id)
  notices.append(numbered([text("a"), text("b")]), 1)
  const db = new DatabaseSync(file)
  db.prepare("update notices set notice = '{' where seq = 2").run()
  expect(notices.read(0, 1)).toHaveLength(1)
  expect(thrown(() => notices.read(0, 2))).toEqual(refusal("damaged", /notice 2 of session .*session export/))
  db.close()
  journal.close()
})
