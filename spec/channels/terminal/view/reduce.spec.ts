import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { AssistantMessage, ToolCall } from "../../../../llm/message.ts"
import type { AgentNotice } from "../../../../machines/events.ts"
import { reduce } from "../../../../channels/terminal/view/reduce.ts"
import { itemsOf } from "../../../../channels/terminal/view/transcript.ts"
import { blank, isBusy, type Item, sent, type View } from "../../../../channels/terminal/view/view.ts"
import { toolMessage } from "../../../../machines/transcript.ts"
import { type Background, resultMessage } from "../../../../machines/background.ts"
import type { PlanView, StepView } from "../../../../plugins/plan-view.ts"
import type { Answer } from "../../../../plugins/tool.ts"
import { spent } from "../fake-session.ts"

const call = (id: string, name = "execute_bash"): ToolCall => ({ type: "call", id, name, input: { command: "ls" } })
const reply = (text: string, calls: ReadonlyArray<ToolCall> = []): AssistantMessage => ({
  role: "assistant",
  model: "scripted/x",
  content: [...(text === "" ? [] : [{ type: "text" as const, text }]), ...calls]
})
const said = (text: string, calls: ReadonlyArray<ToolCall> = []): AgentNotice => ({
  type: "agent.said",
  message: reply(text, calls)
})
const replied: AgentNotice = { type: "agent.replied", text: "", verified: false, messages: ["m1"], spent }
const cancelled: AgentNotice = { type: "agent.cancelled", messages: ["m1"], spent }

const play = (notices: ReadonlyArray<AgentNotice>, start: View = blank): View =>
  notices.reduce((view, notice, at) => reduce(view, notice, at * 1000), start)
const asked = sent(blank, { id: "m1", text: "hello" }, 0)
const kinds = (view: View) => view.done.map((item) => item.kind)
const texts = (view: View) =>
  view.done.flatMap((item) =>
    item.kind === "prose" ? [item.markdown.trim()] : item.kind === "user" ? [`> ${item.text}`] : []
  )

describe("a turn", () => {
  it("prints the message, the blocks of the reply as they finish, and what it came to", () => {
    const started = play(
      [
        { type: "agent.started", messages: ["m1"] },
        { type: "agent.text", delta: "First.\n\nSec" }
      ],
      asked
    )
    expect(texts(started)).toEqual(["> hello", "First."])
    expect(started.open.text).toBe("Sec")
    const ended = play([{ type: "agent.text", delta: "ond." }, said("First.\n\nSecond."), replied], started)
    expect(texts(ended)).toEqual(["> hello", "First.", "Second."])
    expect(kinds(ended).at(-1)).toBe("end")
    expect(isBusy(ended)).toBe(false)
    expect(ended.open.text).toBe("")
  })

  it("makes up for what the stream missed", () => {
    expect(texts(play([{ type: "agent.text", delta: "Half" }, said("Half of it.")], asked))).toEqual([
      "> hello",
      "Half of it."
    ])
    expect(texts(play([said("All of it.")], asked))).toEqual(["> hello", "All of it."])
  })

  it("says the answer of a finished task when no reply said it", () => {
    const done: AgentNotice = {
      type: "agent.replied",
      text: "All tests pass.",
      verified: true,
      messages: ["m1"],
      spent
    }
    const view = play(
      [
        said("", [call("c", "task_done")]),
        { type: "agent.settled", call: call("c", "task_done"), answer: { success: true } },
        done
      ],
      asked
    )
    expect(texts(view)).toEqual(["> hello", "All tests pass."])
    expect(view.done.at(-1)).toMatchObject({ kind: "end", outcome: "verified" })
  })

  it("keeps what was streamed when it is cancelled or fails", () => {
    expect(texts(play([{ type: "agent.text", delta: "Half" }, cancelled], asked))).toEqual(["> hello", "Half"])
    const failed = play(
      [
        { type: "agent.text", delta: "Half" },
        { type: "agent.failed", failure: { code: "x", message: "No key." }, messages: [], spent }
      ],
      asked
    )
    expect(failed.done.at(-1)).toEqual({ kind: "note", tone: "bad", text: "No key." })
    expect(isBusy(failed)).toBe(false)
  })

  it("tells that a reply broke off before it begins again", () => {
    const retrying: AgentNotice = { type: "agent.retrying", attempt: 2, delay: 5000, reason: "truncated" }
    const view = play(
      [{ type: "agent.text", delta: "Lost" }, retrying, { type: "agent.text", delta: "Whole." }, said("Whole.")],
      asked
    )
    expect(kinds(view)).toEqual(["user", "prose", "note", "prose"])
    expect(play([retrying], asked).phase).toMatchObject({ name: "retrying", until: 5000 })
    expect(kinds(play([retrying], asked))).toEqual(["user"])
  })
})

