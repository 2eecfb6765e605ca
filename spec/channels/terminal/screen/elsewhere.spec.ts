/** A chat whose session is at a server, and in which others are. */
import { describe, expect, it } from "vitest"
import type { Connection } from "../../../../channels/connect/link.ts"
import { remoteWords } from "../../../../channels/terminal/screen/remote.ts"
import { screen } from "../../../../channels/terminal/screen/screen.ts"
import { lineText } from "../../../../channels/terminal/text/text.ts"
import type { AgentNotice, Question } from "../../../../machines/events.ts"
import { spent } from "../fake-session.ts"
import { drive, start } from "./drive.ts"

const users = (chat: ReturnType<typeof drive>) =>
  chat.state().view.done.flatMap((item) => (item.kind === "user" ? [item] : []))

const replied = (...messages: ReadonlyArray<string>): AgentNotice => ({
  type: "agent.replied",
  text: "Done.",
  verified: false,
  messages,
  spent
})

const question: Question = {
  id: "q1",
  callId: "c1",
  tool: "write_file",
  input: { path: "a" },
  risk: "write",
  preview: {},
  rule: "write_file(*)"
}

describe("what others say", () => {
  const other = { id: "o1", text: "from the browser", images: ["cat.png"] }

  it("stands in the conversation like one's own, once", () => {
    const chat = drive()
    chat.notify({ type: "agent.started", messages: ["o1"], said: [other] })
    chat.notify({ type: "agent.started", messages: ["o1"], said: [other] })
    expect(users(chat)).toEqual([
      { kind: "user", text: "from the browser", images: ["[image: cat.png]"], elsewhere: true }
    ])
  })

  it("waits like one's own while the agent works, and is read with the next round", () => {
    const chat = drive()
    chat.enter("mine")
    chat.notify({ type: "agent.started", messages: ["mine"], said: [{ id: "mine", text: "mine" }] })
    chat.notify({ type: "agent.text", delta: "a" })
    chat.notify({ type: "agent.queued", id: "o1", said: other })
    expect(chat.state().view.queued).toMatchObject([{ id: "o1", elsewhere: true }])
    chat.notify({ type: "agent.said", message: { role: "assistant", content: [], model: "x/y" } })
    chat.notify({ type: "agent.text", delta: "b" })
    expect(users(chat).map(({ text }) => text)).toEqual(["mine", "from the browser"])
  })

  it("is no second time one's own message, which is known by its id", () => {
    const chat = drive()
    chat.enter("mine")
    const said = { id: "mine", text: "mine" }
    chat.notify({ type: "agent.queued", id: "mine", said }, { type: "agent.started", messages: ["mine"], said: [said] })
    expect(users(chat)).toEqual([{ kind: "user", text: "mine" }])
    expect(chat.state().view.queued).toEqual([])
  })

  it("is forgotten with its turn", () => {
    const chat = drive()
    chat.notify({ type: "agent.started", messages: ["o1"], said: [other] }, replied("o1"))
    expect(chat.state().view.known).toEqual([])
  })
})

describe("a session in which something happens already", () => {
  const opened = (change: object) => {
    const chat = drive()
    const { status } = start
    chat.act({ type: "opened", status, transcript: [], questions: [], isBusy: false, now: 10_000, ...change })
    return chat
  }

  it("shows the question that waits, and takes the answer", () => {
    const chat = opened({ questions: [question], isBusy: true })
    expect(chat.state().asking?.id).toBe("q1")
    chat.wait(5000)
    chat.type("y")
    expect(chat.sent()).toEqual([{ type: "permission.answered", id: "q1", decision: "allow" }])
  })

  it("can be stopped at once", () => {
    const chat = opened({ isBusy: true })
    chat.ctrl("c")
    expect(chat.sent()).toEqual([{ type: "user.cancel" }])
  })

  it("shows a question once that it is told of again, and none that somebody else has answered", () => {
    const chat = opened({ questions: [question], isBusy: true })
    chat.notify({ type: "agent.asked", ...question })
    expect(chat.state().view.questions).toHaveLength(1)
    chat.notify({ type: "agent.answered", id: "q1", decision: "deny" })
    expect(chat.state().asking).toBeUndefined()
  })

  it("takes a question away with its call, when that was cut off", () => {
    const chat = opened({ questions: [question], isBusy: true })
    const call = { type: "call", id: "c1", name: "write_file", input: {} } as const
    chat.notify({
      type: "agent.settled",
      call,
      answer: { success: false, errorClass: "interrupted", error: "cut off" }
    })
    expect(chat.state().asking).toBeUndefined()
  })
})

