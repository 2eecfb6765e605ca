/** One page over HTTP: each redirect looked at before it is followed, with an end to its time and its size. */
import { PortError, type ToolContext } from "kintsugi/plugin"
import { checkAddress, type Lookup } from "./address.ts"

export interface Got {
  /** Where it was found at last. */
  readonly url: string
  readonly status: number
  /** Lower case, without parameters. */
  readonly type: string
  readonly text: string
  /** Only the first `mostBytes` of it. */
  readonly isCut: boolean
  readonly retryAfter: string | undefined
}

export interface GetOptions extends Pick<ToolContext, "fetch" | "signal"> {
  readonly lookup: Lookup
  readonly headers?: Readonly<Record<string, string>>
}

/** A redirect to another host, which somebody else has to permit. */
export interface Elsewhere {
  readonly elsewhere: string
}

const mostHops = 5
const mostBytes = 5_000_000
/** Milliseconds, redirects included. */
const patience = 30_000

const usualHeaders = {
  accept: "text/html,application/xhtml+xml,text/plain,application/json;q=0.9,*/*;q=0.5",
  "accept-language": "en,*;q=0.5",
  "user-agent": "Mozilla/5.0 (compatible; Kintsugi/0.1; coding agent)"
}

/** @throws PortError for what may not be contacted, does not answer, or is no text. */
export const get = async (address: string, options: GetOptions): Promise<Got | Elsewhere> => {
  const time = AbortSignal.timeout(patience)
  const signal = AbortSignal.any([options.signal, time])
  try {
    return await follow(address, { ...options, signal })
  } catch (error) {
    if (error instanceof PortError || options.signal.aborted) throw error
    if (time.aborted) throw new PortError("execution_error", `${address} did not answer within ${patience / 1000} s`)
    const { message, cause } = error instanceof Error ? error : new Error(String(error))
    const why = cause instanceof Error ? `${message}, ${cause.message}` : message
    throw new PortError("execution_error", `${address} cannot be read: ${why}`, { cause: error })
  }
}

const follow = async (address: string, { fetch, signal, lookup, headers }: GetOptions): Promise<Got | Elsewhere> => {
  let url = await checkAddress(address, lookup)
  for (let hop = 0; hop <= mostHops; hop++) {
    const response = await fetch(url, { redirect: "manual", signal, headers: { ...usualHeaders, ...headers } })
    const to = response.headers.get("location")
    if (response.status < 300 || response.status >= 400 || to === null) return await read(url, response)
    await response.body?.cancel()
    const next = await checkAddress(URL.parse(to, url)?.href ?? to, lookup)
    if (!isSameSite(url, next)) return { elsewhere: next.href }
    url = next
  }
  throw new PortError("execution_error", `${address} redirects more than ${mostHops} times`)
}

/** The same host, with or without www; never from https back to http. */
const isSameSite = (one: URL, other: URL): boolean => {
  const name = ({ hostname }: URL) => hostname.replace(/^www\./, "")
  const isWorse = one.protocol === "https:" && other.protocol === "http:"
  const samePort = one.port === other.port || one.protocol !== other.protocol
  return name(one) === name(other) && samePort && !isWorse
}

const read = async (url: URL, response: Response): Promise<Got> => {
  const [type = "", ...parameters] = (response.headers.get("content-type") ?? "text/html").toLowerCase().split(";")
  if (!isText(type.trim())) {
    await response.body?.cancel()
    const what = `${url.href} is ${type.trim()}, no text that can be read`
    throw new PortError("invalid_arguments", `${what}; download it with a command if it is needed`)
  }
  const { bytes, isCut } = await take(response)
  return {
    url: url.href,
    status: response.status,
    type: type.trim(),
    text: decode(bytes, parameters.join(";")),
    isCut,
    retryAfter: response.headers.get("retry-after") ?? undefined
  }
}

const isText = (type: string): boolean =>
  type === "" || /^text\/|[/+](json|xml|yaml|x-yaml|javascript|toml|x-sh|markdown|x-ndjson)$/.test(type)

const take = async ({ body }: Response): Promise<{ readonly bytes: Uint8Array; readonly isCut: boolean }> => {
  const pieces: Array<Uint8Array> = []
  let size = 0
  for await (const piece of body ?? []) {
    pieces.push(piece)
    size += piece.byteLength
    // Leaving the loop cancels the rest.
    if (size > mostBytes) break
  }
  return { bytes: Buffer.concat(pieces).subarray(0, mostBytes), isCut: size > mostBytes }
}

/** As the header says, else as the page says of itself in its first bytes, else UTF-8. */
const decode = (bytes: Uint8Array, parameters: string): string => {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 2048))
  const [, named] =
    /charset\s*=\s*["']?([\w-]+)/i.exec(parameters) ?? /<meta[^>]+charset\s*=\s*["']?([\w-]+)/i.exec(head) ?? []
  try {
    return new TextDecoder(named ?? "utf-8").decode(bytes)
  } catch {
    return new TextDecoder().decode(bytes)
  }
}
