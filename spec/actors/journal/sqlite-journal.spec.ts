import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join as joinPath } from "node:path"
import { DatabaseSync } from "node:sqlite"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { isDelta } from "../../../actors/journal/deltas.ts"
import type { Journal } from "../../../actors/journal.ts"
import { openJournal } from "../../../actors/journal/sqlite-journal.ts"
import type { AssistantMessage } from "../../../llm/message.ts"
import type { AgentEvent } from "../../../machines/events.ts"
import { anyEvent, delta, eventsOf, journalContract, joined, refusal, said, thrown } from "./journal.contract.ts"

let folder: string
let file: string
const opened: Array<Journal> = []
const open = (path = file): Journal => {
  const journal = openJournal(path)
  opened.push(journal)
  return journal
}

beforeEach(() => {
  folder = mkdtempSync(joinPath(tmpdir(), "kintsugi-journal-"))
  file = joinPath(folder, "data", "sessions.db")
})
afterEach(() => {
  for (const journal of opened.splice(0)) journal.close()
  rmSync(folder, { recursive: true })
})

journalContract("a journal in SQLite", () => open())

/** Changes the file behind the journal's back. */
const tamper = (sql: string, path = file): void => {
  const db = new DatabaseSync(path)
  db.exec(sql)
  db.close()
}

const withSession = (...events: ReadonlyArray<AgentEvent>) => {
  const journal = open()
  const { id } = journal.create({ cwd: "/project", model: "" })
  const writer = journal.write(id)
  for (const event of events) writer.append(event)
  return { journal, id, writer }
}

const replied = (...content: AssistantMessage["content"]): AgentEvent => ({
  type: "model.replied",
  message: { role: "assistant", model: "test/one", content },
  finishReason: "stop"
})

