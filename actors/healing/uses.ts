/** How uses of the ports stand on a tape: names, arguments and answers as plain JSON, secrets as digests. */
import { createHash } from "node:crypto"
import type { Use } from "../../healing/tape.ts"
import { isSecret } from "../../plugins/ports/environment.ts"
import { PortError } from "../../plugins/ports.ts"

/** Uses that change nothing: whoever repeats them, leaves them out or makes others does the world no harm. */
const looks = new Set(["files.resolve", "files.read", "files.stat", "files.display", "exec.jobs", "exec.look"])

export const isLook = (port: string): boolean => looks.has(port)

export type Bytes = { readonly base64: string }

export const bytesOf = (data: Uint8Array): Bytes => ({
  base64: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64")
})

/** Text as it is; bytes in base64. */
export const contentOf = (data: string | Uint8Array): string | Bytes =>
  typeof data === "string" ? data : bytesOf(data)

export const errorOf = (thrown: unknown): NonNullable<Use["error"]> => {
  if (thrown instanceof PortError) return { kind: thrown.kind, message: thrown.message }
  return thrown instanceof Error
    ? { kind: thrown.name, message: thrown.message }
    : { kind: "NonError", message: String(thrown) }
}

const kinds: ReadonlyArray<PortError["kind"]> = [
  "permission_denied",
  "not_found",
  "invalid_arguments",
  "missing_dependency",
  "execution_error"
]

/** The error that a use ended with, as whoever made the use meets it. */
export const thrownOf = ({ kind, message }: NonNullable<Use["error"]>): Error => {
  const known = kinds.find((one) => one === kind)
  if (known !== undefined) return new PortError(known, message)
  return Object.defineProperty(kind === "TypeError" ? new TypeError(message) : new Error(message), "name", {
    value: kind
  })
}

const secretHeader = /^(authorization|proxy-authorization|cookie|set-cookie)$|token|secret|api-?key|password|signature/i

const digest = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex").slice(0, 16)}`

/** What only the network's own work is about, or differs from call to call. */
const unimportant = new Set([
  "connection",
  "host",
  "user-agent",
  "accept-encoding",
  "accept-language",
  "sec-fetch-mode"
])

export const headersOf = (headers: Headers): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...headers]
      .filter(([name]) => !unimportant.has(name))
      .map(([name, value]) => [name, secretHeader.test(name) || isSecret(name, value) ? digest(value) : value])
  )

const parameterIsSecret = (name: string, value: string): boolean =>
  /^(key|sig|auth|code|pass)$/i.test(name) || secretHeader.test(name) || isSecret(name, value)

/** An address without what must not be kept in it. */
export const addressOf = (text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) return text
  for (const [name, value] of new URL(url).searchParams)
    if (parameterIsSecret(name, value)) url.searchParams.set(name, digest(value))
  if (url.password !== "") url.password = digest(url.password)
  return url.href
}

/** What a request asks for. Reads the body of a copy of it. */
export const askedOf = async (request: Request): Promise<Readonly<Record<string, unknown>>> => {
  const asked = { method: request.method, url: addressOf(request.url), headers: headersOf(request.headers) }
  if (request.body === null) return asked
  const body = Buffer.from(await request.clone().arrayBuffer())
  const text = body.toString("utf8")
  return { ...asked, body: Buffer.from(text, "utf8").equals(body) ? text : bytesOf(body) }
}

/** As JSON says it: without what is undefined. */
export const plain = <A extends object>(value: A): A =>
  Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as A

/** JSON with sorted keys: the same for the same. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : part
  ) ?? "null"
