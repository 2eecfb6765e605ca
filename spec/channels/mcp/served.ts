/** Our MCP server in this process, with a real runtime behind it, and clients that we did not write. All is gone after the spec. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PassThrough } from "node:stream"
import { Client, type JSONRPCMessage, type Transport } from "@modelcontextprotocol/client"
import { Client as LegacyClient } from "@modelcontextprotocol/sdk/client/index.js"
import type { Transport as LegacyTransport } from "@modelcontextprotocol/sdk/shared/transport.js"
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js"
import { onTestFinished } from "vitest"
import { createRuntime, type Runtime } from "../../../actors/runtime.ts"
import type { RuntimeOptions } from "../../../actors/runtime/options.ts"
import { type McpOptions, mcpService, type McpService } from "../../../channels/mcp/serve.ts"
import { checkScript, type ScriptSource } from "../../../llm/dialects/script.ts"
import { scripted } from "../../../llm/dialects/scripted.ts"
import { definePlugin } from "../../../plugins/plugin.ts"
import { defineTool } from "../../../plugins/tool.ts"

const rules: ScriptSource["rules"] = [
  {
    when: "^write",
    turns: [{ calls: [{ tool: "write_file", input: { path: "made.txt", content: "made\n" } }] }, { text: "written" }]
  },
  { when: "^hold", turns: [{ calls: [{ tool: "hold", input: {} }] }, { text: "held" }] },
  { when: "^ask", turns: [{ calls: [{ tool: "inquire", input: {} }] }, { text: "asked" }] },
  { when: "^fail", turns: [{ error: { status: 400, message: "not today" } }] },
  { when: ".*", turns: [{ text: "You said: {{message}}" }] }
]

export interface Stage {
  readonly cwd: string
  readonly runtime: Runtime
  readonly service: McpService
  /** Calls of `hold` that run now. */
  readonly holding: () => number
  readonly release: () => void
}

export interface StageOptions extends McpOptions {
  readonly runtime?: Partial<RuntimeOptions>
  /** Folder of the sessions. */
  readonly data?: string
}

export const stage = async ({ runtime: more = {}, ...options }: StageOptions = {}): Promise<Stage> => {
  const cwd = mkdtempSync(join(tmpdir(), "kintsugi-mcp-"))
  let released = Promise.withResolvers<void>()
  let running = 0
  const hold = defineTool({
    name: "hold",
    description: "Waits.",
    risk: "read",
    input: { type: "object" },
    execute: async (_, { signal, progress }) => {
      running++
      progress("holding")
      const stopped = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()))
      await Promise.race([released.promise, stopped]).finally(() => running--)
      return "held"
    }
  })
  const inquire = defineTool({
    name: "inquire",
    description: "Asks.",
    risk: "read",
    input: { type: "object" },
    execute: async (_, { ask }) =>
      JSON.stringify(
        await ask({ from: "the spec", message: "Which?", fields: [{ name: "which", type: "text", required: true }] })
      )
  })
  const facts = defineTool({
    name: "facts",
    description: "Gives an object.",
    risk: "read",
    input: { type: "object" },
    execute: ({ wrong }: { readonly wrong?: boolean }) =>
      wrong === true
        ? { success: false, data: { answer: 41 }, error: "a miscount" }
        : { success: true, data: { answer: 42 } }
  })
  const runtime = await createRuntime({
    cwd,
    env: {},
    model: scripted({ id: "scripted/spec", script: checkScript("spec.yaml", { rules }) }),
    plugins: [definePlugin({ name: "stage", tools: [hold, inquire, facts] })],
    ...more
  })
  const service = mcpService(runtime, "1.2.3", options)
  const release = (): void => {
    released.resolve()
    released = Promise.withResolvers()
  }
  onTestFinished(async () => {
    release()
    await service.close()
    await runtime.close()
    rmSync(cwd, { recursive: true, force: true })
  })
  return { cwd, runtime, service, holding: () => running, release }
}

/** What the three kinds of clients have in common, as far as specs use them. */
export interface AnyClient {
  readonly listTools: () => Promise<{ readonly tools: ReadonlyArray<Listed> }>
  readonly callTool: (call: Call, options?: CallOptions) => Promise<Called>
  readonly close: () => Promise<void>
}

