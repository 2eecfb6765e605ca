/** How the connection stands, in a few words, and a way to hurry it. */
import { html, nothing, type TemplateResult } from "lit"
import type { App } from "./app.ts"
import type { State } from "./state.ts"

export const linkView = ({ link, me, now, chat }: State, app: App): TemplateResult | typeof nothing => {
  switch (link.name) {
    case "keyless":
      return nothing
    case "connecting":
      return html`<span class="link link-busy">connecting…</span>`
    case "connected":
      return html`<span
          class="link ${chat.isStopping ? "link-busy" : "link-good"}"
          title=${`version ${me?.version ?? ""}`}
          ><span class="link-words">${chat.isStopping ? "server stops" : "connected"}</span></span
        >${me === undefined || me.user === "" ? nothing : who(me.user, app)}`
    case "waiting": {
      const seconds = Math.max(0, Math.ceil((link.until - now) / 1000))
      return html`<span class="link link-bad" title=${link.why}>reconnecting in ${seconds} s</span>
        <button class="button button-small" type="button" @click=${app.hurry}>Now</button>`
    }
  }
}

const who = (user: string, app: App): TemplateResult => html`
  <button
    class="button button-quiet who"
    type="button"
    title="Forget the key of this browser and leave"
    @click=${app.leave}
  >
    ${user}<span class="visually-hidden">: leave</span>
  </button>
`
