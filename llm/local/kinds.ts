/** How Ollama, LM Studio, llama.cpp and vLLM are told from any other web server, and what they say of their models. */
import { defaultWindow } from "../dialects/ollama-body.ts"
import type { ModelInfo } from "../model.ts"
import { count, type Fields, fields, isFields, list, text } from "../wire-value.ts"
import type { Ask } from "./ask.ts"

/** Of a server on this machine. What it does not tell is absent. */
export interface LocalModel extends Omit<ModelInfo, "price"> {
  /** Without the provider. */
  readonly name: string
  /** It is in memory and answers at once. */
  readonly loaded?: boolean
  /** On the disk. */
  readonly bytes?: number
}

/** @param wanted Only this model matters. @returns the models of such a server, `undefined` when it is none. */
export type Look = (ask: Ask, wanted?: string) => Promise<ReadonlyArray<LocalModel> | undefined>

/** Ollama sends what it is asked on to its cloud. */
export const isAway = (name: string): boolean => /[-:]cloud$/.test(name)

/** Whether a name on a server is the one that somebody wrote. */
export const isNamed = (name: string, written: string): boolean => name === written || name === `${written}:latest`

/** docs.ollama.com/api: `/api/tags` lists, `/api/ps` has what is loaded, `/api/show` tells what one can do. */
const ollama: Look = async (ask, wanted) => {
  const [tags, ps] = await Promise.all([ask("/api/tags"), ask("/api/ps")])
  const listed = objectsIn(tags, "models")
  if (!listed?.every(({ name, digest }) => text(name) && text(digest))) return undefined
  const running = objectsIn(ps, "models") ?? []
  const asked = listed.filter(({ name }) => wanted === undefined || isNamed(text(name), wanted)).slice(0, most)
  const described = await Promise.all(
    asked.map(async ({ name, size }) => {
      const loaded = running.some((one) => one.name === name)
      const shown = fields(await ask("/api/show", { model: name }))
      if (textsIn(shown.capabilities)?.includes("completion") === false) return []
      return [{ name: text(name), bytes: count(size), loaded, ...toldByOllama(text(name), shown) }]
    })
  )
  return described.flat()
}

/** Models of Ollama that are asked about. */
const most = 64

/** The window that the model file sets, else what our dialect asks for; the one it was made for is more than most cards hold. */
const toldByOllama = (name: string, shown: Fields): Omit<LocalModel, "name"> => {
  const can = textsIn(shown.capabilities)
  const [, set] = /^num_ctx\s+(\d+)/m.exec(text(shown.parameters)) ?? []
  const info = fields(shown.model_info)
  const own = size(info[`${text(info["general.architecture"])}.context_length`])
  const given = own === undefined || isAway(name) ? own : Math.min(own, defaultWindow)
  return {
    contextWindow: size(Number(set)) ?? given,
    tools: can?.includes("tools"),
    images: can?.includes("vision"),
    reasoning: can?.includes("thinking")
  }
}

/** lmstudio.ai/docs: `/api/v1/models` since 0.4, `/api/v0/models` since 0.3.6. Both list what lies on the disk. */
const lmstudio: Look = async (ask) => {
  const [v1, v0] = await Promise.all([ask("/api/v1/models"), ask("/api/v0/models")])
  return modelsOfV1(v1) ?? modelsOfV0(v0)
}

const modelsOfV1 = (answer: unknown): ReadonlyArray<LocalModel> | undefined => {
  const listed = objectsIn(answer, "models")
  if (!listed?.every((one) => text(one.key) && Array.isArray(one.loaded_instances))) return undefined
  return listed
    .filter(({ type }) => type === "llm")
    .map(({ key, size_bytes, loaded_instances, max_context_length, capabilities }) => {
      const [instance] = list(loaded_instances)
      const can = fields(capabilities)
      return {
        name: text(key),
        bytes: count(size_bytes),
        loaded: instance !== undefined,
        contextWindow: size(fields(fields(instance).config).context_length) ?? size(max_context_length),
        tools: truth(can.trained_for_tool_use),
        images: truth(can.vision)
      }
    })
}

const modelsOfV0 = (answer: unknown): ReadonlyArray<LocalModel> | undefined => {
  const listed = objectsIn(answer, "data")
  if (!listed?.every(({ id, state }) => text(id) && /^(not-)?load(ed|ing)$/.test(text(state)))) return undefined
  return listed
    .filter(({ type }) => type === "llm" || type === "vlm")
    .map(({ id, type, state, loaded_context_length, max_context_length, capabilities }) => ({
      name: text(id),
      loaded: state === "loaded",
      contextWindow: size(loaded_context_length) ?? size(max_context_length),
      tools: textsIn(capabilities)?.includes("tool_use"),
      images: type === "vlm"
    }))
}

/** tools/server/README.md of llama.cpp: its models are owned by "llamacpp"; `/props` has the window of a slot. */
const llamaCpp: Look = async (ask) => {
  const [models, props] = await Promise.all([ask("/v1/models"), ask("/props")])
  const { default_generation_settings, chat_template_caps, modalities } = fields(props)
  return ownedBy("llamacpp", models)?.map(({ id, meta }) => ({
    name: text(id),
    loaded: true,
    contextWindow: size(fields(default_generation_settings).n_ctx) ?? size(fields(meta).n_ctx_train),
    tools: truth(fields(chat_template_caps).supports_tools),
    images: truth(fields(modalities).vision)
  }))
}

/** docs.vllm.ai, OpenAI-compatible server: its models are owned by "vllm" and say how long they may grow. */
const vllm: Look = async (ask) =>
  ownedBy("vllm", await ask("/v1/models"))?.map(({ id, max_model_len }) => ({
    name: text(id),
    loaded: true,
    contextWindow: size(max_model_len)
  }))

const ownedBy = (owner: string, answer: unknown): ReadonlyArray<Fields> | undefined => {
  const listed = objectsIn(answer, "data") ?? []
  return listed.length > 0 && listed.every(({ id, owned_by }) => owned_by === owner && text(id)) ? listed : undefined
}

/** By provider id, in the order in which one is chosen when several run. */
export const kinds: ReadonlyArray<readonly [string, Look]> = [
  ["ollama", ollama],
  ["lmstudio", lmstudio],
  ["llama.cpp", llamaCpp],
  ["vllm", vllm]
]

/** Tokens: a number that can be a window. */
const size = (value: unknown): number | undefined => (Number.isSafeInteger(value) && count(value)) || undefined

const truth = (value: unknown): boolean | undefined => (typeof value === "boolean" ? value : undefined)

const textsIn = (value: unknown): ReadonlyArray<string> | undefined =>
  Array.isArray(value) ? value.filter((one) => typeof one === "string") : undefined

const objectsIn = (answer: unknown, name: string): ReadonlyArray<Fields> | undefined => {
  const found = fields(answer)[name]
  return Array.isArray(found) && found.every(isFields) ? found : undefined
}
