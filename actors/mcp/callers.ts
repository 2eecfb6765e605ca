/** Whose request a server's question belongs to. */
import { AsyncLocalStorage } from "node:async_hooks"
import type { McpClient } from "../../plugins/mcp.ts"

export interface Callers {
  /** Runs a request of somebody's. */
  readonly during: <A>(client: McpClient, run: () => Promise<A>) => Promise<A>
  /** Runs what belongs to nobody, though somebody may have caused it: a connection that many use. */
  readonly apart: <A>(run: () => Promise<A>) => Promise<A>
  /**
   * Exact where the question comes in the course of the request (an answer's stream over HTTP, a result that requires input).
   * Else the server does not say: then it is the newest request of the only session that has any.
   */
  readonly current: () => McpClient | undefined
}

export const callers = (): Callers => {
  const context = new AsyncLocalStorage<McpClient | undefined>()
  const running = new Set<McpClient>()
  return {
    during: async (client, run) => {
      running.add(client)
      try {
        return await context.run(client, run)
      } finally {
        running.delete(client)
      }
    },
    apart: (run) => context.run(undefined, run),
    current: () => {
      const exact = context.getStore()
      if (exact !== undefined && running.has(exact)) return exact
      const all = [...running]
      return new Set(all.map(({ session }) => session)).size === 1 ? all.at(-1) : undefined
    }
  }
}
