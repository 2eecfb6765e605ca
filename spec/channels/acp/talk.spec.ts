/** An editor talks with the agent: prompts and their ends, what is told meanwhile, permissions, cancelling. */
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, onTestFinished, test, vi } from "vitest"
import { defineModel } from "../../../llm/own-model.ts"
import { makeEditors } from "./editor.ts"

const editors = makeEditors()

const nothing = { rules: [{ when: ".", turns: [{ text: "fine" }] }] }

const writing = {
  rules: [
    {
      when: "write",
      turns: [
        { text: "I write it.", calls: [{ tool: "write_file", input: { path: "a.txt", content: "new\n" } }] },
        { text: "Done with it." }
      ]
    }
  ]
}

test("greets with version 1, what it can do and how one logs in", async () => {
  const { agent } = await editors.open(nothing)
  const greeting = await agent.request("initialize", {
    protocolVersion: 7,
    clientCapabilities: { auth: { terminal: true } }
  })
  expect(greeting).toMatchObject({
    protocolVersion: 1,
    agentInfo: { name: "kintsugi", version: "0.0.0" },
    agentCapabilities: {
      loadSession: true,
      promptCapabilities: { image: true, embeddedContext: true },
      mcpCapabilities: { http: true, sse: true },
      sessionCapabilities: { list: {}, delete: {}, resume: {}, close: {} }
    },
    authMethods: [{ id: "login", type: "terminal", args: ["login"] }, { id: "stored-key" }]
  })
})

test("streams thoughts and words of a reply as chunks of one message, and ends the turn", async () => {
  const editor = await editors.open({
    rules: [{ when: ".", turns: [{ thinking: "Let me see.", text: "It is a test.", chunk: 4, delay_ms: 5 }] }]
  })
  const session = await editor.open()
  expect(await editor.say(session, "what is it?")).toBe("end_turn")
  expect(editor.words(session)).toBe("It is a test.")
  const chunks = editor.updates("agent_message_chunk")
  expect(chunks.length).toBeGreaterThan(1)
  expect(new Set(chunks.map(({ messageId }) => messageId)).size).toBe(1)
  expect(editor.updates("agent_thought_chunk").map(({ content }) => content)).toContainEqual(
    expect.objectContaining({ type: "text" })
  )
  expect(editor.updates("session_info_update")).toMatchObject([{ title: "what is it?" }])
})

test("asks before it writes, with the change that it wants to make, and shows what came of it", async () => {
  const editor = await editors.open(writing, { permit: () => "allow_once" })
  await writeFile(join(editor.folder, "a.txt"), "old\n")
  const session = await editor.open()
  expect(await editor.say(session, "write it")).toBe("end_turn")
  const path = join(editor.folder, "a.txt")
  const diff = { type: "diff", path, oldText: "old\n", newText: "new\n" }
  expect(editor.asked).toMatchObject([
    {
      sessionId: session,
      toolCall: { kind: "edit", title: "write_file a.txt", content: [diff], locations: [{ path, line: 1 }] },
      options: [{ kind: "allow_once" }, { kind: "allow_always" }, { kind: "reject_once" }, { kind: "reject_always" }]
    }
  ])
  const id = editor.asked[0]?.toolCall.toolCallId
  expect(editor.updates("tool_call")).toMatchObject([{ toolCallId: id, name: "write_file", status: "pending" }])
  const states = editor.updates("tool_call_update").filter(({ toolCallId }) => toolCallId === id)
  expect(states.map(({ status }) => status).filter(Boolean)).toEqual(["in_progress", "completed"])
  expect(states.at(-1)).toMatchObject({ content: [diff] })
  expect(await readFile(path, "utf8")).toBe("new\n")
  expect(editor.words()).toBe("I write it.Done with it.")
})

