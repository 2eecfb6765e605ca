/** Folders of plugins put into place whole or not at all: what is copied, what is refused, what an end half way leaves. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { take } from "../../../actors/manage/folder-stage.ts"
import { type Came, type FolderOptions, installFolder, type Offer } from "../../../actors/manage/install-folder.ts"
import type { NotManaged } from "../../../actors/manage/not-managed.ts"
import { originOf } from "../../../actors/manage/origin.ts"
import { readSource } from "../../../actors/manage/source.ts"

let base = ""
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-folder-")))
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

const write = (files: Readonly<Record<string, string | object>>) => {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(base, path)), { recursive: true })
    writeFileSync(join(base, path), typeof content === "string" ? content : JSON.stringify(content))
  }
}
const read = (path: string) => readFileSync(join(base, path), "utf8")
const plugins = () => join(base, "config/plugins")
/** What lies in the folder of plugins, stages included. */
const there = (): ReadonlyArray<string> => (existsSync(plugins()) ? readdirSync(plugins()) : [])

const demo = {
  "demo/.claude-plugin/plugin.json": { name: "tools", version: "1" },
  "demo/skills/say/SKILL.md": "Say.",
  "demo/.git/config": "x",
  "demo/node_modules/needed/index.js": "x",
  "demo/.kintsugi-origin.json": { address: "/somewhere/else" }
}

const installing = (from: string, more: Partial<FolderOptions> = {}): Effect.Effect<Came, NotManaged> =>
  installFolder({
    source: { folder: join(base, from) },
    plugin: undefined,
    folder: plugins(),
    env: {},
    decide: () => Effect.succeed(true),
    ...more
  })
const install = (...given: Parameters<typeof installing>) => Effect.runPromise(installing(...given))
/** Why it fails; what was there is as it was. */
const refusal = async (...given: Parameters<typeof installing>): Promise<string> => {
  const before = there()
  const { message } = await Effect.runPromise(Effect.flip(installing(...given)))
  expect(there()).toEqual(before)
  return message
}

describe("a folder that is installed", () => {
  it("is a copy of all but its history, under the plugin's own name, and says where it came from", async () => {
    write(demo)
    expect(await install("demo")).toMatchObject({ kind: "installed", offer: { name: "tools", version: "1" } })
    expect(there()).toEqual(["tools"])
    expect(readdirSync(join(plugins(), "tools")).toSorted()).toEqual([
      ".claude-plugin",
      ".kintsugi-origin.json",
      "node_modules",
      "skills"
    ])
    expect(originOf(join(plugins(), "tools"))).toEqual({ address: join(base, "demo") })
  })

  it("takes the place of what came from there, whole, and of nothing else", async () => {
    write({ ...demo, "demo/commands/old.md": "x" })
    await install("demo")
    rmSync(join(base, "demo/commands"), { recursive: true })
    write({ "demo/commands/new.md": "x" })
    let offer: Offer | undefined
    await install("demo", { decide: (one) => Effect.sync(() => ((offer = one), true)) })
    expect(readdirSync(join(plugins(), "tools/commands"))).toEqual(["new.md"])
    expect(offer?.before?.commands).toEqual(["tools:old"])
    expect(offer?.brings).toMatchObject({ commands: ["tools:new"], folder: join(plugins(), "tools") })

    write({ "other/.claude-plugin/plugin.json": { name: "tools" }, "other/commands/x.md": "x" })
    expect(await refusal("other")).toMatch(/tools is there already, from .*demo; first run: kintsugi plugin uninstall/)
    write({ "mine/.claude-plugin/plugin.json": { name: "own" }, "mine/commands/x.md": "x" })
    write({ "config/plugins/own/commands/y.md": "x" })
    expect(await refusal("mine")).toMatch(/own is there already and was not installed/)
    expect(read("config/plugins/own/commands/y.md")).toBe("x")
  })

  it("is nothing when whoever decides says no, or does not come to say it", async () => {
    write(demo)
    expect(await install("demo", { decide: () => Effect.succeed(false) })).toMatchObject({ kind: "declined" })
    const stop = new AbortController()
    const decide = () =>
      Effect.andThen(
        Effect.sync(() => stop.abort()),
        Effect.never
      )
    await expect(Effect.runPromise(installing("demo", { decide }), { signal: stop.signal })).rejects.toThrow(
      /interrupt/i
    )
    expect(existsSync(join(base, "config"))).toBe(false)
  })

  it("is named after itself when it does not say how", async () => {
    write({ "my.notes/skills/say/SKILL.md": "Say." })
    await install("my.notes")
    expect(there()).toEqual(["my-notes"])
    expect(JSON.parse(read("config/plugins/my-notes/.claude-plugin/plugin.json"))).toEqual({ name: "my-notes" })
  })

  it("does not copy itself when the plugins lie in it", async () => {
    write({ ...demo, "demo/.kintsugi/plugins/other/skills/one/SKILL.md": "x" })
    await install("demo", { folder: join(base, "demo/.kintsugi/plugins") })
    expect(readdirSync(join(base, "demo/.kintsugi/plugins")).toSorted()).toEqual(["other", "tools"])
    expect(existsSync(join(base, "demo/.kintsugi/plugins/tools/.kintsugi/plugins"))).toBe(false)
  })

  it("says what it lacks: packages that nobody installs", async () => {
    write({ ...demo, "demo/package.json": { dependencies: { needed: "1" } } })
    const lacks = async () => {
      const came = await install("demo")
      return "offer" in came ? came.offer.lacks : []
    }
    expect(await lacks()).toEqual([])
    rmSync(join(base, "demo/node_modules"), { recursive: true })
    expect(await lacks()).toEqual([expect.stringContaining(`npm install --prefix ${join(plugins(), "tools")}`)])
  })
})

