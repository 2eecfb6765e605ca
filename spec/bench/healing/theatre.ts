/**
 * One fault in the real runtime: the plugin in its child process, calls that went well before, the call that fails, and then
 * the hidden tests as judges. A model that only asks for calls stands in for the one that would.
 */
import { setTimeout as sleep } from "node:timers/promises"
import type { SeamView } from "../../../healing/ledger.ts"
import type { StrategyName } from "../../../healing/strategy.ts"
import type { HiddenTest } from "../../healing/corpus/hidden-test.ts"
import { openTheatre, type Theatre, type TheatreOptions, type Told } from "./open-theatre.ts"

export type { Told }

export interface Piece extends TheatreOptions {
  /** Calls before: they go well. */
  readonly history: ReadonlyArray<HiddenTest>
  /** The one that fails; absent: the plugin fails by itself. */
  readonly failing: HiddenTest | undefined
  /** One of its examples fails: the host tries them when the code is new, and mends what that shows. */
  readonly isSeen: boolean
  readonly hidden: ReadonlyArray<HiddenTest>
}

export interface Seam extends Pick<SeamView, "id" | "status" | "state" | "summary" | "origin" | "diff"> {
  readonly strategy: StrategyName | undefined
  /** Milliseconds after the failing call was asked for, or, when an example showed the fault, after the start. */
  readonly after: number
  /** Why it came to its status. */
  readonly mark?: string
  readonly rungs: ReadonlyArray<string>
  readonly proof: ReadonlyArray<string>
}

export interface Played {
  readonly history: ReadonlyArray<Told>
  readonly failing: Told | undefined
  /** In the last round of the judges. */
  readonly judged: ReadonlyArray<Told>
  /** In all rounds. */
  readonly all: ReadonlyArray<Told>
  readonly seams: ReadonlyArray<Seam>
  /** Calls of the healthy neighbour that were answered as ever, and all of them. */
  readonly neighbour: readonly [right: number, all: number]
  /** Milliseconds. */
  readonly took: number
}

const askAll = async ({ ask }: Theatre, tests: ReadonlyArray<HiddenTest>): Promise<ReadonlyArray<Told>> => {
  const told: Array<Told> = []
  for (const test of tests) told.push(await ask(test))
  return told
}

/** A plugin that could not be loaded has no tools; after its repair it takes a moment, or a new session, until they are offered. */
const waitForTools = async ({ ask, healed, reopen }: Theatre, test: HiddenTest | undefined): Promise<void> => {
  await healed(0)
  for (let tries = 0; test !== undefined && tries < 10; tries++) {
    const { text } = await ask(test)
    if (!text.startsWith("there is no tool")) return
    await sleep(100)
  }
  await reopen()
}

/**
 * The judges are asked once more when they may have met old code: a repair is in the ledger a moment before its code runs, and
 * a call of theirs may show another side of the fault, which is mended then. What an answer claims counts in each round.
 */
const judge = async (theatre: Theatre, hidden: ReadonlyArray<HiddenTest>): Promise<Pick<Played, "judged" | "all">> => {
  const known = (await theatre.seams()).length
  const judged = await askAll(theatre, hidden)
  const seams = await theatre.seams()
  const isBehind = seams.some(({ status }) => status === "active") && judged.some(({ isRight }) => !isRight)
  if (seams.length === known && !isBehind) return { judged, all: judged }
  const again = await askAll(theatre, hidden)
  return { judged: again, all: [...judged, ...again] }
}

const seamOf = (seam: SeamView, after: number): Seam => {
  const { id, status, state, summary, origin, diff, rungs, proof, mark } = seam
  return {
    id,
    status,
    state,
    summary,
    strategy: rungs.find(({ outcome }) => outcome === "healed")?.strategy,
    after,
    ...(origin === undefined ? {} : { origin }),
    ...(diff === undefined ? {} : { diff }),
    ...(mark === undefined ? {} : { mark: mark.reason }),
    rungs: rungs.map((rung) => `${rung.strategy} ${rung.outcome}: ${rung.reason}`.slice(0, 300)),
    proof: proof.map(({ check, outcome, detail }) => `${check} ${outcome}: ${detail}`.slice(0, 200))
  }
}

export const play = async (piece: Piece): Promise<Played> => {
  const started = Date.now()
  const theatre = await openTheatre(piece)
  try {
    if (piece.failing === undefined) await waitForTools(theatre, piece.hidden[0])
    const history = await askAll(theatre, piece.history)
    const before = (await theatre.seams()).length
    const failedAt = piece.failing === undefined ? started : Date.now()
    const failing = piece.failing === undefined ? undefined : await theatre.ask(piece.failing)
    if (failing?.outcome === "contained") await theatre.healed(before)
    if (piece.isSeen) await theatre.healed(0)
    const rounds = await judge(theatre, piece.hidden)
    const after = (time: number) => time - (time < failedAt ? started : failedAt)
    return {
      history,
      failing,
      ...rounds,
      neighbour: theatre.neighbour(),
      seams: (await theatre.seams()).map((seam) => seamOf(seam, after(seam.time))),
      took: Date.now() - started
    }
  } finally {
    await theatre.close()
  }
}
