/** What the chat makes of frames: each event once, nothing left open behind a turn, nothing lost that the user wrote. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Message } from "../../../llm/message.ts"
import type { AgentNotice } from "../../../machines/events.ts"
import type { Inquiry } from "../../../plugins/inquiry.ts"
import { summaryId } from "../../../machines/room.ts"
import type { OutFrame } from "../../../channels/wire/frames.ts"
import { type Chat, isBusy, noChat, type Outgoing } from "../../../channels/web/client/chat/model.ts"
import { announcement, titleOf } from "../../../channels/web/client/chat/announce.ts"
import { readCommand } from "../../../channels/command-line.ts"
import { offersFor } from "../../../channels/web/client/chat/offers.ts"
import { costList } from "../../../channels/web/client/chat/lists.ts"
import { contentOf, controlOf } from "../../../channels/web/client/chat/inquiry-form.ts"
import { apart } from "../../../channels/web/client/chat/said-files.ts"
import { reduceChat, serverTime } from "../../../channels/web/client/chat/reduce.ts"
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

it("says at the top how much of a very long session is not shown", () => {
  const top = (omitted?: number) => opened({ ...(omitted !== undefined && { omitted }), notices: ["n"] }).items[0]
  expect(top(3)).toMatchObject({ kind: "note", text: "3 earlier messages are not shown" })
  expect(top()).toMatchObject({ kind: "note", text: "n" })
})

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

  it("of a running tool keeps what it wants to know, and what was wrong with the answer", () => {
    const inquiry: Inquiry = {
      from: "x",
      message: "Who?",
      fields: [
        { name: "a b", type: "integer", required: true, minimum: 1 },
        { name: "c", type: "choices", required: false, options: [{ value: "1" }, { value: "2" }] }
      ]
    }
    const chat = hear(opened(), { ...asked, inquiry })
    expect(chat.questions).toMatchObject([{ id: "q", inquiry }])
    expect(announcement({ ...asked, type: "agent.asked", callId: "c", inquiry } as AgentNotice)).toBe("x asks: Who?")
    const filled = (pairs: ReadonlyArray<readonly [string, string]>) => ({
      getAll: (name: string) => pairs.flatMap(([key, value]) => (key === name ? [value] : []))
    })
    const [one, two] = [controlOf(0), controlOf(1)]
    expect(
      contentOf(
        inquiry,
        filled([
          [one, "3"],
          [two, "2"],
          [two, "1"]
        ])
      )
    ).toEqual({ content: { "a b": 3, c: ["1", "2"] } })
    expect(contentOf(inquiry, filled([]))).toEqual({ problems: [{ field: "a b", problem: "is required" }] })
    const problems = { "a b": "is required" }
    expect(act(chat, { type: "chat.unfit", id: "q", problems })).toMatchObject({ unfit: { id: "q", problems } })
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
  const refused = reduce(
    { ...inside, chat: { ...inside.chat, draft: "half" }, route: { place: "chat", id: "s" } },
    { type: "link", link: { name: "keyless", why: "nobody here has this key" } },
    2
  )
  expect(refused.chat).toEqual({ ...noChat, id: "s", draft: "half" })
  expect(refused.route).toEqual({ place: "chat", id: "s" })
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
  expect(offersFor("/co").map(({ name }) => name)).toEqual(["compact", "cost"])
  expect(offersFor("say /co")).toEqual([])
})

it("knows names in every script", () => {
  expect(readCommand("/要約 これ")).toEqual({ name: "要約", argument: "これ" })
  expect(readCommand("/Résumé")).toEqual({ name: "résumé", argument: "" })
  expect(readCommand("/…und/so weiter")).toBeUndefined()
  expect(readCommand("/→ weiter")).toBeUndefined()
  const theirs = ["要約", "要点"].map((name) => ({ name, description: "Theirs.", argument: "", plugin: "p" }))
  expect(offersFor("/要", theirs)).toHaveLength(2)
  expect(offersFor("/要約", theirs).map(({ name }) => name)).toEqual(["要約"])
})

it("offers commands of plugins behind its own, which count where both have a name", () => {
  const theirs = ["context", "cost"].map((name) => ({ name, description: "Theirs.", argument: "", plugin: "p" }))
  expect(offersFor("/co", theirs).map(({ name, plugin }) => [name, plugin])).toEqual([
    ["compact", undefined],
    ["cost", undefined],
    ["context", "p"]
  ])
})

describe("a session that is opened again", () => {
  const user = (id: string) => ({
    role: "user" as const,
    id,
    content: [{ type: "text" as const, text: `${id} whole` }]
  })
  const turn = (id: string): ReadonlyArray<AgentNotice> => [
    { type: "agent.started", messages: [id], said: [{ id, text: id, images: ["a.png"] }] },
    said(`${id} read`),
    { ...replied, messages: [id] }
  ]
  const mended: AgentNotice = {
    type: "agent.healed",
    seam: "se1",
    plugin: "words",
    strategy: "rewrite",
    state: "provisional",
    status: "active",
    degraded: [],
    summary: "mended"
  }
  const compacted: AgentNotice = { type: "agent.compacted", summary: "all so far" }
  const summary = { ...user("summary"), id: summaryId, content: [{ type: "text" as const, text: "So:\n\nall so far" }] }

  /** As the console asks for it. */
  const read = (
    transcript: ReadonlyArray<Message>,
    notices: ReadonlyArray<AgentNotice>,
    { after = 0, more = {} }: { after?: number; more?: Partial<Extract<OutFrame, { type: "session" }>> } = {}
  ): Chat => {
    const since = after + notices.length
    const frame = session({ transcript: [...transcript], last: since, since, ...more })
    const asked = hear(act({ ...noChat, id: "s" }, { type: "chat.reading", after }), frame)
    return notices.reduce((chat, notice, at) => hear(chat, event(after + at + 1, notice)), asked)
  }

  const shownIn = ({ items }: Chat) =>
    items.map((item) => (item.kind === "user" || item.kind === "reply" ? `${item.kind} ${item.text}` : item.kind))

  it("shows mends, costs and files again, which the transcript does not hold", () => {
    const [started, spoken, ended] = turn("m1")
    if (started === undefined || spoken === undefined || ended === undefined) throw new Error("no turn")
    const frame = session({ transcript: [user("m1")], last: 4, since: 4 })
    const opening = hear(act({ ...noChat, id: "s" }, { type: "chat.reading", after: 0 }), frame)
    const half = told({ ...opening, last: 0 }, started)
    expect([half.isLoaded, half.items]).toEqual([false, []])
    const file: OutFrame = { type: "file", name: "a.txt", mime: "text/plain", data: "YQ==", session_id: "s" }
    const rest = [event(2, spoken), file, event(3, mended), event(4, ended)].reduce(hear, half)
    expect(shownIn(rest)).toEqual(["user m1 whole", "reply m1 read", "file", "seam", "end"])
    expect([rest.isLoaded, rest.last, rest.phase.name, rest.past]).toEqual([true, 4, "idle", undefined])
    expect(hear(rest, event(4, ended)).items).toBe(rest.items)
  })

  it("tells how long things took then, and not now", () => {
    const events = turn("m1").map((notice, at) => ({ ...event(at + 1, notice), at: 50_000 * at }) as OutFrame)
    const frame = session({ transcript: [user("m1")], last: 3, since: 3 })
    const opening = hear(act({ ...noChat, id: "s" }, { type: "chat.reading", after: 0 }), frame)
    expect(events.reduce(hear, opening).items.at(-1)).toMatchObject({ kind: "end", ms: 100_000 })
  })

  it("tells the same of them live, whatever this machine's clock says", () => {
    const late = (chat: Chat, frame: OutFrame, at: number): Chat =>
      reduceChat(chat, { type: "frame", frame }, 3_600_000 + 50_000 * at + 7 * at)
    const events = turn("m1").map((notice, at) => ({ ...event(at + 1, notice), at: 50_000 * at }) as OutFrame)
    const chat = events.reduce(late, opened())
    expect(chat.items.at(-1)).toMatchObject({ kind: "end", ms: 100_000 })
    expect(serverTime(chat, 3_600_000)).toBe(0)
  })

  it("leaves out what was said on branches that it has left", () => {
    const chat = read([user("m1"), user("m3")], [...turn("m1"), ...turn("m2"), mended, ...turn("m3")])
    expect(shownIn(chat)).toEqual(["user m1 whole", "reply m1 read", "end", "user m3 whole", "reply m3 read", "end"])
  })

  it("keeps what was said before it was summed up or cleared", () => {
    const both = ["user m1", "reply m1 read", "end", "rule", "user m2 whole", "reply m2 read", "end"]
    expect(shownIn(read([summary, user("m2")], [...turn("m1"), compacted, ...turn("m2")]))).toEqual(both)
    const cleared: AgentNotice = { type: "agent.changed", cleared: true }
    expect(shownIn(read([user("m2")], [...turn("m1"), cleared, ...turn("m2")]))).toEqual(both)
  })

  it("takes from the transcript what lies before the events that are read", () => {
    const [, ...restOfTurn] = turn("m2")
    const chat = read([user("m1"), user("m2"), user("m3")], [...restOfTurn, ...turn("m3")], { after: 100 })
    expect(shownIn(chat)).toEqual(["user m1 whole", "user m2 whole", "user m3 whole", "reply m3 read", "end"])
  })

  it("goes on in mid-turn with what is asked and running", () => {
    const [started, spoken] = [turn("m1")[0], said("I call", ["c1"])]
    if (started === undefined) throw new Error("no turn")
    const question = { id: "q", callId: "c1", tool: "bash", input: {}, risk: "execute", rule: "bash", preview: {} }
    const more = { state: "asking", questions: [question] } as unknown as Parameters<typeof session>[0]
    const chat = read([user("m1")], [started, spoken], { more: more ?? {} })
    expect([isBusy(chat), chat.questions.length, chat.turn?.calls]).toEqual([true, 1, 1])
    expect(shownIn(told(chat, { ...replied, messages: ["m1"] }))).toEqual([
      "user m1 whole",
      "reply I call",
      "call",
      "end"
    ])
  })

  it("is shown from the transcript where no event is told, and asked for again after a loss", () => {
    expect(shownIn(read([user("m1")], [], { more: { since: 0 } }))).toEqual(["user m1 whole"])
    const frame = session({ transcript: [user("m1")], last: 3, since: 3 })
    const opening = hear(act({ ...noChat, id: "s" }, { type: "chat.reading", after: 0 }), frame)
    const lost = hear(opening, { type: "auth_response", success: true })
    expect([lost.isLoaded, lost.past]).toEqual([false, undefined])
  })

  it("is not taken for shown when only its size was asked for", () => {
    const { transcript: _, ...frame } = session({ last: 3, since: 3 }) as Extract<OutFrame, { type: "session" }>
    expect(hear({ ...noChat, id: "s" }, frame).isLoaded).toBe(false)
  })
})

