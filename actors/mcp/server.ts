/** One server as a child of the runtime's tree: its lives one after the other. */
import * as Effect from "effect/Effect"
import type { Environment } from "../folders.ts"
import { type Breaker, makeBreaker } from "../kernel/breaker.ts"
import type { ChildSpec, Life } from "../kernel/child.ts"
import type { AuthSite } from "./auth.ts"
import { type Callers, callers } from "./callers.ts"
import type { ConfiguredServer } from "./configured.ts"
import type { Entry } from "./entry.ts"
import type { Told } from "./life.ts"
import type { Memory } from "./remembered.ts"
import { type State, stateOf } from "./state.ts"

export interface ServerParts {
  /** Unique among its siblings in the tree. */
  readonly id: string
  readonly configured: ConfiguredServer & { readonly entry: Entry }
  /** Absolute: what servers are told as their root. */
  readonly cwd: string
  readonly env: Environment
  /** Absent: logins are kept nowhere. */
  readonly data: string | undefined
  readonly log: (message: string) => void
  /** Milliseconds for a call, when its configuration does not say. */
  readonly timeout: number
  /** Milliseconds for a connection. */
  readonly connectWithin: number
  /** Takes secrets out of what it says. */
  readonly hide: (text: string) => string
  readonly memory: Memory
  readonly changed: () => void
  /** No life follows by itself. */
  readonly onEnd: () => void
}

export interface Server {
  readonly name: string
  readonly state: State
  readonly child: ChildSpec
  readonly breaker: Breaker
  readonly callers: Callers
  /** Absent: it knows no logins. */
  readonly site: AuthSite | undefined
  /** Milliseconds for a call. */
  readonly timeout: number
  readonly hide: (text: string) => string
  /** It has answered a request in this life. */
  readonly answered: () => void
  readonly isUseful: () => boolean
  /** Tries a server that waits for a login once more, unless that was just tried. @returns whether it does. */
  readonly wake: () => boolean
}

/** Milliseconds between two tries of a server that waits for a login. */
const loginPause = 1000

export const mcpServer = (parts: ServerParts): Server => {
  const { configured, hide, memory, changed, id } = parts
  const { name, entry } = configured
  const remembered = memory.find(name, entry.way)
  const first = remembered === undefined ? {} : { offer: remembered.offer, era: remembered.era }
  const state = stateOf(configured, first, hide, changed)
  const breaker = makeBreaker({ name: `MCP server ${name}` })
  const whose = callers()
  const site = siteOf(name, entry, parts.data)
  let kill = (): void => {}
  let wake: (() => void) | undefined
  let triedAt = 0
  let isUseful = false

  const oneLife = async (signal: AbortSignal): Promise<void> => {
    triedAt = performance.now()
    isUseful = false
    state.set({ status: "connecting", retryAt: undefined })
    const [{ live }, { authProviderFor, loginNeeded }] = await Promise.all([import("./life.ts"), import("./auth.ts")])
    const { cwd, env, log, connectWithin } = parts
    const life = { name, way: entry.way, cwd, env, log, hide, connectWithin, caller: whose.find }
    const told = toldTo(state, parts)
    let wasReady = false
    try {
      const how = await live(
        {
          ...life,
          era: state.now().era,
          login: async () => (site === undefined ? undefined : authProviderFor(site)),
          started: (end) => (kill = end),
          told: { ...told, ready: (...made) => ((wasReady = true), told.ready(...made)) }
        },
        signal
      )
      if (!signal.aborted) throw new Error(how)
    } catch (error) {
      if (signal.aborted) return
      const login = site === undefined ? undefined : await loginNeeded(error, site)
      const why = hide(login?.message ?? (error instanceof Error ? error.message : String(error)))
      // What it spoke once may be what it does not speak any more.
      const next = wasReady ? {} : { era: undefined, failures: state.now().failures + 1 }
      const status = login === undefined ? "waiting" : "login"
      state.set({ ...next, status, error: why, link: undefined })
      if (status === "waiting") throw new Error(why, { cause: error })
      await new Promise<void>((resolve, reject) => {
        wake = () => reject(new Error("it is tried again after a login"))
        signal.addEventListener("abort", () => resolve(), { once: true })
      }).finally(() => (wake = undefined))
    }
  }

  const child: ChildSpec = {
    id,
    kind: "server",
    shutdown: 8000,
    start: Effect.succeed(lifeOf((signal) => whose.apart(() => oneLife(signal)))),
    kill: () => kill(),
    onEnd: parts.onEnd,
    facts: () => {
      const { status, link } = state.now()
      const breaks = breaker.view().state
      const isOwn = status === "connecting" || status === "login"
      return { breaker: breaks, ...(isOwn && { state: status }), ...(link?.pid !== undefined && { pid: link.pid }) }
    }
  }
  return {
    name,
    state,
    child,
    breaker,
    callers: whose,
    site,
    timeout: entry.timeout ?? parts.timeout,
    hide,
    answered: () => (isUseful = true),
    isUseful: () => isUseful,
    wake: () => {
      if (wake === undefined || performance.now() - triedAt < loginPause) return false
      wake()
      return true
    }
  }
}

const siteOf = (server: string, { way }: Entry, data: string | undefined): AuthSite | undefined =>
  way.transport === "stdio" ? undefined : { server, url: way.url, config: way, data }

const toldTo = (state: State, { configured, memory }: ServerParts): Told => {
  const { name, entry } = configured
  const remember = (): void => {
    const { offer, era } = state.now()
    memory.keep(name, entry.way, { offer, ...(era !== undefined && { era }) })
  }
  return {
    ready: (link, about, { now, settled }) => {
      state.set({ status: "ready", error: undefined, link, about, era: about.era, offer: now(), settled })
      remember()
      // It takes its time until nothing of it is left; nobody shall call it meanwhile.
      void link.ended.then((how) => {
        if (state.now().link === link) state.set({ status: "waiting", error: how, link: undefined })
      })
    },
    offers: (offer) => {
      state.set({ offer })
      remember()
    },
    noted: (more) => state.set({ note: configured.note === undefined ? more : `${configured.note}; ${more}` })
  }
}

/** A promise that is told to end, and waited for, when its child is stopped. */
const lifeOf = (run: (signal: AbortSignal) => Promise<void>): Life =>
  Effect.suspend(() => {
    const stopped = new AbortController()
    let running: Promise<void> | undefined
    const begin = () => (running = run(stopped.signal))
    const stop = async (): Promise<void> => {
      stopped.abort()
      await running?.catch(() => {})
    }
    return Effect.onInterrupt(Effect.tryPromise({ try: begin, catch: (error) => error }), () => Effect.promise(stop))
  })
