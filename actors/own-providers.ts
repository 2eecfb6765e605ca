/** What the user says of providers and models in the configuration, in the words of llm. */
import type { ExtraProvider } from "../llm/catalog/provider.ts"
import type { ModelInfo } from "../llm/model.ts"
import { ownClash } from "./config/own-provider.ts"
import { quirksOf } from "./own-quirks.ts"
import type { Settings } from "./settings.ts"

/** @throws TypeError for one that cannot be used, which a configuration that was read from files has not. */
export const ownProviders = (providers: Settings["llm"]["providers"]): ReadonlyArray<ExtraProvider> =>
  Object.entries(providers).map(([id, entry]) => {
    const clash = ownClash(id, entry)
    if (clash !== undefined) throw new TypeError(`llm.providers.${id}: ${clash}`)
    // A program's settings have not been through the schema, which has the same default.
    const { name = id, base_url: baseUrl, dialect = "openai-chat", api_key: apiKey, env = [], headers, quirks } = entry
    return { id, name, baseUrl, dialect, apiKey, env, headers, quirks: quirksOf(quirks), models: [] }
  })

/** By `provider/model`; only what was said. */
export const overridesOf = (models: Settings["llm"]["models"]): Readonly<Record<string, Partial<ModelInfo>>> =>
  Object.fromEntries(
    Object.entries(models).map(([id, { context_window, max_output, price, images, reasoning, tools }]) => [
      id,
      known({
        contextWindow: context_window,
        maxOutput: max_output,
        price: price && inWords(price),
        images,
        reasoning,
        tools
      })
    ])
  )

/** Without what is not known, so that it covers nothing that is. */
export const known = <Fields extends object>(info: Fields): Partial<Fields> =>
  Object.fromEntries(Object.entries(info).filter(([, value]) => value !== undefined)) as Partial<Fields>

type Price = NonNullable<Settings["llm"]["models"][string]["price"]>

const inWords = ({ input, output, cache_read: cacheRead, cache_write: cacheWrite }: Price) => ({
  input,
  output,
  cacheRead,
  cacheWrite
})
