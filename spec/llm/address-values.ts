/** Values for what a provider's address is made of. */
import { addressParts } from "../../llm/catalog/address-parts.ts"
import type { Provider } from "../../llm/catalog/provider.ts"

/** `x` for a name, an address for a whole one. */
export const partsFor = (provider: Provider): Record<string, string> =>
  Object.fromEntries(
    addressParts(provider).map(([name = ""]) => [name, name.endsWith("BASE_URL") ? "https://x.y" : "x"])
  )