test.each(["reject_once", "cancelled", "no such option"])("does not write when the user says %s", async (said) => {
  const editor = await editors.open(writing, { permit: () => said })
  const session = await editor.open()
  expect(await editor.say(session, "write it")).toBe("end_turn")
  await expect(readFile(join(editor.folder, "a.txt"))).rejects.toThrow("ENOENT")
  expect(editor.updates("tool_call_update").at(-1)).toMatchObject({ status: "failed" })
})

test.each([
  ["allow_always", 1, "completed"],
  ["reject_always", 1, "failed"],
  ["allow_once", 2, "completed"]
])("asks again or not after %s", async (said, times, status) => {
  const editor = await editors.open(writing, { permit: () => said })
  const session = await editor.open()
  await editor.say(session, "write it")
  await editor.say(session, "write it again")
  expect(editor.asked).toHaveLength(times)
  expect(editor.updates("tool_call_update").at(-1)).toMatchObject({ status })
})

test.each(["$/cancel_request", "session/cancel"])("answers cancelled on %s while a question is open", async (how) => {
  const opened = Promise.withResolvers<void>()
  const withdrawn = Promise.withResolvers<string>()
  const editor = await editors.open(writing, {
    permit: (_, signal) => {
      opened.resolve()
      signal.addEventListener("abort", () => withdrawn.resolve("cancelled"))
      return withdrawn.promise
    }
  })
  const session = await editor.open()
  const stop = new AbortController()
  const prompt = editor.agent.request(
    "session/prompt",
    { sessionId: session, prompt: [{ type: "text", text: "write it" }] },
    { cancellationSignal: stop.signal }
  )
  await opened.promise
  if (how === "session/cancel") await editor.agent.notify("session/cancel", { sessionId: session })
  else stop.abort()
  expect(await prompt).toEqual({ stopReason: "cancelled" })
  // The question is taken back, too.
  expect(await withdrawn.promise).toBe("cancelled")
  expect(editor.updates("tool_call_update").at(-1)).toMatchObject({ status: "failed" })
})

test("answers every prompt that joined a cancelled turn, and asks the model for none of them", async () => {
  const asked = Promise.withResolvers<void>()
  const quick = { rules: [...writing.rules, { when: "quick", turns: [{ text: "As quick as I can." }] }] }
  const editor = await editors.open(quick, {
    permit: () => {
      asked.resolve()
      return new Promise(() => {})
    }
  })
  const session = await editor.open()
  const first = editor.say(session, "write it")
  await asked.promise
  const second = editor.say(session, "and be quick")
  await editor.agent.notify("session/cancel", { sessionId: session })
  expect(await Promise.all([first, second])).toEqual(["cancelled", "cancelled"])
  expect(editor.words()).toBe("I write it.")
  expect(await editor.say(session, "be quick again")).toBe("end_turn")
})

test("takes a prompt during a turn into that turn, and ends both with it", async () => {
  const asked = Promise.withResolvers<void>()
  const go = Promise.withResolvers<string>()
  const editor = await editors.open(
    { rules: [...writing.rules, { when: "quick", turns: [{ text: "Quickly." }] }] },
    {
      permit: () => {
        asked.resolve()
        return go.promise
      }
    }
  )
  const session = await editor.open()
  const first = editor.say(session, "write it")
  await asked.promise
  const second = editor.say(session, "and be quick")
  await vi.waitFor(() => {
    const [runtime] = editor.acp.places.runtimes()
    expect(JSON.stringify([...(runtime?.journal.read(session) ?? [])])).toContain("and be quick")
  })
  go.resolve("allow_once")
  expect(await Promise.all([first, second])).toEqual(["end_turn", "end_turn"])
  expect(editor.words()).toBe("I write it.Quickly.")
})

test.each([
  [{ text: "cut o", finish_reason: "length" as const }, "max_tokens", "output limit"],
  [{ text: "no", finish_reason: "filtered" as const }, "refusal", "withheld"]
])("ends a turn as the model did: %j", async (turn, reason, why) => {
  const editor = await editors.open({ rules: [{ when: ".", turns: [turn] }] })
  const session = await editor.open()
  expect(await editor.say(session, "go")).toBe(reason)
  expect(editor.words()).toContain(why)
})

