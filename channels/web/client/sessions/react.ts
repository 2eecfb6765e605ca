/** What the sessions view asks the server for, and the orders that change a tree. */
import type { OutFrame } from "../../../wire/frames.ts"
import type { App, Ask, React } from "../app.ts"
import type { State } from "../state.ts"
import type { Verb } from "./model.ts"
import { pointName } from "./points.ts"

export const reactSessions: React = (app, happening, before) => {
  const state = app.state()
  const [isSeen, wasSeen] = [isShown(state), isShown(before)]
  const id = shownTree(state)
  const hasMoved = happening.type === "frame" && changes(happening.frame)
  if (isSeen && (!wasSeen || hasMoved)) app.send({ type: "sessions", limit: 500 })
  if (id !== undefined && (id !== shownTree(before) || (hasMoved && sessionOf(happening.frame) === id)))
    void fetchTree(app, id)
}

const isShown = ({ route, link }: State): boolean => route.place === "sessions" && link.name === "connected"

const shownTree = (state: State): string | undefined => (isShown(state) ? state.route.id : undefined)

const ends: ReadonlySet<string> = new Set([
  "agent.started",
  "agent.replied",
  "agent.failed",
  "agent.cancelled",
  "agent.compacted"
])

/** After it titles, states or trees are others. */
const changes = (frame: OutFrame): boolean =>
  frame.type === "session" || (frame.type === "event" && ends.has(frame.event.type))

const sessionOf = (frame: OutFrame): string | undefined => ("session_id" in frame ? frame.session_id : undefined)

const fetchTree = async (app: App, id: string): Promise<void> => {
  const answer = await app.ask({ type: "tree", session_id: id })
  if (answer.type === "tree") app.dispatch({ type: "sessions.grown", id, nodes: answer.nodes })
  else if (answer.type === "error") app.dispatch({ type: "sessions.missed", id, why: answer.message })
}

/** Names the point where the conversation stands. */
export const fork = (app: App, id: string, label: string): Promise<void> =>
  order(app, "fork", id, { type: "fork", session_id: id, ...(label.trim() !== "" && { label: label.trim() }) })

/** Goes on from another point. */
export const goOnFrom = (app: App, id: string, to: string): Promise<void> =>
  order(app, "switch", id, { type: "switch", session_id: id, to })

/** Goes into the chat, which shows how it goes and what came of it. */
export const compact = async (app: App, id: string, focus: string): Promise<void> => {
  app.go({ place: "chat", id })
  const answer = await app.ask({ type: "compact", session_id: id, ...(focus.trim() !== "" && { focus: focus.trim() }) })
  if (answer.type === "error") app.dispatch({ type: "chat.troubled", text: answer.message })
}

const order = async (app: App, verb: Verb, id: string, frame: Ask): Promise<void> => {
  app.dispatch({ type: "sessions.ordered", order: verb })
  const answer = await app.ask(frame)
  const isGood = answer.type !== "error"
  const text = wordsFor(verb, answer)
  app.dispatch({ type: "sessions.obeyed", isGood, text })
  app.dispatch({ type: "told", text })
  await fetchTree(app, id)
}

const wordsFor = (verb: Verb, answer: OutFrame): string => {
  if (answer.type === "error") return answer.message
  const name = answer.type === "point" ? pointName(answer.node) : ""
  return verb === "fork" ? `This point is called ${name} now.` : `The conversation goes on from ${name}.`
}
