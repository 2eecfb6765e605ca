/** A list to choose from: type to narrow it down, arrows to move, enter to take. */
import { go } from "fuzzysort"
import { empty, insert, press, type Editor } from "./editor.ts"
import { type Key, keyName } from "./keys.ts"
import { clean, type Line, say, truncate } from "../text/text.ts"
import { readModelId } from "../../../llm/model-id.ts"

export interface Choice {
  readonly id: string
  readonly label: string
  readonly note: string
}

export interface Picker {
  readonly purpose: "model" | "session" | "permissions" | "history" | "point" | "reload"
  readonly title: string
  /** Absent while they are being fetched. */
  readonly choices?: ReadonlyArray<Choice>
  readonly query: Editor
  readonly selected: number
  /** The id of a model can be typed that is in no list. */
  readonly isOpen?: true
}

export const openPicker = (purpose: Picker["purpose"], title: string, choices?: ReadonlyArray<Choice>): Picker => ({
  purpose,
  title,
  query: empty,
  selected: 0,
  ...(choices && { choices })
})

/** What fits best stands first, what was typed itself last. */
export const matches = (picker: Picker): ReadonlyArray<Choice> => {
  const { choices = [], query } = picker
  const typed = query.text.trim()
  if (typed === "") return choices
  const found = go(typed, choices, { keys: ["label", "note"], threshold: 0.2, limit: 200 }).map(({ obj }) => obj)
  return isNewModel(picker, typed) ? [...found, { id: typed, label: typed, note: "as typed" }] : found
}

/** Once the list is there: before, it could be the beginning of what stands in it. */
const isNewModel = ({ isOpen, choices }: Picker, typed: string): boolean =>
  isOpen === true &&
  choices?.every(({ id }) => id !== typed) === true &&
  !/\s/.test(typed) &&
  readModelId(typed) !== undefined

export type Picked =
  | { readonly type: "open"; readonly picker: Picker }
  | { readonly type: "taken"; readonly choice: Choice }
  | { readonly type: "closed" }

export const pressPicker = (picker: Picker, key: Key): Picked => {
  const found = matches(picker)
  const name = keyName(key)
  const to = (selected: number): Picked => ({
    type: "open",
    picker: { ...picker, selected: Math.max(0, Math.min(selected, found.length - 1)) }
  })
  if (name === "escape") return { type: "closed" }
  if (name === "up" || name === "ctrl-p") return to(picker.selected === 0 ? found.length - 1 : picker.selected - 1)
  if (name === "down" || name === "ctrl-n") return to((picker.selected + 1) % Math.max(1, found.length))
  if (name === "pageup") return to(picker.selected - 8)
  if (name === "pagedown") return to(picker.selected + 8)
  if (name === "enter" || name === "tab") {
    const choice = found[picker.selected]
    return choice === undefined ? { type: "open", picker } : { type: "taken", choice }
  }
  const query =
    key.type === "text"
      ? insert(picker.query, key.text.replaceAll("\n", " "))
      : name === "ctrl-j"
        ? undefined
        : press(picker.query, name ?? "")
  return { type: "open", picker: query === undefined ? picker : { ...picker, query, selected: 0 } }
}

export const pickerLines = (picker: Picker, width: number, height: number): ReadonlyArray<Line> => {
  const found = matches(picker)
  const rows = Math.max(1, height - 2)
  const top = Math.max(0, Math.min(picker.selected - Math.floor(rows / 2), found.length - rows))
  const list = found
    .slice(top, top + rows)
    .map((choice, index) => choiceLine(choice, top + index === picker.selected, width))
  const empty = picker.choices === undefined ? "fetching …" : "nothing matches"
  const count = found.length > rows ? ` ${picker.selected + 1}/${found.length}` : ""
  const head: Line = [
    { text: `${picker.title}: `, style: { bold: true } },
    { text: picker.query.text },
    { text: "▏", style: { tone: "accent" } },
    { text: count, style: { dim: true } }
  ]
  const foot = say("enter to choose · type to search · esc to close", { dim: true })
  return [
    truncate(head, width),
    ...(list.length === 0 ? [say(`  ${empty}`, { dim: true })] : list),
    ...(height > 3 ? [truncate(foot, width)] : [])
  ]
}

/** A row of a list: marked when selected, its note dimmed behind it. */
export const choiceLine = ({ label, note }: Pick<Choice, "label" | "note">, isSelected: boolean, width: number): Line =>
  truncate(
    [
      isSelected ? { text: "› ", style: { tone: "accent", bold: true } } : { text: "  " },
      { text: clean(label), style: isSelected ? { tone: "accent" } : {} },
      ...(note === "" ? [] : [{ text: `  ${clean(note)}`, style: { dim: true } }])
    ],
    width
  )
