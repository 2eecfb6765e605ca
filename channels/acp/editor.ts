/** The editor's file system: what it has not saved is read, and what is written goes through its buffers. */
import { isAbsolute, join, relative, sep } from "node:path"
import type {
  AgentContext,
  ClientCapabilities,
  ReadTextFileRequest,
  SendRequestOptions
} from "@agentclientprotocol/sdk"
import type { TextBuffers } from "../../plugins/ports/text-buffers.ts"

export interface EditorParts {
  readonly sessionId: () => string
  readonly client: Pick<AgentContext, "request">
  readonly capabilities: ClientCapabilities
  /** The session's folder as the editor calls it. */
  readonly cwd: string
  /** The same folder, every link followed. */
  readonly realCwd: string
  readonly log: (message: string) => void
}

/** Milliseconds that the editor has; it may format what it saves. Then the disk is used. */
const patience = { read: 5000, write: 15_000 } as const

/** @returns `undefined` when the editor offers none. */
export const editorOf = ({
  sessionId,
  client,
  capabilities,
  cwd,
  realCwd,
  log
}: EditorParts): TextBuffers | undefined => {
  const { readTextFile = false, writeTextFile = false } = capabilities.fs ?? {}
  if (!readTextFile && !writeTextFile) return undefined
  /** As the editor calls it; files elsewhere are none of its business. */
  const named = (path: string): string | undefined => {
    const way = relative(realCwd, path)
    return way === "" || way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way) ? undefined : join(cwd, way)
  }
  const within = async <Result>(kind: "read" | "write", path: string, act: (at: string) => Promise<Result>) => {
    const at = named(path)
    if (at === undefined) return undefined
    try {
      return await act(at)
    } catch (error) {
      log(`the editor did not ${kind} ${at}: ${error instanceof Error ? error.message : String(error)}`)
      return undefined
    }
  }
  const limit = (kind: "read" | "write"): SendRequestOptions => ({
    cancellationSignal: AbortSignal.timeout(patience[kind]),
    stopWaitingOnCancel: true
  })
  const read = (path: string): Promise<string | undefined> =>
    within("read", path, async (at) => {
      const asked: ReadTextFileRequest = { sessionId: sessionId(), path: at }
      const { content } = await client.request("fs/read_text_file", asked, limit("read"))
      return content
    })
  const write = async (path: string, content: string): Promise<boolean> =>
    (await within("write", path, async (at) => {
      await client.request("fs/write_text_file", { sessionId: sessionId(), path: at, content }, limit("write"))
      return true
    })) ?? false
  return { ...(readTextFile && { read }), ...(writeTextFile && { write }) }
}
