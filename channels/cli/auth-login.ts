/** `kintsugi auth login`: from a provider's name to its stored key, without showing a character of it. */
import { text as readAll } from "node:stream/consumers"
import { checkPart } from "../../llm/address.ts"
import { addressParts } from "../../llm/catalog/address-parts.ts"
import type { Provider } from "../../llm/catalog/provider.ts"
import { isCommand } from "../../llm/keys.ts"
import { nearest } from "../../llm/nearest.ts"
import { Misconfigured } from "../../llm/misconfigured.ts"
import { isSendable } from "../../llm/sendable.ts"
import { CliError, type Io } from "./io.ts"
import { type Keyed, type Keyring, keySources, openKeyring } from "./key-sources.ts"
import { printable } from "./printable.ts"
import { askHidden, askLine, isInteractive } from "./prompt.ts"

/** @param given `NAME=value`, for variables of the address. */
export const login = async (io: Io, id: string | undefined, given: ReadonlyArray<string>): Promise<void> => {
  const ring = await openKeyring(io)
  const provider = id === undefined ? await choose(io, ring) : need(ring, id)
  const named = valuesIn(provider, given)
  const key = await keyFor(io, provider, named)
  const values = { ...(await placesOf(io, provider, ring, named)), ...named }
  if (key === undefined && Object.keys(values).length === 0)
    throw new CliError(2, "there is no key: nothing was stored")
  const { storeKey } = await import("../../actors/keys/write-key.ts")
  storeKey(ring.path, provider.id, {
    ...(key !== undefined && { key }),
    ...(Object.keys(values).length > 0 && { values }),
    ...(provider.extra !== undefined && { address: provider.extra.baseUrl })
  })
  tellStored(io, provider, ring, key)
}

const need = ({ providers }: Keyring, id: string): Keyed => {
  const found = providers.find((one) => one.id === id)
  if (found !== undefined) return found
  const near = nearest(
    id,
    providers.map((one) => one.id)
  ).slice(0, 3)
  const meant = near.length === 0 ? "see: kintsugi providers" : `did you mean ${near.join(" or ")}?`
  throw new CliError(2, `there is no provider ${JSON.stringify(id)}; ${meant}`)
}

const choose = async (io: Io, ring: Keyring): Promise<Keyed> => {
  if (!isInteractive(io) || !io.stdout.isTTY || io.env.TERM === "dumb")
    throw new CliError(2, "say which provider: kintsugi auth login PROVIDER (see: kintsugi providers)")
  const { chooseFrom } = await import("../terminal/choose.ts")
  const choices = ring.providers.map((one) => {
    const sources = keySources(one, ring)
    return { id: one.id, label: one.id, note: `${one.name}${sources.length > 0 ? " · has a key" : ""}` }
  })
  const id = await chooseFrom("provider", choices)
  if (id === undefined) throw new CliError(130, "")
  return need(ring, id)
}

/** @returns `undefined` when only values of the address are to be stored. */
const keyFor = async (
  io: Io,
  { id, name, registered }: Keyed,
  named: Readonly<Record<string, string>>
): Promise<string | undefined> => {
  const mayMiss = Object.keys(named).length > 0 || registered?.auth === "google"
  if (registered?.auth === "google")
    io.stderr.write("Without a key, application default credentials are used: gcloud auth application-default login\n")
  const hint = mayMiss ? "enter alone for none" : `or !command that prints it, such as !pass show ${id}`
  const typed = io.stdin.isTTY
    ? await askHidden(io, `Key for ${name} (not shown; ${hint}): `)
    : ((await readAll(io.stdin)).split("\n", 1)[0] ?? "").trim()
  if (typed === "" && mayMiss) return undefined
  if (typed === "") throw new CliError(2, `there is no key: nothing was stored for ${id}`)
  if (!isCommand(typed) && !isSendable(typed))
    throw new CliError(2, "this is no key: it holds spaces or other signs; nothing was stored")
  return typed
}

/** What the address still needs, asked where somebody can answer. */
const placesOf = async (
  io: Io,
  { id, registered }: Keyed,
  { config: { env }, keys }: Keyring,
  named: Readonly<Record<string, string>>
): Promise<Record<string, string>> => {
  const values: Record<string, string> = {}
  for (const names of registered === undefined ? [] : addressParts(registered)) {
    const [first = ""] = names
    if (names.some((name) => env[name] || named[name])) continue
    const before = names.map((name) => keys.value(id, name)).find((value) => value !== undefined)
    if (!isInteractive(io)) {
      if (before === undefined) io.stderr.write(`Still missing: ${first} (--value ${first}=…, or set the variable)\n`)
      continue
    }
    const typed = await askLine(io, `${first}${before === undefined ? "" : ` [${before}]`}: `)
    if (typed !== "") values[first] = fitting(registered, first, typed)
  }
  return values
}

const valuesIn = ({ registered }: Keyed, given: ReadonlyArray<string>): Readonly<Record<string, string>> => {
  const known = new Set(registered === undefined ? [] : addressParts(registered).flat())
  return Object.fromEntries(
    given.map((one) => {
      const at = one.indexOf("=")
      const [name, value] = [one.slice(0, Math.max(0, at)), one.slice(at + 1).trim()]
      if (at < 1 || value === "") throw new CliError(2, "--value takes NAME=value")
      if (known.has(name)) return [name, fitting(registered, name, value)]
      const rest = known.size === 0 ? "its address has no variables" : `its address has ${[...known].join(", ")}`
      throw new CliError(2, `there is no ${name} in the address of ${registered?.id ?? "this provider"}; ${rest}`)
    })
  )
}

/** What would be refused when it is used is not stored. */
const fitting = (provider: Provider | undefined, name: string, value: string): string => {
  try {
    if (provider !== undefined) checkPart(provider, name, value)
    return value
  } catch (error) {
    if (error instanceof Misconfigured) throw new CliError(2, `${error.message}; nothing was stored`)
    throw error
  }
}

const tellStored = (io: Io, provider: Keyed, ring: Keyring, key: string | undefined): void => {
  const what = key === undefined ? "The address" : isCommand(key) ? "The command that prints the key" : "The key"
  io.stderr.write(`${what} for ${printable(provider.name)} is stored in ${ring.path}, readable by you alone.\n`)
  const [first] = keySources(provider, ring)
  if (key !== undefined && first !== undefined && first.from !== "store")
    io.stderr.write(`${first.name} comes before it and is used as long as it is set.\n`)
  io.stderr.write("To try it: kintsugi doctor --live\n")
}
