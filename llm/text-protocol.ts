/** Tools for models that cannot call them: described in the prompt, called and answered in plain text (ReAct's format). */
import { randomBytes } from "node:crypto"
import { readFileSync } from "node:fs"
import * as Stream from "effect/Stream"
import {
  type AssistantMessage,
  callsOf,
  type Message,
  textOf,
  type ToolCall,
  type ToolMessage,
  type UserMessage
} from "./message.ts"
import type { Model, ModelEvent, ModelRequest, ToolDefinition } from "./model.ts"
import { TextReply } from "./text-reply.ts"

/** The same model with tools in text; see `text-reply.ts` for what counts as a call. At most one call a reply. */
export const withTextProtocol = (model: Model): Model => ({
  ...model,
  respond: (request) => {
    const names = new Set(request.tools.map(({ name }) => name))
    const replies = model.respond(toText(request))
    return names.size === 0 ? replies : Stream.suspend(() => Stream.flatMap(replies, reader(names)))
  }
})

type Finished = Extract<ModelEvent, { type: "finished" }>

/** Translates the events of one stream. */
const reader = (names: ReadonlySet<string>) => {
  let attempt = newAttempt(names)
  return (event: ModelEvent): Stream.Stream<ModelEvent> => {
    if (event.type === "retrying") attempt = newAttempt(names)
    if (event.type === "text") return Stream.fromIterable(attempt.text(event.delta))
    if (event.type === "finished") return Stream.fromIterable(attempt.finished(event))
    return Stream.succeed(event)
  }
}

const newAttempt = (names: ReadonlySet<string>) => {
  const reply = new TextReply(names)
  const id = `call_${randomBytes(12).toString("hex")}`
  let received = ""
  let shown = ""
  let started = false

  const show = function* (delta: string): Generator<ModelEvent> {
    shown += delta
    if (delta !== "") yield { type: "text", delta }
  }

  const text = function* (delta: string): Generator<ModelEvent> {
    received += delta
    yield* show(reply.push(delta))
    if (started || reply.calling === undefined) return
    started = true
    yield { type: "call.started", id, name: reply.calling }
  }

  const finished = function* (event: Finished): Generator<ModelEvent> {
    // The message is what counts, should it hold more than was streamed.
    yield* text(textOf(event.message).slice(received.length))
    const rest = reply.end()
    yield* show(rest.text)
    const call = rest.call && ({ type: "call", id, ...rest.call } satisfies ToolCall)
    if (call !== undefined) {
      if (!started) yield { type: "call.started", id, name: call.name }
      yield { type: "call.delta", id, delta: inputText(call) }
    }
    yield { ...event, ...ending(event, shown, call) }
  }

  return { text, finished }
}

const ending = (
  { message, finishReason }: Finished,
  text: string,
  call: ToolCall | undefined
): Pick<Finished, "message" | "finishReason"> => ({
  message: {
    ...message,
    content: [
      ...message.content.filter((block) => block.type === "thinking"),
      ...(text === "" ? [] : [{ type: "text", text } as const]),
      ...(call === undefined ? [] : [call])
    ]
  },
  // A call that the limit cut in two is told as such.
  finishReason:
    call === undefined || (finishReason === "length" && typeof call.input === "string") ? finishReason : "calls"
})

const toText = (request: ModelRequest): ModelRequest => ({
  ...request,
  system: request.tools.length === 0 ? request.system : `${request.system}\n\n${instructions(request.tools)}`,
  tools: [],
  messages: render(request.messages)
})

let template: string | undefined

const instructions = (tools: ReadonlyArray<ToolDefinition>): string => {
  template ??= readFileSync(new URL("./text-protocol.md", import.meta.url), "utf8")
  const list = tools.map(
    ({ name, description, parameters }) =>
      `## ${name}\n\n${description}\n\nArguments (JSON Schema): ${JSON.stringify(parameters)}`
  )
  return template.replace("{{tools}}", () => list.join("\n\n")).trim()
}

/**
 * A conversation without calls: each call is written by the assistant, each answer observed by the user, one after the
 * other, and roles alternate, as the templates of many small models demand. Thinking is left out.
 */
const render = (messages: ReadonlyArray<Message>): ReadonlyArray<Message> => {
  const answers = new Map(
    messages.flatMap((message) => (message.role === "tool" ? [[message.callId, message] as const] : []))
  )
  return messages
    .flatMap((message) => {
      if (message.role === "tool") return []
      return message.role === "assistant" ? renderReply(message, answers) : [message]
    })
    .reduce<ReadonlyArray<UserMessage | AssistantMessage>>(join, [])
}

const renderReply = (
  message: AssistantMessage,
  answers: ReadonlyMap<string, ToolMessage>
): ReadonlyArray<UserMessage | AssistantMessage> => {
  const text = textOf(message)
  const say = (words: string): AssistantMessage => ({ ...message, content: [{ type: "text", text: words }] })
  const calls = callsOf(message)
  if (calls.length === 0) return text === "" ? [] : [say(text)]
  return calls.flatMap((call, index) => {
    const thought = index === 0 && text !== "" ? `Thought: ${text}\n` : ""
    const reply = say(`${thought}Action: ${call.name}\nAction Input: ${inputText(call)}`)
    const answer = answers.get(call.id)
    return answer === undefined ? [reply] : [reply, observe(answer)]
  })
}

const inputText = ({ input }: ToolCall): string => (typeof input === "string" ? input : JSON.stringify(input))

const observe = (answer: ToolMessage): UserMessage => ({
  role: "user",
  id: answer.callId,
  content: [{ type: "text", text: `Observation: ${textOf(answer)}` }, ...imagesOf(answer)]
})

const imagesOf = ({ content }: ToolMessage | UserMessage) => content.filter((block) => block.type === "image")

const join = (before: ReadonlyArray<UserMessage | AssistantMessage>, message: UserMessage | AssistantMessage) => {
  const last = before.at(-1)
  if (last?.role !== "user" || message.role !== "user") return [...before, message]
  const text = `${textOf(last)}\n\n${textOf(message)}`
  return [
    ...before.slice(0, -1),
    { ...last, content: [{ type: "text", text } as const, ...imagesOf(last), ...imagesOf(message)] }
  ]
}
