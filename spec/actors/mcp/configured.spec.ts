import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as fc from "fast-check"
import { describe, expect, it, onTestFinished } from "vitest"
import { type ConfiguredServer, configuredServers } from "../../../actors/mcp/configured.ts"
import { nesting } from "../../../actors/mcp/nesting.ts"
import { type SomeSettings, withDefaults } from "../../../actors/settings.ts"
import { temporary } from "./opened.ts"

const home = "/home/ann"

interface Given {
  readonly servers?: NonNullable<NonNullable<SomeSettings["mcp"]>["servers"]>
  readonly env?: Readonly<Record<string, string>>
  readonly trusted?: boolean
  /** No files are looked for. */
  readonly alone?: boolean
}

const found = (cwd: string, { servers = {}, env = {}, trusted = true, alone = false }: Given = {}) =>
  configuredServers({
    cwd,
    settings: withDefaults({ mcp: { servers } }),
    env: { HOME: home, XDG_STATE_HOME: cwd, ...env },
    discover: alone ? undefined : { config: join(cwd, "config"), trusted }
  })

/** A folder with this `.mcp.json`. */
const folder = (file: unknown): string => {
  const cwd = temporary({ onTestFinished })
  writeFileSync(join(cwd, ".mcp.json"), typeof file === "string" ? file : JSON.stringify(file, null, 2))
  return cwd
}

const only = (all: ReadonlyArray<ConfiguredServer>): ConfiguredServer => {
  expect(all).toHaveLength(1)
  const [one] = all
  if (one === undefined) throw new Error("none")
  return one
}

const problemOf = ({ entry }: ConfiguredServer): string | undefined => ("problem" in entry ? entry.problem : undefined)

