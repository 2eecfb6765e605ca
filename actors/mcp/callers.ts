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
   * Else the server does not say: then it is the newest request of the only session that has any. Of several sessions those drop out
   * whose requests are answered meanwhile, since whoever waits for the user is not; if that does not tell, nobody is asked.
   */
  readonly find: () => Promise<McpClient | undefined>
}

/** Milliseconds for which a question may wait until it is clear whose it is. */
const patience = 30_000

interface Unclear {
  /** Requests that ran when it came. */
  readonly of: Set<McpClient>
  readonly settle: (whose: McpClient | undefined) => void
}

export const callers = (): Callers => {
  const context = new AsyncLocalStorage<McpClient | undefined>()
  const running = new Set<McpClient>()
  const unclear = new Set<Unclear>()
  /** @param isAnswered Whoever gave up may have been the one that was meant. */
  const over = (client: McpClient, isAnswered: boolean): void => {
    running.delete(client)
    for (const { of, settle } of unclear) {
      if (!of.delete(client)) continue
      if (!isAnswered) settle(undefined)
      else if (isOneSession(of)) settle([...of].at(-1))
    }
    if (isStuck()) [...unclear].at(-1)?.settle(undefined)
  }
  /** When all of them wait for their users, none will be answered: the newest makes room for the others. */
  const isStuck = (): boolean => unclear.size >= running.size
  return {
    during: async (client, run) => {
      running.add(client)
      let isAnswered = false
      try {
        const answer = await context.run(client, run)
        isAnswered = true
        return answer
      } finally {
        over(client, isAnswered)
      }
    },
    apart: (run) => context.run(undefined, run),
    find: async () => {
      const exact = context.getStore()
      if (exact !== undefined && running.has(exact)) return exact
      const of = new Set(running)
      if (of.size === 0 || isOneSession(of)) return [...of].at(-1)
      const { promise, resolve } = Promise.withResolvers<McpClient | undefined>()
      const late = setTimeout(() => one.settle(undefined), patience)
      const settle: Unclear["settle"] = (whose) => {
        unclear.delete(one)
        clearTimeout(late)
        resolve(whose)
      }
      const one = { of, settle }
      unclear.add(one)
      if (isStuck()) settle(undefined)
      return promise
    }
  }
}

const isOneSession = (clients: ReadonlySet<McpClient>): boolean =>
  new Set([...clients].map(({ session }) => session)).size === 1
