/** What was being fetched arrives: the choices of a list that is still open, names to suggest. */
import { ago } from "../text/numbers.ts"
import type { Choice, Picker } from "./picker.ts"
import { pointRows } from "./points.ts"
import type { Action, State } from "./state.ts"

type Fetched = Extract<Action, { type: "models" | "sessions" | "tree" | "plugins" }>

export const fill = (state: State, action: Fetched): State => {
  switch (action.type) {
    case "models":
      return fillModels(state, action)
    case "sessions":
      return fillPicker(state, "session", sessionRows(state, action))
    case "tree":
      return fillTree(state, action)
    case "plugins": {
      const choices = action.names.map((name) => ({ id: name, label: name, note: "" }))
      return fillPicker({ ...state, plugins: action.names }, "reload", choices)
    }
  }
}

/** The list opens at the model that is used, which stands in it whatever else does, as all that have answered do. */
const fillModels = (state: State, { models }: Extract<Action, { type: "models" }>): State => {
  const { model, spent } = state.status
  const used = [...new Set([model, ...Object.keys(spent.models ?? {})])]
  const unlisted = used.filter((one) => models.every(({ id }) => id !== one))
  const all = [...unlisted.map((id) => ({ id, note: "" })), ...models]
  const noteOf = (id: string): string => (id === model ? "in use" : used.includes(id) ? "used before" : "")
  const choices = all.map(({ id, note }) => ({
    id,
    label: id,
    note: [noteOf(id), note].filter(Boolean).join("  ")
  }))
  const isTyping = state.picker?.query.text !== ""
  return fillPicker(state, "model", choices, isTyping ? undefined : all.findIndex(({ id }) => id === model))
}

const fillPicker = (
  state: State,
  purpose: Picker["purpose"],
  choices: ReadonlyArray<Choice>,
  selected = state.picker?.selected ?? 0
): State => {
  const { picker } = state
  return picker?.purpose === purpose ? { ...state, picker: { ...picker, choices, selected } } : state
}

const sessionRows = (
  { status }: State,
  { sessions, now }: Extract<Action, { type: "sessions" }>
): ReadonlyArray<Choice> =>
  sessions
    .filter(({ id }) => id !== status.id)
    .map(({ id, title, model, messages, updatedAt }) => ({
      id,
      label: title === "" ? id : title,
      note: `${ago(now - updatedAt)} · ${messages} ${messages === 1 ? "message" : "messages"} · ${model} · ${id.slice(0, 8)}`
    }))

/** The list opens at the point where the conversation stands. */
const fillTree = (state: State, { nodes, now }: Extract<Action, { type: "tree" }>): State => {
  const choices = pointRows(nodes, now)
  const head = nodes.find(({ metadata }) => metadata.head)?.id
  const at = choices.findIndex(({ id }) => id === head)
  return fillPicker(state, "point", choices, Math.max(0, at))
}
