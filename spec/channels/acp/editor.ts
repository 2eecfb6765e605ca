/** An editor for specs: the SDK's own client, over streams of this process, with buffers and a user who says what a spec wants. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PassThrough } from "node:stream"
import {
  client,
  type ClientCapabilities,
  type ClientContext,
  type CreateElicitationRequest,
  type CreateElicitationResponse,
  ndJsonStream,
  type RequestPermissionRequest,
  type SessionNotification,
  type SessionUpdate
} from "@agentclientprotocol/sdk"
import { afterEach } from "vitest"
import { openJournal } from "../../../actors/journal/sqlite-journal.ts"
import { createRuntime } from "../../../actors/runtime.ts"
import type { RuntimeOptions } from "../../../actors/runtime/options.ts"
import type { Place } from "../../../channels/acp/places.ts"
import { type Acp, type AcpParts, serveAcp } from "../../../channels/acp/serve.ts"
import { scripted, type ScriptSource } from "../../../llm/scripted.ts"

type Kind = SessionUpdate["sessionUpdate"]
export type Update<Of extends Kind> = Extract<SessionUpdate, { sessionUpdate: Of }>

/** Id of the option that the user takes, or `cancelled`. */
export type Permit = (request: RequestPermissionRequest, signal: AbortSignal) => Promise<string> | string

export interface EditorOptions {
  readonly capabilities?: ClientCapabilities
  readonly runtime?: Omit<RuntimeOptions, "model" | "cwd" | "data">
  readonly model?: RuntimeOptions["model"]
  readonly parts?: Partial<AcpParts>
  readonly blindness?: Place["blindness"]
  readonly permit?: Permit
  readonly elicit?: (request: CreateElicitationRequest) => CreateElicitationResponse
  /** What it has not saved, by path; absent: it has no file system. */
  readonly buffers?: Map<string, string>
}

export interface Editor {
  readonly agent: Pick<ClientContext, "request" | "notify">
  readonly acp: Acp
  /** Folder that a session may work in. */
  readonly folder: string
  readonly data: string
  readonly notifications: Array<SessionNotification>
  readonly asked: Array<RequestPermissionRequest>
  /** Settings of the runtimes that were made. */
  readonly made: Array<RuntimeOptions>
  readonly open: () => Promise<string>
  readonly say: (session: string, text: string) => Promise<string>
  readonly updates: <Of extends Kind>(kind: Of, session?: string) => ReadonlyArray<Update<Of>>
  /** What the agent said, streamed or not. */
  readonly words: (session?: string) => string
  /** Writes to the agent as it stands. */
  readonly raw: (line: string) => void
  /** Lines that came from the agent. */
  readonly lines: Array<string>
  readonly leave: () => Promise<void>
}

export const makeEditors = () => {
  const closing: Array<() => Promise<void>> = []
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close()
  })
  const folder = async (): Promise<string> => {
    const made = await mkdtemp(join(tmpdir(), "kintsugi-acp-"))
    closing.push(() => rm(made, { recursive: true, force: true }))
    return made
  }
  /** @param data Of an editor that was there before. */
  const open = async (script: ScriptSource, options: EditorOptions = {}, data?: string): Promise<Editor> => {
    const [cwd, kept] = [await folder(), data ?? (await folder())]
    const editor = await openEditor(script, options, cwd, kept)
    closing.push(editor.leave)
    return editor
  }
  return { open, folder }
}

const openEditor = async (
  script: ScriptSource,
  options: EditorOptions,
  folder: string,
  data: string
): Promise<Editor> => {
  const { capabilities = {}, permit = () => "reject_once", elicit, buffers } = options
  const [input, output] = [new PassThrough(), new PassThrough()]
  const [made, asked, notifications, lines]: [
    Array<RuntimeOptions>,
    Editor["asked"],
    Editor["notifications"],
    string[]
  ] = [[], [], [], []]
  const journal = openJournal(join(data, "sessions.db"))
  const acp = serveAcp({
    input,
    output,
    version: "0.0.0",
    open: async (cwd, servers) => {
      const settings = { ...options.runtime?.settings, mcp: { servers } }
      const model = "model" in options ? options.model : await scripted(script)
      const wanted: RuntimeOptions = { env: {}, ...options.runtime, settings, model, cwd, data }
      made.push(wanted)
      const { blindness } = options
      return { runtime: await createRuntime(wanted), notices: [], ...(blindness !== undefined && { blindness }) }
    },
    journal: async () => journal,
    forget: async () => {},
    models: async () => [{ id: "played/other", note: "another one" }],
    isReady: async () => true,
    howToLogin: () => "store a key with kintsugi auth login",
    login: { args: ["login"], command: ["kintsugi", "auth", "login"] },
    log: () => {},
    ...options.parts
  })
  const app = client({ name: "spec" })
    .onNotification("session/update", ({ params }) => void notifications.push(params))
    .onRequest("session/request_permission", async ({ params, signal }) => {
      asked.push(params)
      const optionId = await permit(params, signal)
      return { outcome: optionId === "cancelled" ? { outcome: "cancelled" } : { outcome: "selected", optionId } }
    })
    .onRequest("elicitation/create", ({ params }) => elicit?.(params) ?? { action: "decline" })
    .onRequest("fs/read_text_file", ({ params: { path } }) => {
      const content = buffers?.get(path)
      if (content === undefined) throw new Error(`no buffer for ${path}`)
      return { content }
    })
    .onRequest("fs/write_text_file", ({ params: { path, content } }) => void buffers?.set(path, content))
  const connection = app.connect(ndJsonStream(toWeb(input), fromNode(output, lines)))
  const { agent } = connection
  await agent.request("initialize", { protocolVersion: 1, clientCapabilities: capabilities })

  const updates: Editor["updates"] = <Of extends Kind>(kind: Of, session?: string) =>
    notifications
      .filter((one) => session === undefined || one.sessionId === session)
      .map((one) => one.update)
      .filter((update): update is Update<Of> => update.sessionUpdate === kind)
  const leave = async (): Promise<void> => {
    input.end()
    await acp.ended
    connection.close()
    journal.close()
  }
  return {
    agent,
    acp,
    folder,
    data,
    notifications,
    asked,
    made,
    lines,
    updates,
    leave,
    raw: (line) => void input.write(`${line}\n`),
    open: async () => (await agent.request("session/new", { cwd: folder, mcpServers: [] })).sessionId,
    say: async (sessionId, text) =>
      (await agent.request("session/prompt", { sessionId, prompt: [{ type: "text", text }] })).stopReason,
    words: (session) =>
      updates("agent_message_chunk", session)
        .map(({ content }) => (content.type === "text" ? content.text : ""))
        .join("")
  }
}

const toWeb = (stream: PassThrough): WritableStream<Uint8Array> =>
  new WritableStream({ write: (bytes) => void stream.write(bytes) })

const fromNode = (stream: PassThrough, lines: Array<string>): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start: (controller) => {
      stream.on("data", (bytes: Buffer) => {
        lines.push(...bytes.toString("utf8").split("\n").filter(Boolean))
        controller.enqueue(bytes)
      })
    }
  })
