/** What is inside an actor: its mailbox, and its turns, in each of which one message is handled. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Behaviour, Next } from "./behaviour.ts"
import type { ChildFacts } from "./child.ts"
import type { MessageEnd } from "./ledger.ts"
import { Ask, crashed, dead, full, type Message, Notice, Tell, type Undelivered } from "./letter.ts"
import type { Life } from "./life.ts"
import { Lives } from "./lives.ts"
import { Mailbox, type MailboxOptions } from "./mailbox.ts"
import { Pause } from "./pause.ts"
import { isAbnormal, type LinkedEnd, type Reason, reasonOf } from "./reason.ts"
import { later, soon } from "./stack.ts"

/** Messages handled in a row before other work of the process gets its turn. */
const turnsInARow = 256

type Letter<Content, Reply> = Message<Content, Reply> | Notice

/** What has come of a turn; a notice has no reply. */
type Done<Reply, State> = Next<Reply, State> | { readonly state: State }

export class Cell<Content, Reply, State> extends Lives<Content, Reply, State> {
  readonly #mailbox: Mailbox<Letter<Content, Reply>>
  #pumping = false

  constructor(id: string, behaviour: Behaviour<Content, Reply, State>, options: MailboxOptions) {
    super(id, behaviour)
    this.#mailbox = new Mailbox(options)
  }

  facts(): ChildFacts {
    return { mailbox: { depth: this.#mailbox.size, capacity: this.#mailbox.capacity } }
  }

  tell(content: Content): Effect.Effect<void, Undelivered> {
    return Effect.callback((resume) => {
      const message = new Tell<Content, Reply>(content, resume)
      this.#send(message)
      return Effect.sync(() => this.#takeBack(message))
    })
  }

  ask(content: Content): Effect.Effect<Reply, Undelivered> {
    return Effect.callback((resume) => {
      const message = new Ask<Content, Reply>(content, resume)
      this.#send(message)
      return this.#withdraw(message)
    })
  }

  #send(message: Message<Content, Reply>): void {
    this.ledger.count("sent")
    if (this.ended !== undefined) this.#settle(message, "dead", dead(this.id, this.ended))
    else if (this.#mailbox.offer(message)) this.pump()
    else this.#settle(message, "dead", full(this.id))
  }

  /** The one place where a message ends. */
  #settle(letter: Letter<Content, Reply>, end: MessageEnd, outcome: Exit.Exit<Reply, Undelivered>): void {
    if (letter instanceof Notice) return
    this.ledger.count(end)
    letter.settled(outcome)
  }

  /** False: it does not wait, it is in hand or over. */
  #takeBack(message: Message<Content, Reply>): boolean {
    if (!this.#mailbox.remove(message)) return false
    this.#settle(message, "dead", Exit.interrupt())
    this.#mailbox.letIn()
    return true
  }

  #withdraw(message: Ask<Content, Reply>): Effect.Effect<void> {
    return Effect.callback((resume) => {
      if (!message.withdraw(() => resume(Effect.void))) return resume(Effect.void)
      if (!this.#takeBack(message) && this.life?.letter === message) this.life.fiber?.interruptUnsafe()
    })
  }

  /** Handles what waits, one after another, as far as that goes at once. */
  protected override pump(): void {
    if (this.pause?.active === true && this.#isQuiet()) this.pause.begin()
    if (this.#pumping) return
    this.#pumping = true
    soon(() => this.#takeTurns())
  }

  #takeTurns(): void {
    let isMore = false
    try {
      let life = this.#nextToAct()
      for (let turn = 0; life !== undefined && turn < turnsInARow; turn++) {
        this.#act(life)
        life = this.#nextToAct()
      }
      isMore = life !== undefined
    } finally {
      // While more follows later it counts as pumping, so that nobody overtakes.
      this.#pumping = isMore
    }
    if (isMore) later(() => this.#takeTurns())
  }

  #nextToAct(): Life<Content, Reply, State> | undefined {
    if (this.#mailbox.size === 0 || this.pause?.active === true) return undefined
    return this.life?.takesMessages === true ? this.life : undefined
  }

  #act(life: Life<Content, Reply, State>): void {
    const letter = this.#mailbox.take()
    if (letter === undefined) return
    life.letter = letter
    const handling = Effect.withFiber((fiber) => {
      life.fiber = fiber
      return this.#perform(letter, life.state)
    })
    Effect.runForkWith(life.context)(handling).addObserver((exit) => this.#acted(life, letter, exit))
    this.#mailbox.letIn()
  }

  #perform(letter: Letter<Content, Reply>, state: State): Effect.Effect<Done<Reply, State>, unknown> {
    if (!(letter instanceof Notice)) return this.behaviour.handle(letter.content, state)
    const { to, reason } = letter.end
    const handling = this.behaviour.linkEnded?.(to, reason, state) ?? Effect.fail(letter.end)
    return Effect.map(handling, (state) => ({ state }))
  }

  #acted(
    life: Life<Content, Reply, State>,
    letter: Letter<Content, Reply>,
    exit: Exit.Exit<Done<Reply, State>, unknown>
  ): void {
    // Not so when this life has been given up because it would not end.
    if (life.letter !== letter) return
    if (Exit.isFailure(exit)) this.#failed(life, letter, exit.cause)
    else this.#succeeded(life, letter, exit.value)
    if (life.end !== undefined) this.leave(life, life.end)
    this.pump()
  }

  #succeeded(life: Life<Content, Reply, State>, letter: Letter<Content, Reply>, done: Done<Reply, State>): void {
    try {
      if (!(letter instanceof Notice) && !("reply" in done)) throw new TypeError(`${this.id} gave no reply.`)
      const { checkpoint } = this.behaviour
      if (checkpoint !== undefined) this.checkpoints.take(checkpoint, done.state)
    } catch (defect) {
      return this.#failed(life, letter, Cause.die(defect))
    }
    life.state = done.state
    if ("reply" in done && done.end !== undefined)
      this.end(life, done.end.kind === "normal" ? Exit.void : Exit.fail(done.end.error))
    if (life.putDown(letter) && "reply" in done) this.#settle(letter, "handled", Exit.succeed(done.reply))
  }

  /** An interruption ends the handling and nothing else; anything else ends the life. */
  #failed(life: Life<Content, Reply, State>, letter: Letter<Content, Reply>, cause: Cause.Cause<unknown>): void {
    const crash = Exit.failCause(cause)
    const interrupted = Cause.hasInterruptsOnly(cause)
    const stopped = interrupted && life.end !== undefined
    if (!interrupted) this.end(life, crash)
    if (!life.putDown(letter) || letter instanceof Notice) return
    if ((stopped || isAbnormal(reasonOf(crash))) && this.#mayRepeat(letter)) {
      letter.crashes++
      this.#mailbox.putBack(letter)
    } else this.#settle(letter, "failed", crashed(this.id, interrupted ? life.interruption : Cause.squash(cause)))
  }

  #mayRepeat({ content, crashes, withdrawn }: Message<Content, Reply>): boolean {
    const { isIdempotent, redeliveries = 2 } = this.behaviour
    if (withdrawn || isIdempotent === undefined || crashes >= redeliveries) return false
    try {
      return isIdempotent.call(this.behaviour, content)
    } catch {
      return false
    }
  }

