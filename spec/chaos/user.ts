/** A user at a session: asks for one task after another, cancels when told to, closes the session and goes on with it. */
import { setTimeout as sleep } from "node:timers/promises"
import { isDeepStrictEqual } from "node:util"
import type { Runtime } from "../../actors/runtime.ts"
import { replay } from "../../actors/agent.ts"
import { isTerminal, userMessage } from "../../actors/session.ts"
import type { Session } from "../../actors/session-host.ts"
import type { TerminalNotice, Transcript } from "../../machines/events.ts"
import type { Call } from "./call.ts"
import type { Oracle, Turn } from "./oracle.ts"
import type { Script } from "./script.ts"
import type { Complaints, Tally } from "./tally.ts"

export interface UserParts {
  readonly runtime: Runtime
  readonly script: Script
  readonly oracle: Oracle
  /** Sessions that do not read from their journal as they were seen. */
  readonly unlike: Complaints
  readonly sessions: Tally
}

export interface User {
  /** One turn of these calls, in a session of its own. */
  readonly once: (calls: ReadonlyArray<Call>) => Promise<Turn>
  /** Works until `isOver`, each session a few turns long. */
  readonly work: (isOver: () => boolean) => Promise<void>
  /** @returns false when no turn is under way. */
  readonly cancel: () => boolean
  readonly resume: () => boolean
}

const turnsOfSession = 6
/** Milliseconds between two turns: the quiet time would otherwise be busier than the one with faults. */
const thinking = 150
/** Milliseconds in which a turn must end, whatever happens: its calls may wait for each other, and for the wire. */
const patience = 120_000

export const makeUser = ({ runtime, script, oracle, unlike, sessions }: UserParts): User => {
  let session: Session
  let turn: Turn | undefined
  /** Whether the session could be gone on with. */
  let resuming: Promise<boolean> | undefined
  /** How often the turn of each message of this user has ended. */
  let ends = new Map<string, number>()

  const attach = (opened: Session): Session => {
    opened.events.subscribe((notice) => {
      if (turn !== undefined) oracle.hear(turn, notice)
      if (isTerminal(notice)) for (const id of notice.messages) ends.set(id, (ends.get(id) ?? 0) + 1)
    })
    return opened
  }

  const compare = (shown: Transcript, what: string): void => {
    const kept = replay(runtime.journal.read(session.id)).context.transcript
    sessions.add("compared")
    if (!isDeepStrictEqual(kept, shown)) unlike.add(`${what}: ${firstDifference(kept, shown)}`)
  }

  const goOn = async (): Promise<void> => {
    const { id } = session
    await session.close()
    const before = session.view().transcript
    session = attach(await runtime.open({ resume: id }))
    const after = session.view().transcript
    compare(after, `session ${id}, gone on with`)
    if (!isDeepStrictEqual(after.slice(0, before.length), before))
      unlike.add(`session ${id} has lost what it had shown: ${firstDifference(after, before)}`)
    sessions.add("resumed")
  }

  const ask = async (text: string): Promise<TerminalNotice | undefined> => {
    const message = userMessage(text)
    ends.set(message.id, 0)
    const { promise, resolve } = Promise.withResolvers<TerminalNotice | undefined>()
    const timer = setTimeout(() => resolve(undefined), patience)
    const heard = session.events.subscribe((notice) => {
      if (isTerminal(notice) && notice.messages.includes(message.id)) resolve(notice)
    })
    session.send(message)
    const end = await promise
    clearTimeout(timer)
    heard.unsubscribe()
    return end
  }

  /** @returns whether it has ended, and another can follow. */
  const oneTurn = async (asked: Turn): Promise<boolean> => {
    turn = asked
    const end = await ask(`Please do task ${turn.number}.`)
    const isOpen = (await resuming) ?? true
    resuming = undefined
    const { transcript } = session.view()
    oracle.ended(turn, end, transcript)
    script.end(turn)
    turn = undefined
    await sleep(thinking)
    return end !== undefined && isOpen
  }

  const oneSession = async (go: () => Promise<void>): Promise<void> => {
    session = attach(await runtime.open())
    ends = new Map()
    sessions.add("opened")
    await go()
    compare(session.view().transcript, `session ${session.id}`)
    await session.close()
    for (const [id, count] of ends) if (count !== 1) oracle.unended.add(`message ${id} was ended ${count} times`)
  }

  return {
    once: async (calls) => {
      const asked = script.begin(calls)
      await oneSession(async () => void (await oneTurn(asked)))
      return asked
    },
    work: async (isOver) => {
      const aFewTurns = async () => {
        for (let turns = 0; turns < turnsOfSession && !isOver() && (await oneTurn(script.begin())); turns++);
      }
      while (!isOver()) await oneSession(aFewTurns)
    },
    cancel: () => {
      if (turn === undefined || resuming !== undefined) return false
      turn.isDisturbed = true
      session.send({ type: "user.cancel" })
      return true
    },
    resume: () => {
      if (turn === undefined || resuming !== undefined) return false
      turn.isDisturbed = true
      resuming = goOn().then(
        () => true,
        (error: unknown) => {
          unlike.add(`session ${session.id} cannot be gone on with: ${String(error)}`)
          return false
        }
      )
      return true
    }
  }
}

const firstDifference = (kept: Transcript, shown: Transcript): string => {
  const at = shown.findIndex((message, at) => !isDeepStrictEqual(message, kept[at]))
  const brief = (message: unknown) => JSON.stringify(message)?.slice(0, 200) ?? "nothing"
  return at === -1
    ? `${kept.length} messages in the journal, ${shown.length} seen`
    : `message ${at}: ${brief(kept[at])} in the journal, ${brief(shown[at])} seen`
}