it("shows files beside a message by their names, whoever said it, and not where they lie", () => {
  const text = "look\n\n[File from the user: /d/received/a b.txt (5 bytes)]\n[File from the user: /d/c.md (6 bytes)]"
  const files = [{ name: "a b.txt" }, { name: "c.md" }]
  const stored = opened({ transcript: [{ role: "user", id: "m1", content: [{ type: "text", text }] }] })
  const live = told(opened(), { type: "agent.started", messages: ["m1"], said: [{ id: "m1", text }] })
  for (const { items } of [stored, live]) expect(items[0]).toMatchObject({ text: "look", files })
  expect(apart("[File from the user: x] said\nI")).toEqual({ text: "[File from the user: x] said\nI", files: [] })
})

it("shows a summary as what it is, and not as said by the user", () => {
  const content = [{ type: "text" as const, text: "So far: all" }]
  const chat = opened({ transcript: [{ role: "user", id: summaryId, content }] })
  expect(chat.items[0]).toMatchObject({ kind: "rule", more: "So far: all" })
})

it("says what a session took, no less than it may have been", () => {
  const usage = { input: 1000, output: 200, cacheRead: 500, cacheWrite: 0 }
  const model = { requests: 2, usage, costAtLeast: 0.5, unpriced: 1, uncounted: 0 }
  const list = costList({ spent: { usage, models: { "a/b": model } }, limits: { maxCost: 3 } })
  expect(list.rows).toEqual([
    { name: "all", text: "1.5k in (500 of them cached), 200 out · at least $0.50" },
    { name: "a/b", text: "2 requests · 1.5k in (500 of them cached), 200 out · at least $0.50" },
    { name: "limit", text: "$3.00" }
  ])
  expect(costList({ spent: { usage }, limits: {} }).rows[0]?.text).toContain("cost unknown")
  const nothing = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }
  const uncounted = { requests: 1, usage: nothing, costAtLeast: 0, unpriced: 1, uncounted: 1 }
  const [all] = costList({ spent: { usage: nothing, models: { "a/b": uncounted } }, limits: {} }).rows
  expect(all?.text).toBe("tokens unknown · cost unknown")
})
