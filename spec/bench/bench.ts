/** What a bench measures and how it is told: figures beside their floor and their aim. */

export interface Figure {
  readonly what: string
  readonly unit: "ms" | "µs" | "MiB" | "bytes" | "tokens"
  /** Median of all runs. */
  readonly ours: number
  /** The same of the simplest program that does the job. */
  readonly floor?: number
  readonly aim?: { readonly of: "ratio" | "difference" | "value"; readonly most: number }
}

export interface Options {
  /** The project's folder, ends with a slash. */
  readonly root: string
  /** Measured runs of each side, after one that warms the caches. */
  readonly runs: number
}

/** A bench is a file `NAME.bench.ts` in this folder that exports one as `bench`. */
export type Bench = (options: Options) => Promise<ReadonlyArray<Figure>>

/** What the aim speaks of; `undefined` without an aim. */
export const judged = ({ ours, floor = 0, aim }: Figure): number | undefined => {
  if (aim === undefined) return undefined
  return { ratio: ours / floor, difference: ours - floor, value: ours }[aim.of]
}

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const pair = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1)
  return pair.reduce((sum, value) => sum + value, 0) / pair.length
}

/** Three digits or so, whatever the unit. */
const round = (value: number): string => value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2)

const row = (figure: Figure): ReadonlyArray<string> => {
  const { what, unit, ours, floor, aim } = figure
  const value = judged(figure)
  const aimed =
    aim === undefined || value === undefined
      ? []
      : [`${aim.of} ${round(value)}, aim ≤ ${aim.most}: ${value <= aim.most ? "met" : "missed"}`]
  return [
    what,
    `${round(ours)} ${unit}`,
    floor === undefined ? "" : `${round(floor)} ${unit}`,
    floor === undefined ? "" : (ours / floor).toFixed(2),
    ...aimed
  ]
}

export const table = (figures: ReadonlyArray<Figure>): string => {
  const rows = [["", "ours", "floor", "ratio"], ...figures.map(row)]
  const width = (column: number) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0))
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(width(0)) : column < 4 ? cell.padStart(width(column)) : cell
  return rows.map((cells) => cells.map(pad).join("  ").trimEnd()).join("\n")
}
