/** A plugin's command or key: begun, shown while it works, its result taken, or given up. */
import { pluginShortcut } from "./extras.ts"
import { type Action, type Extension, note, show, type State, type Step, step } from "./state.ts"

/** One at a time, so that it is clear what esc gives up. @param next State in which it runs. */
export const runExtension = (state: State, next: State, run: Extension, label: string): Step =>
  state.running === undefined
    ? step(next, { type: "extension", run, label })
    : step(note(state, "warn", `${state.running.label} still runs; wait for it, or give it up with esc.`))

/** A key that is none of ours may be a plugin's. */
export const pressed = (state: State, key: string): Step =>
  pluginShortcut(state.extras, key) === undefined
    ? step(state)
    : runExtension(state, state, { kind: "shortcut", key }, key)

/** Characters of what it told that are kept: one line is shown. */
const tail = 400

export const told = (state: State, { id, text }: Extract<Action, { type: "told" }>): State => {
  const last = text.trimEnd().split("\n").at(-1) ?? ""
  return state.running?.id === id ? { ...state, running: { ...state.running, told: last.slice(-tail) } } : state
}

/** What it came to; dropped when nobody waits for it any more. */
export const ended = (state: State, { id, result }: Extract<Action, { type: "ended" }>): Step => {
  if (state.running?.id !== id) return step(state)
  const { running, ...rest } = state
  const [shown = "", say = ""] = [result.show, result.say].map((text) => bounded(text ?? "").trim())
  const silent = shown === "" && say === ""
  const next = silent
    ? note(rest, "plain", `${running.label}: done`)
    : shown === ""
      ? rest
      : show(rest, { kind: "prose", markdown: shown, glued: false, first: false })
  return say === "" ? step(next) : step(next, { type: "say", text: say })
}

/** Characters of a plugin's text: more would hold up the screen. */
const most = 50_000

const bounded = (text: string): string =>
  text.length <= most ? text : `${text.slice(0, most)}\n\n… ${text.length - most} more characters`

export const giveUp = (state: State): Step => {
  const { running, ...rest } = state
  return step(note(rest, "warn", `${running?.label}: given up; what it still says is dropped.`), { type: "give-up" })
}
