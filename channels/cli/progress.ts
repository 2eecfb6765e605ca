/** `run` for people and pipes: a line for each call on standard error, the answer on standard output. */
import { callsOf, textOf, type ToolCall } from "../../llm/message.ts"
import type { AgentNotice, TerminalNotice } from "../../machines/events.ts"
import { leastCost } from "../../machines/spending.ts"
import { newsFormats, newsLine, settledLines } from "./answer-lines.ts"
import type { Io } from "./io.ts"
import { planNews } from "./plan-lines.ts"
import { oneLine, printable, styled } from "./printable.ts"
import type { Reporter } from "./reporter.ts"
import { seamFormats, seamLines, worthOf } from "./seam-lines.ts"
import { continuedWords, taskWords } from "../shown-words.ts"

export const progressLines = (io: Io): Reporter => {
  const say = (text: string) => io.stderr.write(`${text}\n`)
  const dim = (text: string) => styled(io, "dim", text)
  const reply = io.stdout.isTTY ? streamedReply(io) : wholeReply(io, (text) => say(dim(text)))
  const plan = planNews()
  /** Calls that wait for an agent of their own. */
  const subagents = new Set<string>()
  const hear = (notice: AgentNotice): void => {
    switch (notice.type) {
      case "agent.text":
        return reply.write(notice.delta)
      case "agent.said":
        return reply.said(textOf(notice.message).trim(), callsOf(notice.message).length > 0)
      case "agent.acting":
        if (notice.call.name === "task") subagents.add(notice.call.id)
        return void say(`${styled(io, "cyan", "→")} ${headline(notice.call)}`)
      case "agent.progressed":
        return subagents.has(notice.callId) ? activityLines(notice.text).forEach((text) => say(dim(text))) : undefined
      case "agent.settled":
        settledLines(io, notice.call, notice.answer).forEach(say)
        return plan.hear(notice.answer).forEach(say)
      case "agent.warned":
        reply.breakOff()
        return void say(styled(io, "yellow", printable(notice.failure.message)))
      case "agent.stalled":
        reply.breakOff()
        return void say(
          styled(
            io,
            "yellow",
            `no sign of life for ${notice.seconds} s${notice.doing === "" ? "" : ` (${printable(notice.doing)})`}`
          )
        )
      case "agent.background":
        reply.breakOff()
        return backgroundLines(notice).forEach(say)
      case "agent.plugin":
        reply.breakOff()
        return void say(styled(io, newsFormats[notice.state], newsLine(notice)))
      case "agent.healed":
        reply.breakOff()
        return seamLines(notice).forEach((text) => say(styled(io, seamFormats[worthOf(notice)], text)))
      case "agent.continued":
        reply.breakOff()
        return void say(dim(printable(continuedWords(notice))))
      case "agent.retrying":
        reply.breakOff()
        return void say(dim(`${notice.reason}; ${nextTry(notice.delay)}`))
      case "agent.compacting":
        reply.breakOff()
        return void say(dim(compactingLines[notice.reason ?? "asked"]))
      case "agent.compacted":
        return void say(dim("compacted; going on"))
      default:
        return
    }
  }
  const end = (notice: TerminalNotice): void => {
    if (notice.type === "agent.replied") reply.final(notice.text)
    else reply.breakOff()
    if (notice.type === "agent.failed") say(styled(io, "red", `failed: ${notice.failure.message}`))
    if (notice.type === "agent.cancelled") say("cancelled")
    if (notice.spent.usage.output > 0) say(dim(priceTag(notice)))
  }
  return { hear, end }
}

const nextTry = (delay: number): string =>
  delay === 0 ? "trying again" : `trying again in ${(delay / 1000).toFixed(1)} s`

const compactingLines = {
  full: "the conversation nearly fills the model's window; compacting it",
  overflow: "compacting the conversation",
  asked: "compacting the conversation"
} as const

/** What a subagent does: whole lines, often several at once. */
const activityLines = (text: string): ReadonlyArray<string> =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => `  · ${printable(oneLine(line, 160))}`)

const backgroundLines = ({
  id,
  description,
  state,
  result
}: Extract<AgentNotice, { type: "agent.background" }>): ReadonlyArray<string> => {
  const name = printable(oneLine(description === "" ? id : description, 100))
  if (state === "running") return [`◇ background agent ${name} has started`]
  return [
    `${state === "replied" ? "◇" : "✗"} background agent ${name}: ${state}`,
    printable(oneLine(result?.text ?? "", 300))
  ]
}

/** Where the model's text goes. */
interface ReplyWriter {
  readonly write: (delta: string) => void
  /** @param acts Calls follow: it is not the last. */
  readonly said: (text: string, acts: boolean) => void
  readonly breakOff: () => void
  /** The result of the turn, which is the last reply or the summary of a verified task. */
  readonly final: (text: string) => void
}

/** In a pipe the result stands alone on standard output, to the letter. */
const wholeReply = (io: Io, remark: (text: string) => void): ReplyWriter => ({
  write: () => {},
  said: (text, acts) => {
    if (acts && text !== "") remark(printable(text))
  },
  breakOff: () => {},
  final: (text) => void io.stdout.write(text === "" ? "" : `${text}\n`)
})

/** On a terminal every word is seen as it comes. */
const streamedReply = (io: Io): ReplyWriter => {
  let isOpen = false
  let last = ""
  const breakOff = (): void => {
    if (isOpen) io.stdout.write("\n")
    isOpen = false
  }
  return {
    write: (delta) => {
      io.stdout.write(printable(delta))
      isOpen = true
    },
    said: (text) => {
      breakOff()
      last = text
    },
    breakOff,
    final: (text) => {
      if (text.trim() !== last) io.stdout.write(`${printable(text)}\n`)
    }
  }
}

/** A call in one line: its tool and the argument that says most. */
export const headline = ({ name, input }: Pick<ToolCall, "name" | "input">): string => {
  const { command, path, pattern, summary, ...others } = (
    typeof input === "object" && input !== null ? input : {}
  ) as Record<string, unknown>
  const purpose = name === "task" ? taskWords(others) : undefined
  const main =
    command ?? path ?? pattern ?? summary ?? purpose ?? Object.values(others).find((value) => typeof value === "string")
  return printable(main === undefined ? name : `${name} ${oneLine(String(main), 100)}`)
}

/** What a turn took, in a line. */
const priceTag = ({ spent }: TerminalNotice): string => {
  const { usage, cost } = spent
  const least = leastCost(spent)
  const known = least > 0 ? `at least $${least.toFixed(4)}` : "cost unknown"
  const models = Object.entries(spent.models ?? {})
  const shares = models.length < 2 ? "" : ` (${models.map(([id, { requests }]) => `${id} ${requests}×`).join(", ")})`
  return `${usage.input} tokens in, ${usage.output} out, ${cost === undefined ? known : `$${cost.toFixed(4)}`}${printable(shares)}`
}
