/** One request of somebody's: waits for its server, keeps its time, and says why when there is no answer. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Inquiry } from "../../plugins/inquiry.ts"
import { type McpClient, McpError } from "../../plugins/mcp.ts"
import { within } from "../../plugins/ports/within.ts"
import { BreakerOpen } from "../kernel/breaker.ts"
import type { Failure } from "./failure.ts"
import { withWords } from "./last-words.ts"
import type { Link } from "./link.ts"
import type { Offer } from "./lists.ts"
import type { Server } from "./server.ts"
import type { Known } from "./state.ts"
import { type TimeLimit, timeLimit } from "./time-limit.ts"

/** What is asked on a connection that stands. */
export type Ask<A> = (link: Link, offer: Offer, options: AskOptions) => Promise<A>

export interface AskOptions {
  readonly signal: AbortSignal
  /** Milliseconds, the longest there are: the signal ends it. */
  readonly timeout: number
  readonly onprogress: (said: { readonly progress: number; readonly total?: number; readonly message?: string }) => void
}

/** Milliseconds that an answer waits for lists which changed on the way. */
const patience = 1000

/** @param what Names it to people: `the tool echo`. Rejects with a McpError. */
export const request = async <A>(server: Server, what: string, client: McpClient, ask: Ask<A>): Promise<A> => {
  const limit = timeLimit(server.timeout)
  const signal = AbortSignal.any([client.signal, limit.signal])
  const asking: Asking = { server, what, client, limit, signal }
  try {
    for (let isFirst = true; ; isFirst = false) {
      const link = await standing(asking)
      const outcome = await guarded(asking, link, ask)
      if ("value" in outcome) {
        server.answered()
        // It may have changed what it has: whoever goes on shall know.
        await within(server.state.now().settled(), patience)
        return outcome.value
      }
      const { error, ends, isUnseen, pages } = outcome.failure
      if (ends !== undefined) link.fail(ends)
      if (isFirst && pages !== undefined && (await areAgreedTo(pages, asking))) continue
      if (!isFirst || !isUnseen) throw error
      // Nothing was lost: it may go on with the next connection.
      await server.state.until((known) => (known.link === link ? undefined : true), signal).catch(() => {})
    }
  } finally {
    limit.clear()
  }
}

/** Asked one after another, until the user does not want to. */
const areAgreedTo = async (pages: ReadonlyArray<Inquiry>, asking: Asking): Promise<boolean> => {
  const { ask } = heldBack(asking)
  if (ask === undefined) return false
  for (const page of pages) if ((await ask(page)).action !== "accept") return false
  return true
}

interface Asking {
  readonly server: Server
  readonly what: string
  readonly client: McpClient
  readonly limit: TimeLimit
  readonly signal: AbortSignal
}

/** Milliseconds until the next try for which a call waits at most: whoever fails for long is not ready for now. */
const longestWait = 10_000

/** Of several tries to connect the first one after the call tells whether it is any use to wait. */
const standing = async ({ server, what, client, limit, signal }: Asking): Promise<Link> => {
  const who = `MCP server ${server.name}`
  const { failures: before, status } = server.state.now()
  const { failures, retryAt = 0 } = server.breaker.view()
  const rest = Math.ceil((retryAt - Date.now()) / 1000)
  // Before its connection is waited for: whoever rests is begun anew meanwhile.
  if (rest > 0)
    throw new McpError("not_ready", `${who} failed ${failures} times in a row and rests: try again in ${rest} s`)
  const isWoken = status === "login" && server.wake()
  const look = (known: Known): Link | McpError | undefined => {
    if (known.link !== undefined) return known.link
    if (known.isOver) return new McpError("ended", `${who} was stopped`)
    if (known.status === "login" && !(isWoken && known.failures === before))
      return new McpError("login", `${who} wants a login: run \`kintsugi mcp login ${server.name}\``)
    const wait = (known.retryAt ?? 0) - Date.now()
    if (known.failures > before || wait > Math.min(longestWait, limit.left())) {
      const next = wait > 0 ? `; it is tried again in ${Math.ceil(wait / 1000)} s` : ""
      return new McpError("not_ready", `${who} is not ready: ${known.error ?? "it ended"}${next}`)
    }
    return undefined
  }
  let found: Link | McpError
  try {
    found = await server.state.until(look, signal)
  } catch {
    const { error } = server.state.now()
    const why = error === undefined ? "" : `: ${error}`
    throw client.signal.aborted
      ? cancelled(who, what)
      : new McpError("timeout", `${who} was not ready within ${inSeconds(server)}${why}`)
  }
  if (found instanceof McpError) throw found
  return found
}

