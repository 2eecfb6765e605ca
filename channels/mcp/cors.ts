/** What browsers are told: pages whose origin is allowed may use the server, with a key of theirs. */
import type { IncomingMessage, ServerResponse } from "node:http"

/** @returns whether the request was only to ask whether another may be made, and is answered. */
export const corsFor =
  (allowedOrigins: ReadonlyArray<string>) =>
  (request: IncomingMessage, response: ServerResponse): boolean => {
    const { origin } = request.headers
    if (origin === undefined || !allowedOrigins.some((one) => one.toLowerCase() === origin.toLowerCase())) return false
    response.setHeader("access-control-allow-origin", origin).setHeader("vary", "origin")
    response.setHeader("access-control-expose-headers", "mcp-session-id, mcp-protocol-version, www-authenticate")
    if (request.method !== "OPTIONS") return false
    // Names of headers that are asked for come back as they are: the header itself was read, and checked, by Node.
    const asked = request.headers["access-control-request-headers"] ?? ""
    response.writeHead(204, {
      "access-control-allow-methods": "POST, GET, DELETE",
      "access-control-allow-headers": /^[\w\-, ]{0,1000}$/.test(asked) ? asked : "",
      "access-control-max-age": "600"
    })
    response.end()
    return true
  }
