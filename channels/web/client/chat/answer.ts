/** The user's word to a question goes out. */
import type { InFrame } from "../../../wire/frames.ts"
import type { App } from "../app.ts"
import type { Content } from "../../../../plugins/inquiry/content.ts"

export interface Answer {
  readonly decision: Extract<InFrame, { type: "permission" }>["decision"]
  /** Of an inquiry. */
  readonly content?: Content
}

export const answer = (app: App, id: string, { decision, content }: Answer): void => {
  const { chat } = app.state()
  const values = content === undefined ? {} : { content }
  if (!app.send({ type: "permission", id, decision, session_id: chat.id, ...values }))
    return app.dispatch({ type: "chat.troubled", text: "There is no connection: answer again when it is back." })
  app.dispatch({ type: "chat.answered", id })
  if (chat.questions.length <= 1) document.getElementById("prompt")?.focus()
}
