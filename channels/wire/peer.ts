/**
 * One client, from its first frame to its last: who it is, how much it may ask at once, and an answer to everything.
 *
 * Frames about sessions are taken one after another, as they came; all others as they come.
 */
import { bucket } from "./bucket.ts"
import { type Guest, openGuest } from "./guest.ts"
import type { InFrame } from "./frames.ts"
import { readFrame } from "./read-frame.ts"
import { Refusal, toldOf } from "./refusal.ts"
import type { Answer, Handlers, Request } from "./request.ts"
import { care } from "./requests/care.ts"
import { commands } from "./requests/commands.ts"
import { places } from "./requests/places.ts"
import { points } from "./requests/points.ts"
import { talk } from "./requests/talk.ts"
import { isOperator, type Joining, type PacedPeer, type Unheard, type User } from "./wire.ts"

export interface PeerParts extends Pick<Request, "desk" | "seats" | "watch" | "isStopping"> {
  readonly joining: Joining
  readonly onGone: () => void
}

/** A peer as the hub keeps it. */
export interface KeptPeer extends PacedPeer {
  /** Resolves when all that was told by now is sent, as far as the wire takes it. */
  readonly caughtUp: () => Promise<void>
  readonly end: (code: number, reason: string) => void
}

const handlers: Handlers<InFrame["type"]> = { ...places, ...talk, ...points, ...commands, ...care }

/** These wait for nobody. */
const free: ReadonlySet<string> = new Set(Object.keys(care))

/** Answers to these may be long: they wait until the client takes what it has been sent. */
const long: ReadonlySet<InFrame["type"]> = new Set([
  "open",
  "view",
  "sessions",
  "tree",
  "commands",
  "models",
  "health",
  "heals",
  "heal",
  "heal_accept",
  "heal_undo",
  "revive"
])

