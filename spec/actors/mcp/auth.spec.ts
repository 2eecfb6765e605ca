import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import { authProviderFor } from "../../../actors/mcp/auth.ts"
import { login, logout } from "../../../actors/mcp/auth-login.ts"
import { withoutKeys } from "../../../llm/redact.ts"
import { McpError } from "../../../plugins/mcp.ts"
import { authorizationServer, gatedServer, headless, type Manners } from "./gated.ts"
import { open, temporary } from "./opened.ts"

const redirectUrl = "http://127.0.0.1:33418/callback"

type Gate = Parameters<typeof gatedServer>[0]

const world = async (
  more: Omit<Gate, "by"> & { readonly oauth?: object; readonly headers?: Record<string, string> } = {},
  manners: Manners = {}
) => {
  const { oauth, headers, ...gate } = more
  const by = await authorizationServer(manners)
  const server = await gatedServer({ by, ...gate })
  const data = temporary({ onTestFinished })
  const config = { ...(oauth === undefined ? {} : { oauth }), ...(headers === undefined ? {} : { headers }) }
  const at = { server: "one", url: server.url, config, data }
  const file = join(data, "mcp-auth.json")
  return {
    by,
    server,
    at,
    file,
    data,
    stored: () => JSON.parse(readFileSync(file, "utf8"))[server.url],
    open: () => open({ onTestFinished }, { one: { type: "http", url: server.url, ...config } }, { data }),
    logIn: (browse: (page: URL) => Promise<URL> = headless) => login({ at, redirectUrl, browse }),
    /** Tokens that were shown to the MCP server. */
    shown: () => server.of("/mcp").flatMap(({ headers: { authorization } }) => authorization ?? [])
  }
}

const refusal = async (doing: Promise<unknown>): Promise<McpError> => {
  const error = await doing.then(
    () => undefined,
    (cause: unknown) => cause
  )
  if (error instanceof McpError) return error
  throw new Error(`not refused: ${String(error)}`)
}

describe("a server that wants a login", () => {
  it("says so, asks nobody, registers nowhere, and works from the login on", async () => {
    const { by, open, logIn, shown, stored, file, server } = await world()
    const servers = await open()
    servers.begin()
    const { error } = await servers.becomes("one", ({ status }) => status === "login")
    expect(error).toContain("kintsugi mcp login one")
    expect(await refusal(servers.say("one", "echo"))).toMatchObject({ kind: "login" })
    expect(by.heard).toEqual([])

    expect(await logIn()).toEqual({ issuer: by.origin, scope: "read" })
    await servers.restart("one")
    expect(await servers.say("one", "echo")).toBe("did echo")
    for (const one of [file, `${file}.lock`]) expect(statSync(one).mode & 0o777).toBe(0o600)
    expect(shown().every((one) => one === `Bearer ${stored().accessToken}`)).toBe(true)
    expect(server.heard.every(({ body }) => !body.includes(stored().refreshToken))).toBe(true)
  })

  it("is asked for tokens that are good for it alone, with PKCE, as a program on this machine", async () => {
    const { by, logIn, server } = await world()
    let page: URL | undefined
    await logIn((one) => headless((page = one)))
    expect(Object.fromEntries(page?.searchParams ?? [])).toMatchObject({
      resource: server.url,
      code_challenge_method: "S256",
      redirect_uri: redirectUrl,
      scope: "read"
    })
    expect(JSON.parse(by.of("/register")[0]?.body ?? "")).toMatchObject({
      application_type: "native",
      token_endpoint_auth_method: "none",
      redirect_uris: [redirectUrl]
    })
    expect(by.of("/token")[0]?.body).toContain(`resource=${encodeURIComponent(server.url)}`)
  })

  it("is also logged in at when it says hello to everybody", async () => {
    const { open, logIn } = await world({ helloIsFree: true })
    expect(await logIn()).toBeDefined()
    const servers = await open()
    servers.begin()
    expect(await servers.say("one", "echo")).toBe("did echo")
  })

  it("has its tokens hidden wherever something is written for people", async () => {
    const { logIn, stored } = await world()
    await logIn()
    expect(withoutKeys(`${stored().accessToken} ${stored().refreshToken}`, [])).not.toMatch(/access-|refresh-/)
  })
})

