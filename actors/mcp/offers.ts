/** What a server offers, read when it is connected and again whenever it changes. */
import { within } from "../../plugins/ports/within.ts"
import { type Link, messageOf } from "./link.ts"
import {
  allPages,
  type Listed,
  nothing,
  type Offer,
  type Pages,
  soundPrompts,
  soundResources,
  soundTemplates,
  soundTools,
  type Speech
} from "./lists.ts"

/** Milliseconds: between a change and reading the list; before a lost subscription is made anew, at first and at most; the shortest `ttlMs`. */
const times = { settle: 50, again: 1000, longest: 60_000, ttl: 60_000 }

export interface Offers {
  readonly now: () => Offer
  /** Rejects when its tools cannot be read; whatever else it has is left out then. */
  readonly readAll: (signal: AbortSignal) => Promise<void>
  readonly changed: (what: "tools" | "prompts" | "resources") => void
  /** Resolves when what was told to have changed has been read. */
  readonly settled: () => Promise<void>
}

export interface OffersTold {
  /** Something of it is another. */
  readonly offers: (offer: Offer) => void
  readonly noted: (note: string) => void
}

/** @param living Aborted when the connection is over. */
export const keepOffers = (link: Link, told: OffersTold, living: AbortSignal): Offers => {
  const { client, era, transport } = link
  const hasTasks = client.getServerCapabilities()?.tasks?.requests?.tools?.call !== undefined
  let offer: Offer = nothing
  const stale = new Map<Listed, NodeJS.Timeout>()
  /** Told to have changed, and not read since. */
  const unread = new Map<Listed, PromiseWithResolvers<void>>()
  const due = new Map<Listed, NodeJS.Timeout>()
  const isRead = (what: Listed): void => {
    unread.get(what)?.resolve()
    unread.delete(what)
  }
  const stop = (): void => {
    for (const timer of [...stale.values(), ...due.values()]) clearTimeout(timer)
    for (const what of unread.keys()) isRead(what)
  }
  living.addEventListener("abort", stop, { once: true })

  /** Not put off by what is told meanwhile: whoever never stops telling is heard, too. */
  const soon = (what: Listed): void => {
    if (living.aborted || due.has(what)) return
    if (!unread.has(what)) unread.set(what, Promise.withResolvers())
    due.set(what, setTimeout(() => void again(what), times.settle).unref())
  }
  const later = (what: Listed, milliseconds: number): void => {
    if (living.aborted) return
    clearTimeout(stale.get(what))
    stale.set(what, setTimeout(() => void again(what), milliseconds).unref())
  }
  const read = async (what: Listed, signal: AbortSignal): Promise<void> => {
    const pages = await allPages(client, what, signal)
    offer = { ...offer, ...offered(what, pages, { hasHeaders: era === "modern" && transport === "http", hasTasks }) }
    if (pages.ttl !== undefined) later(what, Math.max(times.ttl, Math.min(pages.ttl, 2 ** 31 - 1)))
  }
  /** A server that tells of a change and then cannot say what it is now keeps what it had. */
  const again = async (what: Listed): Promise<void> => {
    due.delete(what)
    try {
      await read(what, living)
      told.offers(offer)
    } catch (error) {
      if (!living.aborted) told.noted(`its ${what} could not be read again: ${messageOf(error)}`)
    } finally {
      if (!due.has(what)) isRead(what)
    }
  }
  const optional = async (what: Listed, signal: AbortSignal): Promise<void> => {
    await read(what, signal).catch(() => {})
  }
  return {
    now: () => offer,
    readAll: async (signal) => {
      const { tools, prompts, resources } = client.getServerCapabilities() ?? {}
      await Promise.all([
        ...(tools === undefined ? [] : [read("tools", signal)]),
        ...(prompts === undefined ? [] : [optional("prompts", signal)]),
        ...(resources === undefined ? [] : [optional("resources", signal), optional("templates", signal)])
      ])
    },
    changed: (what) => {
      soon(what)
      if (what === "resources") soon("templates")
    },
    settled: async () => void (await Promise.all([...unread.values()].map(({ promise }) => promise)))
  }
}

const offered = (what: Listed, pages: Pages, speech: Speech): Partial<Offer> => {
  switch (what) {
    case "tools":
      return soundTools(pages, speech)
    case "prompts":
      return { prompts: soundPrompts(pages) }
    case "resources":
      return { resources: soundResources(pages) }
    case "templates":
      return { templates: soundTemplates(pages) }
  }
}

/** Servers of 2026 tell of changes to those who listen; whoever was cut off listens again, and looks what was missed. */
export const listen = async ({ client }: Link, offers: Offers, living: AbortSignal): Promise<void> => {
  const { tools, prompts, resources } = client.getServerCapabilities() ?? {}
  const filter = {
    ...(tools !== undefined && { toolsListChanged: true }),
    ...(prompts !== undefined && { promptsListChanged: true }),
    ...(resources !== undefined && { resourcesListChanged: true })
  }
  const kinds = (["tools", "prompts", "resources"] as const).filter((what) => filter[`${what}ListChanged`] === true)
  for (let pause = times.again; !living.aborted && kinds.length > 0; pause = Math.min(2 * pause, times.longest)) {
    try {
      const { closed } = await client.listen(filter, { signal: living })
      const since = performance.now()
      if ((await closed) === "local") return
      for (const what of kinds) offers.changed(what)
      if (performance.now() - since > times.longest) pause = times.again
    } catch (error) {
      if (living.aborted || isUnknown(error)) return
    }
    await within(aborted(living), pause)
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener("abort", () => resolve(), { once: true })
  })

/** JSON-RPC: a server that offers no subscriptions says that there is no such method, or that it is not called so. */
const isUnknown = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === -32_601 || error.code === -32_602)
