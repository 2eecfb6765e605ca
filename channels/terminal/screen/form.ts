/** The form of an inquiry as a value: what stands in each field, where the cursor is, what a key does. Pure. */
import type { Field, FieldValue, Inquiry } from "../../../plugins/inquiry.ts"
import { readContent, readValue } from "../../../plugins/inquiry/content.ts"
import { type Editor, empty, insert, press } from "./editor.ts"
import { type Key, keyName } from "./keys.ts"

/** What stands in one field. */
export type Entry =
  | { readonly kind: "text"; readonly editor: Editor }
  /** `picked`: number of the option; absent: none. */
  | { readonly kind: "one"; readonly options: ReadonlyArray<FieldValue>; readonly picked?: number }
  | {
      readonly kind: "many"
      readonly options: ReadonlyArray<string>
      readonly picked: ReadonlyArray<number>
      /** Option that the cursor is at. */
      readonly at: number
    }

export interface Form {
  readonly fields: ReadonlyArray<Field>
  /** One for each field. */
  readonly entries: ReadonlyArray<Entry>
  /** Field that has the cursor; behind the last one stands the button that sends. */
  readonly at: number
  /** By the field's name. */
  readonly problems: Readonly<Record<string, string>>
}

export type Filled =
  | { readonly type: "open"; readonly form: Form }
  | { readonly type: "sent"; readonly content: Readonly<Record<string, FieldValue>> }
  | { readonly type: "declined" }

/** @returns `undefined` for a mere yes or no. */
export const formOf = ({ fields = [] }: Inquiry): Form | undefined =>
  fields.length === 0 ? undefined : { fields, entries: fields.map(entryOf), at: 0, problems: {} }

const entryOf = (field: Field): Entry => {
  switch (field.type) {
    case "boolean":
      return one([true, false], field.default)
    case "choice":
      return one(
        field.options.map(({ value }) => value),
        field.default
      )
    case "choices": {
      const options = field.options.map(({ value }) => value)
      return { kind: "many", options, picked: (field.default ?? []).map((value) => options.indexOf(value)), at: 0 }
    }
    default:
      // A stranger wrote it: what cannot be seen is not to be sent either.
      return { kind: "text", editor: insert(empty, oneLine(String(field.default ?? ""))) }
  }
}

const one = (options: ReadonlyArray<FieldValue>, standing: FieldValue | undefined): Entry => {
  const picked = standing === undefined ? -1 : options.indexOf(standing)
  return { kind: "one", options, ...(picked >= 0 && { picked }) }
}

const valueOf = (entry: Entry): FieldValue | undefined => {
  if (entry.kind === "text") return entry.editor.text
  if (entry.kind === "one") return entry.picked === undefined ? undefined : entry.options[entry.picked]
  return entry.options.filter((_, index) => entry.picked.includes(index))
}

export const pressForm = (form: Form, key: Key): Filled => {
  const name = keyName(key)
  if (name === "escape") return { type: "declined" }
  if (name === "up") return open(form, move(form, -1))
  if (name === "down" || name === "tab") return open(form, move(form, 1))
  if (name === "enter") return form.at === form.fields.length ? send(form) : open(form, next(form))
  const [field, entry] = [form.fields[form.at], form.entries[form.at]]
  if (field === undefined || entry === undefined) return open(form, {})
  const changed = pressEntry(entry, field, key.type === "text" ? key.text : "", name ?? "")
  return changed === entry ? open(form, {}) : open(form, replaced(form, changed))
}

const open = (form: Form, change: Partial<Form>): Filled => ({ type: "open", form: { ...form, ...change } })

const move = ({ at, fields }: Form, by: number): Partial<Form> => ({
  at: Math.min(Math.max(at + by, 0), fields.length)
})

