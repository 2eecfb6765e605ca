/** Which model is used when several could be, and why. */
import { providers } from "./catalog/providers.ts"
import type { Environment } from "./environment.ts"
import type { KeyStore } from "./keys.ts"

export type { Environment }

export interface Choice {
  readonly id: string
  /** Why this one, to be printed. */
  readonly reason: string
}

/**
 * The model of the flag, else of the configuration, else the one last used in this project, else the default model of the first
 * registered provider with a key (`catalog/providers.ts` has the order). Variables that people set for other purposes
 * too (`HF_TOKEN`, `GITHUB_TOKEN`, …) choose nothing.
 */
export const chooseModel = (options: {
  readonly flag?: string
  readonly configured?: string
  readonly lastUsed?: string
  readonly env: Environment
  readonly keys?: KeyStore
}): Choice | undefined => {
  if (options.flag) return { id: options.flag, reason: "chosen with -m" }
  if (options.configured) return { id: options.configured, reason: "llm.model in the configuration" }
  if (options.lastUsed) return { id: options.lastUsed, reason: "last used in this project" }
  const stored = options.keys?.ids() ?? []
  for (const { id, defaultModel, env, sharedEnv = [] } of providers) {
    if (defaultModel === undefined) continue
    const variable = env.find((name) => options.env[name] && !sharedEnv.includes(name))
    if (variable !== undefined) return { id: `${id}/${defaultModel}`, reason: `${variable} is set` }
    if (stored.includes(id)) return { id: `${id}/${defaultModel}`, reason: `a key for ${id} is stored` }
  }
  return undefined
}