export const openPeer = ({ joining, onGone, ...parts }: PeerParts): KeptPeer => {
  const { wire, authenticate } = joining
  const { desk, seats } = parts
  const { clock, limits, log } = desk
  const mayPass = bucket(clock, limits.burst, limits.framesPerSecond)
  const waiting = new Set<() => void>()
  /** Who wants to know when frames are answered. */
  const counting = new Set<() => void>()
  let guest: Guest | undefined
  let isGone = false
  let inFlight = 0
  let strikes = 0
  let before: Promise<void> = Promise.resolve()

  const admit = (user: User): Guest => (guest = openGuest(desk, seats, user, wire))

  const end = (code: number, reason: string): void => {
    gone()
    wire.end(code, reason)
  }

  const gone = (): void => {
    if (isGone) return
    isGone = true
    tooLate()
    guest?.gone()
    for (const go of waiting) go()
    waiting.clear()
    for (const look of counting) look()
    onGone()
  }

  const tooLate = clock.later(limits.authTime, () => {
    if (guest === undefined) end(4401, "not authenticated in time")
  })

  /** One that goes on like this is ended. */
  const strike = (message: string, request_id?: string): void => {
    strikes += 1
    if (strikes > limits.patience) return end(1008, "too many frames")
    wire.send({ type: "error", code: "too_many", message, ...(request_id !== undefined && { request_id }) })
  }

  const wireTakes = (): Promise<void> =>
    new Promise((resolve) => {
      if (isGone || wire.isFree()) return resolve()
      waiting.add(resolve)
    })

  const complain = (frame: InFrame, error: unknown): void => {
    const { code, message, isHidden } = toldOf(error, guest !== undefined && isOperator(guest.user))
    if (isHidden) log(`a frame ${frame.type}: ${error instanceof Error ? error.stack : String(error)}`)
    wire.send({ type: "error", code, message, ...idsOf(frame) })
  }

  const handle = async (frame: InFrame, guest: Guest): Promise<void> => {
    const { request_id } = frame
    let isAnswered = false
    const answer = (given: Answer): void => {
      isAnswered = true
      wire.send(request_id === undefined ? given : { ...given, request_id })
    }
    const aside: Request["aside"] = (work) => {
      isAnswered = true
      inFlight += 1
      void work()
        .catch((error: unknown) => complain(frame, error))
        .finally(done)
    }
    try {
      if (long.has(frame.type)) await wireTakes()
      // What somebody said before leaving counts; who only wanted to see something is gone.
      if (isGone && (long.has(frame.type) || frame.type in places)) return
      await handlerOf(frame)({ ...parts, guest, answer, aside })
      if (!isAnswered && request_id !== undefined) answer({ type: "ok", ...sessionOf(frame) })
    } catch (error) {
      complain(frame, error)
    }
  }

  const done = (): void => {
    inFlight -= 1
    for (const look of counting) look()
  }

  const take = (frame: InFrame, guest: Guest): void => {
    if (inFlight >= limits.inFlight)
      return strike(`${limits.inFlight} frames wait for their answer; wait for some of them`, frame.request_id)
    strikes = 0
    inFlight += 1
    if (free.has(frame.type)) return void handle(frame, guest).finally(done)
    before = before.then(() => handle(frame, guest)).finally(done)
  }

  const signIn = (frame: InFrame): void => {
    if (frame.type !== "auth") {
      const told = new Refusal("not_authenticated", "the first frame must be auth, with an api_key that is known here")
      complain(frame, told)
      strikes += 1
      if (strikes >= strangerFrames) end(4401, "not authenticated")
      return
    }
    const user = authenticate(frame.api_key)
    if (user !== undefined && !("unheard" in user)) return take(frame, admit(user))
    refuseKey(frame, user?.unheard)
    end(4401, "not authenticated")
  }

  const refuseKey = ({ request_id }: InFrame, error = "nobody here has this key"): void =>
    wire.send({
      type: "auth_response",
      success: false,
      error,
      ...(request_id !== undefined && { request_id })
    })

  /** A second `auth` is as good as an `open`, but nobody becomes another on the way. @returns what is wrong with it, or false. */
  const isAnother = (frame: InFrame, { user }: Guest): false | Partial<Unheard> => {
    if (frame.type !== "auth" || frame.api_key === undefined) return false
    const named = authenticate(frame.api_key)
    if (named !== undefined && "unheard" in named) return named
    return named !== undefined && named.owner === user.owner ? false : {}
  }

  const receive = (text: string): void => {
    if (isGone) return
    if (!mayPass.take()) return strike(`more than ${limits.framesPerSecond} frames a second; slow down`)
    const read = readFrame(text)
    if ("wrong" in read) {
      const { wrong: message, request_id } = read
      wire.send({ type: "error", code: "bad_frame", message, ...(request_id !== undefined && { request_id }) })
      return
    }
    const { frame } = read
    if (guest === undefined) return signIn(frame)
    const other = isAnother(frame, guest)
    if (other === false) return take(frame, guest)
    refuseKey(frame, other.unheard)
  }

  /** Resolves when at most so many frames wait for their answer. */
  const atMost = (count: number): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!isGone && inFlight > count) return
        counting.delete(look)
        resolve()
      }
      counting.add(look)
      look()
    })

  const ready = async (): Promise<void> => {
    await atMost(limits.inFlight - 1)
    // A timer may end a little early.
    for (let wait = mayPass.wait(); wait > 0 && !isGone; wait = mayPass.wait())
      await new Promise<void>((resolve) => void clock.later(wait, resolve))
  }

  if (joining.user !== undefined) {
    const known = admit(joining.user)
    if (joining.greet === true) take({ type: "auth" }, known)
  }

  return {
    receive,
    ready,
    answered: () => atMost(0),
    drained: () => {
      for (const go of waiting) go()
      waiting.clear()
      guest?.pump()
    },
    stopping: (grace) => wire.send({ type: "stopping", grace }),
    gone,
    caughtUp: async () => guest?.caughtUp(),
    end
  }
}

/** Frames that a stranger may send instead of `auth`. */
const strangerFrames = 5

/** @returns what answers it. */
const handlerOf = (frame: InFrame): ((request: Request) => Promise<void>) => {
  // One handler takes one type of frame, which the compiler cannot follow through the table.
  const handler = handlers[frame.type] as (frame: InFrame, request: Request) => Promise<void>
  return (request) => handler(frame, request)
}

const sessionOf = (frame: InFrame): { readonly session_id?: string } =>
  "session_id" in frame && frame.session_id !== undefined ? { session_id: frame.session_id } : {}

const idsOf = (frame: InFrame) => ({
  ...(frame.request_id !== undefined && { request_id: frame.request_id }),
  ...sessionOf(frame),
  ...(frame.type === "message" && frame.message_id !== undefined && { message_id: frame.message_id }),
  ...(frame.type === "command" && frame.command_id !== undefined && { command_id: frame.command_id })
})
