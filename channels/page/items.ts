/** What happened in a session, an item each: what was said, the calls with what came of them, seams, compactions, ends. */
import type { ToolCall } from "../../llm/message.ts"
import type { AgentEvent, AgentNotice, CompactionPrice, SeamNews, TerminalNotice } from "../../machines/events.ts"
import { nothingSpent, spend, tokensOf } from "../../machines/spending.ts"
import { adviceOf, labelOf, lossesOf, outcomes, stateOf, succeeded } from "../../plugins/outcome.ts"
import type { Answer } from "../../plugins/tool.ts"
import { newsLine } from "../cli/answer-lines.ts"
import { headline } from "../cli/progress.ts"
import { seamLosses, seamMarks, seamSentence, worthOf } from "../cli/seam-lines.ts"
import { html, type Html, type Piece } from "./html.ts"
import { markdown } from "./markdown.ts"
import { continuedWords } from "../shown-words.ts"
import { cut, diffLines, longest, plain, price, time } from "./parts.ts"

/** A call that was not answered yet. */
export interface OpenCall {
  readonly call: ToolCall
  /** What it ran with, where a guard has changed it. */
  readonly ran?: unknown
}

export const note = (words: Piece, kind = ""): Html => html`<p class="note ${kind}">${words}</p> `

/** @param id Of the point in the session's tree. */
export const said = (id: number, who: "You" | "Agent", at: number, body: Piece): Html =>
  html`<article class="${who === "You" ? "user" : "agent"}" id="n${id}">
    <h2>${who} ${time(at)}</h2>
    ${body}
  </article> `

export const prose = (text: string): Html => markdown(cut(text, longest.said))

export const thinking = (text: string): Html | undefined =>
  text.trim() === ""
    ? undefined
    : html`<details class="thinking">
        <summary>Thinking</summary>
        ${plain(text, longest.said)}
      </details>`

/** @param answer Absent: the turn ended before there was one. */
export const callItem = ({ call, ran }: OpenCall, answer: Answer | undefined, images: Piece): Html => {
  const mark = answer === undefined ? "·" : succeeded(answer) ? (stateOf(answer) === "degraded" ? "!" : "✓") : "✗"
  const state = answer === undefined ? "not answered" : wordsOf(answer)
  const words = [headline(call), ...(state === "" ? [] : [state])].join(" · ")
  const changed =
    ran === undefined
      ? undefined
      : html`<h3>Changed by a guard to</h3>
          ${plain(asText(ran))}`
  const outcome = answer === undefined ? undefined : html`${answered(answer)}${images}`
  const kind = answer === undefined ? "open" : markKind(mark)
  return html`<details class="call ${kind}">
    <summary><span aria-hidden="true">${mark}</span> ${words}</summary>
    <h3>Input</h3>
    ${plain(asText(call.input))}${changed}${outcome}
  </details> `
}

const markKind = (mark: string): string => (mark === "✓" ? "good" : mark === "!" ? "loss" : "bad")

/** `S1 degraded`, or why it is no success. */
const wordsOf = (answer: Answer): string => {
  const state = stateOf(answer)
  if (state !== undefined) return `${outcomes[state].code} ${labelOf(answer) ?? ""}`
  return succeeded(answer) ? "" : (answer.errorClass ?? "failed")
}

const answered = (answer: Answer): Html => {
  const { data, error, summary, diff, sent } = answer
  const losses = lossesOf(answer).map((loss) => html`<li>lost: ${loss}</li>`)
  const advice = adviceOf(answer).map(
    ({ plugin, diagnosis, fixes }) =>
      html`<li>
        advice of ${plugin}: ${diagnosis}
        <ul>
          ${fixes.map((fix) => html`<li>${fix}</li>`)}
        </ul>
      </li>`
  )
  const body = data === undefined ? (summary ?? "") : asText(data)
  return html`<h3>Answer</h3>
    ${error === undefined ? undefined : plain(error)}${body === "" || body === error ? undefined : plain(body)}${
      diff === undefined || diff === ""
        ? undefined
        : html`<h3>Change</h3>
            ${diffLines(diff)}`
    }${sent === undefined ? undefined : note(`sent to the user: ${String(sent.name)} (${String(sent.mime)}, ${String(sent.size)} bytes)`)}${
      losses.length + advice.length === 0
        ? undefined
        : html`<ul>
            ${losses}${advice}
          </ul>`
    }`
}

