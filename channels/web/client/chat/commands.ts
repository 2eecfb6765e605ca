/** Slash commands: what they do. */
import type { App, Ask } from "../app.ts"
import { costList, toolList } from "./lists.ts"
import type { Choice, Facts, List } from "./model.ts"
import { known, performTheirs } from "./plugin-commands.ts"

export const modeNotes = {
  plan: "read only",
  ask: "everything but reading is asked",
  edits: "edits in the folder go through, all else is asked",
  auto: "everything goes through"
} as const

export type Mode = keyof typeof modeNotes

export const isMode = (text: string): text is Mode => text in modeNotes

/** Carries it out; what goes wrong stands above the prompt. */
export const perform = async (app: App, name: string, argument: string): Promise<void> => {
  const session_id = app.state().chat.id
  switch (name) {
    case "help":
      await known(app)
      return app.dispatch({ type: "chat.helped" })
    case "new":
      return app.dispatch({ type: "chat.opening" })
    case "sessions":
      return app.go({ place: "sessions" })
    case "tree":
      return app.go({ place: "sessions", ...(session_id !== undefined && { id: session_id }) })
    case "health":
      return app.go({ place: "supervision" })
    case "heals":
      return app.go({ place: "mends" })
    case "model":
      return argument === "" ? pickModel(app) : order(app, { type: "model", model: argument, session_id })
    case "permissions":
      if (argument === "") return pickMode(app)
      return isMode(argument)
        ? order(app, { type: "permissions", mode: argument, session_id })
        : trouble(app, `There is no mode ${argument}; there are ${Object.keys(modeNotes).join(", ")}.`)
    case "fork":
      return point(app, { type: "fork", session_id, ...(argument !== "" && { label: argument }) })
    case "switch":
      return argument === "" ? pickPoint(app) : point(app, { type: "switch", to: argument, session_id })
    case "cost":
      return list(app, costList)
    case "tools":
      return list(app, toolList)
    case "compact":
      return order(app, { type: "compact", session_id, ...(argument !== "" && { focus: argument }) })
    case "clear":
      return order(app, { type: "clear", session_id })
    default:
      return performTheirs(app, { name, argument })
  }
}

const trouble = (app: App, text: string): void => app.dispatch({ type: "chat.troubled", text })

const order = async (app: App, frame: Ask): Promise<void> => {
  const answer = await app.ask(frame)
  if (answer.type === "error") trouble(app, answer.message)
}

/** As it is now, which the page may not know yet. */
const list = async (app: App, of: (facts: Facts) => List): Promise<void> => {
  const answer = await app.ask({ type: "view", transcript: false, session_id: app.state().chat.id })
  if (answer.type === "error") return trouble(app, answer.message)
  if (answer.type !== "session") return
  app.dispatch({ type: "chat.listed", list: of(answer) })
}

const point = async (app: App, frame: Ask): Promise<void> => {
  const answer = await app.ask(frame)
  if (answer.type === "error") return trouble(app, answer.message)
  if (answer.type !== "point") return
  const name = answer.node.label === "" ? answer.node.id : answer.node.label
  const text = frame.type === "fork" ? `This point is “${name}” now.` : `The conversation goes on from “${name}”.`
  app.dispatch({ type: "chat.noted", text })
}

const pickModel = async (app: App): Promise<void> => {
  const current = app.state().chat.facts?.model
  app.dispatch({ type: "chat.picking", picker: { kind: "model", filter: "", at: 0 } })
  const answer = await app.ask({ type: "models" })
  if (answer.type !== "models")
    return failPicking(app, answer.type === "error" ? answer.message : "the server gave no models")
  const choices = answer.models.map(({ id, name, note }): Choice => {
    const about = [name, note].filter((part) => part !== undefined && part !== "" && part !== id).join(" · ")
    return { id, title: id, ...(about !== "" && { note: about }), isCurrent: id === current }
  })
  fill(app, choices)
}

const pickMode = (app: App): void => {
  const current = app.state().chat.facts?.permissions
  const choices = Object.entries(modeNotes).map(([id, note]): Choice => ({
    id,
    title: id,
    note,
    isCurrent: id === current
  }))
  const at = Math.max(
    0,
    choices.findIndex(({ isCurrent }) => isCurrent)
  )
  app.dispatch({ type: "chat.picking", picker: { kind: "permissions", filter: "", at, choices } })
}

const pickPoint = async (app: App): Promise<void> => {
  app.dispatch({ type: "chat.picking", picker: { kind: "point", filter: "", at: 0 } })
  const answer = await app.ask({ type: "tree", session_id: app.state().chat.id })
  if (answer.type !== "tree") return failPicking(app, answer.type === "error" ? answer.message : "there is no tree")
  const nodes = answer.nodes
    .toReversed()
    .toSorted((one, other) => Number(other.label !== "") - Number(one.label !== ""))
  fill(
    app,
    nodes.map(({ id, label, message, metadata }): Choice => {
      const words = message.replace(/\s+/g, " ").slice(0, 120)
      return { id, title: label === "" ? words : `${label}: ${words}`, note: metadata.role, isCurrent: metadata.head }
    })
  )
}

/** Unless the user has closed it meanwhile. */
const fill = (app: App, choices: ReadonlyArray<Choice>): void => {
  const { picker } = app.state().chat
  if (picker === undefined) return
  const at = Math.max(
    0,
    choices.findIndex(({ isCurrent }) => isCurrent)
  )
  app.dispatch({ type: "chat.picking", picker: { ...picker, choices, at } })
}

const failPicking = (app: App, text: string): void => {
  app.dispatch({ type: "chat.picking" })
  trouble(app, text)
}

/** What was chosen in a picker. */
export const choose = async (app: App, kind: "model" | "permissions" | "point", id: string): Promise<void> => {
  app.dispatch({ type: "chat.picking" })
  await perform(app, kind === "point" ? "switch" : kind, id)
}
