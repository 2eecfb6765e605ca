/** What stands before the conversation in each request of a session: a provider's cache holds as long as it stays as it was. */
import * as Effect from "effect/Effect"
import { describe, expect, it, vi } from "vitest"
import type { Runtime } from "../../actors/runtime.ts"
import { steady } from "../../actors/tool/steady.ts"
import type { Offered } from "../../actors/tool/order.ts"
import { chat } from "../llm/dialects/speakers.ts"
import { type WireServer, wireServer } from "../llm/wire-server.ts"
import { played } from "./played-model.ts"
import { answersOf, broken, makeStage, plugin, tool } from "./stage.ts"

const { open } = makeStage()

const usage = { input: 10, output: 2, cacheRead: 0, cacheWrite: 0 }

/** Makes a call, and says so in the next reply. */
const calling = (server: WireServer, name: string) => {
  server.answer = { body: chat.say({ calls: [{ id: `call_${name}`, name, json: "{}" }], usage }) }
}
const talking = (server: WireServer) => {
  server.answer = { body: chat.say({ text: "done", usage }) }
}

const toolsIn = (body: string): ReadonlyArray<string> =>
  JSON.parse(body).tools.map(({ function: { name } }: { function: { name: string } }) => name)

/** All of a request that stands before what came since the one before. */
const prefixOf = (body: string, messages: number): string => {
  const { tools, messages: all, ...rest } = JSON.parse(body)
  return JSON.stringify({ rest, tools, messages: all.slice(0, messages) })
}

const conversation = async (act: (runtime: Runtime) => Promise<unknown>) => {
  const server = await wireServer()
  const shaky = plugin("shaky", [
    tool("shaky", () => {
      talking(server)
      return broken()
    })
  ])
  const late = plugin("early_in_order", [tool("late", () => "it is here")])
  const more = plugin("more", [tool("more", () => "more")])
  const stage = await open(
    "openai-compatible/m",
    [late, shaky, more],
    {
      llm: { base_url: `${server.url}/v1`, max_retries: 0 },
      plugins: { disabled: ["early_in_order"] },
      healing: { tool_restarts: { max: 0, seconds: 60 }, plugin_restarts: { max: 0, seconds: 60 } }
    },
    { env: { OPENAI_COMPATIBLE_API_KEY: "k", OPENAI_API_KEY: "k" } }
  )
  calling(server, "shaky")
  expect(await stage.session.ask("go")).toMatchObject({ type: "agent.replied" })
  await act(stage.runtime)
  expect(await stage.session.ask("again")).toMatchObject({ type: "agent.replied" })
  await server[Symbol.asyncDispose]()
  return { ...stage, bodies: server.received.map(({ body }) => body) }
}

describe("the beginning of a session's requests", () => {
  it("is the same to the letter when a tool crashes and its plugin is taken out of use", async () => {
    const { bodies, notices } = await conversation((runtime) =>
      vi.waitUntil(() => runtime.health().plugins.shaky === "quarantined")
    )
    const messages = bodies.map((body) => JSON.parse(body).messages.length as number)
    expect(bodies).toHaveLength(3)
    for (const at of [1, 2])
      expect(prefixOf(bodies[at]!, messages[at - 1]!)).toBe(prefixOf(bodies[at - 1]!, messages[at - 1]!))
    expect(answersOf(notices)).toMatchObject([{ success: false, outcome: "contained" }])
  })

  it("has what comes later behind what was there, and keeps the rest in its place", async () => {
    const { bodies } = await conversation((runtime) => runtime.plugins.enable("early_in_order"))
    const [first, , third] = bodies.map(toolsIn)
    expect(third).toEqual([...(first ?? []), "late"])
  })

  it("loses only what the user takes away", async () => {
    const { bodies } = await conversation((runtime) => runtime.plugins.disable("more"))
    const [first, , third] = bodies.map(toolsIn)
    expect(third).toEqual(first?.filter((name) => name !== "more"))
  })
})

describe("a tool that is gone", () => {
  it("or whose plugin has lost what it requires stays in its place", async () => {
    const base = plugin("base", [tool("base", broken)])
    const needy = plugin("needy", [tool("needy", () => "here")], { requires: ["base"] })
    const model = played([
      { calls: [{ id: "a", name: "base" }] },
      "one",
      { calls: [{ id: "b", name: "needy" }] },
      "two"
    ])
    const { runtime, session } = await open(model, [needy, base], {
      healing: { tool_restarts: { max: 0, seconds: 60 }, plugin_restarts: { max: 0, seconds: 60 } }
    })
    await session.ask("go")
    await vi.waitUntil(() => runtime.health().plugins.base === "quarantined")
    await session.ask("again")
    expect(model.requests[3]?.tools).toEqual(model.requests[0]?.tools)
  })

  it("is offered as long as nobody has taken it away, in the order in which it came", () => {
    const offered = (name: string): [string, Offered] => [
      name,
      { tool: tool(name, () => name), from: { plugin: "spec", brings: {} }, settle: () => Effect.never }
    ]
    let now = new Map([offered("a"), offered("b")])
    const taken = new Set<unknown>()
    const tools = steady(
      () => now,
      (one) => taken.has(one)
    )
    const names = () => [...tools().keys()]
    expect(names()).toEqual(["a", "b"])
    now = new Map([offered("c"), offered("b")])
    expect(names()).toEqual(["a", "b", "c"])
    const renewed = offered("b")
    now = new Map([renewed])
    expect(tools().get("b")).toBe(renewed[1])
    taken.add(tools().get("a"))
    expect(names()).toEqual(["b", "c"])
    now = new Map([offered("a"), renewed])
    expect(names()).toEqual(["b", "c", "a"])
  })
})
