/** One life of a server: it is connected, its offers are read and read again when they change, and it ends. */
import type { Client } from "@modelcontextprotocol/client"
import { withWords } from "./last-words.ts"
import { connect, type Era, type Link, type LinkParts, messageOf, NotConnected } from "./link.ts"
import { keepOffers, listen, type Offers, type OffersTold } from "./offers.ts"

export interface LifeParts extends LinkParts {
  /** Milliseconds in which it must be connected and have told its tools. */
  readonly connectWithin: number
  readonly told: Told
}

export interface Told extends OffersTold {
  readonly ready: (link: Link, about: About, offers: Offers) => void
}

export interface About {
  readonly protocol?: string
  readonly title?: string
  readonly version?: string
  readonly instructions?: string
  readonly era: Era
}

/** Resolves, with how, when it has ended by itself; rejects when it could not be connected. In both cases nothing is left of it. */
export const live = async (parts: LifeParts, signal: AbortSignal): Promise<string> => {
  const over = new AbortController()
  const limit = AbortSignal.timeout(parts.connectWithin)
  const starting = AbortSignal.any([signal, limit])
  let link: Link | undefined
  try {
    link = await inTime(connect(parts, starting), limit)
    const ended = ending(link, signal)
    await begin(link, parts, starting, AbortSignal.any([signal, over.signal]))
    return withWords(await ended, link.said())
  } catch (error) {
    const late = `it was not connected within ${parts.connectWithin / 1000} s`
    throw await failure(error, link, limit.aborted ? late : undefined)
  } finally {
    over.abort()
    await link?.close()
  }
}

/** Milliseconds in which a connection that is given up must have ended. */
const grace = 3000

/** What does not end when it is told to is not waited for; if it comes to a connection after all, that is closed. */
const inTime = async (connecting: Promise<Link>, limit: AbortSignal): Promise<Link> => {
  const late = Promise.withResolvers<never>()
  const giveUp = () => setTimeout(() => late.reject(new Error("it does not end")), grace).unref()
  limit.addEventListener("abort", giveUp, { once: true })
  try {
    return await Promise.race([connecting, late.promise])
  } catch (error) {
    void connecting.then((link) => link.close()).catch(() => {})
    throw error
  } finally {
    limit.removeEventListener("abort", giveUp)
  }
}

const ending = (link: Link, signal: AbortSignal): Promise<string> =>
  new Promise((resolve) => {
    void link.ended.then(resolve)
    signal.addEventListener("abort", () => resolve("was stopped"), { once: true })
  })

/** Its end says more than what that did to what was under way. */
const failure = async (cause: unknown, link: Link | undefined, late: string | undefined): Promise<NotConnected> => {
  const how = link === undefined ? undefined : await Promise.race([link.ended, Promise.resolve(undefined)])
  const said = link?.said() ?? (cause instanceof NotConnected ? cause.said : "")
  const what = late ?? how ?? (cause instanceof NotConnected ? cause.what : messageOf(cause))
  return new NotConnected(what, said, { cause })
}

const begin = async (link: Link, parts: LifeParts, starting: AbortSignal, living: AbortSignal): Promise<void> => {
  const { client, era } = link
  const { told } = parts
  const offers = keepOffers(link, told, living)
  for (const what of ["tools", "prompts", "resources"] as const) {
    // Registered before the first list is read, and for every server: some tell of changes without having declared it.
    client.setNotificationHandler(`notifications/${what}/list_changed`, () => offers.changed(what))
  }
  // Before the lists are read, so that no change lies between the two.
  if (era === "modern") void listen(link, offers, living)
  await offers.readAll(starting)
  told.ready(link, aboutOf(client, era), offers)
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
