/** The sessions of a running server through its WebSocket: `SessionHost` for clients, and what they may ask of it besides. */
import { filter, firstValueFrom, type Observable } from "rxjs"
import type { Heals } from "../../actors/healing/heals.ts"
import type { Health } from "../../actors/health.ts"
import type { SessionInfo } from "../../actors/journal.ts"
import type { OpenOptions, SessionHost } from "../../actors/session-host.ts"
import type { OutFrame } from "../wire/frames.ts"
import type { ListedModel } from "../wire/parts.ts"
import { type Address, addressOf } from "./address.ts"
import type { Greeting } from "./line.ts"
import { type Connection, type Link, openLink } from "./link.ts"
import { loadFrames } from "./read-frame.ts"
import { remoteHeals } from "./remote-heals.ts"
import { RemoteError } from "./remote-error.ts"
import { type Held, remoteSession, type RemoteSession } from "./remote-session.ts"
import { requests } from "./requests.ts"
import { type Times, usualTimes } from "./times.ts"

export interface ConnectOptions {
  /** One of the server's keys. Absent: the server wants none. */
  readonly apiKey?: string
  readonly times?: Partial<Times>
}

export interface RemoteHost extends SessionHost, AsyncDisposable {
  readonly open: (options?: Pick<OpenOptions, "resume">) => Promise<RemoteSession>
  /** Where it is, for people. */
  readonly name: string
  /** What is said goes unencrypted over a network. */
  readonly isOpen: boolean
  readonly connection: Observable<Connection>
  readonly now: () => Connection
  /** Whose sessions are seen. */
  readonly user: string | undefined
  /** May change what all share: source code, plugins. */
  readonly isOperator: boolean
  readonly models: () => Promise<ReadonlyArray<ListedModel>>
  readonly health: () => Promise<Health>
  readonly heals: Heals
  /** Gives a quarantined plugin another chance. */
  readonly revive: (plugin: string) => Promise<void>
}

/**
 * Connects to a server, and connects again whenever that is lost.
 *
 * @param address `ws://HOST:PORT/ws`, the address of the web console, or `HOST:PORT`.
 * @throws AddressError; RemoteError when the server cannot be reached, or does not take the key.
 */
export const connect = async (address: string, options: ConnectOptions = {}): Promise<RemoteHost> =>
  hostAt(addressOf(address), options)

const hostAt = async (address: Address, { apiKey, times: changed }: ConnectOptions): Promise<RemoteHost> => {
  const times = { ...usualTimes, ...changed }
  const frames = await loadFrames()
  const { name } = address
  const sessions = new Set<Held>()
  let greeting: Greeting | undefined

  const onGreeted = (next: Greeting): void => {
    greeting = next
    for (const held of sessions) void held.resume()
  }
  const onFrame = (frame: OutFrame): void => {
    if (asking.take(frame)) return
    const id = "session_id" in frame ? frame.session_id : undefined
    for (const held of sessions) if (id === undefined || held.session.id === id) held.take(frame)
  }
  const onLost = (reason: string): void => {
    for (const held of sessions) held.lost()
    asking.drop(new RemoteError("lost", `${reason} before it answered; it may be done or not`))
  }
  const asking = requests(() => link, times.answer, name)
  const link = openLink({ address, frames, times, apiKey, onGreeted, onFrame, onLost })
  await standing(link)

  const { ask } = asking
  const parts = { link, ask, limit: frames.limit, onClose: (held: Held) => void sessions.delete(held) }
  const open = async ({ resume }: Pick<OpenOptions, "resume"> = {}): Promise<RemoteSession> => {
    let held: Held | undefined
    await ask({ type: "open", ...(resume !== undefined && { session_id: resume }) }, "session", (frame) => {
      held = remoteSession(frame, parts)
      sessions.add(held)
    })
    if (held === undefined) throw new RemoteError("closed", `${name} has opened nothing`)
    return held.session
  }
  const close = async (): Promise<void> => {
    await Promise.all([...sessions].map(({ session }) => session.close()))
    link.close()
    asking.drop(new RemoteError("closed", `the connection to ${name} was closed`))
  }
  const list: SessionHost["list"] = async ({ limit } = {}) => {
    const { sessions: found } = await ask({ type: "sessions", ...(limit !== undefined && { limit }) }, "sessions")
    return found.map(({ id, title, model, messages, created_at: createdAt, updated_at: updatedAt }): SessionInfo => {
      return { id, title, model, messages, createdAt, updatedAt, cwd: cwdOf(sessions) }
    })
  }

  return {
    name,
    isOpen: address.isOpen,
    connection: link.connection,
    now: link.now,
    user: greeting?.user,
    isOperator: greeting?.operator === true,
    open,
    list,
    models: async () => (await ask({ type: "models" }, "models")).models,
    // Both were made from values of these types, and hold what the server knows of itself.
    health: async () => (await ask({ type: "health" }, "health")).health as Health,
    heals: remoteHeals(ask),
    revive: async (plugin) => void (await ask({ type: "revive", plugin }, "health")),
    close,
    [Symbol.asyncDispose]: close
  }
}

/** @throws RemoteError (as a rejection) when the first connection does not come about. */
const standing = async (link: Link): Promise<void> => {
  const settled = await firstValueFrom(
    link.connection.pipe(filter(({ state }) => state === "connected" || state === "ended"))
  )
  if (settled.state !== "ended") return
  link.close()
  throw new RemoteError(settled.code ?? "lost", settled.reason)
}

/** All sessions of a server work in one folder. */
const cwdOf = (sessions: ReadonlySet<Held>): string => [...sessions][0]?.session.view().cwd ?? ""
