/** Knows what each call should have answered, hears what sessions tell, and says what was not as promised. */
import { callsOf, type ToolMessage } from "../../llm/message.ts"
import type { AgentNotice, TerminalNotice, Transcript } from "../../machines/events.ts"
import { succeeded } from "../../plugins/outcome.ts"
import type { Answer } from "../../plugins/tool.ts"
import { type Call, claimsRepair, judge, untyped } from "./call.ts"
import { nameOf } from "./faults.ts"
import { Complaints, Tally } from "./tally.ts"

/** Milliseconds beyond its limit in which a call must be answered: a machine may be busy. */
const slack = 5000

/** One turn of one session, from its message to its end. */
export interface Turn {
  readonly number: number
  /** Every call that was asked for in it. */
  readonly calls: Map<string, Call>
  /** When each call was said, began and was answered; milliseconds of this process. */
  readonly times: Map<string, { readonly said: number; began?: number; settled?: number }>
  readonly answers: Map<string, Array<Answer>>
  /** How often the wire failed the request of a round. */
  readonly wireFaults: Map<number, number>
  /** The user stopped it, or closed the session under it. */
  isDisturbed: boolean
}

export const newTurn = (number: number): Turn => ({
  number,
  calls: new Map(),
  times: new Map(),
  answers: new Map(),
  wireFaults: new Map(),
  isDisturbed: false
})

/** Requests after the first that the runtime makes when the wire fails. */
export const maxRetries = 3

export class Oracle {
  readonly turns = new Tally()
  readonly calls = new Tally()
  /** By name of the fault: how calls that commit one were answered. */
  readonly faults = new Tally()
  readonly unanswered = new Complaints()
  readonly late = new Complaints()
  readonly untold = new Complaints()
  readonly unended = new Complaints()
  readonly unexplained = new Complaints()
  readonly unhealthy = new Complaints()
  readonly swallowed = new Complaints()
  /** Milliseconds that healthy calls took, from their start to their answer. */
  readonly latencies: Array<number> = []
  /** Tokens whose call was answered as a success, and of those that say they never ran. */
  readonly done = new Set<string>()
  readonly unrun = new Set<string>()
  /** Milliseconds by which the slowest answer was over its limit; negative: none was. */
  worst = Number.NEGATIVE_INFINITY

  hear(turn: Turn, notice: AgentNotice): void {
    const now = performance.now()
    if (notice.type === "agent.said") for (const { id } of callsOf(notice.message)) turn.times.set(id, { said: now })
    else if (notice.type === "agent.acting") {
      const times = turn.times.get(notice.call.id)
      if (times !== undefined) times.began ??= now
    } else if (notice.type === "agent.settled") {
      const times = turn.times.get(notice.call.id)
      if (times !== undefined) times.settled ??= now
      turn.answers.set(notice.call.id, [...(turn.answers.get(notice.call.id) ?? []), notice.answer])
    }
  }

  /** @param end Absent: it did not end in its time. */
  ended(turn: Turn, end: TerminalNotice | undefined, transcript: Transcript): void {
    this.turns.add(end?.type ?? "none")
    if (end === undefined) {
      this.calls.add("asked", turn.times.size)
      return this.unended.add(`turn ${turn.number} had no end`)
    }
    const flaw = unexplained(turn, end)
    if (flaw !== undefined) this.unexplained.add(`turn ${turn.number}: ${flaw}`)
    const told = transcript.filter((message): message is ToolMessage => message.role === "tool")
    for (const [id, times] of turn.times) {
      const call = turn.calls.get(id)
      const messages = told.filter(({ callId }) => callId === id)
      if (call === undefined) this.unanswered.add(`nobody asked for call ${id}`)
      else this.#judge(call, turn, messages, times)
    }
  }

