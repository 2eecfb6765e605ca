/** Which plugins' parts count, and what people are told of them. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { brought, counted } from "../../../actors/plugin/brought.ts"
import { partedPlugins, type PartsOf, pluginData } from "../../../actors/plugin/parts.ts"
import { switches } from "../../../actors/plugin/switches.ts"
import { withDefaults } from "../../../actors/settings.ts"

let base = ""
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-parted-")))
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

const write = (files: Readonly<Record<string, string | object>>) => {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(base, path)), { recursive: true })
    writeFileSync(join(base, path), typeof content === "string" ? content : JSON.stringify(content))
  }
}
const [local, user] = ["project/.kintsugi/plugins", "config/plugins"]

/** A plugin without code: a manifest and a skill. */
const codeless = (folder: string, name: string) => ({
  [`${folder}/.claude-plugin/plugin.json`]: { name },
  [`${folder}/skills/one/SKILL.md`]: "One."
})

const parted = (plugins = {}, { trusted = true, ...more }: Partial<PartsOf> & { readonly trusted?: boolean } = {}) =>
  partedPlugins({
    cwd: join(base, "project"),
    settings: withDefaults({ plugins }),
    discover: { config: join(base, "config"), trusted },
    ...more
  })
const names = (...given: Parameters<typeof parted>) => parted(...given).map(({ name }) => name)

describe("plugins whose parts count", () => {
  it("are those with code and those without, in the order of loading, with their folders", () => {
    write({
      ...codeless(`${user}/theirs`, "theirs"),
      ...codeless(`${local}/ours`, "ours"),
      [`${user}/native/index.ts`]: "",
      [`${user}/native/skills/one/SKILL.md`]: "One.",
      [`${user}/single.ts`]: ""
    })
    expect(parted()).toMatchObject([
      { name: "ours", folder: join(base, local, "ours"), parts: { skills: [join(base, local, "ours/skills")] } },
      { name: "native", folder: join(base, user, "native"), parts: { skills: [join(base, user, "native/skills")] } },
      { name: "single", parts: { skills: [], hooks: [], mcp: [] } },
      { name: "theirs" }
    ])
  })

  it("are none of a folder that is not trusted, that is broken, or switched off, and none where nothing is looked for", () => {
    write({ ...codeless(`${user}/theirs`, "theirs"), ...codeless(`${local}/ours`, "ours") })
    expect(names({}, { trusted: false })).toEqual(["theirs"])
    expect(names({ disabled: ["theirs"] })).toEqual(["ours"])
    expect(names({ enabled: ["theirs"] })).toEqual(["theirs"])
    expect(names({}, { discover: undefined })).toEqual([])
    write({ [`${user}/theirs/.claude-plugin/plugin.json`]: "{" })
    expect(names()).toEqual(["ours"])
  })

  it("are switched while the program runs", () => {
    write({ ...codeless(`${user}/theirs`, "theirs"), ...codeless(`${user}/other`, "other") })
    const turned = switches(withDefaults({ plugins: { disabled: ["other"] } }).plugins)
    turned.turn("theirs", { off: "it was disabled" })
    expect(names({ disabled: ["other"] }, { switches: turned })).toEqual([])
    turned.turn("theirs", "on")
    turned.turn("other", "on")
    expect(names({ disabled: ["other"] }, { switches: turned })).toEqual(["other", "theirs"])
  })

  it("hide others of their name, and are hidden by built-in ones", () => {
    write({
      ...codeless(`${local}/one`, "same"),
      ...codeless(`${user}/two`, "same"),
      ...codeless(`${user}/files`, "files")
    })
    expect(parted().map(({ folder }) => folder)).toEqual([join(base, local, "one")])
  })

  it("may keep what is to stay apart from what is installed", () => {
    expect(pluginData({ HOME: "/home/ann", XDG_DATA_HOME: "/data" }, "one")).toBe("/data/kintsugi/plugins/one")
  })
})

describe("what people are told that a plugin brings", () => {
  const folder = () => join(base, "plugin")

  it("goes by the names that it has here; what would be run stands there word for word", () => {
    write({
      "plugin/.claude-plugin/plugin.json": {
        mcpServers: { web: { url: "https://example.com/mcp?key=1" }, db: { command: "other", env: { KEY: "1" } } }
      },
      "plugin/skills/review/SKILL.md": "x",
      "plugin/skills/review/examples/inner/SKILL.md": "x",
      "plugin/skills/deep/er/SKILL.md": "x",
      "plugin/commands/hello.md": "x",
      "plugin/commands/db/migrate.md": "x",
      "plugin/commands/notes.txt": "x",
      "plugin/agents/who.md": "x",
      "plugin/hooks/hooks.json": {
        hooks: {
          PreToolUse: [
            { matcher: "Bash", hooks: [{ type: "command", command: "a\nb", args: ["c d"] }, { type: "prompt" }] }
          ],
          Stop: [{ hooks: [{ type: "command", command: "${CLAUDE_PLUGIN_ROOT}/stop.sh" }] }, 7],
          Notification: [{ hooks: [{ type: "command", command: "x" }] }]
        }
      },
      "plugin/.mcp.json": { mcpServers: { db: { command: "node", args: ["db.js"] } } }
    })
    const brings = brought("x", folder())
    expect(brings).toEqual({
      folder: folder(),
      skills: ["x:er", "x:review"],
      commands: ["x:db:migrate", "x:hello"],
      agents: ["x:who"],
      hooks: ['PreToolUse (Bash): a\nb "c d"', "Stop: ${CLAUDE_PLUGIN_ROOT}/stop.sh"],
      servers: ["plugin:x:db: KEY=1 other", "plugin:x:web: https://example.com/mcp?key=1"],
      unsupported: ["hooks of type prompt", "hooks for Notification"],
      problems: []
    })
    expect(brings && counted(brings)).toBe(
      "2 skills, 2 commands, 1 agent, 2 hooks, 2 MCP servers; not supported: hooks of type prompt, hooks for Notification"
    )
  })

  it("is nothing of an empty folder, and says what cannot be read", () => {
    mkdirSync(folder())
    expect(brought("x", folder())).toBeUndefined()
    write({ "plugin/hooks/hooks.json": "{", "plugin/.mcp.json": "[]" })
    expect(brought("x", folder())).toMatchObject({
      hooks: [],
      servers: [],
      problems: [expect.stringMatching(/hooks\.json: .*JSON/)]
    })
  })
})
