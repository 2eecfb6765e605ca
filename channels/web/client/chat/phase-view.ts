/** What the agent does at this moment. */
import { html, nothing, type TemplateResult } from "lit"
import { took } from "../parts/time.ts"
import type { State } from "../state.ts"
import { isBusy } from "./model.ts"
import { serverTime } from "./reduce.ts"
import { planView } from "./plan-view.ts"

const words = {
  idle: "",
  waiting: "Waiting for the model",
  thinking: "Thinking",
  writing: "Writing",
  acting: "Working",
  compacting: "Summing up the conversation"
} as const

export const phaseView = ({ chat, now: here }: State): TemplateResult => {
  const now = serverTime(chat, here)
  const { phase, turn, since, plan, questions } = chat
  const running = plan === undefined ? nothing : planView(plan)
  if (!isBusy(chat)) return html`${running}`
  const seconds = took(Math.max(0, now - (turn?.since ?? since)))
  const doing =
    questions.length > 0
      ? "Waits for your word"
      : phase.name === "retrying"
        ? `${phase.reason} — attempt ${phase.attempt} in ${Math.max(0, Math.ceil((phase.until - now) / 1000))} s`
        : words[phase.name]
  return html`${running}
    <p class="phase">
      <span class="phase-mark" aria-hidden="true"></span>${doing}<span class="muted"> · ${seconds}</span>
    </p>`
}
