/** What plugin folders bring beside code, by the rules of Claude Code's manifests; odd folders are told of, and lead nowhere else. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, relative } from "node:path"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { hasDefaultParts, noParts, partsOf, type PluginParts } from "../../../plugins/discover/parts.ts"

let base = ""
let folder = ""
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-parts-")))
  folder = join(base, "plugin")
  mkdirSync(folder)
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

/** Files by path from the plugin's folder; an object is written as JSON. */
const write = (files: Readonly<Record<string, string | object>>) => {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), typeof content === "string" ? content : JSON.stringify(content))
  }
}

const manifest = (fields: object) => write({ ".claude-plugin/plugin.json": { name: "x", ...fields } })

/** With paths from the folder. */
const told = () => {
  const { skills, commands, agents, hooks, mcp, ...rest } = partsOf(folder)
  const from = (path: string) => relative(folder, path) || "."
  const inline = (all: PluginParts["hooks"]) => all.map((one) => ("path" in one ? from(one.path) : one.value))
  const parts = { skills: skills.map(from), commands: commands.map(from), agents: agents.map(from) }
  return { ...parts, hooks: inline(hooks), mcp: inline(mcp), ...rest }
}

const everything = {
  "skills/one/SKILL.md": "x",
  "commands/do.md": "x",
  "agents/who.md": "x",
  "hooks/hooks.json": {},
  ".mcp.json": {}
}

describe("what a plugin's folder brings", () => {
  it("is nothing when it is empty, a file, or not there", () => {
    write({ "code.ts": "" })
    for (const path of [folder, join(folder, "code.ts"), join(folder, "gone")]) expect(partsOf(path)).toEqual(noParts)
  })

  it("lies where it lies without a word, with a manifest or none", () => {
    write(everything)
    const usual = {
      skills: ["skills"],
      commands: ["commands"],
      agents: ["agents"],
      hooks: ["hooks/hooks.json"],
      mcp: [".mcp.json"],
      unsupported: [],
      problems: []
    }
    expect(told()).toEqual(usual)
    manifest({ version: "1", keywords: ["a"] })
    expect(told()).toEqual(usual)
  })

  it("is a skill of its own when a SKILL.md lies at its root, and nothing says otherwise", () => {
    write({ "SKILL.md": "x" })
    expect(told().skills).toEqual(["."])
    manifest({ skills: [] })
    expect(told().skills).toEqual([])
    manifest({ skills: ["."] })
    expect(told().skills).toEqual(["."])
    write({ "skills/one/SKILL.md": "x" })
    manifest({})
    expect(told().skills).toEqual(["skills"])
  })

  it("skills that are named come besides; commands and agents that are named come in place", () => {
    write({ ...everything, "more/two/SKILL.md": "x", "other/a.md": "x", "b.md": "x", "skills/deep/in/SKILL.md": "x" })
    manifest({ skills: ["./more/", "./skills/deep"], commands: ["./other", "./b.md"], agents: "./b.md" })
    expect(told()).toMatchObject({
      skills: ["skills", "more"],
      commands: ["other", "b.md"],
      agents: ["b.md"],
      problems: []
    })
    manifest({ commands: ["./commands", "./b.md"], agents: [] })
    expect(told()).toMatchObject({ commands: ["commands", "b.md"], agents: [] })
  })

  it("hooks and servers that are named are joined to the usual ones, each file once", () => {
    write({ ...everything, "config/more.json": {}, "servers.json": {} })
    const event = { Stop: [] }
    manifest({
      hooks: ["./hooks/hooks.json", "./config/more.json", event, { hooks: event }],
      mcpServers: ["./servers.json", { db: { command: "x" } }, { mcpServers: { other: {} } }]
    })
    expect(told()).toMatchObject({
      hooks: ["hooks/hooks.json", "config/more.json", { hooks: event }, { hooks: event }],
      mcp: [".mcp.json", "servers.json", { db: { command: "x" } }, { other: {} }],
      problems: []
    })
  })

  it("commands by name have files; one that stands in the manifest itself is told of", () => {
    write(everything)
    const commands = { do: { source: "./commands/do.md" }, run: "./commands/do.md", about: { content: "Say it." } }
    manifest({ commands })
    expect(told()).toMatchObject({
      commands: ["commands/do.md"],
      problems: [
        expect.stringMatching(/run: it is called after its file/),
        expect.stringMatching(/about: .*put it into a file/)
      ]
    })
  })

  it("names what means nothing here", () => {
    write({ "output-styles/a.md": "x", ".lsp.json": {}, "bin/tool": "x", "settings.json": {} })
    manifest({
      experimental: { themes: "./themes/", monitors: [] },
      userConfig: { key: {} },
      channels: [],
      dependencies: ["other"],
      mcpServers: ["./db.mcpb", "https://example.com/db.dxt"]
    })
    expect(told().unsupported).toEqual([
      "output styles",
      "language servers",
      "themes",
      "default settings",
      "programs for the PATH",
      "values that the user is asked for (userConfig)",
      "dependencies on other plugins",
      "packed MCP servers (.mcpb, .dxt)"
    ])
    expect(told().problems).toEqual([])
  })

  it("of a plugin with code names nothing of the kind: its bin is its own", () => {
    write({ "package.json": { kintsugi: { plugin: "./index.js" } }, "bin/tool": "x", "skills/one/SKILL.md": "x" })
    expect(told()).toMatchObject({ skills: ["skills"], unsupported: [] })
  })
})