/** With a remark on what is left behind, if it does not fit. */
const next = (form: Form): Partial<Form> => {
  const [field, entry] = [form.fields[form.at], form.entries[form.at]]
  if (field === undefined || entry === undefined) return {}
  const read = readValue(field, valueOf(entry))
  return "problem" in read
    ? { problems: { ...form.problems, [field.name]: read.problem } }
    : { problems: without(form.problems, field.name), ...move(form, 1) }
}

/** A field that is being changed is judged again when it is left. */
const replaced = (form: Form, entry: Entry): Partial<Form> => ({
  entries: form.entries.map((old, index) => (index === form.at ? entry : old)),
  problems: without(form.problems, form.fields[form.at]?.name ?? "")
})

const without = (problems: Form["problems"], name: string): Form["problems"] =>
  Object.fromEntries(Object.entries(problems).filter(([field]) => field !== name))

/** What does not fit is said at its field, and the first such field has the cursor. */
const send = (form: Form): Filled => {
  const { fields, entries } = form
  const given = fields.flatMap((field, index): ReadonlyArray<readonly [string, FieldValue]> => {
    const entry = entries[index]
    const value = entry === undefined ? undefined : valueOf(entry)
    return value === undefined ? [] : [[field.name, value]]
  })
  const read = readContent({ fields }, Object.fromEntries(given))
  if ("content" in read) return { type: "sent", content: read.content }
  const problems = Object.fromEntries(read.problems.map(({ field, problem }) => [field, problem]))
  const first = fields.findIndex(({ name }) => Object.hasOwn(problems, name))
  return open(form, { problems, at: Math.max(0, first) })
}

const pressEntry = (entry: Entry, field: Field, text: string, name: string): Entry => {
  if (entry.kind === "text") {
    const editor = text === "" ? press(entry.editor, name) : insert(entry.editor, oneLine(text))
    // A line break has no place in a field.
    return editor === undefined || editor.text.includes("\n") ? entry : { ...entry, editor }
  }
  const step = name === "right" || (entry.kind === "one" && text === " ") ? 1 : name === "left" ? -1 : 0
  if (entry.kind === "one") {
    const said = field.type === "boolean" ? ["y", "n"].indexOf(text.toLowerCase()) : -1
    if (said >= 0) return { ...entry, picked: said }
    if (name === "backspace" && !field.required) return { kind: "one", options: entry.options }
    return step === 0 ? entry : { ...entry, picked: around(entry.picked, step, entry.options.length) }
  }
  if (text === " ") return { ...entry, picked: toggled(entry.picked, entry.at) }
  return step === 0 ? entry : { ...entry, at: around(entry.at, step, entry.options.length) }
}

const around = (at: number | undefined, by: number, count: number): number =>
  at === undefined ? (by > 0 ? 0 : count - 1) : (at + by + count) % count

const toggled = (picked: ReadonlyArray<number>, at: number): ReadonlyArray<number> =>
  picked.includes(at) ? picked.filter((one) => one !== at) : [...picked, at]

const oneLine = (text: string): string => text.replace(/[\r\n]+/g, " ")

/** Pasted text goes into the field that has the cursor, if that takes any. */
export const pasteInto = (form: Form, text: string): Form => {
  const entry = form.entries[form.at]
  if (entry?.kind !== "text") return form
  return { ...form, ...replaced(form, { ...entry, editor: insert(entry.editor, oneLine(text).slice(0, 20_000)) }) }
}

/** A whole line said for the field that has the cursor, where keys cannot be read. */
export const fillLine = (form: Form, value: FieldValue | undefined): Form => {
  const entry = form.entries[form.at]
  const filled = entry === undefined ? undefined : put(entry, value)
  return filled === undefined ? form : { ...form, ...replaced(form, filled), ...move(form, 1) }
}

const put = (entry: Entry, value: FieldValue | undefined): Entry => {
  if (entry.kind === "text") return { ...entry, editor: insert(empty, oneLine(String(value ?? ""))) }
  if (entry.kind === "one") return one(entry.options, value)
  const chosen = typeof value === "object" ? value : []
  return { ...entry, picked: chosen.map((option) => entry.options.indexOf(option)) }
}
