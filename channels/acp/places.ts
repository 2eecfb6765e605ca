/** Runtimes by folder and by the editor's MCP servers: made for the first session that works there, closed after the last. */
import { realpath } from "node:fs/promises"
import { isAbsolute } from "node:path"
import type { McpServer } from "@agentclientprotocol/sdk"
import type { Runtime } from "../../actors/runtime.ts"
import type { SessionView } from "../../actors/session-host.ts"
import type { Settings } from "../../actors/settings.ts"
import type { Content } from "../attachments.ts"
import { failed, refused } from "./errors.ts"

export type McpSettings = Settings["mcp"]["servers"]

export interface Place {
  readonly runtime: Runtime
  /** For the user, once: what the folder's configuration wants them to know. */
  readonly notices: ReadonlyArray<string>
  /** Lines for the user, where the model cannot take what is in a message. */
  readonly blindness?: (view: SessionView, content: Content) => ReadonlyArray<string>
}

export interface Taken extends Place {
  /** The session that took it is closed. */
  readonly letGo: () => Promise<void>
}

/** @param servers Beside the configured ones; they win over one of the same name. */
export type OpenPlace = (cwd: string, servers: McpSettings) => Promise<Place>

interface Shared {
  readonly opened: Promise<Place>
  users: number
}

export const openPlaces = (open: OpenPlace) => {
  const places = new Map<string, Shared>()
  const runtimes = new Set<Runtime>()
  const opened = async (cwd: string, servers: McpSettings): Promise<Place> => {
    const place = await open(cwd, servers)
    runtimes.add(place.runtime)
    return place
  }
  const end = async ({ opened }: Shared): Promise<void> => {
    const { runtime } = await opened
    runtimes.delete(runtime)
    await runtime.close()
  }

  let isClosed = false

  const take = async (cwd: string, given: ReadonlyArray<McpServer>): Promise<Taken> => {
    const servers = settingsOf(given)
    const folder = await folderAt(cwd)
    if (isClosed) throw failed("the agent is stopping", "closed")
    const key = JSON.stringify([folder, servers])
    const shared = places.get(key) ?? { opened: opened(folder, servers), users: 0 }
    places.set(key, shared)
    shared.users += 1
    const leave = (): boolean => {
      shared.users -= 1
      if (shared.users > 0) return false
      places.delete(key)
      return true
    }
    let isLeft = false
    const letGo = async (): Promise<void> => {
      if (isLeft) return
      isLeft = true
      if (leave()) await end(shared)
    }
    try {
      return { ...(await shared.opened), letGo }
    } catch (error) {
      leave()
      throw error
    }
  }

  return {
    take,
    /** Of those that are open, the oldest first. */
    runtimes: (): ReadonlyArray<Runtime> => [...runtimes],
    close: async (): Promise<void> => {
      isClosed = true
      const all = [...places.values()]
      places.clear()
      await Promise.allSettled(all.map(end))
    }
  }
}

export type Places = ReturnType<typeof openPlaces>

/** @throws RequestError (as a rejection) for what is no folder. */
const folderAt = async (cwd: string): Promise<string> => {
  if (!isAbsolute(cwd)) throw refused(`cwd must be an absolute path, not ${JSON.stringify(cwd)}`)
  try {
    return await realpath(cwd)
  } catch {
    throw refused(`cwd: there is no folder ${cwd}`)
  }
}

/** MCP servers of one session at most. */
const mostServers = 64

/** @throws RequestError when two have one name. */
const settingsOf = (servers: ReadonlyArray<McpServer>): McpSettings => {
  if (servers.length > mostServers) throw refused(`mcpServers: at most ${mostServers} servers`)
  const named = servers.map((server) => [server.name, serverOf(server)] as const)
  const twice = named.find(([name], at) => named.findIndex(([other]) => other === name) !== at)
  if (twice !== undefined) throw refused(`mcpServers: two are called ${JSON.stringify(twice[0])}`)
  return Object.fromEntries(named)
}

const serverOf = (server: McpServer): McpSettings[string] => {
  if (!("type" in server)) {
    const { command, args, env } = server
    return { type: "stdio", command, args, env: valuesOf(env) }
  }
  const { type, url, headers } = server
  return { type, url, headers: valuesOf(headers) }
}

const valuesOf = (all: ReadonlyArray<{ readonly name: string; readonly value: string }>): Record<string, string> =>
  Object.fromEntries(all.map(({ name, value }) => [name, value]))
