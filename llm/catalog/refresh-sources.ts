/** The packages that the catalogue is made from, and how each is read. Only `refresh.ts` uses this. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { CatalogEntry, Entries, Rates } from "./catalog.ts"

/** By provider id. */
export type Catalog = Readonly<Record<string, Entries>>

export interface Package {
  /** On npm. */
  readonly source: string
  /** @param folder Of the unpacked package. */
  readonly read: (folder: string) => Catalog
  /** Day the data were made (ISO), when the package says it; else the day of its publication counts. */
  readonly date?: (folder: string) => string
}

/** A model as both packages describe it; both are of one family. */
export interface SourceModel {
  readonly id: string
  /** Absent in the second package. */
  readonly type?: string
  /** Absent for what chats, in the second package. */
  readonly kind?: string
  readonly cost: SourceRates & { readonly tiers?: ReadonlyArray<SourceRates & { readonly inputTokensAbove: number }> }
  readonly contextWindow?: number | null
  readonly maxTokens?: number | null
  readonly input: ReadonlyArray<string>
  readonly reasoning?: boolean
  readonly supportsTools?: boolean
}

interface SourceRates {
  readonly input: number
  readonly output: number
  readonly cacheRead: number
  readonly cacheWrite: number
}

const parsed = (...path: ReadonlyArray<string>): unknown => JSON.parse(readFileSync(join(...path), "utf8"))

const data = "dist/providers/data"

/** The preferred first. */
export const packages: ReadonlyArray<Package> = [
  {
    source: "@earendil-works/pi-ai",
    date: (folder) =>
      (parsed(folder, data, ".manifest.json") as { readonly generatedAt: string }).generatedAt.slice(0, 10),
    read: (folder) =>
      Object.fromEntries(
        readdirSync(join(folder, data))
          .filter((file) => /^[^.].*\.json$/.test(file))
          .map((file) => {
            const byApi = parsed(folder, data, file) as Record<string, Record<string, SourceModel>>
            const models = Object.values(byApi).flatMap((group) => Object.values(group))
            // It lists only models that call tools (its README).
            return [file.slice(0, -".json".length), compact(models.map((model) => ({ supportsTools: true, ...model })))]
          })
      )
  },
  {
    source: "@oh-my-pi/pi-catalog",
    read: (folder) => {
      const all = parsed(folder, "src/models.json") as Record<string, Record<string, SourceModel>>
      return Object.fromEntries(Object.entries(all).map(([id, models]) => [id, compact(atServer(id, models))]))
    }
  }
]

/** With the names that their servers know: it has names of its own for those of Fireworks (its `fireworks-model-id.ts`). */
export const atServer = (
  provider: string,
  models: Readonly<Record<string, SourceModel>>
): ReadonlyArray<SourceModel> => {
  const all = Object.values(models)
  if (provider !== "fireworks" && provider !== "firepass") return all
  return all.map((model) => ({ ...model, id: atFireworks(model.id, provider === "firepass") }))
}

/** What is fast or belongs to its pass is reached through a router. */
const atFireworks = (id: string, isPass: boolean): string =>
  id.startsWith("accounts/")
    ? id
    : `accounts/fireworks/${isPass || id.endsWith("-fast") ? "routers" : "models"}/${id.replace(/(?<=\d)\.(?=\d)/g, "p")}`

/** Chat models, sorted by name so that two versions of the file compare line by line. */
export const compact = (models: ReadonlyArray<SourceModel>): Entries =>
  Object.fromEntries(
    models
      .filter(({ type = "chat", kind, input }) => type === "chat" && kind === undefined && input.includes("text"))
      .toSorted(byText(({ id }) => id))
      .map((model) => [model.id, entryOf(model)])
  )

/** By character code, as no language sorts, so that the order is the same everywhere. */
export const byText =
  <Item>(text: (item: Item) => string) =>
  (one: Item, other: Item): number =>
    text(one) < text(other) ? -1 : 1

const entryOf = (model: SourceModel): CatalogEntry => {
  const { id, cost, contextWindow, maxTokens, input, reasoning, supportsTools } = model
  const price = ratesOf(cost)
  // The sources write 0 for a price they do not know. Only a name that says so is taken for free.
  const known = price[0] > 0 || price[1] > 0 || /[:-]free$/.test(id)
  const tiers = (cost.tiers ?? []).map((tier) => [tier.inputTokensAbove, ...ratesOf(tier)] as const)
  return {
    ...(contextWindow ? { context: contextWindow } : {}),
    ...(maxTokens ? { output: maxTokens } : {}),
    ...(known ? { price } : {}),
    ...(known && tiers.length > 0 ? { tiers: tiers.toSorted((a, b) => a[0] - b[0]) } : {}),
    ...(input.includes("image") ? { images: true } : {}),
    ...(reasoning ? { reasoning: true } : {}),
    ...(supportsTools === undefined ? {} : { tools: supportsTools })
  }
}

const ratesOf = ({ input, output, cacheRead, cacheWrite }: SourceRates): Rates => {
  if (cacheWrite) return [money(input), money(output), cacheRead ? money(cacheRead) : null, money(cacheWrite)]
  return cacheRead ? [money(input), money(output), money(cacheRead)] : [money(input), money(output)]
}

/** Some prices were computed: 0.09999999999999999. */
const money = (dollars: number): number => Number(dollars.toPrecision(8))

/** What the sources call our providers, where not as we do. */
export const aliases: Readonly<Record<string, ReadonlyArray<string>>> = {
  "abliteration-ai": ["abliteration"],
  "alibaba-token-plan": ["qwen-token-plan", "qwen-token-plan-individual"],
  "alibaba-token-plan-cn": ["qwen-token-plan-cn", "qwen-token-plan-individual-cn"],
  "azure-cognitive-services": ["azure"],
  "azure-foundry": ["azure"],
  cline: ["cline-pass"],
  gmicloud: ["gmi-cloud"],
  "kimi-for-coding": ["kimi-coding", "kimi-code"],
  moonshotai: ["moonshot"],
  "nano-gpt": ["nanogpt"],
  opencode: ["opencode-zen"],
  "stepfun-plan": ["stepfun"],
  "umans-ai": ["umans"],
  vercel: ["vercel-ai-gateway"],
  wafer: ["wafer-serverless"],
  wandb: ["coreweave"],
  "zai-anthropic": ["zai"],
  "zai-coding-plan": ["zai"],
  "zhipuai-coding-plan": ["zai-coding-cn", "zhipu-coding-plan"]
}