  protected override giveUp(life: Life<Content, Reply, State>): void {
    const { letter } = life
    if (letter !== undefined && life.putDown(letter))
      this.#settle(letter, "failed", crashed(this.id, life.interruption))
  }

  protected override bury(reason: Reason): void {
    const outcome = dead(this.id, reason)
    for (const letter of this.#mailbox.drain()) this.#settle(letter, "dead", outcome)
  }

  protected override notice(end: LinkedEnd): void {
    if (this.ended !== undefined) return
    this.#mailbox.force(new Notice(end))
    this.pump()
  }

  change(next: Behaviour<Content, Reply, State>): Effect.Effect<void, unknown> {
    return Effect.suspend(() => {
      this.pause ??= new Pause()
      return this.pause.during(
        this.#exchange(next),
        () => this.#isQuiet(),
        () => this.pump()
      )
    })
  }

  #exchange(next: Behaviour<Content, Reply, State>): Effect.Effect<void, unknown> {
    const exchange = Effect.gen({ self: this }, function* () {
      const { life } = this
      const { checkpoint } = next
      if (life === undefined) yield* this.checkpoints.verify(checkpoint)
      else {
        const state = yield* this.checkpoints.carry(this.behaviour.checkpoint, checkpoint, life.state)
        if (checkpoint !== undefined) this.checkpoints.take(checkpoint, state)
        life.state = state
      }
      this.behaviour = next
    })
    return Effect.catchDefect(exchange, Effect.fail)
  }

  #isQuiet(): boolean {
    return this.starting === undefined && this.life?.letter === undefined
  }
}