const inSeconds = ({ timeout }: Server): string => `${timeout / 1000} s`

const cancelled = (who: string, what: string): McpError => new McpError("cancelled", `${what} of ${who} was cancelled`)

type Outcome<A> = { readonly value: A } | { readonly failure: Failure }

/** What the server answers, also a refusal, shows that it lives; what was cancelled shows nothing. */
const guarded = async <A>(asking: Asking, link: Link, ask: Ask<A>): Promise<Outcome<A>> => {
  const { server, client } = asking
  const calling = Effect.flatMap(
    Effect.promise(() => asked(asking, link, ask)),
    (outcome) => (client.signal.aborted && "failure" in outcome ? Effect.interrupt : Effect.succeed(outcome))
  )
  const isFault = (outcome: Outcome<A>): boolean => "failure" in outcome && outcome.failure.isFault
  const protectedCall = Effect.matchEffect(server.breaker.protect(calling, isFault), {
    onSuccess: (outcome) => Effect.succeed<Outcome<A> | BreakerOpen>(outcome),
    onFailure: (open) => Effect.succeed<Outcome<A> | BreakerOpen>(open)
  })
  const exit = await Effect.runPromiseExit(protectedCall)
  if (Exit.isFailure(exit)) throw cancelled(`MCP server ${server.name}`, asking.what)
  const outcome = exit.value
  if (outcome instanceof BreakerOpen) throw new McpError("not_ready", outcome.message)
  // Whoever hangs like that is begun anew.
  if ("failure" in outcome && server.breaker.view().state === "open") link.fail("it failed too often in a row")
  return outcome
}

/** Milliseconds of the longest timer there is. */
const longest = 2 ** 31 - 1

/** Characters of a progress message. */
const longestMessage = 2000

const asked = async <A>(asking: Asking, link: Link, ask: Ask<A>): Promise<Outcome<A>> => {
  const { server, what, client, limit, signal } = asking
  const who = `MCP server ${server.name}`
  const held = heldBack(asking)
  const options: AskOptions = {
    signal,
    timeout: longest,
    onprogress: ({ progress, total, message }) => {
      limit.alive()
      const fraction = total !== undefined && total > 0 ? Math.min(1, Math.max(0, progress / total)) : undefined
      client.progress({
        ...(message !== undefined && { message: message.slice(0, longestMessage) }),
        ...(fraction !== undefined && Number.isFinite(fraction) && { fraction })
      })
    }
  }
  try {
    const value = await server.callers.during(held, () => ask(link, server.state.now().offer, options))
    return { value }
  } catch (cause) {
    if (cause instanceof McpError) return { failure: { error: cause, isUnseen: false, isFault: false } }
    if (limit.isOver() && !client.signal.aborted) {
      const late = `${who} did not answer ${what} within ${inSeconds(server)}`
      const error = new McpError("timeout", withWords(late, link.said()))
      return { failure: { error, isUnseen: false, isFault: true } }
    }
    const { failureOf } = await import("./failure.ts")
    const { site, hide } = server
    return { failure: await failureOf(cause, { server: server.name, who, what, link, site, hide }) }
  }
}

/** While the user, or a model, is asked for the server, the time of the call stands still. */
const heldBack = ({ client, limit, signal }: Asking): McpClient => {
  const { ask, sample } = client
  return {
    ...client,
    signal,
    ...(ask !== undefined && { ask: (inquiry) => limit.apart(ask(inquiry)) }),
    ...(sample !== undefined && { sample: (wanted, from) => limit.apart(sample(wanted, from)) })
  }
}
