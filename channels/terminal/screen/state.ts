/** Everything the chat shows and remembers while it runs, what can happen to it, and what it asks of the world. */
import type { SessionInfo } from "../../../actors/journal.ts"
import type { CommandResult } from "../../../plugins/extensions.ts"
import type { SessionNode } from "../../../plugins/session-node.ts"
import type { Connection } from "../../connect/link.ts"
import type { AgentNotice, Question, Transcript, UserEvent } from "../../../machines/events.ts"
import { type Editor, empty } from "./editor.ts"
import { type Extras, noExtras } from "./extras.ts"
import type { Key } from "./keys.ts"
import type { Picker } from "./picker.ts"
import type { Asking } from "./question.ts"
import type { Status } from "./status.ts"
import type { WidgetText } from "./widgets.ts"
import { itemsOf } from "../view/transcript.ts"
import { append, blank, type Item, type View } from "../view/view.ts"

export interface State {
  readonly view: View
  readonly status: Status
  readonly editor: Editor
  /** Messages said before, oldest first. */
  readonly history: ReadonlyArray<string>
  /** Which of them stands in the prompt, and what was written there before. */
  readonly recalled?: { readonly at: number; readonly draft: Editor }
  /** Which suggestion is selected, for which query; `closed` when it was sent away. */
  readonly menu: { readonly query: string; readonly selected: number; readonly closed: boolean }
  readonly picker?: Picker
  /** How the first open question is being read. */
  readonly asking?: Asking
  readonly thinkingShown: boolean
  readonly callsShown: boolean
  /** A remark under the prompt, until a time. */
  readonly hint?: { readonly text: string; readonly until: number }
  /** Ctrl-c before this time leaves. */
  readonly armedUntil: number
  /** The user asked to stop the turn that runs. */
  readonly cancelling: boolean
  /** Paths below the folder, for `@`; absent until they are needed. */
  readonly files?: ReadonlyArray<string>
  readonly extras: Extras
  /** Names of the plugins that something can be said of; absent until they are needed. */
  readonly plugins?: ReadonlyArray<string>
  readonly widgets: ReadonlyArray<WidgetText>
  /** A plugin's command or key that has not come to its end. `label`: what was typed or pressed. */
  readonly running?: Running
  readonly leaving: boolean
  /** Absent: the sessions are here. */
  readonly remote?: Remote
  readonly columns: number
  readonly rows: number
}

/** The place where the sessions are, when that is not here. */
export interface Remote {
  readonly name: string
  readonly state: Connection["state"]
  /** It was told that it is lost, and not yet that it is back. */
  readonly isMissed: boolean
}

export interface Running {
  readonly id: number
  readonly label: string
  readonly since: number
  /** The newest that it told while it works. */
  readonly told: string
}

export type Action =
  | { readonly type: "key"; readonly key: Key; readonly now: number }
  | { readonly type: "paste"; readonly text: string; readonly now: number }
  /** A whole line for the form that is open, where keys cannot be read. */
  | { readonly type: "filled"; readonly text: string; readonly now: number }
  | { readonly type: "notice"; readonly notice: AgentNotice; readonly now: number }
  | {
      readonly type: "sent"
      readonly id: string
      readonly text: string
      /** Labels. */
      readonly images?: ReadonlyArray<string>
      readonly now: number
    }
  | { readonly type: "status"; readonly status: Status }
  | {
      readonly type: "opened"
      readonly status: Status
      readonly transcript: Transcript
      /** What waits for the user's word already. */
      readonly questions: ReadonlyArray<Question>
      /** A turn runs already. */
      readonly isBusy: boolean
      readonly now: number
    }
  /** The session goes on from another of its points. */
  | { readonly type: "switched"; readonly to: SessionNode; readonly status: Status; readonly transcript: Transcript }
  /** Somebody else has gone to another point of the session. */
  | { readonly type: "moved"; readonly status: Status; readonly transcript: Transcript }
  /** How the connection is to where the sessions are. */
  | { readonly type: "linked"; readonly name: string; readonly connection: Connection }
  | { readonly type: "tree"; readonly nodes: ReadonlyArray<SessionNode>; readonly now: number }
  | { readonly type: "extras"; readonly extras: Extras }
  | { readonly type: "widgets"; readonly widgets: ReadonlyArray<WidgetText> }
  /** A plugin's command or key runs, tells of its work, and has ended. */
  | { readonly type: "begun"; readonly id: number; readonly label: string; readonly now: number }
  | { readonly type: "told"; readonly id: number; readonly text: string }
  | { readonly type: "ended"; readonly id: number; readonly result: CommandResult }
  | { readonly type: "item"; readonly item: Item }
  | { readonly type: "edited"; readonly text: string }
  | { readonly type: "files"; readonly files: ReadonlyArray<string> }
  | { readonly type: "plugins"; readonly names: ReadonlyArray<string> }
  | { readonly type: "models"; readonly models: ReadonlyArray<{ readonly id: string; readonly note: string }> }
  | { readonly type: "sessions"; readonly sessions: ReadonlyArray<SessionInfo>; readonly now: number }
  | { readonly type: "resized"; readonly columns: number; readonly rows: number }
  | { readonly type: "tick"; readonly now: number }

