/** An agent's workflow tested without a model and without a network: `node --test agent.test.ts`. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { createRuntime, defineTool, definePlugin, replyOf, scripted } from "kintsugi"

const prices = new Map([["tea", 3]])

const priceOf = defineTool({
  name: "price_of",
  description: "The price of a thing in the shop, in euros.",
  risk: "read",
  input: { type: "object", properties: { thing: { type: "string" } }, required: ["thing"] },
  execute: ({ thing }: { thing: string }) => String(prices.get(thing) ?? "we have none")
})

test("the shop's agent looks a price up before it answers", async () => {
  const model = await scripted({
    rules: [
      {
        when: "what is (\\w+)",
        turns: [{ calls: [{ tool: "price_of", input: { thing: "{{1}}" } }] }, { text: "I have looked up {{1}}." }]
      }
    ]
  })
  await using runtime = await createRuntime({
    model,
    env: {},
    plugins: [definePlugin({ name: "shop", tools: [priceOf] })]
  })
  await using session = await runtime.open({ unattended: true })
  const answers: Array<unknown> = []
  session.events.subscribe((notice) => {
    if (notice.type === "agent.settled") answers.push(notice.answer.data)
  })
  assert.equal(replyOf(await session.ask("What is tea?")), "I have looked up tea.")
  assert.deepEqual(answers, ["3"])
})