describe("links in it", () => {
  it("stay links when they stay in it, wherever they were written to lead", async () => {
    write(demo)
    symlinkSync(join(base, "demo/skills"), join(base, "demo/absolute"))
    symlinkSync("../skills/say", join(base, "demo/.claude-plugin/relative"))
    symlinkSync("../gone", join(base, "demo/nowhere"))
    await install("demo")
    expect(readlinkSync(join(plugins(), "tools/absolute"))).toBe("skills")
    expect(readlinkSync(join(plugins(), "tools/.claude-plugin/relative"))).toBe("../skills/say")
    expect(existsSync(join(plugins(), "tools/nowhere"))).toBe(false)
  })

  it.each([
    ["straight", "../secret"],
    ["by another link", "first"]
  ])("that lead out of it %s keep it from being installed", async (_, target) => {
    write({ ...demo, "secret/key": "x" })
    symlinkSync("../secret", join(base, "demo/first"))
    symlinkSync(target, join(base, "demo/second"))
    expect(await refusal("demo")).toMatch(
      /(first|second) in it is a link that leads out of it, to .*secret; nothing was/
    )
  })
})

it("nobody installs what is no plugin, is broken, or larger than any", async () => {
  write({ "none/README.md": "x", "broken/.claude-plugin/plugin.json": "{", "huge/skills/one/SKILL.md": "x" })
  write({ "empty/.claude-plugin/plugin.json": { name: "empty" }, "blank/.claude-plugin/plugin.json": { name: "a b" } })
  write({ "huge/large": "" })
  truncateSync(join(base, "huge/large"), 257 * 1024 * 1024)
  expect(await refusal("none")).toMatch(/holds no plugin/)
  expect(await refusal("empty")).toMatch(/empty brings nothing/)
  expect(await refusal("broken")).toMatch(/plugin\.json is not JSON/)
  expect(await refusal("blank")).toMatch(/may have no blank/)
  expect(await refusal("huge")).toMatch(/more than 256 MiB/)
  expect(existsSync(join(base, "config"))).toBe(false)
})

