/** One life of a server: it is connected, its offers are read and read again when they change, and it ends. */
import type { Client } from "@modelcontextprotocol/client"
import { within } from "../../plugins/ports/within.ts"
import { connect, type Era, type Link, type LinkParts, messageOf, NotConnected } from "./link.ts"
import {
  allPages,
  type Listed,
  nothing,
  type Offer,
  type Pages,
  soundPrompts,
  soundResources,
  soundTemplates,
  soundTools
} from "./lists.ts"

export interface LifeParts extends LinkParts {
  /** Milliseconds in which it must be connected and have told its tools. */
  readonly connectWithin: number
  readonly told: Told
}

export interface Told {
  readonly ready: (link: Link, about: About, offer: Offer) => void
  /** Something of its offer is another. */
  readonly offers: (offer: Offer) => void
  readonly noted: (note: string) => void
}

export interface About {
  readonly protocol?: string
  readonly title?: string
  readonly version?: string
  readonly instructions?: string
  readonly era: Era
}

/** Milliseconds: between a change and reading the list; before a lost subscription is made anew, at first and at most; the shortest `ttlMs`. */
const times = { settle: 50, again: 1000, longest: 60_000, ttl: 60_000 }

/** Resolves, with how, when it has ended by itself; rejects when it could not be connected. In both cases nothing is left of it. */
export const live = async (parts: LifeParts, signal: AbortSignal): Promise<string> => {
  const over = new AbortController()
  const limit = AbortSignal.timeout(parts.connectWithin)
  const starting = AbortSignal.any([signal, limit])
  let link: Link | undefined
  try {
    link = await inTime(connect(parts, starting), limit, parts)
    const ended = ending(link, signal)
    await begin(link, parts, starting, AbortSignal.any([signal, over.signal]))
    return await ended
  } catch (error) {
    throw failure(error, link)
  } finally {
    over.abort()
    await link?.close()
  }
}

/** What does not end by itself when it is told to is not waited for; if it comes to a connection after all, that is closed. */
const inTime = async (connecting: Promise<Link>, limit: AbortSignal, { connectWithin }: LifeParts): Promise<Link> => {
  const late = Promise.withResolvers<never>()
  const grace = 3000
  const giveUp = () => setTimeout(() => late.reject(new Error("it does not end")), grace)
  limit.addEventListener("abort", giveUp, { once: true })
  try {
    return await Promise.race([connecting, late.promise])
  } catch (error) {
    void connecting.then((link) => link.close()).catch(() => {})
    if (!limit.aborted) throw error
    const words =
      error instanceof NotConnected ? error.message.split("; it wrote to standard error:\n", 2)[1] : undefined
    const said = words === undefined ? "" : `; it wrote to standard error:\n${words}`
    throw new NotConnected(`it was not connected within ${connectWithin / 1000} s${said}`, { cause: error })
  } finally {
    limit.removeEventListener("abort", giveUp)
  }
}

const ending = (link: Link, signal: AbortSignal): Promise<string> =>
  new Promise((resolve) => {
    void link.ended.then(resolve)
    signal.addEventListener("abort", () => resolve("was stopped"), { once: true })
  })

const failure = (error: unknown, link: Link | undefined): unknown => {
  if (link === undefined) return error
  const said = link.said()
  return new NotConnected(
    said === "" ? messageOf(error) : `${messageOf(error)}; it wrote to standard error:\n${said}`,
    {
      cause: error
    }
  )
}

const begin = async (link: Link, parts: LifeParts, starting: AbortSignal, living: AbortSignal): Promise<void> => {
  const { client, era } = link
  const { told } = parts
  const offers = keepOffer(link, parts, living)
  for (const what of ["tools", "prompts", "resources"] as const) {
    // Registered before the first list is read, and for every server: some tell of changes without having declared it.
    client.setNotificationHandler(`notifications/${what}/list_changed`, () => offers.changed(what))
  }
  // Before the lists are read, so that no change lies between the two.
  if (era === "modern") void listen(link, offers, living)
  await offers.readAll(starting)
  told.ready(link, aboutOf(client, era), offers.now())
  const note = link.note()
  if (note !== undefined) told.noted(note)
}

const aboutOf = (client: Client, era: Era): About => {
  const { title, name, version } = client.getServerVersion() ?? {}
  const protocol = client.getNegotiatedProtocolVersion()
  const instructions = client.getInstructions()
  return {
    era,
    ...(protocol !== undefined && { protocol }),
    ...((title ?? name) !== undefined && { title: title ?? name }),
    ...(version !== undefined && { version }),
    ...(instructions !== undefined && instructions !== "" && { instructions })
  }
}

interface Offers {
  readonly now: () => Offer
  /** Rejects when its tools cannot be read; whatever else it has is left out then. */
  readonly readAll: (signal: AbortSignal) => Promise<void>
  readonly changed: (what: "tools" | "prompts" | "resources") => void
}

const keepOffer = (link: Link, { told }: LifeParts, living: AbortSignal): Offers => {
  const { client, era, transport } = link
  let offer: Offer = nothing
  const timers = new Map<string, NodeJS.Timeout>()
  living.addEventListener("abort", () => timers.forEach((timer) => clearTimeout(timer)), { once: true })

  const later = (what: Listed, milliseconds: number): void => {
    if (living.aborted) return
    clearTimeout(timers.get(what))
    timers.set(what, setTimeout(() => void again(what), milliseconds).unref())
  }
  const read = async (what: Listed, signal: AbortSignal): Promise<void> => {
    const pages = await allPages(client, what, signal)
    offer = { ...offer, ...offered(what, pages, era === "modern" && transport === "http") }
    if (pages.ttl !== undefined) later(what, Math.max(times.ttl, Math.min(pages.ttl, 2 ** 31 - 1)))
  }
  /** A server that tells of a change and then cannot say what it is now keeps what it had. */
  const again = async (what: Listed): Promise<void> => {
    try {
      await read(what, living)
      told.offers(offer)
    } catch (error) {
      if (!living.aborted) told.noted(`its ${what} could not be read again: ${messageOf(error)}`)
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
      later(what, times.settle)
      if (what === "resources") later("templates", times.settle)
    }
  }
}

const offered = (what: Listed, pages: Pages, hasHeaders: boolean): Partial<Offer> => {
  switch (what) {
    case "tools":
      return soundTools(pages, hasHeaders)
    case "prompts":
      return { prompts: soundPrompts(pages) }
    case "resources":
      return { resources: soundResources(pages) }
    case "templates":
      return { templates: soundTemplates(pages) }
  }
}

/** Servers of 2026 tell of changes to those who listen; whoever was cut off listens again, and looks what was missed. */
const listen = async ({ client }: Link, offers: Offers, living: AbortSignal): Promise<void> => {
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
