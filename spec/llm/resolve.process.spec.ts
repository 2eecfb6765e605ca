import { execFileSync } from "node:child_process"
import { createServer, type IncomingHttpHeaders, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { openModel, type LlmSettings } from "../../llm/resolve.ts"
import { collect } from "./fakes.ts"

interface Seen {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly model: unknown
}

let server: Server
let base = ""
let seen: Array<Seen> = []

/** Remembers what it is asked, and refuses it. */
beforeAll(async () => {
  server = createServer((request, response) => {
    let body = ""
    request.on("data", (piece) => (body += piece))
    request.on("end", () => {
      seen.push({ path: request.url!, headers: request.headers, model: JSON.parse(body).model })
      response.writeHead(401, { "content-type": "application/json" }).end('{"error":{"message":"no"}}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => new Promise((resolve) => server.close(resolve)))
beforeEach(() => {
  seen = []
})

const settings: LlmSettings = { fallback: [], timeout: 10, idle_timeout: 10, max_retries: 3 }

const call = async (id: string, llm: Partial<LlmSettings>, env: Record<string, string> = {}) => {
  const model = await openModel(id, { llm: { ...settings, ...llm }, protocol: "native", env, cwd: "." })
  return Effect.runPromise(collect(model))
}

describe("what a server sees", () => {
  it("is of what the user configured nothing, when the provider is one that is not registered here", async () => {
    const acme = {
      id: "acme",
      name: "Acme",
      baseUrl: `${base}/{OPENAI_API_KEY}`,
      dialect: "openai-chat" as const,
      env: ["ACME_KEY"],
      models: []
    }
    const llm = { ...settings, model: "acme/one", base_url: "http://127.0.0.1:9", api_key: "for another" }
    const env = { ACME_KEY: "its-own", OPENAI_API_KEY: "secret" }
    const model = await openModel("acme/team/one", { llm, protocol: "native", env, cwd: ".", providers: [acme] })
    expect(await Effect.runPromise(collect(model))).toMatchObject({
      failure: { provider: "Acme", message: expect.stringMatching(/ACME_KEY(?!.*llm\.api_key)/) }
    })
    expect(seen).toMatchObject([
      { path: expect.stringMatching(/OPENAI_API_KEY.*\/chat\/completions$/), model: "team/one" }
    ])
    expect(seen[0]?.headers.authorization).toBe("Bearer its-own")
  })

  it("is the model's name without the provider, at the provider's path, with the key of its variable", async () => {
    const result = await call(
      "azure/team/gpt",
      {},
      { AZURE_OPENAI_BASE_URL: `${base}/openai/v1`, AZURE_API_KEY: "second" }
    )
    expect(seen).toMatchObject([{ path: "/openai/v1/responses", model: "team/gpt", headers: { "api-key": "second" } }])
    expect(result).toMatchObject({ failure: { provider: "Azure OpenAI", reason: { kind: "unauthorized" } } })
    expect(result).toMatchObject({
      failure: { message: expect.stringMatching(/AZURE_OPENAI_API_KEY or AZURE_API_KEY or llm\.api_key/) }
    })
  })

  it.each([
    { id: "openai/m", variable: "OPENAI_BASE_URL", key: "OPENAI_API_KEY", path: "/v1/responses" },
    { id: "anthropic/m", variable: "ANTHROPIC_BASE_URL", key: "ANTHROPIC_API_KEY", path: "/v1/messages" },
    { id: "litellm/m", variable: "LITELLM_PROXY_API_BASE", key: "LITELLM_PROXY_API_KEY", path: "/v1/chat/completions" }
  ])("is at the address of $variable", async ({ id, variable, key, path }) => {
    await call(id, {}, { [variable]: `${base}/v1`, [key]: "own" })
    expect(seen).toMatchObject([{ path, headers: { authorization: "Bearer own" } }])
  })

  it("is llm.base_url with llm.api_key before everything else", async () => {
    await call("groq/llama", { base_url: `${base}/v1`, api_key: "own" }, { GROQ_API_KEY: "environment" })
    expect(seen).toMatchObject([{ path: "/v1/chat/completions", headers: { authorization: "Bearer own" } }])
  })

  it("is no key where there is none", async () => {
    await call("openai-compatible/local", { base_url: `${base}/v1` })
    expect(seen[0]!.headers).not.toHaveProperty("authorization")
  })

  it("is the older wire for servers compatible with Anthropic", async () => {
    await call("anthropic-compatible/m", { base_url: base, api_key: "own" })
    expect(seen).toMatchObject([
      { path: "/v1/messages", headers: { "x-api-key": "own", "anthropic-version": "2023-06-01" } }
    ])
  })

  it("is never the key of one provider at the address of another", async () => {
    const away = { AZURE_OPENAI_BASE_URL: `${base}/azure`, AZURE_API_KEY: "azure" }
    await call("azure/m", { model: "groq/llama", base_url: `${base}/groq`, api_key: "groq" }, away)
    expect(seen).toMatchObject([{ path: "/azure/responses", headers: { "api-key": "azure" } }])
  })

  it("is never that in a fallback either", async () => {
    const away = { AZURE_OPENAI_BASE_URL: `${base}/azure`, AZURE_API_KEY: "azure" }
    await call("groq/llama", { fallback: ["azure/m"], base_url: `${base}/groq`, api_key: "groq" }, away)
    expect(seen).toMatchObject([
      { path: "/groq/chat/completions", headers: { authorization: "Bearer groq" } },
      { path: "/azure/responses", headers: { "api-key": "azure" } }
    ])
  })
})

describe("resolve.ts", () => {
  it("loads no SDK, parser, schema or stream library by itself", () => {
    const program = `
      import { registerHooks } from "node:module"
      const loaded = []
      registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
      await import(${JSON.stringify(new URL("../../llm/resolve.ts", import.meta.url).href)})
      console.log(JSON.stringify(loaded))`
    const loaded = JSON.parse(
      execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" })
    ) as Array<string>
    expect(loaded.length).toBeGreaterThan(5)
    expect(
      loaded.filter((url) =>
        /node_modules\/(openai|@anthropic-ai|zod|yaml)\/|effect\/dist\/(Stream|Schema|Effect)\.js/.test(url)
      )
    ).toEqual([])
    expect(loaded.filter((url) => /models\.jsonl|\/dialects\//.test(url))).toEqual([])
  })
})
