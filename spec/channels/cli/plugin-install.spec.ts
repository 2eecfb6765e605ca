/** Plugins come and go by the real npm, from a registry on this machine, from git, tarballs and folders. */
import { execFileSync } from "node:child_process"
import { once } from "node:events"
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { createServer } from "node:http"
import { type AddressInfo } from "node:net"
import { dirname, join } from "node:path"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { integrityOf, type Published } from "../../../channels/cli/demo/registry.ts"
import { begin } from "../../program.ts"
import { oneTool, pluginFolder, pluginPackage, pluginWorld, type PluginWorld } from "./plugin-world.ts"

const wrong = `sha512-${Buffer.alloc(64).toString("base64")}`
const words = [pluginPackage("words", "1.0.0"), pluginPackage("words", "1.1.0"), pluginPackage("words", "2.0.0")]
const shelf: ReadonlyArray<Published> = [
  ...words,
  pluginPackage("rhymes", "1.0.0", {
    files: { "index.js": `import "left-pad"\n${oneTool("rhymes")}` },
    manifest: { dependencies: { "left-pad": "^1.0.0" }, scripts: { postinstall: "node -e 'process.exit(1)'" } }
  }),
  { name: "left-pad", version: "1.3.0", files: { "index.js": "module.exports = 1" } },
  pluginPackage("mute", "1.0.0", { files: { "index.js": `import "nothing-of-the-kind"\n${oneTool("mute")}` } }),
  pluginPackage("forged", "1.0.0", { integrity: wrong }),
  pluginPackage("typed", "1.0.0", {
    files: { "index.ts": `const name: string = "typed"\nexport default { name }` },
    manifest: { kintsugi: { plugin: "./index.ts" } }
  }),
  pluginPackage("files", "1.0.0"),
  pluginPackage("unbuilt", "1.0.0", { manifest: { kintsugi: { plugin: "./dist/index.js" } } }),
  pluginPackage("native", "1.0.0", {
    files: { "index.js": `process.dlopen({ exports: {} }, "/nowhere/x.node")\n${oneTool("native")}` }
  })
]

let world: PluginWorld
beforeAll(async () => {
  world = await pluginWorld(shelf)
})
afterAll(() => world.remove())

const dependencies = (folder: string): unknown =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).dependencies
const lockOf = (folder: string, name: string): unknown =>
  JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")).packages[`node_modules/${name}`]
/** All that lies there, links and npm's own notes included; nothing beside it. */
const contents = (folder: string): ReadonlyArray<string> => {
  const parent = dirname(folder)
  if (!existsSync(parent)) return []
  return readdirSync(parent, { recursive: true, encoding: "utf8" }).toSorted()
}

