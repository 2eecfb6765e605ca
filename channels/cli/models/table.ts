/** Models as aligned columns, and in one line each for the picker. */
import type { Price } from "../../../llm/model.ts"
import { printable } from "../printable.ts"
import type { ListedModel } from "./listing.ts"

/** `$/M`: US dollars per million tokens. */
const heads = ["model", "context", "output", "in $/M", "out $/M", "cached $/M", "can"]

export const tableOf = (models: ReadonlyArray<ListedModel>): ReadonlyArray<string> => {
  const rows = [heads, ...models.map(cells)]
  const widths = heads.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const isNumber = (column: number) => column > 0 && column < heads.length - 1
  return rows.map((row) =>
    row
      .map((cell, column) => (isNumber(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join("  ")
      .trimEnd()
  )
}

const cells = (model: ListedModel): ReadonlyArray<string> => {
  const { id, contextWindow, maxOutput, price } = model
  return [
    printable(id),
    size(contextWindow),
    size(maxOutput),
    money(price, "input"),
    money(price, "output"),
    money(price, "cacheRead"),
    printable([...abilities(model), ...remarks(model)].join(" "))
  ]
}

/** `272k · $5 in, $30 out · tools reasoning images` */
export const noteOf = (model: ListedModel): string => {
  const { contextWindow, price } = model
  const cost =
    price === undefined
      ? "price unknown"
      : price.input === 0 && price.output === 0
        ? "free"
        : `$${amount(price.input)} in, $${amount(price.output)} out`
  const can = [...abilities(model), ...remarks(model)].join(" ")
  return printable(
    [...(contextWindow === undefined ? [] : [tokens(contextWindow)]), cost, can].filter(Boolean).join(" · ")
  )
}

const size = (count: number | undefined): string => (count === undefined ? unknown : tokens(count))

/** `834`, `32.8k`, `1.1M`. */
const tokens = (count: number): string => {
  if (count < 1000) return String(count)
  const [unit, letter] = count < 999_950 ? [1e3, "k"] : [1e6, "M"]
  return `${Number((count / unit).toFixed(count / unit < 100 ? 1 : 0))}${letter}`
}

/** Nothing known is not nothing to pay. */
const unknown = "?"

/** `+`: more for long prompts. */
const money = (price: Price | undefined, kind: "input" | "output" | "cacheRead"): string => {
  const rate = price?.[kind]
  if (rate === undefined) return price !== undefined && kind === "cacheRead" ? "-" : unknown
  return `${amount(rate)}${price?.tiers?.length ? "+" : ""}`
}

/** Four digits that count: 0.0028, 12.5, 1.875. */
const amount = (dollars: number): string => String(Number(dollars.toPrecision(4)))

const abilities = ({ tools, reasoning, images }: ListedModel): ReadonlyArray<string> => [
  ...(tools === undefined ? [] : [tools ? "tools" : "(no tools: text protocol)"]),
  ...(reasoning ? ["reasoning"] : []),
  ...(images ? ["images"] : [])
]

const remarks = ({ source, plugin, loaded, set }: ListedModel): ReadonlyArray<string> => [
  ...(loaded ? ["[loaded]"] : []),
  ...(source === "provider" ? ["[listed by the provider]"] : []),
  ...(plugin === undefined ? [] : [`[plugin ${plugin}]`]),
  ...(set === undefined ? [] : [`[llm.models: ${set.join(", ")}]`])
]
