/** `kintsugi mcp`, and `kintsugi run` with the public MCP servers as they are published. */
import { createRequire } from "node:module"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { makeWorld, type World } from "../../actors/world.ts"
import { commandLine } from "./in-process.ts"

let world: World
let kintsugi: ReturnType<typeof commandLine>

beforeEach(() => {
  world = makeWorld()
  kintsugi = commandLine(world)
})
afterEach(() => world.remove())

const main = (name: string): string => {
  const require = createRequire(import.meta.url)
  return join(require.resolve(`@modelcontextprotocol/server-${name}/package.json`), "../dist/index.js")
}
const node = (...args: ReadonlyArray<string>) => ({ command: process.execPath, args })
const configure = (servers: object): void => void world.write(world.userFile, JSON.stringify({ mcp: { servers } }))

describe("kintsugi mcp list", () => {
  it("tells of every server, with the last words of those that are broken, and succeeds all the same", async () => {
    const dies = "console.error('no database at db:5432'); process.exit(3)"
    configure({
      everything: { ...node(main("everything")), tools: { disabled: ["get-*"] } },
      dies: node("-e", dies),
      off: { command: "x", disabled: true },
      unset: { url: "https://a.example", headers: { Authorization: "Bearer ${NOT_SET}" } }
    })
    world.write(join(world.cwd, ".mcp.json"), JSON.stringify({ mcpServers: { theirs: { command: "/tmp/evil" } } }))
    const { code, out } = await kintsugi(["mcp", "list", "--json"])
    expect(code).toBe(0)
    const { servers } = JSON.parse(out)
    expect(servers).toMatchObject([
      { name: "everything", status: "ready", tools: expect.arrayContaining(["echo"]), protocol: "2025-11-25" },
      {
        name: "dies",
        status: expect.stringMatching(/^(waiting|connecting)$/),
        error: expect.stringContaining("no database at db:5432"),
        tools: []
      },
      { name: "off", status: "disabled", tools: [] },
      { name: "unset", status: "broken", error: expect.stringContaining("the variable NOT_SET is not set"), tools: [] },
      { name: "theirs", status: "untrusted", tools: [], source: join(world.cwd, ".mcp.json") }
    ])
    expect(servers[0]).not.toHaveProperty("error")
    expect(servers[0].tools).not.toContain("get-sum")
  })

  it("says how to add one when there is none", async () => {
    expect(await kintsugi(["mcp", "list"])).toEqual({
      code: 0,
      out: "no MCP servers; see kintsugi mcp add --help\n",
      err: ""
    })
    expect((await kintsugi(["mcp", "list", "--json"])).out).toBe('{\n  "servers": []\n}\n')
  })
})

describe("kintsugi mcp call", () => {
  const call = (...args: ReadonlyArray<string>) => kintsugi(["mcp", "call", "everything", ...args])

  it("prints what the server gave, one call after another, and ends with the worst of them", async () => {
    configure({ everything: node(main("everything")) })
    const long = ["trigger-long-running-operation", '{"duration":0.2,"steps":2}']
    const then = ["--then", "echo", "--then", "get-sum", '{"a":2,"b":3}']
    const { code, out, err } = await call(...long, ...then, "--json")
    expect(code).toBe(1)
    const [first, echo, sum] = JSON.parse(out)
    expect(first).toMatchObject({ server: "everything", isError: false })
    expect(echo).toMatchObject({ tool: "echo", isError: true, content: [{ text: expect.stringContaining("message") }] })
    expect(sum).toMatchObject({ tool: "get-sum", isError: false, content: [{ text: "The sum of 2 and 3 is 5." }] })
    expect(err).toContain("50 %")
  })

  it("names the images that a terminal cannot show", async () => {
    const content = [
      { type: "text", text: "Look:" },
      { type: "image", mimeType: "image/png", data: "iVBORw0KGgo=" }
    ]
    const answers = {
      initialize: { protocolVersion: "2025-11-25", capabilities: {}, serverInfo: { name: "s", version: "1" } },
      "tools/call": { content }
    }
    const serve = `require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
      const { id, method } = JSON.parse(line)
      const result = ${JSON.stringify(answers)}[method]
      const answer = result === undefined ? { error: { code: -32601, message: "no" } } : { result }
      if (id !== undefined) console.log(JSON.stringify({ jsonrpc: "2.0", id, ...answer }))
    })`
    configure({ everything: { command: process.execPath, args: ["-e", serve] } })
    expect(await call("look")).toMatchObject({ code: 0, out: "Look:\n[image, image/png; --json has it]\n" })
  })

  it("is cancelled on the server by Ctrl-C", async () => {
    configure({ everything: node(main("everything")) })
    const running = kintsugi(
      ["mcp", "call", "everything", "trigger-long-running-operation", '{"duration":60,"steps":600}'],
      {
        onErr: (piece) => (piece.includes("%") ? process.emit("SIGINT", "SIGINT") : undefined)
      }
    )
    const { code, out, err } = await running
    expect({ code, out }).toEqual({ code: 130, out: "" })
    expect(err).toContain("cancelled")
  })

  it.each([
    [["call", "nope", "x"], /there is no MCP server "nope"; there are: s/],
    [["call", "s", "x", "{"], /the arguments of x must be a JSON object/],
    [["call", "s", "x", "{}", "--then", "y", "[1]"], /the arguments of y must be a JSON object/],
    [["call", "s"], /missing required argument 'tool'/],
    [["tools", "s"], /MCP server s is not there: there is no program/],
    [["call", "s", "x"], /there is no program "\/nowhere\/at-all"/]
  ])("says what is wrong: %j", async (args, message) => {
    configure({ s: { command: "/nowhere/at-all" } })
    const { code, out, err } = await kintsugi(["mcp", ...args])
    expect({ code, out }).toEqual({ code: 2, out: "" })
    expect(err).toMatch(message)
  })
})

