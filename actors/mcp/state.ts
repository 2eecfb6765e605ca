/** What is known of one server now, and who waits for it to become another. */
import type { McpServerView, McpStatus } from "../../plugins/mcp.ts"
import type { ConfiguredServer } from "./configured.ts"
import type { About } from "./life.ts"
import type { Era, Link } from "./link.ts"
import type { Offer } from "./lists.ts"

/** Changed through `enter` and `set` alone, so that everybody hears of it. */
export interface Known {
  readonly status: McpStatus
  readonly error: string | undefined
  readonly note: string | undefined
  /** Milliseconds since the Unix epoch. */
  readonly retryAt: number | undefined
  readonly about: About | undefined
  /** What it spoke last. */
  readonly era: Era | undefined
  readonly offer: Offer
  /** Resolves when `offer` is what the server last said to have. */
  readonly settled: () => Promise<void>
  /** While it is ready. */
  readonly link: Link | undefined
  /** Connections that did not come about. */
  readonly failures: number
  /** Its supervisor does not start it again. */
  readonly isOver: boolean
}

export interface State {
  readonly now: () => Known
  readonly view: () => McpServerView
  readonly set: (changes: Partial<Known>) => void
  /** Resolves with the first value that is not undefined, looked for now and after each change; rejects with the signal's reason. */
  readonly until: <A>(look: (known: Known) => A | undefined, signal: AbortSignal) => Promise<A>
}

export const emptyOffer: Offer = { tools: [], refused: [], prompts: [], resources: [], templates: [] }

/** @param hide Takes secrets out of what is told of it. */
export const stateOf = (
  { name, source, entry, note, untrusted }: ConfiguredServer,
  first: Partial<Known>,
  hide: (text: string) => string,
  changed: () => void
): State => {
  const transport = "way" in entry ? entry.way.transport : entry.transport
  const fixed = { name, source, transport, target: hide(entry.target) }
  const looks = new Set<() => void>()
  let known: Known = {
    status: "idle",
    error: untrusted,
    note,
    retryAt: undefined,
    about: undefined,
    era: undefined,
    offer: emptyOffer,
    settled: async () => {},
    link: undefined,
    failures: 0,
    isOver: false,
    ...first
  }
  let view: McpServerView | undefined
  return {
    now: () => known,
    view: () => (view ??= viewOf(fixed, known)),
    set: (changes) => {
      known = { ...known, ...changes }
      view = undefined
      for (const look of looks) look()
      changed()
    },
    until: (look, signal) =>
      new Promise((resolve, reject) => {
        const done = (): void => {
          looks.delete(check)
          signal.removeEventListener("abort", giveUp)
        }
        const check = (): void => {
          const found = look(known)
          if (found === undefined) return
          done()
          resolve(found)
        }
        const giveUp = (): void => {
          done()
          reject(signal.reason)
        }
        if (signal.aborted) return giveUp()
        signal.addEventListener("abort", giveUp, { once: true })
        looks.add(check)
        check()
      })
  }
}

type Fixed = Pick<McpServerView, "name" | "source" | "transport" | "target">

const viewOf = (fixed: Fixed, { status, error, note, retryAt, about, offer, link }: Known): McpServerView => {
  const { protocol, title, version, instructions } = about ?? {}
  return {
    ...fixed,
    ...(link !== undefined && { transport: link.transport }),
    status,
    ...(error !== undefined && { error }),
    ...(note !== undefined && { note }),
    ...(retryAt !== undefined && { retryAt }),
    ...(protocol !== undefined && link !== undefined && { protocol }),
    ...(title !== undefined && { title }),
    ...(version !== undefined && { version }),
    ...(instructions !== undefined && { instructions }),
    ...offer
  }
}
