/**
 * The web console over HTTP: one page and what it loads. Addresses are looked up among four names and are never a path;
 * the page may run its own script, talk to its own server and nothing else.
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import { type Files, loadConsole, paths, type Served } from "./console.ts"

/** @returns false when the path is not one of these; the response is untouched then. */
export type WebHandler = (request: IncomingMessage, response: ServerResponse) => boolean

/**
 * `data:` and `blob:` pictures are those of the conversation. Strings become no markup: there is no policy that would let
 * them but the one by which lit makes its own templates.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types lit-html"
].join("; ")

const headers = {
  "content-security-policy": policy,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
}

/** @param load Called at the first request; what fails is tried again at the next. */
export const consoleHandler = (load: () => Promise<Files> = loadConsole): WebHandler => {
  let files: Promise<Files> | undefined
  const get = (): Promise<Files> => {
    files ??= load().catch((error: unknown) => {
      files = undefined
      throw error
    })
    return files
  }
  return (request, response) => {
    const asked = (request.url ?? "").split("?", 1)[0]
    const path = paths.find((one) => one === asked)
    if (path === undefined) return false
    if (request.method !== "GET" && request.method !== "HEAD")
      response.writeHead(405, { ...headers, allow: "GET, HEAD" }).end()
    else
      void get().then(
        (found) => answer(request, response, found[path]),
        (error: unknown) => fail(response, error)
      )
    return true
  }
}

const answer = (request: IncomingMessage, response: ServerResponse, file: Served): void => {
  const isZipped = /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""))
  const tag = `"${file.tag}${isZipped ? "-gzip" : ""}"`
  // Asked for anew each time, and sent only when it is another one: an update is seen at the next reload.
  const common = { ...headers, etag: tag, "cache-control": "no-cache", vary: "accept-encoding" }
  if (request.headers["if-none-match"] === tag) return void response.writeHead(304, common).end()
  const body = isZipped ? file.zipped : file.plain
  response.writeHead(200, {
    ...common,
    "content-type": file.type,
    "content-length": body.byteLength,
    ...(isZipped && { "content-encoding": "gzip" })
  })
  response.end(request.method === "HEAD" ? undefined : body)
}

/** The reason stands in the log of whoever runs the server; a stranger learns nothing of its folders. */
const fail = (response: ServerResponse, error: unknown): void => {
  console.error(`the web console cannot be served: ${error instanceof Error ? error.message : String(error)}`)
  response
    .writeHead(500, { ...headers, "content-type": "text/plain; charset=utf-8" })
    .end("The console cannot be served: it is neither built (npm run build) nor can it be bundled from its sources.\n")
}