describe("tokens", () => {
  it("are renewed when they have run out, once for all who need them", async () => {
    const { by, logIn, open, stored } = await world()
    await logIn()
    const before = stored()
    const servers = [await open(), await open()]
    for (const one of servers) one.begin()
    for (const one of servers) await one.becomes("one", ({ status }) => status === "ready")
    by.expire()
    const said = await Promise.all(servers.flatMap((one) => [one.say("one", "echo"), one.say("one", "echo")]))
    expect(said).toEqual(Array(4).fill("did echo"))
    expect([by.of("/token").length, by.reused]).toEqual([2, []])
    expect(stored().refreshToken).not.toBe(before.refreshToken)
    expect(stored().client).toEqual(before.client)
  })

  it("that cannot be renewed are a new login, and nothing is asked again and again", async () => {
    const { by, logIn, open, stored } = await world()
    await logIn()
    const servers = await open()
    servers.begin()
    await servers.becomes("one", ({ status }) => status === "ready")
    by.expire()
    by.revoke()
    const { kind, message } = await refusal(servers.say("one", "echo"))
    expect([kind, message]).toEqual(["login", expect.stringContaining("no longer accepts the login (invalid_grant)")])
    expect(stored().refreshToken).toBeUndefined()
    const asked = by.of("/token").length
    await refusal(servers.say("one", "echo"))
    expect(by.of("/token").length).toBe(asked)
    await logIn()
    await servers.restart("one")
    expect(await servers.say("one", "echo")).toBe("did echo")
  })

  it("are kept when the authorization server is out of order", async () => {
    const { by, logIn, open, stored } = await world()
    await logIn()
    const { refreshToken } = stored()
    by.expire()
    by.manners.isDown = true
    const servers = await open()
    servers.begin()
    await servers.becomes("one", ({ status }) => status === "waiting" || status === "login")
    expect(stored().refreshToken).toBe(refreshToken)
    by.manners.isDown = false
    await servers.restart("one")
    expect(await servers.say("one", "echo")).toBe("did echo")
  })

  it("are not taken to another authorization server, whoever names it", async () => {
    const { by, logIn, open, server, stored } = await world()
    await logIn()
    const { refreshToken, client } = stored()
    const other = await authorizationServer()
    server.gate.by = other
    by.expire()
    const servers = await open()
    servers.begin()
    const { error } = await servers.becomes("one", ({ status }) => status === "login")
    expect(error).toContain("has moved to the authorization server")
    await logIn()
    const sent = JSON.stringify(other.heard)
    expect([sent.includes(refreshToken), sent.includes(client.client_id)]).toEqual([false, false])
    expect(stored().issuer).toBe(other.origin)
  })

  it("of one address are for no other, though it has the same name", async () => {
    const { by, logIn, data } = await world()
    await logIn()
    const thief = await gatedServer({ by })
    const servers = await open({ onTestFinished }, { one: { type: "http", url: thief.url } }, { data })
    servers.begin()
    await servers.becomes("one", ({ status }) => status === "login")
    expect(thief.heard.flatMap(({ headers: { authorization } }) => authorization ?? [])).toEqual([])
  })

  it("do not carry the headers of the server to those who let in", async () => {
    const { by, logIn } = await world({ headers: { "x-api-key": "sesame" } })
    await logIn()
    expect(JSON.stringify(by.heard)).not.toContain("sesame")
  })
})

describe("scopes", () => {
  it("that a tool needs besides are asked for at the next login, with those there were", async () => {
    const { logIn, open } = await world()
    await logIn()
    const servers = await open()
    servers.begin()
    const { kind, message } = await refusal(servers.say("one", "write"))
    expect([kind, message]).toEqual(["login", expect.stringContaining(`also allows "write"`)])
    expect(servers.view("one").status).toBe("ready")
    expect(await logIn()).toMatchObject({ scope: "read write" })
    expect(await servers.say("one", "write")).toBe("did write")
  })

  it("that were asked for in vain are no reason to log in again", async () => {
    const { logIn, open, by, stored, file, server } = await world()
    await logIn()
    writeFileSync(file, JSON.stringify({ [server.url]: { ...stored(), scope: "read write" } }))
    const servers = await open()
    servers.begin()
    expect((await refusal(servers.say("one", "write"))).kind).not.toBe("login")
    expect(by.of("/authorize").length).toBe(1)
  })
})

