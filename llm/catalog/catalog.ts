/** What is known of the models of registered providers: limits, prices, abilities. One line a model in `models.jsonl`. */
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
  /** Both sources say of every model whether it takes images and reasons: absent is no. */
  readonly images?: true
  readonly reasoning?: true
  readonly tools?: boolean
}

/** Where entries come from: an npm package, its version, the day its data were made (ISO), author and licence. */
export interface Source {
  readonly source: string
  readonly version: string
  readonly date: string
  readonly author: string
  readonly licence: string
}

/** By model name. */
export type Entries = Readonly<Record<string, CatalogEntry>>

let bytes: Buffer | undefined

/**
 * The whole file, hundreds of kilobytes that nobody parses: a first line with the sources, then `["provider/model",entry]`,
 * those of one provider together. All ASCII.
 */
const file = (): Buffer => (bytes ??= readFileSync(new URL("./models.jsonl", import.meta.url)))

/** Of which entries are made, the preferred first. */
export const sources = (): ReadonlyArray<Source> => JSON.parse(lineAt(0)) as ReadonlyArray<Source>

/** Names of the models that the catalogue has of a provider; none when it knows nothing of it. */
export const modelsOf = (provider: string): ReadonlyArray<string> => Object.keys(entriesOf(provider))

/** A model that is not in the catalogue works all the same: nothing is known of it. */
export const lookUp = (provider: string, model: string): ModelInfo => {
  const at = file().indexOf(`\n[${spelled(`${provider}/${model}`)},`)
  return at === -1 ? {} : infoOf(read(lineAt(at + 1))[1])
}

/** What the catalogue has of a provider. */
export const entriesOf = (provider: string): Entries => {
  const start = `[${spelled(`${provider}/`).slice(0, -1)}`
  const found: Array<readonly [string, CatalogEntry]> = []
  for (let at = file().indexOf(`\n${start}`) + 1; at > 0;) {
    const line = lineAt(at)
    if (!line.startsWith(start)) break
    const [id, entry] = read(line)
    found.push([id.slice(provider.length + 1), entry])
    at += line.length + 1
  }
  return Object.fromEntries(found)
}

/** JSON without a character above ASCII. */
export const spelled = (value: unknown): string =>
  JSON.stringify(value).replace(/[^\0-~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)

const lineAt = (start: number): string => file().toString("latin1", start, file().indexOf("\n", start))

const read = (line: string): readonly [string, CatalogEntry] => JSON.parse(line) as readonly [string, CatalogEntry]

export const infoOf = ({ context, output, price, tiers, images, reasoning, tools }: CatalogEntry): ModelInfo => ({
  contextWindow: context,
  maxOutput: output,
  price: price && priceOf(price, tiers),
  images: images === true,
  reasoning: reasoning === true,
  tools
})

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
