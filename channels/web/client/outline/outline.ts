/**
 * A tree that can be walked by keys, as the ARIA practices say (https://www.w3.org/WAI/ARIA/apg/patterns/treeview/): what of it is
 * seen, and what a key does. Pure; what was chosen outlives any change of the items.
 */

/** Something in a tree. Ids are unique within it. */
export interface Item<Of = unknown> {
  readonly id: string
  /** What it begins with when one types to find it. */
  readonly name: string
  /** Whether it stands open as long as nobody has chosen otherwise. */
  readonly isOpen: boolean
  readonly of: Of
  readonly children: ReadonlyArray<Item<Of>>
}

export interface Outline {
  /** What the user opened or closed. */
  readonly chosen: ReadonlyMap<string, boolean>
  /** Where the user is: ids from the top down; empty before the first step. */
  readonly way: ReadonlyArray<string>
  /** What is being typed to find a name. `at`: milliseconds of any clock. */
  readonly typed: { readonly text: string; readonly at: number }
}

export const newOutline: Outline = { chosen: new Map(), way: [], typed: { text: "", at: 0 } }

export interface Row<Of = unknown> {
  readonly item: Item<Of>
  /** Ids from the top down, its own last. */
  readonly way: ReadonlyArray<string>
  /** Among its siblings, from 1. */
  readonly position: number
  readonly size: number
  /** `undefined`: there is nothing to open. */
  readonly isOpen: boolean | undefined
}

/** What is seen, from above. */
export const rowsOf = <Of>(items: ReadonlyArray<Item<Of>>, { chosen }: Outline): ReadonlyArray<Row<Of>> => {
  const rows: Array<Row<Of>> = []
  const waiting = siblings(items, [], chosen)
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    rows.push(next)
    if (next.isOpen) waiting.push(...siblings(next.item.children, next.way, chosen))
  }
  return rows
}

/** The first stands last: they are taken from the end. */
const siblings = <Of>(
  items: ReadonlyArray<Item<Of>>,
  above: ReadonlyArray<string>,
  chosen: Outline["chosen"]
): Array<Row<Of>> =>
  items
    .map((item, at): Row<Of> => ({
      item,
      way: [...above, item.id],
      position: at + 1,
      size: items.length,
      isOpen: item.children.length === 0 ? undefined : (chosen.get(item.id) ?? item.isOpen)
    }))
    .toReversed()

/** Where the user is; when that is gone, what stood above it; else the first. */
export const currentRow = <Of>(rows: ReadonlyArray<Row<Of>>, { way }: Outline): Row<Of> | undefined => {
  for (const id of way.toReversed()) {
    const row = rows.find(({ item }) => item.id === id)
    if (row !== undefined) return row
  }
  return rows[0]
}

/** Goes there. What stands above it stays open from now on: nothing folds under the user's feet. */
export const goTo = (outline: Outline, { way }: Pick<Row, "way">): Outline => {
  const above = way.slice(0, -1).filter((id) => outline.chosen.get(id) !== true)
  if (above.length === 0) return { ...outline, way }
  return { ...outline, way, chosen: new Map([...outline.chosen, ...above.map((id) => [id, true] as const)]) }
}

export const toggle = (outline: Outline, row: Row, open = row.isOpen === false): Outline =>
  row.isOpen === undefined || row.isOpen === open
    ? outline
    : { ...outline, chosen: new Map([...outline.chosen, [row.item.id, open]]) }

/** Milliseconds after which typing begins anew. */
const pause = 800

export interface Press {
  /** As in `KeyboardEvent.key`. */
  readonly key: string
  /** Milliseconds of any clock. */
  readonly at: number
}

/** What a key does; `undefined`: it is none of the tree's. */
export const press = (outline: Outline, rows: ReadonlyArray<Row>, { key, at }: Press): Outline | undefined => {
  const here = currentRow(rows, outline)
  if (here === undefined) return undefined
  const to = (row: Row | undefined): Outline => (row === undefined ? outline : goTo(outline, row))
  const index = rows.indexOf(here)
  switch (key) {
    case "ArrowDown":
      return to(rows[index + 1])
    case "ArrowUp":
      return to(rows[index - 1])
    case "Home":
      return to(rows[0])
    case "End":
      return to(rows.at(-1))
    case "ArrowRight":
      return here.isOpen === true ? to(rows[index + 1]) : toggle(to(here), here, true)
    case "ArrowLeft":
      return here.isOpen === true ? toggle(to(here), here, false) : to(parentOf(rows, here))
    case "*":
      return rows
        .filter((row) => row.way.length === here.way.length && row.way.at(-2) === here.way.at(-2))
        .reduce((open, row) => toggle(open, row, true), to(here))
    case " ":
      return type(outline, rows, index, { key, at }) ?? toggle(to(here), here)
    default:
      return type(outline, rows, index, { key, at })
  }
}

const parentOf = (rows: ReadonlyArray<Row>, { way }: Row): Row | undefined =>
  rows.find(({ item }) => item.id === way.at(-2))

/** One character, again and again, goes from one name with it to the next; several look for a name that begins with them. */
const type = (outline: Outline, rows: ReadonlyArray<Row>, from: number, { key, at }: Press): Outline | undefined => {
  const before = at - outline.typed.at < pause ? outline.typed.text : ""
  if ([...key].length !== 1 || (key === " " && before === "")) return undefined
  const text = `${before}${key}`.toLowerCase()
  const [first = ""] = text
  const isOne = [...text].every((character) => character === first)
  const sought = isOne ? first : text
  const start = isOne ? from + 1 : from
  const around = [...rows.slice(start), ...rows.slice(0, start)]
  const found = around.find(({ item }) => item.name.toLowerCase().startsWith(sought))
  const typed = { text, at }
  return found === undefined ? { ...outline, typed } : { ...goTo(outline, found), typed }
}
