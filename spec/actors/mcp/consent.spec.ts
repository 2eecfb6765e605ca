/** What servers ask of the user and of the model while a call of a session runs. */
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js"
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js"
import { randomUUID } from "node:crypto"
import { pathToFileURL } from "node:url"
import {
  type CreateMessageRequest,
  CreateMessageResultSchema,
  ElicitResultSchema,
  type ElicitRequest,
  ListRootsResultSchema
} from "@modelcontextprotocol/sdk/types.js"
import { describe, expect, it, onTestFinished } from "vitest"
import type { Question } from "../../../machines/events.ts"
import { answersOf, makeStage } from "../stage.ts"
import { attended } from "../subagents/attended.ts"
import { byMessage } from "../subagents/scripted.ts"
import { listening } from "./http-servers.ts"

const stage = makeStage()

type Asking =
  | Pick<ElicitRequest, "method" | "params">
  | Pick<CreateMessageRequest, "method" | "params">
  | { readonly method: "roots/list" }

const schemas = {
  "elicitation/create": ElicitResultSchema,
  "sampling/createMessage": CreateMessageResultSchema,
  "roots/list": ListRootsResultSchema
}

/** A server whose tool asks this, and answers what it heard. */
const asking = (request: Asking) => {
  let known: StreamableHTTPServerTransport | undefined
  return listening({ onTestFinished }, async (incoming, response) => {
    const transport = known ?? new StreamableHTTPServerTransport({ sessionIdGenerator: randomUUID })
    if (known === undefined) await serverOf(request).connect(transport)
    await transport.handleRequest(incoming, response)
    // What it refuses, as the greeting of another revision, begins no session.
    if (transport.sessionId !== undefined) known = transport
  })
}

const serverOf = (request: Asking): McpServer => {
  const server = new McpServer({ name: "asking", version: "1" })
  server.registerTool("ask", {}, async ({ sendRequest }) => {
    const heard = await sendRequest(request, schemas[request.method]).catch((error: Error) => ({
      error: error.message
    }))
    return { content: [{ type: "text", text: JSON.stringify(heard) }] }
  })
  return server
}

type Said = { readonly decision: "allow" | "deny"; readonly content?: Record<string, string | number | boolean> }

/** A turn in which the model calls that tool, and what the user was asked meanwhile. */
const turn = async (request: Asking, said: Said | "nobody") => {
  const { url } = await asking(request)
  const model = byMessage({
    "^go$": [{ calls: [{ tool: "mcp_one_ask" }] }, { text: "done" }],
    capital: [{ text: "Paris. And more." }],
    "^loud$": [{ error: { status: 400, message: "sk-secret-of-the-provider" } }]
  })
  const settings = { mcp: { servers: { one: { type: "http" as const, url } } } }
  const { session, notices, runtime } = await attended(stage, model, { settings })
  const questions: Array<Question> = []
  session.events.subscribe((notice) => {
    if (notice.type !== "agent.asked" || said === "nobody") return
    questions.push(notice)
    const { decision, content } = said
    session.send({
      type: "permission.answered",
      id: notice.id,
      decision,
      ...(content === undefined ? {} : { content })
    })
  })
  if (said === "nobody") {
    const unattended = await runtime.open({ unattended: true })
    unattended.events.subscribe((notice) => notices.push(notice))
    await unattended.ask("go")
  } else await session.ask("go")
  const [answer] = answersOf(notices)
  return { heard: JSON.parse(String(answer?.data ?? answer?.error)), questions, model, session, runtime }
}

const completion = (more: Partial<CreateMessageRequest["params"]> = {}): Asking => ({
  method: "sampling/createMessage",
  params: {
    systemPrompt: "Be brief.",
    messages: [{ role: "user", content: { type: "text", text: "What is the capital of France?" } }],
    maxTokens: 50,
    ...more
  }
})

const yes = { decision: "allow" } as const