test("says that it made too many rounds", async () => {
  const looking = { calls: [{ tool: "read_file", input: { path: "b.txt" } }] }
  const editor = await editors.open(
    { rules: [{ when: ".", turns: [looking, { calls: [{ tool: "list_files", input: {} }] }] }] },
    { runtime: { settings: { react: { max_turns: 1 } } } }
  )
  const session = await editor.open()
  expect(await editor.say(session, "go")).toBe("max_turn_requests")
  expect(editor.words()).toContain("react.max_turns")
})

test("tells a failure of the model as an error, and works on afterwards", async () => {
  const editor = await editors.open({
    rules: [
      { when: "break", turns: [{ error: { status: 400, message: "bad request" } }] },
      { when: "key", turns: [{ error: { status: 401, message: "wrong key" } }] },
      { when: ".", turns: [{ text: "fine" }] }
    ]
  })
  const session = await editor.open()
  await expect(editor.say(session, "break")).rejects.toMatchObject({ code: -32_603, data: { code: "refused" } })
  await expect(editor.say(session, "key")).rejects.toMatchObject({
    code: -32_000,
    message: expect.stringContaining("kintsugi auth login")
  })
  expect(await editor.say(session, "hello")).toBe("end_turn")
})

test("shows a plan as it is worked on", async () => {
  const editor = await editors.open({
    rules: [
      {
        when: ".",
        turns: [
          {
            calls: [{ tool: "plan_task", input: { goal: "a test", steps: [{ title: "first" }, { title: "second" }] } }]
          },
          { text: "planned" }
        ]
      }
    ]
  })
  const session = await editor.open()
  expect(await editor.say(session, "plan it")).toBe("end_turn")
  const [plan] = editor.updates("plan")
  expect(plan?.entries).toMatchObject([
    { content: "first", status: expect.stringMatching(/pending|in_progress/), priority: "medium" },
    { content: "second", status: "pending", priority: "medium" }
  ])
})

/** Its stream breaks once, in the middle. */
const breaking = defineModel({
  id: "spec/breaking",
  async *respond() {
    yield "who"
    await new Promise(setImmediate)
    yield { type: "retrying", attempt: 1, delay: 0, reason: "the line broke" }
    yield "whole answer"
  }
})

test("voids what was streamed when the model's stream breaks: what follows is another message", async () => {
  const editor = await editors.open(nothing, { model: breaking })
  const session = await editor.open()
  expect(await editor.say(session, "go")).toBe("end_turn")
  const chunks = editor.updates("agent_message_chunk")
  const first = chunks[0]?.messageId
  const last = chunks.at(-1)
  expect(last?.messageId).not.toBe(first)
  expect(last?.content).toMatchObject({ text: "whole answer" })
  expect(editor.words()).toContain("trying again")
})

test("tells what happens beside the conversation as notices, where the editor shows them", async () => {
  const editor = await editors.open(nothing, { model: breaking, capabilities: { session: { notices: {} } } })
  const session = await editor.open()
  await editor.say(session, "go")
  expect(editor.updates("notice")).toMatchObject([
    {
      severity: "warning",
      title: expect.stringContaining("trying again"),
      _meta: { kintsugi: { type: "agent.retrying" } }
    }
  ])
  expect(editor.words()).not.toContain("trying again")
})

test("tells how full the context is, what was spent, and a compaction as one", async () => {
  const editor = await editors.open(
    {
      rules: [{ when: "[^]", turns: [{ text: "A summary.", usage: { input: 1000, output: 10 } }] }],
      info: { context_window: 50_000, price: { input: 1, output: 1 } }
    },
    { capabilities: { session: { compaction: {} } } }
  )
  const session = await editor.open()
  await editor.say(session, "hello")
  expect(editor.updates("usage_update").at(-1)).toMatchObject({
    used: 1010,
    size: 50_000,
    cost: { amount: expect.closeTo(0.00101), currency: "USD" }
  })
  await editor.say(session, "/compact")
  const [begun, done] = editor.updates("compaction_update")
  expect(begun).toMatchObject({ status: "in_progress" })
  expect(done).toMatchObject({ status: "completed", compactionId: begun?.compactionId, summary: [{ type: "text" }] })
})