describe("kintsugi mcp add and remove", () => {
  const written = async () =>
    JSON.parse((await kintsugi(["config", "get", "mcp.servers", "--global", "--json", "--show-secrets"])).out).value

  it.each([
    [["files", "npx", "-y", "@x/files", "--deep", "."], { command: "npx", args: ["-y", "@x/files", "--deep", "."] }],
    [["files", "--", "files-mcp", "-t", "5"], { command: "files-mcp", args: ["-t", "5"] }],
    [
      ["git", "-e", "TOKEN", "-e", "A=b=c", "--timeout", "5", "git-mcp"],
      { command: "git-mcp", env: { TOKEN: "${TOKEN}", A: "b=c" }, timeout: 5 }
    ],
    [
      ["web", "https://a.example/mcp", "-H", "X-Key: ${KEY}"],
      { url: "https://a.example/mcp", headers: { "X-Key": "${KEY}" } }
    ],
    [["old", "https://a.example/sse", "-t", "sse"], { type: "sse", url: "https://a.example/sse" }]
  ])("%j", async (args, server) => {
    world.write(world.userFile, "# mine\nui: {} # stays\n")
    expect(await kintsugi(["mcp", "add", ...args])).toMatchObject({ code: 0, out: "" })
    expect(await written()).toEqual({ [String(args[0])]: server })
    expect(await kintsugi(["mcp", "add", ...args])).toMatchObject({ code: 1, err: expect.stringContaining("already") })
    expect(await kintsugi(["mcp", "remove", String(args[0])])).toMatchObject({ code: 0 })
    expect((await kintsugi(["config", "list", "--global"])).out).not.toContain("mcp")
    expect(await kintsugi(["mcp", "remove", String(args[0])])).toMatchObject({ code: 1 })
  })

  it.each([
    [["a.b", "x"], "cannot be a server's name"],
    [["a", "x", "-H", "A: b"], "no --header"],
    [["a", "https://x", "y"], "neither arguments"],
    [["a", "ftp://x", "-t", "http"], "http:// or https://"],
    [["a", "x", "-e", "=v"], "expected NAME=value"],
    [["a", "x", "--timeout", "soon"], "takes seconds"]
  ])("refuses %j", async (args, message) => {
    const { code, err } = await kintsugi(["mcp", "add", ...args])
    expect(code).toBe(2)
    expect(err).toContain(message)
  })

  it("warns of a secret, never shows it, and says when a folder is not trusted", async () => {
    const { err } = await kintsugi([
      "mcp",
      "add",
      "--local",
      "web",
      "https://a.example",
      "-H",
      "Authorization: Bearer abcdef123"
    ])
    expect(err).toContain("keep it out of version control")
    expect(err).toContain("not trusted")
    expect(err).not.toContain("abcdef123")
  })
})

it("the public servers are used by an agent", async () => {
  const notes = world.write(join(world.cwd, "notes.txt"), "bees\n")
  configure({
    everything: node(main("everything")),
    files: node(main("filesystem"), world.cwd),
    memory: { ...node(main("memory")), env: { MEMORY_FILE_PATH: join(world.home, "memory.json") } },
    think: node(main("sequential-thinking"))
  })
  const bee = { name: "Bee", entityType: "animal", observations: ["hums"] }
  const thought = { thought: "hm", nextThoughtNeeded: false, thoughtNumber: 1, totalThoughts: 1 }
  const calls = [
    { tool: "mcp_everything_get-tiny-image", input: {} },
    { tool: "mcp_files_read_text_file", input: { path: notes } },
    { tool: "mcp_files_read_text_file", input: { path: "/etc/hostname" } },
    { tool: "mcp_memory_create_entities", input: { entities: [bee] } },
    { tool: "mcp_call_tool", input: { server: "memory", tool: "search_nodes", arguments: { query: "bee" } } },
    { tool: "mcp_think_sequentialthinking", input: thought },
    { tool: "mcp_read_resource", input: { server: "everything", uri: "demo://resource/static/document/features.md" } }
  ]
  const script = world.write(
    join(world.home, "script.yaml"),
    JSON.stringify({ rules: [{ when: ".*", turns: [{ calls }, { text: "done" }] }] })
  )
  const { code, out } = await kintsugi(["run", "go", "-y", "-m", `scripted/${script}`, "--output", "json"])
  expect(code).toBe(0)
  const observed = JSON.parse(out).steps.map(({ observation }: { observation: object }) => observation)
  expect(observed).toMatchObject([
    { success: true, images: [{ mime: "image/png" }] },
    { success: true, data: "bees\n" },
    { success: false, error_class: "execution_error", error: expect.stringContaining("Access denied") },
    { success: true, data: { entities: [bee] } },
    { success: true, data: { entities: [bee], relations: [] } },
    { success: true, data: { thoughtNumber: 1 } },
    { success: true, data: expect.stringContaining("# Everything Server") }
  ])
})
