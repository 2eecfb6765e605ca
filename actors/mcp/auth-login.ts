/** A user's login at an HTTP server: the official client's OAuth, with a browser that somebody else brings. */
import { randomBytes, timingSafeEqual } from "node:crypto"
import {
  auth,
  computeScopeUnion,
  extractWWWAuthenticateParams,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens
} from "@modelcontextprotocol/client"
import { learn } from "../../llm/learnt.ts"
import type { AuthSite } from "./auth.ts"
import { oauthIn, type OAuthConfig } from "./auth-config.ts"
import { discreet, type Gate, gateOf } from "./auth-discovery.ts"
import { changeLogin, type Login, readLogin } from "./auth-store.ts"
import { loginFileIn } from "./login-file.ts"

export interface LoginParts {
  readonly at: AuthSite & { readonly data: string }
  /** Where the browser comes back to, on this machine. */
  readonly redirectUrl: string
  /**
   * Has the user look at the page, and resolves to the address at which the browser came back.
   *
   * @param issuer Who asks the user there.
   */
  readonly browse: (page: URL, issuer: string) => Promise<URL>
}

/** It came to nothing; the message says why and what to do, and nothing was stored. */
export class LoginFailed extends Error {
  override readonly name = "LoginFailed"
}

/** @returns `undefined` when the server asks for no login. @throws LoginFailed, LoginStoreError */
export const login = async (
  parts: LoginParts
): Promise<{ readonly issuer: string; readonly scope?: string } | undefined> => {
  const { at } = parts
  const oauth = oauthIn(at.server, at.config.oauth)
  if (oauth.grant === "client_credentials")
    throw new LoginFailed(
      `MCP server ${at.server} is configured with oauth.grant client_credentials, which needs no login`
    )
  const path = loginFileIn(at.data)
  const before = readLogin(path, at.url)
  const wanted = before.wanted ?? (await challengeOf(at))
  if (wanted === undefined && !(await hasGate(at))) return undefined
  try {
    const done = await loggedIn(parts, oauth, before, wanted ?? {})
    await changeLogin(path, at.url, () => done.login)
    return { issuer: done.login.issuer, ...(done.granted === undefined ? {} : { scope: done.granted }) }
  } catch (error) {
    // What the server wants may have changed since it was heard.
    await changeLogin(path, at.url, ({ wanted: _, ...rest }) => (Object.keys(rest).length === 0 ? undefined : rest))
    throw error instanceof LoginFailed
      ? error
      : new LoginFailed(`no login at MCP server ${at.server}: ${messageOf(error)}`)
  }
}

/** Of all MCP servers only this one's is forgotten, here; the authorization server is not told. @returns whether there was one */
export const logout = (at: AuthSite & { readonly data: string }): Promise<boolean> =>
  changeLogin(loginFileIn(at.data), at.url, () => undefined)

/** What a server answers to somebody who shows nothing. @returns `undefined` when it lets them in. */
const challengeOf = async ({ server, url, config }: AuthSite): Promise<Login["wanted"]> => {
  const response = await fetch(url, {
    method: "POST",
    headers: { ...config.headers, "content-type": "application/json", accept: "application/json, text/event-stream" },
    body: JSON.stringify(hello),
    redirect: "manual",
    signal: AbortSignal.timeout(15_000)
  }).catch((error: unknown) => {
    throw new LoginFailed(`MCP server ${server} cannot be reached: ${messageOf(error)}`)
  })
  await response.body?.cancel()
  if (response.status !== 401 && response.status !== 403) return undefined
  const { scope, resourceMetadataUrl } = extractWWWAuthenticateParams(response)
  return {
    ...(scope === undefined ? {} : { scope }),
    ...(resourceMetadataUrl === undefined ? {} : { metadata: resourceMetadataUrl.href })
  }
}

/** Some let everybody say hello and want a login for what follows; these describe themselves. */
const hasGate = async ({ url }: AuthSite): Promise<boolean> => {
  const gate = await gateOf(url, undefined).catch(() => undefined)
  return gate?.state.resourceMetadata !== undefined
}

const hello = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "kintsugi", version: "0" } }
}

interface Done {
  readonly login: Login & { readonly issuer: string }
  /** What the authorization server says that it allows. */
  readonly granted: string | undefined
}

const loggedIn = async (
  { at, redirectUrl, browse }: LoginParts,
  oauth: OAuthConfig,
  before: Login,
  wanted: NonNullable<Login["wanted"]>
): Promise<Done> => {
  const gate = await gateOf(at.url, wanted.metadata)
  checkIssuer(at, oauth, before, gate)
  // A login that allows more than the last must allow what that did.
  const scope = computeScopeUnion(before.issuer === gate.issuer ? before.scope : undefined, wanted.scope, oauth.scope)
  const visit = visitOf(oauth, gate, redirectUrl)
  const options = {
    serverUrl: at.url,
    fetchFn: discreet,
    forceReauthorization: true,
    ...(scope === undefined ? {} : { scope })
  }
  await auth(visit.provider, options)
  const page = visit.page()
  const back = await browse(page, gate.issuer)
  const { code, iss } = answerIn(at, back, visit.state, redirectUrl)
  await auth(visit.provider, { ...options, authorizationCode: code, ...(iss === undefined ? {} : { iss }) })
  const { client, tokens } = visit.result()
  if (client === undefined || tokens === undefined) throw new LoginFailed("the authorization server gave no token")
  const asked = page.searchParams.get("scope") ?? undefined
  return { granted: tokens.scope ?? asked, login: loginOf(oauth, gate.issuer, client, tokens, asked) }
}

