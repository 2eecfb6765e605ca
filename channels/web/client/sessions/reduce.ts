/** `sessions = reduceSessions(sessions, happening, now)`. */
import type { Happening } from "../happening.ts"
import { newOutline } from "../outline/outline.ts"
import type { Sessions } from "./model.ts"

export const reduceSessions = (sessions: Sessions, happening: Happening, _now: number): Sessions => {
  switch (happening.type) {
    case "frame":
      return happening.frame.type === "sessions" ? { ...sessions, list: happening.frame.sessions } : sessions
    case "went": {
      // Where one was, and what came of an order, belongs to the tree that was left.
      const { outcome: _, ...rest } = sessions
      return { ...rest, outline: newOutline }
    }
    case "sessions.filtered":
      return { ...sessions, filter: happening.text }
    case "sessions.walked":
      return { ...sessions, outline: happening.outline }
    case "sessions.grown": {
      const { missing: _, ...rest } = sessions
      return { ...rest, trees: new Map([...sessions.trees, [happening.id, happening.nodes]]) }
    }
    case "sessions.missed":
      return { ...sessions, missing: { id: happening.id, why: happening.why } }
    case "sessions.ordered": {
      const { outcome: _, ...rest } = sessions
      return { ...rest, order: happening.order }
    }
    case "sessions.obeyed": {
      const { order: _, ...rest } = sessions
      return { ...rest, outcome: { isGood: happening.isGood, text: happening.text } }
    }
    default:
      return sessions
  }
}
