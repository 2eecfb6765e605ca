/** What an agent can say about itself, as its tools tell it. */
import { expect, it } from "vitest"
import type { AgentCard } from "../../plugins/ports.ts"
import { played } from "./played-model.ts"
import { answersOf, broken, makeStage, plugin, tool } from "./stage.ts"

const stage = makeStage()

it("is what is so now: model, permissions, tools, plugins with what is wrong, what they say it can do", async () => {
  const cards: Array<AgentCard> = []
  const mirror = plugin(
    "mirror",
    [
      tool("look", async (_, { agents }) => {
        cards.push(await agents.about())
        return "looked"
      })
    ],
    { capabilities: () => ["Look\n into a mirror.", "", "x".repeat(500)] }
  )
  const vain = plugin("vain", [], {
    capabilities: broken,
    onTurnStart: () => {
      throw new Error("no mirror, sk-abcdefghijklmnop")
    }
  })
  const names = ["look", "about_me", "get_heartbeat_status", "look"]
  const plays = names.map((name, n) => ({ calls: [{ id: `c${n}`, name, input: {} }] }))
  const before = Date.now()
  const { session, notices } = await stage.open(played([...plays, "done"]), [mirror, vain], {
    plugins: { disabled: ["context"] }
  })
  await session.ask("go")
  const card = cards.at(-1)
  expect(card).toMatchObject({ session: session.id, model: "played/one", permissions: "auto", cwd: session.view().cwd })
  expect(card?.parent).toBeUndefined()
  expect(card?.startedAt).toBeGreaterThanOrEqual(before)
  expect(card?.tools).toContainEqual({ name: "look", description: "A tool." })
  expect(card?.tools.map(({ name }) => name)).not.toContain("context")
  expect(card?.plugins).toContainEqual({ name: "files", state: "healthy", reason: "" })
  expect(card?.plugins.find(({ name }) => name === "vain")).toMatchObject({ state: "degraded" })
  expect(card?.plugins.find(({ name }) => name === "context")).toMatchObject({ state: "disabled" })
  expect(card?.capabilities).toContain("Look into a mirror.")
  expect(card?.capabilities.every((line) => line !== "" && line.length <= 200)).toBe(true)
  expect(card?.heartbeat).toMatchObject([{ session: session.id, state: "acting", stalled: false }])

  const [, about, alive] = answersOf(notices)
  expect(about?.summary).toMatch(/^played\/one, \d+ tools, broken: vain$/)
  for (const line of [
    "Model: played/one",
    "Permissions: auto",
    "Broken plugins:\n- vain is degraded: its ",
    "Plugins not in use:\n- context is disabled: ",
    "- Look into a mirror."
  ])
    expect(about?.data).toContain(line)
  expect(alive?.data).toMatch(
    new RegExp(`^session ${session.id} \\(this one\\): acting, last sign of life \\d+ s ago\\nplugin vain: degraded$`)
  )
  expect(alive?.summary).toBe("1 session, 0 stalled")
})
