import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { chooseLocal, type LocalModel, type LocalServer, localServers, loopback } from "../../../llm/local/servers.ts"
import { type Answer, wireServer, type WireServer } from "../wire-server.ts"

let server: WireServer
beforeEach(async () => {
  server = await wireServer()
})
afterEach(() => server[Symbol.asyncDispose]())

const json = (value: unknown): Answer => ({
  headers: { "content-type": "application/json; charset=utf-8" },
  body: JSON.stringify(value)
})

/** Answers by path, and by the model of the body; everything else is not found. */
const says = (answers: Readonly<Record<string, unknown>>): void => {
  server.answerTo = ({ path, body }) => {
    const wanted: unknown = body === "" ? undefined : JSON.parse(body).model
    const value = answers[wanted === undefined ? path : `${path} ${String(wanted)}`]
    return value === undefined ? { status: 404 } : json(value)
  }
}

const every = ["ollama", "lmstudio", "llama.cpp", "vllm"]

/** All four kinds look at the one server. */
const found = (env = {}, model?: string, patience = 10_000) =>
  localServers({ env, model, patience, addresses: Object.fromEntries(every.map((kind) => [kind, server.url])) })

describe("a server on this machine is told by what it says, with what it knows of its models:", () => {
  const tags = [
    { name: "coder:30b", size: 18e9, digest: "a" },
    { name: "eyes:latest", size: 2e9, digest: "b" },
    { name: "embedder:latest", size: 1e8, digest: "c" },
    { name: "small:1b", size: 1e9, digest: "d" },
    { name: "huge:cloud", size: 300, digest: "e" }
  ]
  const architecture = (length: number) => ({ "general.architecture": "q", "q.context_length": length })
  const ollama = {
    "/api/tags": { models: tags },
    "/api/ps": { models: [{ name: "eyes:latest", context_length: 4096 }] },
    "/api/show coder:30b": { capabilities: ["completion", "tools"], model_info: architecture(262_144) },
    "/api/show eyes:latest": {
      capabilities: ["completion", "vision", "thinking"],
      parameters: 'stop "x"\nnum_ctx    8192',
      model_info: architecture(131_072)
    },
    "/api/show embedder:latest": { capabilities: ["embedding"] },
    "/api/show small:1b": { model_info: architecture(2048) },
    "/api/show huge:cloud": { capabilities: ["completion", "tools"], model_info: architecture(131_072) }
  }

  it("Ollama", async () => {
    says(ollama)
    const no = { images: false, reasoning: false }
    expect(await found({ OLLAMA_API_KEY: "secret" })).toEqual([
      {
        provider: "ollama",
        name: "Ollama",
        origin: server.url,
        models: [
          // The window that is asked for, not the one that would fill the machine.
          { name: "coder:30b", bytes: 18e9, loaded: false, contextWindow: 32_768, ...no, tools: true },
          {
            name: "eyes:latest",
            bytes: 2e9,
            loaded: true,
            contextWindow: 8192,
            tools: false,
            images: true,
            reasoning: true
          },
          { name: "small:1b", bytes: 1e9, loaded: false, contextWindow: 2048 },
          { name: "huge:cloud", bytes: 300, loaded: false, contextWindow: 131_072, ...no, tools: true }
        ]
      }
    ])
    for (const { headers } of server.received) expect(JSON.stringify(headers)).not.toContain("secret")
  })

  it("Ollama, of one model only, with or without its tag", async () => {
    says(ollama)
    const [one] = await found({}, "eyes")
    expect(one?.models.map(({ name }) => name)).toEqual(["eyes:latest"])
    expect(server.received.filter(({ path }) => path === "/api/show").length).toBe(1)
    expect(
      await localServers({ env: {}, only: ["vllm"], addresses: { ollama: server.url, vllm: server.url } })
    ).toEqual([])
  })

  it("LM Studio since 0.4", async () => {
    const model = { type: "llm", key: "a/b", size_bytes: 5, max_context_length: 9000, loaded_instances: [] }
    says({
      "/api/v1/models": {
        models: [
          { ...model, capabilities: { vision: false, trained_for_tool_use: true } },
          { ...model, key: "c", loaded_instances: [{ id: "c", config: { context_length: 4000 } }] },
          { ...model, key: "e", type: "embedding" }
        ]
      }
    })
    const [one, ...others] = await found()
    expect(others).toEqual([])
    expect(one).toMatchObject({ provider: "lmstudio", name: "LM Studio" })
    expect(one?.models).toEqual([
      { name: "a/b", bytes: 5, loaded: false, contextWindow: 9000, tools: true, images: false },
      { name: "c", bytes: 5, loaded: true, contextWindow: 4000 }
    ])
  })

  it("LM Studio before that", async () => {
    const model = { id: "a", object: "model", type: "llm", state: "not-loaded", max_context_length: 9000 }
    says({
      "/api/v0/models": {
        object: "list",
        data: [
          { ...model, capabilities: ["tool_use"] },
          { ...model, id: "b", type: "vlm", state: "loaded", loaded_context_length: 4000, capabilities: [] },
          { ...model, id: "c", type: "embeddings" }
        ]
      }
    })
    const [one] = await found()
    expect(one?.provider).toBe("lmstudio")
    expect(one?.models).toEqual([
      { name: "a", loaded: false, contextWindow: 9000, tools: true, images: false },
      { name: "b", loaded: true, contextWindow: 4000, tools: false, images: true }
    ])
  })

  it("llama.cpp", async () => {
    says({
      "/v1/models": { object: "list", data: [{ id: "q.gguf", owned_by: "llamacpp", meta: { n_ctx_train: 40_000 } }] },
      "/props": {
        default_generation_settings: { n_ctx: 8000 },
        chat_template_caps: { supports_tools: true },
        modalities: { vision: false }
      }
    })
    const [one, ...others] = await found()
    expect(others).toEqual([])
    expect(one?.provider).toBe("llama.cpp")
    expect(one?.models).toEqual([{ name: "q.gguf", loaded: true, contextWindow: 8000, tools: true, images: false }])
  })

  it("vLLM", async () => {
    says({ "/v1/models": { object: "list", data: [{ id: "a/b", owned_by: "vllm", max_model_len: 5000 }] } })
    const [one, ...others] = await found()
    expect(others).toEqual([])
    expect(one?.provider).toBe("vllm")
    expect(one?.models).toEqual([{ name: "a/b", loaded: true, contextWindow: 5000 }])
  })
})

