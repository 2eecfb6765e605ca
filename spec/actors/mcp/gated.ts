/** An authorization server, and an MCP server behind it, by hand over node:http, so that the wire is what the specifications say. */
import { createHash, randomUUID } from "node:crypto"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"
import { onTestFinished } from "vitest"

interface Heard {
  readonly path: string
  readonly headers: IncomingMessage["headers"]
  readonly body: string
}

type Answer = (heard: Heard, url: URL, response: ServerResponse) => void

const serve = async (answer: Answer) => {
  const heard: Array<Heard> = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const url = new URL(request.url ?? "/", origin())
      const one = { path: url.pathname, headers: request.headers, body }
      heard.push(one)
      answer(one, url, response)
    })
  })
  const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  })
  return { origin: origin(), heard, of: (path: string) => heard.filter((one) => one.path === path) }
}

const json = (response: ServerResponse, status: number, value: unknown, headers: Record<string, string> = {}): void => {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value))
}

interface Grant {
  readonly scope: string
  isGood: boolean
}

/** What a test may change while it runs. */
export interface Manners {
  /** What comes back as `iss`; default: as it should be. */
  iss?: string
  /** The user says no. */
  denies?: boolean
  /** The token endpoint is out of order. */
  isDown?: boolean
  registers?: boolean
}

/** Of RFC 8414, 7591, 7636, 9207; each refresh token is good once, as RFC 9700 wants it. */
export const authorizationServer = async (manners: Manners = {}) => {
  const codes = new Map<
    string,
    { readonly challenge: string; readonly scope: string; readonly resource: string | null }
  >()
  const tokens = new Map<string, Grant>()
  const refreshes = new Map<string, Grant & { readonly scope: string }>()
  /** Refresh tokens that were used a second time. */
  const reused: Array<string> = []

  const grant = (response: ServerResponse, scope: string): void => {
    const [access, refresh] = [`access-${randomUUID()}`, `refresh-${randomUUID()}`]
    tokens.set(access, { scope, isGood: true })
    refreshes.set(refresh, { scope, isGood: true })
    json(response, 200, { access_token: access, refresh_token: refresh, token_type: "Bearer", expires_in: 3600, scope })
  }
  const token = (body: URLSearchParams, response: ServerResponse): void => {
    if (manners.isDown === true) return void response.writeHead(503).end("later")
    if (body.get("grant_type") === "client_credentials") return grant(response, body.get("scope") ?? "")
    if (body.get("grant_type") === "refresh_token") {
      const known = refreshes.get(body.get("refresh_token") ?? "")
      if (known?.isGood !== true) reused.push(body.get("refresh_token") ?? "")
      if (known?.isGood !== true)
        return json(response, 400, { error: "invalid_grant", error_description: "used \u001b[31mup" })
      known.isGood = false
      return grant(response, known.scope)
    }
    const code = codes.get(body.get("code") ?? "")
    const challenge = createHash("sha256")
      .update(body.get("code_verifier") ?? "")
      .digest("base64url")
    if (code?.challenge !== challenge) return json(response, 400, { error: "invalid_grant" })
    codes.delete(body.get("code") ?? "")
    return grant(response, code.scope)
  }
  const authorize = (query: URLSearchParams, response: ServerResponse): void => {
    const back = new URL(query.get("redirect_uri") ?? "")
    const code = randomUUID()
    back.searchParams.set("state", query.get("state") ?? "")
    back.searchParams.set("iss", manners.iss ?? served.origin)
    if (manners.denies === true) back.searchParams.set("error", "access_denied")
    else back.searchParams.set("code", code)
    codes.set(code, {
      challenge: query.get("code_challenge") ?? "",
      scope: query.get("scope") ?? "",
      resource: query.get("resource")
    })
    response.writeHead(302, { location: back.href }).end()
  }
  const served = await serve(({ path, body }, url, response) => {
    if (path === "/.well-known/oauth-authorization-server")
      return json(response, 200, {
        issuer: served.origin,
        authorization_endpoint: `${served.origin}/authorize`,
        token_endpoint: `${served.origin}/token`,
        ...(manners.registers === false ? {} : { registration_endpoint: `${served.origin}/register` }),
        response_types_supported: ["code"],
        code_challenge_methods_supported: ["S256"],
        token_endpoint_auth_methods_supported: ["none", "client_secret_basic"],
        authorization_response_iss_parameter_supported: true
      })
    if (path === "/register") return json(response, 201, { ...JSON.parse(body), client_id: `client-${randomUUID()}` })
    if (path === "/authorize") return authorize(url.searchParams, response)
    if (path === "/token") return token(new URLSearchParams(body), response)
    return json(response, 404, {})
  })
  return {
    ...served,
    manners,
    reused,
    allows: (access: string, scope: string): boolean | undefined => {
      const known = tokens.get(access)
      if (known?.isGood !== true) return undefined
      return scope.split(" ").every((one) => known.scope.split(" ").includes(one))
    },
    /** Its time is over. */
    expire: () => tokens.forEach((one) => (one.isGood = false)),
    revoke: () => refreshes.forEach((one) => (one.isGood = false))
  }
}

export type AuthorizationServer = Awaited<ReturnType<typeof authorizationServer>>

/** An MCP server of 2025-11-25 with two tools: `echo` needs the scope `read`, `write` also `write`. */
export const gatedServer = async (gate: { by: AuthorizationServer; resource?: string; helloIsFree?: boolean }) => {
  const allowed = ({ headers, body }: Heard, response: ServerResponse): boolean => {
    const { method, params } = JSON.parse(body)
    if (gate.helloIsFree === true && method === "initialize") return true
    const scope = method === "tools/call" && params.name === "write" ? "write" : "read"
    const isAllowed = gate.by.allows((headers.authorization ?? "").replace("Bearer ", ""), scope)
    if (isAllowed === true) return true
    const metadata = `resource_metadata="${served.origin}/.well-known/oauth-protected-resource/mcp"`
    const [status, error] = isAllowed === false ? [403, `error="insufficient_scope", `] : [401, ""]
    json(response, status, {}, { "www-authenticate": `Bearer ${error}scope="${scope}", ${metadata}` })
    return false
  }
  const served = await serve((heard, _, response) => {
    if (heard.path === "/.well-known/oauth-protected-resource/mcp")
      return json(response, 200, {
        resource: gate.resource ?? `${served.origin}/mcp`,
        authorization_servers: [gate.by.origin],
        scopes_supported: ["read"]
      })
    if (heard.path !== "/mcp" || heard.body === "") return json(response, 405, {})
    if (!allowed(heard, response)) return
    const { id, method, params } = JSON.parse(heard.body)
    if (id === undefined) return void response.writeHead(202).end()
    const result = resultOf(method, params)
    if (result === undefined)
      return json(response, 400, { jsonrpc: "2.0", id, error: { code: -32_601, message: "unknown" } })
    return json(response, 200, { jsonrpc: "2.0", id, result })
  })
  return { ...served, gate, url: `${served.origin}/mcp` }
}

const resultOf = (method: string, params: { readonly name?: string }) => {
  const inputSchema = { type: "object" }
  if (method === "initialize")
    return { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "gated", version: "1" } }
  if (method === "tools/list") return { tools: ["echo", "write"].map((name) => ({ name, inputSchema })) }
  return method === "tools/call" ? { content: [{ type: "text", text: `did ${params.name}` }] } : undefined
}

/** A browser whose user says yes: it goes where it is sent, and tells where that leads. */
export const headless = async (page: URL): Promise<URL> => {
  const response = await fetch(page, { redirect: "manual" })
  return new URL(response.headers.get("location") ?? "about:blank")
}