it("a turn that goes on after its process has ended says so, and what was streamed stays apart", () => {
  const chat = drive()
  chat.enter("mine")
  chat.notify({ type: "agent.started", messages: ["mine"] }, { type: "agent.text", delta: "Half of" })
  chat.notify({ type: "agent.resumed", messages: ["mine"], times: 2 })
  chat.notify({ type: "agent.text", delta: "All of it." })
  expect(chat.notes()).toEqual([
    "The process that worked on this has ended; another one goes on with it (2 times so far)."
  ])
  expect(chat.state().view.open.text).toBe("All of it.")
})

it("a conversation that somebody else took to another point is shown from there", () => {
  const chat = drive()
  chat.enter("mine")
  chat.notify(replied("mine"))
  const transcript = [{ role: "user", id: "a", content: [{ type: "text", text: "one" }] }] as const
  chat.act({ type: "moved", status: start.status, transcript })
  expect(chat.state().view.done.slice(-2)).toEqual([
    { kind: "rule", text: "from another point: somebody went there" },
    { kind: "user", text: "one" }
  ])
  expect(chat.state().history).toEqual(["mine"])
})

describe("the connection", () => {
  const link = (chat: ReturnType<typeof drive>, connection: Connection) =>
    chat.act({ type: "linked", name: "there:8080", connection })
  const lost: Connection = { state: "lost", reason: "the connection to there:8080 broke", retryAt: 0 }
  const foot = (chat: ReturnType<typeof drive>) =>
    lineText(screen(chat.state(), { now: 0, links: false }).lines.at(-1) ?? [])

  it("stands in the status line", () => {
    const chat = drive()
    link(chat, { state: "connected" })
    expect(foot(chat)).toContain("at there:8080")
    link(chat, lost)
    expect(foot(chat)).toContain("reconnecting to there:8080")
    expect(chat.notes()).toHaveLength(1)
  })

  it("that is lost is told once, with what happens next, and once when it is back", () => {
    const chat = drive()
    link(chat, { state: "connected" })
    chat.type("half a sen")
    for (const connection of [lost, { state: "connecting" }, lost, { state: "connecting" }, lost] as const)
      link(chat, connection)
    link(chat, { state: "connected" })
    link(chat, { state: "connected" })
    expect(chat.notes()).toEqual([
      "The connection to there:8080 broke. It is tried again; what you say meanwhile goes then.",
      "Connected to there:8080 again."
    ])
    expect(chat.state().editor.text).toBe("half a sen")
  })

  it("that is not tried any more says what would bring it back", () => {
    const chat = drive()
    link(chat, { state: "ended", reason: "nobody answers" })
    expect(chat.notes()[0]).toMatch(/^Nobody answers\. .*what you say next does/)
    expect(foot(chat)).toContain("no connection to there:8080")
  })

  it("whose server is about to stop is told", () => {
    const chat = drive()
    link(chat, { state: "connected", stopping: 5000 })
    expect(chat.notes()[0]).toContain("about to stop")
  })

  it("has a name that cannot steer the terminal", () => {
    expect(lineText(remoteWords({ name: "a\u001b[2Jb", state: "connected", isMissed: false }))).not.toContain("\u001b")
  })
})