describe("calls", () => {
  const three = [call("a"), call("b"), call("c")]
  const settled = (id: string): AgentNotice => ({ type: "agent.settled", call: call(id), answer: { success: true } })

  it("are printed in the order they were asked for, whichever is done first", () => {
    const view = play([said("", three), settled("c"), settled("a")], asked)
    expect(view.done.flatMap((item) => (item.kind === "call" ? [item.call.id] : []))).toEqual(["a"])
    expect(view.calls.map((live) => live.call.id)).toEqual(["b", "c"])
    const all = play([settled("b")], view)
    expect(all.done.flatMap((item) => (item.kind === "call" ? [item.call.id] : []))).toEqual(["a", "b", "c"])
    expect(all.calls).toEqual([])
  })

  it("show how long they ran and the end of what they told", () => {
    const view = play(
      [
        said("", [call("a")]),
        { type: "agent.acting", call: call("a") },
        { type: "agent.progressed", callId: "a", text: "x".repeat(10_000) }
      ],
      asked
    )
    expect(view.calls[0]?.tail.length).toBeLessThanOrEqual(4000)
    expect(play([settled("a")], view).done.at(-1)).toMatchObject({ kind: "call", ms: -1000 })
  })

  it("that a cancelled turn left open are shown as stopped", () => {
    const view = play([said("", three), settled("a"), cancelled], asked)
    const calls = view.done.flatMap((item) => (item.kind === "call" ? [item.answer.success] : []))
    expect(calls).toEqual([true, false, false])
  })
})

describe("a message sent while the agent works", () => {
  const working = play(
    [
      { type: "agent.started", messages: ["m1"] },
      { type: "agent.text", delta: "One" }
    ],
    asked
  )
  const queued = sent(working, { id: "m2", text: "and also" }, 5)

  it("waits until the next reply begins, and stands before that", () => {
    expect(queued.queued).toEqual([{ id: "m2", text: "and also" }])
    const next = play(
      [
        { type: "agent.text", delta: " two" },
        said("One two", [call("a")]),
        { type: "agent.settled", call: call("a"), answer: { success: true } }
      ],
      queued
    )
    expect(next.queued).toHaveLength(1)
    const read = play([{ type: "agent.text", delta: "Three" }, said("Three")], next)
    expect(read.queued).toEqual([])
    expect(texts(read)).toEqual(["> hello", "One two", "> and also", "Three"])
  })

  it("is shown when the turn that serves it starts", () => {
    const view = play([said("One"), replied, { type: "agent.started", messages: ["m2"] }], queued)
    expect(texts(view)).toEqual(["> hello", "One", "> and also"])
    expect(view.queued).toEqual([])
  })
})

it("what happens to a plugin is told where it happens, whatever the agent does, and ends no turn", () => {
  const news = { plugin: "words", state: "quarantined", reason: "it crashed" } as const
  const told: AgentNotice = { type: "agent.plugin", ...news }
  expect(play([told]).done).toEqual([{ kind: "plugin", news }])
  expect(isBusy(play([told]))).toBe(false)
  const view = play([{ type: "agent.text", delta: "First.\n\nSec" }, told], asked)
  expect(kinds(view)).toEqual(["user", "prose", "plugin"])
  expect(view.open.text).toBe("Sec")
  expect(view.phase.name).toBe("writing")
})