export interface Listed {
  readonly name: string
  readonly annotations?: { readonly readOnlyHint?: boolean; readonly destructiveHint?: boolean }
  readonly inputSchema: object
  readonly outputSchema?: object
}

interface Call {
  readonly name: string
  readonly arguments?: Readonly<Record<string, unknown>>
}

interface CallOptions {
  readonly signal?: AbortSignal
  readonly onprogress?: (told: { readonly progress: number; readonly message?: string }) => void
}

export interface Called {
  readonly content: ReadonlyArray<{ readonly type: string; readonly text?: string }>
  readonly structuredContent?: Readonly<Record<string, unknown>>
  readonly isError?: boolean
  readonly _meta?: Readonly<Record<string, unknown>>
}

type Elicited = { readonly action: "accept" | "decline" | "cancel"; readonly content?: Record<string, string> }

/** What the client's user says; absent: the client cannot ask its user. */
export type Says = (asked: { readonly message: string }) => Elicited | Promise<Elicited>

/** Official clients, of both lines and both eras. */
export const clientKinds = ["2026-07-28", "2025-11-25", "sdk 1"] as const
export type ClientKind = (typeof clientKinds)[number]

export const clientOf = async (
  kind: ClientKind,
  transport: Transport & LegacyTransport,
  says?: Says
): Promise<AnyClient> => {
  const info = { name: "spec", version: "1" }
  const capabilities = says === undefined ? {} : { elicitation: { form: {} } }
  if (kind === "sdk 1") {
    const client = new LegacyClient(info, { capabilities })
    if (says !== undefined) client.setRequestHandler(ElicitRequestSchema, ({ params }) => says(params))
    await client.connect(transport)
    return {
      listTools: () => client.listTools(),
      // Its types know results of a revision that had no content.
      callTool: async (call, options) => (await client.callTool({ ...call }, undefined, options)) as Called,
      close: () => client.close()
    }
  }
  const mode = kind === "2026-07-28" ? "auto" : "legacy"
  const client = new Client(info, { versionNegotiation: { mode }, capabilities })
  if (says !== undefined) client.setRequestHandler("elicitation/create", ({ params }) => says(params))
  await client.connect(transport)
  if (client.getNegotiatedProtocolVersion() !== kind) throw new Error(`it is not ${kind}`)
  return {
    listTools: () => client.listTools(),
    callTool: async (call, options) => (await client.callTool({ ...call }, options)) as Called, // as above
    close: () => client.close()
  }
}

export interface Piped {
  readonly transport: Transport & LegacyTransport
  /** Lines that were not JSON: there must be none. */
  readonly noise: ReadonlyArray<string>
  readonly stdin: PassThrough
  readonly stdout: PassThrough
  /** Every message of the server. */
  readonly heard: ReadonlyArray<Readonly<Record<string, unknown>>>
  readonly code: Promise<number>
}

/** The server at the other end of a pipe. */
export const piped = ({ service }: Pick<Stage, "service">, grace = 1000): Piped => {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()]
  const code = service.stdio({ stdin, stdout, grace })
  const noise: Array<string> = []
  const heard: Array<Readonly<Record<string, unknown>>> = []
  const transport: Transport & LegacyTransport = {
    start: async () => {},
    send: async (message) => void stdin.write(`${JSON.stringify(message)}\n`),
    close: async () => {
      stdin.end()
      transport.onclose?.()
    }
  }
  let rest = ""
  stdout.on("data", (piece: Buffer) => {
    const lines = `${rest}${piece}`.split("\n")
    rest = lines.pop() ?? ""
    for (const line of lines) {
      try {
        // What a transport must not do either: look into it.
        const message = JSON.parse(line) as JSONRPCMessage & Readonly<Record<string, unknown>>
        heard.push(message)
        transport.onmessage?.(message)
      } catch {
        noise.push(line)
      }
    }
  })
  onTestFinished(async () => {
    stdin.end()
    await code
  })
  return { transport, noise, stdin, stdout, heard, code }
}

export const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}

export const yes: Says = () => ({ action: "accept", content: { decision: "allow" } })
