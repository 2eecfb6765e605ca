/** Notices as updates, one by one: what is seldom seen in a conversation that goes well. */
import { expect, test } from "vitest"
import { updatesOf } from "../../../channels/acp/updates.ts"
import type { AgentNotice } from "../../../machines/events.ts"

const open = (asides = true) => updatesOf({ cwd: "/project", capabilities: {}, asides })
const call = (id: string, name: string, input: unknown = {}) => ({ type: "call" as const, id, name, input })
const spent = { usage: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 } }

const healed: AgentNotice = {
  type: "agent.healed",
  seam: "s1",
  plugin: "words",
  tool: "word_count",
  status: "active",
  state: "healed",
  strategy: "rewrite",
  summary: "reads length\u001b[2J",
  degraded: ["the unit is made up"]
}

test("what was mended is visible in words, and for programs", () => {
  const [update] = open().of(healed)
  expect(update).toMatchObject({
    sessionUpdate: "agent_message_chunk",
    content: {
      text: expect.stringMatching(/^\n\[.*healed words\/word_count: reads length .*\n.*lost: the unit is made up\]\n$/s)
    },
    _meta: { kintsugi: { type: "agent.healed", seam: "s1" } }
  })
  expect(JSON.stringify(update?.sessionUpdate === "agent_message_chunk" && update.content)).not.toContain("u001b")
})

test("a question about what no model called is over when it is answered, and may be asked again", () => {
  const { of, callId } = open()
  const asked = (id: string): AgentNotice => ({
    type: "agent.asked",
    id,
    callId: "m1",
    tool: "use_skill",
    input: {},
    risk: "execute",
    rule: "",
    preview: { command: "git log" }
  })
  expect(of(asked("q1"))).toMatchObject([{ sessionUpdate: "tool_call", toolCallId: "m1", status: "pending" }])
  expect(of({ type: "agent.answered", id: "q1", decision: "allow" })).toMatchObject([
    { toolCallId: "m1", status: "completed" }
  ])
  expect(of(asked("q2"))).toMatchObject([{ sessionUpdate: "tool_call", toolCallId: callId("m1"), status: "pending" }])
  expect(callId("m1")).not.toBe("m1")
  expect(of({ type: "agent.answered", id: "q2", decision: "deny" })).toMatchObject([
    { toolCallId: callId("m1"), status: "failed" }
  ])
  const end = of({ type: "agent.failed", failure: { code: "refused", message: "no" }, messages: ["m1"], spent })
  expect(end).toEqual([])
})

test("an answered question about a call leaves the call to its answer", () => {
  const { of } = open()
  of({ type: "agent.calling", callId: "c1", name: "write_file" })
  const rest = { tool: "write_file", input: {}, risk: "write", rule: "write_file", preview: {} } as const
  of({ type: "agent.asked", id: "q1", callId: "c1", ...rest })
  expect(of({ type: "agent.answered", id: "q1", decision: "allow" })).toEqual([])
})

test.each<readonly [AgentNotice, string]>([
  [
    { type: "agent.continued", plugin: "hooks", text: "Run the\u001b[2J specs." },
    "plugin hooks has the turn go on: Run the specs."
  ],
  [{ type: "agent.background", id: "b1", description: "look", state: "running" }, "background agent look has started"],
  [
    {
      type: "agent.background",
      id: "b1",
      description: "look",
      state: "failed",
      result: { session: "b1", end: "failed", text: "no luck", tokens: 1 }
    },
    "look is over: failed\nno luck"
  ],
  [
    { type: "agent.plugin", plugin: "git", state: "quarantined", reason: "it crashed" },
    "git is quarantined: it crashed"
  ],
  [{ type: "agent.stalled", seconds: 90, doing: "execute_bash" }, "no sign of life for 90 s (execute_bash)"],
  [{ type: "agent.warned", failure: { code: "x", message: "careful" } }, "careful"],
  [{ type: "agent.compacted", summary: "s" }, "replaced by a summary"]
])("tells %j beside the conversation, and not when it is long over", (notice, words) => {
  expect(JSON.stringify(open().of(notice))).toContain(JSON.stringify(words).slice(1, -1))
  expect(open(false).of(notice)).toEqual([])
})