describe("plugin install", { timeout: 40_000 }, () => {
  afterEach(() => {
    for (const folder of [world.global, world.local]) rmSync(folder, { recursive: true, force: true })
  })

  it("takes a name: the newest version, recorded exactly and with its checksum; then another version, then the newest again", async () => {
    const { code, out, err } = await world.plugin("install", "kintsugi-plugin-words@1.0.0")
    expect({ code, err }).toEqual({ code: 0, err: "npm installs kintsugi-plugin-words@1.0.0 …\n" })
    expect(out).toMatch(/^installed words 1\.0\.0 \(kintsugi-plugin-words\)\n {2}tools: words_say \(read\)\n/)
    expect(dependencies(world.global)).toEqual({ "kintsugi-plugin-words": "1.0.0" })
    expect(lockOf(world.global, "kintsugi-plugin-words")).toMatchObject({
      integrity: integrityOf(words[0] as Published)
    })
    expect((await world.plugin("install", "kintsugi-plugin-words@^1.0.0")).out).toContain("words 1.1.0")
    expect(dependencies(world.global)).toEqual({ "kintsugi-plugin-words": "1.1.0" })
    const { out: json } = await world.plugin("update", "words", "--json")
    expect(JSON.parse(json)).toMatchObject({
      folder: world.global,
      installed: [
        {
          package: "kintsugi-plugin-words",
          version: "2.0.0",
          plugin: "words",
          state: "healthy",
          tools: [{ name: "words_say", risk: "read" }]
        }
      ]
    })
    expect(lockOf(world.global, "kintsugi-plugin-words")).toMatchObject({
      integrity: integrityOf(words[2] as Published)
    })
    // What it brings is known from then on, without loading it.
    expect((await world.plugin("list")).out).toMatch(/^words +npm +2\.0\.0 +healthy +words_say$/m)
  })

  it("takes several at once, TypeScript among them, with what they need, and runs no script of theirs", async () => {
    const { code, err } = await world.plugin("install", "kintsugi-plugin-typed", "kintsugi-plugin-rhymes")
    expect(code, err).toBe(0)
    expect(dependencies(world.global)).toEqual({ "kintsugi-plugin-rhymes": "1.0.0", "kintsugi-plugin-typed": "1.0.0" })
    expect(err).toContain("Not run: the install scripts of kintsugi-plugin-rhymes.")
  })

  it("takes a folder, whose edits count, a tarball and a git repository, by paths from here", async () => {
    world.write(pluginFolder("here"))
    expect((await world.plugin("install", "./here")).out).toContain(
      `linked: what is edited in ${world.cwd}/here counts`
    )
    expect(realpathSync(join(world.global, "node_modules/kintsugi-plugin-here"))).toBe(join(world.cwd, "here"))
    expect((await world.plugin("list")).out).toMatch(/^here .* here_say$/m)

    world.write(pluginFolder("packed"))
    execFileSync("npm", ["pack", "--silent", "./packed"], { cwd: world.cwd, env: world.env })
    const tarball = "kintsugi-plugin-packed-1.0.0.tgz"
    expect((await world.plugin("install", tarball)).out).toMatch(/installed packed 1\.0\.0[^]*integrity: sha512-/)

    const scripts = { prepare: "touch ../prepared", postinstall: "touch ../prepared" }
    world.write(pluginFolder("kept", oneTool("kept"), { scripts }))
    const git = (...words: ReadonlyArray<string>) =>
      execFileSync("git", ["-C", join(world.cwd, "kept"), "-c", "user.name=a", "-c", "user.email=a@b.c", ...words], {
        stdio: "ignore"
      })
    git("init")
    git("add", ".")
    git("commit", "-m", "first")
    const { code, err } = await world.plugin("install", `git+file://${world.cwd}/kept`)
    expect(code, err).toBe(0)
    expect(lockOf(world.global, "kintsugi-plugin-kept")).toMatchObject({
      resolved: expect.stringMatching(/#[0-9a-f]{40}$/)
    })
    expect(existsSync(join(world.cwd, "prepared"))).toBe(false)
    // What was there before is there still.
    expect(Object.keys(dependencies(world.global) as object)).toHaveLength(3)
  })

  it.each([
    ["a package that is not there", ["surely-nobody"], /the registry does not have it.*\(E404\)/],
    ["a version that is not there", ["kintsugi-plugin-words@9"], /no such version \(ETARGET\)/],
    ["no plugin", ["left-pad"], /left-pad is no plugin: its package\.json has no "kintsugi"/],
    [
      "one that does not load",
      ["kintsugi-plugin-mute"],
      /Cannot find package 'nothing-of-the-kind'.*must stand in its dependencies/
    ],
    [
      "one that loads native code",
      ["kintsugi-plugin-native"],
      /native code, which a child may not; plugins\.isolation: worker/
    ],
    ["one that is not built", ["kintsugi-plugin-unbuilt"], /dist\/index\.js is not there; it would have to be built/],
    ["what does not match its checksum", ["kintsugi-plugin-forged"], /does not match its checksum/],
    ["a git repository that is not there", ["git+file:///nowhere/at-all"], /git cannot fetch it: .*nowhere/]
  ])("of %s leaves nothing behind, and says why", async (_, specs, why) => {
    const before = contents(world.global)
    const { code, out, err } = await world.plugin("install", ...specs)
    expect({ code, out }).toEqual({ code: 1, out: "" })
    expect(err).toMatch(why)
    expect(err).toMatch(/; nothing was installed$/m)
    expect(err).not.toContain(".new-")
    expect(contents(world.global)).toEqual(before)
  })

  it("leaves what was there as it was when the next one fails", async () => {
    await world.plugin("install", "kintsugi-plugin-words@1.0.0")
    const before = contents(world.global)
    const lock = readFileSync(join(world.global, "package-lock.json"), "utf8")
    expect((await world.plugin("install", "kintsugi-plugin-words@2.0.0", "kintsugi-plugin-mute")).code).toBe(1)
    expect(contents(world.global)).toEqual(before)
    expect(readFileSync(join(world.global, "package-lock.json"), "utf8")).toBe(lock)
    expect((await world.plugin("list")).out).toMatch(/^words +npm +1\.0\.0/m)
  })

  it.each([
    ["Foo Bar", 2, /no name of a package/],
    ["", 2, /nothing to install/],
    ["./nowhere", 1, /there is no .*nowhere/],
    ["nowhere.tgz", 1, /there is no .*nowhere\.tgz/],
    ["./bare", 1, /has no package\.json/]
  ])("does not even ask npm for %j", async (spec, code, why) => {
    mkdirSync(join(world.cwd, "bare"), { recursive: true })
    const requests = world.registry.requests.length
    const ran = await world.plugin("install", spec)
    expect(ran).toMatchObject({ code, err: expect.stringMatching(why) })
    expect(world.registry.requests).toHaveLength(requests)
  })

  it("says of a folder that has not been built that it must be", async () => {
    world.write(pluginFolder("raw", "", { kintsugi: { plugin: "./dist/index.js" } }))
    const { code, err } = await world.plugin("install", "./raw")
    expect({ code, err }).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /its entry \.\/dist\/index\.js is not there; build it first .*npm run --prefix .*raw build/
      )
    })
  })

  it("tells of a name that is taken: by a plugin of a higher tier, by a tool of another", async () => {
    world.write(pluginFolder("double", oneTool("double", "read_file")))
    expect((await world.plugin("install", "./double")).err).toContain("double and files both bring read_file")
    expect((await world.plugin("install", "kintsugi-plugin-files")).err).toMatch(/^files is shadowed: .*built-in/m)
  })

  it("of a folder's own counts there only, when the folder is trusted, and can be brought back from its lock", async () => {
    const { code, err } = await world.plugin("install", "--local", "kintsugi-plugin-words@1.0.0")
    expect(code, err).toBe(0)
    expect(err).toContain("This folder is not trusted, so its plugins are not run; to trust it: kintsugi trust")
    expect((await world.plugin("list")).out).toMatch(/^words +npm +1\.0\.0 +untrusted/m)
    expect(await world.plugin("install", "--local")).toMatchObject({
      code: 1,
      err: expect.stringContaining("is not trusted")
    })
    // Its lock would say where a plugin's own dependencies come from.
    expect(await world.plugin("install", "--local", "kintsugi-plugin-rhymes")).toMatchObject({
      code: 1,
      err: expect.stringContaining("is not trusted")
    })
    await world.kintsugi("trust")
    rmSync(join(world.local, "node_modules"), { recursive: true })
    expect((await world.plugin("list")).out).toMatch(/^words +npm +broken/m)
    expect(await world.plugin("install", "--local")).toMatchObject({
      code: 0,
      out: expect.stringContaining("installed words 1.0.0")
    })
    expect((await world.plugin("list")).out).toMatch(/^words +npm +1\.0\.0 +healthy/m)
    await world.kintsugi("trust", "--revoke")
  })

  it("does not follow a folder's own link to elsewhere", async () => {
    const elsewhere = join(dirname(world.cwd), "elsewhere")
    mkdirSync(elsewhere)
    mkdirSync(join(world.cwd, ".kintsugi"), { recursive: true })
    symlinkSync(elsewhere, world.local)
    const ran = await world.plugin("install", "--local", "kintsugi-plugin-words")
    rmSync(world.local)
    expect(ran).toMatchObject({ code: 1, err: expect.stringContaining("leads out of this folder") })
    expect(readdirSync(elsewhere)).toEqual([])
  })
})

