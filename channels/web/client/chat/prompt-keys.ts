/** What keys do in the prompt, and what sending is. */
import type { App } from "../app.ts"
import { readCommand } from "../../../command-line.ts"
import { perform } from "./commands.ts"
import type { Chat } from "./model.ts"
import { newId } from "./new-id.ts"
import { offersFor } from "./offers.ts"

export const press = (event: KeyboardEvent, app: App): void => {
  const { chat } = app.state()
  const offers = offersFor(chat.draft, chat.offers)
  const offer = offers[Math.min(chat.offered, offers.length - 1)]
  if (event.isComposing) return
  if (event.key === "Enter" && !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey) {
    event.preventDefault()
    // A whole name is meant as it stands.
    if (offer === undefined || chat.draft.toLowerCase() === `/${offer.name}`) submit(app)
    else take(app, offer.name, offer.argument)
  } else if (event.key === "Tab" && !event.shiftKey && offer !== undefined) {
    event.preventDefault()
    type(app, `/${offer.name} `)
  } else if (event.key === "Escape" && offer !== undefined) {
    event.preventDefault()
    type(app, "")
  } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    const step = event.key === "ArrowUp" ? -1 : 1
    if (offer !== undefined) {
      event.preventDefault()
      const count = offers.length
      app.dispatch({ type: "chat.offered", at: (Math.min(chat.offered, count - 1) + step + count) % count })
    } else if (recall(app, chat, step === -1 ? 1 : -1)) event.preventDefault()
  }
}

const type = (app: App, text: string): void => app.dispatch({ type: "chat.typed", text })

/** A command that needs nothing more is carried out at once. */
export const take = (app: App, name: string, argument: string): void => {
  if (name === "fork" || argument === "" || name === "model" || name === "permissions" || name === "switch") {
    type(app, "")
    void perform(app, name, "")
  } else type(app, `/${name} `)
  document.getElementById("prompt")?.focus()
}

export const submit = (app: App): void => {
  const { draft, files } = app.state().chat
  const command = readCommand(draft)
  if (command !== undefined && files.length === 0) {
    type(app, "")
    void perform(app, command.name, command.argument)
  } else if (draft.trim() !== "" || files.length > 0)
    app.dispatch({ type: "chat.said", message: { id: newId(), text: draft.trim(), files, isQueued: false } })
}

/** Earlier messages, as long as nothing else was typed. @param step 1: one further back. */
const recall = (app: App, { draft, recalled, items, outbox }: Chat, step: 1 | -1): boolean => {
  if (draft !== "" && recalled === undefined) return false
  const said = [
    ...items.flatMap((item) =>
      item.kind === "user" && item.text !== undefined && item.text !== "" ? [item.text] : []
    ),
    ...outbox.map(({ text }) => text)
  ]
  const to = (recalled ?? 0) + step
  if (to < 0 || to > said.length) return false
  app.dispatch({ type: "chat.typed", text: to === 0 ? "" : (said.at(-to) ?? ""), ...(to > 0 && { recalled: to }) })
  return true
}