it("questions come and go, and none outlives its turn", () => {
  const question: AgentNotice = {
    type: "agent.asked",
    id: "q",
    callId: "a",
    tool: "execute_bash",
    input: {},
    risk: "execute",
    preview: { command: "ls" },
    rule: "execute_bash(ls)"
  }
  const view = play([said("", [call("a")]), question], asked)
  expect(view.questions.map(({ id }) => id)).toEqual(["q"])
  expect(play([{ type: "agent.answered", id: "q", decision: "allow" }], view).questions).toEqual([])
  expect(play([cancelled], view).questions).toEqual([])
})

describe("any stream of notices", () => {
  const delta = fc.constantFrom("word ", "\n", "\n\n", "- item\n", "```\n", "| a | b |\n", "**")
  const notice: fc.Arbitrary<AgentNotice> = fc.oneof(
    delta.map((text): AgentNotice => ({ type: "agent.text", delta: text })),
    delta.map((text): AgentNotice => ({ type: "agent.thinking", delta: text })),
    fc.constantFrom<AgentNotice>(
      { type: "agent.started", messages: ["m1"] },
      { type: "agent.queued", id: "m2" },
      { type: "agent.calling", callId: "a", name: "x" },
      { type: "agent.retrying", attempt: 1, delay: 10, reason: "r" },
      said("text", [call("a"), call("b")]),
      { type: "agent.acting", call: call("a") },
      { type: "agent.progressed", callId: "b", text: "p" },
      { type: "agent.settled", call: call("b"), answer: { success: false, error: "e" } },
      { type: "agent.settled", call: call("a"), answer: { success: true } },
      { type: "agent.compacting" },
      { type: "agent.compacted", summary: "s" },
      { type: "agent.warned", failure: { code: "c", message: "m" } },
      { type: "agent.changed", cleared: true },
      { type: "agent.plugin", plugin: "p", state: "degraded", reason: "r" },
      { type: "agent.healed", seam: "s", plugin: "p", status: "active", state: "healed", summary: "", degraded: [] },
      replied,
      cancelled
    )
  )

  it("only ever adds to what is done", () => {
    fc.assert(
      fc.property(fc.array(notice, { maxLength: 60 }), (notices) => {
        let view = asked
        for (const each of notices) {
          const next = reduce(view, each, 1)
          expect(next.done.slice(0, view.done.length)).toEqual(view.done)
          view = next
        }
      })
    )
  })

  it("is idle and has nothing open after a turn's end", () => {
    fc.assert(
      fc.property(fc.array(notice, { maxLength: 40 }), (notices) => {
        const view = reduce(
          notices.reduce((before, each) => reduce(before, each, 1), asked),
          cancelled,
          2
        )
        return (
          !isBusy(view) &&
          view.open.text === "" &&
          view.calls.length === 0 &&
          view.questions.length === 0 &&
          view.thinking === undefined
        )
      })
    )
  })
})

it("a stored conversation is shown as it was: messages, replies, calls with their answers", () => {
  const items = itemsOf([
    { role: "user", id: "1", content: [{ type: "text", text: "hi" }] },
    { ...reply("Look.\n\nHere.", [call("a"), call("b")]) },
    {
      role: "tool",
      callId: "a",
      name: "execute_bash",
      success: false,
      content: [{ type: "text", text: "exit code 1" }]
    }
  ])
  expect(items).toMatchObject([
    { kind: "user", text: "hi" },
    { kind: "prose", first: true },
    { kind: "prose", first: false },
    { kind: "call", answer: { success: false, error: "exit code 1" } },
    { kind: "call", answer: { success: false, error: "no answer was stored" } }
  ] satisfies ReadonlyArray<Partial<Item> | object>)
})

