/** Whole tasks through the real command against a model server that nobody here wrote. */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { LLMock } from "@copilotkit/aimock"
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

/** Under the names of either provider. */
const usage = { prompt_tokens: 11, completion_tokens: 3, input_tokens: 11, output_tokens: 3 }

const server = new LLMock({ port: 0, chunkSize: 7 })

beforeAll(async () => {
  let answers = 0
  for (const turn of turns) {
    const expected = answers
    server.on(
      { predicate: ({ messages }) => messages.filter(({ role }) => role === "tool").length === expected },
      { ...turn, usage }
    )
    answers += turn.toolCalls.length
  }
  await server.start()
})
afterAll(() => server.stop())

const task = "Create a script that prints the Fibonacci sequence"

it.each([
  { model: "openai/gpt-5.5", dialect: "Responses", base: "/v1", path: "/v1/responses" },
  { model: "openai-compatible/some-model", dialect: "Chat Completions", base: "/v1", path: "/v1/chat/completions" },
  { model: "anthropic/claude-sonnet-5-5", dialect: "Messages", base: "", path: "/v1/messages" }
])("a whole task over $dialect: written, run, mended, verified", async ({ model, base, path }) => {
  await using at = await place()
  server.clearRequests()
  const env = {
    KINTSUGI_LLM_BASE_URL: `${server.url}${base}`,
    KINTSUGI_LLM_API_KEY: "sk-test",
    KINTSUGI_LLM_MODEL: model
  }
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
  expect(server.getRequests().map((request) => request.path)).toEqual(turns.map(() => path))
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
