/** A bounded queue of letters, first in, first out; senders for whom there is no room stand in line in the same order. */

/** What the mailbox needs of a letter: it is linked from within, so that it can be taken back from the middle at once. */
export abstract class Queued {
  /** Where it waits now. */
  line: Line<this> | undefined = undefined
  before: this | undefined = undefined
  after: this | undefined = undefined
  /** It has a place in the mailbox: its sender need not wait any longer. */
  abstract admitted(): void
}

export interface MailboxOptions {
  /** Messages. Default 64. */
  readonly capacity?: number
  /** What a sender meets when it is full: it waits, or is refused at once. Default `suspend`. */
  readonly full?: "suspend" | "reject"
}

class Line<Letter> {
  first: Letter | undefined = undefined
  last: Letter | undefined = undefined
  size = 0
}

/** It is itself the line of those inside; `size` does not count the senders that wait for room. */
export class Mailbox<Letter extends Queued> extends Line<Letter> {
  readonly capacity: number
  readonly #suspends: boolean
  /** Made when it is first needed: most mailboxes are never full. */
  #outside: Line<Letter> | undefined

  constructor({ capacity = 64, full = "suspend" }: MailboxOptions) {
    super()
    if (!Number.isSafeInteger(capacity) || capacity < 1)
      throw new RangeError(`A mailbox holds a whole number of messages, at least 1, not ${capacity}.`)
    this.capacity = capacity
    this.#suspends = full === "suspend"
  }

  /** False: it is full and nobody may wait. */
  offer(letter: Letter): boolean {
    if (this.#outside?.first === undefined && this.size < this.capacity) return this.#admit(letter)
    if (!this.#suspends) return false
    this.#outside ??= new Line()
    append(this.#outside, letter)
    return true
  }

  /** Beyond the capacity too: for what the kernel itself has to say. */
  force(letter: Letter): void {
    this.#admit(letter)
  }

  /** Beyond the capacity too: it had its place before. */
  putBack(letter: Letter): void {
    prepend(this, letter)
  }

  /** The first one. Whoever takes or removes calls `letIn` when it is done with it, because that may wake any sender. */
  take(): Letter | undefined {
    const letter = this.first
    if (letter !== undefined) unlink(this, letter)
    return letter
  }

  /** False: it does not wait here. */
  remove(letter: Letter): boolean {
    const line = letter.line
    if (line === undefined || (line !== this && line !== this.#outside)) return false
    unlink(line, letter)
    return true
  }

  /** Gives the room there is to those who wait for it. */
  letIn(): void {
    while (this.#outside?.first !== undefined && this.size < this.capacity) {
      const { first } = this.#outside
      unlink(this.#outside, first)
      this.#admit(first)
    }
  }

  /** Everything, in order: those inside, then those that wait for room. */
  drain(): ReadonlyArray<Letter> {
    const all: Array<Letter> = []
    for (const line of [this, this.#outside])
      for (let letter = line?.first; line !== undefined && letter !== undefined; letter = line.first) {
        unlink(line, letter)
        all.push(letter)
      }
    return all
  }

  #admit(letter: Letter): true {
    append(this, letter)
    letter.admitted()
    return true
  }
}

const append = <Letter extends Queued>(line: Line<Letter>, letter: Letter): void => {
  letter.line = line
  letter.before = line.last
  if (line.last === undefined) line.first = letter
  else line.last.after = letter
  line.last = letter
  line.size++
}

const prepend = <Letter extends Queued>(line: Line<Letter>, letter: Letter): void => {
  letter.line = line
  letter.after = line.first
  if (line.first === undefined) line.last = letter
  else line.first.before = letter
  line.first = letter
  line.size++
}

const unlink = <Letter extends Queued>(line: Line<Letter>, letter: Letter): void => {
  if (letter.before === undefined) line.first = letter.after
  else letter.before.after = letter.after
  if (letter.after === undefined) line.last = letter.before
  else letter.after.before = letter.before
  letter.line = letter.before = letter.after = undefined
  line.size--
}
