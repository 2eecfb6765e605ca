/** Which method of the protocol does what. */
import {
  agent,
  type AgentApp,
  type AgentCapabilities,
  type AuthMethod,
  type ClientCapabilities,
  type InitializeResponse,
  methods,
  PROTOCOL_VERSION
} from "@agentclientprotocol/sdk"
import type { Desk } from "./desk.ts"
import { loginNeeded, refused } from "./errors.ts"
import { changeFor } from "./options.ts"

export interface AppParts {
  readonly version: string
  readonly desk: Desk
  readonly onCapabilities: (capabilities: ClientCapabilities) => void
  /** Whether a model could be asked now. */
  readonly isReady: () => Promise<boolean>
  /** What to do about keys. */
  readonly howToLogin: () => string
  /** Command that asks for a key in a terminal: what follows the words that started this agent, and the whole. */
  readonly login: { readonly args: ReadonlyArray<string>; readonly command: readonly [string, ...Array<string>] }
  /** Sees to it that whatever goes wrong is an answer. */
  readonly answered: <Asked, Answer>(
    act: (asked: Asked) => Promise<Answer> | Answer
  ) => (asked: Asked) => Promise<Answer>
}

export const appOf = (parts: AppParts): AgentApp => {
  const { desk, answered } = parts
  const { session, initialize, authenticate } = methods.agent
  return withSessions(agent({ name: "kintsugi" }), parts)
    .onRequest(
      initialize,
      answered(({ params }) => greeting(parts, params.clientCapabilities ?? {}))
    )
    .onRequest(
      authenticate,
      answered(({ params }) => authenticated(parts, params.methodId))
    )
    .onRequest(
      session.prompt,
      answered(({ params, signal }) => desk.seat(params.sessionId).prompt(params.prompt, signal))
    )
    .onNotification(session.cancel, ({ params }) => desk.cancel(params.sessionId))
    .onRequest(
      session.setMode,
      answered(({ params }) => desk.seat(params.sessionId).change(changeFor("mode", params.modeId)))
    )
    .onRequest(
      session.setConfigOption,
      answered(async ({ params }) => {
        const seat = desk.seat(params.sessionId)
        await seat.change(changeFor(params.configId, params.value))
        return { configOptions: seat.state().configOptions }
      })
    )
}

/** How sessions come and go. */
const withSessions = (app: AgentApp, { desk, answered }: AppParts): AgentApp => {
  const { session } = methods.agent
  return app
    .onRequest(
      session.new,
      answered(({ params }) => desk.begin(params))
    )
    .onRequest(
      session.load,
      answered(({ params }) => desk.load(params))
    )
    .onRequest(
      session.resume,
      answered(({ params }) => desk.resume(params))
    )
    .onRequest(
      session.list,
      answered(({ params }) => desk.list(params))
    )
    .onRequest(
      session.close,
      answered(({ params }) => desk.close(params.sessionId))
    )
    .onRequest(
      session.delete,
      answered(({ params }) => desk.delete(params.sessionId))
    )
}

const agentCapabilities: AgentCapabilities = {
  loadSession: true,
  promptCapabilities: { image: true, audio: false, embeddedContext: true },
  mcpCapabilities: { http: true, sse: true },
  sessionCapabilities: { list: {}, delete: {}, resume: {}, close: {} }
}

const greeting = (
  { version, onCapabilities, login }: AppParts,
  capabilities: ClientCapabilities
): InitializeResponse => {
  onCapabilities(capabilities)
  return {
    protocolVersion: PROTOCOL_VERSION,
    agentInfo: { name: "kintsugi", title: "Kintsugi", version },
    agentCapabilities,
    authMethods: authMethods(capabilities, login)
  }
}

const keyMethod = {
  id: "stored-key",
  name: "API key",
  description: "Use the key of a model provider: from the environment, or stored with `kintsugi auth login`."
} as const

/** A terminal is offered only to editors that can open one. */
const authMethods = ({ auth, _meta }: ClientCapabilities, { args, command }: AppParts["login"]): Array<AuthMethod> => {
  const [executable, ...rest] = command
  const named = { name: "Log in", description: "Store the key of a model provider, asked for in a terminal." }
  const terminal: ReadonlyArray<AuthMethod> =
    auth?.terminal === true ? [{ type: "terminal", id: "login", ...named, args: [...args] }] : []
  // How editors were told of a terminal before the protocol had a word for it.
  const before: ReadonlyArray<AuthMethod> =
    terminal.length === 0 && _meta?.["terminal-auth"] === true
      ? [{ id: "login", ...named, _meta: { "terminal-auth": { command: executable, args: rest, label: named.name } } }]
      : []
  return [...terminal, ...before, keyMethod]
}

const authenticated = async ({ isReady, howToLogin }: AppParts, method: string): Promise<void> => {
  if (method !== keyMethod.id) throw refused(`${method} is no method to call: ${keyMethod.id} is`)
  if (!(await isReady())) throw loginNeeded(howToLogin())
}
