/** One server of a configuration as it can be started, or what is wrong with it. Also the common formats of other programs are read. */
import { isAbsolute, resolve } from "node:path"
import { expandHome } from "../folders.ts"

export type Way =
  | {
      readonly transport: "stdio"
      readonly command: string
      readonly args: ReadonlyArray<string>
      /** What it gets besides what every command gets. */
      readonly env: Readonly<Record<string, string>>
      /** Absolute. */
      readonly cwd: string
      /** Absolute path of a folder that it may rely on. */
      readonly data?: string
    }
  | {
      /** `http` falls back to `sse` for servers of before 2025. */
      readonly transport: "http" | "sse"
      readonly url: string
      readonly headers: Readonly<Record<string, string>>
      /** As it is written; `auth-config.ts` knows what it may hold. */
      readonly oauth?: unknown
    }

export interface Entry {
  readonly way: Way
  /** As it is configured, references not expanded: for people. */
  readonly target: string
  /** Milliseconds for one request; absent: as for any tool. */
  readonly timeout?: number
  readonly disabled: boolean
}

export interface EntryProblem {
  /** Completes "the server NAME: …". */
  readonly problem: string
  readonly transport: string
  readonly target: string
  readonly disabled: boolean
}

export interface Reading {
  /** What a relative `cwd` is relative to. Absolute. */
  readonly folder: string
  readonly home: string
  /** @throws Error whose message says which variable is missing. */
  readonly expand: (text: string) => string
  /** Milliseconds that a `timeout` of 1 is. */
  readonly unit: (timeout: number) => number
}

class Wrong extends Error {}

export const readEntry = (raw: unknown, reading: Reading): Entry | EntryProblem => {
  const fields = isObject(raw) ? raw : {}
  const target = targetOf(fields)
  const disabled = fields.disabled === true
  try {
    if (!isObject(raw)) throw new Wrong(`expected a server: command and args, or url; got ${kindOf(raw)}`)
    const timeout = timeoutOf(fields.timeout, reading)
    return { way: wayOf(fields, reading), target, disabled, ...(timeout !== undefined && { timeout }) }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return { problem: error.message, transport: transportOf(fields), target, disabled }
  }
}

type Fields = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const kindOf = (value: unknown): string => (value === null ? "null" : Array.isArray(value) ? "a list" : typeof value)

const transportOf = ({ type, url }: Fields): string =>
  typeof type === "string" ? (types.get(type.toLowerCase()) ?? type) : url === undefined ? "stdio" : "http"

/** Names of the same thing in the files of other programs. */
const types: ReadonlyMap<string, "stdio" | "http" | "sse"> = new Map([
  ["stdio", "stdio"],
  ["http", "http"],
  ["streamable-http", "http"],
  ["streamable_http", "http"],
  ["streamablehttp", "http"],
  ["sse", "sse"]
])

const wayOf = (fields: Fields, reading: Reading): Way => {
  const { type, command, url } = fields
  const named = type === undefined ? undefined : types.get(String(type).toLowerCase())
  if (type !== undefined && named === undefined) throw new Wrong(`type: expected stdio, http or sse`)
  if ((command === undefined) === (url === undefined)) throw new Wrong("expected either command or url")
  if (command !== undefined && named !== undefined && named !== "stdio") throw new Wrong(`type ${named} needs a url`)
  if (url !== undefined && named === "stdio") throw new Wrong("type stdio needs a command")
  if (command !== undefined) return commandOf(fields, reading)
  const oauth = isObject(fields.oauth) ? mapped(fields.oauth, reading) : fields.oauth
  const transport = named === "sse" ? "sse" : "http"
  const headers = headersOf(fields, reading)
  return { transport, url: addressOf(url, reading), headers, ...(oauth !== undefined && { oauth }) }
}

const commandOf = ({ command, args = [], env = {}, cwd }: Fields, reading: Reading): Way => {
  const program = textOf(command, "command", reading)
  if (program === "") throw new Wrong("command: expected a program, got nothing")
  if (!Array.isArray(args)) throw new Wrong(`args: expected a list of texts, got ${kindOf(args)}`)
  const place = cwd === undefined || cwd === null ? "" : expandHome(textOf(cwd, "cwd", reading), reading.home)
  return {
    transport: "stdio",
    command: expandHome(program, reading.home),
    args: args.map((one, at) => textOf(one, `args[${at}]`, reading)),
    env: textsOf(env, "env", reading),
    cwd: isAbsolute(place) ? place : resolve(reading.folder, place)
  }
}

const addressOf = (raw: unknown, reading: Reading): string => {
  const text = textOf(raw, "url", reading)
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new Wrong("url: expected an address that starts with http:// or https://")
  if (url.username !== "" || url.password !== "")
    throw new Wrong("url: expected an address without a name or password in it; put them into headers")
  return url.href
}

const headersOf = ({ headers = {} }: Fields, reading: Reading): Readonly<Record<string, string>> => {
  const texts = textsOf(headers, "headers", reading)
  for (const [name, value] of Object.entries(texts)) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw new Wrong(`headers: ${JSON.stringify(name)} is no name of a header`)
    // The value may be a key, so it is not shown.
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) throw new Wrong(`headers.${name}: expected one line of text`)
  }
  return texts
}

const textsOf = (raw: unknown, key: string, reading: Reading): Readonly<Record<string, string>> => {
  if (raw === null) return {}
  if (!isObject(raw)) throw new Wrong(`${key}: expected names with their texts, got ${kindOf(raw)}`)
  return Object.fromEntries(
    Object.entries(raw).map(([name, value]) => [name, textOf(value, `${key}.${name}`, reading)])
  )
}

/** What is no text stays as it is. */
const mapped = (fields: Fields, reading: Reading): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      typeof value === "string" ? textOf(value, `oauth.${key}`, reading) : value
    ])
  )

/** Numbers and truth values stand in many files where a text is meant. */
const textOf = (raw: unknown, key: string, { expand }: Reading): string => {
  if (typeof raw === "number" || typeof raw === "boolean") return String(raw)
  if (typeof raw !== "string") throw new Wrong(`${key}: expected a text, got ${kindOf(raw)}`)
  if (raw.includes("\0")) throw new Wrong(`${key}: expected a text without a zero byte`)
  try {
    return expand(raw)
  } catch (error) {
    throw new Wrong(`${key}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The longest time a timer of JavaScript can wait. */
const longest = 2 ** 31 - 1

const timeoutOf = (raw: unknown, { unit }: Reading): number | undefined => {
  if (raw === undefined || raw === null) return undefined
  if (typeof raw !== "number" || !(raw > 0)) throw new Wrong("timeout: expected seconds, above 0")
  return Math.min(longest, Math.ceil(raw * unit(raw)))
}

/** An address without its query, which may hold a key. */
const targetOf = ({ command, args, url }: Fields): string => {
  if (typeof url === "string") return url.split(/[?#]/, 1)[0]?.replace(/\/\/[^/@]*@/, "//") ?? ""
  const words = [command, ...(Array.isArray(args) ? args : [])]
  return words.filter((word) => typeof word === "string" || typeof word === "number").join(" ")
}
