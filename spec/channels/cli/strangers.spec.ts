/** Whole tasks through the real command against a model server that nobody here wrote. */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { type ChatCompletionRequest, type ChatMessage, type JournalBody, LLMock } from "@copilotkit/aimock"
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest"
import { kintsugi, place } from "../../program.ts"

const wrong = "let [a, b] = [0, 1]\nfor (let i = 0; i < 8; i++) { process.stdout.write(`${a} `); [a, b] = [b, a] }\n"
const expected = "0 1 1 2 3 5 8 13"

/** What the model asks for, one entry a request: write, run, see the mistake, mend it, run again, finish. */
const turns = [
  {
    content: "I'll write it.",
    toolCalls: [{ name: "write_file", arguments: JSON.stringify({ path: "fib.mjs", content: wrong }) }]
  },
  { toolCalls: [{ name: "execute_bash", arguments: JSON.stringify({ command: "node fib.mjs" }) }] },
  {
    content: "It swaps where it should add.",
    toolCalls: [
      {
        name: "edit_file",
        arguments: JSON.stringify({ path: "fib.mjs", old_string: "[b, a] }", new_string: "[b, a + b] }" })
      },
      { name: "execute_bash", arguments: JSON.stringify({ command: "node fib.mjs" }) }
    ]
  },
  {
    toolCalls: [
      {
        name: "task_done",
        arguments: JSON.stringify({
          summary: "fib.mjs prints the sequence.",
          files: ["fib.mjs"],
          command: `node fib.mjs | grep -q '${expected}'`
        })
      }
    ]
  }
]

/** Under the names that aimock has for all of them. */
const usage = { prompt_tokens: 11, completion_tokens: 3, input_tokens: 11, output_tokens: 3 }

/** Two calls at once, whose answers must find their calls again, and a last word. */
const calls = ["a", "b"].map((name) => ({
  name: "write_file",
  arguments: JSON.stringify({ path: `${name}.txt`, content: `${name}: Gefäß 🏺` })
}))

/** The one server of all tasks below: what it says depends on what it was asked, and on how many answers it has heard. */
const server = new LLMock({ port: 0, chunkSize: 7 })

const whenAsked = (task: string, heard: number, answer: object): void => {
  const isNext = ({ messages }: ChatCompletionRequest): boolean =>
    messages.some(({ role, content }) => role === "user" && JSON.stringify(content).includes(task)) &&
    messages.filter(({ role }) => role === "tool").length === heard
  server.on({ predicate: isNext }, { ...answer, usage })
}

const task = "Create a script that prints the Fibonacci sequence"

beforeAll(async () => {
  turns.reduce((heard, turn) => {
    whenAsked(task, heard, turn)
    return heard + turn.toolCalls.length
  }, 0)
  whenAsked("Write two files", 0, { content: "I'll write them.", toolCalls: calls })
  whenAsked("Write two files", 2, { content: "Both are written." })
  await server.start()
})
afterAll(() => server.stop())

const configured = (model: string, base: string) => ({
  KINTSUGI_LLM_BASE_URL: `${server.url}${base}`,
  KINTSUGI_LLM_API_KEY: "sk-test",
  KINTSUGI_LLM_MODEL: model
})

/** What of its journal was asked of one model. It keeps names as they stand in the path. */
const askedOf = (model: string) => {
  const name = model.slice(model.indexOf("/") + 1)
  return server.getRequests().filter(({ body }) => decodeURIComponent(String(body?.model)) === name)
}

it("a whole task: written, run, mended, verified", async () => {
  await using at = await place()
  const model = "openai/gpt-5.4"
  const env = configured(model, "/v1")
  const { code, stdout, stderr } = await kintsugi(at, ["run", task, "-y", "--output", "json"], { env })
  expect(`${code} ${stdout}`, stderr).toMatch(/^0 /)

  const report = JSON.parse(stdout)
  expect(report).toMatchObject({ status: "done", verified: true, model })
  expect(report.steps.map((step: { action: { tool: string } }) => step.action.tool)).toEqual([
    "write_file",
    "execute_bash",
    "edit_file",
    "execute_bash",
    "task_done"
  ])
  expect(report.steps[1].observation.data).not.toContain(expected)
  expect(report.steps[3].observation.data).toContain(expected)
  expect(report.usage).toMatchObject({ input: 11 * turns.length, output: 3 * turns.length })
  expect(await readFile(join(at.cwd, "fib.mjs"), "utf8")).toContain("[b, a + b]")
  expect(askedOf(model).map(({ path }) => path)).toEqual(turns.map(() => "/v1/responses"))
})

