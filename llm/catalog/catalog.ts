/** What is known of the models of registered providers: limits, prices, abilities. Read from `models.json` at the first question. */
import { readFileSync } from "node:fs"
import type { ModelInfo, Price } from "../model.ts"

/** Input, output, cache read, cache write in US dollars per million tokens; `null` where no price of its own is known. */
export type Rates = readonly [number, number, (number | null)?, (number | null)?]

/** One model as the file has it; what is absent is unknown. */
export interface CatalogEntry {
  readonly context?: number
  readonly output?: number
  readonly price?: Rates
  /** Rates of the whole request when its prompt is longer than the first number, in tokens. */
  readonly tiers?: ReadonlyArray<readonly [number, ...Rates]>
  readonly images?: true
  readonly reasoning?: true
}

export interface Catalog {
  /** npm package that the data come from, its version, the day the data were made (ISO), author and licence. */
  readonly source: string
  readonly version: string
  readonly date: string
  readonly author: string
  readonly licence: string
  /** By provider id, then by model name. */
  readonly models: Readonly<Record<string, Readonly<Record<string, CatalogEntry>>>>
}

let loaded: Catalog | undefined

export const readCatalog = (): Catalog =>
  (loaded ??= JSON.parse(readFileSync(new URL("./models.json", import.meta.url), "utf8")) as Catalog)

/** Names of the models that the catalogue has of a provider; none when it knows nothing of it. */
export const modelsOf = (provider: string): ReadonlyArray<string> => Object.keys(entriesOf(provider))

/** A model that is not in the catalogue works all the same: nothing is known of it. */
export const lookUp = (provider: string, model: string): ModelInfo => {
  const entries = entriesOf(provider)
  const entry = Object.hasOwn(entries, model) ? entries[model] : undefined
  if (entry === undefined) return {}
  return {
    contextWindow: entry.context,
    maxOutput: entry.output,
    price: entry.price && priceOf(entry.price, entry.tiers),
    images: entry.images === true,
    reasoning: entry.reasoning === true
  }
}

const entriesOf = (provider: string): Readonly<Record<string, CatalogEntry>> => {
  const { models } = readCatalog()
  return Object.hasOwn(models, provider) ? models[provider]! : {}
}

const priceOf = (rates: Rates, tiers: CatalogEntry["tiers"]): Price => ({
  ...named(rates),
  tiers: tiers?.map(([above, ...tier]) => ({ above, ...named(tier) }))
})

const named = ([input, output, cacheRead, cacheWrite]: Rates): Price => ({
  input,
  output,
  cacheRead: cacheRead ?? undefined,
  cacheWrite: cacheWrite ?? undefined
})