describe("a marketplace", () => {
  const list = (plugins: ReadonlyArray<object>, more = {}) => ({
    "shop/.claude-plugin/marketplace.json": { name: "shop", owner: { name: "o" }, plugins, ...more }
  })

  it("gives the one that is asked for, and names those there are", async () => {
    write(
      list(
        [
          { name: "a", source: "./plugins/a" },
          { name: "b", source: "b" }
        ],
        { metadata: { pluginRoot: "./more" } }
      )
    )
    write({ "shop/plugins/a/commands/x.md": "x", "shop/more/b/agents/y.md": "y" })
    expect(await refusal("shop")).toMatch(/lists 2 plugins; say which with --plugin NAME: a, b/)
    expect(await refusal("shop", { plugin: "c" })).toMatch(/no plugin "c"; there are: a, b/)
    write(list([{ name: "x, y\n\u001b[2J", source: "./plugins/a" }]))
    expect(await refusal("shop", { plugin: "c" })).toMatch(/there are: "x, y\\n\\u001b\[2J"/)
    write(
      list(
        [
          { name: "a", source: "./plugins/a" },
          { name: "b", source: "b" }
        ],
        { metadata: { pluginRoot: "./more" } }
      )
    )
    expect(await install("shop", { plugin: "a" })).toMatchObject({ offer: { brings: { commands: ["a:x"] } } })
    expect(await install("shop", { plugin: "b" })).toMatchObject({ offer: { brings: { agents: ["b:y"] } } })
    expect(originOf(join(plugins(), "b"))).toEqual({ address: join(base, "shop"), plugin: "b" })
  })

  it("of one plugin needs no word; what it says of it is its manifest, and only what it lists counts of its own root", async () => {
    write(list([{ name: "docs", description: "D.", source: "./", strict: false, skills: ["./skills/pdf"] }]))
    write({ "shop/skills/pdf/SKILL.md": "x", "shop/skills/art/SKILL.md": "x" })
    expect(await install("shop")).toMatchObject({
      offer: { name: "docs", description: "D.", brings: { skills: ["docs:pdf"] } }
    })
    expect(readdirSync(join(plugins(), "docs/skills"))).toEqual(["pdf"])
  })

  it("adds to what the plugin says itself, unless both want the last word", async () => {
    const entry = { name: "a", source: "./a", commands: ["./extra.md"], skills: "./more", version: "9" }
    write(list([entry, { ...entry, name: "strict", strict: false }]))
    write({ "shop/a/.claude-plugin/plugin.json": { name: "itself", version: "1" }, "shop/a/commands/x.md": "x" })
    write({ "shop/a/extra.md": "x", "shop/a/more/one/SKILL.md": "x" })
    expect(await install("shop", { plugin: "a" })).toMatchObject({
      offer: {
        name: "itself",
        version: "1",
        brings: { commands: ["itself:x", "itself:extra"], skills: ["itself:one"] }
      }
    })
    expect(await refusal("shop", { plugin: "strict" })).toMatch(/conflicting manifests/)
  })

  it.each<[string, unknown, RegExp]>([
    ["out of it", "./../demo", /leads out/],
    ["a name without a root", "demo", /is no path/],
    ["a package", { source: "npm", package: "x" }, /from "npm", which is not supported/],
    ["a program", { source: "command", command: "x" }, /from "command", which is not supported/],
    ["an address that is a program", { source: "url", url: "ext::sh -c x" }, /no address of a git repository/],
    ["an option", { source: "url", url: "--upload-pack=x" }, /no address of a git repository/],
    ["a ref that is an option", { source: "github", repo: "a/b", ref: "--x" }, /no branch, tag or commit/],
    ["nothing", undefined, /from nowhere/]
  ])("whose plugin comes from %s is refused", async (_, source, reason) => {
    write({ ...demo, ...list([{ name: "a", source }]) })
    expect(await refusal("shop", { plugin: "a" })).toMatch(reason)
  })

  it.each(["{", "[]", `{"plugins": {}}`, `{"plugins": [7, {"name": ""}]}`])("that says %s is told of", async (text) => {
    write({ "shop/.claude-plugin/marketplace.json": text })
    expect(await refusal("shop", { plugin: "a" })).toMatch(/cannot be read|has no list of plugins|lists no plugin "a"/)
  })
})

