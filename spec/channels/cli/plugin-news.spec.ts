import { afterEach, expect, it } from "vitest"
import { conduct } from "../../../channels/cli/run.ts"
import type { ToolCall } from "../../../llm/message.ts"
import type { AgentNotice } from "../../../machines/events.ts"
import type { PlanView, StepState } from "../../../plugins/plan-view.ts"
import type { Answer } from "../../../plugins/tool.ts"
import { end, heardIo, telling } from "./heard.ts"

// `run` is the last thing of its process and does not tidy up behind itself.
afterEach(() => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.removeAllListeners(signal)
})

const nasty = "a\u001b]0;owned\u0007b\u001b[2Jc"
const call = (name: string, id = "c"): ToolCall => ({ type: "call", id, name, input: {} })
const settled = (answer: Answer, name = "t"): AgentNotice => ({ type: "agent.settled", call: call(name), answer })

/** What `run` says on standard error, without its last two lines. */
const toldOf = async (...notices: ReadonlyArray<AgentNotice>): Promise<ReadonlyArray<string>> => {
  const io = heardIo()
  await conduct(io, telling([...notices, end]), "go", "text")
  return io.err().split("\n").slice(0, -3)
}

const failed: Answer = {
  success: false,
  errorClass: "execution_error",
  error: "exit code 1",
  advice: [
    { plugin: "node", diagnosis: `no lock ${nasty}`, fixes: ["run npm install", "use\nnode 24"] },
    { plugin: "silent", diagnosis: "", fixes: ["ask somebody"] }
  ]
}

it("what plugins know of a failure stands below the error, in text and in json", async () => {
  expect(await toldOf(settled(failed))).toEqual([
    "✗ exit code 1",
    "    node: no lock abc",
    "      → run npm install",
    "      → use node 24",
    "    silent advises:",
    "      → ask somebody"
  ])
  const io = heardIo()
  const said: AgentNotice = {
    type: "agent.said",
    message: { role: "assistant", model: "m", content: [call("t")] }
  }
  await conduct(io, telling([said, settled(failed), end]), "go", "json")
  expect(JSON.parse(io.out()).steps[0].observation.advice).toEqual([
    { plugin: "node", diagnosis: "no lock abc", fixes: ["run npm install", "use node 24"] },
    { plugin: "silent", diagnosis: "", fixes: ["ask somebody"] }
  ])
})

it("advice that is no advice is not told, and harms nothing", async () => {
  const advice = [null, { plugin: 1, fixes: "x" }, "text"] as unknown as NonNullable<Answer["advice"]> // a stranger's
  expect(await toldOf(settled({ success: false, error: "broken", advice }))).toEqual(["✗ broken"])
})

it("a plan is a line when it is new, and one for each step that changes", async () => {
  const plan = (goal: string, ...states: ReadonlyArray<StepState>): PlanView => ({
    goal,
    steps: states.map((state, at) => ({ id: `${at}`, text: `step ${at} ${nasty}`, state }))
  })
  const answered = (view: PlanView | null, success = true) => settled({ success, summary: "ok", data: { plan: view } })
  const lines = await toldOf(
    answered(plan("mend it", "pending", "pending")),
    answered(plan("mend it", "running", "pending")),
    answered(plan("mend it", "running", "pending")),
    answered(plan("mend it", "done", "failed"), false),
    answered(null),
    answered(plan("mend it", "pending"))
  )
  expect(lines.filter((line) => !/^[✓✗]/.test(line))).toEqual([
    "plan: mend it (2 steps)",
    "  ▶ 1/2 step 0 abc",
    "  ☑ 1/2 step 0 abc",
    "  ✗ 2/2 step 1 abc",
    "plan: mend it (1 step)"
  ])
})

it("subagents are told: what a running one does, when one in the background starts and ends", async () => {
  const background = { type: "agent.background", id: "b1", description: nasty } as const
  const result = { session: "b1", end: "failed" as const, text: `no ${nasty}`, tokens: 1 }
  expect(
    await toldOf(
      { type: "agent.acting", call: call("task", "t1") },
      { type: "agent.acting", call: call("execute_bash", "t2") },
      { type: "agent.progressed", callId: "t1", text: `read_file ${nasty}\nglob x\n` },
      { type: "agent.progressed", callId: "t2", text: "a command's output is not repeated" },
      { ...background, state: "running" },
      { ...background, state: "failed", result },
      { type: "agent.stalled", seconds: 90, doing: "thinking" }
    )
  ).toEqual([
    "→ task",
    "→ execute_bash",
    "  · read_file abc",
    "  · glob x",
    "◇ background agent abc has started",
    "✗ background agent abc: failed",
    "no abc",
    "no sign of life for 90 s (thinking)"
  ])
})
