/** What of an address is the user's own: `{A|B}` stands for the first of these variables that is set. */
import type { Provider } from "./provider.ts"

export const placeholder = /\{([\w|]+)\}/g

/** One list of names a part, each part once. None: the address stands as it is. */
export const partsOf = (address: string): ReadonlyArray<ReadonlyArray<string>> => {
  const parts = [...address.matchAll(placeholder)].map(([, names = ""]) => names)
  return [...new Set(parts)].map((names) => names.split("|"))
}

/** Those of a provider; its routes need no others. */
export const addressParts = ({ baseUrl = "" }: Provider): ReadonlyArray<ReadonlyArray<string>> => partsOf(baseUrl)
