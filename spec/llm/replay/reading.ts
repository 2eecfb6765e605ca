/**
 * What a recording says, read a second time and independently: by the vendors' documents alone, sharing no line with
 * `llm/`, so that a mistake of ours cannot hide in both. A stream is first put together to the whole body that the same
 * server would have sent, and then read like one.
 *
 * Where two readings would be right, these are the rules:
 * - Text blocks stand side by side with nothing between them, and so do blocks of thinking; parts of a summary are
 *   parted by a blank line.
 * - Reasoning that is sent under several names is the same reasoning: the first that says something counts.
 * - A refusal in words is text.
 * - Only calls of functions are calls: what a server's own tools did, and tools of other kinds, were not asked for.
 * - Calls decide: who calls and says "stop", or nothing, means the calls; who says "calls" and makes none has stopped.
 * - A stream ends with its first end: what follows is another reply, and what a server began twice counts once, the second time.
 * - Input counts every token of the prompt, cached ones too; output every token written, thinking too. All zeros is no count.
 */
export interface Reading {
  readonly text: string
  readonly thinking: string
  readonly calls: ReadonlyArray<ReadCall>
  /** In which order it was said, where the dialect has one. */
  readonly order?: ReadonlyArray<Kind>
  readonly usage?: ReadUsage
  /** US dollars as the server states them. */
  readonly cost?: number
  readonly finish: Finish
}

export type Kind = "text" | "thinking" | "call"

export interface ReadCall {
  /** Empty when the server gave none. */
  readonly id: string
  readonly name: string
  readonly input: unknown
}

export interface ReadUsage {
  readonly input: number
  readonly output: number
  readonly cacheRead: number
  readonly cacheWrite: number
}

export type Finish = "stop" | "calls" | "length" | "filtered" | "other"

export interface Reader {
  /** The events of a stream, put together. */
  readonly merge: (events: ReadonlyArray<unknown>) => unknown
  readonly read: (body: unknown) => Reading
}

/** Arguments as text: an empty text means none. */
export const argumentsIn = (json: string): unknown => (json.trim() === "" ? {} : JSON.parse(json))

/** Neighbours of one kind are one; what says nothing has no place. */
export const orderOf = (said: ReadonlyArray<readonly [Kind, string]>): ReadonlyArray<Kind> =>
  said
    .filter(([, words]) => words !== "")
    .map(([kind]) => kind)
    .filter((kind, at, kinds) => kind !== kinds[at - 1])

export const finishOf = (said: Finish | undefined, calls: ReadonlyArray<ReadCall>): Finish => {
  if (calls.length === 0) return said === "calls" ? "stop" : (said ?? "other")
  return said === undefined || said === "stop" ? "calls" : said
}

export const usageOf = (usage: ReadUsage): { readonly usage?: ReadUsage } =>
  usage.input + usage.output === 0 ? {} : { usage }
