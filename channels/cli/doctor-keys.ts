/** What `doctor` says of keys and of servers on this machine; with `--live`, what configured providers answer. */
import { overridesOf } from "../../actors/own-providers.ts"
import { addressOf } from "../../llm/address.ts"
import { providerOf } from "../../llm/model-id.ts"
import { localServers } from "../../llm/local/servers.ts"
import { wayTo } from "../../llm/open-provider.ts"
import type { Io } from "./io.ts"
import { isConfigured, type Keyed, keySources, type Keyring, openKeyring, told } from "./key-sources.ts"
import { oneLine, printable } from "./printable.ts"

export interface Finding {
  readonly name: string
  /** False: sessions will fail, or lack something that most tasks need. */
  readonly ok: boolean
  readonly detail: string
}

/** @param model Of new sessions, if there is one. */
export const keyFindings = async (
  io: Io,
  model: string | undefined,
  live: boolean
): Promise<ReadonlyArray<Finding>> => {
  const ring = { ...(await openKeyring(io)), primary: model }
  const models = modelsIn(ring, model)
  const configured = ring.providers.filter(
    (one) => isConfigured(one, keySources(one, ring)) || models.some((id) => providerOf(id) === one.id)
  )
  const shared = ring.providers.filter((one) => !configured.includes(one) && keySources(one, ring).length > 0)
  const stored = [ring.keys.problem(), ...ring.keys.flaws()].filter((one) => one !== undefined)
  const [servers, answers] = await Promise.all([
    localServers({ env: ring.config.env }),
    live ? tried(ring, configured, models) : notTried(configured.length)
  ])
  return [
    ...stored.map((problem) => ({ name: "stored keys", ok: false, detail: printable(problem) })),
    ...configured.map((one) => keyFinding(one, ring)),
    ...unserved(models, ring),
    ...unaddressed(models, ring),
    ...shared.map((one) => ({
      name: printable(`key ${one.id}`),
      ok: true,
      detail: printable(`${told(keySources(one, ring))}; set for other purposes, too, so it chooses no model`)
    })),
    ...servers.map(({ name, origin, models: served }) => ({
      name: `on this machine: ${name}`,
      ok: true,
      detail: printable(oneLine(`${origin}, ${served.length} ${served.length === 1 ? "model" : "models"}`, 200))
    })),
    ...answers
  ]
}

/** What the configuration names, the chosen one first. */
const modelsIn = ({ config: { settings } }: Keyring, model: string | undefined): ReadonlyArray<string> => {
  const { model: named, fallback, fallback_on } = settings.llm
  const all = [model, named, ...fallback, ...Object.values(fallback_on).flat()]
  return [...new Set(all.filter((id) => id !== undefined))].filter((id) => providerOf(id) !== "scripted")
}

/** A run that may fall back on one of these fails at its start. */
const unserved = (models: ReadonlyArray<string>, { providers }: Keyring): ReadonlyArray<Finding> =>
  models
    .filter((id) => providers.every((one) => one.id !== providerOf(id)))
    .map((id) => ({
      name: printable(`model ${id}`),
      ok: false,
      detail: `there is no such provider; kintsugi providers lists those that there are`
    }))

/** Of which an account, a region or a resource is missing. */
const unaddressed = (models: ReadonlyArray<string>, ring: Keyring): ReadonlyArray<Finding> => {
  const { config, keys, providers, primary } = ring
  const { base_url, model = primary } = config.settings.llm
  const moved = base_url === undefined || model === undefined ? undefined : providerOf(model)
  return models.flatMap((id) => {
    const provider = providers.find((one) => one.id === providerOf(id))?.registered
    if (provider === undefined || provider.id === moved) return []
    try {
      addressOf(provider, wayTo(provider, id.slice(provider.id.length + 1)), config.env, keys)
      return []
    } catch (error) {
      return [
        {
          name: printable(`address ${provider.id}`),
          ok: false,
          detail: printable(error instanceof Error ? error.message : String(error))
        }
      ]
    }
  })
}

const keyFinding = (one: Keyed, ring: Keyring): Finding => {
  const sources = keySources(one, ring)
  const { registered, extra } = one
  const mayMiss = registered?.keyOptional === true || registered?.auth === "google" || extra?.env.length === 0
  const name = printable(`key ${one.id}`)
  if (sources.length > 0) return { name, ok: true, detail: printable(told(sources)) }
  if (mayMiss)
    return { name, ok: true, detail: registered?.auth === "google" ? "application default credentials" : "none needed" }
  const ways = [...(one.env.length === 0 ? [] : [`set ${one.env.join(" or ")}`]), `run kintsugi auth login ${one.id}`]
  return { name, ok: false, detail: printable(`missing; ${ways.join(", or ")}`) }
}

const notTried = async (count: number): Promise<ReadonlyArray<Finding>> =>
  count === 0
    ? []
    : [{ name: "providers", ok: true, detail: "none was asked; --live sends one small request to each of these" }]

/** Milliseconds for one of them, the command that prints its key included. */
const patience = 30_000

const tried = async (
  ring: Keyring,
  configured: ReadonlyArray<Keyed>,
  models: ReadonlyArray<string>
): Promise<ReadonlyArray<Finding>> => {
  const wanted = configured.flatMap((one): ReadonlyArray<string> => {
    const own = models.filter((id) => providerOf(id) === one.id)
    const { defaultModel } = one.registered ?? {}
    return own.length > 0 || defaultModel === undefined ? own : [`${one.id}/${defaultModel}`]
  })
  const unasked = configured.filter(({ id }) => !wanted.some((model) => providerOf(model) === id))
  const answers = await Promise.all(wanted.map((id) => tryOne(id, ring)))
  const left = unasked.map(({ id }) => ({
    name: printable(`live ${id}`),
    ok: true,
    detail: "not asked: no model of it is configured (llm.model)"
  }))
  return [...answers, ...left]
}

const tryOne = async (id: string, { config, keys, providers, primary = "" }: Keyring): Promise<Finding> => {
  const [{ openModel }, { tryModel }] = await Promise.all([
    import("../../llm/resolve.ts"),
    import("../../llm/try-model.ts")
  ])
  const { llm } = config.settings
  const seconds = patience / 1000
  const options = {
    // Named, so that its address and key are not taken for those of whichever provider is tried.
    llm: {
      ...llm,
      model: llm.model ?? primary,
      fallback: [],
      fallback_on: {},
      max_retries: 0,
      timeout: seconds,
      idle_timeout: seconds
    },
    protocol: "native" as const,
    env: config.env,
    keys,
    cwd: ".",
    providers: providers.flatMap(({ extra }) => extra ?? []),
    overrides: overridesOf(llm.models)
  }
  const name = printable(`live ${id}`)
  try {
    const answer = await tryModel(await openModel(id, options), patience)
    return answer.ok
      ? { name, ok: true, detail: `answered in ${answer.milliseconds} ms` }
      : { name, ok: false, detail: printable(oneLine(answer.error.message, 600)) }
  } catch (error) {
    return { name, ok: false, detail: printable(oneLine(error instanceof Error ? error.message : String(error), 600)) }
  }
}
