import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { openLedger } from "../../../actors/healing/sqlite-ledger.ts"
import { Conflict, type Ledger } from "../../../healing/ledger.ts"
import { ledgerContract } from "../../healing/ledger.contract.ts"
import {
  patch,
  patchOf,
  type PluginFolder,
  pluginFolder,
  runs,
  seamOf,
  sha256,
  statuses
} from "../../healing/ledger-world.ts"

let data: string
let folder: PluginFolder
const opened: Array<Ledger> = []
const file = () => join(data, "data", "heals.db")
const open = (): Ledger => {
  const ledger = openLedger(file())
  opened.push(ledger)
  return ledger
}
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "kintsugi-heals-"))
  folder = pluginFolder()
})
afterEach(() => {
  for (const ledger of opened.splice(0)) ledger.close()
  folder[Symbol.dispose]()
  rmSync(data, { recursive: true })
})

ledgerContract("a ledger in SQLite", open)

/** Changes the file behind the ledger's back. */
const tamper = (sql: string): void => {
  const db = new DatabaseSync(file())
  db.exec(sql)
  db.close()
}

describe("its file", () => {
  it("is for the user alone, and so are those beside it", () => {
    open().commit(seamOf(), "noted")
    expect(statSync(join(data, "data")).mode & 0o777).toBe(0o700)
    for (const name of readdirSync(join(data, "data")))
      expect([name, statSync(join(data, "data", name)).mode & 0o777]).toEqual([name, 0o600])
  })

  it("holds all that was written when it is opened again", () => {
    const one = open()
    const id = patch(one, folder, { "a.js": "a1" })
    const accepted = patch(one, folder, { "b.js": "b1" })
    one.accept(accepted)
    one.close()
    const two = open()
    expect(runs(two, folder)).toEqual({ "a.js": "a1" })
    expect(statuses(two)).toEqual({ [id]: "active", [accepted]: "accepted" })
    two.undo(accepted, "undone", "x")
    expect(folder.read("b.js")).toBe("b0")
  })

  const refused: ReadonlyArray<readonly [string, () => void, RegExp]> = [
    ["it is no database", () => writeFileSync(file(), "no database ".repeat(500)), /the heals in .*Move the file/],
    ["it holds sessions", () => tamper(`pragma application_id = ${0x4b696e74}`), /belongs to another program/],
    ["a newer version made it", () => tamper("pragma user_version = 99"), /newer Kintsugi.*update/]
  ]
  it.each(refused)("is refused and left as it is when %s", (_, spoil, words) => {
    open().close()
    spoil()
    const before = readFileSync(file())
    expect(open).toThrow(expect.objectContaining({ name: "LedgerError", message: expect.stringMatching(words) }))
    expect(readFileSync(file()).equals(before)).toBe(true)
  })

  it.each([
    "update seams set status = 'noted'",
    "delete from seams",
    "update marks set reason = ''",
    "delete from marks"
  ])("does not take %s", (sql) => {
    const ledger = open()
    const id = patch(ledger, folder, { "a.js": "a1" })
    ledger.undo(id, "undone", "x")
    expect(() => tamper(sql)).toThrow(/append-only/)
  })
})

describe("a ledger that somebody touched", () => {
  const touched: ReadonlyArray<readonly [string, string, RegExp]> = [
    [
      "a text",
      "update texts set content = x'00' where hash = (select hash from heads where path like '%b.js')",
      /not what was kept/
    ],
    [
      "texts",
      "delete from texts where hash in (select hash from heads where path like '%.js' and path not like '%z.js')",
      /has lost a text/
    ],
    [
      "a head",
      `update heads set hash = '${sha256("a0")}' where path like '%a.js'`,
      /not what seam s\w+ was proved with/
    ],
    ["the seam of a head", "update heads set seam = 'sother' where path like '%a.js'", /seam sother was proved with/],
    [
      "seams",
      "drop trigger seams_changed; update seams set seam = '{' where id in (select seam from heads where path not like '%z.js')",
      /proved with/
    ]
  ]
  it.each(touched)("(%s) runs nothing of that plugin, and says so", (name, sql, words) => {
    const ledger = open()
    const ids = [patch(ledger, folder, { "a.js": "a1" }), patch(ledger, folder, { "b.js": "b1" })]
    const other = pluginFolder({ "z.js": "z0" })
    patch(ledger, other, { "z.js": "z1" })
    tamper(sql)
    expect(ledger.overlay(folder.root)).toEqual({ sources: new Map(), seams: [], stale: [] })
    for (const id of ids) {
      const seam = ledger.find(id)
      expect(seam?.status).toBe("rolled_back")
      expect(seam?.mark?.reason).toMatch(/^refused, and with it all repairs of this plugin: /)
      expect(seam?.mark?.reason).toMatch(words)
    }
    expect(runs(ledger, other)).toEqual({ "z.js": "z1" })
    if (name === "seams") expect(ledger.list().at(-1)?.summary).toMatch(/cannot be read: somebody else wrote there/)
    // It can be mended anew, with the same texts.
    patch(ledger, folder, { "a.js": "a1", "b.js": "b1" })
    expect(runs(ledger, folder)).toEqual({ "a.js": "a1", "b.js": "b1" })
    other[Symbol.dispose]()
  })

  it("neither accepts nor undoes with a touched text", () => {
    const ledger = open()
    const id = patch(ledger, folder, { "a.js": "a1" })
    tamper("update texts set content = x'00'")
    expect(() => ledger.accept(id)).toThrow(/not what was kept/)
    expect(folder.read("a.js")).toBe("a0")
  })
})

it("two ledgers of one file: one wins, the other is told to look again (A27)", () => {
  const [one, two] = [open(), open()]
  const first = patchOf(one, folder, { "a.js": "a1" })
  const second = patchOf(two, folder, { "a.js": "a2" })
  two.commit(second.seam, "active", second.texts)
  expect(() => one.commit(first.seam, "active", first.texts)).toThrow(Conflict)
  expect(runs(one, folder)).toEqual({ "a.js": "a2" })
})
