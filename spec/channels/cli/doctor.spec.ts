import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { afterEach, beforeEach, expect, it } from "vitest"
import { makeWorld, type World } from "../../actors/world.ts"
import { wireServer } from "../../llm/wire-server.ts"
import { commandLine } from "./in-process.ts"

let world: World
beforeEach(() => {
  world = makeWorld()
})
afterEach(() => world.remove())

const canary = "Zeisig.Stieglitz.Gimpel"

/** Findings about keys, providers, addresses and the model, by name; servers of this machine are none of the spec's. */
const doctor = async (args: ReadonlyArray<string>, env: Record<string, string>) => {
  const { code, out, err } = await commandLine(world)(["doctor", "--json", ...args], { env })
  expect(out + err).not.toContain(canary)
  const findings = JSON.parse(out) as ReadonlyArray<{ name: string; ok: boolean; detail: string }>
  const ours = findings.filter(({ name }) => /^(key|live|providers|stored|model|address)/.test(name))
  return { code, found: Object.fromEntries(ours.map(({ name, ok, detail }) => [name, `${ok ? "✓" : "✗"} ${detail}`])) }
}

const store = (keys: object, mode = 0o600): void => {
  const file = join(world.home, ".local/share/kintsugi/auth.json")
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, JSON.stringify(keys), { mode })
}

it("keys are told by name, and that nobody was asked", async () => {
  store({ groq: { key: `!echo ${canary}` }, openai: { key: canary } })
  const env = { OPENAI_API_KEY: canary, HF_TOKEN: canary, KINTSUGI_LLM_MODEL: "openai/gpt-5.5" }
  expect(await doctor([], env)).toEqual({
    code: 0,
    found: {
      model: "✓ openai/gpt-5.5 (llm.model in the configuration)",
      "key openai": "✓ OPENAI_API_KEY, then the store",
      "key groq": "✓ the store (a command)",
      "key huggingface": "✓ HF_TOKEN; set for other purposes, too, so it chooses no model",
      providers: "✓ none was asked; --live sends one small request to each of these"
    }
  })
})

it("a key that is missing and a store that cannot be used are failures", async () => {
  store({ openai: { key: canary } }, 0o644)
  const { code, found } = await doctor([], { KINTSUGI_LLM_MODEL: "openai/gpt-5.5" })
  expect([code, found["key openai"]]).toEqual([1, "✗ missing; set OPENAI_API_KEY, or run kintsugi auth login openai"])
  expect(found["stored keys"]).toMatch(/^✗ .*chmod 600/)
})

it("with --live the address and key of the configuration go to the chosen provider alone", async () => {
  await using server = await wireServer()
  server.answer = { status: 400, headers: { "content-type": "application/json" }, body: "{}" }
  const { found } = await doctor(["--live"], {
    ANTHROPIC_API_KEY: "a-key",
    OPENAI_API_KEY: "o-key",
    OPENAI_BASE_URL: `${server.url}/openai`,
    KINTSUGI_LLM_BASE_URL: `${server.url}/mine`,
    KINTSUGI_LLM_API_KEY: "c-key"
  })
  expect(found["key anthropic"]).toBe("✓ llm.api_key (KINTSUGI_LLM_API_KEY), then ANTHROPIC_API_KEY")
  const sent = server.received.map(({ path, headers }) => `${path} ${headers.authorization}`)
  expect(sent.toSorted()).toEqual(["/mine/v1/messages Bearer c-key", "/openai/responses Bearer o-key"])
})

it("with --live each configured provider is asked once, and what it says is told without the key", async () => {
  await using server = await wireServer()
  const ok = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: "ok" }, finish_reason: "length" }] })}\n\ndata: [DONE]\n\n`
  server.answerTo = ({ path, headers }) =>
    path.startsWith("/good")
      ? { body: ok }
      : {
          status: path.startsWith("/down") ? 503 : 401,
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ error: headers.authorization })
        }
  store({ bad: { key: `!echo ${canary}`, address: `${server.url}/bad` } })
  const provider = (name: string, more: string) => `${name}: { base_url: "${server.url}/${name}", ${more} }`
  const own = [
    provider("good", "api_key: some-key-of-mine"),
    provider("bad", "dialect: anthropic, env: [BAD_KEY]"),
    provider("down", "api_key: key-of-down"),
    provider("idle", "api_key: another-key")
  ]
  const models = 'model: "good/m", fallback: ["bad/n", "down/d", "scripted/rehearsal"], max_retries: 5'
  world.write(world.userFile, `llm: { ${models}, providers: { ${own.join(", ")} } }\n`)
  const { code, found } = await doctor(["--live"], {})
  expect(code).toBe(1)
  expect(found).toMatchObject({
    "key good": "✓ llm.providers.good.api_key",
    "key bad": "✓ the store (a command)",
    "live good/m": expect.stringMatching(/^✓ answered in \d+ ms$/),
    "live bad/n": expect.stringMatching(/^✗ bad refused the key.*\[key\]/),
    "live down/d": expect.stringMatching(/^✗ down is not available \(status 503\)/),
    "live idle": "✓ not asked: no model of it is configured (llm.model)"
  })
  expect(found).not.toHaveProperty("providers")
  const asked = server.received.map(({ path, body }) => [path, JSON.parse(body)] as const)
  expect(asked.map(([path]) => path).toSorted()).toEqual([
    "/bad/v1/messages",
    "/down/chat/completions",
    "/good/chat/completions"
  ])
  for (const [, body] of asked)
    expect([body.max_tokens ?? body.max_completion_tokens, body.tools]).toEqual([16, undefined])
})

it("names a model to fall back on that nobody serves", async () => {
  world.write(world.userFile, "llm: { model: openai/gpt-5.5, fallback: [opnai/gpt-5.5, scripted/rehearsal] }\n")
  const { code, found } = await doctor([], { OPENAI_API_KEY: canary })
  expect([code, found["model opnai/gpt-5.5"]]).toEqual([1, expect.stringMatching(/^✗ there is no such provider;/)])
  expect(Object.keys(found).filter((name) => name.startsWith("model "))).toHaveLength(1)
})

it("names what the address of a model still lacks", async () => {
  world.write(world.userFile, "llm: { model: azure/mine, fallback: [azure-foundry/x] }\n")
  const lacking = await doctor([], { AZURE_API_KEY: canary, AZURE_FOUNDRY_RESOURCE: "here" })
  expect(lacking.found["address azure"]).toMatch(/^✗ the address of Azure OpenAI is not known; set AZURE_RESOURCE_NAME/)
  expect(lacking.found).not.toHaveProperty("address azure-foundry")
  const moved = await doctor([], { AZURE_API_KEY: canary, KINTSUGI_LLM_BASE_URL: "http://127.0.0.1:9" })
  expect(moved.found).not.toHaveProperty("address azure")
  expect(moved.found).toHaveProperty("address azure-foundry")
})
