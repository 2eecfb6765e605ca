/**
 * Work that goes on between two requests of a client. Since revision 2026-07-28 a server asks its client something by answering
 * `input_required`; the client then repeats its request with the answers. What runs meanwhile, a turn of the agent, cannot begin
 * anew, so it waits here, and the repeated request finds it by a state that nobody can guess and only the same user may use.
 *
 * Bounds: a client has ten minutes to come back, then what was asked counts as not answered and what comes of the work is dropped;
 * at most 64 works of one user wait at a time.
 */
import { randomBytes, randomUUID } from "node:crypto"
import type { User } from "../wire/wire.ts"
import type { Caller, ClientRequest } from "./offer.ts"

/** One request of the client, while it is served: what it declares, and what it wants to hear, may differ from one to the next. */
export interface Leg extends Pick<Caller, "can" | "progress" | "log"> {
  /** Aborted when the client takes this request back, and with it the work. */
  readonly signal: AbortSignal
  /** Answers that came with it, by key. */
  readonly responses: Readonly<Record<string, unknown>>
}

/** The client must answer these and come back with `state`. */
export interface Wanted {
  readonly requests: Readonly<Record<string, ClientRequest>>
  readonly state: string
}

export type Round<Result> = { readonly result: Result } | { readonly wanted: Wanted }

/** Only the same user with the same request finds it again. */
export interface Whose {
  readonly user: User
  readonly request: string
}

/** Of one kind of result. */
export interface CarPark<Result> {
  readonly begin: (whose: Whose, leg: Leg, work: (caller: Caller) => Promise<Result>) => Promise<Round<Result>>
  /** @returns `undefined` when nothing waits under this state for them. */
  readonly resume: (whose: Whose, leg: Leg, state: string) => Promise<Round<Result>> | undefined
  /** Ends all that waits. */
  readonly close: () => void
}

interface Open {
  readonly request: ClientRequest
  readonly settle: (answer: unknown) => void
  readonly fail: (error: Error) => void
}

export interface ParkLimits {
  /** Milliseconds that a client has to come back. */
  readonly patience: number
  /** Works of one user that wait at a time. */
  readonly each: number
}

const usual: ParkLimits = { patience: 10 * 60_000, each: 64 }

export const carPark = <Result>(limits: ParkLimits = usual): CarPark<Result> => {
  const waiting = new Map<string, { readonly whose: Whose; readonly work: Working<Result> }>()
  const round = async (whose: Whose, work: Working<Result>, leg: Leg): Promise<Round<Result>> => {
    const ended = await work.attend(leg)
    if ("result" in ended) return ended
    if ([...waiting.values()].filter((one) => one.whose.user.owner === whose.user.owner).length >= limits.each) {
      work.abandon("too many requests of yours wait for your answers")
      return { result: await work.result }
    }
    const state = randomBytes(32).toString("base64url")
    waiting.set(state, { whose, work })
    work.expire(limits.patience, () => waiting.delete(state))
    return { wanted: { requests: ended.requests, state } }
  }
  return {
    begin: (whose, leg, run) => round(whose, working(whose.user, run), leg),
    resume: (whose, leg, state) => {
      const found = waiting.get(state)
      if (found?.whose.user.owner !== whose.user.owner || found?.whose.request !== whose.request) return undefined
      waiting.delete(state)
      return round(whose, found.work, leg)
    },
    close: () => {
      for (const { work } of waiting.values()) work.end()
      waiting.clear()
    }
  }
}

interface Working<Result> {
  readonly result: Promise<Result>
  /** Serves it until there is a result, or something that the client must answer. */
  readonly attend: (leg: Leg) => Promise<{ readonly result: Result } | { readonly requests: Wanted["requests"] }>
  /** What it asked counts as not answered; it goes on without a client. */
  readonly abandon: (why: string) => void
  readonly expire: (after: number, then: () => void) => void
  readonly end: () => void
}

const working = <Result>(user: User, run: (caller: Caller) => Promise<Result>): Working<Result> => {
  const taken = new AbortController()
  const open = new Map<string, Open>()
  let leg: Leg | undefined
  let clock: NodeJS.Timeout | undefined
  let asked = Promise.withResolvers<void>()
  let given: Leg["responses"] = {}
  let can: Leg["can"] = {}
  const ask: Caller["ask"] = async (requests, signal) => {
    const answers = Object.entries(requests).map(
      async ([name, request]) => [name, await one(name, request, signal)] as const
    )
    return Object.fromEntries(await Promise.all(answers))
  }
  const one = (name: string, request: ClientRequest, signal: AbortSignal | undefined): Promise<unknown> =>
    new Promise((settle, fail) => {
      // It may have come with the first request, for those who know what will be asked.
      if (fits(request, given[name])) return settle(given[name])
      if (taken.signal.aborted) return fail(new Error("the request was taken back"))
      const key = open.has(name) ? randomUUID() : name
      const withdraw = (): void => {
        if (open.delete(key)) fail(new Error("the answer is no longer wanted"))
      }
      if (signal?.aborted === true) return fail(new Error("the answer is no longer wanted"))
      signal?.addEventListener("abort", withdraw, { once: true })
      open.set(key, { request, settle, fail })
      // What is asked in the same breath is asked together.
      setImmediate(() => asked.resolve())
    })
  const abandon = (why: string): void => {
    for (const { fail } of open.values()) fail(new Error(why))
    open.clear()
  }
  const end = (): void => {
    clearTimeout(clock)
    taken.abort()
    abandon("the request was taken back")
  }
  let result: Promise<Result> | undefined
  const begun = (): Promise<Result> => {
    // Told between two requests, nothing reaches the client.
    result ??= run({
      user,
      signal: taken.signal,
      ask,
      progress: (told) => leg?.progress(told),
      log: (level, data) => leg?.log(level, data),
      get can() {
        return can
      }
    })
    // Nobody may be there when it fails.
    result.catch(() => {})
    return result
  }
  return {
    get result() {
      return begun()
    },
    abandon,
    end,
    expire: (after, then) => {
      clock = setTimeout(() => {
        then()
        abandon("the client did not come back with its answers in time")
      }, after).unref()
    },
    attend: async (now) => {
      clearTimeout(clock)
      leg = now
      given = now.responses
      can = now.can
      for (const [name, { request, settle }] of open) {
        if (!fits(request, given[name])) continue
        open.delete(name)
        settle(given[name])
      }
      now.signal.addEventListener("abort", end, { once: true })
      if (now.signal.aborted) end()
      if (open.size === 0) asked = Promise.withResolvers()
      try {
        return await Promise.race([
          begun().then((result) => ({ result })),
          asked.promise.then(() => ({
            requests: Object.fromEntries([...open].map(([name, { request }]) => [name, request]))
          }))
        ])
      } finally {
        now.signal.removeEventListener("abort", end)
        leg = undefined
      }
    }
  }
}

/** Whether an answer is of the kind that was asked for; what is in it, the asker looks at. */
const fits = ({ method }: ClientRequest, answer: unknown): boolean => {
  if (typeof answer !== "object" || answer === null) return false
  if (method === "elicitation/create") return "action" in answer && actions.has(answer.action)
  if (method === "roots/list") return "roots" in answer && Array.isArray(answer.roots)
  return "role" in answer && "content" in answer
}

const actions: ReadonlySet<unknown> = new Set(["accept", "decline", "cancel"])
