/** Where a browser comes back to after a login: a listener on this machine, for one answer and not for long. */
import { createServer, type ServerResponse } from "node:http"

export interface Loopback {
  /** Registered with the authorization server, and compared letter by letter. */
  readonly redirectUrl: string
  /**
   * Resolves to the address at which the browser came back with the answer to this login; other visitors are turned away, so that
   * no page can end it.
   */
  readonly answer: (state: string) => Promise<URL>
  readonly close: () => void
}

/** @param port 0: a free one. */
export const loopback = async (port: number): Promise<Loopback> => {
  const came = Promise.withResolvers<URL>()
  let expected: string | undefined
  const server = createServer((request, response) => {
    const url = URL.parse(request.url ?? "", origin())
    const isAnswer = request.method === "GET" && url !== null && `${url.origin}${url.pathname}` === `${origin()}${path}`
    if (!isAnswer || expected === undefined || url.searchParams.get("state") !== expected)
      return say(response, 404, "There is nothing here. Kintsugi waits for the answer to another login.")
    say(response, 200, "Kintsugi has the answer. You may close this page and go back to the terminal.")
    came.resolve(url)
  })
  const origin = (): string => {
    const address = server.address()
    return `http://127.0.0.1:${typeof address === "object" ? (address?.port ?? port) : port}`
  }
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, "127.0.0.1", resolve)
  })
  return {
    redirectUrl: `${origin()}${path}`,
    answer: (state) => {
      expected = state
      return came.promise
    },
    close: () => {
      server.close()
      server.closeAllConnections()
    }
  }
}

const path = "/callback"

/** Nothing of the request is repeated. */
const say = (response: ServerResponse, status: number, text: string): void => {
  response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    connection: "close"
  })
  response.end(`<!doctype html><meta charset="utf-8"><title>Kintsugi</title><p>${text}</p>\n`)
}
