import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { describe, expect, it, vi } from "vitest"
import { McpError } from "../../../plugins/mcp.ts"
import { hasProc, isGone } from "../../plugins/ports/processes.ts"
import { behaving, client, open, temporary } from "./opened.ts"

const everything = createRequire(import.meta.url).resolve("@modelcontextprotocol/server-everything/dist/index.js")

const refusal = async (call: Promise<unknown>): Promise<McpError> => {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason
  )
  if (!(error instanceof McpError)) throw new Error(`expected a McpError, got ${String(error)}`)
  return error
}

const names = (tools: ReadonlyArray<{ readonly name: string }>) => tools.map(({ name }) => name)

describe("a server over a pipe", () => {
  it.concurrent("is idle until it is begun, then tells all it has", async (t) => {
    const servers = await open(t, { one: behaving() })
    expect(servers.list()).toMatchObject([
      { name: "one", status: "idle", source: "embedder", transport: "stdio", tools: [] }
    ])
    const heard: Array<string> = []
    servers.changes.subscribe((name) => heard.push(name))
    servers.begin()
    expect(servers.view("one").status).toBe("connecting")
    await servers.settled(10_000)
    const { tools, ...view } = servers.view("one")
    expect(view).toMatchObject({
      status: "ready",
      protocol: "2025-11-25",
      title: "fixture",
      version: "1.2.3",
      refused: []
    })
    expect(view).not.toHaveProperty("error")
    expect(names(tools)).toContain("echo")
    expect(view).toMatchObject({
      resources: [{ uri: "fixture://log" }],
      templates: [{ uriTemplate: "fixture://{id}" }]
    })
    expect(names(view.prompts)).toEqual(["greet"])
    expect(new Set(heard)).toEqual(new Set(["one"]))
    expect(servers.list()).toBe(servers.list())
    expect(await servers.say("one", "echo", { text: "hello" })).toBe("hello")
    const { messages } = await servers.prompt("one", "greet", { who: "you" }, client())
    expect(messages).toMatchObject([{ content: { text: 'greet {"who":"you"}' } }])
    expect((await servers.read("one", "fixture://log", client())).contents).toMatchObject([{ text: "life 1" }])
  })

  it.concurrent("gets what its configuration names, and none of our secrets", async (t) => {
    const addresses = { DATABASE_URL: "postgres://me:secret@db/x", https_proxy: "http://me:secret@proxy:3128" }
    const env = { PATH: process.env.PATH, OPENAI_API_KEY: "sk-secret-secret", SPOKEN: "yes", ...addresses }
    const folder = temporary(t)
    const servers = await open(t, { one: behaving({}, { env: { MINE: "1" }, cwd: folder }) }, { env })
    const got = (await servers.say("one", "env")).split(" ")
    expect(got).toEqual(expect.arrayContaining(["PATH", "SPOKEN", "MINE", "https_proxy"]))
    expect(got).not.toContain("OPENAI_API_KEY")
    expect(got).not.toContain("DATABASE_URL")
    expect(await servers.say("one", "cwd")).toBe(folder)
  })

  it.concurrent("is told what we are doing there: the working folder is its root", async (t) => {
    const cwd = temporary(t)
    const servers = await open(t, { one: behaving() }, { cwd })
    expect(await servers.say("one", "roots")).toContain(`file://${cwd}`)
  })

  it.concurrent("reports progress, and may take longer than its time while it does", async (t) => {
    const servers = await open(t, { one: behaving({}, { timeout: 0.8 }) })
    servers.begin()
    await servers.settled(10_000)
    const told: Array<unknown> = []
    const said = await servers.say("one", "slow", { steps: 16 }, { progress: (one) => told.push(one) })
    expect(said).toBe("done at last")
    expect(told).toContainEqual({ message: "step 4", fraction: 0.25 })
  })

  it.concurrent("never keeps us longer than its time, and is told that we do not wait any more", async (t) => {
    const servers = await open(t, { one: behaving({}, { timeout: 0.8 }) })
    servers.begin()
    await servers.settled(10_000)
    const error = await refusal(servers.call("one", "hang", {}, client()))
    expect(error).toMatchObject({ kind: "timeout" })
    expect(error.message).toMatch(/MCP server one did not answer the tool hang within 0\.8 s.*\nlife 1/s)
    const controller = new AbortController()
    const stop = () => controller.abort()
    const stopping = servers.call("one", "slow", { steps: 100 }, client({ signal: controller.signal, progress: stop }))
    expect(await refusal(stopping)).toMatchObject({ kind: "cancelled" })
    await vi.waitFor(async () => expect((await servers.say("one", "stopped")).split(" ")).toHaveLength(2), 10_000)
  })

  it.concurrent("that does not answer again and again rests, and is begun anew", async (t) => {
    const lives = join(temporary(t), "lives")
    const servers = await open(t, { one: behaving({}, { timeout: 0.3 }, lives) })
    servers.begin()
    await servers.settled(10_000)
    for (let nth = 1; nth <= 5; nth++)
      expect(await refusal(servers.call("one", "hang", {}, client()))).toMatchObject({ kind: "timeout" })
    const refused = await refusal(servers.call("one", "echo", {}, client()))
    expect(refused).toMatchObject({
      kind: "not_ready",
      message: expect.stringMatching(/failed 5 times in a row and rests/)
    })
    await vi.waitFor(() => expect(readFileSync(lives, "utf8").trim().split("\n")).toHaveLength(2), 10_000)
    await servers.restart("one")
    await servers.becomes("one", ({ status }) => status === "ready")
    expect(await servers.say("one", "echo", { text: "rested" })).toBe("rested")
  })

  it.concurrent("that ends in a call is begun again by itself, and the call says why, with its last words", async (t) => {
    const lives = join(temporary(t), "lives")
    const servers = await open(t, { one: behaving({}, {}, lives) })
    const error = await refusal(servers.call("one", "crash", {}, client()))
    expect(error.kind).toBe("ended")
    expect(error.message).toMatch(/the tool crash.*a bug: cannot read it/s)
    expect(await servers.say("one", "echo", { text: "again" })).toBe("again")
    expect((await servers.read("one", "fixture://log", client())).contents).toMatchObject([{ text: "life 2" }])
  })

  it.concurrent("that cannot start stays in sight with its reason, secrets taken out, and comes back by itself", async (t) => {
    const lives = join(temporary(t), "lives")
    const servers = await open(t, { one: behaving({ stillborn: 3 }, {}, lives) })
    const seen: Array<string | undefined> = []
    servers.changes.subscribe(() => seen.push(servers.view("one").error))
    servers.begin()
    await servers.becomes("one", ({ status }) => status === "ready")
    expect(seen.join()).toMatch(/exit code 3.*no such database: token=\[key\]/s)
    expect(seen.join()).not.toContain("abcdefghij")
    expect(servers.view("one").error).toBeUndefined()
    expect(readFileSync(lives, "utf8").trim().split("\n")).toHaveLength(4)
  })

  it.concurrent("that there is no program for says so, and the others are ready", async (t) => {
    const servers = await open(t, { none: { command: "no-such-program-here" }, one: behaving() })
    servers.begin()
    await servers.becomes("one", ({ status }) => status === "ready")
    expect(servers.view("none")).toMatchObject({ error: expect.stringContaining("no program") })
    expect(await refusal(servers.call("two", "x", {}, client()))).toMatchObject({
      kind: "no_server",
      message: "there is no MCP server two; there are: none, one"
    })
  })

  it.concurrent("that says nothing is given up after its time, and tried again", async (t) => {
    const servers = await open(t, { one: behaving({ silent: true }, { timeout: 0.5 }) }, { connectWithin: 400 })
    const error = await refusal(servers.call("one", "echo", {}, client()))
    expect(error.message).toMatch(/not connected within 0\.4 s.*life 1|not ready within 0\.5 s/s)
    await servers.becomes("one", ({ error: why = "" }) => why.includes("not connected within 0.4 s"))
  })

  it.concurrent("that ends when it is asked whether it is newer is begun as an older one", async (t) => {
    const lives = join(temporary(t), "lives")
    const servers = await open(t, { one: behaving({ strict: true }, {}, lives) })
    expect(await servers.say("one", "echo", { text: "old" })).toBe("old")
    expect(readFileSync(lives, "utf8").trim().split("\n")).toHaveLength(2)
  })

  it.concurrent("may write what is no message between messages, which is told", async (t) => {
    const servers = await open(t, { one: behaving({ garbage: true }) })
    expect(await servers.say("one", "echo", { text: "heard" })).toBe("heard")
    expect(servers.view("one").note).toMatch(
      /lines on its standard output were no messages, the first: "INFO: \[not json\]"/
    )
  })

  it.concurrent("may not write that without end", async (t) => {
    const servers = await open(t, { one: behaving({ silent: true, flood: true }) })
    servers.begin()
    const { error } = await servers.becomes("one", ({ error: why }) => why !== undefined)
    expect(error).toContain('what is no message: "starting up..."')
  })

  it.concurrent("that is not to be run, or cannot be, is listed with the reason, and is not run", async (t) => {
    const cwd = temporary(t)
    const lives = join(cwd, "lives")
    const one = behaving({}, {}, lives)
    writeFileSync(join(cwd, ".mcp.json"), JSON.stringify({ mcpServers: { one, broken: {} } }))
    const off = { ...one, disabled: true }
    const servers = await open(t, { off }, { cwd, discover: { config: cwd, trusted: false } })
    servers.begin()
    await servers.settled(1000)
    expect(servers.list()).toMatchObject([
      { name: "off", status: "disabled" },
      { name: "one", status: "untrusted", error: expect.stringContaining("kintsugi trust") },
      { name: "broken", status: "untrusted" }
    ])
    expect(await refusal(servers.call("one", "echo", {}, client()))).toMatchObject({ kind: "not_ready" })
    expect(await refusal(servers.call("off", "echo", {}, client()))).toMatchObject({ kind: "not_ready" })
    expect(existsSync(lives)).toBe(false)
  })

  it.concurrent("is begun anew on demand", async (t) => {
    const lives = join(temporary(t), "lives")
    const servers = await open(t, { one: behaving({}, {}, lives) })
    await servers.say("one", "echo")
    await servers.restart("one")
    expect((await servers.read("one", "fixture://log", client())).contents).toMatchObject([{ text: "life 2" }])
  })

  it.skipIf(!hasProc)("leaves nothing behind, whoever left its group (skipped without /proc)", async (t) => {
    const lives = join(temporary(t), "lives")
    const servers = await open(t, { one: behaving({}, {}, lives) })
    const grandchild = Number(await servers.say("one", "spawn"))
    const ids = [grandchild, ...readFileSync(lives, "utf8").trim().split("\n").map(Number)]
    expect(ids.filter(isGone)).toEqual([])
    await servers.close()
    expect(ids.filter((id) => !isGone(id))).toEqual([])
    expect(await refusal(servers.call("one", "echo", {}, client()))).toMatchObject({ kind: "ended" })
  })
})

