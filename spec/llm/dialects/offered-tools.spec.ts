import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { expect, it } from "vitest"
import type { Dialect, Quirks } from "../../../llm/dialects/dialect.ts"
import { anthropicMessages } from "../../../llm/dialects/anthropic.ts"
import { openaiChat } from "../../../llm/dialects/openai-chat.ts"
import { openaiResponses } from "../../../llm/dialects/openai-responses.ts"
import { speaking } from "../bodies.ts"
import { ask } from "../fakes.ts"
import { wireServer } from "../wire-server.ts"
import { chat, messages, responses, type Speaker } from "./speakers.ts"

const parameters = {
  type: "object",
  properties: { path: { type: "string" }, mode: { const: "fast" }, note: { type: ["string", "null"] } },
  required: ["path"]
}
const free = { type: "object", properties: { env: { type: "object", additionalProperties: { type: "null" } } } }
const tools = [
  { name: "look", description: "Looks.", parameters },
  { name: "set", description: "Sets.", parameters: free }
]

it.each<[string, Dialect, Speaker]>([
  ["openai-chat", openaiChat, chat],
  ["openai-responses", openaiResponses, responses],
  ["anthropic", anthropicMessages, messages]
])("a null that %s wrote to a strict schema never reaches the tool", async (_, dialect, speaker) => {
  await using server = await wireServer()
  const inputs = async (quirks: Quirks, name: string, json: string) => {
    server.answer = { body: speaker.say({ calls: [{ id: "a", name, json }] }) }
    const timeouts = { connect: 9_000, idle: 9_000, total: 9_000 }
    const model = dialect(speaking("openai-chat", { baseUrl: server.url, timeouts, quirks }))
    const events = await Effect.runPromise(Stream.runCollect(model.respond({ ...ask(), tools })))
    return events.flatMap((event) => (event.type === "finished" ? event.message.content : []))
  }
  const written = '{"path":"a","mode":null,"note":null}'
  const strict = { strictTools: true }
  expect(await inputs({}, "look", written)).toMatchObject([{ input: { path: "a", mode: null, note: null } }])
  expect(await inputs(strict, "look", written)).toEqual([
    { type: "call", id: "a", name: "look", input: { path: "a", note: null } }
  ])
  // Not strict, not known, or no JSON: as it came.
  for (const [name, json] of [
    ["set", '{"env":{"A":null}}'],
    ["other", '{"a":null}']
  ] as const)
    expect(await inputs(strict, name, json)).toMatchObject([{ input: JSON.parse(json) }])
  expect(await inputs(strict, "look", '{"path": oops')).toMatchObject([{ input: '{"path": oops' }])
})