export const asText = (value: unknown): string =>
  typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "")

/** The mend is shown, never hidden. */
export const seam = (news: SeamNews): Html => {
  const worth = worthOf(news)
  const losses = seamLosses(news).map((loss) => html`<li>${loss}</li>`)
  return html`<aside class="seam ${worth}" aria-label="seam ${news.seam}">
    <p><strong>${seamMarks[worth]} ${seamSentence(news)}</strong> <span class="id">${news.seam}</span></p>
    ${
      losses.length === 0
        ? undefined
        : html`<ul>
            ${losses}
          </ul>`
    }${
      news.diff === undefined
        ? undefined
        : html`<details>
            <summary>What was changed</summary>
            ${diffLines(news.diff)}
          </details>`
    }
  </aside> `
}

export const compaction = (id: number, summary: string, event: AgentEvent): Html => {
  const by = event.type === "compaction.finished" && event.model !== undefined ? priceOf(event) : undefined
  return html`<section class="compaction" id="n${id}">
    <h2>Compacted</h2>
    ${by}
    <details>
      <summary>From here on the model saw this summary instead of what stands above</summary>
      ${prose(summary)}
    </details>
  </section> `
}

const priceOf = ({ model = "", usage, cost }: CompactionPrice): Html =>
  note(`by ${model} · ${price(spend(nothingSpent, { model, usage, cost }))}`)

/** What a turn took, and how it ended. */
export const turnEnd = (nth: number, notice: TerminalNotice): Html => {
  const how = { "agent.replied": "done", "agent.failed": "failed", "agent.cancelled": "cancelled" }[notice.type]
  const why = notice.type === "agent.failed" ? html`<p class="failure">${notice.failure.message}</p>` : undefined
  const verified = notice.type === "agent.replied" && notice.verified ? ", verified" : ""
  const models = Object.entries(notice.spent.models ?? {}).map(([id, { requests }]) => `${id} ×${requests}`)
  const words = [
    `Turn ${nth} ${how}${verified}`,
    ...(tokensOf(notice.spent) === 0 ? [] : [price(notice.spent)]),
    ...(models.length === 0 ? [] : [models.join(", ")])
  ]
  return html`${why}
    <p class="end">${words.join(" · ")}</p> `
}

/** One line for what needs no more. */
export const aside = (notice: AgentNotice): Html | undefined => {
  switch (notice.type) {
    case "agent.plugin":
      return note(newsLine(notice), notice.state)
    case "agent.warned":
      return note(notice.failure.message, "loss")
    case "agent.continued":
      return note(continuedWords(notice))
    case "agent.answered":
      return note(`permission: ${{ allow: "allowed", always: "always allowed", deny: "denied" }[notice.decision]}`)
    case "agent.asked":
      return note(`asked for permission: ${headline({ name: notice.tool, input: notice.input })}`)
    case "agent.background":
      return background(notice)
    case "agent.changed": {
      const { model, permissions, cleared } = notice
      const words = [
        model && `model ${model}`,
        permissions && `permissions ${permissions}`,
        cleared && "conversation cleared"
      ]
      return note(words.filter(Boolean).join(", "))
    }
    default:
      return undefined
  }
}

const background = ({ id, description, state, result }: Extract<AgentNotice, { type: "agent.background" }>): Html => {
  const name = description === "" ? id : description
  if (result === undefined) return note(`background agent ${name}: ${state}`)
  return html`<details class="call">
    <summary>background agent ${name}: ${state}</summary>
    ${prose(result.text)}
  </details> `
}