/** What is asked about seams. */
export type HealOrder = { readonly type: "list" } | { readonly type: "show" | "accept" | "undo"; readonly id: string }

export type PluginOrder =
  | { readonly type: "list" }
  | { readonly type: "enable" | "disable" | "reload" | "revive"; readonly name: string }

export type TreeOrder =
  | { readonly type: "tree" }
  | { readonly type: "fork"; readonly label: string }
  | { readonly type: "switch"; readonly to: string }

export type Extension =
  | { readonly kind: "command"; readonly name: string; readonly argument: string }
  | { readonly kind: "shortcut"; readonly key: string }

/** What an action asks of the world; `perform.ts` does it. */
export type Effect =
  /** A message: the world gives it an id and tells `sent`. */
  | { readonly type: "say"; readonly text: string }
  | { readonly type: "send"; readonly event: UserEvent }
  | { readonly type: "open"; readonly id: string }
  | { readonly type: "fetch"; readonly what: "files" | "models" | "sessions" | "health" | "plugins" }
  | { readonly type: "heals"; readonly order: HealOrder }
  | { readonly type: "plugins"; readonly order: PluginOrder }
  | { readonly type: "points"; readonly order: TreeOrder }
  /** Runs something of a plugin: the world gives it an id and tells `begun` and `ended`. */
  | { readonly type: "extension"; readonly run: Extension; readonly label: string }
  /** Nobody waits for what a plugin runs. */
  | { readonly type: "give-up" }
  | { readonly type: "view-transcript" }
  | { readonly type: "edit"; readonly text: string }
  | { readonly type: "suspend" }
  /** Tell `tick` after so many milliseconds. */
  | { readonly type: "wake"; readonly after: number }
  | { readonly type: "leave" }

export interface Step {
  readonly state: State
  readonly effects: ReadonlyArray<Effect>
}

export const step = (state: State, ...effects: ReadonlyArray<Effect>): Step => ({ state, effects })

export const initial = (options: {
  readonly status: Status
  readonly thinkingShown: boolean
  readonly callsShown: boolean
  readonly columns: number
  readonly rows: number
}): State => ({
  ...options,
  view: blank,
  editor: empty,
  history: [],
  menu: { query: "", selected: 0, closed: false },
  armedUntil: 0,
  cancelling: false,
  extras: noExtras,
  widgets: [],
  leaving: false
})

/** Items of a conversation that are printed when a session is opened again; ctrl-o shows all. */
const recalledItems = 60

/**
 * Another session, or another point of it, takes the place of what was said before; what is printed stays above it.
 *
 * @param title Says what it is; absent where that is plain.
 */
export const openSession = (
  state: State,
  status: Status,
  transcript: Transcript,
  title?: string,
  recalled = recalledItems
): State => {
  const items = itemsOf(transcript)
  const hidden = items.slice(0, Math.max(0, items.length - recalled))
  const { asking: _, running: __, ...rest } = state
  const rule = (text: string): Item => ({ kind: "rule", text })
  const switched = title === undefined ? [] : [rule(title)]
  const skipped = hidden.length > 0 ? [rule(`${hidden.length} earlier entries, ctrl-o shows them`)] : []
  const view = append(
    { ...blank, done: state.view.done, before: hidden },
    ...switched,
    ...skipped,
    ...items.slice(hidden.length)
  )
  const said = items.flatMap((item) => (item.kind === "user" ? [item.text] : []))
  return { ...rest, view, status, cancelling: false, history: [...state.history, ...said] }
}

/** Prints something above. */
export const show = (state: State, item: Item): State => ({ ...state, view: append(state.view, item) })

export const note = (state: State, tone: "plain" | "warn", text: string): State =>
  show(state, { kind: "note", tone, text })

export const addHint = (state: State, text: string, until: number): State => ({ ...state, hint: { text, until } })