describe("a login", () => {
  it.each([
    ["whose user says no", { denies: true }, /refused in the browser/],
    ["with the answer of another issuer", { iss: "https://evil.example" }, /no login at MCP server one/],
    ["where nobody can be registered", { registers: false }, /no login at MCP server one: .*registration/]
  ])("%s stores nothing and sends no code", async (_, manners, message) => {
    const { logIn, by, file } = await world({}, manners)
    await expect(logIn()).rejects.toThrow(message)
    expect([by.of("/token"), existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {}]).toEqual([[], {}])
  })

  it("does not take the answer to another login, nor one for another address", async () => {
    const { logIn, by } = await world()
    const forged = async (page: URL) =>
      new URL(`${redirectUrl}?code=stolen&state=${page.searchParams.get("state")?.replace(/./, "~")}`)
    await expect(logIn(forged)).rejects.toThrow(/answer to another login/)
    const elsewhere = async (page: URL) => new URL((await headless(page)).href.replace("/callback", "/elsewhere"))
    await expect(logIn(elsewhere)).rejects.toThrow(/answer to another login/)
    expect(by.of("/token")).toEqual([])
  })

  it("is not made at a server that calls itself by another's name", async () => {
    const { logIn, by } = await world({ resource: "https://bank.example/mcp" })
    await expect(logIn()).rejects.toThrow(/calls itself "https:\/\/bank.example\/mcp"/)
    expect(by.heard.map(({ path }) => path)).not.toContain("/register")
  })

  it("uses a client that was registered by hand, whose secret is shown to its issuer alone and stored nowhere", async () => {
    const { logIn, by, stored, file, server } = await world({ oauth: { clientId: "mine", clientSecret: "hush-hush" } })
    await logIn()
    expect([by.of("/register"), stored().client.client_id]).toEqual([[], "mine"])
    expect(by.of("/token")[0]?.headers.authorization).toBe(`Basic ${btoa("mine:hush-hush")}`)
    expect(readFileSync(file, "utf8")).not.toContain("hush-hush")
    const other = await authorizationServer()
    server.gate.by = other
    await expect(logIn()).rejects.toThrow(/now sends its users to/)
    expect(JSON.stringify(other.heard)).not.toContain(btoa("mine:hush-hush"))
  })

  it("is forgotten by a logout, and others are kept", async () => {
    const { logIn, at, file, stored } = await world()
    await logIn()
    writeFileSync(
      file,
      JSON.stringify({ [at.url]: stored(), "https://other.example/mcp": { accessToken: "x" }, note: 1 })
    )
    expect([await logout(at), await logout(at)]).toEqual([true, false])
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
      "https://other.example/mcp": { accessToken: "x" },
      note: 1
    })
  })
})

describe("the file of logins", () => {
  it.each([
    ["is damaged", "{", 0o600],
    ["may be read by others", "{}", 0o644]
  ])("that %s is used for nothing and not changed", async (_, content, mode) => {
    const { open, file, logIn, shown } = await world()
    writeFileSync(file, content, { mode })
    await expect(logIn()).rejects.toThrow(file)
    const servers = await open()
    servers.begin()
    const { error } = await servers.becomes("one", ({ status }) => status === "login")
    expect([error?.includes(file), readFileSync(file, "utf8"), shown()]).toEqual([true, content, []])
  })

  it("is read field by field: what is damaged in it is asked for again", async () => {
    const { open, file, at, logIn } = await world()
    writeFileSync(
      file,
      JSON.stringify({ [at.url]: { accessToken: 7, refreshToken: null, client: [], scope: {}, wanted: "x" } }),
      { mode: 0o600 }
    )
    const servers = await open()
    servers.begin()
    await servers.becomes("one", ({ status }) => status === "login")
    await logIn()
    expect(await servers.restart("one").then(() => servers.say("one", "echo"))).toBe("did echo")
  })
})

describe("what is configured instead of a login", () => {
  it("is a header, which is shown as it is", async () => {
    const { at } = await world({ headers: { Authorization: "Bearer mine" } })
    expect(await authProviderFor(at)).toBeUndefined()
  })

  it("are a client's own credentials, which need no user", async () => {
    const { open, by, file } = await world({
      oauth: { clientId: "bot", clientSecret: "beep", grant: "client_credentials", scope: "read" }
    })
    const servers = await open()
    servers.begin()
    expect(await servers.say("one", "echo")).toBe("did echo")
    expect([by.of("/authorize"), existsSync(file)]).toEqual([[], false])
  })

  it.each([
    [{ callbackPort: 99_999 }, /callbackPort is not a port/],
    [{ grant: "password" }, /grant is neither/],
    [{ clientId: 7 }, /clientId is not a text/],
    ["x", /not an object/]
  ])("is said to be wrong when it is: %j", async (oauth, message) => {
    await expect(
      authProviderFor({ server: "one", url: "https://a.example", config: { oauth }, data: "/nowhere" })
    ).rejects.toThrow(message)
  })
})

it("nothing of all this is written to the console", async () => {
  const said = (["log", "warn", "error"] as const).map((how) => vi.spyOn(console, how))
  const { by, logIn, open } = await world()
  await logIn()
  by.expire()
  by.revoke()
  const servers = await open()
  servers.begin()
  await servers.becomes("one", ({ status }) => status === "login")
  expect(said.flatMap(({ mock }) => mock.calls)).toEqual([])
  for (const one of said) one.mockRestore()
})
