/** How requests to an HTTP server get their token: from a login that the user made before. Nothing here opens a browser or registers anywhere. */
import {
  type AuthProvider,
  ClientCredentialsProvider,
  extractWWWAuthenticateParams,
  fetchToken,
  InsufficientScopeError,
  OAuthError,
  refreshAuthorization,
  SdkHttpError,
  UnauthorizedError
} from "@modelcontextprotocol/client"
import { learn } from "../../llm/learnt.ts"
import { discreet, gateOf } from "./auth-discovery.ts"
import { oauthIn, type OAuthConfig } from "./auth-config.ts"
import { alone, changeLogin, type Login, LoginStoreError, readLogin, storeLogin } from "./auth-store.ts"
import { loginFileIn } from "./login-file.ts"

export interface AuthSite {
  /** As configured. */
  readonly server: string
  readonly url: string
  readonly config: { readonly oauth?: unknown; readonly headers?: Readonly<Record<string, string>> | undefined }
  /** Absent: there is nowhere to keep a login. */
  readonly data: string | undefined
}

/** The server wants a login, or another one than it has; the message says why and how. */
export class LoginNeeded extends Error {
  override readonly name = "LoginNeeded"
}

const needed = ({ server }: AuthSite, why: string): LoginNeeded =>
  new LoginNeeded(`MCP server ${server} ${why}; log in with: kintsugi mcp login ${server}`)

/** `undefined`: the user has configured what the server is shown instead. */
export const authProviderFor = async (at: AuthSite): Promise<AuthProvider | undefined> => {
  if (Object.keys(at.config.headers ?? {}).some((name) => name.toLowerCase() === "authorization")) return undefined
  const oauth = oauthIn(at.server, at.config.oauth)
  if (oauth.grant === "client_credentials") return machineAuth(at, oauth)
  return at.data === undefined ? nowhere(at) : userAuth(at, oauth, loginFileIn(at.data))
}

const nowhere = (at: AuthSite): AuthProvider => ({
  token: async () => undefined,
  onUnauthorized: () =>
    Promise.reject(new LoginNeeded(`MCP server ${at.server} wants a login, which needs a data folder to be kept in`))
})

/** A login that the user has made in a browser. */
const userAuth = (at: AuthSite, oauth: OAuthConfig, path: string): AuthProvider => {
  let sent: string | undefined
  return {
    token: async () => (sent = readLogin(path, at.url).accessToken),
    onUnauthorized: async ({ response }) => {
      const { scope, resourceMetadataUrl } = extractWWWAuthenticateParams(response)
      const wanted = { scope, metadata: resourceMetadataUrl?.href }
      await alone(path, () => renew(at, oauth, path, { refused: sent, wanted }))
    }
  }
}

interface Refusal {
  /** The token that was not good enough. */
  readonly refused: string | undefined
  readonly wanted: { readonly scope: string | undefined; readonly metadata: string | undefined }
}

/** Milliseconds in which a token that was just renewed is not renewed again. */
const fresh = 5_000

/** What may pass by itself, in the words of RFC 6749; the SDK takes what is no such answer for the first. */
const passing: ReadonlySet<string> = new Set(["server_error", "temporarily_unavailable", "too_many_requests"])

/** @throws LoginNeeded, or an Error when it may go better later */
const renew = async (at: AuthSite, oauth: OAuthConfig, path: string, { refused, wanted }: Refusal): Promise<void> => {
  const login = readLogin(path, at.url)
  // Another process, or another request of this one, was here before; which token a late refusal is about, nobody tells.
  const isFresh = Date.now() - (login.renewedAt ?? 0) < fresh
  if (login.accessToken !== undefined && (login.accessToken !== refused || isFresh)) return
  const { refreshToken, issuer } = login
  if (refreshToken === undefined || issuer === undefined) {
    storeLogin(path, at.url, { ...login, wanted })
    throw needed(at, login.accessToken === undefined ? "wants a login" : "no longer accepts the login")
  }
  try {
    storeLogin(path, at.url, { ...login, ...(await refreshed(at, oauth, login, wanted.metadata)) })
  } catch (error) {
    if (error instanceof OAuthError && passing.has(error.code))
      throw new Error(`its authorization server does not renew the login now (${error.code})`, { cause: error })
    if (!(error instanceof OAuthError || error instanceof LoginNeeded)) throw error
    const { refreshToken: _, ...rest } = login
    storeLogin(path, at.url, { ...(error instanceof OAuthError ? rest : login), wanted })
    throw error instanceof LoginNeeded ? error : needed(at, `no longer accepts the login (${codeOf(error)})`)
  }
}

/** A stranger's word, shown only if it is one. */
const codeOf = ({ code }: OAuthError): string => (/^[\w.-]{1,60}$/.test(code) ? code : "no reason given")