describe("plugin uninstall", { timeout: 40_000 }, () => {
  it("takes the name of the plugin or of the package, of several folders the one that is said, and leaves nothing", async () => {
    await world.plugin("install", "kintsugi-plugin-words", "kintsugi-plugin-rhymes")
    await world.plugin("install", "--local", "kintsugi-plugin-words")
    expect(await world.plugin("uninstall", "words")).toMatchObject({
      code: 2,
      err: expect.stringContaining("--global or --local")
    })
    expect(await world.plugin("uninstall", "words", "--global")).toMatchObject({ code: 0 })
    expect(dependencies(world.global)).toEqual({ "kintsugi-plugin-rhymes": "1.0.0" })
    expect(await world.plugin("uninstall", "words", "kintsugi-plugin-rhymes")).toMatchObject({ code: 0 })
    expect([existsSync(world.global), existsSync(world.local)]).toEqual([false, false])
  })

  it("says what it is of what npm has not installed", async () => {
    writeFileSync(join(world.cwd, "words.js"), "")
    expect((await world.plugin("uninstall", "plan")).err).toContain(
      "plan is built in; turn it off with: kintsugi plugin disable plan"
    )
    expect((await world.plugin("uninstall", "nobody")).err).toContain("nobody is not installed")
    mkdirSync(world.global, { recursive: true })
    writeFileSync(join(world.global, "lone.js"), oneTool("lone"))
    expect((await world.plugin("uninstall", "lone")).err).toContain(`it lies in ${world.global}`)
    rmSync(world.global, { recursive: true })
  })
})

describe("an install that is ended half way", { timeout: 40_000 }, () => {
  /** A registry that never answers. */
  const silent = async () => {
    const server = createServer(() => {}).listen(0, "127.0.0.1")
    await once(server, "listening")
    const asked = once(server, "request")
    const { port } = server.address() as AddressInfo
    return { asked, url: `http://127.0.0.1:${port}/`, close: () => server.closeAllConnections() ?? server.close() }
  }

  it.each(["SIGINT", "SIGKILL"] as const)(
    "by %s leaves nothing that the next command does not clear away",
    async (signal) => {
      const registry = await silent()
      const place = { cwd: world.cwd, home: "", env: { ...world.env, npm_config_registry: registry.url } }
      const { child, ended } = begin({ ...place, [Symbol.asyncDispose]: async () => {} }, [
        "plugin",
        "install",
        "kintsugi-plugin-words"
      ])
      await registry.asked
      child.kill(signal)
      const { code, stderr } = await ended
      registry.close()
      if (signal === "SIGINT")
        expect({ code, stderr }).toMatchObject({ code: 130, stderr: expect.stringContaining("interrupted") })
      else expect(readdirSync(dirname(world.global))).toEqual([expect.stringMatching(/^plugins\.new-/)])
      expect(existsSync(world.global)).toBe(false)
      expect(await world.plugin("install", "kintsugi-plugin-words")).toMatchObject({ code: 0 })
      expect(readdirSync(dirname(world.global))).toEqual(["plugins"])
      await world.plugin("uninstall", "words")
    }
  )
})
