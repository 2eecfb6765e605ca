/** The items of a conversation, each drawn again only when it has changed. */
import { html, type TemplateResult } from "lit"
import { guard } from "lit/directives/guard.js"
import { repeat } from "lit/directives/repeat.js"
import type { App } from "../app.ts"
import { itemView } from "./item-view.ts"
import type { Chat, Item } from "./model.ts"

export const conversation = (chat: Chat, now: number, app: App): TemplateResult =>
  chat.items.length === 0 && chat.outbox.length === 0
    ? empty(chat)
    : html`${repeat(
        chat.items,
        ({ key }) => key,
        (item) => guard([item, isCounting(item) ? Math.floor(now / 1000) : 0], () => itemView(item, now, app))
      )}`

const isCounting = (item: Item): boolean => item.kind === "call" && item.phase === "running"

const empty = ({ facts, isLoaded }: Chat): TemplateResult =>
  isLoaded
    ? html`<div class="welcome">
        <p class="welcome-head">What shall be done?</p>
        <p class="muted">
          It works in <code>${facts?.cwd ?? ""}</code> and asks before it changes anything, unless you say otherwise.
          Type <kbd>/</kbd> for commands; drop files anywhere here.
        </p>
      </div>`
    : html`<p class="muted welcome">Opening the session…</p>`
