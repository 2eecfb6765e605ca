/** The containment matrix: each fault in each place, the deadly ones in a process that may die of it. */
import { type ChildProcessByStdio, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import type { Readable } from "node:stream"
import { text } from "node:stream/consumers"
import type { Place } from "../../../actors/hosts/host.ts"
import { judge, type Observation, observe, openScene, type Verdict } from "./containment.ts"
import { type Fault, faults } from "./fault-names.ts"

export interface Cell {
  readonly fault: Fault
  readonly verdict: Verdict
  /** Of the host, when it survived. */
  readonly seen?: Observation
  /** How the host ended, when it did not. */
  readonly end?: string
}

export type Row = ReadonlyArray<Cell>

/** Milliseconds without a sign of life after which a host hangs. */
const patience = 2500

/** Reads what a victim says of itself, and kills it when it has been silent for too long. */
const readSigns = async (victim: ChildProcessByStdio<null, Readable, Readable>) => {
  const signs: { armed: boolean; isHung: boolean; report?: string } = { armed: false, isHung: false }
  let timer: NodeJS.Timeout | undefined
  for await (const line of createInterface({ input: victim.stdout })) {
    clearTimeout(timer)
    timer = setTimeout(() => (signs.isHung = victim.kill("SIGKILL")), patience)
    if (line === "armed") signs.armed = true
    else if (line !== "alive") signs.report = line
  }
  clearTimeout(timer)
  return signs
}

/** Commits the fault in a host of its own, with a small heap of its own, and sees whether it survives. */
const sacrifice = async (place: Place, fault: Fault): Promise<Cell> => {
  const victim = spawn(
    process.execPath,
    ["--max-old-space-size=64", join(import.meta.dirname, "containment-victim.ts"), place, fault],
    { stdio: ["ignore", "pipe", "pipe"] }
  )
  const [signs, errors, [code, signal]] = await Promise.all([
    readSigns(victim),
    text(victim.stderr),
    once(victim, "close")
  ])
  if (!signs.armed) throw new Error(`the host of ${fault} in ${place} did not start:\n${errors}`)
  if (signs.isHung) return { fault, verdict: "host hangs" }
  if (signs.report === undefined) return { fault, verdict: "host dies", end: String(signal ?? code) }
  const seen = JSON.parse(signs.report) as Observation
  return { fault, verdict: judge(fault, seen), seen }
}

/** Two at a time: as many as there are cores at the least. */
const eachOf = async <A>(list: ReadonlyArray<Fault>, run: (fault: Fault) => Promise<A>): Promise<Array<A>> => {
  const results: Array<A> = []
  const left = list.entries()
  const lane = async () => {
    for (const [at, fault] of left) results[at] = await run(fault)
  }
  await Promise.all([lane(), lane()])
  return results
}

/** @param deadly Faults that no process of ours should try in this place. */
export const rowOf = async (place: Place, deadly: ReadonlyArray<Fault>): Promise<Row> => {
  const scene = await openScene(place)
  try {
    return await eachOf(faults, async (fault) => {
      if (deadly.includes(fault)) return sacrifice(place, fault)
      const seen = await observe(fault, scene)
      return { fault, verdict: judge(fault, seen), seen }
    })
  } finally {
    await scene.close()
  }
}

/** The faults of a row by what became of the host. */
export const byVerdict = (row: Row): Readonly<Partial<Record<Verdict, ReadonlyArray<Fault>>>> =>
  Object.fromEntries(
    [...Map.groupBy(row, ({ verdict }) => verdict)].map(([verdict, cells]) => [
      verdict,
      cells.map((cell) => cell.fault)
    ])
  )

/** Who is blamed, or where the silent fault stays, and how the neighbour fared. */
const told = (cell: Cell | undefined): string => {
  if (cell?.seen === undefined) return cell?.end ?? ""
  const { blamed, marks, neighbour } = cell.seen
  const where = marks.length > 0 ? `its own ${marks.join()} alone` : blamed
  return `${where}, neighbour ${neighbour.right}/${neighbour.asked}`
}

export const tableOf = (rows: Readonly<Record<Place, Row>>): string => {
  const places = ["in_process", "worker", "child"] as const
  const body = faults.map((fault, at) => [
    fault,
    ...places.map((place) => rows[place][at]?.verdict ?? ""),
    told(rows.child[at])
  ])
  const score = places.map((place) => `${rows[place].filter(({ verdict }) => verdict === "contained").length}/16`)
  const lines = [["fault", ...places, "seen in the child"], ...body, ["contained", ...score]]
  const width = (column: number) => Math.max(...lines.map((line) => line[column]?.length ?? 0))
  const show = (line: ReadonlyArray<string>) => line.map((cell, column) => cell.padEnd(width(column))).join("  ")
  return lines.map((line) => show(line).trimEnd()).join("\n")
}
