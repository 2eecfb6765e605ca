/** What supervision costs when nothing breaks, and how soon it is over when something does. */
import { fork } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import type { Bench, Figure } from "./bench.ts"

/** Files of `supervision/`, each exporting `figures(runs)`; a further one is a name here. */
const parts = ["calls", "tools", "faults", "actors"]

const measure = async (part: string, runs: number): Promise<ReadonlyArray<Figure>> => {
  const child = fork(join(import.meta.dirname, "supervision/part.ts"), [part, String(runs)], {
    execArgv: ["--expose-gc"]
  })
  const ended = once(child, "exit")
  const [result] = await Promise.race([once(child, "message"), ended.then(() => [])])
  if (result === undefined) throw new Error(`${part} ended without figures`)
  await ended
  return result as ReadonlyArray<Figure>
}

export const bench: Bench = async ({ runs }) => {
  const figures: Array<Figure> = []
  for (const part of parts) figures.push(...(await measure(part, runs)))
  return figures
}
