/** What is said of a seam, in the same words on every output: one line, its losses, and what can be done about it. */
import type { SeamView } from "../../healing/ledger.ts"
import type { SeamNews } from "../../machines/events.ts"
import { seamMarks, seamVerb, type SeamWorth, worded, worthOf } from "../seam-worth.ts"
import { type Format, oneLine, printable } from "./printable.ts"

export { seamMarks, type SeamWorth, worded, worthOf }

export const seamFormats: Readonly<Record<SeamWorth, Format>> = {
  // As near to gold as sixteen colours come.
  gold: ["yellow", "bold"],
  loss: "yellow",
  bad: "red",
  plain: "dim"
}

/** `words/word_count` */
export const ownerOf = ({ plugin, tool }: Pick<SeamNews, "plugin" | "tool">): string =>
  oneLine(printable(tool === undefined ? plugin : `${plugin}/${tool}`), 80)

/** `healed words/word_count: reads "length" where "lenght" stood (rewrite, provisional)` */
export const seamSentence = (news: SeamNews): string => {
  const { strategy, state, summary } = news
  const verb = seamVerb(news)
  const how = [strategy, state === "contained" || state === verb ? undefined : state].filter((one) => one !== undefined)
  const what = oneLine(printable(summary), 200)
  return `${verb} ${ownerOf(news)}${what === "" ? "" : `: ${what}`}${how.length === 0 ? "" : ` (${how.join(", ")})`}`
}

/** Where it is looked at, or accepted. @param prefix `kintsugi heal` in a shell, `/heals` in chat. */
export const seamHint = ({ seam, status }: SeamNews, prefix: string): string =>
  `${prefix} ${status === "proposed" ? "accept" : "show"} ${oneLine(printable(seam), 20)}`

/** `lost: the unit is made up`, a line each. */
export const seamLosses = ({ degraded }: Pick<SeamNews, "degraded">): ReadonlyArray<string> =>
  degraded.map((loss) => `lost: ${oneLine(printable(loss), 160)}`)

/** Everything on lines of plain text. */
export const seamLines = (news: SeamNews): ReadonlyArray<string> => [
  `${seamMarks[worthOf(news)]} ${seamSentence(news)} · ${seamHint(news, "kintsugi heal")}`,
  ...seamLosses(news).map((loss) => `    ${loss}`)
]

/** `2026-11-22 15:04`, UTC as everywhere in lists. */
const when = (time: number): string => new Date(time).toISOString().slice(0, 16).replace("T", " ")

/** A line of a list: id, when, whose, what it is worth, how it stands, what was done. */
export const seamRow = (seam: SeamView): string =>
  [
    seam.id,
    when(seam.time),
    ownerOf(seam),
    seam.state.padEnd(11),
    worded(seam.status).padEnd(11),
    oneLine(printable(seam.summary), 200)
  ].join("  ")

/** All there is to say of a seam, except its diff. */
export const seamStory = (seam: SeamView): ReadonlyArray<string> => {
  const { id, time, state, status, mark, summary, failure, hook, origin } = seam
  const rungs = seam.rungs.map(
    (rung) => `${rung.strategy.padEnd(7)}  ${worded(rung.outcome).padEnd(14)}  ${rung.reason}`
  )
  const proof = seam.proof.map(({ check, outcome, detail }) => `${check}  ${outcome.padEnd(7)}  ${detail}`)
  const history = [
    `${when(time)}  made`,
    ...(mark === undefined ? [] : [`${when(mark.time)}  ${worded(status)}: ${mark.reason}`])
  ]
  return [
    `${id} · ${ownerOf(seam)}${hook === undefined ? "" : ` ${hook}`} · ${when(time)} · ${state} · ${worded(status)}`,
    `${summary}${origin === undefined ? "" : ` (${origin})`}`,
    ...section("failure", [
      `${failure.kind}: ${failure.message}`,
      ...(failure.frame === undefined ? [] : [failure.frame])
    ]),
    ...section("tried", rungs),
    ...section("proof", proof),
    ...section("lost", seam.degraded),
    ...section(
      "files",
      seam.changes.map(({ path }) => path)
    ),
    ...section("history", history)
  ].map((text) => printable(text.replace(/[\r\n]+/g, " ")))
}

const section = (name: string, rows: ReadonlyArray<string>): ReadonlyArray<string> =>
  rows.length === 0 ? [] : ["", name, ...rows.map((row) => `  ${row}`)]