test("an id that a provider uses again is another call", () => {
  const { of, callId } = open()
  const all = [1, 2].flatMap(() => [
    ...of({ type: "agent.calling", callId: "c", name: "read_file" }),
    ...of({ type: "agent.acting", call: call("c", "read_file", { path: "a" }) }),
    ...of({ type: "agent.settled", call: call("c", "read_file", { path: "a" }), answer: { success: true, data: "x" } })
  ])
  const ids = all.flatMap((update) => (update.sessionUpdate === "tool_call" ? [update.toolCallId] : []))
  expect(new Set(ids).size).toBe(2)
  expect(callId("c")).toBe(ids[1])
  expect(callId("unknown")).toBe("unknown")
})

test("a running call shows the newest of what it prints; one that the turn's end cuts off has failed", () => {
  const { of } = open()
  of({ type: "agent.acting", call: call("c", "execute_bash", { command: "ls" }) })
  of({ type: "agent.progressed", callId: "c", text: "x".repeat(5000) })
  const [update] = of({ type: "agent.progressed", callId: "c", text: "end" })
  expect(update).toMatchObject({
    toolCallId: "c",
    content: [{ content: { text: expect.stringMatching(/^x{1997}end$/) } }]
  })
  expect(of({ type: "agent.progressed", callId: "nobody", text: "x" })).toEqual([])
  expect(of({ type: "agent.cancelled", messages: [], spent })).toEqual([
    { sessionUpdate: "tool_call_update", toolCallId: "c", status: "failed" }
  ])
  expect(of({ type: "agent.cancelled", messages: [], spent })).toEqual([])
})

test("an answer shows what was lost and what repaired it, its images, and data that is no text", () => {
  const { of } = open()
  const updates = of({
    type: "agent.settled",
    call: call("c", "look"),
    answer: {
      success: true,
      data: { count: 3 },
      images: [{ mime: "image/png", data: "AA==" }],
      outcome: "degraded",
      degraded: ["made up"],
      seam: "s1"
    }
  })
  expect(updates).toMatchObject([
    { sessionUpdate: "tool_call", title: "look", status: "pending" },
    {
      status: "completed",
      rawOutput: { count: 3 },
      content: [
        { content: { text: expect.stringContaining("made up") } },
        { content: { text: expect.stringContaining("3") } },
        { content: { type: "image", mimeType: "image/png" } }
      ],
      _meta: { kintsugi: { outcome: "degraded", degraded: ["made up"], seam: "s1" } }
    }
  ])
})

test("a verified task's report is said, a reply that was heard already is not said again", () => {
  const { of } = open()
  const said = { role: "assistant" as const, content: [{ type: "text" as const, text: "All done." }], model: "m/x" }
  of({ type: "agent.text", delta: "All " })
  expect(of({ type: "agent.said", message: said })).toMatchObject([{ content: { text: "done." } }])
  expect(of({ type: "agent.replied", text: "All done.", verified: false, messages: [], spent })).toEqual([])
  expect(of({ type: "agent.replied", text: "Report.", verified: true, messages: [], spent })).toMatchObject([
    { content: { text: "Report." } }
  ])
})

test("a plan that is taken away leaves none, and a step that failed says so", () => {
  const { of } = open()
  const settled = (plan: unknown): ReturnType<typeof of> =>
    of({ type: "agent.settled", call: call("c", "view_plan"), answer: { success: true, data: { plan } } })
  const steps = [
    { id: "1", text: "one", state: "failed" },
    { id: "2", text: "two", state: "running" },
    { id: "3", text: "three", state: "done" }
  ]
  expect(settled({ goal: "g", steps }).at(-1)).toEqual({
    sessionUpdate: "plan",
    entries: [
      { content: "one (failed)", priority: "medium", status: "pending" },
      { content: "two", priority: "medium", status: "in_progress" },
      { content: "three", priority: "medium", status: "completed" }
    ]
  })
  expect(settled(null).at(-1)).toEqual({ sessionUpdate: "plan", entries: [] })
})
