import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import fc from "fast-check"
import { callsOf, type Message, textOf } from "../../llm/message.ts"
import type { Model, ModelEvent, ModelRequest, ToolDefinition } from "../../llm/model.ts"
import { withTextProtocol } from "../../llm/text-protocol.ts"
import { TextReply } from "../../llm/text-reply.ts"
import { ask, finished } from "./fakes.ts"

const names = ["read_file", "write_file"]
const tools: ReadonlyArray<ToolDefinition> = names.map((name) => ({
  name,
  description: `Does ${name}.`,
  parameters: { type: "object" }
}))

/** What a reply reads as, when it comes in pieces of the given lengths. */
const read = (text: string, lengths: ReadonlyArray<number> = [Infinity]) => {
  const reply = new TextReply(new Set(names))
  let shown = ""
  for (let at = 0, turn = 0; at < text.length; turn++) {
    const length = lengths[turn % lengths.length]!
    shown += reply.push(text.slice(at, at + length))
    at += length
  }
  const end = reply.end()
  return { text: shown + end.text, call: end.call }
}

const call = (name: string, input: unknown) =>
  `Action: ${name}\nAction Input: ${typeof input === "string" ? input : JSON.stringify(input)}`

describe("a reply in text", () => {
  it("is prose when there is no action", () => {
    expect(read("Hello.\n\nAll done.\n")).toEqual({ text: "Hello.\n\nAll done.", call: undefined })
  })

  it("ends with one call", () => {
    expect(read(`I'll look.\n\n${call("read_file", { path: "a.js" })}`)).toEqual({
      text: "I'll look.",
      call: { name: "read_file", input: { path: "a.js" } }
    })
  })

  it("may have its input on many lines, in a code block, or after an empty line", () => {
    const input = { path: "a.js", content: 'if (x) { y("}") }\n' }
    const json = JSON.stringify(input, null, 2)
    for (const spelled of [json, `\n${json}`, `\`\`\`json\n${json}\n\`\`\``, `\n\`\`\`\n${json}\n\`\`\`\n`]) {
      expect(read(`Action: write_file\n\nAction Input: ${spelled}`).call).toEqual({ name: "write_file", input })
    }
  })

  it("may put the name into backticks, and end lines as Windows does", () => {
    expect(read('Action: `read_file`\r\nAction Input: {"path": "a"}\r\n').call).toEqual({
      name: "read_file",
      input: { path: "a" }
    })
  })

  it("is cut at an observation that the model made up", () => {
    const made = `${call("read_file", { path: "a" })}\nObservation: 42\nFinal Answer: 42`
    expect(read(made)).toEqual({ text: "", call: { name: "read_file", input: { path: "a" } } })
    expect(read("It is done.\nObservation: the file exists\nMore.")).toEqual({ text: "It is done.", call: undefined })
  })

  it("has only its first action", () => {
    const both = `${call("read_file", { path: "a" })}\n\n${call("write_file", { path: "b" })}`
    expect(read(both).call).toEqual({ name: "read_file", input: { path: "a" } })
  })

  it("loses the words of the protocol, not its own", () => {
    expect(read("Thought: I know.\nFinal Answer: 42").text).toBe("I know.\n42")
    expect(read("My\nThought: stays").text).toBe("My\nThought: stays")
    expect(read("So\nFinal Answer:  42", [1]).text).toBe("So\n42")
  })

  it.each([
    ["in a sentence", 'Then write Action: read_file\nAction Input: {"path": "a"}'],
    ["in a code block", '```\nAction: read_file\nAction Input: {"path": "a"}\n```'],
    ["in a code block that never ends", 'See:\n~~~~ text\n~~~\nAction: read_file\nAction Input: {"path": "a"}'],
    ["indented", '  Action: read_file\nAction Input: {"path": "a"}'],
    ["in small letters", 'action: read_file\naction input: {"path": "a"}'],
    ["with more words behind the name", 'Action: read_file and look\nAction Input: {"path": "a"}'],
    ["without its input right below", 'Action: read_file\nLet me see.\nAction Input: {"path": "a"}'],
    ["with an unknown name and no object", "Action: jump\nAction Input: high"]
  ])("is prose with an action %s", (_, text) => {
    expect(read(text)).toEqual({ text: text.trim(), call: undefined })
    expect(read(text, [1])).toEqual({ text: text.trim(), call: undefined })
  })

  it.each([
    ["input that is no JSON", "Action: read_file\nAction Input: a.js", { name: "read_file", input: "a.js" }],
    [
      "input that is no object",
      "Action: read_file\nAction Input: [1]\nObservation: x",
      { name: "read_file", input: "[1]" }
    ],
    [
      "input that breaks off",
      'Action: read_file\nAction Input: {"path": "a',
      { name: "read_file", input: '{"path": "a' }
    ],
    ["no input", "Action: read_file\n", { name: "read_file", input: "" }],
    ["no input but an observation", "Action: read_file\nObservation: 1", { name: "read_file", input: "" }],
    ["an unknown tool", 'Action: jump\nAction Input: {"high": true}', { name: "jump", input: { high: true } }]
  ])("is a call to be answered with %s", (_, text, expected) => {
    expect(read(text)).toEqual({ text: "", call: expected })
    expect(read(text, [1])).toEqual({ text: "", call: expected })
  })

  const lengths = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 8 })
  const words = fc.constantFrom(
    "\nAction: read_file\n",
    "\nAction: jump\n",
    'Action Input: {"path":',
    "Action:",
    "Action Input:",
    "Observation:",
    "Thought:",
    "Final Answer:",
    " read_file",
    "```",
    "~~~",
    "\n",
    "\n\n",
    " ",
    '{"path":',
    '"a"}',
    "{}",
    "}",
    '"',
    "\\",
    "say",
    "\r\n"
  )
  const anything = fc
    .array(fc.oneof(words, fc.string({ maxLength: 5 })), { maxLength: 20 })
    .map((parts) => parts.join(""))
  const prose = fc
    .array(fc.string({ unit: fc.constantFrom(..."abc .,:{}\"`'\n Ation"), maxLength: 12 }), { maxLength: 8 })
    .map((parts) => parts.join("\n"))

  it("reads the same however it is cut into pieces", () => {
    fc.assert(
      fc.property(anything, lengths, (text, cuts) => {
        expect(read(text, cuts)).toEqual(read(text))
      }),
      { numRuns: 1000 }
    )
  })

  it("never takes prose for a call, and never loses any", () => {
    fc.assert(
      fc.property(prose, lengths, (text, cuts) => {
        fc.pre(!/^(Action|Observation|Thought|Final Answer):/m.test(text))
        expect(read(text, cuts)).toEqual({ text: text.trim(), call: undefined })
      }),
      { numRuns: 1000 }
    )
  })

  it("gives every call as it was meant, and shows none of it as text", () => {
    const input = fc.dictionary(fc.string(), fc.jsonValue())
    const said = prose.filter((text) => !/^(Action|Observation|Thought|Final Answer):|```|~~~/m.test(text))
    fc.assert(
      fc.property(
        said,
        fc.constantFrom(...names),
        input,
        fc.boolean(),
        anything,
        lengths,
        (text, name, object, wide, after, cuts) => {
          const json = JSON.stringify(object, null, wide ? 2 : undefined)
          const reply = read(`${text}\nAction: ${name}\nAction Input: ${json}\n${after}`, cuts)
          expect(reply).toEqual({ text: text.trim(), call: { name, input: JSON.parse(json) } })
        }
      )
    )
  })

  it("is read in time that grows with its length, even when it is broken", () => {
    const broken = `Action: write_file\nAction Input: {"content": "${'\\"x'.repeat(200_000)}`
    expect(read(broken).call).toEqual({ name: "write_file", input: expect.any(String) })
  })
})

