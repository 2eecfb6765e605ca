/** Calls of servers that behave badly, side by side: each must be answered, or refused with a reason, in its time. */
import { fileURLToPath } from "node:url"
import { McpError, type McpServers } from "../../../plugins/mcp.ts"

const fixture = fileURLToPath(new URL("fixtures/server.ts", import.meta.url))

/** By name; times in seconds. @param lives File that gets the id of every process. */
export const unruly = (lives: string) => {
  const behaving = (behaviour: object, timeout: number) => ({
    command: process.execPath,
    args: [fixture, JSON.stringify(behaviour), lives],
    timeout
  })
  return {
    crashing: behaving({ crashEvery: 3 }, 10),
    hanging: behaving({ silent: true }, 0.1),
    dirty: behaving({ garbage: true }, 10),
    changing: behaving({ changeEvery: 2 }, 10)
  }
}

export interface Told {
  readonly server: string
  readonly answer?: string
  readonly kind?: McpError["kind"]
  readonly reason?: string
  /** Milliseconds. */
  readonly took: number
}

/** One after the other by server, the servers side by side; `hanging` is called by five at a time. */
export const callAll = async (servers: McpServers, each: number): Promise<ReadonlyArray<Told>> => {
  const lane = async (server: string, calls: number): Promise<ReadonlyArray<Told>> => {
    const told: Array<Told> = []
    for (let at = 1; at <= calls; at++) told.push(await one(servers, server, String(at)))
    return told
  }
  const lanes = servers
    .list()
    .flatMap(({ name }) =>
      name === "hanging" ? Array.from({ length: 5 }, () => lane(name, each / 5)) : [lane(name, each)]
    )
  return (await Promise.all(lanes)).flat()
}

const one = async (servers: McpServers, server: string, text: string): Promise<Told> => {
  const began = performance.now()
  const took = () => performance.now() - began
  const client = { session: "chaos", signal: new AbortController().signal, progress: () => {} }
  try {
    const { content } = await servers.call(server, "echo", { text }, client)
    return { server, answer: JSON.stringify(content), took: took() }
  } catch (error) {
    if (!(error instanceof McpError)) throw error
    return { server, kind: error.kind, reason: error.message, took: took() }
  }
}
