/** Any history of a ledger, against a model that says what must run and what must stand in the files. */
import { join } from "node:path"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { memoryLedger } from "../../../actors/healing/memory-ledger.ts"
import { openLedger } from "../../../actors/healing/sqlite-ledger.ts"
import type { Ledger } from "../../../healing/ledger.ts"
import { patchOf, type PluginFolder, pluginFolder, runs, statuses } from "../../healing/ledger-world.ts"

const names = ["a.js", "b.js", "c.js"]
const some = fc.subarray(names, { minLength: 1 })
const which = fc.nat(7)

/** Few, so that histories come back to where they were. */
const letter = fc.constantFrom("0", "1", "2")

type Order =
  | { readonly type: "commit" | "propose"; readonly names: ReadonlyArray<string>; readonly letter: string }
  | { readonly type: "undo" | "activate" | "accept"; readonly which: number }
  | { readonly type: "edit"; readonly name: string; readonly letter: string }
  | { readonly type: "reopen" }

const order: fc.Arbitrary<Order> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant("commit" as const), names: some, letter }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("propose" as const), names: some, letter }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("undo" as const), which }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("activate" as const), which }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("accept" as const), which }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("edit" as const), name: fc.constantFrom(...names), letter }) },
  { weight: 1, arbitrary: fc.constant<Order>({ type: "reopen" }) }
)

interface Made {
  readonly id: string
  status: string
  /** Of each file: what ran before, and what it made of it. */
  readonly texts: Readonly<Record<string, { readonly before: string; readonly after: string }>>
  /** What stood in its files when it began to run. */
  base: Readonly<Record<string, string>>
}

/** What ought to be: every seam in the order in which they began to run, and the files. */
const model = () => {
  const made: Array<Made> = []
  const files = new Map<string, string>(names.map((name) => [name, "0"]))
  const text = (name: string) => files.get(name) ?? ""
  const active = () => made.filter(({ status }) => status === "active")
  const isStale = () => active().some(({ base }) => Object.entries(base).some(([name, old]) => text(name) !== old))
  const running = (): Readonly<Record<string, string>> =>
    Object.fromEntries(
      isStale()
        ? []
        : active().flatMap(({ texts }) => Object.entries(texts).map(([name, { after }]) => [name, after] as const))
    )
  const fits = ({ texts }: Made) =>
    Object.entries(texts).every(([name, { before }]) => (running()[name] ?? text(name)) === before)
  const overlaps = (one: Made, others: ReadonlyArray<Made>) =>
    others.some((other) => Object.keys(one.texts).some((name) => name in other.texts))
  const last = (seam: Made) => void made.push(...made.splice(made.indexOf(seam), 1))

  /** Each says whether it may be, and does it. */
  return {
    made,
    files,
    text,
    running,
    activate: (seam: Made): boolean => {
      if (seam.status !== "proposed" || !fits(seam)) return false
      if (isStale()) for (const old of active()) old.status = "rolled_back"
      seam.base = Object.fromEntries(Object.keys(seam.texts).map((name) => [name, text(name)]))
      seam.status = "active"
      last(seam)
      return true
    },
    accept: (seam: Made): boolean => {
      if (!["active", "proposed"].includes(seam.status) || isStale() || (seam.status === "proposed" && !fits(seam)))
        return false
      if (seam.status === "proposed") last(seam)
      let joined = [seam]
      for (const _ of names)
        joined = made.filter((one) => one === seam || (one.status === "active" && overlaps(one, joined)))
      for (const one of joined) {
        one.status = "accepted"
        for (const [name, { after }] of Object.entries(one.texts)) files.set(name, after)
      }
      return true
    },
    undo: (seam: Made): boolean => {
      if (seam.status === "proposed") return ((seam.status = "undone"), true)
      if (!["active", "accepted"].includes(seam.status)) return false
      const taken: Array<Made> = []
      for (const one of made.slice(made.indexOf(seam)))
        if (one === seam || (["active", "accepted"].includes(one.status) && overlaps(one, taken))) taken.push(one)
      const after = new Map(files)
      for (const one of taken.filter(({ status }) => status === "accepted").toReversed())
        for (const [name, change] of Object.entries(one.texts)) {
          if (after.get(name) !== change.after) return false
          after.set(name, change.before)
        }
      for (const [name, old] of after) files.set(name, old)
      for (const one of taken) one.status = "undone"
      return true
    }
  }
}

const tried = (act: () => unknown): boolean => {
  try {
    act()
    return true
  } catch {
    return false
  }
}

const play = (
  folder: PluginFolder,
  opened: Ledger,
  reopen: (ledger: Ledger) => Ledger,
  orders: ReadonlyArray<Order>
) => {
  let ledger = opened
  const expected = model()
  for (const order of orders) {
    switch (order.type) {
      case "commit":
      case "propose": {
        const { seam, texts } = patchOf(
          ledger,
          folder,
          Object.fromEntries(order.names.map((name) => [name, order.letter]))
        )
        const running = expected.running()
        const changes = order.names.map((name) => [
          name,
          { before: running[name] ?? expected.text(name), after: order.letter }
        ])
        const made: Made = { id: seam.id, status: "proposed", texts: Object.fromEntries(changes), base: {} }
        expected.made.push(made)
        if (order.type === "commit") expected.activate(made)
        ledger.commit(seam, order.type === "commit" ? "active" : "proposed", texts)
        break
      }
      case "edit":
        expected.files.set(order.name, order.letter)
        folder.write(order.name, order.letter)
        break
      case "reopen":
        ledger = reopen(ledger)
        break
      default: {
        const seam = expected.made[order.which % Math.max(1, expected.made.length)]
        if (seam === undefined) break
        const may = expected[order.type](seam)
        const did = tried(() =>
          order.type === "undo" ? ledger.undo(seam.id, "undone", "x") : ledger[order.type](seam.id)
        )
        expect([order, did]).toEqual([order, may])
      }
    }
    expect(runs(ledger, folder)).toEqual(expected.running())
    expect(statuses(ledger)).toEqual(Object.fromEntries(expected.made.map(({ id, status }) => [id, status])))
    expect(names.map((name) => folder.read(name))).toEqual(names.map(expected.text))
  }
  ledger.close()
}

const files = Object.fromEntries(names.map((name) => [name, "0"]))

describe("any history", { timeout: 60_000 }, () => {
  it("of a ledger in memory runs and writes what the model says", () => {
    fc.assert(
      fc.property(fc.array(order, { maxLength: 25, size: "max" }), (orders) => {
        using folder = pluginFolder(files)
        play(folder, memoryLedger(), (ledger) => ledger, orders)
      }),
      { numRuns: 100 }
    )
  })

  it("of a ledger in SQLite does, also when it is closed and opened again", () => {
    fc.assert(
      fc.property(fc.array(order, { maxLength: 25, size: "max" }), (orders) => {
        using folder = pluginFolder(files)
        const file = join(folder.above, "heals.db")
        const reopen = (ledger: Ledger) => {
          ledger.close()
          return openLedger(file)
        }
        play(folder, openLedger(file), reopen, orders)
      }),
      { numRuns: 20 }
    )
  })
})
