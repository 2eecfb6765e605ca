/** `kintsugi models`: what can be asked, at what price. */
import { Command } from "commander"
import { sources } from "../../llm/catalog/catalog.ts"
import { nearest } from "../../llm/nearest.ts"
import { CliError, type Io } from "./io.ts"
import type { Keyed } from "./key-sources.ts"
import { type ListedModel, modelsOfProvider, openShelf, type Shelf, usable } from "./models/listing.ts"
import { noteOf, tableOf } from "./models/table.ts"
import { printable } from "./printable.ts"

interface Options {
  readonly json?: true
  readonly refresh?: true
}

export const modelsCommand = (io: Io): Command =>
  new Command("models")
    .description("models that are known; others work too, at unknown cost")
    .argument("[filter]", "a provider, or a part of a model's name; default: all that could be used now")
    .option("--json", "all that is known of each")
    .option("--refresh", "ask the providers that have a key what they serve now, and keep it")
    .action(async (filter: string | undefined, { json, refresh }: Options) => {
      const shelf = await openShelf(io)
      const exact = shelf.providers.find(({ id }) => id === filter)
      const failed = refresh ? await refreshed(io, exact === undefined ? usable(shelf) : [exact], shelf) : false
      const rows = select(shelf, exact, filter)
      if (json) io.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
      else print(io, rows, filter)
      if (failed) throw new CliError(1, "")
    })

const select = (shelf: Shelf, exact: Keyed | undefined, filter: string | undefined): ReadonlyArray<ListedModel> => {
  const all = (ones: ReadonlyArray<Keyed>) => ones.flatMap((one) => modelsOfProvider(one, shelf))
  if (exact !== undefined) return all([exact])
  const near = usable(shelf)
  if (filter === undefined) return all(near)
  const words = spelled(filter).split(/\s+/)
  const found = (ones: ReadonlyArray<Keyed>) =>
    all(ones).filter(({ id }) => words.every((word) => spelled(id).includes(word)))
  const rows = [...found(near), ...found(shelf.providers.filter((one) => !near.includes(one)))]
  if (rows.length > 0) return rows
  const meant = nearest(
    filter,
    shelf.providers.map(({ id }) => id)
  ).slice(0, 3)
  const hint =
    meant.length === 0 ? "kintsugi providers lists those that there are" : `did you mean ${meant.join(" or ")}?`
  throw new CliError(2, `no provider and no model is called ${JSON.stringify(filter)}; ${hint}`)
}

/** Versions are written 4.5, 4-5 and 4_5. */
const spelled = (text: string): string => text.toLowerCase().replace(/[._:]/g, "-")

/** @returns whether nobody gave a list. */
const refreshed = async (io: Io, asked: ReadonlyArray<Keyed>, shelf: Shelf): Promise<boolean> => {
  const { refreshLists } = await import("./models/refresh.ts")
  const unlisted = await refreshLists(asked, shelf)
  for (const { id, reason } of unlisted)
    io.stderr.write(`${printable(`${id} could not be asked for its models: ${reason}`)}\n`)
  return unlisted.length > 0 && unlisted.length === asked.length
}

const print = (io: Io, rows: ReadonlyArray<ListedModel>, filter: string | undefined): void => {
  if (rows.length === 0) {
    const who =
      filter === undefined
        ? "No provider has a key, and no server answers on this machine"
        : `Nothing is known of the models of ${filter}`
    const how = filter === undefined ? "kintsugi providers lists them all" : "any name works, at unknown cost"
    return void io.stderr.write(`${printable(who)}; ${how}.\n`)
  }
  for (const line of tableOf(rows)) io.stdout.write(`${line}\n`)
  const from = sources().map(({ source, version, date }) => `${source} ${version} of ${date}`)
  io.stderr.write(`\nLimits and prices as ${from.join(" and ")} have them; ? is unknown, + more for long prompts.\n`)
}

/** For the picker of `chat`. */
export const listModels = async (io: Io): Promise<ReadonlyArray<{ readonly id: string; readonly note: string }>> => {
  const shelf = await openShelf(io)
  return usable(shelf)
    .flatMap((one) => modelsOfProvider(one, shelf))
    .map((model) => ({ id: model.id, note: noteOf(model) }))
}
