/** Asks for the key. */
import { html, nothing, type TemplateResult } from "lit"
import type { App } from "./app.ts"

export const keyForm = (why: string | undefined, app: App): TemplateResult => {
  const enter = (event: SubmitEvent): void => {
    event.preventDefault()
    if (!(event.currentTarget instanceof HTMLFormElement)) return
    const fields = new FormData(event.currentTarget)
    const key = fields.get("key")
    if (typeof key === "string" && key.trim() !== "") app.enter(key.trim(), fields.has("remember"))
  }
  return html`
    <form class="key-form card" @submit=${enter}>
      <h1>Your key</h1>
      <p class="muted">
        The server prints one when it starts, as a link that fills this in. It stays in this tab and is sent to nobody
        but this server.
      </p>
      ${why === undefined ? nothing : html`<p class="trouble" role="alert">${why}</p>`}
      <label for="key">API key</label>
      <input
        id="key"
        name="key"
        type="password"
        autocomplete="current-password"
        required
        autofocus
        spellcheck="false"
      />
      <label class="check"><input type="checkbox" name="remember" /> Remember it in this browser</label>
      <button class="button button-main" type="submit">Connect</button>
    </form>
  `
}
