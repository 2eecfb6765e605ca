/** What the chat asks of the server: its session, what it does not know, and to say again what may have been lost. */
import type { AgentNotice } from "../../../../machines/events.ts"
import type { InFrame, OutFrame } from "../../../wire/frames.ts"
import type { App, React } from "../app.ts"
import { announcement, ranWords } from "./announce.ts"
import type { Chat, Outgoing } from "./model.ts"
import { longestPast } from "./past.ts"
import { known } from "./plugin-commands.ts"

export const reactChat: React = (app, happening, before) => {
  const { chat, link, route } = app.state()
  switch (happening.type) {
    case "link":
      if (link.name === "waiting" && chat.isLoaded) app.dispatch({ type: "told", text: "The connection is lost." })
      if (link.name === "connected") rejoin(app)
      return
    case "went":
      if (route.place === "chat" && route.id !== undefined && route.id !== chat.id)
        app.dispatch({ type: "chat.opening", id: route.id })
      return
    case "chat.opening":
      void open(app)
      return
    case "chat.said":
      say(app, happening.message)
      return
    case "chat.typed":
      if (happening.text.startsWith("/")) void known(app)
      return
    case "frame":
      if (happening.frame.type === "session" && chat.id !== before.chat.id && chat.id !== undefined)
        settleIn(app, chat.id)
      // Where nothing was said yet, one may go on with another one.
      if (chat.isLoaded && !before.chat.isLoaded && chat.items.length === 0) app.send({ type: "sessions", limit: 500 })
      // The conversation goes on from another point: it is shown, and then with what only its events tell.
      if (isMove(happening.frame) && happening.frame.session_id === chat.id) void open(app)
      if (happening.frame.type === "event" && chat.last !== before.chat.last && before.chat.past === undefined)
        hear(app, happening.frame.event as AgentNotice)
      if (happening.frame.type === "error") fail(app, happening.frame, before.chat)
      if (happening.frame.type === "command_result" && chat.runs.length < before.chat.runs.length)
        app.dispatch({ type: "told", text: ranWords(happening.frame) })
      if (happening.frame.type === "closed" && happening.frame.session_id === chat.id) resume(app)
      return
    default:
  }
}

const isMove = (frame: OutFrame): frame is Extract<OutFrame, { type: "session" }> =>
  frame.type === "session" && frame.request_id === undefined

/** After a loss the events that were missed come by themselves; what nobody confirmed is said again. */
const rejoin = (app: App): void => {
  const { chat } = app.state()
  if (chat.isLoaded) resume(app)
  else void open(app)
}

const resume = (app: App): void => {
  const { id, last, outbox } = app.state().chat
  if (id === undefined) return
  app.dispatch({ type: "told", text: "Connected again." })
  void app.ask({ type: "resume", session_id: id, after: last }).then((answer) => {
    // The server has lost it, or does not let go on from there: what it has is shown.
    if (answer.type === "error" && answer.code !== "unanswered" && app.state().chat.id === id)
      app.dispatch({ type: "chat.opening", id })
  })
  for (const message of outbox) say(app, message)
}

const open = async (app: App): Promise<void> => {
  const { chat, link } = app.state()
  if (link.name !== "connected") return
  const after = chat.id === undefined ? 0 : await beginning(app, chat.id)
  // Meanwhile the user may have gone on to another one.
  if (app.state().chat.id !== chat.id) return
  if (chat.id !== undefined) app.dispatch({ type: "chat.reading", after })
  const answer = await app.ask({ type: "open", ...(chat.id !== undefined && { session_id: chat.id, after }) })
  if (answer.type !== "error" || app.state().chat.id !== chat.id) return
  if (answer.code === "no_session" && chat.id !== undefined) {
    app.dispatch({ type: "chat.opening" })
    app.dispatch({ type: "chat.troubled", text: "That session is not there (any more); this is a new one." })
  } else app.dispatch({ type: "chat.troubled", text: answer.message })
}

/** Number after which its events are read; the transcript stands for those before. */
const beginning = async (app: App, session_id: string): Promise<number> => {
  const answer = await app.ask({ type: "view", transcript: false, session_id })
  return answer.type === "session" ? Math.max(0, answer.last - longestPast) : 0
}

/** The address names the session from now on, so that a reload and a bookmark find it. */
const settleIn = (app: App, id: string): void => {
  if (app.state().route.place === "chat") app.go({ place: "chat", id }, { replace: true })
  for (const message of app.state().chat.outbox) say(app, message)
}

const say = (app: App, { id, text, files, isForeign }: Outgoing): void => {
  const { chat } = app.state()
  if (!chat.isLoaded || chat.id === undefined || isForeign) return
  const frame: InFrame = { type: "message", content: text, message_id: id, session_id: chat.id }
  app.send(files.length === 0 ? frame : { ...frame, files: [...files] })
}

const hear = (app: App, notice: AgentNotice): void => {
  lookUp(app)
  const text = announcement(notice)
  if (text !== undefined) app.dispatch({ type: "told", text })
  const isEnd = notice.type === "agent.replied" || notice.type === "agent.failed" || notice.type === "agent.cancelled"
  // Title, money and window as the server counts them.
  if (isEnd) void app.ask({ type: "view", transcript: false, session_id: app.state().chat.id })
}

/** What somebody asked for is answered there. A message that is not taken goes back into the prompt, where it can be changed. */
const fail = (app: App, frame: Extract<OutFrame, { type: "error" }>, { runs }: Chat): void => {
  const { code, message, message_id, request_id, command_id } = frame
  if (runs.some(({ id }) => id === command_id)) return
  const { outbox, draft } = app.state().chat
  const refused = outbox.find(({ id }) => id === message_id)
  // After its restart the server is told again.
  if (request_id !== undefined || (refused !== undefined && code === "stopping")) return
  if (refused === undefined) return app.dispatch({ type: "chat.troubled", text: message })
  app.dispatch({ type: "chat.refused", id: refused.id, text: message })
  if (draft === "") app.dispatch({ type: "chat.typed", text: refused.text })
}

let isLooking = false

/** Somebody else said something here. */
const lookUp = (app: App): void => {
  const { chat } = app.state()
  const isMissing = chat.items.some((item) => item.kind === "user" && item.text === undefined)
  if (!isMissing || isLooking || chat.id === undefined) return
  isLooking = true
  void app.ask({ type: "view", session_id: chat.id }).finally(() => (isLooking = false))
}