describe("what was killed half way", () => {
  /** Of a process that is long gone. */
  const stage = "config/plugins/.stage-99999999-abc"

  it("before it was in place is cleared away; what it had moved comes back", async () => {
    write({ [`${stage}/new/tools/x`]: "x", [`${stage}/old/lost/commands/x.md`]: "x", ...demo })
    await install("demo")
    expect(there().toSorted()).toEqual(["lost", "tools"])
  })

  it("after it was in place leaves the new one; one that is still at work is left alone", async () => {
    write({ [`${stage}/old/tools/x`]: "old", ...demo })
    write({
      "config/plugins/tools/commands/x.md": "new",
      "config/plugins/tools/.kintsugi-origin.json": { address: "x" }
    })
    write({ [`config/plugins/.stage-${process.pid}-busy/new/x`]: "x" })
    await Effect.runPromise(take(plugins(), "other").pipe(Effect.ignore))
    expect(there().toSorted()).toEqual([`.stage-${process.pid}-busy`, "tools"])
    expect(read("config/plugins/tools/commands/x.md")).toBe("new")
  })
})

it("what is taken away is the plugin's folder and nothing but it; of a link not what it leads to", async () => {
  write({ "config/plugins/one/x": "x", "config/plugins/two/x": "x", "elsewhere/x": "x" })
  symlinkSync(join(base, "elsewhere"), join(plugins(), "three"))
  await Effect.runPromise(take(plugins(), "one"))
  await Effect.runPromise(take(plugins(), "three"))
  expect(there()).toEqual(["two"])
  expect(read("elsewhere/x")).toBe("x")
  await Effect.runPromise(take(plugins(), "two"))
  expect(existsSync(plugins())).toBe(false)
})

describe("what is typed", () => {
  it.each<[string, object | undefined]>([
    ["owner/repo", { repository: { url: "https://github.com/owner/repo.git" } }],
    ["github:owner/repo#v1", { repository: { url: "https://github.com/owner/repo.git", ref: "v1" } }],
    ["gitlab:owner/repo.git", { repository: { url: "https://gitlab.com/owner/repo.git" } }],
    [
      "https://host.example/a/b.git#feature/x",
      { repository: { url: "https://host.example/a/b.git", ref: "feature/x" } }
    ],
    ["https://github.com/owner/repo", { repository: { url: "https://github.com/owner/repo" } }],
    ["git+https://host.example/a", { repository: { url: "https://host.example/a" } }],
    ["git+file:///a/b", { repository: { url: "file:///a/b" } }],
    ["ssh://git@host.example/a", { repository: { url: "ssh://git@host.example/a" } }],
    ["git@host.example:a/b.git", { repository: { url: "git@host.example:a/b.git" } }],
    ["github:owner/repo#semver:^1", undefined],
    ["https://host.example/a.tgz", undefined],
    ["https://github.com/owner/repo/archive/x.tar.gz", undefined],
    ["kintsugi-plugin-words@1.0.0", undefined],
    ["@scope/name", undefined],
    ["./nowhere", undefined],
    ["npm:other@1", undefined]
  ])("%s is an address of git, or npm's", (typed, source) => expect(readSource(typed, base)).toEqual(source))

  it("a folder is ours when it has no code", () => {
    write({ ...demo, "code/package.json": { kintsugi: { plugin: "./x.js" } }, "code/skills/one/SKILL.md": "x" })
    expect(readSource("./demo", base)).toEqual({ folder: join(base, "demo") })
    expect(readSource(`file:${base}/demo`, base)).toEqual({ folder: join(base, "demo") })
    expect(readSource("./code", base)).toBeUndefined()
  })

  it.each(["owner/repo#-x", "owner/repo#a..b", "owner/repo#a:b", "owner/repo#a b", "git+ssh://-oProxyCommand=x/y"])(
    "%s is refused",
    (typed) => expect(() => readSource(typed, base)).toThrow(/is no (branch|address)/)
  )
})