describe("the file", () => {
  it("is for the user alone, and so are those beside it", () => {
    withSession(said("secret"))
    expect(statSync(joinPath(folder, "data")).mode & 0o777).toBe(0o700)
    const modes = readdirSync(joinPath(folder, "data")).map((name) => [
      name,
      statSync(joinPath(folder, "data", name)).mode & 0o777
    ])
    expect(Object.fromEntries(modes)).toEqual({
      "sessions.db": 0o600,
      "sessions.db-shm": 0o600,
      "sessions.db-wal": 0o600
    })
  })

  it("loses looser rights it may have got", () => {
    open().close()
    chmodSync(file, 0o644)
    open()
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it("can be opened again and holds all that was written", () => {
    const { journal, id, writer } = withSession(said("one"))
    writer.append(delta("two"))
    journal.close()
    expect(existsSync(`${file}-wal`)).toBe(false)
    const again = open()
    expect(eventsOf(again, id)).toEqual([said("one"), delta("two")])
    again.write(id).append(said("three"))
    expect([...again.read(id)].map(({ seq }) => seq)).toEqual([1, 2, 3])
  })

  it("takes what was deleted out of the file", () => {
    const { journal, id, writer } = withSession(said("a-word-nobody-else-would-write"))
    writer.close()
    journal.delete(id)
    journal.close()
    expect(readFileSync(file).includes("a-word-nobody-else-would-write")).toBe(false)
  })

  const refused: ReadonlyArray<readonly [string, () => void, "damaged" | "too_new" | "unavailable", RegExp]> = [
    [
      "it is no database",
      () => writeFileSync(file, "not a database, but long enough to be one ".repeat(100)),
      "damaged",
      /Nothing was changed.*Move the file/
    ],
    [
      "its pages are overwritten",
      () => writeFileSync(file, readFileSync(file).fill(0x41, 100, 8192)),
      "damaged",
      /Move the file/
    ],
    ["another program made it", () => tamper("pragma application_id = 7"), "damaged", /another program/],
    ["a newer version made it", () => tamper("pragma user_version = 99"), "too_new", /schema 99.*update Kintsugi/]
  ]
  it.each(refused)("is refused and left as it is when %s", (_, spoil, kind, words) => {
    withSession(said("one")).journal.close()
    spoil()
    const before = readFileSync(file)
    expect(thrown(() => open())).toEqual(refusal(kind, words))
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it("is synced for durable events, not for deltas alone, and once for a reply and the call it leads to", () => {
    const { writer } = withSession()
    const exec = vi.spyOn(DatabaseSync.prototype, "exec")
    writer.append(said("durable"))
    writer.append(delta("d".repeat(100_000)))
    writer.append(said("durable"))
    writer.append(replied({ type: "text", text: "the end" }))
    writer.append(replied({ type: "call", id: "a", name: "read_file", input: {} }))
    writer.append({ type: "tool.started", callId: "a", idempotent: true })
    const orders = exec.mock.calls.map(([sql]) => sql)
    exec.mockRestore()
    let synchronous = "full"
    const levels = orders.flatMap((sql) => {
      synchronous = /synchronous = (\w+)/.exec(sql)?.[1] ?? synchronous
      return sql === "commit" ? [synchronous] : []
    })
    expect(levels).toEqual(["full", "normal", "full", "full", "normal", "full"])
  })

  it("is refused when it is a folder", () => {
    expect(thrown(() => openJournal(folder))).toEqual(refusal("unavailable", /cannot be used: EISDIR/))
  })

  it("says which row cannot be read, and still lists the session", () => {
    const { journal, id } = withSession(said("one"), said("two"), said("three"))
    for (const broken of ["{", "null", "[]", "{}"]) {
      tamper(`update events set event = '${broken}' where seq = 2`)
      expect(thrown(() => [...journal.read(id)])).toEqual(refusal("damaged", new RegExp(`event 2 of session ${id}`)))
      expect(journal.read(id)[Symbol.iterator]().next().value?.event).toEqual(said("one"))
      expect(journal.list()).toHaveLength(1)
    }
  })
})

it("goes on with a file that was made before there were trees, and rewrites no row of it", () => {
  const old = joinPath(folder, "old.db")
  tamper(readFileSync(joinPath(import.meta.dirname, "fixtures/sessions-1.sql"), "utf8"), old)
  const journal = open(old)
  const [info] = journal.list()
  expect(info).toEqual({
    id: "01kan3ca2000",
    cwd: "/project",
    title: "one",
    model: "test/one",
    createdAt: 1000,
    updatedAt: 3000,
    messages: 2
  })
  const writer = journal.write(info!.id)
  expect([...journal.read(info!.id)].map(({ seq, parent, event }) => [seq, parent, event])).toEqual([
    [1, 0, said("one")],
    [2, 1, delta("two")],
    [3, 2, said("three")]
  ])
  writer.moveTo(1)
  writer.append(said("instead"))
  writer.name(4, "here")
  expect(eventsOf(journal, info!.id)).toEqual([said("one"), said("instead")])
  expect(journal.points(info!.id)).toEqual({ head: 4, labels: [{ seq: 4, label: "here" }] })
})

describe("the lease", () => {
  it("refuses a writer whose session was taken over, and writes nothing of it", () => {
    const { id, writer } = withSession(said("mine"))
    tamper("update sessions set holder = json_set(holder, '$.host', 'elsewhere'), lease_until = 0")
    const other = open()
    const next = other.write(id)
    next.append(said("theirs"))
    expect(thrown(() => writer.moveTo(1))).toEqual(refusal("lost", /taken over/))
    expect(thrown(() => writer.name(1, "stale"))).toEqual(refusal("lost", /taken over/))
    writer.append(delta("lost"))
    expect(thrown(() => writer.append(said("stale")))).toEqual(refusal("lost", /taken over/))
    writer.close()
    expect(other.points(id)).toEqual({ head: 2, labels: [] })
    next.append(said("still theirs"))
    expect(eventsOf(other, id)).toEqual([said("mine"), said("theirs"), said("still theirs")])
  })

  const holders: ReadonlyArray<readonly [string, string, RegExp | undefined]> = [
    ["of another machine that gave a sign of life", "'$.host', 'far away boot'", /process \d+ on far;/],
    ["of a process that is gone", "'$.pid', 4194304", undefined],
    ["of a process whose id another one has now", "'$.start', '1'", undefined],
    ["that cannot be read", "'$.pid', 'x'", undefined]
  ]
  it.each(holders)("%s", (_, change, held) => {
    const { id } = withSession(said("one"))
    tamper(`update sessions set holder = json_set(holder, ${change})`)
    const other = open()
    if (held !== undefined) expect(thrown(() => other.write(id))).toEqual(refusal("held", held))
    else other.write(id).append(said("two"))
    expect(eventsOf(other, id)).toHaveLength(held === undefined ? 2 : 1)
  })
})

/** What a process sees that opens the file after this one was killed at this moment. */
const afterCrash = <Result>(look: (journal: Journal) => Result): Result => {
  const image = joinPath(folder, "image.db")
  for (const suffix of ["", "-wal"]) if (existsSync(file + suffix)) copyFileSync(file + suffix, image + suffix)
  tamper("update sessions set holder = json_set(holder, '$.pid', 4194304)", image)
  const journal = openJournal(image)
  try {
    return look(journal)
  } finally {
    journal.close()
    for (const suffix of ["", "-wal", "-shm"]) rmSync(image + suffix, { force: true })
  }
}

it("holds every durable event, and what came before it, whenever the process is killed", () => {
  const journal = open()
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 40, size: "max" }), fc.nat(39), (events, at) => {
      const { id } = journal.create({ cwd: "/project", model: "" })
      const writer = journal.write(id)
      const written = events.slice(0, at + 1)
      for (const event of written) writer.append(event)
      const found = afterCrash((image) => {
        const before = eventsOf(image, id)
        image.write(id).append(said("on"))
        expect(eventsOf(image, id)).toEqual([...before, said("on")])
        return before
      })
      writer.close()
      const durable = written.slice(0, written.findLastIndex((event) => !isDelta(event)) + 1)
      expect(joined(found)).toEqual(JSON.parse(JSON.stringify(joined(durable))))
    }),
    { numRuns: 25 }
  )
})
