/** Commands of plugins: the server says which there are as soon as a slash is typed, and runs them. */
import { lineOf, type TypedCommand } from "../../../command-line.ts"
import type { App } from "../app.ts"
import { newId } from "./new-id.ts"
import type { Offers } from "./model.ts"

/** As far as the server tells; asked once for a session and a connection, and told anew when they change. */
export const known = async (app: App): Promise<Offers> => {
  const { offers, id } = app.state().chat
  if (offers !== undefined || id === undefined) return offers ?? []
  if (asking?.id !== id) {
    const answer = app.ask({ type: "commands", session_id: id, watch: true })
    const mine = (asking = { id, answer: answer.finally(() => asking === mine && (asking = undefined)) })
  }
  // The answer passes through the store.
  await asking?.answer
  return app.state().chat.offers ?? []
}

/** The session that they are asked of now. */
let asking: { readonly id: string; readonly answer: Promise<unknown> } | undefined

export const performTheirs = async (app: App, typed: TypedCommand): Promise<void> => {
  const found = (await known(app)).find(({ name }) => name === typed.name)
  const line = lineOf(typed)
  if (found === undefined) return unknown(app, typed, line)
  if (found.said === true)
    return app.dispatch({ type: "chat.said", message: { id: newId(), text: line, files: [], isQueued: false } })
  const { id } = app.state().chat
  const run = { id: newId(), label: line }
  const frame = { type: "command", ...typed, command_id: run.id, ...(id !== undefined && { session_id: id }) } as const
  if (app.send(frame)) return app.dispatch({ type: "chat.ran", run })
  app.dispatch({ type: "chat.troubled", text: `There is no connection now; ${line} was not run.` })
}

/** Nothing is lost: it stands in the prompt again, unless something else does. */
const unknown = (app: App, { name }: TypedCommand, line: string): void => {
  if (app.state().chat.draft === "") app.dispatch({ type: "chat.typed", text: line })
  app.dispatch({ type: "chat.troubled", text: `There is no command /${name}; /help shows those there are.` })
}

export const stopRun = (app: App, command_id: string): void =>
  void app.send({ type: "command_cancel", command_id, session_id: app.state().chat.id })
