import { once } from "node:events"
import { createServer, type AddressInfo } from "node:net"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { ModelErrorReason } from "../../llm/model-error.ts"
import { retryAfter } from "../../llm/retry-after.ts"
import { because, disconnection, refusal } from "../../llm/wire-error.ts"

const caller = { provider: "Spec", variables: ["SPEC_API_KEY"], secrets: ["a-very-secret-value"] }
const reason = (
  status: number | undefined,
  body: unknown,
  headers: Record<string, string> = {},
  provider = "Spec"
): ModelErrorReason =>
  refusal(
    { ...caller, provider },
    { ...(status === undefined ? {} : { status }), headers: new Headers(headers), body },
    0
  ).reason
const openai = (message: string, code: string | number | null = null, type = "invalid_request_error") =>
  JSON.stringify({ error: { message, type, code } })

describe("a conversation that is too long", () => {
  it.each([
    ["Anthropic", 400, "prompt is too long: 213462 tokens > 200000 maximum"],
    ["Anthropic", 400, "input length and `max_tokens` exceed context limit: 190000 + 64000 > 200000"],
    ["Anthropic", 413, "Request exceeds the maximum size"],
    ["OpenAI", 400, "Your input exceeds the context window of this model."],
    ["Gemini", 400, "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."],
    ["Vertex", 400, "Request contains an input token count is 1200000 but model only supports up to 1048576."],
    ["xAI", 400, "This model's maximum prompt length is 131072 but the request contains 140000 tokens."],
    ["Groq", 400, "Please reduce the length of the messages or completion."],
    ["OpenRouter", 400, "This endpoint's maximum context length is 131072 tokens."],
    ["Together", 400, "The input (9000 tokens) is longer than the model's context length (8192 tokens)."],
    ["llama.cpp", 400, "the request exceeds the available context size, try increasing it"],
    ["llama.cpp", 500, "the request exceeds the available context size, try increasing it"],
    [
      "Ollama",
      400,
      "the prompt is longer than the context length currently available to the model, try a larger num_ctx"
    ],
    ["Ollama's cloud", 400, "prompt too long; exceeded max context length by 1234 tokens"],
    ["LM Studio", 400, "The number of tokens to keep from the initial prompt is greater than the context length."],
    ["Copilot", 400, "prompt token count of 140000 exceeds the limit of 128000"],
    ["MiniMax", 400, "invalid params, context window exceeds limit"],
    ["Kimi", 400, "Invalid request: Your request exceeded model token limit: 131072"],
    [
      "Mistral",
      400,
      "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length"
    ],
    ["DashScope", 400, "Range of input length should be [1, 98304]"],
    ["Bedrock", 400, "Input is too long for requested model."]
  ])("is told as %s says it (%i)", (provider, status, message) => {
    expect(reason(status, openai(message), {}, provider)).toEqual({ kind: "context_overflow" })
  })

  it("is told by its code alone, also inside a stream", () => {
    expect(reason(400, openai("no", "context_length_exceeded"))).toEqual({ kind: "context_overflow" })
    expect(reason(undefined, { message: "no", code: "context_length_exceeded" })).toEqual({ kind: "context_overflow" })
  })

  it("is told by Cerebras with no word at all, and by nobody else", () => {
    expect(reason(400, "", {}, "Cerebras")).toEqual({ kind: "context_overflow" })
    expect(reason(400, "")).toEqual({ kind: "refused", status: 400 })
  })

  it("is not a throttle that speaks of tokens", () => {
    const inAMinute = "Prompt tokens exceeds the limit of 40000 tokens per minute"
    expect(reason(429, openai(inAMinute))).toEqual({ kind: "rate_limited" })
    expect(
      reason(429, JSON.stringify({ message: "ThrottlingException: Too many tokens, please wait before trying again." }))
    ).toEqual({ kind: "rate_limited" })
    const perMinute =
      "Rate limit reached for gpt-x on tokens per min (TPM): Limit 30000, Requested 40000. Please try again in 1.5s. You can increase your limit at https://platform.openai.com/account/billing."
    expect(reason(429, openai(perMinute, "rate_limit_exceeded", "tokens"))).toEqual({
      kind: "rate_limited",
      retryAfter: 1_500
    })
  })
})

