/** The models of a runtime, each opened once: registered ones, those of plugins, and one that the program itself brings. */
import type { ExtraProvider } from "../llm/catalog/provider.ts"
import { cooldowns } from "../llm/cooldown.ts"
import type { KeyStore } from "../llm/keys.ts"
import type { Model, ModelInfo } from "../llm/model.ts"
import { ModelError } from "../llm/model-error.ts"
import { providerOf } from "../llm/model-id.ts"
import { openModel, type OpenModelOptions } from "../llm/resolve.ts"
import { known, overridesOf, ownProviders } from "./own-providers.ts"
import type { Settings } from "./settings.ts"

export interface Models {
  /** @throws ModelError `not_configured`. @param session Whose channels are told what they should know of it. */
  readonly open: (id: string, session?: string) => Promise<Model>
  /** What is known of a model that was opened before. */
  readonly info: (id: string) => ModelInfo
}

export interface ModelsParts {
  /** One that the program brings, or the id of another. */
  readonly own: string | Model | undefined
  readonly settings: Pick<Settings, "llm" | "react">
  readonly env: Readonly<Record<string, string | undefined>>
  /** What the user has stored. */
  readonly keys: KeyStore
  /** Where the paths of scripts start. */
  readonly cwd: string
  /** Those of plugins, once those that serve these models are among them. */
  readonly providers: (models: ReadonlyArray<string>) => Promise<ReadonlyArray<ExtraProvider>>
  /** What a server on this machine tells of one of its models; absent: none is asked. */
  readonly local: ((id: string) => Promise<Partial<ModelInfo>>) | undefined
  readonly say: (session: string, message: string) => void
}

/** @throws TypeError for a provider of the configuration that cannot be used. */
export const openedModels = (parts: ModelsParts): Models => {
  const { own, settings, say } = parts
  const { llm, react } = settings
  const openAs = opener(parts)
  const opened = new Map<string, Promise<Model>>()
  const infos = new Map<string, ModelInfo>()
  const told = new Set<string>()

  const tell = ({ id, info }: Model, session: string): void => {
    if (react.protocol === "text" || info.tools !== false || told.has(`${session} ${id}`)) return
    told.add(`${session} ${id}`)
    say(
      session,
      `${id} is not known to call tools by itself, so they are described to it in text; if it can, set llm.models."${id}".tools`
    )
  }

  const openOnce = async (id: string): Promise<Model> => {
    const ids = [id, ...llm.fallback, ...Object.values(llm.fallback_on).flat()]
    const extra = await openAs.extras(ids)
    // A plugin that is loaded anew may say something else of its models, and the user may have stored another key.
    const key = JSON.stringify([id, extra, openAs.stored(ids, extra)])
    const opening = opened.get(key) ?? openAs.open(id, extra)
    opened.set(key, opening)
    opening.then(
      (model) => infos.set(id, model.info),
      // The next try may find a key that was missing now.
      () => opened.delete(key)
    )
    return opening
  }

  const open: Models["open"] = async (id, session) => {
    if (typeof own === "object" && own.id === id) return own
    if (id === "") throw new ModelError({ provider: "A model", reason: { kind: "not_configured" } })
    const model = await openOnce(id)
    if (session !== undefined) tell(model, session)
    return model
  }
  return {
    open,
    info: (id) => (typeof own === "object" && own.id === id ? own.info : (infos.get(id) ?? {}))
  }
}

/** How a model is opened that was not before. */
const opener = ({ settings, env, keys, cwd, providers, local }: ModelsParts) => {
  const { llm, react } = settings
  const own = ownProviders(llm.providers)
  const said = overridesOf(llm.models)
  const shared = { llm, protocol: react.protocol, env, keys, cwd, cooldowns: cooldowns() }
  const isOwn = (id: string): boolean => own.some((one) => one.id === providerOf(id))
  let first: string | undefined
  return {
    /** The user's own come before those of plugins. */
    extras: async (ids: ReadonlyArray<string>) => [...own, ...(await providers(ids.filter((id) => !isOwn(id))))],
    /** Keys that these would be opened with, as they are stored now. */
    stored: (ids: ReadonlyArray<string>, extra: ReadonlyArray<ExtraProvider>) =>
      ids.map((id) => {
        const provider = providerOf(id)
        return keys.key(provider, extra.find((one) => one.id === provider)?.baseUrl)
      }),
    open: async (id: string, extra: OpenModelOptions["providers"]): Promise<Model> => {
      // Where no model is configured, a key and an address are for the first that is opened, and do not follow to others.
      const model = llm.model ?? (first ??= id)
      try {
        const overrides = { ...said, [id]: { ...known((await local?.(id)) ?? {}), ...said[id] } }
        return await openModel(id, { ...shared, llm: { ...llm, model }, providers: extra, overrides })
      } catch (error) {
        if (first === id) first = undefined
        throw error
      }
    }
  }
}