describe("its tools", () => {
  it.concurrent("are read page by page, and bad ones hide none of the others", async (t) => {
    const tools = [
      { name: "bad name", inputSchema: { type: "object" } },
      { name: "no_schema" },
      { name: "listed", inputSchema: [] },
      { name: "typed", inputSchema: { type: "string" } },
      { name: "echo", inputSchema: { type: "object" } },
      { name: "good", inputSchema: {} },
      null,
      { name: "odd", inputSchema: { type: "object" }, description: 7 }
    ]
    const servers = await open(t, { one: behaving({ pages: 5, tools, big: 300_000 }) })
    servers.begin()
    await servers.settled(10_000)
    const view = servers.view("one")
    expect(names(view.tools)).toEqual(expect.arrayContaining(["good", "page_1_a", "page_5_b"]))
    expect(view.refused).toMatchObject([
      { tool: "big", reason: expect.stringContaining("longer than") },
      { tool: "bad name", reason: expect.stringContaining("its name must be") },
      { tool: "no_schema", reason: "its inputSchema is not an object" },
      { tool: "listed", reason: "its inputSchema is not an object" },
      { tool: "typed", reason: expect.stringContaining('type "object"') },
      { tool: "echo", reason: "a tool of this name came before" },
      { tool: "(without a name)", reason: "expected an object" },
      { tool: "odd", reason: expect.stringContaining("description") }
    ])
  })

  it.concurrent("that lead in a circle are read once", async (t) => {
    const servers = await open(t, { one: behaving({ pages: 3, loop: true }) })
    servers.begin()
    await servers.settled(10_000)
    const { tools, refused } = servers.view("one")
    expect(names(tools)).toContain("page_3_b")
    expect(refused.at(-1)).toMatchObject({ reason: expect.stringContaining("leads back") })
  })

  it.concurrent("are read again when it tells of a change, which it need not have declared", async (t) => {
    const servers = await open(t, { one: behaving({ changeEvery: 1 }) })
    expect(await servers.say("one", "echo")).toBe("nothing")
    await servers.becomes("one", ({ tools }) => names(tools).includes("added_1"))
    expect(await servers.say("one", "added_1", { text: "new" })).toBe("new")
  })

  it.concurrent("are known to the next process before the server is ready", async (t) => {
    const cache = temporary(t)
    const discover = { config: cache, trusted: true, cache }
    const settings = { one: behaving({ pages: 2 }) }
    const first = await open(t, settings, { discover, cwd: cache })
    await first.say("one", "echo")
    await first.close()
    const second = await open(t, settings, { discover, cwd: cache })
    expect(second.view("one").status).toBe("idle")
    expect(names(second.view("one").tools)).toContain("page_2_b")
  })
})

describe("the public server", () => {
  it.concurrent("is used with all it has", async (t) => {
    const servers = await open(t, { everything: { command: process.execPath, args: [everything] } })
    expect(await servers.say("everything", "get-sum", { a: 2, b: 3 })).toContain("5")
    expect(servers.view("everything")).toMatchObject({ status: "ready", protocol: "2025-11-25" })
    expect(servers.view("everything").resources).toHaveLength(7)
  })
})
