/**
 * The feed of an open session: what it tells gets its number at once, is kept together with what comes within the same
 * instant, and is shown then.
 */
import { EmptyError, filter, firstValueFrom, map, merge, Subject } from "rxjs"
import type { AgentNotice } from "../../machines/events.ts"
import type { Feed, Numbered } from "../feed.ts"
import type { Commits, Keeper } from "./commits.ts"
import { JournalError, type Writer } from "../journal.ts"
import { isTerminal } from "../session/said.ts"
import { isStreamed, joined, progressCut } from "./streamed.ts"

/** Milliseconds that a notice waits for others, so that one commit serves them all. */
const together = 18
/** Milliseconds that the end of a turn waits: somebody waits for it. */
const soon = 2
/** Milliseconds between two commits of nothing but streamed pieces. */
const streaming = 50
/** Milliseconds until another attempt when the disk refuses. */
const patience = 250
/** Newest notices that readers get without asking the disk, and milliseconds without a new one until they are let go of. */
const recently = { count: 256, time: 1000 }

export interface FeedParts {
  readonly writer: Pick<Writer, "newest" | "notices">
  readonly commits: Commits
  /** Whether somebody said this message and nothing told of its end. */
  readonly isOpen: (message: string) => boolean
  /** The lease is lost: nothing more can be kept. */
  readonly onLost: (error: JournalError) => void
}

export interface SessionFeed extends Feed {
  /** @param at Milliseconds since the Unix epoch. */
  readonly tell: (notice: AgentNotice, at?: number) => void
  /** Keeps what waits, at once. Not to be called while an event is being worked on. @throws JournalError */
  readonly keep: () => void
  /** Never throws. */
  readonly close: () => void
}

export const sessionFeed = ({ writer, commits, isOpen, onLost }: FeedParts): SessionFeed => {
  const { notices: log, newest } = writer
  const grown = new Subject<number>()
  /** What is told cannot be kept now. */
  const refused = new Subject<JournalError>()
  const cut = progressCut()
  let { last: kept, event: mark } = log.end()
  let pending: Array<Numbered> = []
  /** What is told next must not become part of what was told last. */
  let isSealed = false
  let recent: Array<Numbered> = []
  /** `performance.now()` of the newest commit. */
  let keptAt = -Infinity
  let quiet: NodeJS.Timeout | undefined

  const told = (): number => kept + pending.length

  const forget = (): void => {
    quiet = undefined
    recent = []
  }

  const paced = (): number => Math.max(together, keptAt + streaming - performance.now())

  const keeper: Keeper = {
    write: () => {
      const event = newest()
      const batch = pending.slice()
      // Others may tell more before this is committed.
      isSealed = true
      if (batch.length > 0 || event !== mark) log.append(batch, event)
      return () => {
        mark = event
        show(batch)
      }
    },
    failed: (error) => {
      if (!(error instanceof JournalError)) throw error
      if (error.kind === "lost" || error.kind === "closed") return onLost(error)
      refused.next(error)
      commits.later(keeper, patience)
    }
  }

  /** These are kept now. */
  const show = (batch: ReadonlyArray<Numbered>): void => {
    if (batch.length === 0) return
    kept += batch.length
    pending = pending.slice(batch.length)
    keptAt = performance.now()
    recent = [...recent, ...batch].slice(-recently.count)
    quiet = quiet === undefined ? setTimeout(forget, recently.time).unref() : quiet.refresh()
    grown.next(kept)
  }

  const keep = (): void => {
    commits.forget(keeper)
    keeper.write()()
  }

  /** Of an end, for the messages whose end was not told already, by another process or in another way. */
  const news = (notice: AgentNotice | undefined): AgentNotice | undefined => {
    if (notice === undefined || !isTerminal(notice) || notice.messages.length === 0) return notice
    const messages = notice.messages.filter((one) => !isEnding(one) && log.endOf(one) === undefined)
    return messages.length === 0 ? undefined : { ...notice, messages }
  }

  const isEnding = (message: string): boolean =>
    pending.some(({ notice }) => isTerminal(notice) && notice.messages.includes(message))

  const tell = (given: AgentNotice, at = Date.now()): void => {
    const notice = news(cut(given))
    if (notice === undefined) return
    const last = pending.at(-1)
    const both = isSealed ? undefined : joined(last?.notice, notice)
    if (last !== undefined && both !== undefined) pending[pending.length - 1] = { ...last, notice: both }
    else pending.push({ seq: told() + 1, at, notice })
    isSealed = false
    commits.later(keeper, isTerminal(notice) ? soon : isStreamed(notice) ? paced() : together)
  }

  return {
    tell,
    keep,
    last: () => kept,
    told,
    mark: async () => {
      const seq = told()
      isSealed = true
      if (seq === kept) return seq
      try {
        await firstValueFrom(merge(grown, refused.pipe(map(thrown))).pipe(filter((last) => last >= seq)))
        return seq
      } catch (error) {
        if (!(error instanceof EmptyError)) throw error
        throw new JournalError("closed", "the session was closed before what it told was kept", { cause: error })
      }
    },
    read: async (after, limit) => {
      if (after >= kept) return []
      const first = recent[0]?.seq ?? Infinity
      return first <= after + 1 ? recent.slice(after + 1 - first, after + 1 - first + limit) : log.read(after, limit)
    },
    grown: grown.asObservable(),
    fateOf: async (message) => {
      const end = log.endOf(message)
      if (end !== undefined) return { state: "ended", end }
      return { state: isEnding(message) || isOpen(message) ? "open" : "unknown" }
    },
    close: () => {
      try {
        keep()
      } catch (error) {
        if (!(error instanceof JournalError)) throw error
      }
      clearTimeout(quiet)
      forget()
      grown.complete()
      refused.complete()
    }
  }
}

const thrown = (error: JournalError): never => {
  throw error
}
