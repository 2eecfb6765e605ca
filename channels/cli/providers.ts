/** `kintsugi providers`: who serves models, what our claim to speak with them rests on, and whether there is a key. */
import { Command } from "commander"
import type { Offer } from "../../actors/plugin/providers.ts"
import { addressParts } from "../../llm/catalog/address-parts.ts"
import { type Evidence, evidenceFor, type ExtraProvider, type Provider } from "../../llm/catalog/provider.ts"
import { CliError, type Io } from "./io.ts"
import { type Keyed, type Keyring, keySources, openKeyring, told } from "./key-sources.ts"
import { pluginOffers } from "./offers.ts"
import { columns } from "./plugin/columns.ts"
import { printable } from "./printable.ts"

export const providersCommand = (io: Io): Command =>
  new Command("providers")
    .description("who serves models, whether traffic of theirs was replayed, and whether there is a key")
    .argument("[filter]", "a part of an id or a name")
    .option("--json", "all that is known of them")
    .action(async (filter: string | undefined, { json }: { json?: true }) => {
      const rows = (await list(io)).filter(({ id, name }) => isAskedFor(filter, id, name))
      if (rows.length === 0) throw new CliError(2, `no provider has ${JSON.stringify(filter)} in its id or name`)
      if (json) return void io.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
      for (const line of table(rows, widthOf(io))) io.stdout.write(`${printable(line)}\n`)
    })

const isAskedFor = (filter: string | undefined, ...texts: ReadonlyArray<string>): boolean =>
  filter === undefined || texts.some((text) => text.toLowerCase().includes(filter.toLowerCase()))

interface Row extends Pick<Provider, "id" | "name" | "dialect" | "env" | "baseUrl" | "defaultModel" | "note"> {
  readonly evidence: Evidence
  readonly local: boolean
  /** There is a key; `null`: none is needed. */
  readonly ready: boolean | null
  /** Where it is found, or what to set. Never the key. */
  readonly key: string
  /** Variables that its address is made of; of those with several names the first. */
  readonly address?: ReadonlyArray<string>
  readonly routes?: ReadonlyArray<Pick<Provider, "baseUrl"> & { readonly models: string; readonly dialect?: string }>
  /** That registers it; absent: it is one of ours, or the user's own. */
  readonly plugin?: string
}

const list = async (io: Io): Promise<ReadonlyArray<Row>> => {
  const [ring, offers] = await Promise.all([openKeyring(io), pluginOffers(io)])
  const own = new Set(Object.keys(ring.config.settings.llm.providers))
  return [
    ...ring.providers.flatMap(({ id, registered: ours, extra }) =>
      ours !== undefined ? [registered(ours, ring)] : extra !== undefined && own.has(id) ? [usersOwn(extra, ring)] : []
    ),
    ...offers.map((offer) => offered(offer, own, ring))
  ]
}

const registered = (provider: Provider, ring: Keyring): Row => {
  const { id, name, dialect, env, note, local = false, baseUrl, defaultModel, routes } = provider
  const isOptional = provider.keyOptional === true || provider.auth === "google"
  const { ready, key } = keyOf({ id, name, env, registered: provider }, isOptional, ring)
  const unset = ready === true ? unsetParts(provider, ring) : []
  return {
    id,
    name,
    evidence: evidenceFor(provider),
    ready,
    key: [key, ...(unset.length === 0 ? [] : [`set ${unset.join(" and ")}`])].join("; "),
    dialect,
    env,
    local,
    baseUrl,
    address: addressParts(provider).map(([first = ""]) => first),
    routes: routes?.map((route) => ({ ...route, models: route.models.source, quirks: undefined })),
    defaultModel,
    note
  }
}

/** What an address still lacks, for those who have its key. */
const unsetParts = (provider: Provider, { config, keys }: Keyring): ReadonlyArray<string> =>
  (provider.baseUrlEnv ?? []).some((name) => config.env[name])
    ? []
    : addressParts(provider)
        .filter((names) => names.every((name) => !config.env[name] && !keys.value(provider.id, name)))
        .map(([first = ""]) => first)

const keyOf = (one: Keyed, isOptional: boolean, ring: Keyring): Pick<Row, "ready" | "key"> => {
  const sources = told(keySources(one, ring))
  if (sources !== "") return { ready: true, key: `found: ${sources}` }
  if (isOptional) return { ready: null, key: "none needed" }
  const [first, ...others] = one.env
  return { ready: false, key: `set ${first}${others.length > 0 ? " …" : ""}` }
}

const brought = (extra: ExtraProvider, note: string, ring: Keyring): Row => {
  const { id, name, dialect, env, baseUrl } = extra
  const key = keyOf({ id, name, env, extra }, env.length === 0, ring)
  return { id, name, evidence: "unverified", ...key, dialect, env, local: false, baseUrl, note }
}

const usersOwn = (extra: ExtraProvider, ring: Keyring): Row => brought(extra, `your own, at ${extra.baseUrl}`, ring)

const offered = ({ plugin, provider, problem }: Offer, own: ReadonlySet<string>, ring: Keyring): Row => {
  const refused = problem ?? (own.has(provider.id) ? "there is one of your own" : undefined)
  const where = `from plugin ${plugin}, at ${provider.baseUrl}`
  const row = brought(provider, refused === undefined ? where : `${where}; not used: ${refused}`, ring)
  return { ...row, ready: refused === undefined && row.ready, plugin }
}

const claims: Readonly<Record<Evidence, string>> = {
  replayed: "replayed",
  unverified: "same dialect, unverified",
  local: "local"
}

/** `undefined`: no terminal, nothing is cut. */
const widthOf = ({ stdout }: Io): number | undefined =>
  stdout.isTTY === true && "columns" in stdout && typeof stdout.columns === "number" ? stdout.columns : undefined

/** In a terminal too narrow for all, names are left out, for ids say nearly the same; what is still too long is cut. */
const table = (rows: ReadonlyArray<Row>, width = Infinity): ReadonlyArray<string> => {
  const cells = (...which: ReadonlyArray<"id" | "name" | "claim" | "key" | "note">) =>
    columns(rows.map((row) => which.map((cell) => (cell === "claim" ? claims[row.evidence] : (row[cell] ?? "")))))
  const fits = cells("id", "name", "claim", "key").every((line) => line.length <= width)
  const lines = fits ? cells("id", "name", "claim", "key", "note") : cells("id", "claim", "key", "note")
  return lines.map((line) => (line.length > width ? `${line.slice(0, width - 1)}…` : line))
}
