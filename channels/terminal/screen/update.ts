/** What happens to the chat: one action, one new state, and what it asks of the world. No clock, no I/O. */
import { answer, delayed, fillForm, pasteAnswer, withQuestion } from "./answering.ts"
import { isMode } from "./commands.ts"
import { accept, mentionAt, mentionOf, suggest, wantsPlugins } from "./completion.ts"
import { fill } from "./fetched.ts"
import { pointName } from "./points.ts"
import { keyOf, menuOf } from "./menu.ts"
import { continued, empty, expand, insert, paste, press, withText } from "./editor.ts"
import { moveRow } from "./editor-rows.ts"
import { type Key, keyName } from "./keys.ts"
import { openPicker, pressPicker } from "./picker.ts"
import { type Action, addHint, openSession, type State, type Step, step } from "./state.ts"
import { linked } from "./remote.ts"
import { ended, giveUp, pressed, told } from "./running.ts"
import { nextMode, setMode, submit, toggleThinking } from "./submit.ts"
import { reduce } from "../view/reduce.ts"
import { append, enter, isBusy, sent } from "../view/view.ts"

export const update = (state: State, action: Action): Step => {
  switch (action.type) {
    case "key":
      return pressKey(state, action.key, action.now)
    case "paste":
      return step(pasteAnswer(state, action.text, action.now) ?? takePaste(delayed(state, action.now), action.text))
    case "filled":
      return fillForm(state, action.text, action.now)
    case "notice": {
      const view = reduce(state.view, action.notice, action.now)
      return step(withQuestion({ ...state, view, cancelling: state.cancelling && isBusy(view) }, action.now))
    }
    case "sent":
      return step({
        ...state,
        view: sent(state.view, { id: action.id, text: action.text, images: action.images }, action.now)
      })
    case "status":
      return step({ ...state, status: action.status })
    case "opened":
      return step(withQuestion(opened(state, action), action.now))
    case "switched":
      return step(switched(state, action))
    case "moved":
      return step(moved(state, action))
    case "linked":
      return step(linked(state, action.name, action.connection))
    case "extras":
      return step({ ...state, extras: action.extras })
    case "widgets":
      return step({ ...state, widgets: action.widgets })
    case "begun":
      return step({ ...state, running: { id: action.id, label: action.label, since: action.now, told: "" } })
    case "told":
      return step(told(state, action))
    case "ended":
      return ended(state, action)
    case "item":
      return step({ ...state, view: append(state.view, action.item) })
    case "edited":
      return step({ ...state, editor: withText(empty, action.text) })
    case "files":
      return step({ ...state, files: action.files })
    case "resized":
      return step({ ...state, columns: action.columns, rows: action.rows })
    case "tick":
      return step(expire(state, action.now))
    default:
      return step(fill(state, action))
  }
}

