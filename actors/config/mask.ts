/** Keeps secrets out of listings and messages. */
import { isCommand } from "../../llm/keys.ts"
import { withoutKeys } from "../../llm/redact.ts"

/** Keys that hold secrets; in `env` and `headers` anything may be one. */
const secretNames: ReadonlySet<string> = new Set(["api_key", "api_keys", "token", "env", "headers", "clientSecret"])

const isSecret = (name: string): boolean => secretNames.has(name)

/**
 * The value of a key as it may be shown. A reference such as `${MY_KEY}` is not a secret; of a long one the last four
 * characters stay, so that two keys can be told apart.
 *
 * @param path Of the key, as in `channels.a2a.peers`.
 */
export const mask = (path: string, value: unknown): unknown => {
  const names = path.split(".")
  if (names.some(isSecret)) return isKeyCommand(names.at(-1)!, value) ? withoutKeys(value, []) : hideAll(value)
  return hideInside(value)
}

/** `!command` is not the key but says how it is had; of it only what looks like a key itself is hidden. */
const isKeyCommand = (name: string, value: unknown): value is string =>
  name === "api_key" && typeof value === "string" && isCommand(value)

const hideAll = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(hideAll)
  if (typeof value === "object" && value !== null) return mapValues(value, (inner) => hideAll(inner))
  if (value === undefined || value === null) return value
  const text = String(value)
  if (/^\$\{\w+\}$/.test(text)) return text
  return text.length < 16 ? "****" : `****${text.slice(-4)}`
}

const hideInside = (value: unknown): unknown => {
  if (typeof value === "string") return value.replace(/^([\w+.-]+:\/\/)[^/\s]+@/, "$1****@")
  if (Array.isArray(value)) return value.map(hideInside)
  if (typeof value !== "object" || value === null) return value
  return mapValues(value, (inner, name) => (isSecret(name) ? mask(name, inner) : hideInside(inner)))
}

const mapValues = (value: object, change: (inner: unknown, name: string) => unknown): unknown =>
  Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, change(inner, name)]))
