/** One fault committed in one place, and all that its host can see of it: the call's end, who is blamed, what else broke. */
import { setTimeout as sleep } from "node:timers/promises"
import { type FaultKind, HostFault, type Place } from "../../../actors/hosts/host.ts"
import { type Ending, type Household, type Opened, openFixture, openHousehold, slack } from "./containment-place.ts"
import type { Fault } from "./fault-names.ts"
import type { Look } from "./faulty.ts"

export interface Observation {
  readonly ended: Ending["how"]
  /** What the caller was told. */
  readonly told: string
  /** The fault that ended the place, when one did. */
  readonly end: FaultKind | undefined
  /** Plugin and tool to whom it was laid; `nobody` when it went unnoticed. */
  readonly blamed: string
  /** Where a silent fault left its mark: seen by the plugin itself, from within its place. */
  readonly marks: ReadonlyArray<string>
  /** Calls of the plugin next door while it happened. */
  readonly neighbour: { readonly asked: number; readonly right: number }
  /** What is no longer in this process as it was before. */
  readonly damage: ReadonlyArray<string>
  /** The plugin, opened anew, works. */
  readonly replaced: boolean
}

export type Verdict = "contained" | "host hangs" | "host dies" | "host corrupted" | "not contained"

/** Milliseconds that a call may take in the matrix. Heap exhaustion takes its time. */
export const deadlineOf = (fault: Fault): number => (fault === "heap_exhaustion" ? 4000 : 300)

/** A place in which these run is of no use to anybody: answering the caller is not enough, it has to be ended. */
const isStuck = (fault: Fault): boolean => fault === "infinite_loop" || fault === "microtask_starvation"

/** How this process looks to everything else that runs in it. @returns tells what has changed since. */
const watchProcess = (): (() => ReadonlyArray<string>) => {
  const parse = JSON.parse
  const shown = () => ({
    cwd: process.cwd(),
    environment: Object.entries(process.env).join("\n"),
    prototypes: [Object, Array, Function, String, Promise, Error]
      .flatMap(({ prototype }) => Reflect.ownKeys(prototype).map(String))
      .join()
  })
  const before = shown()
  const unhandled: Array<string> = []
  const notice = (error: unknown) => unhandled.push(`unhandled: ${String(error)}`)
  process.on("uncaughtExceptionMonitor", notice)
  return () => {
    process.off("uncaughtExceptionMonitor", notice)
    const now = shown()
    const parts = (["cwd", "environment", "prototypes"] as const).filter((part) => now[part] !== before[part])
    return [...parts, ...(JSON.parse === parse ? [] : ["JSON.parse"]), ...unhandled]
  }
}

/** Calls the neighbour without pause, with one longer call always under way. @returns ends it and tells how it went. */
const keepBusy = (neighbour: Opened): (() => Promise<Observation["neighbour"]>) => {
  let [asked, right, over] = [0, 0, false]
  const ask = async (tool: string, ms?: number) => {
    const n = ++asked
    const ending = await neighbour.call(tool, { n, ...(ms === undefined ? {} : { ms }) })
    if (ending.how === "answered" && ending.answer.data === n * 2) right++
  }
  const repeat = async (tool: string, ms?: number) => {
    do {
      await ask(tool, ms)
      await sleep(2)
    } while (!over)
  }
  const both = Promise.all([repeat("double"), repeat("double_later", 40)])
  return async () => {
    over = true
    await both
    return { asked, right }
  }
}

const textOf = (error: unknown): string => {
  try {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  } catch {
    return "an error that cannot be shown"
  }
}

/** The first of: the fault of the place, a stray error, the tool's own error. */
export const blamedOf = ({ host, fault, strays }: Opened, tool: string, ending: Ending): string => {
  const found = ending.how === "failed" && ending.error instanceof HostFault ? ending.error : fault()
  if (found !== undefined) return [found.plugin, found.tool ?? "?"].join(".")
  const [stray] = strays
  if (stray !== undefined) return [host.plugin.name, stray.tool ?? "?"].join(".")
  // An error of its own came back through the tool, which is thereby named.
  return ending.how === "failed" ? `${host.plugin.name}.${tool}` : "nobody"
}

const marksIn = async (opened: Opened): Promise<ReadonlyArray<string>> => {
  const ending = await opened.call("look")
  if (ending.how !== "answered") return []
  const { polluted, jsonParse, cwd, env } = ending.answer.data as Look
  const marks = {
    prototypes: polluted,
    "JSON.parse": jsonParse !== "1",
    cwd: cwd === "/",
    environment: env.KINTSUGI_POLLUTED === "yes"
  }
  return Object.entries(marks).flatMap(([mark, isThere]) => (isThere ? [mark] : []))
}

const worksAnew = async (place: Place, household: Household): Promise<boolean> => {
  const fresh = await openFixture("faulty", place, household)
  try {
    const ending = await fresh.call("work", { n: 21 })
    return ending.how === "answered" && ending.answer.data === 42
  } finally {
    await fresh.close()
  }
}

/** What a fault meets: the places of one runtime, and in one of them a healthy plugin. */
export interface Scene {
  readonly place: Place
  readonly household: Household
  readonly neighbour: Opened
  readonly close: () => Promise<void>
}

export const openScene = async (place: Place): Promise<Scene> => {
  const household = await openHousehold(false)
  return { place, household, neighbour: await openFixture("healthy", place, household), close: household.close }
}

/** @param deadline Milliseconds. */
export const observe = async (
  fault: Fault,
  { place, household, neighbour }: Scene,
  deadline = deadlineOf(fault)
): Promise<Observation> => {
  const damageSince = watchProcess()
  const opened = await openFixture("faulty", place, household)
  const rest = keepBusy(neighbour)
  const ending = await opened.call(fault, {}, deadline)
  for (let waited = 0; isStuck(fault) && opened.fault() === undefined && waited < slack; waited += 20) await sleep(20)
  const marks = ending.how === "answered" ? await marksIn(opened) : []
  const blamed = blamedOf(opened, fault, ending)
  const replaced = await worksAnew(place, household)
  const calls = await rest()
  const end = opened.fault()?.kind
  await opened.close()
  return {
    ended: ending.how,
    told: ending.how === "failed" ? textOf(ending.error) : ending.how,
    end,
    blamed,
    marks,
    neighbour: calls,
    damage: damageSince(),
    replaced
  }
}

/** Nobody need be blamed when nothing failed: then the mark of it stands in the plugin's own place alone. */
export const judge = (fault: Fault, seen: Observation): Verdict => {
  if (seen.damage.length > 0) return "host corrupted"
  const isOver = !isStuck(fault) || seen.end === "hung"
  const isNoticed = seen.ended === "failed" && isOver && seen.blamed === `faulty.${fault}`
  const isConfined = seen.ended === "answered" && seen.blamed === "nobody" && seen.marks.length === 1
  const isUnfelt = seen.neighbour.asked > 0 && seen.neighbour.right === seen.neighbour.asked
  return (isNoticed || isConfined) && isUnfelt && seen.replaced ? "contained" : "not contained"
}