const refreshed = async (
  at: AuthSite,
  oauth: OAuthConfig,
  { issuer, client, refreshToken = "" }: Login,
  metadata: string | undefined
): Promise<Pick<Login, "accessToken" | "refreshToken" | "renewedAt">> => {
  const gate = await gateOf(at.url, metadata)
  if (gate.issuer !== issuer)
    throw needed(at, `has moved to the authorization server ${gate.issuer}, where no login was made`)
  const known = clientFor(oauth, client)
  if (known === undefined) throw needed(at, "was logged in as another client than is configured now")
  const { authorizationServerUrl, authorizationServerMetadata } = gate.state
  const tokens = await refreshAuthorization(authorizationServerUrl, {
    ...(authorizationServerMetadata === undefined ? {} : { metadata: authorizationServerMetadata }),
    clientInformation: known,
    refreshToken,
    ...(gate.resource === undefined ? {} : { resource: gate.resource }),
    fetchFn: discreet
  })
  return { accessToken: tokens.access_token, refreshToken: tokens.refresh_token ?? refreshToken, renewedAt: Date.now() }
}

/** A secret of the configuration is not stored a second time. */
const clientFor = ({ clientId, clientSecret }: OAuthConfig, client: Login["client"]): Login["client"] => {
  if (clientId === undefined) return client
  if (client?.client_id !== clientId) return undefined
  return { ...client, ...(clientSecret === undefined ? {} : { client_secret: clientSecret }) }
}

/** A client that is let in for itself; its tokens live as long as the process. */
const machineAuth = (at: AuthSite, { clientId, clientSecret, scope, issuer }: OAuthConfig): AuthProvider => {
  let token: string | undefined
  return {
    token: async () => token,
    onUnauthorized: async ({ response }) => {
      if (clientId === undefined || clientSecret === undefined)
        throw new LoginNeeded(
          `MCP server ${at.server}: oauth.grant client_credentials needs oauth.clientId and oauth.clientSecret`
        )
      const challenge = extractWWWAuthenticateParams(response)
      const gate = await gateOf(at.url, challenge.resourceMetadataUrl?.href)
      const options = { clientId, clientSecret, clientName: "Kintsugi", expectedIssuer: issuer ?? gate.issuer }
      const { authorizationServerUrl, authorizationServerMetadata, resourceMetadata } = gate.state
      const asked = scope ?? challenge.scope ?? resourceMetadata?.scopes_supported?.join(" ")
      const tokens = await fetchToken(new ClientCredentialsProvider(options), authorizationServerUrl, {
        ...(authorizationServerMetadata === undefined ? {} : { metadata: authorizationServerMetadata }),
        ...(gate.resource === undefined ? {} : { resource: gate.resource }),
        ...(asked === undefined ? {} : { scope: asked }),
        fetchFn: discreet
      }).catch((error: unknown) => {
        if (!(error instanceof OAuthError) || passing.has(error.code)) throw error
        throw new LoginNeeded(
          `MCP server ${at.server}: its authorization server refuses oauth.clientId (${codeOf(error)})`
        )
      })
      learn(tokens.access_token)
      token = tokens.access_token
    }
  }
}

/**
 * Whether an error of a connection or of a request means that the user has to log in. `whole`: nothing can be asked of the server
 * before; otherwise this one request wanted more than the login allows.
 */
export const loginNeeded = async (
  error: unknown,
  at: AuthSite
): Promise<{ readonly message: string; readonly whole: boolean } | undefined> => {
  for (const cause of causesOf(error)) {
    if (cause instanceof LoginNeeded) return { message: cause.message, whole: true }
    if (cause instanceof LoginStoreError) return { message: `MCP server ${at.server}: ${cause.message}`, whole: true }
    if (cause instanceof InsufficientScopeError) return steppedUp(at, cause)
    if (cause instanceof UnauthorizedError || (cause instanceof SdkHttpError && cause.status === 401))
      return { message: refusedText(at), whole: true }
  }
  return undefined
}

const refusedText = (at: AuthSite): string =>
  Object.keys(at.config.headers ?? {}).some((name) => name.toLowerCase() === "authorization")
    ? `MCP server ${at.server} refuses the Authorization header that is configured for it`
    : needed(at, "does not accept the login").message

const causesOf = (error: unknown): ReadonlyArray<unknown> => {
  const all: Array<unknown> = []
  for (let one = error; one !== undefined && all.length < 8; one = one instanceof Error ? one.cause : undefined)
    all.push(one)
  return all
}

/** A login asks for what was wanted once; who is refused after that is not sent round again. */
const steppedUp = async (at: AuthSite, { requiredScope, resourceMetadataUrl }: InsufficientScopeError) => {
  if (at.data === undefined) return undefined
  const path = loginFileIn(at.data)
  const { scope = "" } = readLogin(path, at.url)
  const missing = (requiredScope ?? "").split(" ").filter((one) => one !== "" && !scope.split(" ").includes(one))
  if (missing.length === 0) return undefined
  const wanted = { scope: requiredScope, metadata: resourceMetadataUrl?.href }
  await changeLogin(path, at.url, (before) => ({ ...before, wanted }))
  const message = needed(at, `wants a login that also allows ${missing.map((one) => JSON.stringify(one)).join(", ")}`)
  return { message: message.message, whole: false }
}