describe("an account that is used up", () => {
  it.each([
    [429, openai("You exceeded your current quota, please check your plan and billing details.", "insufficient_quota")],
    [
      400,
      JSON.stringify({
        type: "error",
        error: { type: "invalid_request_error", message: "Your credit balance is too low to access the Anthropic API." }
      })
    ],
    [402, JSON.stringify({ error: { message: "Insufficient Balance" } })],
    [402, ""],
    [429, JSON.stringify({ error: { code: 429, message: "Your prepayment credits are depleted." } })],
    [429, JSON.stringify({ error: { code: "1308", message: "used up, resets at 12:00" } })],
    [
      429,
      JSON.stringify({ type: "error", error: { type: "GoUsageLimitError", message: "Monthly usage limit reached" } })
    ],
    [403, JSON.stringify({ error: { message: "This request requires more credits, or fewer max_tokens." } })],
    [undefined, { code: "insufficient_quota", message: "You exceeded your current quota" }]
  ])("is not waited for: %s %s", (status, body) => {
    expect(reason(status, body, { "retry-after": "5" })).toEqual({ kind: "quota_exceeded" })
  })

  it("is not one whose minute is used up, which Gemini tells in the same words", () => {
    const said = {
      error: {
        code: 429,
        status: "RESOURCE_EXHAUSTED",
        message: "You exceeded your current quota, please check your plan and billing details.",
        details: [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "36s" }]
      }
    }
    expect(reason(429, JSON.stringify([said]))).toEqual({ kind: "rate_limited", retryAfter: 36_000 })
  })
})

describe("other refusals", () => {
  it.each<[string, number | undefined, unknown, ModelErrorReason]>([
    [
      "a bad key, told as a bad request",
      400,
      openai("API key not valid. Please pass a valid API key."),
      { kind: "unauthorized" }
    ],
    ["a bad key inside a stream", undefined, { type: "authentication_error", message: "no" }, { kind: "unauthorized" }],
    [
      "a model that is not there, told as a bad request",
      400,
      openai("The model `x` does not exist", "model_not_found"),
      { kind: "not_found" }
    ],
    [
      "Bedrock's unknown model",
      400,
      JSON.stringify({ message: "The provided model identifier is invalid." }),
      { kind: "not_found" }
    ],
    ["a country", 403, openai("Country, region, or territory not supported"), { kind: "refused", status: 403 }],
    ["a flagged text", 403, openai("Your input was flagged"), { kind: "filtered" }],
    [
      "Azure's filter",
      400,
      openai("The response was filtered due to the prompt triggering our content management policy.", "content_filter"),
      { kind: "filtered" }
    ],
    [
      "OpenAI's rule of use",
      400,
      openai("Invalid prompt: your prompt was flagged as potentially violating our usage policy.", "invalid_prompt"),
      { kind: "filtered" }
    ],
    [
      "DashScope's inspection, inside a stream",
      undefined,
      { code: "data_inspection_failed", message: "Output data may contain inappropriate content." },
      { kind: "filtered" }
    ],
    ["a wrong method", 405, "<html>", { kind: "not_found" }],
    ["a lock", 409, "", { kind: "unavailable", status: 409 }],
    [
      "a call that Gemini could not read",
      undefined,
      { error: { status: "MALFORMED_FUNCTION_CALL", message: "default_api.read_file(" } },
      { kind: "truncated" }
    ],
    [
      "a call that the server could not read",
      400,
      openai("Failed to call a function.", "tool_use_failed"),
      { kind: "truncated" }
    ],
    [
      "overload inside a stream",
      undefined,
      { type: "error", error: { type: "overloaded_error", message: "Overloaded" } },
      { kind: "unavailable" }
    ],
    [
      "a gateway's error with a status inside",
      undefined,
      { code: 502, message: "Provider returned error" },
      { kind: "unavailable", status: 502 }
    ],
    [
      "a wrong request inside a stream",
      undefined,
      { code: "invalid_prompt", message: "no" },
      { kind: "refused", status: 400 }
    ],
    ["a missing file", 400, openai("no such file", "image_file_not_found"), { kind: "refused", status: 400 }],
    ["something unknown inside a stream", undefined, { odd: true }, { kind: "unavailable" }]
  ])("%s", (_, status, body, expected) => {
    expect(reason(status, body)).toEqual(expected)
  })

  it("follow a server that knows whether another try helps", () => {
    expect(reason(400, "", { "x-should-retry": "true" })).toEqual({ kind: "unavailable", status: 400 })
    expect(reason(500, "", { "x-should-retry": "false" })).toEqual({ kind: "refused", status: 500 })
    expect(reason(429, "", { "x-should-retry": "false" })).toEqual({ kind: "quota_exceeded" })
    expect(reason(429, "", { "x-should-retry": "true" })).toEqual({ kind: "rate_limited" })
  })
})

describe("the detail", () => {
  const detail = (body: unknown) => refusal(caller, { status: 400, body }, 0).detail

  it.each([
    [openai("told plainly"), "told plainly"],
    [JSON.stringify({ error: "told shortly" }), "told shortly"],
    [JSON.stringify({ detail: "told by FastAPI" }), "told by FastAPI"],
    [JSON.stringify({ message: "told by AWS" }), "told by AWS"],
    [
      JSON.stringify({ error: { message: "Provider returned error", metadata: { raw: "told by who knows" } } }),
      "told by who knows"
    ],
    ["told without JSON", "told without JSON"]
  ])("is found in %s", (body, told) => {
    expect(detail(body)).toBe(told)
  })

  it("holds no key, is one line and not long", () => {
    const told = detail(
      "a-very-secret-value\n  sk-proj-Abc123Def456 sk-live***************wxyz AIzaSyA1234567890abcdefghijk\tBearer opaque.token hf_abcdefghijk xai-0123456789 " +
        "eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl " +
        "x".repeat(900)
    )
    expect(told).toMatch(/^\[key\] \[key\] \[key\] \[key\] Bearer \[key\] \[key\] \[key\] \[key\] x+…$/)
    expect(told?.length).toBeLessThan(510)
  })

  it("can be absent", () => {
    expect(because(caller, { kind: "truncated" }).detail).toBeUndefined()
    expect(detail("")).toBeUndefined()
  })
})

