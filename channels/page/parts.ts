/** Pieces of the page that stand in several places: long texts, diffs, images, times, what something took. */
import { headTail } from "../../plugins/ports/head-tail.ts"
import type { ImageBlock } from "../../llm/message.ts"
import type { Spent } from "../../machines/events.ts"
import { imageLabels } from "../attachments.ts"
import { costWords, dollars } from "../numbers.ts"
import { html, type Html } from "./html.ts"

/** Characters of one text: of what is said, of what a tool is given or answers, of a diff. */
export const longest = { said: 200_000, output: 20_000, diff: 60_000 } as const

export const cut = (text: string, limit: number): string => {
  if (text.length <= limit) return text
  const both = headTail(limit)
  both.push(text)
  return both.text((left) => `\n[… ${left} characters are left out here; session export has them all …]\n`)
}

/** A text as it stands. */
export const plain = (text: string, limit: number = longest.output): Html =>
  html`<pre>${cut(text.trimEnd(), limit)}</pre>`

/** Unified. The signs say it, too, for whoever sees no colours. */
export const diffLines = (diff: string): Html => {
  const lines = cut(diff, longest.diff).replace(/\n$/, "").split("\n")
  return html`<pre class="diff">${lines.map((line) => [diffLine(line), "\n"])}</pre>`
}

const diffLine = (line: string): Html => {
  if (/^(\+\+\+|---|@@|Index: |={10,})/.test(line)) return html`<span class="where">${line}</span>`
  if (line.startsWith("+")) return html`<ins>${line}</ins>`
  return line.startsWith("-") ? html`<del>${line}</del>` : html`${line}`
}

/** Kinds that a browser shows and that run nothing. */
const shown = /^image\/(png|jpeg|gif|webp)$/

/** @param inline There is still room for its bytes. */
export const image = (block: Pick<ImageBlock, "mime" | "data" | "name">, inline: boolean): Html => {
  const label = imageLabels([{ type: "image", ...block } as ImageBlock])[0] ?? "[image]"
  const isShown = inline && shown.test(block.mime) && /^[\w+/=\s]+$/.test(block.data)
  if (!isShown) return html`<p class="note">${label}</p>`
  return html`<figure><img src="data:${block.mime};base64,${block.data}" alt="${label}" loading="lazy" /></figure>`
}

/** UTC. */
export const time = (at: number): Html => {
  const iso = new Date(at).toISOString()
  return html`<time datetime="${iso}">${iso.slice(0, 16).replace("T", " ")}</time>`
}

/** What is not known is not called nothing. @param least What is known of it. */
export const costText = (cost: number | undefined, least: number): string =>
  cost !== undefined ? dollars(cost) : least > 0 ? `at least ${dollars(least)}` : "cost unknown"

export const count = (number: number): string => number.toLocaleString("en-US")

/** `1,204 tokens in, 312 out · $0.0123` */
export const price = (spent: Spent): string =>
  `${count(spent.usage.input)} tokens in, ${count(spent.usage.output)} out · ${costWords(spent)}`
