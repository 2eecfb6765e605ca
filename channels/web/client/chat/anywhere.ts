/** Keys that mean something wherever one is in the chat. */
import type { App } from "../app.ts"
import { cancel } from "./cancel.ts"
import { isBusy } from "./model.ts"

export const pressedAnywhere = (event: KeyboardEvent, app: App): void => {
  const { chat, route } = app.state()
  if (route.place !== "chat" || chat.picker !== undefined || event.defaultPrevented) return
  if (event.key === "Escape" && isBusy(chat)) {
    event.preventDefault()
    cancel(app)
  }
  // Who begins to write and is nowhere means the prompt.
  const isLetter = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey
  if (isLetter && document.activeElement === document.body) document.getElementById("prompt")?.focus()
}
