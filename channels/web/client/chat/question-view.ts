/** What the agent wants to do and may not without the user's word. Focus goes there; one key answers. */
import { html, nothing, type TemplateResult } from "lit"
import { keyed } from "lit/directives/keyed.js"
import { ref } from "lit/directives/ref.js"
import type { Question } from "../../../../machines/events.ts"
import type { App } from "../app.ts"
import { mainArgument } from "../../../main-argument.ts"
import { diffView } from "../parts/diff.ts"
import { countDiff } from "../parts/diff-lines.ts"
import { reveal } from "../parts/reveal.ts"
import { answer } from "./answer.ts"
import { inquiryView } from "./inquiry-view.ts"
import { askForFocus, isFresh } from "./question-focus.ts"

type Decision = "allow" | "always" | "deny"

const risks: Readonly<Record<Question["risk"], string>> = {
  read: "reads",
  write: "changes files",
  execute: "runs a command",
  network: "reaches the network"
}

const byKey: Readonly<Record<string, Decision>> = { y: "allow", a: "always", n: "deny" }

export const questionView = (question: Question, more: number, app: App): TemplateResult =>
  question.inquiry === undefined
    ? permissionView(question, more, app)
    : inquiryView(question, question.inquiry, more, app)

const permissionView = (question: Question, more: number, app: App): TemplateResult => {
  const { id, tool, preview, risk, rule, agent } = question
  const decide = (decision: Decision) => () => answer(app, id, { decision })
  return html`${keyed(
    id,
    html`
      <section
        class="question"
        tabindex="-1"
        role="group"
        aria-labelledby="question-title"
        @keydown=${(event: KeyboardEvent) => answerByKey(event, app, question)}
        ${ref(askForFocus)}
      >
        <h2 id="question-title" class="question-title">
          <span>Allow <strong>${reveal(tool)}</strong>?</span>
          <span class="chip">${risks[preview.risk ?? risk]}</span>${count(preview.diff)}
          ${agent === undefined ? nothing : html`<span class="muted">subagent: ${reveal(agent)}</span>`}
          ${more === 0 ? nothing : html`<span class="muted">${more} more behind it</span>`}
        </h2>
        <div class="question-body">${bodyOf(question, app.state().chat.facts?.cwd)}</div>
        <div class="question-choices">
          <button class="button button-main" type="button" @click=${decide("allow")}>Allow <kbd>y</kbd></button>
          ${
            rule === ""
              ? nothing
              : html`<button class="button" type="button" @click=${decide("always")}>
                  Always <code class="question-rule">${reveal(rule)}</code> <kbd>a</kbd>
                </button>`
          }
          <button class="button button-deny" type="button" @click=${decide("deny")}>Deny <kbd>n</kbd></button>
        </div>
      </section>
    `
  )}`
}

const count = (diff: string | undefined): unknown => {
  if (diff === undefined) return nothing
  const { added, removed } = countDiff(diff)
  return html` <span><span class="count-add">+${added}</span> <span class="count-remove">−${removed}</span></span>`
}

const bodyOf = ({ preview, tool, input }: Question, cwd = ""): TemplateResult => {
  const { command, paths = [], url, diff, summary } = preview
  const short = mainArgument({ name: tool, input })
  const isSilent = command === undefined && url === undefined && diff === undefined && paths.length === 0
  return html`
    ${summary === undefined ? nothing : html`<p>${reveal(summary)}</p>`}
    ${command === undefined ? nothing : html`<pre class="output" tabindex="0"><span class="muted" aria-hidden="true">$ </span>${reveal(command)}</pre>`}
    ${paths.map((path) => html`<p><code>${reveal(path.startsWith(`${cwd}/`) && cwd !== "" ? path.slice(cwd.length + 1) : path)}</code></p>`)}
    ${url === undefined ? nothing : html`<p><code>${reveal(url)}</code></p>`}
    ${diff === undefined ? nothing : diffView(diff)}
    ${isSilent && summary === undefined && short !== "" ? html`<p><code>${reveal(short)}</code></p>` : nothing}
  `
}

const answerByKey = (event: KeyboardEvent, app: App, { id, rule }: Question): void => {
  const decision = byKey[event.key.toLowerCase()]
  if (decision === undefined || (decision === "always" && rule === "")) return
  if (event.ctrlKey || event.metaKey || event.altKey) return
  event.preventDefault()
  // Whoever was typing when it appeared did not mean it.
  if (!event.repeat && !isFresh()) answer(app, id, { decision })
}
