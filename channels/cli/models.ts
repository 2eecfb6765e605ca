/** `kintsugi models` and `kintsugi providers`: what can be asked, at what price, with which key. */
import { Command } from "commander"
import { lookUp, modelsOf } from "../../llm/catalog/catalog.ts"
import type { Provider } from "../../llm/catalog/provider.ts"
import { findProvider, providers } from "../../llm/catalog/providers.ts"
import type { ModelInfo } from "../../llm/model.ts"
import type { Offer } from "../../actors/plugin/providers.ts"
import { CliError, type Io } from "./io.ts"
import { printable } from "./printable.ts"

export const modelsCommand = (io: Io): Command =>
  new Command("models")
    .description("models that are known; others work too, at unknown cost")
    .argument("[provider]", "default: the providers that have a key, and those on this machine")
    .option("--json")
    .action(async (id: string | undefined, { json }: { json?: true }) => {
      const offers = await pluginOffers(io)
      const asked = id === undefined ? usable(io.env, offers) : [need(id, offers)]
      const rows = asked.flatMap((one) => (isOffer(one) ? offeredModels(one) : registeredModels(one)))
      if (json) return void io.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
      if (rows.length === 0) io.stderr.write("No provider has a key; kintsugi providers lists them all.\n")
      for (const { id: model, ...info } of rows) io.stdout.write(`${printable([model, ...facts(info)].join("  "))}\n`)
    })

interface ListedModel extends ModelInfo {
  readonly id: string
  /** That registers it; absent: it is one of ours. */
  readonly plugin?: string
}

const registeredModels = ({ id }: Provider): ReadonlyArray<ListedModel> =>
  modelsOf(id).map((name) => ({ id: `${id}/${name}`, ...lookUp(id, name) }))

const offeredModels = ({ plugin, provider: { id, models } }: Offer): ReadonlyArray<ListedModel> =>
  models.map(({ id: name, contextWindow, price }) => ({ id: `${id}/${name}`, contextWindow, price, plugin }))

export const providersCommand = (io: Io): Command =>
  new Command("providers")
    .description("providers and where their keys are looked up")
    .option("--json")
    .action(async ({ json }: { json?: true }) => {
      const rows = [
        ...providers.map((one) => registered(one, io.env)),
        ...(await pluginOffers(io)).map((one) => offered(one, io.env))
      ]
      if (json) return void io.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
      for (const { id, name, env, ready, note } of rows) {
        const key =
          ready === null
            ? "on this machine"
            : ready
              ? "key found"
              : env.length > 0
                ? `set ${env.join(" or ")}`
                : "llm.api_key"
        io.stdout.write(`${printable([id, name, key, ...(note === undefined ? [] : [note])].join("  "))}\n`)
      }
    })

const registered = ({ id, name, dialect, env, note, local }: Provider, variables: Io["env"]) => ({
  id,
  name,
  dialect,
  env,
  local: local ?? false,
  ready: local ? null : hasKey(env, variables),
  note
})

const offered = ({ plugin, provider, problem }: Offer, variables: Io["env"]) => {
  const { id, name, dialect, env, baseUrl } = provider
  const ready = problem === undefined && isUsable(provider, variables)
  const note = `from plugin ${plugin}, at ${baseUrl}${problem === undefined ? "" : `; not used: ${problem}`}`
  return { id, name, dialect, env, local: false, ready, note, plugin }
}

/** For the picker of `chat`. */
export const listModels = async (io: Io): Promise<ReadonlyArray<{ readonly id: string; readonly note: string }>> =>
  usable(io.env, await pluginOffers(io)).flatMap((one) =>
    (isOffer(one) ? offeredModels(one) : registeredModels(one)).map(({ id, ...info }) => ({
      id,
      note: facts(info).join("  ")
    }))
  )

/** What plugins that would be loaded here register, as far as it is known: none is run for it. */
const pluginOffers = async (io: Io): Promise<ReadonlyArray<Offer>> => {
  const [{ look }, { offersOf }] = await Promise.all([
    import("./plugin/around.ts"),
    import("../../actors/plugin/providers.ts")
  ])
  const plugins = await (await look(io)).plugins()
  return offersOf(
    plugins.flatMap(({ name, state, manifest }) =>
      state === "healthy" && manifest !== undefined ? [{ name, providers: manifest.extensions.providers }] : []
    )
  )
}

const isOffer = (one: Provider | Offer): one is Offer => "plugin" in one

const hasKey = (names: Provider["env"], env: Io["env"]): boolean => names.some((name) => Boolean(env[name]))

const isUsable = ({ env: names }: Offer["provider"], env: Io["env"]): boolean =>
  names.length === 0 || hasKey(names, env)

const usable = (env: Io["env"], offers: ReadonlyArray<Offer>): ReadonlyArray<Provider | Offer> => [
  ...providers.filter(({ env: names }) => hasKey(names, env)),
  ...offers.filter(({ provider, problem }) => problem === undefined && isUsable(provider, env))
]

const need = (id: string, offers: ReadonlyArray<Offer>): Provider | Offer => {
  const found = findProvider(id) ?? offers.find(({ provider, problem }) => provider.id === id && problem === undefined)
  if (found === undefined) throw new CliError(2, `there is no provider ${JSON.stringify(id)}; see: kintsugi providers`)
  return found
}

const facts = ({ contextWindow, price, plugin }: Omit<ListedModel, "id">): ReadonlyArray<string> => [
  ...(contextWindow === undefined ? [] : [`${Math.round(contextWindow / 1000)}k`]),
  price === undefined ? "price unknown" : `$${price.input} in, $${price.output} out per million tokens`,
  ...(plugin === undefined ? [] : [`from plugin ${plugin}`])
]
