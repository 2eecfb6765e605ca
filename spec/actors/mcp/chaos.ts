/** Calls of servers that behave badly, all at once: each must be answered, or refused with a reason, in its time. */
import { McpError } from "../../../plugins/mcp.ts"
import { client, type Opened } from "./opened.ts"

/** By name: how each of them fails. Times in seconds. */
export const unruly = (behaving: (behaviour: object, more?: object) => object) => ({
  crashing: behaving({ crashEvery: 3 }, { timeout: 3 }),
  hanging: behaving({ silent: true }, { timeout: 1 }),
  dirty: behaving({ garbage: true }, { timeout: 3 }),
  changing: behaving({ changeEvery: 2 }, { timeout: 3 })
})

export interface Told {
  readonly server: string
  readonly answer?: string
  readonly kind?: McpError["kind"]
  readonly reason?: string
  /** Milliseconds. */
  readonly took: number
}

/** One after the other by server, the servers side by side, as turns of an agent do it. */
export const callAll = async (servers: Opened, names: ReadonlyArray<string>, each: number): Promise<ReadonlyArray<Told>> => {
  const all = names.map(async (server) => {
    const told: Array<Told> = []
    for (let at = 1; at <= each; at++) told.push(await one(servers, server, String(at)))
    return told
  })
  return (await Promise.all(all)).flat()
}

const one = async (servers: Opened, server: string, text: string): Promise<Told> => {
  const began = performance.now()
  const took = () => performance.now() - began
  try {
    const { content } = await servers.call(server, "echo", { text }, client())
    return { server, answer: JSON.stringify(content), took: took() }
  } catch (error) {
    if (!(error instanceof McpError)) throw error
    return { server, kind: error.kind, reason: error.message, took: took() }
  }
}
