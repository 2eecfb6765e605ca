/** One part of the bench in a process of its own, so that the garbage of one does not slow down the next: `PART RUNS`. */
import type { Figure } from "../bench.ts"

const [part = "", runs = "1"] = process.argv.slice(2)
const { figures } = (await import(`./${part}.ts`)) as {
  readonly figures: (runs: number) => Promise<ReadonlyArray<Figure>>
}
process.send?.(await figures(Number(runs)), () => process.exit())
