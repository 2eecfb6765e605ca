/** The items of a conversation, each drawn again only when it has changed. */
import { html, type TemplateResult } from "lit"
import { guard } from "lit/directives/guard.js"
import { repeat } from "lit/directives/repeat.js"
import type { App } from "../app.ts"
import { serverTime } from "./reduce.ts"
import { itemView } from "./item-view.ts"
import type { State } from "../state.ts"
import type { Item } from "./model.ts"
import { welcomeView } from "./welcome-view.ts"

export const conversation = (state: State, app: App): TemplateResult => {
  const { chat } = state
  const now = serverTime(chat, state.now)
  return chat.items.length === 0 && chat.outbox.length === 0
    ? welcomeView(state, app)
    : html`${repeat(
        chat.items,
        ({ key }) => key,
        (item) => guard([item, isCounting(item) ? Math.floor(now / 1000) : 0], () => itemView(item, now, app))
      )}`
}

const isCounting = (item: Item): boolean => item.kind === "call" && item.phase === "running"
