/** The sessions of one connection: opened, listed, loaded and closed, each beside the others. */
import { realpath } from "node:fs/promises"
import type {
  AgentContext,
  ClientCapabilities,
  ListSessionsRequest,
  ListSessionsResponse,
  LoadSessionRequest,
  McpServer,
  NewSessionRequest,
  ResumeSessionRequest
} from "@agentclientprotocol/sdk"
import type { Journal } from "../../actors/journal.ts"
import { failed, loginNeeded, noSession, refused } from "./errors.ts"
import { editorOf } from "./editor.ts"
import type { ListedModel } from "./options.ts"
import type { Places, Taken } from "./places.ts"
import { replayOf } from "./replay.ts"
import { openSeat, type Seat } from "./seat.ts"

export interface DeskParts {
  /** There is one when the first session is opened. */
  readonly client: () => Pick<AgentContext, "request" | "notify">
  readonly capabilities: () => ClientCapabilities
  readonly places: Places
  /** Sessions of every folder. */
  readonly journal: () => Promise<Journal>
  /** Removes what is kept of sessions beside the journal. */
  readonly forget: (ids: ReadonlyArray<string>) => Promise<void>
  /** Those that could be used in this folder. */
  readonly models: (cwd: string) => Promise<ReadonlyArray<ListedModel>>
  readonly howToLogin: () => string
  readonly log: (message: string) => void
}

/** Sessions that are open at the same time. */
const mostSeats = 64

/** Sessions on one page of the list. */
const page = 100

interface Place {
  readonly cwd: string
  readonly mcpServers?: ReadonlyArray<McpServer>
  readonly additionalDirectories?: ReadonlyArray<string>
}

interface Open {
  readonly seat: Seat
  readonly place: Taken
}

export const openDesk = (parts: DeskParts) => {
  const { places, journal } = parts
  const open = new Map<string, Open>()
  /** Ids that are being opened or closed: whoever wants one waits. */
  const busy = new Map<string, Promise<unknown>>()

  const inTurn = async <Result>(id: string, act: () => Promise<Result>): Promise<Result> => {
    const before = busy.get(id)
    const now = (async () => {
      await before?.catch(() => {})
      return act()
    })()
    busy.set(id, now)
    try {
      return await now
    } finally {
      if (busy.get(id) === now) busy.delete(id)
    }
  }

  let opening = 0

  const seat = (id: string): Seat => {
    const one = open.get(id)
    if (one === undefined) throw noSession(id)
    return one.seat
  }

  /** @param resume Absent: a new one. */
  const sit = async (given: Place, resume?: string): Promise<Open> => {
    if (open.size + opening >= mostSeats) throw failed(`${mostSeats} sessions are open: close one first`, "busy")
    if (given.additionalDirectories !== undefined && given.additionalDirectories.length > 0)
      throw refused("additionalDirectories are not supported: add them to tools.allowed_paths of the configuration")
    opening += 1
    try {
      return await sitAt(await places.take(given.cwd, given.mcpServers ?? []), given.cwd, resume)
    } finally {
      opening -= 1
    }
  }

  const sitAt = async (place: Taken, cwd: string, resume: string | undefined): Promise<Open> => {
    try {
      const { runtime } = place
      if (runtime.model === undefined) throw loginNeeded(parts.howToLogin())
      const models = await parts.models(runtime.cwd).catch(() => [])
      const [client, capabilities] = [parts.client(), parts.capabilities()]
      // Known when it is open, and asked for after that.
      let id = ""
      const editor = editorOf({
        sessionId: () => id,
        client,
        capabilities,
        cwd,
        realCwd: runtime.cwd,
        log: parts.log
      })
      const session = await runtime.open({
        ...(resume === undefined ? {} : { resume }),
        ...(editor === undefined ? {} : { editor })
      })
      id = session.id
      const title = (): string => runtime.journal.find(id)?.title ?? ""
      const { howToLogin } = parts
      const { blindness = () => [] } = place
      const one = openSeat({ session, client, capabilities, models, title, howToLogin, blindness })
      open.set(one.id, { seat: one, place })
      return { seat: one, place }
    } catch (error) {
      await place.letGo()
      throw error
    }
  }

  /** What the user is to know comes behind the answer, which tells the editor of the session. */
  const welcome = ({ seat: one, place }: Open): void =>
    // An editor that is gone is told nothing.
    void setImmediate(() => void one.greet(place.notices).catch(() => {}))

  const leave = async (id: string): Promise<void> => {
    const one = open.get(id)
    open.delete(id)
    try {
      await one?.seat.close()
    } finally {
      await one?.place.letGo()
    }
  }

  /** @throws JournalError (as a rejection) when somebody else's, or none, is called so. */
  const existing = async (id: string): Promise<string> => {
    const found = (await journal()).find(id)
    if (found === undefined || found.id !== id) throw noSession(id)
    return id
  }

  const goOn = (given: Place & { readonly sessionId: string }, isShown: boolean) =>
    inTurn(given.sessionId, async () => {
      const id = await existing(given.sessionId)
      // It may have come to another folder, or to other servers.
      await leave(id)
      const one = await sit(given, id)
      try {
        if (isShown) await showAgain(one, id)
      } catch (error) {
        await leave(id)
        throw error
      }
      welcome(one)
      return one.seat.state()
    })

  const showAgain = async ({ seat: one, place }: Open, id: string): Promise<void> => {
    const { cwd, journal: rows } = place.runtime
    for (const update of replayOf(rows, id, { cwd, capabilities: parts.capabilities() })) await one.tell(update)
  }

  const list = async ({ cwd, cursor }: ListSessionsRequest): Promise<ListSessionsResponse> => {
    const start = cursor == null ? 0 : Number(cursor)
    if (!Number.isSafeInteger(start) || start < 0) throw refused("cursor is none of session/list")
    const wanted = start + page + 1
    // Sessions are kept by the folder's real path.
    const folder = cwd == null ? undefined : await realpath(cwd).catch(() => cwd)
    const all = (await journal()).list({ ...(folder === undefined ? {} : { cwd: folder }), limit: wanted })
    const found = all.slice(start)
    const sessions = found.slice(0, page).filter(({ messages }) => messages > 0)
    return {
      sessions: sessions.map(({ id, cwd: place, title, updatedAt }) => ({
        sessionId: id,
        cwd: place,
        title,
        updatedAt: new Date(updatedAt).toISOString()
      })),
      ...(found.length > page && { nextCursor: String(start + page) })
    }
  }

  return {
    seat,
    begin: async (given: NewSessionRequest) => {
      const one = await sit(given)
      welcome(one)
      return { sessionId: one.seat.id, ...one.seat.state() }
    },
    load: (given: LoadSessionRequest) => goOn(given, true),
    resume: (given: ResumeSessionRequest) => goOn(given, false),
    list,
    close: (id: string) =>
      inTurn(id, async () => {
        seat(id)
        await leave(id)
      }),
    delete: (id: string) =>
      inTurn(id, async () => {
        await existing(id)
        await leave(id)
        await parts.forget((await journal()).delete(id))
      }),
    /** Nothing for one that was closed meanwhile. */
    cancel: (id: string): void => open.get(id)?.seat.cancel(),
    /** Cancels what runs everywhere and answers it. */
    cancelAll: (): void => {
      for (const { seat: one } of open.values()) one.cancel()
    },
    closeAll: async (): Promise<void> => {
      await Promise.allSettled([...open.keys()].map(leave))
    }
  }
}

export type Desk = ReturnType<typeof openDesk>
