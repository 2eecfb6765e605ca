import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { createInterface } from "node:readline"
import { afterEach, beforeEach, expect, it } from "vitest"
import { forgetSessions } from "../../../actors/store/forget.ts"
import { storeShelf } from "../../../actors/store/stores.ts"
import { notesContract, refused } from "./notes.contract.ts"

let data: string
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "kintsugi-notes-"))
})
afterEach(() => rmSync(data, { recursive: true }))

notesContract(
  "notes in a file",
  async (act) => {
    const shelf = storeShelf(data)
    await act(shelf)
    await shelf.close()
  },
  async (_, keys) => {
    const db = new DatabaseSync(join(data, "notes.db"))
    const add = db.prepare("insert into notes values ('session', 's1', 'words', ?, ?)")
    db.exec("begin")
    for (const key of keys) add.run(key, JSON.stringify(key))
    db.exec("commit")
    db.close()
  }
)

it("makes no file before there is a note to look for, and then one for the user alone", async () => {
  const shelf = storeShelf(join(data, "deep"))
  const { session } = shelf.of("words", "s1", "/project")
  await refused(session.set("a", undefined))
  expect(existsSync(join(data, "deep"))).toBe(false)
  await session.set("a", 1)
  expect(statSync(join(data, "deep", "notes.db")).mode & 0o777).toBe(0o600)
  await shelf.close()
  expect((await refused(session.set("a", 2))).message).toContain("its runtime has ended")
})

it("leaves a foreign file alone, says so, and goes on when it was moved away", async () => {
  const file = join(data, "notes.db")
  writeFileSync(file, "not a database, but somebody's diary")
  const shelf = storeShelf(data)
  const { session } = shelf.of("words", "s1", "/project")
  const error = await refused(session.get("a"))
  expect(error.kind).toBe("execution_error")
  expect(error.message).toContain(file)
  expect(readFileSync(file, "utf8")).toBe("not a database, but somebody's diary")
  rmSync(file)
  await session.set("a", 1)
  expect(await session.get("a")).toBe(1)
  await shelf.close()
})

it("is shared by processes, of which each may be killed at any time: what resolved is there", async () => {
  const writers = ["one", "two"].map((name) => {
    const script = join(import.meta.dirname, "fixtures", "count-process.ts")
    const child = spawn(process.execPath, [script, data, name, "200"], { stdio: ["ignore", "pipe", "inherit"] })
    const lines: Array<string> = []
    const reader = createInterface({ input: child.stdout })
    reader.on("line", (line) => lines.push(line))
    const until = async (enough: number): Promise<void> => {
      while (lines.length < enough) await once(reader, "line")
    }
    return { name, child, lines, until, ended: once(reader, "close") }
  })
  await Promise.all(writers.map(({ until }) => until(20)))
  for (const { child, ended } of writers) {
    child.kill("SIGKILL")
    await ended
  }
  const shelf = storeShelf(data)
  const { session } = shelf.of("words", "s1", "/project")
  for (const { name, lines } of writers) {
    for (const n of lines) expect(await session.get(`${name}-${n}`)).toBe(Number(n))
  }
  expect(["one", "two"]).toContain(await session.get("shared"))
  await session.set("after", true)
  await shelf.close()

  forgetSessions(data, ["s1"])
  const later = storeShelf(data)
  expect(await later.of("words", "s1", "/project").session.keys()).toEqual([])
  await later.close()
})

it("forgets only what a deleted session had, and makes no file for it", async () => {
  forgetSessions(join(data, "none"), ["s1"])
  expect(existsSync(join(data, "none"))).toBe(false)
  const shelf = storeShelf(data)
  const { session, project } = shelf.of("words", "s1", "s1")
  const other = shelf.of("words", "s2", "/project").session
  for (const store of [session, project, other]) await store.set("a", 1)
  forgetSessions(data, ["s1"])
  expect(await Promise.all([session, project, other].map((store) => store.get("a")))).toEqual([undefined, 1, 1])
  await shelf.close()
})
