import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { listModels } from "../../../channels/cli/models.ts"
import { run as runCommand } from "../../../channels/cli/main.ts"
import { lookUp, modelsOf, sources } from "../../../llm/catalog/catalog.ts"
import { chat } from "../../llm/dialects/speakers.ts"
import { wireServer, type WireServer } from "../../llm/wire-server.ts"
import { kintsugi, type Place, place } from "../../program.ts"
import { heardIo } from "./heard.ts"

const usage = { input: 1_000_000, output: 500_000, cacheRead: 0, cacheWrite: 0 }

describe("a provider that an installed plugin registers", () => {
  it("serves run, and then stands among the models and providers, marked with its plugin", async () => {
    await using at = await place()
    await using server = await wireServer()
    server.answer = { body: chat.say({ text: "hello from acme", usage }) }
    const folder = join(at.home, ".config/kintsugi/plugins")
    await mkdir(folder, { recursive: true })
    const provider = {
      id: "acme",
      name: "Acme",
      baseUrl: `${server.url}/v1`,
      dialect: "openai-chat",
      env: ["ACME_KEY"],
      models: [{ id: "one", contextWindow: 32_000, price: { input: 3, output: 2 } }, { id: "two" }]
    }
    const providers = JSON.stringify([provider, { ...provider, id: "openai" }])
    await writeFile(join(folder, "acme.ts"), `export default { name: "acme", registerProviders: () => ${providers} }`)
    const env = { ACME_KEY: "its-own" }

    const run = await kintsugi(at, ["run", "-m", "acme/one", "--output", "json", "hi"], { env })
    expect(run).toMatchObject({ code: 0, stderr: expect.stringContaining("its provider openai is not used") })
    expect(JSON.parse(run.stdout)).toMatchObject({ final_answer: "hello from acme", cost: 4 })

    const said = async (...args: ReadonlyArray<string>) => {
      const io = { ...heardIo(), env: { ...at.env, ...env }, cwd: at.cwd }
      expect(await runCommand(args, io, "0")).toBe(0)
      return io.out()
    }
    const rows = (await said("models", "acme")).trimEnd().split("\n")
    expect(rows.map((row) => row.split(/ {2,}/))).toEqual([
      ["model", "context", "output", "in $/M", "out $/M", "cached $/M", "can"],
      ["acme/one", "32k", "?", "3", "2", "-", "[plugin acme]"],
      ["acme/two", "?", "?", "?", "?", "?", "[plugin acme]"]
    ])
    expect(JSON.parse(await said("models", "acme", "--json"))[0]).toMatchObject({ id: "acme/one", plugin: "acme" })
    const last = (await said("providers")).trimEnd().split("\n").slice(-2)
    expect(last.map((row) => row.split(/ {2,}/))).toEqual([
      ["acme", "Acme", "same dialect, unverified", "found: ACME_KEY", `from plugin acme, at ${server.url}/v1`],
      [
        "openai",
        "Acme",
        expect.anything(),
        expect.anything(),
        expect.stringMatching(/^from plugin acme, .*; not used: there is a provider openai/)
      ]
    ])
    const listed: ReadonlyArray<{ id: string }> = JSON.parse(await said("providers", "--json"))
    expect(listed.at(-2)).toMatchObject({ id: "acme", ready: true, plugin: "acme" })
  })
})

