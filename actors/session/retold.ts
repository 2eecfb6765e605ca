/** A conversation retold as text to be summarised, whole and in ever shorter versions: what is too long itself must still be summed up. */
import { callsOf, type Message, textOf } from "../../llm/message.ts"
import type { Transcript } from "../../machines/events.ts"
import { isSummary } from "../../machines/room.ts"
import { headTail } from "../../plugins/ports/head-tail.ts"

/** Characters that are kept of one answer or input of a tool, and of what somebody says, once all is too long. */
const kept = { outputs: 2_000, words: 6_000 }

/** How often the shortened whole is halved, at most. */
const halvings = 4

/** Characters of the shortest version. */
const fewest = 4_000

/** Characters that surely hold a token: too much of the window left is better than one more request that is refused. */
const charactersPerToken = 3

interface Said {
  /** Whether it says what the user wants, or sums up what went before. */
  readonly isWish: boolean
  readonly text: string
}

export interface Retelling {
  /** Versions, each shorter than the one before: first without images, then with long outputs cut, then without the oldest. */
  readonly versions: number
  readonly version: (nth: number) => string
}

export const retold = (transcript: Transcript): Retelling => {
  const shortened = () => transcript.map((message) => saidBy(message, kept))
  return {
    versions: 2 + halvings,
    version: (nth) => {
      if (nth === 0) return asText(transcript.map((message) => saidBy(message, unlimited)))
      const all = shortened()
      return nth === 1 ? asText(all) : asText(within(all, Math.max(fewest, sizeOf(all) / 2 ** (nth - 1))))
    }
  }
}

/** The first version that fits, as far as the window is known. @param tokens That there are for it. */
export const fitting = ({ versions, version }: Retelling, from: number, tokens: number | undefined): number => {
  let nth = from
  while (tokens !== undefined && nth < versions - 1 && version(nth).length / charactersPerToken > tokens) nth += 1
  return nth
}

type Limits = { readonly [Part in keyof typeof kept]: number }

const unlimited: Limits = { outputs: Infinity, words: Infinity }

const saidBy = (message: Message, limits: Limits): Said => {
  const isWish = message.role === "user" && message.from === undefined
  return { isWish, text: `${linesOf(message, limits).join("\n")}\n` }
}

const linesOf = (message: Message, { outputs, words }: Limits): ReadonlyArray<string> => {
  const images = message.content.filter(({ type }) => type === "image").map(() => "[an image]")
  switch (message.role) {
    case "user":
      return [
        isSummary(message) ? "## Before" : message.from === undefined ? "## User" : "## Plugin",
        cut(textOf(message), words),
        ...images
      ]
    case "assistant":
      return ["## Assistant", cut(textOf(message), words), ...callsOf(message).map((call) => callLine(call, outputs))]
    case "tool":
      return [`## Answer of ${message.name}`, cut(textOf(message), outputs), ...images]
  }
}

const callLine = ({ name, input }: ReturnType<typeof callsOf>[number], limit: number): string =>
  `→ ${name} ${cut(typeof input === "string" ? input : (JSON.stringify(input) ?? ""), limit)}`

const cut = (text: string, limit: number): string => {
  if (text.length <= limit) return text
  const both = headTail(limit)
  both.push(text)
  return both.text((left) => `\n[… ${left} characters left out …]\n`)
}

const sizeOf = (all: ReadonlyArray<Said>): number => all.reduce((sum, { text }) => sum + text.length, 0)

/** The newest that fit; what the user said is let go of last, unless it is most of all. */
const within = (all: ReadonlyArray<Said>, room: number): ReadonlyArray<Said> => {
  const wishes = sizeOf(all.filter(({ isWish }) => isWish))
  const areKept = wishes <= room / 2
  let left = areKept ? room - wishes : room
  const newestFirst: Array<Said> = []
  for (const one of all.toReversed()) {
    if (one.isWish && areKept) newestFirst.push(one)
    else if (left > 0) {
      // The last that has room at all is there with its beginning and its end.
      newestFirst.push({ ...one, text: cut(one.text, left) })
      left -= one.text.length
    }
  }
  const count = all.length - newestFirst.length
  const note = { isWish: false, text: `[${count} messages, the oldest, are left out]\n` }
  return [...(count === 0 ? [] : [note]), ...newestFirst.toReversed()]
}

const asText = (all: ReadonlyArray<Said>): string => all.map(({ text }) => text).join("\n")