/** A model that says the given pieces of text, and what it was asked. */
const speaker = (...events: ReadonlyArray<string | ModelEvent>) => {
  const requests: Array<ModelRequest> = []
  const told = events.map((event): ModelEvent => (typeof event === "string" ? { type: "text", delta: event } : event))
  const last = told.findLastIndex(({ type }) => type === "retrying")
  const said = told.slice(last + 1).map((event) => (event.type === "text" ? event.delta : ""))
  const model: Model = {
    id: "fake/m",
    info: {},
    respond: (request) => {
      requests.push(request)
      return Stream.fromIterable([...told, finished("fake/m", said.join(""))])
    }
  }
  return { model: withTextProtocol(model), requests }
}

const play = (model: Model, request: ModelRequest = { ...ask(), tools }) =>
  Effect.map(Stream.runCollect(model.respond(request)), (events) => {
    const last = events.at(-1)
    if (last?.type !== "finished") throw new Error("no end")
    return { events, message: last.message, finishReason: last.finishReason }
  })

describe("withTextProtocol", () => {
  it.effect("turns an action into a call that was announced while it was written", () =>
    Effect.gen(function* () {
      const { model } = speaker("I'll ", "look.\nAct", "ion: read_file\nAction In", 'put: {"path"', ': "a"}')
      const { events, message, finishReason } = yield* play(model)
      const id = callsOf(message)[0]!.id
      expect(events.slice(0, -1)).toEqual([
        { type: "text", delta: "I'll" },
        { type: "text", delta: " look." },
        { type: "call.started", id, name: "read_file" },
        { type: "call.delta", id, delta: '{"path":"a"}' }
      ])
      expect(message.content).toEqual([
        { type: "text", text: "I'll look." },
        { type: "call", id, name: "read_file", input: { path: "a" } }
      ])
      expect(finishReason).toBe("calls")
    })
  )

  it.effect("streams what it then says", () =>
    Effect.gen(function* () {
      const { model } = speaker("Thought: done.\n\n", "Action", " is", " not needed. ", "Bye.\n")
      const { events, message, finishReason } = yield* play(model)
      const streamed = events.map((event) => (event.type === "text" ? event.delta : "")).join("")
      expect(streamed).toBe("done.\n\nAction is not needed. Bye.")
      expect(textOf(message)).toBe(streamed)
      expect(finishReason).toBe("stop")
    })
  )

  it.effect("forgets what an attempt said that is repeated", () =>
    Effect.gen(function* () {
      const retrying: ModelEvent = { type: "retrying", attempt: 1, delay: 0, reason: "" }
      const { model } = speaker('Action: read_file\nAction Input: {"pa', retrying, "Hello.")
      const { message } = yield* play(model)
      expect(message.content).toEqual([{ type: "text", text: "Hello." }])
    })
  )

  it.effect("gives each call an id of its own", () =>
    Effect.gen(function* () {
      const { model } = speaker(call("read_file", {}))
      const ids = yield* Effect.forEach([1, 2, 3], () =>
        Effect.map(play(model), ({ message }) => callsOf(message)[0]!.id)
      )
      expect(new Set(ids).size).toBe(3)
    })
  )

  it.effect("leaves a call that the limit cut in two with the reason", () =>
    Effect.gen(function* () {
      const model: Model = {
        id: "fake/m",
        info: {},
        respond: () =>
          Stream.succeed({
            ...finished("fake/m", 'Action: read_file\nAction Input: {"pa'),
            finishReason: "length"
          } as ModelEvent)
      }
      const { message, finishReason } = yield* play(withTextProtocol(model))
      expect(finishReason).toBe("length")
      expect(callsOf(message)).toMatchObject([{ name: "read_file", input: '{"pa' }])
    })
  )

  it.effect("describes the tools in the prompt and offers none natively", () =>
    Effect.gen(function* () {
      const { model, requests } = speaker("Hello.")
      yield* play(model, {
        ...ask(),
        system: "Be brief.",
        tools: [{ name: "pay", description: "Costs $& and $1.", parameters: { type: "object" } }]
      })
      expect(requests[0]).toMatchObject({ tools: [] })
      expect(requests[0]!.system).toMatch(/^Be brief\.\n\n/)
      expect(requests[0]!.system).toContain('## pay\n\nCosts $& and $1.\n\nArguments (JSON Schema): {"type":"object"}')
    })
  )

  it.effect("is silent about tools when there are none, and takes no text for a call", () =>
    Effect.gen(function* () {
      const { model, requests } = speaker(call("read_file", {}))
      const { message } = yield* play(model, { ...ask(), system: "Be brief." })
      expect(requests[0]!.system).toBe("Be brief.")
      expect(callsOf(message)).toEqual([])
    })
  )

  it.effect("tells calls and answers of the past as actions and observations, roles in turn", () =>
    Effect.gen(function* () {
      const text = (words: string) => ({ type: "text", text: words }) as const
      const image = { type: "image", mime: "image/png", data: "AA==" } as const
      const messages: ReadonlyArray<Message> = [
        { role: "user", id: "u1", content: [text("Look.")] },
        {
          role: "assistant",
          model: "other/m",
          content: [
            { type: "thinking", text: "hm", providerMeta: { signature: "s" } },
            text("I'll look."),
            { type: "call", id: "c1", name: "read_file", input: { path: "a" } },
            { type: "call", id: "c2", name: "read_file", input: "{broken" }
          ]
        },
        { role: "tool", callId: "c1", name: "read_file", success: true, content: [text("one"), image] },
        { role: "tool", callId: "c2", name: "read_file", success: false, content: [text("not JSON")] },
        { role: "user", id: "u2", content: [text("And?")] }
      ]
      const { model, requests } = speaker("Two.")
      yield* play(model, { ...ask(), tools, messages })
      const seen = requests[0]!.messages.map(({ role, content }) => ({ role, content }))
      expect(seen).toEqual([
        { role: "user", content: [text("Look.")] },
        { role: "assistant", content: [text('Thought: I\'ll look.\nAction: read_file\nAction Input: {"path":"a"}')] },
        { role: "user", content: [text("Observation: one"), image] },
        { role: "assistant", content: [text("Action: read_file\nAction Input: {broken")] },
        { role: "user", content: [text("Observation: not JSON\n\nAnd?")] }
      ])
    })
  )
})
