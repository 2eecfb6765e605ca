/** A session and its subagents work with the same notes and the same plan. */
import { expect, it } from "vitest"
import { byMessage, task } from "../subagents/scripted.ts"
import { answersOf, makeStage } from "../stage.ts"

const stage = makeStage()

const context = (input: Record<string, unknown>) => ({ tool: "context", input })

it("what the one notes the other reads, down to the second level; its card says who began it", async () => {
  const model = byMessage({
    "^begin$": [
      { calls: [context({ action: "save", key: "door", text: "blue" })] },
      { calls: [{ tool: "plan_task", input: { goal: "paint", steps: [{ title: "the door" }] } }] },
      { calls: [task("first", { tools: ["context", "execute_plan", "about_me", "task"] })] },
      { calls: [context({ action: "read", key: "window" }), { tool: "view_plan", input: {} }] },
      { text: "done" }
    ],
    "^first$": [
      {
        calls: [
          context({ action: "read", key: "door" }),
          { tool: "execute_plan", input: {} },
          { tool: "about_me", input: {} }
        ]
      },
      { calls: [task("second", { tools: ["context"] })] },
      { text: "painted" }
    ],
    "^second$": [{ calls: [context({ action: "save", key: "window", text: "green" })] }, { text: "painted" }]
  })
  const { session, notices } = await stage.open(model, [])
  expect(await session.ask("begin")).toMatchObject({ type: "agent.replied" })
  const read = (from: string) =>
    model.requests
      .filter(({ messages }) => JSON.stringify(messages[0]).includes(from))
      .at(-1)
      ?.messages.flatMap((message) => (message.role === "tool" ? [JSON.stringify(message.content)] : []))
  expect(read("first")?.[0]).toContain("blue")
  expect(read("first")?.[2]).toContain(`begun by session ${session.id} for a task of its own`)
  const [window, plan] = answersOf(notices).slice(-2)
  expect(window).toMatchObject({ success: true, data: "green" })
  expect(plan).toMatchObject({ data: { plan: { steps: [{ text: "the door", state: "running" }] } } })
})
