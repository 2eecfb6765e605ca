/** Watches what this process sends: whether a request leaves before the time that its server had named to an earlier one. */
import { subscribe, unsubscribe } from "node:diagnostics_channel"

/** Milliseconds from the last byte of a refusal until all of a busy process knows of it. */
const grace = 250

/** Of undici's, as far as they are read here; Node's own fetch tells of its requests in them. */
interface Told {
  readonly request: { readonly path: string }
  readonly response?: { readonly headers: ReadonlyArray<Buffer> }
}

export interface Watch {
  /** By the first part of the address. */
  readonly early: Readonly<Record<string, number>>
  readonly stop: () => void
}

export const watchForEarly = (): Watch => {
  const early: Record<string, number> = {}
  /** Asked for by an answer that is not read to its end yet. */
  const asked = new WeakMap<object, number>()
  const closed = new Map<string, { readonly from: number; readonly until: number }>()

  const listeners: Readonly<Record<string, (told: Told) => void>> = {
    "undici:request:create": ({ request }) => {
      const { from = Infinity, until = 0 } = closed.get(serverOf(request)) ?? {}
      const now = Date.now()
      if (now > from && now < until - 1) early[serverOf(request)] = (early[serverOf(request)] ?? 0) + 1
    },
    "undici:request:headers": ({ request, response }) => {
      const names = response?.headers.map(String) ?? []
      const wait = Number(names[names.indexOf("retry-after-ms") + 1])
      if (names.includes("retry-after-ms")) asked.set(request, Date.now() + wait)
    },
    "undici:request:trailers": ({ request }) => {
      const until = asked.get(request) ?? 0
      const before = closed.get(serverOf(request))
      const now = Date.now()
      if (until > (before?.until ?? 0))
        closed.set(serverOf(request), {
          from: before !== undefined && before.until > now ? before.from : now + grace,
          until
        })
    }
  }
  const entries = Object.entries(listeners).map(
    ([name, listener]) => [name, (message: unknown) => listener(message as Told)] as const // as undici documents it
  )
  for (const [name, listener] of entries) subscribe(name, listener)
  return { early, stop: () => entries.forEach(([name, listener]) => unsubscribe(name, listener)) }
}

const serverOf = ({ path }: Told["request"]): string => path.split("/")[1] ?? ""