it("a session that is opened again shows the states that were shown when they came", () => {
  const answers: ReadonlyArray<Answer> = [
    { success: true, data: "12" },
    { success: false, errorClass: "not_found", error: "no file" },
    { success: false, errorClass: "execution_error", error: "boom", outcome: "contained" },
    { success: true, data: "12:00", outcome: "degraded", degraded: ["time zone invented"] },
    { success: true, data: "13", outcome: "provisional", seam: "s1" },
    { success: true, data: "14", outcome: "healed", seam: "s2" },
    { success: false, errorClass: "execution_error", error: "wrong", outcome: "false_heal" }
  ]
  const calls = answers.map((_, n) => call(`c${n}`))
  const live = play(
    [
      said("", calls),
      ...calls.map((each, n): AgentNotice => ({ type: "agent.settled", call: each, answer: answers[n] as Answer }))
    ],
    asked
  )
  const stored = itemsOf([reply("", calls), ...calls.map((each, n) => toolMessage(each, answers[n] as Answer))])
  expect(stored).toEqual(live.done.slice(1))
})

describe("a plan", () => {
  const plan = (state: StepView["state"]): PlanView => ({ goal: "g", steps: [{ id: "1", text: "one", state }] })
  const settled = (data: unknown, success = true): AgentNotice => ({
    type: "agent.settled",
    call: call("a", "execute_plan"),
    answer: { success, data }
  })

  it("is known as soon as an answer tells of it, and printed once when the turn is over", () => {
    const running = play([settled({ plan: plan("running") }), settled({ plan: plan("done") }, false)], asked)
    expect(running.plan).toEqual(plan("done"))
    expect(kinds(running)).not.toContain("plan")
    const over = play([replied], running)
    expect(kinds(over).slice(-2)).toEqual(["plan", "end"])
    expect(kinds(play([replied], over)).filter((kind) => kind === "plan")).toHaveLength(1)
    expect(
      kinds(play([settled({ plan: plan("failed") }), cancelled], over)).filter((kind) => kind === "plan")
    ).toHaveLength(2)
  })

  it("is taken away by an answer that says so, and by nothing else", () => {
    const running = play([settled({ plan: plan("running") }), settled({ other: 1 }), settled("text")], asked)
    expect(running.plan).toEqual(plan("running"))
    const gone = play([settled({ plan: null }), replied], running)
    expect(gone.plan).toBeUndefined()
    expect(kinds(gone)).not.toContain("plan")
  })
})

describe("subagents", () => {
  it("tell what they do in whole lines, of which the newest is kept with its time", () => {
    const task = call("t", "task")
    const view = play(
      [
        { type: "agent.acting", call: task },
        { type: "agent.progressed", callId: "t", text: "read_file a.ts" },
        { type: "agent.progressed", callId: "t", text: "execute_bash npm test" }
      ],
      asked
    )
    expect(view.calls[0]).toMatchObject({ tail: "execute_bash npm test", toldAt: 2000 })
  })

  it("in the background are told when they are over, and not when they start", () => {
    const started: AgentNotice = { type: "agent.background", id: "b", description: "look around", state: "running" }
    const result = { session: "b", end: "timed_out" as const, text: "half of it", tokens: 1 }
    const ended: AgentNotice = { ...started, state: "timed_out", result }
    expect(play([started, ended]).done).toEqual([
      {
        kind: "delivered",
        title: "background agent look around took too long and was stopped",
        text: "half of it",
        isGood: false
      }
    ])
  })

  it("that delivered before the session was opened again stand there as what they are, not as the user's words", () => {
    const background: Background = { id: "b", description: "look around", state: "replied", startedAt: 0 }
    const message = resultMessage(background, { session: "b", end: "replied", text: "All **good**.", tokens: 1 })
    expect(itemsOf([message])).toEqual([
      { kind: "delivered", title: 'Background agent "look around" (b) has ended', text: "All **good**.", isGood: true }
    ])
  })
})

it("an agent that gives no sign of life is told", () => {
  const view = play([{ type: "agent.stalled", seconds: 90, doing: "waiting for the model" }], asked)
  expect(view.done.at(-1)).toMatchObject({
    kind: "note",
    tone: "warn",
    text: expect.stringContaining("1m 30s (waiting")
  })
})
