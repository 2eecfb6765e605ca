/** The one state: happenings go in, whoever listens hears that it has changed. */
import { noChat } from "./chat/model.ts"
import { reduceChat } from "./chat/reduce.ts"
import type { Happening } from "./happening.ts"
import type { Me } from "./link.ts"
import { noMends } from "./mends/model.ts"
import { reduceMends } from "./mends/reduce.ts"
import { noSessions } from "./sessions/model.ts"
import { reduceSessions } from "./sessions/reduce.ts"
import type { State } from "./state.ts"
import { noSupervision } from "./supervision/model.ts"
import { reduceSupervision } from "./supervision/reduce.ts"

export const blank: State = {
  link: { name: "connecting" },
  route: { place: "chat" },
  theme: "auto",
  now: 0,
  told: "",
  chat: noChat,
  sessions: noSessions,
  supervision: noSupervision,
  mends: noMends
}

export const reduce = (before: State, happening: Happening, now: number): State => {
  const state = frame(before, happening)
  return {
    ...state,
    now,
    chat: reduceChat(state.chat, happening, now),
    sessions: reduceSessions(state.sessions, happening, now),
    supervision: reduceSupervision(state.supervision, happening, now),
    mends: reduceMends(state.mends, happening, now)
  }
}

/**
 * What belongs to no view alone. Who has left, or is let in no longer, leaves nothing to be read; whose key became another
 * one goes on where they were, with what they were writing.
 */
const frame = (state: State, happening: Happening): State => {
  switch (happening.type) {
    case "link":
      return happening.link.name === "keyless" && state.me !== undefined
        ? { ...blank, theme: state.theme, link: happening.link, ...(happening.link.why !== undefined && place(state)) }
        : { ...state, link: happening.link }
    case "went":
      return { ...state, route: happening.route }
    case "themed":
      return { ...state, theme: happening.theme }
    case "told":
      return { ...state, told: happening.text }
    case "frame":
      return happening.frame.type === "auth_response" && happening.frame.success
        ? { ...state, me: meIn(happening.frame) }
        : state
    default:
      return state
  }
}

const place = ({ route, chat: { id, draft } }: State): Pick<State, "route" | "chat"> => ({
  route,
  chat: { ...noChat, draft, ...(id !== undefined && { id }) }
})

const meIn = (frame: { readonly user?: string; readonly operator?: boolean; readonly version?: string }): Me => ({
  user: frame.user ?? "",
  operator: frame.operator === true,
  version: frame.version ?? ""
})

export interface Store {
  readonly state: () => State
  readonly dispatch: (happening: Happening) => void
  /** Called after each change. */
  readonly listen: (listener: (state: State, happening: Happening, before: State) => void) => void
}

export const createStore = (first: State): Store => {
  let state = first
  const listeners: Array<(state: State, happening: Happening, before: State) => void> = []
  return {
    state: () => state,
    listen: (listener) => void listeners.push(listener),
    dispatch: (happening) => {
      const before = state
      state = reduce(before, happening, Date.now())
      for (const listener of listeners) listener(state, happening, before)
    }
  }
}
