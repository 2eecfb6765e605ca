/** `/cost`: what each model took, the sum, what is left of the budget, and how full the window is. */
import type { Limits, ModelSpent, Spent } from "../../../machines/events.ts"
import { left, tokensOf } from "../../../machines/spending.ts"
import { costWords, dollars, tokens } from "../text/numbers.ts"
import { clean } from "../text/text.ts"
import type { Status } from "./status.ts"

export const costTable = ({ spent, limits, contextUsed, contextWindow, model }: Status): string => {
  const models = Object.entries(spent.models ?? {})
  const requests = models.reduce((sum, [, one]) => sum + one.requests, 0)
  const rows = [
    ["model", "requests", "in", "cached", "out", "cost"],
    ...models.map(([id, one]) => row(clean(id), one.requests, one.usage, shareWords(one))),
    ...(models.length > 1 ? [row("together", requests, spent.usage, costWords(spent))] : [])
  ]
  const share = contextWindow === undefined ? "" : ` of ${tokens(contextWindow)}`
  return [
    ...(models.length === 0 ? [`cost     ${costWords(spent)}; ${clean(model)} was asked nothing yet`] : aligned(rows)),
    ...budgetLines(limits, spent),
    `context  ${tokens(contextUsed)}${share} tokens`
  ].join("\n")
}

const row = (name: string, requests: number, { input, cacheRead, output }: Spent["usage"], cost: string) => [
  name,
  String(requests),
  tokens(input),
  tokens(cacheRead),
  tokens(output),
  cost
]

const shareWords = ({ cost, costAtLeast }: ModelSpent): string => {
  if (cost !== undefined) return dollars(cost)
  return costAtLeast === 0 ? "unknown" : `at least ${dollars(costAtLeast)}`
}

const budgetLines = (limits: Limits, spent: Spent): ReadonlyArray<string> => {
  const { maxCost, maxTokens } = limits
  const rest = left(limits, spent)
  return [
    ...(maxCost === undefined ? [] : [`budget   ${dollars(rest.maxCost ?? 0)} of ${dollars(maxCost)} left`]),
    ...(maxTokens === undefined
      ? []
      : [
          `budget   ${tokens(rest.maxTokens ?? 0)} of ${tokens(maxTokens)} tokens left, ${tokens(tokensOf(spent))} spent`
        ])
  ]
}

/** The first column to the left, the others to the right. */
const aligned = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)))
  return rows.map((cells) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
  )
}
