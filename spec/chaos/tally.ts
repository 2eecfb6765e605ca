/** Counts and a few examples of each thing that must not be: memory stays bounded however long a run takes. */

export class Tally {
  readonly #counts = new Map<string, number>()

  add(what: string, count = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + count)
  }

  of(what: string): number {
    return this.#counts.get(what) ?? 0
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0)
  }

  /** By name. */
  all(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].toSorted(([a], [b]) => a.localeCompare(b)))
  }
}

/** Examples kept of each kind. */
const most = 5

export class Complaints {
  count = 0
  readonly examples: Array<string> = []

  add(what: string): void {
    this.count++
    if (this.examples.length < most) this.examples.push(what)
  }

  toString(): string {
    return this.count === 0 ? "none" : [`${this.count}`, ...this.examples].join("; ")
  }
}

/** Milliseconds; 0 of nothing. */
export const quantile = (values: ReadonlyArray<number>, share: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
