/** Plugins listed, found, switched, written and checked from the command line. */
import { execFileSync } from "node:child_process"
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { type AddressInfo } from "node:net"
import { dirname, join } from "node:path"
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest"
import { oneTool, pluginFolder, pluginWorld, type PluginWorld } from "./plugin-world.ts"

let world: PluginWorld
beforeEach(async () => {
  world = await pluginWorld()
})
afterEach(() => world.remove())

/** What a line of a table says, cell by cell. */
const row = (out: string, name: string): ReadonlyArray<string> =>
  out
    .split("\n")
    .find((line) => line.startsWith(`${name} `))
    ?.split(/ {2,}/) ?? []

const here = (files: Readonly<Record<string, string>>) =>
  world.write(Object.fromEntries(Object.entries(files).map(([path, text]) => [`.kintsugi/plugins/${path}`, text])))

const inGlobal = (name: string, text: string) => {
  mkdirSync(dirname(join(world.global, name)), { recursive: true })
  writeFileSync(join(world.global, name), text)
}

describe("plugin list and info", () => {
  it("show every tier and what is wrong, and run nothing", async () => {
    const canary = join(world.cwd, "canary")
    const ran = `import { writeFileSync } from "node:fs"; writeFileSync(${JSON.stringify(canary)}, "")\n`
    here({ ...pluginFolder("words", ran + oneTool("words")), "empty/readme.md": "" })
    inGlobal("words.js", ran + oneTool("words"))
    inGlobal("task.js", ran + oneTool("task"))
    const { out, err } = await world.plugin("list")
    expect(row(out, "files")).toEqual(["files", "built-in", "healthy", expect.stringContaining("read_file")])
    expect(out).toMatch(/^words +local +1\.0\.0 +untrusted +its folder is not trusted/m)
    expect(out).toMatch(/^words +global +healthy +\(known when/m)
    expect(out).toMatch(/^task +global +shadowed .*built-in/m)
    expect(err).toContain("kintsugi trust")
    await world.kintsugi("trust")
    const { out: trusted, err: quiet } = await world.plugin("list")
    expect(trusted).toMatch(/^words +local +1\.0\.0 +healthy +\(known[^]*^words +global +shadowed/m)
    expect(quiet).toBe("")
    expect(trusted).toMatch(/^empty +local +broken +it has no index\.ts/m)
    const views = JSON.parse((await world.plugin("list", "--json")).out)
    expect(views).toContainEqual(
      expect.objectContaining({
        name: "words",
        tier: "local",
        state: "healthy",
        module: join(world.local, "words/index.js")
      })
    )
    const info = JSON.parse((await world.plugin("info", "words", "--json")).out)
    expect(info).toMatchObject({
      name: "words",
      tier: "local",
      version: "1.0.0",
      shadows: [{ tier: "global", module: join(world.global, "words.js") }]
    })
    expect(await world.plugin("info", "words")).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^shadows +global .*words\.js$/m),
      err: expect.stringContaining("never loaded")
    })
    expect(existsSync(canary)).toBe(false)
  })

  it("say of a name that is none what is near", async () => {
    expect(await world.plugin("info", "haertbeat")).toEqual({
      code: 1,
      out: "",
      err: 'kintsugi: there is no plugin "haertbeat"; did you mean heartbeat?\n'
    })
  })

  it("tell, once it was loaded, all that a plugin brings", async () => {
    const source = `export default {
      name: "rich", description: "Has all.", requires: ["files"],
      tools: [{ name: "rich_write", description: "d", risk: "write", input: { type: "object" }, execute: () => "" }],
      onTurnStart() {},
      registerCommands: () => [{ name: "poem", description: "d", run: () => "" }],
      registerFlags: () => [{ name: "meter", description: "d", type: "string" }]
    }`
    inGlobal("rich.js", source)
    expect(await world.plugin("doctor", "rich")).toMatchObject({ code: 0 })
    const { out } = await world.plugin("info", "rich")
    for (const [what, said] of Object.entries({
      description: "Has all\\.",
      tools: "rich_write \\(write\\)",
      hooks: ".*onTurnStart.*",
      commands: "/poem",
      flags: "--meter",
      requires: "files"
    }))
      expect(out).toMatch(new RegExp(`^${what} +${said}$`, "m"))
  })
})

