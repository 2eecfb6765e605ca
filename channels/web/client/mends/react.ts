/** What the mends view asks the server for, and how the user's word gets there. */
import type { App, React } from "../app.ts"
import type { State } from "../state.ts"
import { isWatching } from "../supervision/react.ts"
import type { Order } from "./model.ts"
import { outcomeOf } from "./words.ts"

export const reactMends: React = (app, _happening, before) => {
  const state = app.state()
  if (!isWatching(state)) return
  const isNews = state.supervision.told?.seams !== before.supervision.told?.seams
  if (isNews || !isWatching(before)) app.send({ type: "heals" })
  const id = openSeam(state)
  if (id !== undefined && (isNews || id !== openSeam(before))) void fetchSeam(app, id)
}

const openSeam = (state: State): string | undefined =>
  isWatching(state) && state.route.place === "mends" ? state.route.id : undefined

const fetchSeam = async (app: App, id: string): Promise<void> => {
  const answer = await app.ask({ type: "heal", id })
  if (answer.type === "error") app.dispatch({ type: "mends.missed", id, why: answer.message })
}

/** What the user has confirmed. */
export const obey = async (app: App, { verb, id }: Omit<Order, "isUnderWay">): Promise<void> => {
  app.dispatch({ type: "mends.ordered", order: { verb, id, isUnderWay: true } })
  const answer = await app.ask({ type: verb === "accept" ? "heal_accept" : "heal_undo", id })
  const { isGood, text } = outcomeOf(verb, answer)
  app.dispatch({ type: "mends.obeyed", id, isGood, text })
  app.dispatch({ type: "told", text })
  await fetchSeam(app, id)
}
