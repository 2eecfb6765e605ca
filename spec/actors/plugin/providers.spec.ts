import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { offersOf } from "../../../actors/plugin/providers.ts"
import type { PluginProvider } from "../../../plugins/extensions.ts"
import { definePlugin } from "../../../plugins/plugin.ts"
import { chat } from "../../llm/dialects/speakers.ts"
import { wireServer } from "../../llm/wire-server.ts"
import { makeStage } from "../stage.ts"

const stage = makeStage()

const acme = (more: Partial<PluginProvider> = {}): PluginProvider => ({
  id: "acme",
  name: "Acme",
  baseUrl: "http://127.0.0.1:9/v1",
  dialect: "openai-chat",
  env: [],
  models: [{ id: "one", contextWindow: 2000, price: { input: 3, output: 2 } }],
  ...more
})

const usage = { input: 1_000_000, output: 500_000, cacheRead: 0, cacheWrite: 0 }

const bringing = (name: string, ...providers: ReadonlyArray<PluginProvider>) =>
  definePlugin({ name, registerProviders: () => providers })

/** A server that says hello, and the address of its API. */
const greeting = async () => {
  const server = await wireServer()
  server.answer = { body: chat.say({ text: "hello from acme", usage }) }
  return server
}

describe("a provider of a plugin", () => {
  it("serves a session, at its price, with a key of its own", async () => {
    await using server = await greeting()
    const provider = acme({ baseUrl: `${server.url}/v1`, env: ["ACME_KEY"] })
    const env = { ACME_KEY: "its-own", OPENAI_API_KEY: "another" }
    const settings = { llm: { api_key: "another", base_url: "http://127.0.0.1:9" } }
    const { session } = await stage.open("acme/one", [bringing("acme", provider)], settings, { env })
    expect(await session.ask("hi")).toMatchObject({
      type: "agent.replied",
      text: "hello from acme",
      spent: { cost: 4 }
    })
    expect(session.view().modelInfo).toMatchObject({ contextWindow: 2000 })
    expect(server.received.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ["/v1/chat/completions", "Bearer its-own"]
    ])
  })

  it("is waited for when only its plugin's code can say that there is one", async () => {
    await using server = await greeting()
    const module = join(stage.folder(), "acme.ts")
    const provider = JSON.stringify(acme({ baseUrl: `${server.url}/v1` }))
    const loading = "await new Promise((resolve) => setTimeout(resolve, 500))"
    await writeFile(module, `${loading}; export default { name: "acme", registerProviders: () => [${provider}] }`)
    // A session does not wait for it that long.
    const { session, runtime } = await stage.open("acme/one", [module], { plugins: { hook_timeout: 0.1 } })
    expect(await session.ask("hi")).toMatchObject({ type: "agent.replied", text: "hello from acme" })
    await expect(runtime.open().then((other) => other.ask("hi"))).resolves.toMatchObject({ text: "hello from acme" })
  })

  it("is not there once its plugin is switched off", async () => {
    await using server = await greeting()
    const { session, runtime } = await stage.open("acme/one", [bringing("acme", acme({ baseUrl: `${server.url}/v1` }))])
    expect(await session.ask("hi")).toMatchObject({ type: "agent.replied" })
    await runtime.plugins.disable("acme")
    expect(await session.ask("hi")).toMatchObject({
      type: "agent.failed",
      failure: { message: expect.stringContaining('no provider "acme"') }
    })
  })

  it("is not used where it clashes, which its plugin's state says", async () => {
    const { session, runtime } = await stage.open(
      "acme/one",
      [
        bringing("taker", acme({ id: "openai" })),
        bringing("thief", acme({ id: "cheap", env: ["ANTHROPIC_API_KEY"] })),
        bringing("first", acme()),
        bringing("second", acme({ baseUrl: "http://127.0.0.1:10/v1" }))
      ],
      { llm: { max_retries: 0 } }
    )
    const end = await session.ask("hi")
    expect(end).toMatchObject({ type: "agent.failed", failure: { message: expect.stringContaining("Acme") } })
    const reasons = Object.fromEntries(
      runtime.plugins.list().map(({ name, state, reason }) => [name, `${state}: ${reason}`])
    )
    expect(reasons).toMatchObject({
      taker: "degraded: its provider openai is not used: there is a provider openai already; it needs another id",
      thief: expect.stringMatching(
        /^degraded: its provider cheap is not used: ANTHROPIC_API_KEY is a variable of anthropic/
      ),
      first: "healthy: ",
      second: "degraded: its provider acme is not used: plugin first brings a provider acme already"
    })
  })
})

it("knows of each provider whose it is, and why it is not used", () => {
  const offers = offersOf([
    { name: "a", providers: [acme(), acme({ id: "scripted" })] },
    { name: "b", providers: [acme(), acme({ id: "other" })] }
  ])
  expect(offers.map(({ plugin, provider, problem }) => [plugin, provider.id, problem])).toEqual([
    ["a", "acme", undefined],
    ["a", "scripted", "there is a provider scripted already; it needs another id"],
    ["b", "acme", "plugin a brings a provider acme already"],
    ["b", "other", undefined]
  ])
})
