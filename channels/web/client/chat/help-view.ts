/** What `/help` tells. */
import { html, type TemplateResult } from "lit"
import type { App } from "../app.ts"
import { reveal } from "../parts/reveal.ts"
import { perform } from "./commands.ts"
import { allCommands, type CommandInfo, isOwn } from "./offers.ts"

const keys: ReadonlyArray<readonly [string, string]> = [
  ["Enter", "send; while the agent works, it reads the message before its next step"],
  ["Shift+Enter", "new line"],
  ["Esc", "stop the agent"],
  ["↑ ↓", "earlier messages, when the prompt is empty"],
  ["y · a · n", "allow, always allow, deny what is asked"],
  ["/", "commands"]
]

export const helpView = (app: App): TemplateResult => {
  const all = allCommands(app.state().chat.offers)
  const plugins = [...new Set(all.flatMap(({ plugin }) => (plugin === undefined ? [] : [plugin])))]
  return html`
    <section class="card help" aria-label="Help">
      ${group("Commands", all, undefined, app)}
      ${plugins.map((plugin) => group(`Commands of plugin ${plugin}`, all, plugin, app))}
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
}

const group = (
  title: string,
  all: ReadonlyArray<CommandInfo>,
  of: string | undefined,
  app: App
): TemplateResult => html`
  <h2 class="card-title">${title}</h2>
  <dl>
    ${all
      .filter(({ plugin }) => plugin === of)
      .map(
        ({ name, argument, about }) =>
          html`<dt>
              <button class="button button-small" type="button" @click=${() => begun(app, name, argument)}>
                /${name}
              </button>
              <span class="muted">${reveal(argument)}</span>
            </dt>
            <dd>${reveal(about)}</dd>`
      )}
  </dl>
`

/** One of a plugin's that takes something is written into the prompt. */
const begun = (app: App, name: string, argument: string): void => {
  if (isOwn(name) || argument === "") return void perform(app, name, "")
  app.dispatch({ type: "chat.typed", text: `/${name} ` })
  document.getElementById("prompt")?.focus()
}
