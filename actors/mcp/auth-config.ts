/** What a server's `oauth` may say, in `.mcp.json` or the configuration. */
import { learn } from "../../llm/learnt.ts"
import { isSection } from "../settings.ts"

export interface OAuthConfig {
  /** Of a client that was registered by hand. */
  readonly clientId?: string
  readonly clientSecret?: string
  /** The authorization server that these are for; absent: the one that was met first. */
  readonly issuer?: string
  /** Names with spaces between them. */
  readonly scope?: string
  /** An https address that describes this client (client ID metadata document). */
  readonly clientMetadataUrl?: string
  /** Where the browser comes back to on this machine, for clients that are registered with one; absent: a free port. */
  readonly callbackPort?: number
  /** Default `authorization_code`: the user logs in. */
  readonly grant?: "authorization_code" | "client_credentials"
}

const texts = ["clientId", "clientSecret", "issuer", "scope", "clientMetadataUrl"] as const

/** @throws Error that says what is wrong with it, without a value. */
export const oauthIn = (server: string, value: unknown): OAuthConfig => {
  if (value === undefined) return {}
  const wrong = (what: string): Error => new Error(`oauth of MCP server ${server}: ${what}`)
  if (!isSection(value)) throw wrong("it is not an object")
  const { callbackPort, grant, ...rest } = { ...value } as Readonly<Record<string, unknown>>
  if (callbackPort !== undefined && !isPort(callbackPort)) throw wrong("callbackPort is not a port")
  if (grant !== undefined && grant !== "authorization_code" && grant !== "client_credentials")
    throw wrong("grant is neither authorization_code nor client_credentials")
  const given = texts.flatMap((name) => (rest[name] === undefined ? [] : [[name, rest[name]] as const]))
  for (const [name, text] of given) if (typeof text !== "string" || text === "") throw wrong(`${name} is not a text`)
  if (typeof rest.clientSecret === "string") learn(rest.clientSecret)
  return {
    ...Object.fromEntries(given),
    ...(callbackPort === undefined ? {} : { callbackPort }),
    ...(grant === undefined ? {} : { grant })
  }
}

const isPort = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value > 0 && value < 65_536
