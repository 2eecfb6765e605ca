/** What the model says: in each round healthy work, and beside it the faults that wait for a call. */
import { faults as placeFaults } from "../actors/hosts/fault-names.ts"
import { brokenPlugins, neighbours } from "./bundle.ts"
import { answerOf, type Call } from "./call.ts"
import type { ToolFault, Work } from "./faults.ts"
import { farewell, newTurn, type Turn } from "./oracle.ts"
import type { Reply } from "./transport.ts"

export interface Script {
  /** A turn of its own number, to be asked for with `task <number>`; of these calls, or of what is drawn. */
  readonly begin: (calls?: ReadonlyArray<Call>) => Turn
  readonly end: (turn: Turn) => void
  readonly turn: (number: number) => Turn | undefined
  readonly reply: (turn: number, round: number) => Reply
}

export interface ScriptParts {
  readonly works: ReadonlyArray<Work>
  /** Up to so many faults that wait for a call, taken away. */
  readonly takeFaults: (most: number) => ReadonlyArray<ToolFault>
  /** Hears of each call as it is written. */
  readonly onCall: (call: Call) => void
}

/** In one reply. */
const mostFaults = 3
/** Milliseconds: of the runtime's `tools.timeout`, and of the tools that break. */
export const usualLimit = 30_000
const shortLimit = 1000
const heapLimit = 8000

const limitOf = (fault: string | undefined): number => (fault === "heap_exhaustion" ? heapLimit : shortLimit)

interface Playing {
  readonly turn: Turn
  readonly rounds: number
  readonly replies: Array<Reply>
  readonly given: ReadonlyArray<Call> | undefined
}

export const makeScript = ({ works, takeFaults, onCall }: ScriptParts): Script => {
  const playing = new Map<number, Playing>()
  let turns = 0
  let round = 0
  let ids = 0

  const nextWork = (): Work => works[round++ % works.length] ?? { double: [1], ms: 0, also: "nothing", rounds: 1 }

  const callsFor = (work: Work): ReadonlyArray<Call> => {
    const id = () => `call_${++ids}`
    const faults = takeFaults(mostFaults).map((fault) => faultCall(id(), fault))
    const shared = [...faults.filter(({ isParallel }) => isParallel), ...healthyCalls(work, id)]
    return [...shared, ...faults.filter(({ isParallel }) => !isParallel), ...otherCalls(work, id)]
  }

  const compose = ({ turn, rounds, replies, given }: Playing, at: number): Reply => {
    if (at >= rounds) return { text: farewell(turn.number) }
    const calls = given ?? callsFor(nextWork())
    for (const call of calls) {
      turn.calls.set(call.id, call)
      onCall(call)
    }
    return (replies[at] = { calls })
  }

  return {
    begin: (given) => {
      const turn = newTurn(++turns)
      const rounds = given === undefined ? nextWork().rounds : 1
      playing.set(turn.number, { turn, rounds, replies: [], given })
      return turn
    },
    end: ({ number }) => void playing.delete(number),
    turn: (number) => playing.get(number)?.turn,
    reply: (number, at) => {
      const found = playing.get(number)
      // A request that was under way when its turn was cut short.
      return found === undefined ? { text: farewell(number) } : (found.replies[at] ?? compose(found, at))
    }
  }
}

const usual = { isHealthy: true, limit: usualLimit, isParallel: true } as const

const places = [...neighbours, "local"]

const healthyCalls = ({ double, ms }: Work, id: () => string): ReadonlyArray<Call> =>
  double.map((n, at) => ({
    ...usual,
    id: id(),
    name: `${places[(n + at) % places.length]}_double`,
    input: { n, ms },
    expected: { data: n * 2 }
  }))

const otherCalls = ({ also, double: [n = 0] }: Work, id: () => string): ReadonlyArray<Call> => {
  switch (also) {
    case "nothing":
      return []
    case "files":
      return fileCalls(id(), id())
    case "shell":
      return [shellCall(id(), n)]
    case "counters":
      return (["near", "far"] as const).map((where) => counterCall(id(), where))
    case "broken":
      return [harmlessCall(id(), n)]
  }
}

const fileCalls = (writeId: string, readId: string): ReadonlyArray<Call> => {
  const path = `notes/${Number(writeId.slice("call_".length)) % 50}-${writeId}.txt`
  const content = `written by ${writeId}`
  return [
    { ...usual, id: writeId, name: "write_file", input: { path, content }, expected: { text: "" }, isParallel: false },
    { ...usual, id: readId, name: "read_file", input: { path }, expected: { text: content } }
  ]
}

const shellCall = (id: string, n: number): Call => ({
  ...usual,
  id,
  name: "execute_bash",
  input: { command: `echo $((${n} + 1000))` },
  expected: { text: String(n + 1000) },
  isParallel: false
})

/** The counters' plugins break at times, so this may fail; it may not happen twice. */
const counterCall = (id: string, where: "near" | "far"): Call => ({
  id,
  name: `${where}_count`,
  input: { token: id, after: "answers" },
  token: id,
  expected: { data: id },
  isHealthy: false,
  limit: shortLimit,
  isParallel: false
})

/** Of a plugin that breaks, between two faults: a poisoned place must not answer wrongly. */
const harmlessCall = (id: string, n: number): Call => {
  const plugin = brokenPlugins[n % brokenPlugins.length]
  const fault = placeFaults[n % placeFaults.length]
  return {
    id,
    name: `${plugin}_${fault}`,
    input: { n },
    expected: { data: n * 2 },
    isHealthy: false,
    limit: limitOf(fault),
    isParallel: true
  }
}

const faultCall = (id: string, fault: ToolFault): Call => {
  const common = { id, fault, expected: answerOf(fault), isHealthy: false }
  switch (fault.type) {
    case "place": {
      const limit = limitOf(fault.fault)
      return { ...common, name: `${fault.plugin}_${fault.fault}`, input: { late: fault.late }, limit, isParallel: true }
    }
    case "near":
      return { ...common, name: `delta_${fault.fault}`, input: {}, limit: shortLimit, isParallel: true }
    case "counter": {
      const input = { token: id, after: fault.after }
      return { ...common, name: `${fault.where}_count`, input, token: id, limit: shortLimit, isParallel: false }
    }
  }
}