describe("any other server is none:", () => {
  it.each<readonly [string, Answer]>([
    ["a page", { headers: { "content-type": "text/html" }, body: "<h1>hello</h1>" }],
    ["JSON that calls itself a page", { headers: { "content-type": "text/html" }, body: '{"models":[]}' }],
    ["a refusal", { ...json({ data: [{ id: "a", owned_by: "vllm" }] }), status: 401 }],
    ["broken JSON", { ...json({}), body: '{"models":[' }],
    ["a cut connection", { ...json({}), body: '{"mod', ending: "cut" }],
    ["somebody else's models", json({ object: "list", data: [{ id: "a", owned_by: "me", state: 1 }] })],
    ["other things called models", json({ models: [{ name: "T", wheels: 4 }] })],
    ["things that are no objects", json({ models: ["a", null], data: [1] })],
    ["nothing but a list", json([{ name: "a", digest: "b" }])],
    ["more than anybody has", json({ models: [{ name: "a", digest: "b".repeat(3_000_000) }] })]
  ])("%s", async (_, answer) => {
    server.answer = answer
    expect(await found()).toEqual([])
    expect(server.received.length).toBeGreaterThan(0)
  })

  it("one that sends us on to another, who is not asked", async () => {
    await using other = await wireServer()
    other.answer = json({ models: [] })
    server.answer = { status: 307, headers: { location: `${other.url}/api/tags` } }
    expect(await found()).toEqual([])
    expect(other.received).toEqual([])
  })

  it("whatever it answers, nothing is thrown", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.constantFrom("models", "data"), async (value, name) => {
        server.answer = json({ [name]: [value], ...(typeof value === "object" ? value : {}) })
        expect(Array.isArray(await found())).toBe(true)
      }),
      { numRuns: 15 }
    )
  })

  it("one that does not answer is not waited for", async () => {
    server.answer = { ending: "silent" }
    expect(await found({}, undefined, 50)).toEqual([])
  })

  it("one that nobody runs", async () => {
    const { url } = server
    await server[Symbol.asyncDispose]()
    expect(await localServers({ env: {}, only: ["vllm"], addresses: { vllm: url } })).toEqual([])
    server = await wireServer()
  })
})

it("servers are looked for where their variables say, on this machine only", async () => {
  expect(loopback("0.0.0.0:11434")).toBe("http://127.0.0.1:11434")
  expect(loopback(":9")).toBe("http://127.0.0.1:9")
  expect(loopback("localhost:9/v1")).toBe("http://localhost:9")
  expect(loopback("[::1]:11434")).toBe("http://[::1]:11434")
  for (const away of [
    "gpu.lan:11434",
    "https://ollama.com",
    "http://127.0.0.1.evil.com:1",
    "http://localhost@evil.com",
    "x y"
  ])
    expect(loopback(away), away).toBeUndefined()

  says({ "/api/tags": { models: [] } })
  const only = ["ollama"]
  const at = (OLLAMA_HOST: string) => localServers({ env: { OLLAMA_HOST }, only, patience: 10_000 })
  expect(await at(server.url.slice("http://".length))).toHaveLength(1)
  expect(await at("gpu.lan:1")).toEqual([])
})

describe("the model to begin with is", () => {
  const on = (...models: ReadonlyArray<LocalModel>): LocalServer => ({
    provider: "ollama",
    name: "Ollama",
    origin: "http://127.0.0.1:11434",
    models
  })

  it.each<readonly [string, ReadonlyArray<LocalModel>, string | undefined]>([
    [
      "the biggest",
      [
        { name: "a", bytes: 1 },
        { name: "b", bytes: 3 },
        { name: "c", bytes: 2 }
      ],
      "b"
    ],
    [
      "one that is loaded",
      [
        { name: "a", bytes: 9 },
        { name: "b", bytes: 1, loaded: true }
      ],
      "b"
    ],
    [
      "one that is known to call tools",
      [
        { name: "a", bytes: 9 },
        { name: "b", bytes: 1, tools: true }
      ],
      "b"
    ],
    ["not one that cannot", [{ name: "a", bytes: 9, loaded: true, tools: false }, { name: "b" }], "b"],
    ["unless there is no other", [{ name: "a", tools: false }], "a"],
    [
      "never one that runs elsewhere",
      [{ name: "a:120b-cloud", tools: true, bytes: 9 }, { name: "b:cloud" }],
      undefined
    ],
    ["the first where nothing tells them apart", [{ name: "a" }, { name: "b" }], "a"],
    ["none where there is none", [], undefined]
  ])("%s", (_, models, name) => {
    expect(chooseLocal([on(), on(...models)])?.id).toBe(name && `ollama/${name}`)
  })

  it("given with its reason, and how to keep it", () => {
    expect(chooseLocal([on({ name: "a" })])).toEqual({
      id: "ollama/a",
      reason: "found Ollama on this machine; kintsugi config set llm.model ollama/a keeps it"
    })
  })
})