describe("plugin enable and disable", () => {
  it("change the user's file, or the folder's, and leave its comments", async () => {
    inGlobal("words.js", oneTool("words"))
    const file = join(world.global, "../config.yaml")
    writeFileSync(file, "# mine\nplugins:\n  disabled: [] # none\n  hook_timeout: 7\n")
    expect(await world.plugin("disable", "words", "plan")).toMatchObject({ code: 0, err: "" })
    expect(readFileSync(file, "utf8")).toBe("# mine\nplugins:\n  disabled: [ words, plan ] # none\n  hook_timeout: 7\n")
    const { out } = await world.plugin("list")
    expect(row(out, "words")[2]).toBe("disabled")
    expect(row(out, "plan")[2]).toBe("disabled")
    expect((await world.plugin("disable", "words")).out).toContain("words is already disabled")
    expect(await world.plugin("enable", "words", "plan")).toMatchObject({ code: 0, err: "" })
    expect(readFileSync(file, "utf8")).toMatch(/^# mine\nplugins:\n[^]*hook_timeout: 7\n$/)
    expect(row((await world.plugin("list")).out, "words")[2]).toBe("healthy")
  })

  it("know where only some are enabled", async () => {
    inGlobal("words.js", oneTool("words"))
    inGlobal("rhymes.js", oneTool("rhymes"))
    writeFileSync(join(world.global, "../config.yaml"), "plugins: { enabled: [rhymes] }\n")
    expect(row((await world.plugin("list")).out, "words")[2]).toBe("disabled")
    await world.plugin("enable", "words")
    const { out } = await world.plugin("list")
    expect([row(out, "words")[2], row(out, "rhymes")[2]]).toEqual(["healthy", "healthy"])
  })

  it("say when something else decides, refuse what must be there and what is not", async () => {
    await world.plugin("disable", "plan")
    expect((await world.plugin("enable", "--local", "plan")).err).toMatch(
      /plan is not enabled here all the same: plugins\.disabled/
    )
    expect((await world.plugin("disable", "--local", "soul")).err).toContain("kintsugi trust")
    expect(await world.plugin("disable", "task-done")).toMatchObject({
      code: 1,
      err: expect.stringContaining("cannot be disabled")
    })
    expect(await world.plugin("disable", "nobody")).toMatchObject({ code: 1 })
    // One that is gone can still be taken out of the file.
    world.env.KINTSUGI_PLUGINS_DISABLED = "gone"
    expect((await world.plugin("enable", "gone")).code).toBe(0)
  })
})

describe("plugin available and search", () => {
  /** Answers every search with these, or with a status. */
  const registry = async (answer: number | ReadonlyArray<object>) => {
    const asked: Array<string> = []
    const server = createServer((request, response) => {
      asked.push(decodeURIComponent(request.url ?? "").replaceAll("+", " "))
      if (typeof answer === "number") response.statusCode = answer
      const objects = typeof answer === "number" ? [] : answer.map((one) => ({ package: one }))
      response.end(JSON.stringify({ objects, total: objects.length, time: "" }))
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    open.push(server)
    world.env.npm_config_registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    return asked
  }
  const open: Array<ReturnType<typeof createServer>> = []
  afterAll(() => open.forEach((server) => server.closeAllConnections() ?? server.close()))

  it("list ours without a network, and those that are installed", async () => {
    const { code, out } = await world.plugin("available")
    expect(code).toBe(0)
    expect(out).toMatch(/^kintsugi-plugin-git +- +.*blame/m)
    const all = JSON.parse((await world.plugin("available", "--json")).out)
    expect(all).toHaveLength(6)
    expect(out).toMatch(/^kintsugi-plugin-mcp-gateway +built in +/m)
    expect(all[0]).toMatchObject({
      package: "kintsugi-plugin-git",
      installed: false,
      install: expect.stringContaining("kintsugi-plugin-git")
    })
  })

  it("are not asked for what is built in, whoever has taken its name there", async () => {
    const asked = await registry(200)
    const { code, err } = await world.plugin("install", "kintsugi-plugin-mcp-gateway@1.0.0")
    expect(code).toBe(1)
    expect(err).toContain("is built in, as plugin mcp-gateway")
    expect(asked).toEqual([])
  })

  it("ask the registry for packages with the keyword, and show no control characters of theirs", async () => {
    const words = {
      name: "kintsugi-plugin-words",
      version: "1.2.3",
      description: "Words.\u001b[31m",
      date: "2026-01-02T03:04:05.000Z",
      keywords: ["kintsugi-plugin"],
      maintainers: [],
      links: {}
    }
    const asked = await registry([words, { ...words, name: "other", keywords: ["words"] }])
    expect(await world.plugin("search", "count", "words")).toEqual({
      code: 0,
      out: "kintsugi-plugin-words  1.2.3  2026-01-02  Words.[31m\n".replace("[31m", ""),
      err: ""
    })
    expect(asked[0]).toMatch(/^\/-\/v1\/search\?text=keywords:kintsugi-plugin count words/)
    expect(JSON.parse((await world.plugin("search", "words", "--json")).out)).toEqual([
      { name: "kintsugi-plugin-words", version: "1.2.3", description: expect.any(String), date: "2026-01-02" }
    ])
  })

  it("say that nothing fits, and that a registry cannot search", async () => {
    await registry([])
    expect(await world.plugin("search", "words")).toEqual({
      code: 0,
      out: "",
      err: "The registry knows no plugin that fits.\n"
    })
    await registry(404)
    expect(await world.plugin("search", "words")).toMatchObject({
      code: 1,
      err: expect.stringContaining("cannot search")
    })
    world.env.npm_config_registry = "http://127.0.0.1:9/"
    expect(await world.plugin("search", "words")).toMatchObject({
      code: 1,
      err: expect.stringContaining("cannot be reached")
    })
  })
})

describe("plugin init", { timeout: 30_000 }, () => {
  const test = (folder: string): string =>
    execFileSync("npm", ["test"], { cwd: join(world.cwd, folder), env: world.env, encoding: "utf8", stdio: "pipe" })

  it("writes a plugin with a passing spec of its own, which fails when the tool is wrong, and says what is next", async () => {
    const { code, out, err } = await world.plugin("init", "my-words")
    expect(code, err).toBe(0)
    expect(out.split("\n")).toContain("my-words/index.ts")
    expect(err).toContain("kintsugi plugin install ./my-words")
    expect(test("my-words")).toMatch(/pass 2\n[^]*fail 0\n/)
    const file = join(world.cwd, "my-words/index.ts")
    writeFileSync(file, readFileSync(file, "utf8").replace(`word !== ""`, "true"))
    expect(() => test("my-words")).toThrow("Command failed")
    expect(await world.plugin("doctor", "./my-words")).toMatchObject({
      code: 1,
      out: expect.stringMatching(/✗ tool my_words_count: example 2: it gives .* and not "4"/)
    })
  })

  it("writes it in JavaScript where that is wanted, and loads as it is", async () => {
    expect((await world.plugin("init", "Words", "--javascript")).out.split("\n")).toContain("Words/index.js")
    expect(test("Words")).toMatch(/pass 2\n[^]*fail 0\n/)
    expect((await world.plugin("doctor", "./Words")).out).toMatch(
      /^Words\n {2}✓ loads: [^\n]*\n {2}✓ tool Words_count: its 2 examples hold\n$/
    )
  })

  it("gives the editor types that fit, without an install", async () => {
    await world.plugin("init", "words")
    const compiler = join(import.meta.dirname, "../../../node_modules/typescript/bin/tsc")
    const checked = () =>
      execFileSync(process.execPath, [compiler, "-p", "words"], { cwd: world.cwd, encoding: "utf8", stdio: "pipe" })
    expect(checked()).toBe("")
    const file = join(world.cwd, "words/index.ts")
    writeFileSync(file, readFileSync(file, "utf8").replace(`risk: "read"`, `risk: "none"`))
    expect(checked).toThrow("Command failed")
  })

  it("overwrites nothing, takes a folder that has other files, and refuses what is no name", async () => {
    world.write({ "words/README.md": "mine", "notes/plan.txt": "" })
    expect(await world.plugin("init", "words")).toEqual({
      code: 1,
      out: "",
      err: `kintsugi: ${world.cwd}/words has README.md already, and nothing is overwritten\n`
    })
    expect(readdirSync(join(world.cwd, "words"))).toEqual(["README.md"])
    expect(await world.plugin("init", "notes")).toMatchObject({ code: 0 })
    expect(await world.plugin("init", "a b")).toMatchObject({ code: 2, err: expect.stringContaining("--name") })
    expect(existsSync(join(world.cwd, "a b"))).toBe(false)
    expect(await world.plugin("init", "a b", "--name", "words")).toMatchObject({ code: 0 })
    expect(await world.plugin("init", "p", "--name", "plan")).toMatchObject({
      code: 2,
      err: expect.stringContaining("built-in")
    })
  })
})

describe("plugin doctor", { timeout: 30_000 }, () => {
  it("names what is wrong with each, and what to do", async () => {
    const say = (more: string) => `export default { name: "p", ${more} }`
    const tool = (name: string, more = "") =>
      `{ name: "${name}", description: "d", risk: "read", input: { type: "object" }, execute: () => "1"${more} }`
    inGlobal(
      "sound.js",
      say(`tools: [${tool("sound_one", `, examples: [{ input: {}, output: "1" }]`)}]`).replace('"p"', '"sound"')
    )
    inGlobal(
      "lame.js",
      say(`requires: ["nobody"], tools: [${tool("read_file")}, ${tool("lame_two", `, examples: [{ input: {}, output: "2" }]`)}],
      async onTurnStrat() {},
      systemPromt: () => "",
      registerCommands() { throw new Error("no commands today") }`).replace('"p"', '"lame"')
    )
    inGlobal("dead.js", "throw new Error('not today')")
    inGlobal("idle.js", say("").replace('"p"', '"lazy"'))
    chmodSync(join(world.global, "sound.js"), 0o666)
    inGlobal("node_modules/zod/package.json", `{ "version": "3.25.0" }`)
    await world.plugin("disable", "idle")
    const { code, out } = await world.plugin("doctor")
    expect(code).toBe(1)
    const [dead, idle, lame, sound] = ["dead", "idle", "lame", "sound"].map(
      (name) => new RegExp(`^${name}\n((?: {2}.*\n)*)`, "m").exec(out)?.[1]
    )
    expect(dead).toMatch(/✗ loads: .*not today/)
    expect(idle).toMatch(/- name: its code calls it lazy, its files idle/)
    expect(idle).toMatch(/- state: disabled: plugins\.disabled/)
    expect(idle).toMatch(/- zod: it brings zod 3\.25\.0/)
    expect(idle).toMatch(/- offers: it has no tool and no hook/)
    expect(lame).toMatch(/✗ hook onTurnStrat: is none \(lame\.js:2\).*onTurnStart/)
    expect(lame).toMatch(/✗ hook systemPromt: is none \(lame\.js:3\).*systemPrompt/)
    expect(lame).toMatch(/✗ registerCommands: .*no commands today/)
    expect(lame).toMatch(/✗ requires: nobody is not there/)
    expect(lame).toMatch(/✗ tool read_file: the plugin files brings/)
    expect(lame).toMatch(/✗ tool lame_two: example 1: it gives .*"1".* and not "2"/)
    expect(lame).toMatch(/- tool read_file: has no examples/)
    expect(sound).toMatch(/✗ permissions: everybody .*sound\.js/)
    expect(sound).toMatch(/✓ tool sound_one: its example holds/)
    chmodSync(join(world.global, "sound.js"), 0o644)
    const { code: fine, out: json } = await world.plugin("doctor", "sound", "--json")
    expect(fine).toBe(0)
    expect(JSON.parse(json)).toMatchObject([
      {
        plugin: "sound",
        findings: expect.arrayContaining([
          expect.objectContaining({ check: "loads", outcome: "fine" }),
          expect.objectContaining({ check: "tool sound_one" })
        ])
      }
    ])
  })

  it("runs nothing of a folder that is not trusted, unless it is named", async () => {
    here(pluginFolder("words", `throw new Error("it ran")`))
    const { code, out } = await world.plugin("doctor")
    expect(code).toBe(1)
    expect(out).toMatch(/^words\n {2}✗ found: its folder is not trusted/)
    expect(await world.plugin("doctor", "./nowhere")).toMatchObject({
      code: 1,
      err: expect.stringContaining("there is no")
    })
    expect((await world.plugin("doctor", ".kintsugi/plugins/words")).out).toContain("it ran")
  })

  it("is content with none", async () => {
    expect(await world.plugin("doctor")).toEqual({
      code: 0,
      out: "",
      err: "There is no plugin here but the built-in ones.\n"
    })
    expect(await world.plugin("doctor", "files")).toMatchObject({ code: 0, out: "files\n  ✓ found: built in\n" })
  })
})
