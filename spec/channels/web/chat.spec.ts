/** What the chat makes of frames: each event once, nothing left open behind a turn, nothing lost that the user wrote. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { AgentNotice } from "../../../machines/events.ts"
import type { OutFrame } from "../../../channels/wire/frames.ts"
import { type Chat, isBusy, noChat, type Outgoing } from "../../../channels/web/client/chat/model.ts"
import { announcement, titleOf } from "../../../channels/web/client/chat/announce.ts"
import { offersFor, readCommand } from "../../../channels/web/client/chat/commands.ts"
import { inShort } from "../../../channels/web/client/chat/in-short.ts"
import { reduceChat } from "../../../channels/web/client/chat/reduce.ts"
import { blank, reduce } from "../../../channels/web/client/store.ts"
import type { Happening } from "../../../channels/web/client/happening.ts"

const spent = { usage: { input: 1, output: 2, cacheRead: 0, cacheWrite: 0 } }

const session = (more: Partial<Extract<OutFrame, { type: "session" }>> = {}): OutFrame => ({
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
  spent,
  limits: {},
  transcript: [],
  questions: [],
  background: [],
  tools: [],
  notices: [],
  ...more
})

const hear = (chat: Chat, frame: OutFrame): Chat => reduceChat(chat, { type: "frame", frame }, 1000)

const event = (seq: number, notice: AgentNotice): OutFrame =>
  ({ type: "event", seq, at: 0, event: notice, session_id: "s" }) as OutFrame

const opened = (more?: Parameters<typeof session>[0]): Chat => hear({ ...noChat, id: "s" }, session(more))

const told = (chat: Chat, ...notices: ReadonlyArray<AgentNotice>): Chat =>
  notices.reduce((now, notice) => hear(now, event(now.last + 1, notice)), chat)

const act = (chat: Chat, happening: Happening): Chat => reduceChat(chat, happening, 1000)

const message = (id: string, text = id): Outgoing => ({ id, text, files: [], isQueued: false })

const said = (text: string, calls: ReadonlyArray<string> = []): AgentNotice => ({
  type: "agent.said",
  message: {
    role: "assistant",
    model: "a/b",
    content: [
      ...(text === "" ? [] : [{ type: "text" as const, text }]),
      ...calls.map((id) => ({ type: "call" as const, id, name: "bash", input: {} }))
    ]
  }
})

const call = (id: string) => ({ type: "call" as const, id, name: "bash", input: {} })

const replied: AgentNotice = { type: "agent.replied", text: "", verified: false, messages: ["m"], spent }

const texts = (chat: Chat): ReadonlyArray<string> =>
  chat.items.flatMap((item) => (item.kind === "reply" || item.kind === "user" ? [`${item.kind}: ${item.text}`] : []))

const isOpen = (chat: Chat): boolean =>
  chat.items.some(
    (item) =>
      ((item.kind === "reply" || item.kind === "thinking") && item.isOpen) ||
      (item.kind === "call" && item.phase !== "settled")
  )

const id = fc.constantFrom("c1", "c2", "c3")

const anyNotice: fc.Arbitrary<AgentNotice> = fc.oneof(
  fc.constant<AgentNotice>({ type: "agent.started", messages: ["m"], said: [{ id: "m", text: "do it" }] }),
  fc.string().map((delta): AgentNotice => ({ type: "agent.text", delta })),
  fc.string().map((delta): AgentNotice => ({ type: "agent.thinking", delta })),
  id.map((callId): AgentNotice => ({ type: "agent.calling", callId, name: "bash" })),
  fc.tuple(fc.string(), fc.uniqueArray(id)).map(([text, calls]) => said(text, calls)),
  id.map((one): AgentNotice => ({ type: "agent.acting", call: call(one) })),
  id.map((callId): AgentNotice => ({ type: "agent.progressed", callId, text: "…" })),
  id.map((one): AgentNotice => ({ type: "agent.settled", call: call(one), answer: { success: true, data: "x" } })),
  fc.constant<AgentNotice>({ type: "agent.retrying", attempt: 1, delay: 10, reason: "busy" }),
  fc.constant<AgentNotice>({ type: "agent.resumed", messages: ["m"], times: 1 }),
  fc.constant<AgentNotice>({ type: "agent.compacting" }),
  fc.constant<AgentNotice>({ type: "agent.compacted", summary: "so far" })
)

describe("whatever is told", () => {
  it("counts once, however often the server says it again", () => {
    fc.assert(
      fc.property(fc.array(anyNotice, { maxLength: 30 }), fc.nat(), fc.nat(), (notices, from, again) => {
        const frames = notices.map((notice, index) => event(index + 1, notice))
        const once = frames.reduce(hear, opened())
        const at = from % (frames.length + 1)
        const twice = [...frames.slice(0, at), ...frames.slice(at - (again % (at + 1)))].reduce(hear, opened())
        expect(twice).toEqual(once)
      })
    )
  })

  it("leaves nothing open behind the end of a turn", () => {
    fc.assert(
      fc.property(fc.array(anyNotice, { maxLength: 30 }), (notices) => {
        const chat = told(opened(), ...notices, replied)
        expect([isOpen(chat), isBusy(chat), chat.questions, chat.turn]).toEqual([false, false, [], undefined])
        expect(new Set(chat.items.map(({ key }) => key)).size).toBe(chat.items.length)
      })
    )
  })

  it("is not understood before the session is there, nor when it is another one's", () => {
    const early = told({ ...noChat, id: "s" }, said("early"))
    expect(early.items).toEqual([])
    const other = { ...event(1, said("theirs")), session_id: "t" } as OutFrame
    expect(hear(opened(), other).items).toEqual([])
  })

  it("waits, after a loss, until what was missed has come", () => {
    const before = told(opened(), { type: "agent.text", delta: "a" })
    const back = hear(before, { type: "auth_response", success: true })
    expect(hear(back, event(5, { type: "agent.text", delta: "late" })).items).toEqual(before.items)
    const resumed = hear(back, { type: "resumed", session_id: "s", after: 1, last: 2 })
    expect(texts(told(resumed, { type: "agent.text", delta: "b" }))).toEqual(["reply: ab"])
  })
})

describe("a reply", () => {
  it("reads the same streamed and whole, and the whole one counts", () => {
    const streamed = told(
      opened(),
      { type: "agent.text", delta: "He" },
      { type: "agent.text", delta: "llo" },
      said("Hello!")
    )
    expect(texts(streamed)).toEqual(["reply: Hello!"])
    expect(texts(told(opened(), said("Hello!")))).toEqual(["reply: Hello!"])
  })

  it("is void when it breaks off, and the next one stands beside it", () => {
    const chat = told(
      opened(),
      { type: "agent.text", delta: "half" },
      { type: "agent.calling", callId: "c1", name: "bash" },
      { type: "agent.retrying", attempt: 1, delay: 10, reason: "busy" },
      said("whole")
    )
    expect(chat.items.map((item) => item.kind === "reply" && [item.text, item.isVoid])).toEqual([
      ["half", true],
      ["whole", false]
    ])
  })

  it("goes on from the transcript where the page was loaded in mid-turn", () => {
    const chat = opened({
      state: "thinking",
      last: 7,
      since: 5,
      transcript: [{ role: "user", id: "m", content: [{ type: "text", text: "do it" }] }]
    })
    expect([chat.last, isBusy(chat)]).toEqual([5, true])
    expect(texts(told(chat, { type: "agent.text", delta: "begun" }))).toEqual(["user: do it", "reply: begun"])
  })
})

describe("a message", () => {
  it("waits until the agent has read it, and is shown then, once", () => {
    const sent = act(opened(), { type: "chat.said", message: message("m", "do it") })
    expect([sent.outbox.length, texts(sent)]).toEqual([1, []])
    const started: AgentNotice = { type: "agent.started", messages: ["m"], said: [{ id: "m", text: "do it" }] }
    const read = told(sent, started, started)
    expect([read.outbox, texts(read)]).toEqual([[], ["user: do it"]])
  })

  it("of another client is shown when the agent begins, and while it waits", () => {
    const started: AgentNotice = { type: "agent.started", messages: ["o"], said: [{ id: "o", text: "theirs" }] }
    expect(texts(told(opened(), started))).toEqual(["user: theirs"])
    const queued = told(opened(), { type: "agent.queued", id: "o", said: { id: "o", text: "theirs" } })
    expect(queued.outbox).toMatchObject([{ id: "o", text: "theirs", isForeign: true }])
  })

  it("of which only the id was told is filled in by the transcript", () => {
    const empty = told(opened(), { type: "agent.started", messages: ["o"] })
    expect(empty.items).toMatchObject([{ kind: "user", id: "o" }])
    const transcript = [{ role: "user" as const, id: "o", content: [{ type: "text" as const, text: "theirs" }] }]
    expect(texts(hear(empty, session({ transcript })))).toEqual(["user: theirs"])
  })

  it("that was not sent goes back into the prompt when another session is opened, or it is refused", () => {
    const sent = act({ ...opened(), draft: "more" }, { type: "chat.said", message: message("m", "do it") })
    const typed = act(sent, { type: "chat.typed", text: "more" })
    expect(act(typed, { type: "chat.opening", id: "t" })).toMatchObject({ id: "t", draft: "do it\n\nmore", outbox: [] })
    const refused = act(sent, { type: "chat.refused", id: "m", text: "too many" })
    expect(refused).toMatchObject({ outbox: [], trouble: "too many" })
  })
})

describe("a question", () => {
  const asked: OutFrame = {
    type: "permission",
    id: "q",
    tool: "bash",
    input: { command: "ls" },
    risk: "execute",
    rule: "bash(ls)",
    preview: { command: "ls" },
    session_id: "s"
  }

  it("stands once, whichever way it comes, until somebody has answered", () => {
    const chat = told(hear(hear(opened(), asked), asked), {
      type: "agent.asked",
      id: "q",
      callId: "c1",
      tool: "bash",
      input: {},
      risk: "execute",
      rule: "bash(ls)",
      preview: {}
    })
    expect(chat.questions).toHaveLength(1)
    expect(titleOf(chat)).toBe("? Kintsugi")
    expect(told(chat, { type: "agent.answered", id: "q", decision: "deny" }).questions).toEqual([])
  })

  it("of another session is not asked here", () => {
    expect(hear(opened(), { ...asked, session_id: "t" }).questions).toEqual([])
  })
})

it("shows another branch afresh when anybody has switched to it", () => {
  const before = told(opened(), said("left behind"))
  const transcript = [{ role: "user" as const, id: "m", content: [{ type: "text" as const, text: "here" }] }]
  const { request_id: _, ...frame } = { ...session({ transcript, last: 9, since: 9 }), request_id: undefined }
  const after = hear(before, frame as OutFrame)
  expect([texts(after), after.last]).toEqual([["user: here"], 9])
})

it("leaves nothing to be read to whoever comes after one who has left", () => {
  const frame: OutFrame = { type: "auth_response", success: true, user: "ann", operator: true }
  const inside = { ...reduce(blank, { type: "frame", frame }, 1), chat: told(opened(), said("secret")) }
  const left = reduce(inside, { type: "link", link: { name: "keyless" } }, 2)
  expect([left.chat, left.me]).toEqual([noChat, undefined])
  const first = { ...blank, route: { place: "chat" as const, id: "s" } }
  expect(reduce(first, { type: "link", link: { name: "keyless" } }, 2).route).toEqual({ place: "chat", id: "s" })
})

it("reads out replies, questions and ends, and no streamed pieces", () => {
  expect(announcement(said("Hello\nthere"))).toBe("Agent: Hello there")
  expect(announcement(replied)).toBe("Done.")
  expect(announcement({ type: "agent.text", delta: "x" })).toBeUndefined()
})

it("takes a path for a message and a word behind a slash for a command", () => {
  expect(readCommand("/etc/hosts is wrong")).toBeUndefined()
  expect(readCommand("/Fork here and now")).toEqual({ name: "fork", argument: "here and now" })
  expect(offersFor("/co").map(({ name }) => name)).toEqual(["compact"])
  expect(offersFor("say /co")).toEqual([])
})

it("says of a call what it is about, on one line", () => {
  expect(inShort({ name: "bash", input: { timeout: 3, command: "a\nb" } })).toBe("a …")
  expect(inShort({ name: "task", input: { prompt: "long", description: "short" } })).toBe("short")
  expect(inShort({ name: "x", input: { n: 1 } })).toBe('{"n":1}')
  for (const input of [undefined, null, 3, [], {}]) expect(inShort({ name: "x", input })).toBe("")
})