describe("MCP servers", () => {
  it("come from the settings, then from .mcp.json; the first of a name counts, and says what it hides", () => {
    const cwd = folder({ mcpServers: { one: { command: "theirs" }, two: { url: "https://example.com/mcp" } } })
    const all = found(cwd, { servers: { one: { command: "ours" }, zero: { command: "zero" } } })
    expect(all).toMatchObject([
      {
        name: "one",
        source: "configuration",
        entry: { target: "ours" },
        note: `another of this name is not used: ${cwd}/.mcp.json`
      },
      { name: "zero" },
      { name: "two", source: `${cwd}/.mcp.json`, entry: { way: { transport: "http" } } }
    ])
  })

  it("are the settings' alone when no files are to be read", () => {
    const cwd = folder({ mcpServers: { one: { command: "theirs" } } })
    expect(found(cwd, { alone: true })).toEqual([])
    expect(found(cwd, { alone: true, servers: { own: { command: "x" } } })).toMatchObject([{ source: "embedder" }])
  })

  it("are read as other programs write them", () => {
    const cwd = folder({
      servers: {
        plain: {
          command: "npx",
          args: ["-y", "a", 7],
          env: { A: 1, B: "b" },
          cwd: "sub",
          timeout: 30_000,
          alwaysAllow: []
        },
        typed: { type: "streamable-http", url: "https://example.com/mcp?key=1", headers: { A: "b" }, timeout: 30 },
        old: { type: "sse", url: "http://localhost/sse", disabled: true },
        home: { command: "~/bin/x", args: ["~/y"] }
      }
    })
    expect(found(cwd).map(({ entry }) => entry)).toEqual([
      {
        way: {
          transport: "stdio",
          command: "npx",
          args: ["-y", "a", "7"],
          env: { A: "1", B: "b" },
          cwd: join(cwd, "sub")
        },
        target: "npx -y a 7",
        timeout: 30_000,
        disabled: false
      },
      {
        way: { transport: "http", url: "https://example.com/mcp?key=1", headers: { A: "b" } },
        target: "https://example.com/mcp",
        timeout: 30_000,
        disabled: false
      },
      {
        way: { transport: "sse", url: "http://localhost/sse", headers: {} },
        target: "http://localhost/sse",
        disabled: true
      },
      {
        way: { transport: "stdio", command: "/home/ann/bin/x", args: ["~/y"], env: {}, cwd },
        target: "~/bin/x ~/y",
        disabled: false
      }
    ])
  })

  it("get their variables, everywhere; what is shown of them has none", () => {
    const server = {
      command: "${BIN:-run}",
      args: ["--key=${KEY}", "$KEY", "$${KEY}"],
      env: { TOKEN: "${KEY}", EMPTY: "${NONE:-}" },
      cwd: "${DIR}"
    }
    const web = {
      url: "https://${HOST}/mcp",
      headers: { Authorization: "Bearer ${KEY}" },
      oauth: { clientSecret: "${KEY}" }
    }
    const env = { KEY: "s3cret", DIR: "/srv", HOST: "example.com" }
    const [one, two] = found(folder({ mcpServers: { one: server, two: web } }), { env })
    expect(one?.entry).toMatchObject({
      way: {
        command: "run",
        args: ["--key=s3cret", "$KEY", "${KEY}"],
        env: { TOKEN: "s3cret", EMPTY: "" },
        cwd: "/srv"
      },
      target: "${BIN:-run} --key=${KEY} $KEY $${KEY}"
    })
    expect(two?.entry).toMatchObject({
      way: {
        url: "https://example.com/mcp",
        headers: { Authorization: "Bearer s3cret" },
        oauth: { clientSecret: "s3cret" }
      },
      target: "https://${HOST}/mcp"
    })
  })

  it("whose variable is not set say which; the others go on", () => {
    const cwd = folder({ mcpServers: { one: { command: "x", env: { A: "${GITHUB_TOKEN}" } }, two: { command: "y" } } })
    const [one, two] = found(cwd)
    expect(problemOf(one ?? only([]))).toBe(
      `${cwd}/.mcp.json:3: one: env.A: the variable GITHUB_TOKEN is not set; set it, or write \${GITHUB_TOKEN:-default}`
    )
    expect(two?.entry).toHaveProperty("way")
  })

  it.each([
    [7, "expected a server: command and args, or url; got number"],
    [null, "got null"],
    [{}, "expected either command or url"],
    [{ command: "x", url: "http://y" }, "expected either command or url"],
    [{ command: ["x"] }, "command: expected a text, got a list"],
    [{ command: "" }, "command: expected a program"],
    [{ command: "x", args: "y" }, "args: expected a list of texts, got string"],
    [{ command: "x", args: [{}] }, "args[0]: expected a text, got object"],
    [{ command: "x", env: ["A=1"] }, "env: expected names with their texts, got a list"],
    [{ command: "x", timeout: -1 }, "timeout: expected seconds, above 0"],
    [{ command: "x\0y" }, "command: expected a text without a zero byte"],
    [{ type: "ftp", url: "http://y" }, "type: expected stdio, http or sse"],
    [{ type: "http", command: "x" }, "type http needs a url"],
    [{ url: "file:///etc/passwd" }, "url: expected an address that starts with http"],
    [{ url: "https://ann:hush-hush@example.com" }, "url: expected an address without a name or password"],
    [{ url: "https://example.com", headers: { "A B": "c" } }, "no name of a header"],
    [{ url: "https://example.com", headers: { A: "b\r\nC: d" } }, "headers.A: expected one line of text"]
  ])("that cannot be: %j is told with its place", (raw, problem) => {
    const cwd = folder({ mcpServers: { fine: { command: "x" }, wrong: raw } })
    const [fine, wrong] = found(cwd)
    expect(fine?.entry).toHaveProperty("way")
    expect(problemOf(wrong ?? only([]))).toMatch(new RegExp(`^${cwd}/\\.mcp\\.json:\\d+: wrong: `))
    expect(problemOf(wrong ?? only([]))).toContain(problem)
    expect(problemOf(wrong ?? only([]))).not.toContain("hush-hush")
  })

  it.each([
    [
      '{\n  "mcpServers": {\n    "a": {"command": "x",}\n  }\n}',
      /:3:\d+: is not valid JSON: Expected double-quoted property name/
    ],
    ['{"mcpServers": {', /:1:17: is not valid JSON/],
    ["[]", /expected \{"mcpServers"/],
    ['{"mcpServers": []}', /mcpServers: expected servers by name/]
  ])("in a file that cannot be read: %j, hide none of the settings'", (text, problem) => {
    const cwd = folder(text)
    const [own, file] = found(cwd, { servers: { own: { command: "x" } } })
    expect(own).toMatchObject({ name: "own" })
    expect(file).toMatchObject({
      name: ".mcp.json",
      source: `${cwd}/.mcp.json`,
      entry: { problem: expect.stringMatching(problem) }
    })
  })

  it.each(["", "  \n", "{}", '\uFEFF{"mcpServers": {}}'])("may be none: %j", (text) => {
    expect(found(folder(text))).toEqual([])
  })

  it("whose file is a folder, or too long, are told", () => {
    const cwd = temporary({ onTestFinished })
    mkdirSync(join(cwd, ".mcp.json"))
    expect(problemOf(only(found(cwd)))).toContain("is not a file")
    expect(problemOf(only(found(folder(" ".repeat(1024 * 1024 + 1)))))).toContain("longer than")
  })

  it("of a folder that is not trusted are listed, and nothing in them is expanded", () => {
    const cwd = folder({ mcpServers: { one: { command: "x", args: ["${SECRET}"] } } })
    const one = only(found(cwd, { trusted: false, env: { SECRET: "hidden" } }))
    expect(one.untrusted).toContain("kintsugi trust")
    expect(JSON.stringify(one)).not.toContain("hidden")
  })

  it("are also those of the folders above, up to the repository; each folder has a trust of its own", () => {
    const root = folder({ mcpServers: { one: { command: "root" }, two: { command: "root" } } })
    mkdirSync(join(root, ".git"))
    const cwd = join(root, "a", "b")
    mkdirSync(cwd, { recursive: true })
    writeFileSync(join(cwd, ".mcp.json"), JSON.stringify({ mcpServers: { one: { command: "near" } } }))
    expect(found(cwd)).toMatchObject([
      { name: "one", entry: { target: "near" } },
      { name: "two", entry: { target: "root" }, untrusted: expect.stringContaining(`in ${root}`) }
    ])
    expect(found(cwd, { env: { KINTSUGI_TRUST: "1" } })[1]).not.toHaveProperty("untrusted")
  })

  it("never keep us from reading the others, whatever is written there", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (servers) => {
        const cwd = folder({ mcpServers: { ...servers, sound: { command: "x" } } })
        const all = found(cwd)
        expect(all.find(({ name }) => name === "sound")?.entry).toHaveProperty("way")
        expect(all.length).toBeGreaterThanOrEqual(1)
      }),
      { numRuns: 50 }
    )
  })

  it("are not started by a process that is one of them, or the next would start the next", () => {
    const servers = { me: { command: "kintsugi", args: ["channel", "mcp"] }, other: { command: "kintsugi" } }
    const cwd = folder({ mcpServers: servers })
    const way = (one?: ConfiguredServer) => {
      if (one === undefined || !("way" in one.entry) || one.entry.way.transport !== "stdio") throw new Error("no way")
      return one.entry.way
    }
    const [me, other] = found(cwd)
    const once = nesting(way(me), {})
    const below = found(cwd, { env: once })
    expect(problemOf(below[0]!)).toMatch(/itself started as this server/)
    const twice = found(cwd, { env: nesting(way(below[1]), once) })
    expect(twice.map(problemOf)).toEqual([expect.any(String), expect.any(String)])
    expect(found(cwd, { env: nesting(way(other), {}) }).map(problemOf)).toEqual([undefined, expect.any(String)])
  })
})