  #judge(
    call: Call,
    turn: Turn,
    messages: ReadonlyArray<ToolMessage>,
    times: { readonly said: number; readonly began?: number; readonly settled?: number }
  ): void {
    const [answer, ...more] = turn.answers.get(call.id) ?? []
    const name = `${call.id} ${call.name}${call.fault === undefined ? "" : ` (${nameOf(call.fault)})`}`
    this.calls.add("asked")
    if (messages.length !== 1) this.unanswered.add(`${name} has ${messages.length} answers in the transcript`)
    if (more.length > 0) this.unanswered.add(`${name} was settled ${more.length + 1} times`)
    if (answer === undefined) return this.#withoutAnswer(call, turn, messages, name, times.began !== undefined)
    const over = (times.settled ?? Number.POSITIVE_INFINITY) - dueFrom(call, turn, times.said) - call.limit
    this.worst = Math.max(this.worst, over)
    if (over > slack) this.late.add(`${name} was answered ${Math.round(over)} ms after its deadline`)
    else this.calls.add("in time")
    this.#worth(call, answer, name)
    if (messages.some(({ success }) => success !== succeeded(answer)))
      this.untold.add(`${name} is not in the transcript as it was answered`)
    if (call.isHealthy && times.began !== undefined && times.settled !== undefined)
      this.latencies.push(times.settled - times.began)
  }

  /** The user took it back before it was answered: the transcript says so. */
  #withoutAnswer(call: Call, turn: Turn, [message]: ReadonlyArray<ToolMessage>, name: string, hasBegun: boolean): void {
    if (!turn.isDisturbed) return this.unanswered.add(`${name} was never settled`)
    if (message === undefined) return
    this.calls.add("in time")
    this.calls.add("taken back")
    if (message.success || message.errorClass === undefined) this.untold.add(`${name} was taken back and looks done`)
    if (call.fault !== undefined) this.faults.add("taken back")
    const text = message.content.map((block) => (block.type === "text" ? block.text : "")).join("")
    if (!/before it ran|not run:/.test(text)) return
    if (hasBegun) this.untold.add(`${name} had begun and is said not to have run`)
    if (call.token !== undefined) this.unrun.add(call.token)
  }

  #worth(call: Call, answer: Answer, name: string): void {
    const verdict = judge(call, answer)
    const flaw = untyped(answer)
    const shown = JSON.stringify(answer).slice(0, 300)
    if (flaw !== undefined) this.untold.add(`${name}: ${flaw}`)
    if (verdict === "swallowed") this.swallowed.add(`${name} answered ${shown}`)
    if (claimsRepair(answer)) this.calls.add(answer.outcome ?? "")
    if (call.isHealthy) this.calls.add("healthy")
    if (call.isHealthy && verdict === "right") this.calls.add("healthy and right")
    if (call.isHealthy && verdict === "failed") this.unhealthy.add(`${name} answered ${shown}`)
    if (call.fault !== undefined) this.faults.add(verdict === "failed" ? worthOf(answer) : verdict)
    if (call.token !== undefined && verdict === "right") this.done.add(call.token)
  }
}

/** How a fault was answered: in a class of the host's, or refused because nothing is run of a tool that rests. */
const worthOf = ({ error = "", outcome }: Answer): string =>
  /out of use|rests:|is trying it now/.test(error) ? "refused before it ran" : (outcome ?? "failed, no outcome")

/** When a call could begin: those that do not share wait for all before them, and all after wait for those. */
const dueFrom = (call: Call, { calls, times }: Turn, said: number): number => {
  let due = said
  for (const other of calls.values()) {
    if (other === call) break
    const settled = times.get(other.id)?.settled
    if (settled !== undefined && times.get(other.id)?.said === said && !(other.isParallel && call.isParallel))
      due = Math.max(due, settled)
  }
  return due
}

const unexplained = ({ wireFaults, isDisturbed, number }: Turn, end: TerminalNotice): string | undefined => {
  switch (end.type) {
    case "agent.replied":
      return end.text === farewell(number) ? undefined : `it ended with ${JSON.stringify(end.text)}`
    case "agent.cancelled":
      return isDisturbed ? undefined : "nobody cancelled it"
    case "agent.failed":
      // A wire that fails again and again is the one fault that may end a turn.
      return Math.max(0, ...wireFaults.values()) > maxRetries
        ? undefined
        : `${end.failure.code}: ${end.failure.message}`
  }
}

/** What the model says when a turn is done. */
export const farewell = (turn: number): string => `Task ${turn} is done.`