describe("an exception on the way", () => {
  const wrapped = (code: string) =>
    new Error("Connection error.", {
      cause: new TypeError("fetch failed", { cause: Object.assign(new Error("deep"), { code }) })
    })

  it.each<[string, unknown, boolean, ModelErrorReason]>([
    ["no connection", wrapped("ECONNREFUSED"), false, { kind: "unavailable" }],
    ["a cut one", new TypeError("terminated"), true, { kind: "truncated" }],
    ["an event that is no JSON", new SyntaxError("Unexpected token"), true, { kind: "truncated" }],
    ["Node's own clocks", wrapped("UND_ERR_CONNECT_TIMEOUT"), false, { kind: "timed_out", phase: "connect" }],
    ["Node's own clocks", wrapped("UND_ERR_HEADERS_TIMEOUT"), false, { kind: "timed_out", phase: "connect" }],
    ["Node's own clocks", wrapped("UND_ERR_BODY_TIMEOUT"), true, { kind: "timed_out", phase: "idle" }],
    [
      "no address",
      Object.assign(new TypeError("Invalid URL"), { code: "ERR_INVALID_URL" }),
      false,
      { kind: "not_found" }
    ],
    ["no error at all", "odd", false, { kind: "unavailable" }]
  ])("%s", (_, thrown, begun, expected) => {
    expect(disconnection(caller, thrown, begun).reason).toEqual(expected)
  })

  it("that nobody answers is told as a server that does not run, on this machine and not elsewhere", async () => {
    const refused = (address: string, code = "ECONNREFUSED") => Object.assign(new Error("x"), { code, address })
    const stopped = (root: unknown) =>
      disconnection(caller, new TypeError("fetch failed", { cause: root }), false).message.includes("start it")
    expect(["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"].map((one) => stopped(refused(one)))).toEqual(
      Array(4).fill(true)
    )
    expect(stopped(new AggregateError([refused("::1"), refused("127.0.0.1")]))).toBe(true)
    expect(["10.0.0.1", "::12"].map((one) => stopped(refused(one)))).toEqual([false, false])
    expect([stopped(refused("127.0.0.1", "ECONNRESET")), stopped(new AggregateError([]))]).toEqual([false, false])

    const server = createServer().listen(0, "127.0.0.1")
    await once(server, "listening")
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, "close")
    const thrown: unknown = await fetch(`http://127.0.0.1:${port}`).catch((error: unknown) => error)
    const { message, retryable } = disconnection(caller, thrown, false)
    expect([message, retryable]).toEqual([
      `Spec is not running on this machine; start it, or check its address (connect ECONNREFUSED 127.0.0.1:${port})`,
      true
    ])
  })

  it("is told by its root", () => {
    expect(disconnection(caller, wrapped("ECONNREFUSED"), false).detail).toBe("deep")
  })
})

describe("how long to wait", () => {
  const now = Date.parse("Wed, 21 Oct 2026 07:27:00 GMT")
  const wait = (headers: Record<string, string>, text = "") => retryAfter(new Headers(headers), text, now)

  it.each([
    [{ "retry-after": "120" }, "", 120_000],
    [{ "retry-after": "1.5" }, "", 1_500],
    [{ "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT" }, "", 60_000],
    [{ "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" }, "", 0],
    [{ "retry-after": "5", "retry-after-ms": "250" }, "", 250],
    [{}, "Please try again in 7m12.5s.", 432_500],
    [{}, "Please try again in 850ms.", 850],
    [{}, "retry in 1h2m", 3_720_000],
    [{}, '{"retryDelay": "36s"}', 36_000],
    [{ "retry-after": "soon 1" }, "", undefined],
    [{ "retry-after": "-1" }, "", undefined],
    [{}, "Please try again later.", undefined],
    [{}, "", undefined]
  ])("is %j %j: %s", (headers, text, expected) => {
    expect(wait(headers, text)).toBe(expected)
  })

  it("is a length of time or unknown, whatever is said", () => {
    const words = fc.oneof(
      fc.string(),
      fc.string().map((tail) => `try again in ${tail}`),
      fc.stringMatching(/^try again in [\d.hms]{0,9}$/)
    )
    fc.assert(
      fc.property(words, fc.stringMatching(/^[ -~]*$/), (text, header) => {
        const told = wait({ "retry-after": header }, text)
        expect(told === undefined || (Number.isFinite(told) && told >= 0)).toBe(true)
      })
    )
  })
})