describe("MCP servers of plugins", () => {
  /** A working folder, and beside it a user's folder with one plugin in it. */
  const withPlugin = (files: Readonly<Record<string, object | string>>): string => {
    const cwd = temporary({ onTestFinished })
    const plugin = join(cwd, "config/plugins/tools")
    const manifest = { ".claude-plugin/plugin.json": { name: "tools" } }
    for (const [path, content] of Object.entries({ ...manifest, ...files })) {
      mkdirSync(join(plugin, path, ".."), { recursive: true })
      writeFileSync(join(plugin, path), typeof content === "string" ? content : JSON.stringify(content))
    }
    return cwd
  }

  it("go by the plugin's name, run in the working folder, and are told where they lie", () => {
    const server = { command: "./bin/db", args: ["--in", "${CLAUDE_PLUGIN_ROOT}/x"], env: { MODE: "${MODE:-fast}" } }
    const cwd = withPlugin({ ".mcp.json": { mcpServers: { db: server } } })
    const root = join(cwd, "config/plugins/tools")
    const data = join(home, ".local/share/kintsugi/plugins/tools")
    expect(only(found(cwd))).toEqual({
      name: "plugin:tools:db",
      plugin: "tools",
      source: join(root, ".mcp.json"),
      entry: {
        target: "${CLAUDE_PLUGIN_ROOT}/bin/db --in ${CLAUDE_PLUGIN_ROOT}/x",
        disabled: false,
        way: {
          transport: "stdio",
          command: `${root}/bin/db`,
          args: ["--in", `${root}/x`],
          env: { CLAUDE_PLUGIN_ROOT: root, CLAUDE_PLUGIN_DATA: data, CLAUDE_PROJECT_DIR: cwd, MODE: "fast" },
          cwd,
          data
        }
      }
    })
  })

  it("may stand in a file without a word around them, or in the manifest, where the later of a name counts", () => {
    const cwd = withPlugin({
      ".mcp.json": { db: { command: "first" }, web: { url: "https://example.com/${CLAUDE_PROJECT_DIR}" } },
      ".claude-plugin/plugin.json": { name: "tools", mcpServers: { db: { command: "node", cwd: "lib" } } }
    })
    const [db, web] = found(cwd)
    const root = join(cwd, "config/plugins/tools")
    expect(db).toMatchObject({
      name: "plugin:tools:db",
      source: join(root, ".claude-plugin/plugin.json"),
      entry: { way: { command: "node", cwd: join(root, "lib") } }
    })
    expect(web).toMatchObject({ name: "plugin:tools:web", entry: { way: { url: `https://example.com/${cwd}` } } })
  })

  it("hide none that is configured, and are gone when the plugin is switched off", () => {
    const cwd = withPlugin({ ".mcp.json": { db: { command: "theirs" } } })
    const ours = { command: "ours" }
    const all = found(cwd, { servers: { db: ours, "plugin:tools:db": ours } })
    expect(all).toMatchObject([
      { name: "db", entry: { target: "ours" } },
      { name: "plugin:tools:db", source: "configuration", note: expect.stringContaining("another of this name") }
    ])
    const off = withDefaults({ plugins: { disabled: ["tools"] } })
    const discover = { config: join(cwd, "config"), trusted: true }
    expect(configuredServers({ cwd, settings: off, env: { HOME: home }, discover })).toEqual([])
  })

  it.each<[string, object | string, RegExp]>([
    ["a file that is no JSON", "{", /not valid JSON/],
    ["no server", { db: 7 }, /expected a server/],
    ["a variable that is not set", { db: { command: "${NOT_SET}" } }, /NOT_SET is not set/],
    ["a value that only Claude Code asks for", { db: { command: "x", env: { K: "${user_config.k}" } } }, /userConfig/],
    ["an environment that is none", { db: { command: "x", env: [] } }, /env: expected/]
  ])("of which one is %s are told of it, beside the others", (_, file, problem) => {
    const cwd = withPlugin({ ".mcp.json": file })
    const all = found(cwd, { servers: { other: { command: "fine" } } })
    expect(all.map(({ name }) => name)).toEqual(["other", expect.stringMatching(/^plugin:tools:/)])
    expect(all.map(problemOf)).toEqual([undefined, expect.stringMatching(problem)])
  })
})
