/** What happened in a session, in its order, as markup: a turn after the other, each branch where it was written. */
import type { Told } from "../../actors/told.ts"
import { callsOf, type ImageBlock, textOf } from "../../llm/message.ts"
import type { AgentNotice, TerminalNotice } from "../../machines/events.ts"
import { html, type Html } from "./html.ts"
import { aside, callItem, compaction, type OpenCall, prose, said, seam, thinking, turnEnd } from "./items.ts"
import { image, longest, plain } from "./parts.ts"

/** Bytes of images that stand on the page; the others are named. */
const imageRoom = 30_000_000

/** What is open between one event and the next. */
interface Open {
  readonly calls: Map<string, OpenCall>
  /** What was heard of a reply that is not whole yet. */
  partial: string
  /** What the model said last. */
  last: string
  turns: number
  /** By an event's seq, the point that it belongs to, and the point that is told now. */
  readonly points: Map<number, number>
  point: number
  room: number
}

export function* story(all: Iterable<Told>): Generator<Html> {
  const open: Open = { calls: new Map(), partial: "", last: "", turns: 0, points: new Map(), point: 0, room: imageRoom }
  for (const told of all) {
    if (told.from !== undefined) yield* jump(open, told)
    if (isPoint.has(told.row.event.type)) open.point = told.row.seq
    open.points.set(told.row.seq, open.point)
    yield* spoken(open, told)
    for (const notice of told.notices) yield* item(open, notice, told)
  }
  yield* leftOpen(open)
}

/** Events that say something: what stands in the tree. */
const isPoint: ReadonlySet<string> = new Set([
  "user.message",
  "model.replied",
  "background.settled",
  "compaction.finished"
])

function* jump(open: Open, { from: seq = 0 }: Told): Generator<Html> {
  yield* leftOpen(open)
  const from = open.points.get(seq) ?? 0
  open.point = from
  const where = from === 0 ? html`the beginning` : html`<a href="#n${from}">an earlier point</a>`
  yield html`<p class="branch note">Another branch: it goes on from ${where}.</p> `
}

/** What the user says is in the event, not in a notice. */
function* spoken(open: Open, { row }: Told): Generator<Html> {
  const { event, seq, at } = row
  if (event.type === "user.message") {
    const text = event.content
      .map((block) => (block.type === "text" ? block.text : ""))
      .join("\n")
      .trim()
    const words = text === "" ? undefined : plain(text, longest.said)
    yield said(seq, "You", at, [words, ...pictures(open, event.content)])
  }
  if (event.type === "background.settled") yield html`<span id="n${seq}"></span>`
}

function* item(open: Open, notice: AgentNotice, { row: { seq, at, event } }: Told): Generator<Html> {
  switch (notice.type) {
    case "agent.text":
      open.partial += notice.delta
      return
    case "agent.retrying":
      open.partial = ""
      return
    case "agent.said":
      return yield* reply(open, notice, seq, at)
    case "agent.acting": {
      const before = open.calls.get(notice.call.id)
      const { input } = notice.call
      const isChanged = before !== undefined && JSON.stringify(before.call.input) !== JSON.stringify(input)
      if (isChanged) open.calls.set(notice.call.id, { ...before, ran: input })
      return
    }
    case "agent.settled": {
      const { call, answer } = notice
      yield callItem(open.calls.get(call.id) ?? { call }, answer, pictures(open, imagesOf(answer.images)))
      open.calls.delete(call.id)
      return
    }
    case "agent.healed":
      return yield seam(notice)
    case "agent.compacted":
      return yield compaction(seq, notice.summary, event)
    case "agent.replied":
    case "agent.failed":
    case "agent.cancelled":
      return yield* end(open, notice)
    default: {
      const line = aside(notice)
      if (line !== undefined) yield line
    }
  }
}

function* reply(
  open: Open,
  { message }: Extract<AgentNotice, { type: "agent.said" }>,
  seq: number,
  at: number
): Generator<Html> {
  open.partial = ""
  open.last = textOf(message).trim()
  const thoughts = message.content.map((block) => (block.type === "thinking" ? thinking(block.text) : undefined))
  yield said(seq, "Agent", at, [...thoughts, open.last === "" ? undefined : prose(open.last)])
  for (const call of callsOf(message)) open.calls.set(call.id, { call })
}

function* end(open: Open, notice: TerminalNotice): Generator<Html> {
  yield* leftOpen(open)
  open.turns += 1
  // The summary of a verified task is its answer.
  const isNew = notice.type === "agent.replied" && notice.text.trim() !== open.last
  if (isNew && notice.text.trim() !== "")
    yield html`<article class="agent">
      <h2>Result</h2>
      ${prose(notice.text)}
    </article> `
  yield turnEnd(open.turns, notice)
}

/** A reply that was cut off, and calls that nobody answered any more. */
function* leftOpen(open: Open): Generator<Html> {
  if (open.partial.trim() !== "")
    yield html`<article class="agent">
      <h2>Agent, interrupted</h2>
      ${prose(open.partial)}
    </article> `
  open.partial = ""
  for (const call of open.calls.values()) yield callItem(call, undefined, undefined)
  open.calls.clear()
}

const pictures = (open: Open, content: ReadonlyArray<{ readonly type: string }>): ReadonlyArray<Html> =>
  content
    .filter((block): block is ImageBlock => block.type === "image")
    .map((block) => {
      const isRoom = block.data.length <= open.room
      if (isRoom) open.room -= block.data.length
      return image(block, isRoom)
    })

/** Plugin code may have put anything there. */
const imagesOf = (images: unknown): ReadonlyArray<ImageBlock> =>
  (Array.isArray(images) ? images : []).flatMap(({ mime, data }: Partial<ImageBlock>) =>
    typeof mime === "string" && typeof data === "string" ? [{ type: "image" as const, mime, data }] : []
  )
