/** One session for one context: opened when there is work, read by its feed, so that nothing is told twice or lost by a crash. */
import type { Part } from "@a2a-js/sdk"
import { JournalError } from "../../actors/journal.ts"
import { FilesError, sentIn } from "../../actors/session-files.ts"
import { isFromBackground } from "../../machines/background.ts"
import type { Session, SessionHost } from "../../actors/session-host.ts"
import { type GivenFile, contentWithFiles } from "../given-files.ts"
import { withoutPlaces } from "../wire/refusal.ts"
import { type HandParts, type OpenHand, type Order, Refused } from "./hand.ts"
import { newsOf } from "./retold.ts"

export interface SessionHandParts {
  readonly runtime: Pick<SessionHost, "open">
  readonly log: (message: string) => void
}

/** Notices that are read at once. */
const page = 64

/** Milliseconds for another process to let go of a session: one that was killed is noticed. */
const patience = 10_000

export const sessionHands =
  ({ runtime, log }: SessionHandParts): OpenHand =>
  (parts) => {
    let opened: Promise<Session> | undefined
    let cursor = parts.cursor
    let isClosing = false
    const unwanted = new Set<string>()

    const open = async (): Promise<Session> => {
      await parts.after
      const session = await openedOrNew(runtime, parts, cursor)
      const feed = session.feed()
      let reading = Promise.resolve()
      const read = async (): Promise<void> => {
        for (;;) {
          const events = await feed.read(cursor, page)
          for (const { seq, notice } of events) {
            await hear(session, parts, notice, seq)
            cursor = seq
          }
          if (events.length < page) return
        }
      }
      // Not by the feed: until that tells of it, the turn could be over.
      session.events.subscribe((notice) => {
        if (notice.type !== "agent.started") return
        const said = notice.messages.filter((id) => !isFromBackground({ id }))
        if (said.length > 0 && said.every((id) => unwanted.has(id))) queueMicrotask(session.cancel)
      })
      const failed = (error: unknown): void => {
        if (!isClosing) parts.lost(reasonOf(error, log))
      }
      const next = (): void => void (reading = reading.then(read).catch(failed))
      feed.grown.subscribe({
        next,
        complete: () => {
          opened = undefined
          next()
          void reading.then(() => failed(new Error("its session was closed")))
        }
      })
      next()
      return session
    }

    const session = (): Promise<Session> =>
      (opened ??= open().catch((error: unknown) => {
        opened = undefined
        throw error
      }))

    const say = async ({ id, message, task }: Order): Promise<void> => {
      try {
        const it = await session()
        const { text, files } = saidIn(message.parts)
        const content = await contentWithFiles(it, text, files)
        it.send({ type: "user.message", id, content, at: Date.now() })
      } catch (error) {
        if (error instanceof FilesError) throw new Refused(error.message, { cause: error })
        throw new Error(`task ${task.id}: ${reasonOf(error, log)}`, { cause: error })
      }
    }

    return {
      say,
      answer: (id, { decision, content }) => {
        const event = { type: "permission.answered", id, decision, ...(content !== undefined && { content }) } as const
        void session().then(
          (it) => it.send(event),
          (error: unknown) => parts.lost(reasonOf(error, log))
        )
      },
      cancel: (messages) => {
        for (const id of messages) unwanted.add(id)
        void opened?.then(
          (it) => it.cancel(),
          () => {}
        )
      },
      resume: async (orders) => {
        const feed = (await session()).feed()
        for (const order of orders) if ((await feed.fateOf(order.id)).state === "unknown") await say(order)
      },
      close: async (suspend) => {
        isClosing = true
        const it = await opened?.catch(() => undefined)
        await it?.close({ suspend })
      }
    }
  }

const openedOrNew = async (
  runtime: Pick<SessionHost, "open">,
  { owner, session: id }: HandParts,
  cursor: number
): Promise<Session> => {
  const how = { numbered: true, goOn: true, takesFiles: true, ...(owner !== undefined && { owner }) }
  const until = Date.now() + patience
  for (;;)
    try {
      return await runtime.open({ ...how, resume: id })
    } catch (error) {
      if (!(error instanceof JournalError)) throw error
      // Nothing is kept of a session before something is said in it.
      if (error.kind === "not_found" && cursor === 0) return runtime.open({ ...how, newId: id })
      if (error.kind !== "held" || Date.now() > until) throw error
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
}

const hear = async (
  session: Session,
  { owner, tell }: HandParts,
  whole: Parameters<typeof newsOf>[0],
  seq: number
): Promise<void> => {
  const notice = owner === undefined ? whole : withoutPlaces(whole)
  const news = newsOf(notice)
  if (news.length === 0) return tell({ type: "joined", message: "" }, seq)
  const file = notice.type === "agent.settled" ? sentIn(notice.answer) : undefined
  const bytes = file === undefined ? undefined : await session.files.get(file.id).catch(() => undefined)
  for (const one of news) {
    if (one.type === "made" && bytes === undefined) continue
    tell(one, seq, one.type === "made" ? bytes?.bytes : undefined)
  }
}

/** Files may be referred to, and are not fetched for strangers: the agent does that by its own tools, and asks. */
const saidIn = (parts: ReadonlyArray<Part>): { readonly text: string; readonly files: ReadonlyArray<GivenFile> } => {
  const lines: Array<string> = []
  const files: Array<GivenFile> = []
  for (const { content, filename, mediaType } of parts) {
    if (content?.$case === "text") lines.push(content.value)
    else if (content?.$case === "data") lines.push(JSON.stringify(content.value, undefined, 2))
    else if (content?.$case === "url") lines.push(`[A file that was not fetched: ${content.value}]`)
    else if (content?.$case === "raw")
      files.push({ name: filename === "" ? "file" : filename, mime: mediaType, bytes: content.value })
  }
  return { text: lines.join("\n\n"), files }
}

/** What a caller may know of it; the rest goes to the log. */
const reasonOf = (error: unknown, log: (message: string) => void): string => {
  if (error instanceof JournalError && error.kind === "held") return "another program works in its session"
  if (error instanceof JournalError && error.kind === "not_found") return "its session was deleted"
  log(`a2a: ${error instanceof Error ? error.message : String(error)}`)
  return "its session cannot be used; the log of the server says why"
}
