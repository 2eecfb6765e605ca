/**
 * One reader of one session: a cursor in its feed that moves while the wire is free. Nothing waits here for a slow reader;
 * what it has not taken is read again when it is ready.
 */
import { setImmediate as breath } from "node:timers/promises"
import { sentIn } from "../../actors/session-files.ts"
import type { Numbered } from "../../actors/feed.ts"
import type { AgentNotice } from "../../machines/events.ts"
import type { Session } from "../../actors/session-host.ts"
import { after, asked, isStreamed, responsesTo, type Standing } from "./told.ts"
import type { Wire } from "./wire.ts"

export interface Following {
  /** From this number on, whatever was told before. */
  readonly goTo: (seq: number) => void
  /** Sends the questions that wait, each once. */
  readonly ask: () => void
  /** The wire takes something, or there is something to take. */
  readonly pump: () => void
  /** Resolves when all is sent that had been told by now; not before the wire takes it. */
  readonly caughtUp: () => Promise<void>
  readonly end: () => void
}

export interface FollowingParts {
  readonly session: Session
  readonly wire: Pick<Wire, "send" | "isFree">
  /** Number after which it begins. */
  readonly from: number
  /** Events that it may be behind before streamed pieces are left out. */
  readonly lag: number
  /** What this reader may know of a notice. Default: all. */
  readonly shown?: (notice: AgentNotice) => AgentNotice
  /** The feed cannot be read. */
  readonly onBroken: (error: unknown) => void
}

/** Events that are read at once. */
const page = 64

export const follow = ({
  session,
  wire,
  from,
  lag,
  shown = (notice) => notice,
  onBroken
}: FollowingParts): Following => {
  const feed = session.feed()
  let cursor = from
  /** Another number whenever the cursor is moved by hand: what was read for the former is void. */
  let course = 0
  let standing: Standing = {}
  let isEnded = false
  let isPumping = false
  let isWanted = false
  const told = new Set<string>()
  const waiting = new Set<() => void>()

  /** One event with what belongs to it. @returns whether the course is still the same. */
  const tell = async ({ seq, at, notice: whole }: Numbered, now: number): Promise<boolean> => {
    const notice = shown(whole)
    const session_id = session.id
    const file = notice.type === "agent.settled" ? sentIn(notice.answer) : undefined
    const bytes = file === undefined ? undefined : await session.files.get(file.id).catch(() => undefined)
    if (course !== now) return false
    if (bytes !== undefined)
      wire.send({ type: "file", name: bytes.name, mime: bytes.mime, data: base64(bytes.bytes), session_id })
    for (const response of responsesTo({ seq, at, notice }, session_id)) wire.send(response)
    wire.send({ type: "event", seq, at, event: notice, session_id })
    cursor = seq
    if (notice.type === "agent.asked") ask()
    tellStatus(after(standing, notice))
    return true
  }

  const tellStatus = (next: Standing): void => {
    const { status } = next
    if (status !== undefined && status !== standing.status)
      wire.send({ type: "status", status, session_id: session.id })
    standing = next
  }

  const ask = (): void => {
    for (const question of session.view().questions) {
      if (told.has(question.id)) continue
      told.add(question.id)
      wire.send({ type: "permission", ...asked(question), session_id: session.id })
    }
  }

  /** One page. @returns whether there may be more to do. */
  const step = async (): Promise<boolean> => {
    const now = course
    const events = await feed.read(cursor, page)
    if (events.length === 0) return false
    for (const event of events) {
      if (course !== now) return true
      if (!wire.isFree()) return false
      if (isStreamed(event.notice) && feed.last() - event.seq > lag) cursor = event.seq
      else if (!(await tell(event, now))) return true
    }
    // Who has much to catch up with and takes it fast must not keep all others waiting.
    if (cursor < feed.last()) await breath()
    return true
  }

  const pump = async (): Promise<void> => {
    isWanted = true
    if (isPumping) return
    isPumping = true
    try {
      while (isWanted && !isEnded && wire.isFree()) {
        isWanted = false
        while (!isEnded && wire.isFree() && (await step())) {}
        for (const check of waiting) check()
      }
    } catch (error) {
      if (!isEnded) onBroken(error)
    } finally {
      isPumping = false
    }
  }

  const growing = feed.grown.subscribe(() => void pump())
  void pump()

  return {
    goTo: (seq) => {
      cursor = seq
      course += 1
      standing = {}
      told.clear()
      void pump()
    },
    ask,
    pump: () => void pump(),
    caughtUp: async () => {
      const goal = await feed.mark()
      return new Promise((resolve) => {
        const check = (): void => {
          if (!isEnded && cursor < goal) return
          waiting.delete(check)
          resolve()
        }
        waiting.add(check)
        check()
        void pump()
      })
    },
    end: () => {
      isEnded = true
      course += 1
      growing.unsubscribe()
      for (const check of waiting) check()
    }
  }
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64")
