/** Ways to a goal, compared by weighted criteria: the sums are computed, and what they hang on is said. */

export interface Criterion {
  readonly name: string
  readonly weight: number
}

export interface Option {
  readonly name: string
  /** 0 to 10, by the criterion's name. */
  readonly scores: Readonly<Record<string, number>>
}

export interface Comparison {
  /** Best first; equal ones in the order given. `total`: 0 to 10. */
  readonly ranking: ReadonlyArray<{ readonly name: string; readonly total: number }>
  /** Points between the first two. */
  readonly lead: number
  /** Criteria without each of which another would be first. */
  readonly hangs_on: ReadonlyArray<string>
}

/** @returns what is wrong, each with its place; empty when they can be compared. */
export const unfit = (criteria: ReadonlyArray<Criterion>, options: ReadonlyArray<Option>): ReadonlyArray<string> => {
  const names = criteria.map(({ name }) => name)
  return [
    ...(options.length < 2 ? ["two options are the least that can be compared"] : []),
    ...(criteria.length < 1 ? ["at least one criterion is needed"] : []),
    ...twice(names).map((name) => `the criterion ${name} stands there twice`),
    ...twice(options.map(({ name }) => name)).map((name) => `the option ${name} stands there twice`),
    ...criteria.filter(({ weight }) => !(weight > 0)).map(({ name }) => `the weight of ${name} must be above 0`),
    ...options.flatMap(({ name, scores }) => [
      ...names
        .filter((criterion) => !Object.hasOwn(scores, criterion))
        .map((criterion) => `${name} has no score for ${criterion}`),
      ...Object.keys(scores)
        .filter((criterion) => !names.includes(criterion))
        .map((criterion) => `${name} has a score for ${criterion}, which is no criterion`)
    ])
  ]
}

const twice = (names: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...new Set(names.filter((name, at) => names.indexOf(name) !== at))
]

export const compare = (criteria: ReadonlyArray<Criterion>, options: ReadonlyArray<Option>): Comparison => {
  const ranking = ranked(criteria, options)
  const [first, second] = ranking
  const hangsOn = criteria.filter((one) => {
    const others = criteria.filter((other) => other !== one)
    return others.length > 0 && ranked(others, options)[0]?.name !== first?.name
  })
  return {
    ranking,
    lead: rounded((first?.total ?? 0) - (second?.total ?? 0)),
    hangs_on: hangsOn.map(({ name }) => name)
  }
}

const ranked = (criteria: ReadonlyArray<Criterion>, options: ReadonlyArray<Option>): Comparison["ranking"] => {
  const weights = criteria.reduce((sum, { weight }) => sum + weight, 0)
  const total = ({ scores }: Option): number =>
    criteria.reduce((sum, { name, weight }) => sum + weight * (scores[name] ?? 0), 0) / weights
  return options
    .map((option) => ({ name: option.name, total: rounded(total(option)) }))
    .toSorted((one, other) => other.total - one.total)
}

const rounded = (value: number): number => Math.round(value * 100) / 100
