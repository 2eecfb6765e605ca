/** What `/help` tells. */
import { html, type TemplateResult } from "lit"
import type { App } from "../app.ts"
import { commands, perform } from "./commands.ts"

const keys: ReadonlyArray<readonly [string, string]> = [
  ["Enter", "send; while the agent works, it reads the message before its next step"],
  ["Shift+Enter", "new line"],
  ["Esc", "stop the agent"],
  ["↑ ↓", "earlier messages, when the prompt is empty"],
  ["y · a · n", "allow, always allow, deny what is asked"],
  ["/", "commands"]
]

export const helpView = (app: App): TemplateResult => html`
  <section class="card help" aria-label="Help">
    <h2 class="card-title">Commands</h2>
    <dl>
      ${commands.map(
        ({ name, argument, about }) =>
          html`<dt>
              <button class="button button-small" type="button" @click=${() => void perform(app, name, "")}>
                /${name}
              </button>
              <span class="muted">${argument}</span>
            </dt>
            <dd>${about}</dd>`
      )}
    </dl>
    <h2 class="card-title">Keys</h2>
    <dl>
      ${keys.map(
        ([key, about]) =>
          html`<dt><kbd>${key}</kbd></dt>
            <dd>${about}</dd>`
      )}
    </dl>
  </section>
`
