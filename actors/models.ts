/** The models of a runtime, each opened once: registered ones, those of plugins, and one that the program itself brings. */
import type { ExtraProvider } from "../llm/catalog/provider.ts"
import type { Model, ModelInfo } from "../llm/model.ts"
import { ModelError } from "../llm/model-error.ts"
import { openModel } from "../llm/resolve.ts"
import type { Asking } from "./model.ts"
import type { Settings } from "./settings.ts"

export interface Models {
  readonly open: Asking["open"]
  /** What is known of a model that was opened before. */
  readonly info: (id: string) => ModelInfo
}

export interface ModelsParts {
  /** One that the program brings, or the id of another. */
  readonly own: string | Model | undefined
  readonly settings: Pick<Settings, "llm" | "react">
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where the paths of scripts start. */
  readonly cwd: string
  /** Those of plugins, once those that serve these models are among them. */
  readonly providers: (models: ReadonlyArray<string>) => Promise<ReadonlyArray<ExtraProvider>>
}

export const openedModels = ({ own, settings: { llm, react }, env, cwd, providers }: ModelsParts): Models => {
  const opened = new Map<string, Promise<Model>>()
  const known = new Map<string, ModelInfo>()
  const open: Asking["open"] = async (id) => {
    if (typeof own === "object" && own.id === id) return own
    if (id === "") throw new ModelError({ provider: "A model", reason: { kind: "not_configured" } })
    const extra = await providers([id, ...llm.fallback])
    // A plugin that is loaded anew may say something else of its models.
    const key = JSON.stringify([id, extra])
    const opening = opened.get(key) ?? openModel(id, { llm, protocol: react.protocol, env, cwd, providers: extra })
    opened.set(key, opening)
    opening.then(
      (model) => known.set(id, model.info),
      // The next try may find a key that was missing now.
      () => opened.delete(key)
    )
    return opening
  }
  return {
    open,
    info: (id) => (typeof own === "object" && own.id === id ? own.info : (known.get(id) ?? {}))
  }
}