/** A file that is dropped on a terminal comes as its path, quoted for a shell: that of an image is mentioned. */
const droppedImage = (text: string): string | undefined => {
  const bare = text.trim().replace(/^(['"])(.*)\1$/, "$2")
  const path = bare.replace(/^file:\/\//, "").replace(/\\(.)/g, "$1")
  return /^(\/|~\/)[^\n"]+\.(png|jpe?g|gif|webp)$/i.test(path) ? `${mentionOf(path)} ` : undefined
}

/** Pasted text never answers a question, save in a field of a form, and never chooses from a list; it may say what to look for. */
const takePaste = (state: State, text: string): State => {
  const { picker, asking } = state
  if (picker === undefined || asking !== undefined)
    return { ...state, editor: paste(state.editor, droppedImage(text) ?? text) }
  return { ...state, picker: { ...picker, query: insert(picker.query, text.replace(/[\r\n]+/g, " ")), selected: 0 } }
}

const opened = (state: State, action: Extract<Action, { type: "opened" }>): State => {
  const { status, transcript, questions, now } = action
  const isFirst = state.view.done.length === 0 || transcript.length === 0
  const next = openSession(state, status, transcript, isFirst ? undefined : `session ${status.id}`)
  const view = { ...next.view, questions }
  return { ...next, view: action.isBusy ? enter(view, { name: "waiting" }, now) : view }
}

const moved = (state: State, { status, transcript }: Extract<Action, { type: "moved" }>): State => ({
  ...openSession(state, status, transcript, "from another point: somebody went there", recalledAtPoint),
  history: state.history
})

const switched = (state: State, { to, status, transcript }: Extract<Action, { type: "switched" }>): State => ({
  ...openSession(state, status, transcript, `from ${pointName(to)}`, recalledAtPoint),
  // All that was said in this session can be recalled already.
  history: state.history
})

/** Items that are printed again: enough to see where one is. */
const recalledAtPoint = 8

const expire = (state: State, now: number): State => {
  if (state.hint === undefined || state.hint.until > now) return state
  const { hint: _, ...rest } = state
  return rest
}

const pressKey = (before: State, key: Key, now: number): Step => {
  const state = expire(before, now)
  const name = keyName(key)
  if (name === "ctrl-c") return interrupt(state, now)
  const everywhere = name === undefined ? undefined : global[name]?.(state)
  if (everywhere !== undefined) return everywhere
  if (state.asking !== undefined && now >= state.asking.readyAt) return answer(state, key, now)
  const next = delayed(state, now)
  if (next.picker !== undefined) return pick(next, next.picker, key, now)
  return completed(next, key) ?? type(next, key, now)
}

/** Keys that mean the same wherever they are pressed. */
const global: Readonly<Record<string, (state: State) => Step | undefined>> = {
  "ctrl-o": (state) => step(state, { type: "view-transcript" }),
  "ctrl-t": (state) => step(toggleThinking(state)),
  "shift-tab": (state) => setMode(state, nextMode(state)),
  "ctrl-z": (state) => step(state, { type: "suspend" }),
  "ctrl-g": (state) => step(state, { type: "edit", text: expand(state.editor) }),
  "ctrl-d": (state) =>
    state.editor.text === "" && state.picker === undefined
      ? step({ ...state, leaving: true }, { type: "leave" })
      : undefined
}

/** Milliseconds in which a second ctrl-c leaves. */
const twice = 2000

/** Stops the turn, else clears the prompt; twice in a row leaves. */
const interrupt = (state: State, now: number): Step => {
  if (state.running !== undefined) return giveUp(state)
  if (isBusy(state.view) && !state.cancelling) return cancel(state)
  if (now < state.armedUntil) return step({ ...state, leaving: true }, { type: "leave" })
  const { picker: _, recalled: __, ...rest } = state
  const armed = {
    ...rest,
    armedUntil: now + twice,
    editor: isBusy(state.view) ? state.editor : { ...empty, cut: state.editor.cut }
  }
  return step(addHint(armed, "press ctrl-c again to leave", now + twice), { type: "wake", after: twice })
}

const cancel = (state: State): Step =>
  step({ ...state, cancelling: true }, { type: "send", event: { type: "user.cancel" } })

const pick = (state: State, open: NonNullable<State["picker"]>, key: Key, now: number): Step => {
  const picked = pressPicker(open, key)
  if (picked.type === "open") return step({ ...state, picker: picked.picker })
  const { picker: _, ...rest } = state
  if (picked.type === "closed") return step(rest)
  const { id } = picked.choice
  switch (open.purpose) {
    case "model":
      return step(rest, { type: "send", event: { type: "user.model", model: id } })
    case "session":
      return step(rest, { type: "open", id })
    case "point":
      return isBusy(rest.view)
        ? step(addHint(rest, "the agent is working; wait for it or press esc first", now + twice))
        : step(rest, { type: "points", order: { type: "switch", to: id } })
    case "reload":
      return step(rest, { type: "plugins", order: { type: "reload", name: id } })
    case "permissions":
      return isMode(id) ? setMode(rest, id) : step(rest)
    case "history":
      return step({ ...rest, editor: withText(rest.editor, state.history[Number(id)] ?? "") })
  }
}

/** Keys of the suggestions, while there are some. */
const completed = (state: State, key: Key): Step | undefined => {
  const menu = menuOf(state)
  if (menu === undefined) return undefined
  const { suggestions, selected } = menu
  const count = suggestions.items.length
  const query = keyOf(suggestions)
  const name = keyName(key)
  const chosen = suggestions.items[selected]
  if (name === "up" || name === "ctrl-p")
    return step({ ...state, menu: { query, selected: (selected + count - 1) % count, closed: false } })
  if (name === "down" || name === "ctrl-n")
    return step({ ...state, menu: { query, selected: (selected + 1) % count, closed: false } })
  if (name === "escape") return step({ ...state, menu: { query, selected, closed: true } })
  if (chosen === undefined || (name !== "tab" && name !== "enter")) return undefined
  const taken = { ...state, editor: accept(state.editor, suggestions, chosen) }
  return name === "enter" && chosen.complete ? submit(taken) : step(taken)
}

const type = (state: State, key: Key, now: number): Step => {
  const name = keyName(key)
  if (name === "enter") {
    const more = continued(state.editor)
    return more === undefined ? submit(state) : step({ ...state, editor: more })
  }
  if (name === "escape") return escape(state)
  if (name === "ctrl-r") return step({ ...state, picker: openPicker("history", "history", historyChoices(state)) })
  if (name === "up" || name === "ctrl-p") return vertical(state, -1)
  if (name === "down" || name === "ctrl-n") return vertical(state, 1)
  const editor = key.type === "text" ? insert(state.editor, key.text) : press(state.editor, name ?? "")
  return editor === undefined ? pressed(state, name ?? "") : wanting({ ...state, editor }, state, now)
}

/** Gives up what was begun last. */
const escape = (state: State): Step => {
  if (state.running !== undefined) return giveUp(state)
  return isBusy(state.view) && !state.cancelling ? cancel(state) : step(state)
}

/** The folder is read when a mention begins, plugins are looked up when one is to be named, not before. */
const wanting = (state: State, before: State, now: number): Step => {
  const begins = mentionAt(state.editor) !== undefined && mentionAt(before.editor) === undefined
  if (begins) return step(expire(state, now), { type: "fetch", what: "files" })
  const names = wantsPlugins(state.editor) && (state.plugins === undefined || !wantsPlugins(before.editor))
  return names ? step(expire(state, now), { type: "fetch", what: "plugins" }) : step(state)
}

const historyChoices = ({ history }: State) =>
  [...new Set(history)].toReversed().map((text) => ({
    id: String(history.lastIndexOf(text)),
    label: text.replace(/\s+/g, " ").slice(0, 200),
    note: ""
  }))

/** Up and down move between rows, and beyond the first and last one between earlier messages. */
const vertical = (state: State, by: -1 | 1): Step => {
  const moved = moveRow(state.editor, by, Math.max(2, state.columns - 2))
  if (moved !== undefined) return step({ ...state, editor: moved })
  const { recalled, ...rest } = state
  const at = (recalled?.at ?? state.history.length) + by
  const text = state.history[at]
  if (text !== undefined) {
    const draft = recalled?.draft ?? state.editor
    return step(withoutMenu({ ...rest, editor: withText(state.editor, text), recalled: { at, draft } }))
  }
  return step(by === 1 && recalled !== undefined ? { ...rest, editor: recalled.draft } : state)
}

/** A recalled message offers nothing, or the arrows that recalled it would now move in a list. */
const withoutMenu = (state: State): State => {
  const suggestions = suggest(state.editor, state)
  return suggestions === undefined
    ? state
    : { ...state, menu: { query: keyOf(suggestions), selected: 0, closed: true } }
}
