import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join as joinPath } from "node:path"
import { createInterface } from "node:readline"
import { afterEach, beforeEach, expect, it } from "vitest"
import type { Journal, JournalRow } from "../../../actors/journal.ts"
import { openJournal } from "../../../actors/journal/sqlite-journal.ts"
import { orderOf } from "./fixtures/wander.ts"
import { joined, refusal, said, thrown, treeModel } from "./journal.contract.ts"

let folder: string
let file: string
let journal: Journal
const running: Array<ChildProcess> = []

beforeEach(() => {
  folder = mkdtempSync(joinPath(tmpdir(), "kintsugi-journal-"))
  file = joinPath(folder, "sessions.db")
})
afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL")
  journal.close()
  rmSync(folder, { recursive: true })
})

/** Lets a process write to a session; `lines` are its id and then every number that `append` acknowledged. */
const write = (session: string, count: number) => runFixture("journal-process.ts", session, String(count))

const runFixture = (name: string, ...args: ReadonlyArray<string>) => {
  const script = joinPath(import.meta.dirname, "fixtures", name)
  const child = spawn(process.execPath, [script, file, ...args], { stdio: ["ignore", "pipe", "inherit"] })
  running.push(child)
  const lines: Array<string> = []
  const reader = createInterface({ input: child.stdout })
  reader.on("line", (line) => lines.push(line))
  const until = async (enough: number): Promise<void> => {
    while (lines.length < enough) await once(reader, "line")
  }
  return { child, lines, until, ended: once(reader, "close") }
}

const numbersOf = (id: string): ReadonlyArray<string> =>
  [...journal.read(id)].flatMap(({ event }) => (event.type === "tool.settled" ? [event.callId] : []))

it("has all that append acknowledged after kill -9, and the session is free at once", async () => {
  journal = openJournal(file)
  const { id } = journal.create({ cwd: "/project", model: "" })
  let before = 0
  for (const enough of [1, 40, 200]) {
    const { child, lines, until, ended } = write(id, 0)
    await until(1 + enough)
    expect(thrown(() => journal.write(id))).toEqual(refusal("held", new RegExp(`process ${child.pid};`)))
    child.kill("SIGKILL")
    await ended
    const acknowledged = lines.slice(1)
    const written = numbersOf(id).slice(before)
    expect(written.slice(0, acknowledged.length)).toEqual(acknowledged)
    // One more may be there: killed between its commit and the word of it.
    expect(written.length - acknowledged.length).toBeLessThanOrEqual(1)
    before += written.length
    const rows = [...journal.read(id)]
    expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, at) => at + 1))
  }
  journal.write(id).append(said("free"))
})

it("stands after kill -9 as after some order of those it was given, however often it went back or gave a name", async () => {
  journal = openJournal(file)
  for (const enough of [3, 250]) {
    const { id } = journal.create({ cwd: "/project", model: "" })
    const { child, lines, until, ended } = runFixture("wander-process.ts", id)
    await until(enough)
    child.kill("SIGKILL")
    await ended
    const found = { rows: eventsAndParents(journal.readAll(id)), branch: eventsAndParents(journal.read(id)) }
    // One order more may have been carried out than was told.
    const states = [lines.length, lines.length + 1].map(afterOrders)
    expect(states).toContainEqual({ ...found, points: journal.points(id) })
  }
})

const eventsAndParents = (rows: Iterable<Omit<JournalRow, "at">>) =>
  Array.from(rows, ({ seq, parent, event }) => ({ seq, parent, event }))

const afterOrders = (count: number) => {
  const tree = treeModel()
  for (let n = 0; n < count; n++) {
    const order = orderOf(n, tree.rows.length)
    if (order.op === "append") tree.append(said(order.text))
    else if (order.op === "move") tree.moveTo(order.seq)
    else tree.name(order.seq, order.label)
  }
  return { rows: tree.rows, branch: tree.branch(), points: tree.points() }
}

it.skipIf(!existsSync("/proc/self/stat"))(
  "does not take a killed process for alive before its parent has noticed (needs /proc)",
  async () => {
    journal = openJournal(file)
    const { id } = journal.create({ cwd: "/project", model: "" })
    const { child, until } = write(id, 0)
    await until(1)
    child.kill("SIGKILL")
    // Nothing is awaited from here on, so that this process does not notice.
    const nap = new Int32Array(new SharedArrayBuffer(4))
    while (!/\) Z /.test(readFileSync(`/proc/${child.pid}/stat`, "utf8"))) Atomics.wait(nap, 0, 0, 1)
    expect(() => journal.write(id).append(said("free"))).not.toThrow()
  }
)

it("lets processes share one new file without losing anything", async () => {
  const writers = Array.from({ length: 4 }, () => write("new", 100))
  await Promise.all(writers.map(({ ended }) => ended))
  journal = openJournal(file)
  const all = Array.from({ length: 100 }, (_, n) => String(n + 1))
  for (const { lines } of writers) {
    const [id = "", ...acknowledged] = lines
    expect(acknowledged).toEqual(all)
    expect(numbersOf(id)).toEqual(all)
    expect(joined([...journal.read(id)].map(({ event }) => event))).toHaveLength(200)
  }
  expect(journal.list()).toHaveLength(4)
})

it("waits for another process that has just made the file and still prepares it", async () => {
  // Not yet in WAL mode, and about to write: SQLite itself does not wait for that.
  const holder = `
    const { DatabaseSync } = require("node:sqlite")
    const db = new DatabaseSync(process.argv[1])
    db.exec("begin immediate")
    console.log("held")
    setTimeout(() => { db.exec("rollback"); db.close() }, 300)`
  const child = spawn(process.execPath, ["-e", holder, file], { stdio: ["ignore", "pipe", "inherit"] })
  running.push(child)
  await once(child.stdout, "data")
  journal = openJournal(file)
  expect(journal.list()).toEqual([])
})
