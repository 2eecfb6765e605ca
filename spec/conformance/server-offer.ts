/**
 * What the server scenarios of the conformance suite name beyond what tools of ours know: sound, embedded resources, log lines,
 * sampling, roots, prompts, resources, completion; offered as any program that embeds the MCP server offers it.
 */
import { setTimeout as pause } from "node:timers/promises"
import { Subject } from "rxjs"
import {
  type Caller,
  type Change,
  type ClientRequest,
  needs,
  type Offer,
  type ServedPrompt,
  type ServedTool
} from "../../channels/mcp/offer.ts"
import { png } from "./server-plugin.ts"

/** A sound of no length. */
const wav = "UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA="

const inputSchema = { type: "object" as const, properties: {} }

const text = (said: string) => ({ content: [{ type: "text" as const, text: said }] })

const tool = (
  name: string,
  call: ServedTool["call"],
  schema: ServedTool["definition"]["inputSchema"] = inputSchema
) => ({
  definition: { name, description: `Serves the scenario of ${name}.`, inputSchema: schema },
  call
})

const form = (message: string, properties: Readonly<Record<string, object>>): ClientRequest => ({
  method: "elicitation/create",
  params: { mode: "form", message, requestedSchema: { type: "object", properties, required: Object.keys(properties) } }
})

const sampling = (prompt: string): ClientRequest => ({
  method: "sampling/createMessage",
  params: { messages: [{ role: "user", content: { type: "text", text: prompt } }], maxTokens: 100 }
})

const roots: ClientRequest = { method: "roots/list", params: {} }

const named = form("What is your name?", { name: { type: "string" } })
const confirmed = form("Please confirm", { ok: { type: "boolean" } })

/** Asks, and tells what was said. */
const asking =
  (...rounds: ReadonlyArray<Readonly<Record<string, ClientRequest>>>) =>
  async (_: unknown, { ask }: Caller) => {
    const answers: Array<unknown> = []
    for (const round of rounds) answers.push(await ask(round))
    return text(`state-ok ${JSON.stringify(answers)}`)
  }

const log = async (_: unknown, { log }: Caller) => {
  log("info", "Tool execution started")
  await pause(50)
  log("info", "Tool processing data")
  await pause(50)
  log("info", "Tool execution completed")
  return text("Logged.")
}

const enums = {
  untitledSingle: { type: "string", enum: ["option1", "option2", "option3"] },
  titledSingle: {
    type: "string",
    oneOf: ["First", "Second", "Third"].map((one, at) => ({ const: `value${at + 1}`, title: `${one} Option` }))
  },
  legacyEnum: {
    type: "string",
    enum: ["opt1", "opt2", "opt3"],
    enumNames: ["Option One", "Option Two", "Option Three"]
  },
  untitledMulti: { type: "array", items: { type: "string", enum: ["option1", "option2", "option3"] } },
  titledMulti: {
    type: "array",
    items: {
      anyOf: ["First", "Second", "Third"].map((one, at) => ({ const: `value${at + 1}`, title: `${one} Choice` }))
    }
  }
}

const embedded = {
  uri: "test://embedded-resource",
  mimeType: "text/plain",
  text: "This is an embedded resource content."
}
const mixed = {
  uri: "test://mixed-content-resource",
  mimeType: "application/json",
  text: '{"test":"data","value":123}'
}

const tools = (change: (what: Change) => void): ReadonlyArray<ServedTool> => [
  tool("test_audio_content", async () => ({ content: [{ type: "audio", data: wav, mimeType: "audio/wav" }] })),
  tool("test_embedded_resource", async () => ({ content: [{ type: "resource", resource: embedded }] })),
  tool("test_multiple_content_types", async () => ({
    content: [
      { type: "text", text: "Multiple content types test:" },
      { type: "image", data: png, mimeType: "image/png" },
      { type: "resource", resource: mixed }
    ]
  })),
  tool("test_tool_with_logging", log),
  tool("test_logging_tool", log),
  tool(
    "test_sampling",
    async ({ prompt }, caller) => {
      needs(caller, "sampling")
      const { said } = await caller.ask({ said: sampling(String(prompt)) })
      return text(`LLM response: ${JSON.stringify(said)}`)
    },
    { type: "object", properties: { prompt: { type: "string" } }, required: ["prompt"] }
  ),
  tool("test_elicitation_sep1330_enums", asking({ choices: { ...form("Choose.", enums) } })),
  tool("test_custom_header", async ({ region }) => text(`Region ${String(region)}.`), {
    type: "object",
    properties: { region: { type: "string", "x-mcp-header": "Region" } },
    required: ["region"]
  }),
  tool("test_missing_capability", async (_, caller) => {
    needs(caller, "sampling")
    return text("It can be asked.")
  }),
  tool("test_streaming_elicitation", asking({ user_name: named })),
  tool("test_trigger_tool_change", async () => {
    change("tools")
    return text("Changed.")
  }),
  tool("test_trigger_prompt_change", async () => {
    change("prompts")
    return text("Changed.")
  }),
  tool("test_input_required_result_elicitation", async (_, { ask }) => {
    const { user_name: said } = await ask({ user_name: named })
    return text(`Hello, ${JSON.stringify(said)}!`)
  }),
  tool("test_input_required_result_sampling", asking({ capital_question: sampling("What is the capital of France?") })),
  tool("test_input_required_result_list_roots", asking({ client_roots: roots })),
  tool("test_input_required_result_request_state", asking({ confirm: confirmed })),
  tool(
    "test_input_required_result_multiple_inputs",
    asking({ user_name: named, greeting: sampling("Generate a greeting"), client_roots: roots })
  ),
  tool(
    "test_input_required_result_multi_round",
    asking(
      { step1: form("Step 1: What is your name?", { name: { type: "string" } }) },
      { step2: form("Step 2: What is your favorite color?", { color: { type: "string" } }) }
    )
  ),
  tool("test_input_required_result_tampered_state", asking({ confirm: confirmed })),
  tool("test_input_required_result_capabilities", async (_, { can, ask }) => {
    const requests = {
      ...(can.elicitation !== undefined && { user_name: named }),
      ...(can.sampling !== undefined && { greeting: sampling("Generate a greeting") })
    }
    return text(JSON.stringify(await ask(requests)))
  })
]

