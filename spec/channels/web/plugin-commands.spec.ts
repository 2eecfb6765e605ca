/** Commands of plugins in the console: asked once a slash is typed, run by the server, shown, or said as messages. */
import { beforeEach, describe, expect, it, vi } from "vitest"
import type { App, Ask } from "../../../channels/web/client/app.ts"
import { reactChat } from "../../../channels/web/client/chat/react.ts"
import { submit } from "../../../channels/web/client/chat/prompt-keys.ts"
import { blank, createStore } from "../../../channels/web/client/store.ts"
import type { InFrame, OutFrame } from "../../../channels/wire/frames.ts"
import { mustFit } from "../wire/exact.ts"

const offered = [
  { name: "facts", description: "Shows facts.", argument: "[topic]", plugin: "p" },
  { name: "review", description: "Stands for more.", argument: "", plugin: "p", said: true as const }
]

const session = {
  type: "session",
  session_id: "s",
  request_id: "q1",
  title: "",
  cwd: "/w",
  model: "a/b",
  permissions: "ask",
  state: "idle",
  last: 0,
  since: 0,
  context_used: 0,
  spent: { usage: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 } },
  limits: {},
  transcript: [],
  questions: [],
  background: [],
  tools: [],
  notices: []
} satisfies OutFrame

const makeConsole = () => {
  const store = createStore({ ...blank, link: { name: "connected" }, chat: { ...blank.chat, id: "s" } })
  const sent: Array<InFrame> = []
  let isThere = true
  const hear = (frame: OutFrame): void => {
    mustFit("server", frame)
    store.dispatch({ type: "frame", frame })
  }
  const send = (frame: InFrame): boolean => {
    mustFit("client", frame)
    if (isThere) sent.push(frame)
    return isThere
  }
  const ask = async (frame: Ask): Promise<OutFrame> => {
    send(frame)
    if (frame.type !== "commands") return { type: "error", code: "unanswered", message: "nobody is there" }
    const answer: OutFrame = { type: "commands", commands: offered, session_id: "s" }
    await Promise.resolve()
    hear(answer)
    return answer
  }
  const app: App = {
    state: store.state,
    dispatch: store.dispatch,
    send,
    ask,
    go: () => {},
    enter: () => {},
    leave: () => {},
    hurry: () => {}
  }
  store.listen((_, happening, before) => reactChat(app, happening, before))
  hear(session)
  const enter = (text: string): void => {
    store.dispatch({ type: "chat.typed", text })
    submit(app)
  }
  const of = <Type extends InFrame["type"]>(type: Type) =>
    sent.filter((frame): frame is Extract<InFrame, { type: Type }> => frame.type === type)
  return { store, hear, enter, of, chat: () => store.state().chat, lose: () => (isThere = false) }
}

let page: ReturnType<typeof makeConsole>
beforeEach(() => void (page = makeConsole()))

const running = async (text: string): Promise<string> => {
  page.enter(text)
  await vi.waitUntil(() => page.chat().runs.length === 1)
  return page.chat().runs[0]?.id ?? ""
}

it("asks which there are once, when a slash is typed, and again on another connection", async () => {
  for (const text of ["a", "/", "/f", "/fa"]) page.store.dispatch({ type: "chat.typed", text })
  await vi.waitUntil(() => page.chat().offers !== undefined)
  page.store.dispatch({ type: "chat.typed", text: "/fac" })
  expect(page.of("commands")).toEqual([{ type: "commands", session_id: "s", watch: true }])
  page.hear({ type: "commands", commands: [], session_id: "other" })
  expect(page.chat().offers).toHaveLength(2)
  page.hear({ type: "commands", commands: [], session_id: "s" })
  expect(page.chat().offers).toEqual([])
  page.hear({ type: "auth_response", success: true, session_id: "t" })
  page.store.dispatch({ type: "chat.typed", text: "/" })
  expect(page.of("commands")).toHaveLength(2)
})

describe("a command that is run", () => {
  it("runs at the server, and shows what comes back, once", async () => {
    const command_id = await running("/facts of life")
    expect(page.of("command")).toEqual([
      { type: "command", name: "facts", argument: "of life", command_id, session_id: "s" }
    ])
    const result = { type: "command_result", name: "facts", command_id, show: "**all**", session_id: "s" } as const
    page.hear(result)
    page.hear(result)
    expect(page.chat().items).toMatchObject([{ kind: "shown", title: "/facts of life", text: "**all**" }])
    expect(page.chat().runs).toEqual([])
    expect(page.store.state().told).toBe("/facts: **all**")
  })

  it("that shows nothing says so, unless it said something", async () => {
    page.hear({ type: "command_result", name: "facts", command_id: await running("/facts"), session_id: "s" })
    expect(page.chat().items).toMatchObject([{ kind: "note", text: "/facts: done" }])
    const command_id = await running("/facts")
    page.hear({ type: "command_result", name: "facts", command_id, message_id: command_id, session_id: "s" })
    expect(page.chat().items).toHaveLength(1)
  })

  it("that is refused says why; whose connection is lost, that nobody knows", async () => {
    const command_id = await running("/facts")
    page.hear({ type: "error", code: "too_many", message: "8 commands run", command_id, session_id: "s" })
    expect(page.chat()).toMatchObject({ runs: [], trouble: "/facts: 8 commands run" })
    await running("/facts again")
    page.hear({ type: "auth_response", success: true, session_id: "t" })
    expect(page.chat()).toMatchObject({ runs: [] })
    expect(page.chat().items).toMatchObject([
      { kind: "note", tone: "warn", text: expect.stringMatching(/^\/facts again: the connection/) }
    ])
  })

  it("is not taken for run where there is no connection", async () => {
    page.store.dispatch({ type: "chat.typed", text: "/" })
    await vi.waitUntil(() => page.chat().offers !== undefined)
    page.lose()
    page.enter("/facts")
    await vi.waitUntil(() => page.chat().trouble !== undefined)
    expect(page.chat().runs).toEqual([])
  })
})

it("a command that is said is a message, as it was typed", async () => {
  page.enter("/review  src ")
  await vi.waitUntil(() => page.of("message").length === 1)
  expect(page.of("message")).toMatchObject([{ content: "/review src", session_id: "s" }])
  expect(page.chat().outbox).toMatchObject([{ text: "/review src" }])
})

it("what nobody knows is not sent, and stands in the prompt again", async () => {
  page.enter("/unknown long text")
  await vi.waitUntil(() => page.chat().trouble !== undefined)
  expect(page.chat()).toMatchObject({
    draft: "/unknown long text",
    trouble: expect.stringContaining("There is no command /unknown")
  })
  expect([page.of("message"), page.of("command")]).toEqual([[], []])
})