/** In aimock's words, into which it reads each API's own: a body that it could not read so has no such messages. */
const spokenIn = (body: JournalBody | null): ReadonlyArray<ChatMessage> =>
  ((body?.messages ?? []) as ReadonlyArray<ChatMessage>).filter(({ role }) => role !== "system")

/** No Claude: aimock breaks at the marks for the prompt cache that Claude's tools carry. */
const bedrockModel = "us.amazon.nova-2-lite-v1:0"

it.concurrent.each([
  { dialect: "Chat Completions", model: "openai-compatible/some-model", base: "/v1", path: "/v1/chat/completions" },
  { dialect: "Responses", model: "openai/gpt-5.5", base: "/v1", path: "/v1/responses" },
  { dialect: "Messages", model: "anthropic/claude-sonnet-5-5", base: "", path: "/v1/messages" },
  {
    dialect: "Gemini",
    model: "google/gemini-3-pro",
    base: "/v1beta",
    path: "/v1beta/models/gemini-3-pro:streamGenerateContent?alt=sse"
  },
  { dialect: "Cohere", model: "cohere/command-a-03-2025", base: "", path: "/v2/chat" },
  // It has no ids for calls, and never counts.
  { dialect: "Ollama", model: "ollama/qwen3", base: "", path: "/api/chat", isPoor: true },
  {
    dialect: "Converse",
    model: `amazon-bedrock/${bedrockModel}`,
    base: "",
    path: `/model/${encodeURIComponent(bedrockModel)}/converse-stream`
  }
])("a task over $dialect: two calls, and their answers beside them", async ({ model, base, path, isPoor = false }) => {
  await using at = await place()
  const env = configured(model, base)
  const { code, stdout, stderr } = await kintsugi(at, ["run", "Write two files", "-y", "--output", "json"], { env })
  expect(`${code} ${stdout}`, stderr).toMatch(/^0 /)

  const report = JSON.parse(stdout)
  expect(report).toMatchObject({ status: "done", model, final_answer: "Both are written." })
  expect(report.usage).toMatchObject(isPoor ? {} : { input: 22, output: 6 })
  for (const name of ["a", "b"]) expect(await readFile(join(at.cwd, `${name}.txt`), "utf8")).toBe(`${name}: Gefäß 🏺`)

  const asked = askedOf(model)
  expect(asked.map((request) => `${request.path} ${request.response.status}`)).toEqual([`${path} 200`, `${path} 200`])
  const said = spokenIn(asked[1]?.body ?? null)
  // Some APIs take the calls of one message apart.
  const roles = said.map(({ role }) => role).filter((role, at, all) => role !== "assistant" || role !== all[at - 1])
  expect(roles).toEqual(["user", "assistant", "tool", "tool"])
  const made = said.flatMap((message) => message.tool_calls ?? [])
  expect(made.map((call) => call.function)).toEqual(calls)
  const answered = said.flatMap((message) => (message.role === "tool" ? [message.tool_call_id] : []))
  if (!isPoor) expect(answered).toEqual(made.map(({ id }) => id))
})

it("a task with a model that cannot call tools: thoughts, actions and observations in plain text", async () => {
  await using at = await place()
  const server = new LLMock({ port: 0, chunkSize: 7 })
  onTestFinished(() => server.stop())
  const action = 'Thought: a file is wanted.\nAction: write_file\nAction Input: {"path": "a.txt", "content": "hello"}\n'
  server.on({ userMessage: "Observation:" }, { content: "It is written." })
  server.on({ userMessage: "Write a.txt" }, { content: action })
  await server.start()
  const env = {
    KINTSUGI_LLM_BASE_URL: `${server.url}/v1`,
    KINTSUGI_LLM_MODEL: "openai-compatible/some-model",
    KINTSUGI_REACT_PROTOCOL: "text"
  }
  const { code, stdout, stderr } = await kintsugi(at, ["run", "Write a.txt", "-y"], { env })
  expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: "It is written.\n" })
  expect(await readFile(join(at.cwd, "a.txt"), "utf8")).toBe("hello")
  expect(server.getRequests().map(({ body }) => (body as { readonly tools?: unknown }).tools)).toEqual([
    undefined,
    undefined
  ])
})
