/** Walking a tree by keys, as the ARIA practices describe it, while what it shows comes and goes. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  currentRow,
  goTo,
  type Item,
  newOutline,
  type Outline,
  press,
  rowsOf,
  toggle
} from "../../../channels/web/client/outline/outline.ts"

const item = (id: string, children: ReadonlyArray<Item> = [], isOpen = true): Item => ({
  id,
  name: id,
  isOpen,
  of: undefined,
  children
})

/** runtime ├ agents ─ a1 └ plugins ┬ files ─ read └ words ─ count */
const items = [
  item("runtime", [
    item("agents", [item("a1")]),
    item("plugins", [item("files", [item("read")], false), item("words", [item("count")], false)])
  ])
]

const seen = (outline: Outline, of = items) => rowsOf(of, outline).map(({ item: { id } }) => id)
const at = (outline: Outline, of = items) => currentRow(rowsOf(of, outline), outline)?.item.id
const keys = (outline: Outline, names: ReadonlyArray<string>, of = items): Outline =>
  names.reduce((now, key, step) => press(now, rowsOf(of, now), { key, at: step * 1000 }) ?? now, outline)

describe("what is seen", () => {
  it("is what stands open by itself", () => {
    expect(seen(newOutline)).toEqual(["runtime", "agents", "a1", "plugins", "files", "words"])
  })

  it("tells each row its place among its siblings", () => {
    const rows = rowsOf(items, newOutline)
    expect(rows.map(({ way, position, size, isOpen }) => [way.length, position, size, isOpen])).toEqual([
      [1, 1, 1, true],
      [2, 1, 2, true],
      [3, 1, 1, undefined],
      [2, 2, 2, true],
      [3, 1, 2, false],
      [3, 2, 2, false]
    ])
  })

  it("follows what was chosen, also when the item changes its mind", () => {
    const [, , , , files] = rowsOf(items, newOutline)
    const opened = toggle(newOutline, files ?? expect.fail())
    expect(seen(opened)).toContain("read")
    const broken = [item("files", [item("read")], true)]
    const closed = toggle(opened, rowsOf(broken, opened)[0] ?? expect.fail())
    expect(seen(closed, broken)).toEqual(["files"])
  })

  it("can be long", () => {
    const many = Array.from({ length: 20_000 }, (_, at) => item(String(at)))
    expect(rowsOf([item("all", many)], newOutline)).toHaveLength(20_001)
  })
})

describe("keys", () => {
  it.each([
    [["ArrowDown"], "agents"],
    [["ArrowDown", "ArrowDown", "ArrowUp"], "agents"],
    [["ArrowUp"], "runtime"],
    [["End"], "words"],
    [["End", "ArrowDown"], "words"],
    [["End", "Home"], "runtime"],
    [["End", "ArrowLeft"], "plugins"],
    [["ArrowRight"], "agents"],
    [["ArrowRight", "ArrowRight", "ArrowRight"], "a1"],
    [["w"], "words"],
    [["f"], "files"],
    [["a", "a"], "a1"],
    [["x"], "runtime"]
  ])("%j lead to %s", (pressed, id) => expect(at(keys(newOutline, pressed))).toBe(id))

  it("ArrowRight opens, then enters; ArrowLeft leaves, then closes", () => {
    const opened = keys(newOutline, ["End", "ArrowRight"])
    expect([at(opened), seen(opened).includes("count")]).toEqual(["words", true])
    const inside = keys(opened, ["ArrowRight"])
    expect(at(inside)).toBe("count")
    const back = keys(inside, ["ArrowLeft", "ArrowLeft"])
    expect([at(back), seen(back).includes("count")]).toEqual(["words", false])
  })

  it("a blank opens and closes", () => {
    const opened = keys(newOutline, ["End", " "])
    expect(seen(opened)).toContain("count")
    expect(seen(keys(opened, [" "]))).not.toContain("count")
  })

  it("* opens everything on its level", () => {
    expect(seen(keys(newOutline, ["End", "*"]))).toEqual(expect.arrayContaining(["read", "count"]))
    expect(seen(keys(newOutline, ["*"]))).not.toContain("read")
    const cousins = [item("a", [item("b", [item("deep")], false)]), item("c", [item("d", [item("other")], false)])]
    expect(seen(keys(newOutline, ["ArrowDown", "*"], cousins), cousins)).toEqual(["a", "b", "deep", "c", "d"])
  })

  it("typed together look for a name that begins so, and a pause begins anew", () => {
    const type = (outline: Outline, key: string, time: number) =>
      press(outline, rowsOf(items, outline), { key, at: time }) ?? outline
    const together = type(type(newOutline, "p", 0), "l", 100)
    expect(at(together)).toBe("plugins")
    expect(at(type(type(newOutline, "r", 0), "w", 100))).toBe("runtime")
    expect(at(type(type(newOutline, "r", 0), "w", 5000))).toBe("words")
  })

  it("that are not the tree's are left to the page", () => {
    const rows = rowsOf(items, newOutline)
    for (const key of ["Tab", "Escape", "F5", "PageDown", "Enter"])
      expect(press(newOutline, rows, { key, at: 0 })).toBeUndefined()
    expect(press(newOutline, [], { key: "ArrowDown", at: 0 })).toBeUndefined()
  })
})

describe("when the items change", () => {
  it("the place stays, and what stands above it stays open although it would fold by itself", () => {
    const broken = [item("plugins", [item("words", [item("count")], true)])]
    const inside = keys(newOutline, ["End"], broken)
    expect(at(inside, broken)).toBe("count")
    const healed = [item("plugins", [item("other"), item("words", [item("count")], false)])]
    expect(at(inside, healed)).toBe("count")
    expect(seen(newOutline, healed)).not.toContain("count")
  })

  it("what stood above takes its place when it is gone, else the first", () => {
    const inside = keys(newOutline, ["End", "ArrowRight", "ArrowRight"])
    expect(at(inside, [item("runtime", [item("plugins", [item("words")])])])).toBe("words")
    expect(at(inside, [item("other"), item("more")])).toBe("other")
    expect(at(inside, [])).toBeUndefined()
  })
})

it("whatever is pressed, the place is seen, and only what can be opened is open", () => {
  const names = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End", "*", " ", "w", "a", "p", "r", "f"]
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...names), { maxLength: 40 }), (pressed) => {
      const outline = keys(newOutline, pressed)
      const rows = rowsOf(items, outline)
      const here = currentRow(rows, outline)
      expect(rows).toContain(here)
      if (outline.way.length > 0) expect(here?.way).toEqual(outline.way)
      for (const row of rows) expect(row.isOpen === undefined).toBe(row.item.children.length === 0)
      // Going where one is changes nothing that is seen.
      expect(seen(goTo(outline, here ?? expect.fail()))).toEqual(seen(outline))
    })
  )
})
