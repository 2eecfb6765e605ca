/**
 * What goes back to Gemini beside what others sent back to it, and it took: their next request holds the calls of the reply
 * before, each with its signature. The nearest to a proof that a request is accepted that recordings can give.
 */
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import type { DialectOptions } from "../../../llm/dialects/dialect.ts"
import { type Content, toBody } from "../../../llm/dialects/gemini-body.ts"
import { type AssistantMessage, callsOf, type Message } from "../../../llm/message.ts"
import { fields, list } from "../../../llm/wire-value.ts"
import { isRecorded, needsRecordings, type Recording, recordings } from "./recordings.ts"
import { play } from "./replay.ts"

/** One client writes signatures in the other alphabet of base64. */
const callsIn = (parts: unknown) =>
  list(parts).flatMap((part) => {
    const { functionCall, thoughtSignature = "" } = fields(part)
    const { name, args = {} } = fields(functionCall)
    const signature = String(thoughtSignature).replaceAll("-", "+").replaceAll("_", "/")
    return functionCall === undefined ? [] : [{ name, args, signature }]
  })

const contentsOf = ({ request }: Recording): ReadonlyArray<unknown> =>
  request === "" ? [] : list(fields(JSON.parse(request)).contents)

/** Replies whose calls the next recorded request holds. */
const pairs = recordings().flatMap((reply, at, all) => {
  const next = all[at + 1]
  if (next?.dialect !== "gemini" || reply.dialect !== "gemini") return []
  const before = contentsOf(reply).length
  const back = before === 0 ? {} : fields(contentsOf(next)[before])
  const calls = back.role === "model" ? callsIn(back.parts) : []
  return calls.length === 0 ? [] : [{ name: reply.name, reply, calls }]
})

const sentBack = (message: AssistantMessage, model: string): ReadonlyArray<Content> => {
  const answers = callsOf(message).map(({ id, name }): Message => ({
    role: "tool",
    callId: id,
    name,
    success: true,
    content: []
  }))
  const question: Message = { role: "user", id: "u", content: [{ type: "text", text: "?" }] }
  const options: DialectOptions = {
    id: message.model,
    provider: "Spec",
    model,
    baseUrl: "https://llm.example",
    variables: [],
    quirks: {},
    info: {},
    timeouts: { connect: 1, idle: 1, total: 1 }
  }
  return toBody(options, { system: "", messages: [question, message, ...answers], tools: [] }).contents
}

describe.skipIf(!isRecorded)(`recorded follow-ups (${needsRecordings})`, () => {
  it("are there", () => expect(pairs.length).toBeGreaterThanOrEqual(30))

  it.each(pairs)("$name", async ({ reply, calls }) => {
    const last = Result.getOrThrow(await play(reply)).at(-1)
    if (last?.type !== "finished") throw new Error("no reply")
    const [, model] = sentBack(last.message, reply.model)
    expect(callsIn(model?.parts)).toEqual(calls)
  })
})
