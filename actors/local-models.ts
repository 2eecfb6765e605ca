/** Servers of models on this machine, as the configuration places them. Loaded only by runtimes that may ask them. */
import { findProvider } from "../llm/catalog/providers.ts"
import type { Choice } from "../llm/choose.ts"
import {
  chooseLocal,
  isNamed,
  type LocalModel,
  type LocalServer,
  localServers,
  type Looking
} from "../llm/local/servers.ts"
import type { ModelInfo } from "../llm/model.ts"
import { providerOf, readModelId } from "../llm/model-id.ts"
import type { Environment } from "./folders.ts"
import type { Settings } from "./settings.ts"

type Llm = Pick<Settings["llm"], "model" | "base_url">

/** `llm.base_url` belongs to the provider of `llm.model`. */
export const serversHere = (
  llm: Llm,
  env: Environment,
  wanted: Omit<Looking, "env" | "addresses"> = {}
): Promise<ReadonlyArray<LocalServer>> => {
  const own = llm.model === undefined ? undefined : providerOf(llm.model)
  const addresses = own === undefined || llm.base_url === undefined ? {} : { [own]: llm.base_url }
  return localServers({ env, ...wanted, addresses })
}

/** A model to begin with when nothing is configured. A busy machine is given time: without one there is nothing to begin. */
export const choiceHere = async (llm: Llm, env: Environment): Promise<Choice | undefined> =>
  chooseLocal(await serversHere(llm, env, { patience: 1_000 }))

/** What its server tells of a model; nothing of one that is not served on this machine. */
export const toldOf = async (id: string, llm: Llm, env: Environment): Promise<Partial<ModelInfo>> => {
  const { provider, name } = readModelId(id) ?? {}
  if (provider === undefined || name === undefined || findProvider(provider)?.local !== true) return {}
  const [server] = await serversHere(llm, env, { only: [provider], model: name, patience: 1_000 })
  const model = server?.models.find((one) => isNamed(one.name, name))
  return model === undefined ? {} : infoOf(model)
}

export const infoOf = ({ contextWindow, maxOutput, images, reasoning, tools }: LocalModel): Partial<ModelInfo> => ({
  contextWindow,
  maxOutput,
  images,
  reasoning,
  tools
})
