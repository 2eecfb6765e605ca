/** Where requests to a provider go: its address, with the user's account, region or resource in it. */
import { partsOf, placeholder } from "./catalog/address-parts.ts"
import type { Provider, Way } from "./catalog/provider.ts"
import type { Environment } from "./choose.ts"
import { vertexHost } from "./vertex.ts"
import type { KeyStore } from "./keys.ts"
import { Misconfigured } from "./misconfigured.ts"

/** @throws Misconfigured that names everything that is missing, or what cannot stand in an address. */
export const addressOf = (provider: Provider, way: Way, env: Environment, keys: KeyStore): string => {
  // A variable of the whole address speaks of the provider's own; a route that leads elsewhere does not follow it.
  const whole = way.baseUrl === provider.baseUrl ? wholeAddress(provider, way, env) : undefined
  if (whole !== undefined) return whole
  const address = way.baseUrl ?? ""
  const valueOf = (names: ReadonlyArray<string>): Part | undefined => {
    const name = names.find((one) => env[one]?.trim() || keys.value(provider.id, one))
    return name === undefined ? undefined : { name, value: env[name]?.trim() || keys.value(provider.id, name)!.trim() }
  }
  const missing = partsOf(address).filter((names) => valueOf(names) === undefined)
  if (address === "" || missing.length > 0) throw unknown(provider, way, missing)
  const filled = address.replace(placeholder, (_, names: string, at: number) =>
    fit(provider, valueOf(names.split("|"))!, address.slice(0, at))
  )
  if (!URL.canParse(filled)) throw new Misconfigured(provider.name, `${filled} is no address of ${provider.name}`)
  return vertexHost(filled)
}

/** @throws Misconfigured when this value of the variable cannot stand in the provider's address. */
export const checkPart = (provider: Provider, name: string, value: string): void => {
  const { baseUrl = "" } = provider
  for (const { 1: names = "", index } of baseUrl.matchAll(placeholder))
    if (names.split("|").includes(name)) fit(provider, { name, value }, baseUrl.slice(0, index))
}

interface Part {
  readonly name: string
  readonly value: string
}

/** Ollama's dialect knows every form that its variable may have. */
const wholeAddress = ({ name, baseUrlEnv = [] }: Provider, { dialect }: Way, env: Environment): string | undefined => {
  const variable = baseUrlEnv.find((one) => env[one])
  const address = variable === undefined ? undefined : env[variable]
  if (address === undefined || dialect === "ollama" || isUrl(address)) return address
  throw new Misconfigured(
    name,
    `${variable} is not the address of a server: it must begin with https:// or http://`,
    baseUrlEnv
  )
}

const isUrl = (address: string): boolean => /^https?:\/\//i.test(address) && URL.canParse(address)

/** A host is often copied with its scheme and a slash; anything else than a name would lead the key elsewhere. */
const fit = ({ name: provider }: Provider, { name, value }: Part, before: string): string => {
  const bare = value.replace(/\/+$/, "")
  if (before === "" && isUrl(bare)) return bare
  const host = before.endsWith("://") ? bare.replace(/^https?:\/\//i, "") : bare
  if (before !== "" && /^\w[\w.:-]*$/.test(host)) return host
  const wanted = before === "" ? "an address that begins with https://" : "letters, digits, dots and hyphens"
  throw new Misconfigured(provider, `${name} cannot stand in the address of ${provider}: it takes ${wanted}`, [name])
}

const unknown = (
  { id, name, baseUrl, baseUrlEnv = [] }: Provider,
  way: Way,
  missing: ReadonlyArray<ReadonlyArray<string>>
): Misconfigured => {
  const parts = missing.map(([first = ""]) => first)
  const wholes = [...(way.baseUrl === baseUrl ? baseUrlEnv : []), "llm.base_url"]
  const ways = [...(parts.length === 0 ? [] : [parts.join(" and ")]), ...wholes]
  const stored = parts.length === 0 ? "" : `, or run kintsugi auth login ${id}`
  return new Misconfigured(name, `the address of ${name} is not known; set ${ways.join(", or ")}${stored}`, [
    ...parts,
    ...wholes
  ])
}