describe("kintsugi models", () => {
  let at: Place
  let server: WireServer
  beforeEach(async () => {
    ;[at, server] = [await place(), await wireServer()]
    // Nobody listens where servers usually are.
    server.answer = { status: 404 }
  })
  afterEach(async () => {
    await at[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  const json = (value: unknown) => ({ headers: { "content-type": "application/json" }, body: JSON.stringify(value) })
  const configure = async (text: string) => {
    await mkdir(join(at.home, ".config/kintsugi"), { recursive: true })
    await writeFile(join(at.home, ".config/kintsugi/config.yaml"), text)
  }
  /** Rows as their words, without the head. */
  const rowsOf = (out: string) =>
    out
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((row) => row.split(/ {2,}/))
  const models = async (args: ReadonlyArray<string>, env: Record<string, string> = {}) => {
    const io = { ...heardIo(), env: { ...at.env, OLLAMA_HOST: server.url, ...env }, cwd: at.cwd }
    const code = await runCommand(["models", ...args], io, "0")
    return { code, out: io.out(), err: io.err(), rows: rowsOf(io.out()) }
  }

  it("lists those of providers that have a key, in columns, and says where the numbers come from", async () => {
    const { code, out, err, rows } = await models([], { OPENAI_API_KEY: "k" })
    expect(code).toBe(0)
    expect(rows.every(([id]) => id?.startsWith("openai/"))).toBe(true)
    expect(rows).toContainEqual(["openai/gpt-4.1", "1M", "32.8k", "2", "8", "0.5", "tools images"])
    const [tiered] = modelsOf("openai").filter((name) => lookUp("openai", name).price?.tiers !== undefined)
    expect(rows.find(([id]) => id === `openai/${tiered}`)?.[3]).toMatch(/^[\d.]+\+$/)
    const lines = out.trimEnd().split("\n")
    const columns = lines.map((line) => line.indexOf(line.split(/ {2,}/)[6] ?? "", line.indexOf("  ")))
    expect(new Set(columns).size).toBe(1)
    for (const { source, version, date } of sources()) expect(err).toContain(`${source} ${version} of ${date}`)
    expect(server.received.every(({ path }) => path.startsWith("/api/"))).toBe(true)
  })

  it("says what to do where there are none", async () => {
    const { code, out, err } = await models([])
    expect({ code, out }).toEqual({ code: 0, out: "" })
    expect(err).toMatch(/^No provider has a key, and no server answers on this machine; kintsugi providers/)
    expect((await models(["cohere"])).err).toMatch(/^Nothing is known of the models of cohere; any name works/)
  })

  it("finds by any part of a name, what could be used first", async () => {
    const { rows } = await models(["sonnet 5.5"], { OPENROUTER_API_KEY: "k" })
    expect(rows.length).toBeGreaterThan(2)
    const ids = rows.map(([id = ""]) => id)
    for (const id of ids) expect(id).toMatch(/sonnet.*5.*5/)
    expect(ids).toContain("anthropic/claude-sonnet-5-5")
    const others = ids.findIndex((id) => !id.startsWith("openrouter/"))
    expect(others).toBeGreaterThan(0)
    expect(ids.slice(others).some((id) => id.startsWith("openrouter/"))).toBe(false)
    expect((await models(["deepseek"])).rows.every(([id]) => id?.startsWith("deepseek/"))).toBe(true)
  })

  it.each([
    ["opnai", /^no provider and no model is called "opnai"; did you mean openai/],
    // Letters that stand in this order in many an id.
    ["nope", /^no provider and no model is called "nope"; did you mean/],
    ["zzzzzzzz", /kintsugi providers lists those that there are/]
  ])("of %s says that there is none", async (filter, message) => {
    const { code, out, err } = await models([filter])
    expect({ code, out }).toEqual({ code: 2, out: "" })
    expect(err.replace(/^kintsugi: /, "")).toMatch(message)
  })

  it("shows what the user says of models, and the user's own providers", async () => {
    await configure(`
llm:
  providers: { office: { base_url: "http://127.0.0.1:9/v1", env: [OFFICE_KEY] } }
  models:
    office/a: { price: { input: 1.5, output: 2, cache_read: 0.25 }, tools: false }
    openai/gpt-5.5: { context_window: 1000 }
`)
    const { rows } = await models([], { OFFICE_KEY: "k" })
    expect(rows).toEqual([
      ["office/a", "?", "?", "1.5", "2", "0.25", "(no tools: text protocol) [llm.models: price, tools]"]
    ])
    const [model] = JSON.parse((await models(["openai/gpt-5.5", "--json"])).out)
    expect(model).toMatchObject({
      id: "openai/gpt-5.5",
      source: "catalogue",
      contextWindow: 1000,
      price: { input: lookUp("openai", "gpt-5.5").price?.input },
      set: ["contextWindow"]
    })
    expect((await models([])).rows).toEqual([])
  })

  it("shows those of a server on this machine, free of charge, without being told of it", async () => {
    server.answerTo = ({ path }) =>
      path === "/api/tags"
        ? json({ models: ["a:1b", "b:120b-cloud"].map((name) => ({ name, digest: "d", size: 5 })) })
        : path === "/api/show"
          ? json({ capabilities: ["completion", "tools"], parameters: "num_ctx 6000" })
          : undefined
    expect((await models([])).rows).toEqual([
      ["ollama/a:1b", "6k", "?", "0", "0", "-", "tools"],
      ["ollama/b:120b-cloud", "6k", "?", "?", "?", "?", "tools"]
    ])
    await configure(`llm: { model: "ollama/a:1b", base_url: "${server.url}/v1" }`)
    const [moved] = (await models([], { OLLAMA_HOST: "127.0.0.1:9" })).rows
    expect(moved?.slice(3, 5)).toEqual(["?", "?"])
  })

  it("asks providers at the user's word only, keeps what they say, and names those that say nothing", async () => {
    await configure(`
llm:
  providers:
    office: { base_url: "${server.url}/v1", env: [OFFICE_KEY] }
    other: { base_url: "${server.url}/other", env: [OFFICE_KEY] }
`)
    const env = { OFFICE_KEY: "the-key" }
    server.answerTo = ({ path }) => (path === "/v1/models" ? json({ data: [{ id: "new\u001b[31m" }] }) : undefined)
    expect((await models(["office"], env)).rows).toEqual([])
    const asked = () => server.received.filter(({ path }) => path.endsWith("/models"))
    expect(asked()).toEqual([])

    const fresh = await models(["--refresh"], env)
    expect(fresh.code).toBe(0)
    expect(fresh.err).toMatch(/^other could not be asked for its models: it answered with status 404\n/)
    expect(fresh.rows).toEqual([["office/new", "?", "?", "?", "?", "?", "[listed by the provider]"]])
    expect(asked().map(({ headers }) => headers.authorization)).toEqual(["Bearer the-key", "Bearer the-key"])

    expect((await models(["office"], env)).rows).toEqual(fresh.rows)
    expect(asked()).toHaveLength(2)
    expect((await models(["other", "--refresh"], env)).code).toBe(1)
    // At another address it is another provider.
    await configure(`llm: { providers: { office: { base_url: "${server.url}/v2" } } }`)
    expect((await models(["office"], env)).rows).toEqual([])
  })

  it("are what the picker of the chat offers, with what they cost and can", async () => {
    const io = { ...heardIo(), env: { ...at.env, OLLAMA_HOST: server.url, OPENAI_API_KEY: "k" }, cwd: at.cwd }
    const listed = await listModels(io)
    expect(listed).toContainEqual({ id: "openai/gpt-4.1", note: "1M · $2 in, $8 out · tools images" })
    expect(listed).toContainEqual({ id: "openai/gpt-4", note: "8.2k · $30 in, $60 out · tools" })
  })
})
