/** Keeps what is known of a session in step with what its server tells: every event once, in order. */
import { type Observable, Subject } from "rxjs"
import { isTerminal } from "../../actors/session/said.ts"
import type { SessionView } from "../../actors/session-host.ts"
import type { AgentNotice } from "../../machines/events.ts"
import type { OutFrame } from "../wire/frames.ts"
import { isUnclear, type Mirror, mirrorOf, reflect, type SessionFrame } from "./mirror.ts"
import type { Requests } from "./requests.ts"

/** `moved`: the conversation goes on from another point, because somebody else went there. */
export interface Renewed {
  readonly moved: boolean
}

export interface Follower {
  readonly view: () => SessionView
  /** Number of the newest event. */
  readonly last: () => number
  /** `view` says something else than the notices told. */
  readonly renewed: Observable<Renewed>
  /** Passes by what was told before. */
  readonly event: (frame: Extract<OutFrame, { type: "event" }>) => void
  readonly session: (frame: SessionFrame) => void
  /** Follows another session, or this one as if for the first time. */
  readonly begin: (frame: SessionFrame) => void
  /** Only the server knows how it is now. What it does not tell is asked again with the next connection. */
  readonly look: (transcript: boolean) => void
  /** What it changes in the conversation is known to whoever asked for it. */
  readonly quietly: <Result>(work: () => Promise<Result>) => Promise<Result>
  readonly close: () => void
}

/** @param tell Hears each notice after `view` knows it. */
export const follow = (first: SessionFrame, ask: Requests["ask"], tell: (notice: AgentNotice) => void): Follower => {
  const renewed = new Subject<Renewed>()
  let mirror: Mirror = mirrorOf(first)
  let last = first.since
  /** How it is at the server, newer than the events that have come. */
  let ahead: SessionFrame | undefined
  let quiet = 0
  /** A message waits, or a plugin's was read: no notice tells of it as it stands in the conversation. */
  let isQueued = false

  const adopt = (frame: SessionFrame): void => {
    ahead = undefined
    const before = mirror.view.transcript
    mirror = mirrorOf(frame, before)
    last = Math.max(last, frame.last)
    const isOther = frame.transcript !== undefined && !isSame(before, frame.transcript)
    renewed.next({ moved: isOther && quiet === 0 })
  }
  const session = (frame: SessionFrame): void => {
    if (frame.last > last) ahead = frame
    else adopt(frame)
  }
  const quietly: Follower["quietly"] = async (work) => {
    quiet++
    return work().finally(() => quiet--)
  }
  const view = (transcript: boolean): Promise<unknown> =>
    ask({ type: "view", session_id: mirror.view.id, transcript }, "session", session).catch(() => undefined)

  /** Whether the notices alone do not tell how the conversation reads now. */
  const isRewritten = (notice: AgentNotice): boolean =>
    notice.type === "agent.compacted" ||
    notice.type === "agent.cancelled" ||
    notice.type === "agent.failed" ||
    (notice.type === "agent.changed" && notice.cleared === true) ||
    (isTerminal(notice) && isQueued)

  const event: Follower["event"] = ({ seq, event: notice }) => {
    if (seq <= last) return
    if (ahead !== undefined && ahead.last < seq) adopt(ahead)
    last = seq
    mirror = reflect(mirror, notice)
    tell(notice)
    if (ahead?.last === seq) return adopt(ahead)
    const rewritten = isRewritten(notice)
    isQueued = notice.type === "agent.queued" || notice.type === "agent.continued" || (isQueued && !isTerminal(notice))
    if (rewritten) return void quietly(() => view(true))
    // A session that has only just begun did not know its tools.
    const isYoung = notice.type === "agent.started" && mirror.view.tools.length === 0
    if (isUnclear(notice) || isYoung) void view(false)
  }
  return {
    view: () => mirror.view,
    last: () => last,
    renewed: renewed.asObservable(),
    event,
    session,
    begin: (frame) => {
      adopt(frame)
      last = frame.since
    },
    look: (transcript) => void view(transcript),
    quietly,
    close: () => renewed.complete()
  }
}

/** Whether the model said the same in both. What was cut short of a reply is told by no notice. */
const isSame = (one: SessionView["transcript"], other: SessionView["transcript"]): boolean => {
  const [mine, theirs] = [wordsOf(one), wordsOf(other)]
  return mine.length === theirs.length && mine.every((words, at) => words === theirs[at])
}

const wordsOf = (transcript: SessionView["transcript"]): ReadonlyArray<string> =>
  transcript.flatMap((message) =>
    message.role === "assistant" && message.interrupted !== true ? [JSON.stringify(message.content)] : []
  )
