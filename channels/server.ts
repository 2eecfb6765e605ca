/** `kintsugi/server`: the sessions of a runtime for browsers, terminals and programs. What it needs is loaded when it is called. */
import type { A2aOptions, A2aServed } from "./a2a/embedded.ts"
import type { Mounted, MountOptions, Served, ServerOptions } from "./websocket/embedded.ts"
import type { Runtime } from "../actors/runtime.ts"
import type { McpHttpOptions, McpStdioOptions, ServedMcp } from "./mcp/embedded.ts"

export type { A2aOptions, A2aRuntime, A2aServed } from "./a2a/embedded.ts"
export type { Agent, AgentAnswer, Made, ReceivedMessage, TaskAtHand } from "./a2a/function-hand.ts"
export type { PushLimits } from "./a2a/pushes.ts"
export type { A2aLimits } from "./a2a/serve.ts"
export type { Guest, Mounted, MountOptions, Served, ServerLimits, ServerOptions, Shared } from "./websocket/embedded.ts"
export type { McpHttpOptions, McpStdioOptions, ServedMcp } from "./mcp/embedded.ts"
export type { SessionLimits } from "./mcp/legacy-sessions.ts"
export type { Abilities, Caller, Change, ClientRequest, Listed, Offer } from "./mcp/offer.ts"
export type { ServedPrompt, ServedResource, ServedTemplate, ServedTool } from "./mcp/offer.ts"
export type { McpOptions } from "./mcp/serve.ts"
export type { ServerInfo } from "./mcp/served.ts"
export { AccessError } from "./websocket/access-error.ts"
export type { Listening } from "./websocket/front.ts"
export type { ClientKey } from "./websocket/users.ts"
export type { ListedModel } from "./wire/parts.ts"
export type { User } from "./wire/wire.ts"

/**
 * Listens, as `kintsugi channel websocket` does: WebSockets at `/ws`, the console at `/`, and `GET /health`.
 *
 * @throws (as a rejection) AccessError when it would let in whom it must not, and Node's error when it cannot listen.
 */
export const serve = async (runtime: Runtime, options: ServerOptions = {}): Promise<Served> =>
  (await import("./websocket/embedded.ts")).serveRuntime(runtime, options)

/**
 * The WebSockets alone, in a server of your own: hang `upgrade` on its event `upgrade`.
 *
 * @throws (as a rejection) AccessError when there is neither `keys` nor `user`, or a key is too weak.
 */
export const mount = async (runtime: Runtime, options: MountOptions): Promise<Mounted> =>
  (await import("./websocket/embedded.ts")).mountRuntime(runtime, options)

/**
 * An A2A peer for other agents, as `kintsugi channel a2a` serves it: a runtime's sessions, one for each context, or a function that
 * answers each message.
 *
 * @throws (as a rejection) AccessError when it would let in whom it must not, and Node's error when it cannot listen.
 *
 * @example
 * await using peer = await serveA2a({ agent: ({ text }) => `You said: ${text}`, name: "Echo" })
 * console.log(peer.card, peer.key)
 */
export const serveA2a = async (options: A2aOptions): Promise<A2aServed> =>
  (await import("./a2a/embedded.ts")).serveAgent(options)

/**
 * An MCP server over HTTP, as `kintsugi channel mcp --http` does it: the agent as a tool, the tools of its sessions, and what you
 * offer beside them.
 *
 * @throws (as a rejection) AccessError when it would let in whom it must not, and Node's error when it cannot listen.
 *
 * @example
 * await using served = await serveMcp(runtime, { port: 18801 })
 * console.log(served.url, served.key)
 */
export const serveMcp = async (runtime: Runtime, options: McpHttpOptions = {}): Promise<ServedMcp> =>
  (await import("./mcp/embedded.ts")).serveMcpOver(runtime, options)

/** The same on standard input and output, for a program that an MCP client starts. Resolves when the client is gone. */
export const serveMcpStdio = async (runtime: Runtime, options: McpStdioOptions = {}): Promise<void> =>
  (await import("./mcp/embedded.ts")).serveMcpOnStdio(runtime, options)
