/**
 * What goes back to Bedrock beside what others sent back to it, and it took: their next request holds the calls of the
 * reply before, and its thinking as it was signed or sealed. What was neither they sent as text; we keep it.
 */
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { toBody } from "../../../llm/dialects/bedrock-body.ts"
import { callsOf, type Message } from "../../../llm/message.ts"
import { fields, list } from "../../../llm/wire-value.ts"
import { answer, options, user } from "../dialects/histories.ts"
import { isRecorded, needsRecordings, type Recording, recordings } from "./recordings.ts"
import { play } from "./replay.ts"

const messagesOf = ({ request }: Recording): ReadonlyArray<unknown> =>
  request === "" ? [] : list(fields(JSON.parse(request)).messages)

const stateIn = (content: unknown): ReadonlyArray<unknown> =>
  list(content).filter((block) => fields(block).text === undefined)

/** Replies that the next recorded request holds, and that Bedrock answered again. */
const pairs = recordings().flatMap((reply, at, all) => {
  const next = all[at + 1]
  if (next === undefined || next.status !== 200) return []
  if (![reply, next].every(({ dialect }) => dialect.startsWith("bedrock-converse"))) return []
  const before = messagesOf(reply).length
  const back = before === 0 ? {} : fields(messagesOf(next)[before])
  return back.role === "assistant" ? [{ name: reply.name, reply, content: list(back.content) }] : []
})

describe.skipIf(!isRecorded)(`recorded follow-ups of Converse (${needsRecordings})`, () => {
  it("are there", () => expect(pairs.flatMap(({ content }) => stateIn(content)).length).toBeGreaterThanOrEqual(9))

  it.each(pairs)("$name", async ({ reply, content }) => {
    const last = Result.getOrThrow(await play(reply)).at(-1)
    if (last?.type !== "finished") throw new Error("no reply")
    const answers = callsOf(last.message).map(({ id }): Message => answer(id))
    const { messages } = toBody(options({ id: last.message.model }), {
      system: "",
      messages: [user("?"), last.message, ...answers],
      tools: []
    })
    expect(stateIn(messages[1]?.content)).toEqual(stateIn(content))
  })
})
