/**
 * Arguments that a tool's schema wants repeated as headers (`x-mcp-header`, since revision 2026-07-28), for those who route requests
 * without reading them: a request whose `Mcp-Param-*` headers say something else than its body is refused, so that nobody is told one
 * thing and does another. https://modelcontextprotocol.io/specification/2026-07-28/basic/transports
 */
import { isParams } from "./shop.ts"

/** The code of MCP for headers that do not fit the body. */
export const headerMismatch = -32_020

interface Declared {
  /** Where the argument stands in the arguments. */
  readonly path: ReadonlyArray<string>
  readonly header: string
}

/** @returns what does not fit, or `undefined`. An argument that is not given wants no header. */
export const headerTrouble = (schema: unknown, args: unknown, headers: Headers): string | undefined => {
  for (const { path, header } of declaredIn(schema)) {
    const given = path.reduce<unknown>((at, name) => (isParams(at) ? at[name] : undefined), args)
    if (typeof given !== "string" && typeof given !== "boolean" && !Number.isFinite(given)) continue
    const sent = headers.get(header)
    const where = `the argument ${path.join(".")}`
    if (sent === null) return `${where} is given, and the header ${header} is not`
    const said = decoded(sent)
    if (said === undefined) return `the header ${header} is no Base64 of UTF-8`
    if (said !== String(given) && !(typeof given === "number" && isSame(said, given)))
      return `the header ${header} does not say the same as ${where}`
  }
  return undefined
}

/** Only along `properties`, of texts, whole numbers and yes or no: elsewhere it has no meaning, and clients leave such a tool out. */
const declaredIn = (schema: unknown, path: ReadonlyArray<string> = []): ReadonlyArray<Declared> => {
  if (!isParams(schema)) return []
  const { type, properties, "x-mcp-header": name } = schema
  const isToken = typeof name === "string" && /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)
  const isPlain = type === "string" || type === "integer" || type === "boolean"
  return [
    ...(isToken && isPlain && path.length > 0 ? [{ path, header: `Mcp-Param-${name}` }] : []),
    ...(isParams(properties)
      ? Object.entries(properties).flatMap(([key, child]) => declaredIn(child, [...path, key]))
      : [])
  ]
}

/** What no header can hold comes as `=?base64?…?=`. */
const decoded = (value: string): string | undefined => {
  const [, base64] = /^=\?base64\?(.*)\?=$/.exec(value) ?? []
  if (base64 === undefined) return value
  const bytes = Buffer.from(base64, "base64")
  if (bytes.toString("base64") !== base64) return undefined
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** `42.0` is 42. */
const isSame = (said: string, given: number): boolean => /^-?\d+(\.\d+)?$/.test(said) && Number(said) === given