const user = (said: string) => ({ role: "user" as const, content: { type: "text" as const, text: said } })

const prompts: ReadonlyArray<ServedPrompt> = [
  {
    definition: { name: "test_simple_prompt", description: "A prompt without arguments." },
    get: async () => ({ messages: [user("This is a simple prompt for testing.")] })
  },
  {
    definition: {
      name: "test_prompt_with_arguments",
      description: "A prompt with arguments.",
      arguments: [
        { name: "arg1", description: "First test argument", required: true },
        { name: "arg2", description: "Second test argument", required: true }
      ]
    },
    get: async ({ arg1, arg2 }) => ({ messages: [user(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)] }),
    complete: (_, value) => ["paris", "park", "party"].filter((one) => one.startsWith(value))
  },
  {
    definition: {
      name: "test_prompt_with_embedded_resource",
      description: "A prompt that holds a resource.",
      arguments: [{ name: "resourceUri", description: "URI of the resource to embed", required: true }]
    },
    get: async ({ resourceUri: uri = "" }) => {
      const resource = { uri, mimeType: "text/plain", text: "Embedded resource content for testing." }
      const first = { role: "user" as const, content: { type: "resource" as const, resource } }
      return { messages: [first, user("Please process the embedded resource above.")] }
    }
  },
  {
    definition: { name: "test_prompt_with_image", description: "A prompt that holds an image." },
    get: async () => {
      const image = { type: "image" as const, data: png, mimeType: "image/png" }
      return { messages: [{ role: "user", content: image }, user("Please analyze the image above.")] }
    }
  },
  {
    definition: { name: "test_input_required_result_prompt", description: "A prompt that asks first." },
    get: async (_, { ask }) => {
      const said = await ask({
        user_context: form("What context should the prompt use?", { context: { type: "string" } })
      })
      return { messages: [user(JSON.stringify(said))] }
    }
  }
]

const template = /^test:\/\/template\/([^/]+)\/data$/

const staticText = "This is the content of the static text resource."

export const conformanceOffer = (): Offer => {
  const changes = new Subject<Change>()
  const served = tools((change) => changes.next(change))
  return {
    changes,
    tools: () => served,
    prompts: () => prompts,
    resources: () => [
      {
        definition: { uri: "test://static-text", name: "static-text", description: "A text.", mimeType: "text/plain" },
        read: async () => ({ contents: [{ uri: "test://static-text", mimeType: "text/plain", text: staticText }] })
      },
      {
        definition: {
          uri: "test://static-binary",
          name: "static-binary",
          description: "A picture.",
          mimeType: "image/png"
        },
        read: async () => ({ contents: [{ uri: "test://static-binary", mimeType: "image/png", blob: png }] })
      },
      {
        definition: {
          uri: "test://watched-resource",
          name: "watched",
          description: "To be watched.",
          mimeType: "text/plain"
        },
        read: async () => ({ contents: [{ uri: "test://watched-resource", mimeType: "text/plain", text: "Watched." }] })
      }
    ],
    templates: () => [
      {
        definition: { uriTemplate: "test://template/{id}/data", name: "template", mimeType: "application/json" },
        read: async (uri) => {
          const id = template.exec(uri)?.[1]
          if (id === undefined) return undefined
          const told = { id, templateTest: true, data: `Data for ID: ${id}` }
          return { contents: [{ uri, mimeType: "application/json", text: JSON.stringify(told) }] }
        }
      }
    ]
  }
}