describe("what leads out of the folder, or nowhere", () => {
  beforeEach(() => {
    mkdirSync(join(base, "secret"))
    writeFileSync(join(base, "secret", "SKILL.md"), "x")
    writeFileSync(join(base, "plugin.json"), "{}")
  })

  it.each([
    ["above it", "./../secret", /" leads out/],
    ["a name that only looks like above it", "./..secret", /not there/],
    ["an absolute path", "/etc", /" leads out/],
    ["a link", "./link", /is a link that leads out/],
    ["what is not there", "./nowhere", /not there/],
    ["an empty path", "", /no path/],
    ["a zero byte", "./a\0b", /no path/]
  ])("%s is told of, and is no part of it", (_, path, reason) => {
    write(everything)
    symlinkSync(join(base, "secret"), join(folder, "link"))
    manifest({ skills: [path], commands: path, agents: path, hooks: path, mcpServers: path })
    const { skills, commands, agents, hooks, mcp, problems } = told()
    expect({ skills, commands, agents, hooks, mcp }).toEqual({
      skills: ["skills"],
      commands: [],
      agents: [],
      hooks: ["hooks/hooks.json"],
      mcp: [".mcp.json"]
    })
    expect(problems).toHaveLength(5)
    for (const one of problems) expect(one).toMatch(reason)
  })

  it("holds for the usual folders, too", () => {
    for (const name of ["skills", "commands", "agents", ".mcp.json"])
      symlinkSync(join(base, name === ".mcp.json" ? "plugin.json" : "secret"), join(folder, name))
    symlinkSync(base, join(folder, "hooks"))
    writeFileSync(join(base, "hooks.json"), "{}")
    expect(told()).toMatchObject({ skills: [], commands: [], agents: [], hooks: [], mcp: [] })
    expect(told().problems).toHaveLength(5)
  })

  it("a link that stays in it is a part of it", () => {
    write({ "lib/one/SKILL.md": "x" })
    symlinkSync("lib", join(folder, "skills"))
    expect(told()).toMatchObject({ skills: ["skills"], problems: [] })
  })
})

describe("a manifest", () => {
  it.each([
    ["that is no JSON", "{", /is not JSON/],
    ["that is no object", "[]", /is not an object/],
    ["that is a folder", undefined, /is not a file/]
  ])("%s is told of; what lies in its usual place counts", (_, text, reason) => {
    write(everything)
    if (text === undefined) mkdirSync(join(folder, ".claude-plugin/plugin.json"), { recursive: true })
    else write({ ".claude-plugin/plugin.json": text })
    expect(told()).toMatchObject({ skills: ["skills"], hooks: ["hooks/hooks.json"] })
    expect(told().problems).toEqual([expect.stringMatching(reason)])
  })

  it("may begin with a byte order mark", () => {
    write({ "b.md": "x", ".claude-plugin/plugin.json": `\uFEFF{"name":"x","agents":"./b.md"}` })
    expect(told()).toMatchObject({ agents: ["b.md"], problems: [] })
  })

  it("with fields of other kinds is told of, a line each", () => {
    manifest({ skills: 7, commands: [{}], agents: [null], hooks: true, mcpServers: [["x"]] })
    expect(told().problems).toEqual([
      "skills: expected a path, got number",
      "commands: expected a path, got object",
      "agents: expected a path, got null",
      "hooks: expected a path or an object, got boolean",
      "mcpServers: expected a path or an object, got a list"
    ])
  })

  it("whatever it holds, nothing is thrown and no path lies outside of the folder", () => {
    write({ ...everything, "a/b.md": "x" })
    symlinkSync(base, join(folder, "up"))
    const segment = fc.constantFrom(".", "..", "up", "a", "b.md", "skills", "plugin", "", "~", "hooks.json")
    const path = fc.array(segment, { maxLength: 6 }).map((all) => all.join("/"))
    const value = fc.oneof(
      path,
      fc.array(path, { maxLength: 4 }),
      fc.jsonValue({ maxDepth: 2 }),
      fc.array(fc.jsonValue())
    )
    const keys = ["skills", "commands", "agents", "hooks", "mcpServers", "experimental", "name", "lspServers"] as const
    const fields = fc.record(Object.fromEntries(keys.map((key) => [key, value])), { requiredKeys: [] })
    fc.assert(
      fc.property(fields, (fields) => {
        manifest(fields)
        const { skills, commands, agents, hooks, mcp } = partsOf(folder)
        const files = [...hooks, ...mcp].flatMap((one) => ("path" in one ? [one.path] : []))
        for (const one of [...skills, ...commands, ...agents, ...files])
          expect(relative(folder, realpathSync(one))).not.toMatch(/^\.\.(\/|$)|^\//)
      }),
      { numRuns: 300 }
    )
  })
})

describe("a folder without manifest and code", () => {
  it.each<[string, boolean, Readonly<Record<string, string>>]>([
    ["skills", true, { "skills/one/SKILL.md": "x" }],
    ["a SKILL.md", true, { "SKILL.md": "x" }],
    ["commands", true, { "commands/do.md": "x" }],
    ["agents", true, { "agents/who.MD": "x" }],
    ["hooks", true, { "hooks/hooks.json": "{}" }],
    ["servers", true, { ".mcp.json": "{}" }],
    ["code in folders of these names", false, { "commands/do.ts": "x", "agents/who.ts": "x", "hooks/use.ts": "x" }],
    ["anything else", false, { "README.md": "x" }]
  ])("with %s is meant as a plugin: %s", (_, isMeant, files) => {
    write(files)
    expect(hasDefaultParts(folder)).toBe(isMeant)
  })
})
