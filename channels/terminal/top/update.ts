/** What happens to `top`: one action, one new state. No clock, no I/O. */
import type { Seen } from "../../health/look.ts"
import { type Key, keyName } from "../screen/keys.ts"
import { lastScroll, roomOf, type Top } from "./screen.ts"

export type TopAction =
  | { readonly type: "seen"; readonly seen: ReadonlyArray<Seen>; readonly now: number }
  | { readonly type: "key"; readonly key: Key }
  | { readonly type: "resized"; readonly columns: number; readonly rows: number }

export const updateTop = (top: Top, action: TopAction): Top => {
  switch (action.type) {
    case "seen":
      return inside(look(top, action.seen, action.now))
    case "resized":
      return inside({ ...top, columns: action.columns, rows: action.rows })
    case "key":
      return inside(namesOf(action.key).reduce(press, top))
  }
}

/** What is scrolled too far comes back. */
const inside = (top: Top): Top => ({ ...top, scroll: Math.max(0, Math.min(top.scroll, lastScroll(top))) })

const look = (top: Top, seen: ReadonlyArray<Seen>, now: number): Top => {
  // One that is silent now is shown as it was.
  const kept = seen.map((one) => ({ ...top.seen.find(({ pid }) => pid === one.pid), ...heard(one) }))
  if (kept.some(({ pid }) => pid === top.chosen)) return { ...top, seen: kept, now }
  const at = top.seen.findIndex(({ pid }) => pid === top.chosen)
  const next = kept[Math.max(0, Math.min(at, kept.length - 1))]
  return { ...top, seen: kept, now, chosen: next?.pid, scroll: 0 }
}

/** An answer ends the trouble of before. */
const heard = (one: Seen): Seen => (one.health === undefined ? one : { ...one, trouble: undefined })

/** Typed text may hold several keys. */
const namesOf = (key: Key): ReadonlyArray<string> => (key.type === "text" ? [...key.text] : [keyName(key) ?? ""])

const press = (top: Top, name: string): Top => {
  const page = Math.max(1, roomOf(top) - 1)
  const to = (scroll: number): Top => inside({ ...top, scroll })
  switch (name) {
    case "q":
    case "escape":
    case "ctrl-c":
    case "ctrl-d":
      return { ...top, leaving: true }
    case "up":
    case "k":
      return to(top.scroll - 1)
    case "down":
    case "j":
      return to(top.scroll + 1)
    case "pageup":
      return to(top.scroll - page)
    case "pagedown":
    case " ":
      return to(top.scroll + page)
    case "home":
    case "g":
      return to(0)
    case "end":
    case "G":
      return to(lastScroll(top))
    case "tab":
    case "right":
      return choose(top, indexOf(top) + 1)
    case "shift-tab":
    case "left":
      return choose(top, indexOf(top) - 1)
    default:
      return /^[1-9]$/.test(name) && Number(name) <= top.seen.length ? choose(top, Number(name) - 1) : top
  }
}

const indexOf = ({ seen, chosen }: Top): number => seen.findIndex(({ pid }) => pid === chosen)

const choose = (top: Top, index: number): Top => {
  const count = top.seen.length
  const one = top.seen[(index + count) % Math.max(1, count)]
  return one === undefined || one.pid === top.chosen ? top : { ...top, chosen: one.pid, scroll: 0 }
}
