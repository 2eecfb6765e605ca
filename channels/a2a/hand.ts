/** Whoever works on the tasks of one context: an agent's session, or a plain function. */
import type { Message, Task } from "@a2a-js/sdk"
import type { Answered, News } from "./news.ts"

/** A message that is to be worked on. */
export interface Order {
  /** What the work knows it by. */
  readonly id: string
  readonly message: Message
  readonly task: Task
}

export interface Hand {
  /** Resolves when it is certain to be worked on. Rejects with a Refused for what cannot be, and with any error when it failed. */
  readonly say: (order: Order) => Promise<void>
  readonly answer: (question: string, answered: Answered) => void
  /** Stops the turn that runs, and those of these messages that still wait as soon as they begin. */
  readonly cancel: (messages: ReadonlyArray<string>) => void
  /** The process that began these is gone. */
  readonly resume: (orders: ReadonlyArray<Order>) => Promise<void>
  /** @param suspend What runs is left as it is, to go on at the next start. */
  readonly close: (suspend: boolean) => Promise<void>
}

export interface HandParts {
  readonly owner: string | undefined
  /** Id of its session. */
  readonly session: string
  /** What was told up to here was taken in. */
  readonly cursor: number
  /** Resolves when the hand before it is closed. */
  readonly after: Promise<void>
  /** @param cursor Where the news stands, for those who tell it again after a crash. */
  readonly tell: (news: News, cursor?: number, file?: Uint8Array) => void
  /** It can work no more. */
  readonly lost: (reason: string) => void
}

export type OpenHand = (parts: HandParts) => Hand

/** The work is not taken; the caller is told why. */
export class Refused extends Error {
  override readonly name = "Refused"
}
