/** What the supervision view asks the server for: the tree, and again whenever it changes, as long as somebody looks. */
import type { App, React } from "../app.ts"
import type { State } from "../state.ts"
import { summaryOf } from "./troubles.ts"

export const reactSupervision: React = (app, happening, before) => {
  const state = app.state()
  const [isSeen, wasSeen] = [isWatching(state), isWatching(before)]
  if (isSeen && !wasSeen) {
    app.send({ type: "health", watch: true })
    // An agent is called as its session.
    app.send({ type: "sessions" })
  } else if (wasSeen && !isSeen) app.send({ type: "health", watch: false })
  if (isSeen && happening.type === "frame") tellChange(app, before)
}

/** Health tells of new mends as well. */
export const isWatching = ({ route, link }: State): boolean =>
  (route.place === "supervision" || route.place === "mends") && link.name === "connected"

/** For those who do not see it. */
const tellChange = (app: App, before: State): void => {
  const [now, then] = [app.state().supervision.told, before.supervision.told]
  if (now === undefined || then === undefined || now === then) return
  const text = summaryOf(now)
  if (text !== summaryOf(then)) app.dispatch({ type: "told", text })
}

/** Gives a quarantined plugin another chance. */
export const revive = async (app: App, plugin: string): Promise<void> => {
  app.dispatch({ type: "supervision.reviving", plugin })
  const answer = await app.ask({ type: "revive", plugin })
  const why = answer.type === "error" ? answer.message : undefined
  app.dispatch({ type: "supervision.revived", plugin, ...(why !== undefined && { why }) })
  app.dispatch({ type: "told", text: why ?? `${plugin} was given another chance` })
}
