/** Why an entry of `llm.providers` cannot be used, told when the configuration is read. */
import { clashOf, findProvider } from "../../llm/catalog/providers.ts"

interface Entry {
  readonly base_url: string
  readonly env?: ReadonlyArray<string>
}

/** What was expected instead; `undefined` when nothing is in the way. */
export const ownClash = (id: string, { base_url, env = [] }: Entry): string | undefined => {
  const registered = findProvider(id)
  if (registered !== undefined)
    return `expected an id of its own: ${registered.name} is registered as ${id}; to reach it elsewhere, set llm.base_url`
  const clash = clashOf({ id, name: id, baseUrl: base_url, env, dialect: "openai-chat", models: [] })
  if (clash === undefined) return undefined
  return `expected ${id === "scripted" ? "an id" : "variables"} of its own: ${clash}`
}
