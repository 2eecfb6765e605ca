/** The console over HTTP: what is served, with which headers, and what is not. */
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { expect, it, onTestFinished, vi } from "vitest"
import { loadConsole } from "../../../channels/web/console.ts"
import { consoleHandler } from "../../../channels/web/handler.ts"
import { get } from "../websocket/served.ts"

const files = loadConsole()

const listen = async (load: Parameters<typeof consoleHandler>[0] = () => files): Promise<number> => {
  const handle = consoleHandler(load)
  const server = createServer((request, response) => {
    if (!handle(request, response)) response.writeHead(404).end("not the console's")
  }).listen(0, "127.0.0.1")
  onTestFinished(() => void server.close())
  await once(server, "listening")
  return (server.address() as AddressInfo).port
}

it("is one page with a script and styles, below 200 KB in all as they are sent", async () => {
  const all = Object.values(await files)
  expect(all.reduce((sum, { zipped }) => sum + zipped.byteLength, 0)).toBeLessThan(200 * 1024)
  const { body, headers } = await get(await listen(), "/")
  expect(headers["content-type"]).toBe("text/html; charset=utf-8")
  const addresses = [...body.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address)
  expect(addresses).toEqual(["/favicon.svg", "/console.css", "/console.js"])
  expect(body).not.toMatch(/<script(?![^>]*src=)|\sstyle=|\son\w+=/)
})

it("holds nothing that reaches out to another server", async () => {
  for (const { plain } of Object.values(await files)) {
    const text = Buffer.from(plain).toString()
    const hosts = [...text.matchAll(/(?:src|href)=["']https?:|url\(["']?https?:|@import ["']https?:/g)]
    expect(hosts).toEqual([])
  }
})

it("lets the page run its own script and talk to its own server, and nothing else", async () => {
  const port = await listen()
  for (const path of ["/", "/console.js", "/console.css", "/favicon.svg"]) {
    const { headers } = await get(port, path)
    const policy = String(headers["content-security-policy"]).split("; ")
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "require-trusted-types-for 'script'"
      ])
    )
    expect(policy.join()).not.toMatch(/unsafe|\*|https?:/)
    expect(headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin"
    })
  }
})

it("is sent again only when it has changed, and packed to who can unpack it", async () => {
  const port = await listen()
  const plain = await get(port, "/console.js")
  expect(plain.headers["content-encoding"]).toBeUndefined()
  const packed = await get(port, "/console.js", { headers: { "accept-encoding": "br, gzip" } })
  expect(packed.headers["content-encoding"]).toBe("gzip")
  expect(packed.headers.etag).not.toBe(plain.headers.etag)
  const again = await get(port, "/console.js", { headers: { "if-none-match": plain.headers.etag } })
  expect([again.code, again.body]).toEqual([304, ""])
  const head = await get(port, "/console.js", { method: "HEAD" })
  expect([head.code, head.body, head.headers["content-length"]]).toEqual([200, "", plain.headers["content-length"]])
})

it("reads nothing of the disk by its address", async () => {
  const port = await listen()
  const others = [
    "/..",
    "/../package.json",
    "/%2e%2e/package.json",
    "/client/main.ts",
    "/console.js/",
    "//",
    "/toString",
    "/__proto__",
    "/console.css%00"
  ]
  for (const path of others) expect((await get(port, path)).code, path).toBe(404)
  expect((await get(port, "/?a=b")).code).toBe(200)
  expect((await get(port, "/", { method: "POST" })).code).toBe(405)
})

it("says that it cannot be served, and tries again", async () => {
  const told = vi.spyOn(console, "error").mockReturnValue()
  onTestFinished(() => told.mockRestore())
  let tries = 0
  const port = await listen(async () => {
    if (tries++ === 0) throw new Error("no /secret/folder")
    return files
  })
  const first = await get(port, "/")
  expect(first.code).toBe(500)
  expect(first.body).not.toContain("secret")
  expect(told.mock.lastCall?.join()).toContain("no /secret/folder")
  expect((await get(port, "/")).code).toBe(200)
})