test("works for several sessions side by side, and one that fails does not touch the others", async () => {
  const opened = Promise.withResolvers<void>()
  const go = Promise.withResolvers<string>()
  const editor = await editors.open(
    { rules: [...writing.rules, { when: "fail", turns: [{ error: { status: 400 } }] }] },
    {
      permit: () => {
        opened.resolve()
        return go.promise
      }
    }
  )
  const [one, other] = [await editor.open(), await editor.open()]
  const first = editor.say(one, "write it")
  await opened.promise
  await expect(editor.say(other, "fail")).rejects.toMatchObject({ code: -32_603 })
  await editor.agent.request("session/close", { sessionId: other })
  go.resolve("allow_once")
  expect(await first).toBe("end_turn")
  expect(editor.words(other)).toBe("")
})

test("ends gracefully with the input: what runs is answered and closed", async () => {
  const opened = Promise.withResolvers<void>()
  const logged: Array<string> = []
  const editor = await editors.open(writing, {
    parts: { log: (message) => void logged.push(message) },
    permit: () => {
      opened.resolve()
      return new Promise(() => {})
    }
  })
  const session = await editor.open()
  const prompt = editor.say(session, "write it")
  await opened.promise
  const left = editor.leave()
  expect(await prompt).toBe("cancelled")
  await left
  expect(editor.acp.places.runtimes()).toEqual([])
  expect(logged).toEqual([])
})

test("answers what is no request, and goes on", async () => {
  // The SDK's client wonders about answers to what it has not asked.
  const mute = vi.spyOn(console, "error").mockImplementation(() => {})
  onTestFinished(() => mute.mockRestore())
  const editor = await editors.open(nothing)
  editor.raw("no json")
  editor.raw("[]")
  editor.raw("7")
  editor.raw(JSON.stringify({ jsonrpc: "2.0", id: 41, method: "session/fly", params: {} }))
  editor.raw(JSON.stringify({ jsonrpc: "2.0", id: 42, method: "session/new", params: { cwd: 7 } }))
  editor.raw(JSON.stringify({ jsonrpc: "2.0", id: 43, method: "session/prompt", params: null }))
  editor.raw(JSON.stringify({ jsonrpc: "2.0", method: "session/cancel", params: { sessionId: null } }))
  const session = await editor.open()
  expect(await editor.say(session, "hello")).toBe("end_turn")
  const answers: ReadonlyArray<unknown> = editor.lines.map((line) => JSON.parse(line))
  expect(answers).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ id: null, error: expect.objectContaining({ code: -32_700 }) }),
      expect.objectContaining({ id: null, error: expect.objectContaining({ code: -32_600 }) }),
      expect.objectContaining({ id: 41, error: expect.objectContaining({ code: -32_601 }) }),
      expect.objectContaining({ id: 42, error: expect.objectContaining({ code: -32_602 }) }),
      expect.objectContaining({ id: 43, error: expect.objectContaining({ code: -32_602 }) })
    ])
  )
})

test("says what to do when no model is configured, and for whom there is no session", async () => {
  const editor = await editors.open(nothing, { model: undefined })
  await expect(editor.open()).rejects.toMatchObject({
    code: -32_000,
    message: expect.stringContaining("kintsugi auth login")
  })
  expect(editor.acp.places.runtimes()).toEqual([])
  await expect(editor.say("nobody", "hello")).rejects.toMatchObject({ code: -32_002, data: { sessionId: "nobody" } })
  await vi.waitFor(() => expect(editor.acp.places.runtimes()).toEqual([]))
})
