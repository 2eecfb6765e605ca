/** Notices a model that goes round in circles: the same calls with the same answers, alone or in a short cycle. */
import { isDeepStrictEqual } from "node:util"
import { callsOf, type Message } from "../llm/message.ts"
import type { Transcript } from "./events.ts"

/** Longest cycle looked for, in rounds: A A A, A B A B, A B C A B C. */
const longestCycle = 3

/** Added to the newest answer, and not compared itself. */
export const repetitionWarning =
  "[These calls gave the same answers again and again; they will not change. Try another way, or finish with what you know.]"

/** One reply of the model with the answers to its calls, ids left out. */
type Round = ReadonlyArray<unknown>

/**
 * How often the newest rounds repeat themselves: 1 when the last round is new, 3 when it stands three times in a row.
 * Only rounds after the newest user message count.
 */
export const repetitions = (transcript: Transcript): number => {
  const rounds = roundsOf(transcript)
  return Math.max(...Array.from({ length: longestCycle }, (_, n) => cyclesOf(rounds, n + 1)))
}

const cyclesOf = (rounds: ReadonlyArray<Round>, length: number): number => {
  const cycle = rounds.slice(-length)
  let count = 1
  while (rounds.length >= (count + 1) * length) {
    const earlier = rounds.slice(-(count + 1) * length, -count * length)
    if (!isDeepStrictEqual(earlier, cycle)) break
    count += 1
  }
  return count
}

const roundsOf = (transcript: Transcript): ReadonlyArray<Round> => {
  const rounds: Array<Array<unknown>> = []
  for (const message of transcript.slice(transcript.findLastIndex(({ role }) => role === "user") + 1)) {
    if (message.role === "assistant") rounds.push([])
    rounds.at(-1)?.push(...withoutIds(message))
  }
  return rounds
}

const withoutIds = (message: Message): ReadonlyArray<unknown> =>
  message.role === "tool"
    ? message.content.filter((block) => block.type !== "text" || block.text !== repetitionWarning)
    : callsOf(message).map(({ name, input }) => ({ name, input }))
