/** The card by which other agents find us, as `channel a2a` serves it and `a2a_get_my_card` shows it. */
import type { AgentCard, AgentInterface } from "@a2a-js/sdk"

/** Below the server's address. */
export const cardPaths = {
  card: "/.well-known/agent-card.json",
  jsonRpc: "/a2a/jsonrpc",
  rest: "/a2a/rest"
} as const

export interface OwnCard {
  /** Default `Kintsugi`. */
  readonly name?: string
  readonly description?: string
  /** Of the program. */
  readonly version: string
  /** Where it is served, without a path: `http://127.0.0.1:18800`. */
  readonly origin: string
  /** A bearer token is asked for. */
  readonly secured: boolean
  /** Tasks may be told of to an address of the caller's. */
  readonly push: boolean
  /** What it can do besides its trade, one sentence each. */
  readonly capabilities: ReadonlyArray<string>
}

const trade =
  "A coding agent: it reads, writes and runs code in its working folder, verifies what it did, and asks when it needs a permission or an answer."

/** Pure, and in the shape in which the SDK takes it. */
export const ownCard = ({
  name = "Kintsugi",
  description = trade,
  version,
  origin,
  secured,
  push,
  capabilities
}: OwnCard): AgentCard => ({
  name,
  description,
  version,
  provider: undefined,
  supportedInterfaces: [...interfacesOf(origin, "1.0"), ...interfacesOf(origin, "0.3")],
  capabilities: { streaming: true, pushNotifications: push, extendedAgentCard: true, extensions: [] },
  securitySchemes: secured ? { bearer } : {},
  securityRequirements: secured ? [{ schemes: { bearer: { list: [] } } }] : [],
  defaultInputModes: ["text/plain", "application/json", "application/octet-stream"],
  defaultOutputModes: ["text/plain", "application/json", "application/octet-stream"],
  skills: [
    skill("code", "Work on code", trade, ["code", "files", "shell"]),
    ...capabilities.map((sentence, at) => skill(`capability-${at + 1}`, sentence, sentence, ["capability"]))
  ],
  signatures: []
})

const interfacesOf = (origin: string, protocolVersion: string): ReadonlyArray<AgentInterface> => [
  { url: `${origin}${cardPaths.jsonRpc}`, protocolBinding: "JSONRPC", tenant: "", protocolVersion },
  { url: `${origin}${cardPaths.rest}`, protocolBinding: "HTTP+JSON", tenant: "", protocolVersion }
]

const bearer: AgentCard["securitySchemes"][string] = {
  scheme: {
    $case: "httpAuthSecurityScheme",
    value: { description: "The token of channels.a2a.token.", scheme: "Bearer", bearerFormat: "" }
  }
}

const skill = (id: string, name: string, description: string, tags: Array<string>): AgentCard["skills"][number] => ({
  id,
  name,
  description,
  tags,
  examples: [],
  inputModes: [],
  outputModes: [],
  securityRequirements: []
})
