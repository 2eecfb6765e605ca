/** What came of a call and what happened to a plugin, in lines: their state is told in words, so that it is seen without colours, too. */
import type { ToolCall } from "../../llm/message.ts"
import type { PluginNews } from "../../machines/events.ts"
import { adviceOf, labelOf, lossesOf, stateOf, succeeded, type ToldAnswer } from "../../plugins/outcome.ts"
import type { Answer, Outcome } from "../../plugins/tool.ts"
import type { Io } from "./io.ts"
import { type Format, oneLine, printable, styled } from "./printable.ts"

/** What came of a call, and what it lost on the way. */
export const settledLines = (io: Io, call: ToolCall, answer: Answer): ReadonlyArray<string> => {
  const label = labelOf(answer)
  const format = formatOf(answer)
  const said = printable(oneLine((succeeded(answer) ? answer.summary : answer.error) ?? "", 160))
  const name = printable(call.name)
  // What broke is named: calls that run side by side settle far from the line that told of them.
  const head = label === undefined ? said || name : `${name} ${styled(io, format, `(${printable(label)})`)}`
  return [
    `${styled(io, format, markOf(answer))} ${label === undefined || said === "" ? head : `${head}: ${said}`}`,
    ...lossLines(answer).map((line) => styled(io, format, line)),
    ...adviceLines(answer).map((line) => styled(io, "cyan", line))
  ]
}

/** What plugins know about a failure. */
const adviceLines = (answer: Answer): ReadonlyArray<string> =>
  adviceOf(answer)
    .flatMap(({ plugin, diagnosis, fixes }) => [
      diagnosis === "" ? `${plugin} advises:` : `${plugin}: ${diagnosis}`,
      ...fixes.map((fix) => `  → ${fix}`)
    ])
    .map((line) => `    ${printable(line).replace(/\s*\n\s*/g, " ")}`)

/** Losses that are told in a line each. */
const mostLosses = 5

const lossLines = (answer: Answer): ReadonlyArray<string> => {
  const losses = lossesOf(answer)
  const told = losses.slice(0, mostLosses).map((loss) => `    lost: ${printable(oneLine(loss, 160))}`)
  return losses.length <= mostLosses ? told : [...told, `    lost: and ${losses.length - mostLosses} more`]
}

const outcomeFormats: Readonly<Record<Outcome, Format>> = {
  contained: "red",
  degraded: "yellow",
  // As near to gold as sixteen colours come.
  provisional: ["yellow", "bold"],
  healed: ["yellow", "bold"],
  false_heal: "red"
}

const formatOf = (answer: Answer): Format => {
  const state = stateOf(answer)
  if (state !== undefined) return outcomeFormats[state]
  return answer.success ? "green" : "red"
}

/** Without colours a degraded answer must not look like a whole one. */
export const markOf = (answer: ToldAnswer): string =>
  !succeeded(answer) ? "✗" : stateOf(answer) === "degraded" ? "!" : "✓"

export const newsFormats: Readonly<Record<PluginNews["state"], Format>> = {
  healthy: "green",
  degraded: "yellow",
  quarantined: "red",
  disabled: "dim"
}

/** `⚠ plugin words is quarantined: …` */
export const newsLine = ({ plugin, state, reason }: PluginNews): string => {
  const why = oneLine(reason, 300)
  return printable(
    `${state === "healthy" ? "✓" : "⚠"} plugin ${oneLine(plugin, 60)} is ${state}${why === "" ? "" : `: ${why}`}`
  )
}
