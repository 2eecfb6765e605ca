/** What plugins are promised of their notes, whatever keeps them. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { mostNotes } from "../../../actors/store/notes.ts"
import type { StoreShelf } from "../../../actors/store/stores.ts"
import { PortError, type Store } from "../../../plugins/ports.ts"

export const refused = async (act: Promise<unknown>): Promise<PortError> => {
  const error = await act.then(
    () => undefined,
    (error: unknown) => error
  )
  if (error instanceof PortError) return error
  throw new Error(`not refused by the port: ${String(error)}`)
}

/** Gives the notes of the plugin words in session s1 these names, each with its name, faster than through the port. */
type Fill = (shelf: StoreShelf, keys: ReadonlyArray<string>) => Promise<void>

/** @param use Calls back with a fresh shelf and lets go of it. */
export const notesContract = (
  name: string,
  use: (act: (shelf: StoreShelf) => Promise<void>) => Promise<void>,
  fill: Fill
): void => {
  const within = (act: (shelf: StoreShelf, store: Store) => Promise<void>) => () =>
    use((shelf) => act(shelf, shelf.of("words", "s1", "/project").session))

  // oxlint-disable-next-line vitest/valid-title -- the name is that of the keeper under test
  describe(name, () => {
    it(
      "gives back what was set last, in an order that does not change, and nobody else's",
      within(async (shelf) => {
        const owners = [
          shelf.of("words", "s1", "/project").session,
          shelf.of("words", "s1", "/project").project,
          shelf.of("words", "s2", "/other").session,
          shelf.of("words", "s2", "/other").project,
          shelf.of("other", "s1", "/project").session
        ]
        const key = fc.constantFrom(
          "a",
          "b",
          "ba",
          "é",
          "\u{10000}",
          "\uffee",
          "__proto__",
          "a\0b",
          "constructor",
          "%",
          "_"
        )
        const value = fc.jsonValue()
        const order = fc.record({
          at: fc.nat({ max: owners.length - 1 }),
          act: fc.oneof(fc.record({ set: key, value }), fc.record({ delete: key }))
        })
        await fc.assert(
          fc.asyncProperty(fc.array(order, { maxLength: 30 }), async (orders) => {
            const model = owners.map(() => new Map<string, unknown>())
            for (const store of owners) for (const one of await store.keys()) await store.delete(one)
            for (const { at, act } of orders) {
              const [store, known] = [owners[at], model[at]]
              if (store === undefined || known === undefined) throw new Error("unreachable")
              if ("set" in act) {
                await store.set(act.set, act.value)
                known.set(act.set, JSON.parse(JSON.stringify(act.value)))
              } else {
                await store.delete(act.delete)
                known.delete(act.delete)
              }
            }
            for (const [at, store] of owners.entries()) {
              const known = model[at] ?? new Map()
              const keys = [...known.keys()].toSorted((one, other) =>
                Buffer.compare(Buffer.from(one), Buffer.from(other))
              )
              expect(await store.keys()).toEqual(keys)
              expect(await store.keys("b")).toEqual(keys.filter((one) => one.startsWith("b")))
              for (const one of keys) expect(await store.get(one)).toEqual(known.get(one))
            }
          }),
          { numRuns: 25 }
        )
      })
    )

    it(
      "keeps a value as it was, whoever changes it afterwards",
      within(async (_, store) => {
        const value = { list: [1] }
        await store.set("a", value)
        value.list.push(2)
        const read = (await store.get("a")) as { list: Array<number> }
        read.list.push(3)
        expect(await store.get("a")).toEqual({ list: [1] })
        expect(await store.get("b")).toBeUndefined()
        await store.delete("b")
      })
    )

    it(
      "refuses what would not come back as it was, names it, and keeps what was there",
      within(async (_, store) => {
        const circle: { self?: unknown } = {}
        circle.self = circle
        class Word {
          readonly letters = 1
        }
        let deep: unknown = 1
        for (let level = 0; level < 100_000; level++) deep = [deep]
        const values: ReadonlyArray<readonly [unknown, string]> = [
          [undefined, "delete"],
          [{ at: new Date(0) }, "at is an instance of Date"],
          [[undefined], "0 is undefined"],
          [Number.NaN, "it is NaN"],
          [{ n: 1n }, "n is a bigint"],
          [new Map(), "it is an instance of Map"],
          [new Word(), "it is an instance of Word"],
          [{ run: () => 1 }, "run is a function"],
          [{ toJSON: () => 1 }, "toJSON is a function"],
          [circle, "circular"],
          [deep, "cannot be written as JSON"],
          ["é".repeat(600_000), "1200002 bytes"]
        ]
        await store.set("a", "kept")
        for (const [value, said] of values) {
          const error = await refused(store.set("a", value))
          expect(error.kind).toBe("invalid_arguments")
          expect(error.message).toContain(said)
        }
        for (const key of ["", "x".repeat(257), "\ud800"]) {
          expect((await refused(store.set(key, 1))).kind).toBe("invalid_arguments")
          expect((await refused(store.get(key))).kind).toBe("invalid_arguments")
        }
        expect((await refused(store.set(1 as never, 1))).message).toContain("must be a text, not number")
        expect(await store.get("a")).toBe("kept")
        expect(await store.keys()).toEqual(["a"])
      })
    )

    it(
      "holds a bounded number of notes of one plugin, and says what to do when there are more",
      within(async (shelf, store) => {
        const names = Array.from({ length: mostNotes }, (_, n) => `k${n}`)
        await store.set("k0", "k0")
        await fill(shelf, names.slice(1))
        const error = await refused(store.set("more", 1))
        expect(error.message).toContain("plugin words has 1000 notes in the session's store")
        await store.set("k1", "changed")
        await store.delete("k2")
        await store.set("more", 1)
        expect(await store.get("k1")).toBe("changed")
        await shelf.of("other", "s1", "/project").session.set("more", 1)
      })
    )

    it(
      "holds a note of a mebibyte",
      within(async (_, store) => {
        const text = "x".repeat(1024 * 1024 - 2)
        await store.set("a", text)
        expect(await store.get("a")).toBe(text)
      })
    )
  })
}
