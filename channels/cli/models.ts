/** `kintsugi models` and `kintsugi providers`: what can be asked, at what price, with which key. */
import { Command } from "commander"
import { lookUp, modelsOf } from "../../llm/catalog/catalog.ts"
import { findProvider, type Provider, providers } from "../../llm/catalog/providers.ts"
import type { ModelInfo } from "../../llm/model.ts"
import { CliError, type Io } from "./io.ts"

export const modelsCommand = (io: Io): Command =>
  new Command("models")
    .description("models that are known; others work too, at unknown cost")
    .argument("[provider]", "default: the providers that have a key, and those on this machine")
    .option("--json")
    .action((id: string | undefined, { json }: { json?: true }) => {
      const asked = id === undefined ? usable(io.env) : [need(id)]
      const rows = asked.flatMap((provider) =>
        modelsOf(provider.id).map((name) => ({ id: `${provider.id}/${name}`, ...lookUp(provider.id, name) }))
      )
      if (json) return void io.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
      if (rows.length === 0) io.stderr.write("No provider has a key; kintsugi providers lists them all.\n")
      for (const { id: model, ...info } of rows) io.stdout.write(`${[model, ...facts(info)].join("  ")}\n`)
    })

export const providersCommand = (io: Io): Command =>
  new Command("providers")
    .description("providers and where their keys are looked up")
    .option("--json")
    .action(({ json }: { json?: true }) => {
      const rows = providers.map(({ id, name, dialect, env, note, local }) => ({
        id,
        name,
        dialect,
        env,
        local: local ?? false,
        ready: local ? null : hasKey(env, io.env),
        note
      }))
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
        io.stdout.write(`${[id, name, key, ...(note === undefined ? [] : [note])].join("  ")}\n`)
      }
    })

/** For the picker of `chat`. */
export const listModels = (env: Io["env"]): ReadonlyArray<{ readonly id: string; readonly note: string }> =>
  usable(env).flatMap(({ id }) =>
    modelsOf(id).map((name) => ({ id: `${id}/${name}`, note: facts(lookUp(id, name)).join("  ") }))
  )

const hasKey = (names: Provider["env"], env: Io["env"]): boolean => names.some((name) => Boolean(env[name]))

const usable = (env: Io["env"]): ReadonlyArray<Provider> => providers.filter(({ env: names }) => hasKey(names, env))

const need = (id: string): Provider => {
  const provider = findProvider(id)
  if (provider === undefined)
    throw new CliError(2, `there is no provider ${JSON.stringify(id)}; see: kintsugi providers`)
  return provider
}

const facts = ({ contextWindow, price }: ModelInfo): ReadonlyArray<string> => [
  ...(contextWindow === undefined ? [] : [`${Math.round(contextWindow / 1000)}k`]),
  price === undefined ? "price unknown" : `$${price.input} in, $${price.output} out per million tokens`
]