/** A secret that was agreed on with one authorization server is not shown to another, whoever says so. */
const checkIssuer = ({ server }: AuthSite, { clientId, issuer }: OAuthConfig, before: Login, gate: Gate): void => {
  if (clientId === undefined) return
  const first = issuer ?? (before.client?.client_id === clientId ? before.issuer : undefined)
  if (first === undefined || first === gate.issuer) return
  throw new LoginFailed(
    `MCP server ${server} now sends its users to ${JSON.stringify(gate.issuer)}, but oauth.clientId is for ${JSON.stringify(first)}; if that is right, configure the new one, and forget the old login with: kintsugi mcp logout ${server}`
  )
}

const loginOf = (
  oauth: OAuthConfig,
  issuer: string,
  client: StoredOAuthClientInformation,
  tokens: StoredOAuthTokens,
  asked: string | undefined
): Done["login"] => {
  const { client_id, client_secret } = client
  const method = "token_endpoint_auth_method" in client ? client.token_endpoint_auth_method : undefined
  const scope = computeScopeUnion(asked, tokens.scope)
  for (const secret of [tokens.access_token, tokens.refresh_token, client_secret])
    if (secret !== undefined) learn(secret)
  return {
    issuer,
    client: {
      client_id,
      ...(client_secret === undefined || oauth.clientSecret !== undefined ? {} : { client_secret }),
      ...(method === undefined ? {} : { token_endpoint_auth_method: method })
    },
    accessToken: tokens.access_token,
    ...(tokens.refresh_token === undefined ? {} : { refreshToken: tokens.refresh_token }),
    ...(scope === undefined ? {} : { scope })
  }
}

/** One login as the SDK wants to see it; it keeps everything in memory, and is registered anew unless it was by hand. */
const visitOf = ({ clientId, clientSecret, clientMetadataUrl }: OAuthConfig, gate: Gate, redirectUrl: string) => {
  const state = randomBytes(24).toString("base64url")
  let client: StoredOAuthClientInformation | undefined =
    clientId === undefined
      ? undefined
      : {
          client_id: clientId,
          issuer: gate.issuer,
          ...(clientSecret === undefined ? {} : { client_secret: clientSecret })
        }
  let tokens: StoredOAuthTokens | undefined
  let page: URL | undefined
  let verifier = ""
  let found: OAuthDiscoveryState = gate.state
  const provider: OAuthClientProvider = {
    redirectUrl,
    ...(clientMetadataUrl === undefined ? {} : { clientMetadataUrl }),
    clientMetadata: {
      client_name: "Kintsugi",
      redirect_uris: [redirectUrl],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      ...publicWhere(gate)
    },
    state: () => state,
    clientInformation: () => client,
    saveClientInformation: (one) => void (client = one),
    tokens: () => undefined,
    saveTokens: (one) => void (tokens = one),
    redirectToAuthorization: (one) => void (page = one),
    saveCodeVerifier: (one) => void (verifier = one),
    codeVerifier: () => verifier,
    discoveryState: () => found,
    saveDiscoveryState: (one) => void (found = one)
  }
  return {
    state,
    provider,
    page: (): URL => {
      if (page !== undefined) return page
      throw new LoginFailed("the authorization server named no page to log in at")
    },
    result: () => ({ client, tokens })
  }
}

/** A program on the user's machine keeps no secret, where it is not made to. */
const publicWhere = ({ state }: Gate): { readonly token_endpoint_auth_method?: "none" } =>
  state.authorizationServerMetadata?.token_endpoint_auth_methods_supported?.includes("none") === true
    ? { token_endpoint_auth_method: "none" }
    : {}

/** Nothing of an answer that is not for this login is shown: anybody may have sent it. @throws LoginFailed */
const answerIn = (
  { server }: AuthSite,
  back: URL,
  state: string,
  redirectUrl: string
): { readonly code: string; readonly iss: string | undefined } => {
  const { searchParams } = back
  if (`${back.origin}${back.pathname}` !== redirectUrl || !same(searchParams.get("state") ?? "", state))
    throw new LoginFailed(
      `the browser came back with the answer to another login; try again: kintsugi mcp login ${server}`
    )
  const iss = searchParams.get("iss") ?? undefined
  const code = searchParams.get("code")
  if (code !== null && code !== "") return { code, iss }
  const error = searchParams.get("error") ?? ""
  throw new LoginFailed(
    error === "access_denied"
      ? "the login was refused in the browser; nothing was stored"
      : `the authorization server gave no code (${/^[\w.-]{1,60}$/.test(error) ? error : "no reason"}); nothing was stored`
  )
}

const same = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