describe("a completion that a server wants", () => {
  it("is shown to the user first, then answered by the session's model without tools, and paid by the session", async () => {
    const { heard, questions, model, session } = await turn(completion({ temperature: 0 }), yes)
    expect(heard).toMatchObject({
      role: "assistant",
      model: "scripted/spec",
      stopReason: "endTurn",
      content: { text: "Paris. And more." }
    })
    expect(questions.map(({ inquiry }) => inquiry)).toEqual([
      expect.objectContaining({
        from: "MCP server one",
        message: expect.stringMatching(/50 tokens[^]*Be brief\.[^]*capital of France/)
      })
    ])
    const [, asked] = model.requests
    expect(asked).toMatchObject({
      system: "Be brief.",
      tools: [],
      maxTokens: 50,
      temperature: 0,
      messages: [{ role: "user" }]
    })
    expect(session.view().spent.models?.["scripted/spec"]?.requests).toBe(3)
  })

  it("ends where the server wants it to", async () => {
    const { heard } = await turn(completion({ stopSequences: [" And", ""] }), yes)
    expect(heard).toMatchObject({ stopReason: "stopSequence", content: { text: "Paris." } })
  })

  it.each([
    ["when the user says no", completion(), { decision: "deny" } as const, /the user does not want/],
    ["where nobody is there to ask", completion(), "nobody" as const, /the user could not be asked/],
    ["with tools", completion({ tools: [{ name: "x", inputSchema: { type: "object" } }] }), yes, /tools/],
    ["with what was said in the session", completion({ includeContext: "thisServer" }), yes, /includeContext/],
    ["without a message", completion({ messages: [] }), yes, /no message/],
    ["of no length", completion({ maxTokens: 0 }), yes, /maxTokens/],
    [
      "about a sound",
      completion({ messages: [{ role: "user", content: { type: "audio", data: "AAAA", mimeType: "audio/wav" } }] }),
      yes,
      /not audio/
    ]
  ])("is refused %s, and the model not asked", async (_, request, said, message) => {
    const { heard, model } = await turn(request, said)
    expect(heard.error).toMatch(message)
    expect(model.requests).toHaveLength(2)
  })

  it("that fails tells the server nothing of the provider", async () => {
    const loud = completion({ messages: [{ role: "user", content: { type: "text", text: "loud" } }] })
    const { heard } = await turn(loud, yes)
    expect(heard.error).toMatch(/the model did not answer/)
    expect(JSON.stringify(heard)).not.toContain("secret")
  })
})

const form: Asking = {
  method: "elicitation/create",
  params: {
    message: "Who are you?",
    requestedSchema: {
      type: "object",
      properties: {
        name: { type: "string", title: "Your name" },
        size: {
          type: "string",
          oneOf: [
            { const: "s", title: "Small" },
            { const: "l", title: "Large" }
          ],
          default: "l"
        },
        age: { type: "integer", minimum: 0 }
      },
      required: ["name"]
    }
  }
}

describe("values that a server wants", () => {
  it("are asked for as a form, and what was left empty gets its default", async () => {
    const { heard, questions } = await turn(form, { decision: "allow", content: { name: "Ada", age: "36" } })
    expect(questions[0]?.inquiry).toMatchObject({
      from: "MCP server one",
      message: "Who are you?",
      fields: [
        { name: "name", type: "text", title: "Your name", required: true },
        {
          name: "size",
          type: "choice",
          options: [
            { value: "s", title: "Small" },
            { value: "l", title: "Large" }
          ],
          default: "l"
        },
        { name: "age", type: "integer", minimum: 0, required: false }
      ]
    })
    expect(heard).toEqual({ action: "accept", content: { name: "Ada", size: "l", age: 36 } })
  })

  it.each([
    ["the user's no", { decision: "deny" } as const, "decline"],
    ["nobody's answer", "nobody" as const, "cancel"]
  ])("are not made up: %s is told as it is", async (_, said, action) => {
    expect((await turn(form, said)).heard).toEqual({ action })
  })

  it("are nobody's in a page that the user is asked to open", async () => {
    const page = (url: string): Asking => ({
      method: "elicitation/create",
      params: { mode: "url", message: "Log in there", elicitationId: "1", url }
    })
    const { heard, questions } = await turn(page("https://example.com/login?x=1"), yes)
    expect(questions[0]?.inquiry).toMatchObject({ url: "https://example.com/login?x=1" })
    expect(heard).toEqual({ action: "accept" })
    for (const bad of ["https://me:pw@example.com/", "http://example.com/", "file:///etc/passwd"]) {
      const refused = await turn(page(bad), yes)
      expect([refused.heard.error, refused.questions]).toEqual([expect.stringContaining("cannot be asked"), []])
    }
  })
})

it("the working folder is told to a server that asks for it", async () => {
  const { heard, runtime } = await turn({ method: "roots/list" }, yes)
  expect(heard.roots).toEqual([{ uri: pathToFileURL(runtime.cwd).href }])
})
