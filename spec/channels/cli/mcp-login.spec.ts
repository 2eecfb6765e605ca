import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { createServer } from "node:net"
import { PassThrough } from "node:stream"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { loopback } from "../../../channels/cli/loopback.ts"
import { authorizationServer, gatedServer, headless } from "../../actors/mcp/gated.ts"
import { makeWorld, type World } from "../../actors/world.ts"
import { commandLine } from "./in-process.ts"

let world: World
let kintsugi: ReturnType<typeof commandLine>
beforeEach(() => {
  world = makeWorld()
  kintsugi = commandLine(world)
})
afterEach(() => world.remove())

const file = () => join(world.home, ".local/share/kintsugi/mcp-auth.json")

const configured = (servers: object): void => {
  const path = join(world.home, ".config/kintsugi/config.yaml")
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, JSON.stringify({ mcp: { servers } }))
}

const gated = async (more: object = {}) => {
  const by = await authorizationServer()
  const server = await gatedServer({ by })
  configured({ one: { type: "http", url: server.url, ...more } })
  return { by, server }
}

/** What stands on a line of its own. */
const pageIn = (said: string): URL | undefined => {
  const [, page] = /^ {2}(http\S+)$/m.exec(said) ?? []
  return page === undefined ? undefined : new URL(page)
}

/** Somebody who reads along, and goes to the page in a browser of their own. */
const visiting = (visit: (page: URL) => Promise<unknown>) => {
  let text = ""
  let isThere = false
  return (piece: string): void => {
    text += piece
    const page = pageIn(text)
    if (page === undefined || isThere) return
    isThere = true
    void visit(page)
  }
}

describe("mcp login", () => {
  it("shows the page, waits for the browser, and says what the login allows", async () => {
    const { by } = await gated()
    let shown = ""
    const onErr = visiting(async (page) => {
      // Whoever has no part in it cannot end it.
      const back = page.searchParams.get("redirect_uri") ?? ""
      expect((await fetch(`${back}?code=x&state=guessed`)).status).toBe(404)
      shown = await (await fetch(page)).text()
    })
    const { code, out, err } = await kintsugi(["mcp", "login", "one"], { onErr })
    expect([code, out]).toEqual([0, ""])
    expect(err).toContain(`sends you to ${by.origin} to log in`)
    expect(err).toMatch(/Logged in at MCP server one, allowed: read\./)
    expect(shown).toContain("You may close this page")
    const stored = readFileSync(file(), "utf8")
    expect(stored).toMatch(/access-/)
    expect(err).not.toMatch(/access-|refresh-/)
    expect(await kintsugi(["mcp", "logout", "one"])).toMatchObject({ code: 0 })
    expect(JSON.parse(readFileSync(file(), "utf8"))).toEqual({})
    expect(await kintsugi(["mcp", "logout", "one"])).toMatchObject({
      code: 1,
      err: expect.stringContaining("no login")
    })
  })

  it("takes the address where the browser ended up, when that runs elsewhere", async () => {
    await gated()
    const stdin = new PassThrough()
    const onErr = visiting(async (page) => stdin.write(`nonsense\n${(await headless(page)).href}\n`))
    const { code, err } = await kintsugi(["mcp", "login", "one", "--no-browser"], { onErr, stdin })
    expect([code, existsSync(file())]).toEqual([0, true])
    expect(err).toContain("This is no address")
  })

  it("opens a browser where there is one, with nothing but the page", async () => {
    const { by } = await gated()
    const browser = join(world.home, "browser.mjs")
    writeFileSync(
      browser,
      `#!${process.execPath}\nif (process.env.MY_API_KEY === undefined) await fetch(process.argv[2])\n`,
      {
        mode: 0o700
      }
    )
    const env = { BROWSER: browser, MY_API_KEY: "sk-mine" }
    const { code, err } = await kintsugi(["mcp", "login", "one"], { env })
    expect([code, by.of("/authorize").length]).toEqual([0, 1])
    expect(err).toContain("If your browser has not opened this page")
  })

  it.each([
    [["mcp", "login", "two"], 2, /there is no MCP server "two"; there is one/],
    [["mcp", "login", "local"], 2, /is a program on this machine/],
    [["mcp", "login", "open"], 0, /wants no login; nothing was stored/],
    [["mcp", "login", "gone"], 1, /cannot be reached/]
  ])("%j says what is wrong", async (args, code, message) => {
    const { server } = await gated()
    const free = { type: "http", url: server.url.replace("/mcp", "/other") }
    const gone = { type: "http", url: "http://127.0.0.1:9/mcp" }
    configured({ one: { type: "http", url: server.url }, local: { command: "true" }, open: free, gone })
    const told = await kintsugi(args)
    expect(told.code).toBe(code)
    expect(told.err).toMatch(message)
  })

  it("does not go where a project leads that nobody trusts", async () => {
    const { server } = await gated()
    writeFileSync(join(world.cwd, ".mcp.json"), JSON.stringify({ mcpServers: { theirs: { url: server.url } } }))
    const { code, err } = await kintsugi(["mcp", "login", "theirs"])
    expect([code, server.heard]).toEqual([2, []])
    expect(err).toContain("not trusted")
  })

  it("says so when the port that its client is registered with is not free", async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve))
    const address = taken.address()
    const callbackPort = typeof address === "object" ? address?.port : 0
    await gated({ oauth: { clientId: "mine", callbackPort } })
    const { code, err } = await kintsugi(["mcp", "login", "one"])
    taken.close()
    expect([code, err]).toEqual([1, expect.stringContaining(`port ${callbackPort} of 127.0.0.1`)])
  })
})

it("the listener repeats nothing that it hears, and listens on this machine alone", async () => {
  const listener = await loopback(0)
  const answer = listener.answer("right")
  expect(new URL(listener.redirectUrl).hostname).toBe("127.0.0.1")
  const strange = await fetch(`${listener.redirectUrl}?state=<script>alert(1)</script>`)
  expect([strange.status, await strange.text()]).toEqual([404, expect.not.stringContaining("script")])
  expect((await fetch(`${listener.redirectUrl}/x?state=right`)).status).toBe(404)
  expect((await fetch(`${listener.redirectUrl}?state=right`, { method: "POST" })).status).toBe(404)
  const right = await fetch(`${listener.redirectUrl}?state=right&code=c`)
  expect(right.headers.get("content-security-policy")).toBe("default-src 'none'")
  expect((await answer).searchParams.get("code")).toBe("c")
  listener.close()
})
