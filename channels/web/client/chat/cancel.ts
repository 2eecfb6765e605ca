/** Stops the turn that runs. */
import type { App } from "../app.ts"

export const cancel = (app: App): void => {
  const { id } = app.state().chat
  if (!app.send({ type: "cancel", session_id: id }))
    app.dispatch({ type: "chat.troubled", text: "There is no connection: it could not be stopped." })
}
