/**
 * Makes `models.jsonl` anew: `npm run models`. Needs npm and tar, and nothing but the package registry.
 *
 * Its sources (`refresh-sources.ts`) carry the lists of other agents. They are packed, not installed: what they depend on is
 * of no use here. Of two that know a model the first counts, field by field. Kept are models of registered providers.
 */
import { execFileSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type CatalogEntry, type Entries, entriesOf, type Source, spelled } from "./catalog.ts"
import { providers } from "./providers.ts"
import { aliases, byText, type Catalog, type Package, packages } from "./refresh-sources.ts"

const target = new URL("./models.jsonl", import.meta.url)

/** Of registered providers that a source knows, sorted by id. @param known From the preferred source to the last. */
export const combine = (known: ReadonlyArray<Catalog>, registered: ReadonlyArray<Named>): Catalog => {
  const entries = (provider: Named) => merged(known.flatMap((catalog) => all(catalog, namesOf(provider))))
  const found = registered.toSorted(byText(({ id }) => id)).map((provider) => [provider.id, entries(provider)] as const)
  return Object.fromEntries(found.filter(([, some]) => Object.keys(some).length > 0))
}

const all = (catalog: Catalog, ids: ReadonlyArray<string>): ReadonlyArray<Entries> =>
  ids.map((id) => catalog[id]).filter((entries) => entries !== undefined)

interface Named {
  readonly id: string
}

const namesOf = ({ id }: Named): ReadonlyArray<string> => [id, ...(aliases[id] ?? [])]

const merged = (found: ReadonlyArray<Entries>): Entries => {
  const names = [...new Set(found.flatMap((entries) => Object.keys(entries)))].toSorted(byText((name) => name))
  const entry = (name: string): CatalogEntry => found.flatMap((entries) => entries[name] ?? []).reduce(filled)
  return Object.fromEntries(names.map((name) => [name, entry(name)]))
}

/** Long prompts are priced by whoever prices the short ones. */
const filled = (first: CatalogEntry, next: CatalogEntry): CatalogEntry => ({
  ...first,
  ...(first.price === undefined && { price: next.price, tiers: next.tiers }),
  context: first.context ?? next.context,
  output: first.output ?? next.output,
  tools: first.tools ?? next.tools
})

/** @throws when new data look broken: few models, or much of what there was is gone. */
export const check = (next: Catalog, previous: Catalog): void => {
  const [count, before] = [countOf(next), countOf(previous)]
  if (count < 50) throw new Error(`only ${count} models: a source has changed its form; nothing was written`)
  if (count * 2 < before) throw new Error(`${count} models where there were ${before}; nothing was written`)
  for (const [id, entries] of Object.entries(previous)) {
    const [left, had] = [countOf({ [id]: next[id] ?? {} }), countOf({ [id]: entries })]
    if (had >= 10 && left * 4 < had)
      throw new Error(`${left} models of ${id} where there were ${had}; nothing was written`)
  }
}

const countOf = (catalog: Catalog): number =>
  Object.values(catalog).reduce((sum, entries) => sum + Object.keys(entries).length, 0)

/** A line with the sources, then one a model, always in the same order. */
export const print = (sources: ReadonlyArray<Source>, catalog: Catalog): string => {
  const lines = Object.entries(catalog).flatMap(([provider, entries]) =>
    Object.entries(entries).map(([name, entry]) => spelled([`${provider}/${name}`, inOrder(entry)]))
  )
  return `${[spelled(sources), ...lines].join("\n")}\n`
}

const inOrder = ({ context, output, price, tiers, images, reasoning, tools }: CatalogEntry): CatalogEntry => ({
  context,
  output,
  price,
  tiers,
  images,
  reasoning,
  tools
})

const fetchPackage = (folder: string, { source, read, date }: Package): Source & { readonly known: Catalog } => {
  const npm = (...args: ReadonlyArray<string>) =>
    execFileSync("npm", [...args, "--silent"], { cwd: folder, encoding: "utf8" })
  // By its tag: npm would rather take an old version than one that asks for another Node.
  const tarball = npm("pack", `${source}@latest`).trim()
  execFileSync("tar", ["-xzf", tarball], { cwd: folder })
  const unpacked = join(folder, "package")
  const { version, author, license } = JSON.parse(readFileSync(join(unpacked, "package.json"), "utf8")) as Papers
  const published = () => (JSON.parse(npm("view", source, "time", "--json")) as Record<string, string>)[version] ?? ""
  return {
    source,
    version,
    date: (date?.(unpacked) ?? published()).slice(0, 10),
    author: typeof author === "string" ? author : author.name,
    licence: license,
    known: read(unpacked)
  }
}

interface Papers {
  readonly version: string
  readonly author: string | { readonly name: string }
  readonly license: string
}

const inFolder = <Result>(act: (folder: string) => Result): Result => {
  const folder = mkdtempSync(join(tmpdir(), "kintsugi-catalog-"))
  try {
    return act(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const refresh = () => {
  const fetched = packages.map((one) => inFolder((folder) => fetchPackage(folder, one)))
  const catalog = combine(
    fetched.map(({ known }) => known),
    providers
  )
  const before = existsSync(target) ? providers.map(({ id }) => [id, entriesOf(id)] as const) : []
  check(catalog, Object.fromEntries(before))
  const used = fetched.map(({ known: _, ...source }) => source)
  writeFileSync(target, print(used, catalog))
  const from = used.map(({ source, version, date }) => `${source} ${version} of ${date}`).join(" and ")
  console.log(`${countOf(catalog)} models of ${Object.keys(catalog).length} providers, from ${from}`)
}

if (import.meta.main) refresh()
