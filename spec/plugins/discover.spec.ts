/** Plugins found on disk: where, under which name, in which order; and whatever cannot be one, with its reason. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { discover, projectFinds } from "../../plugins/discover.ts"

let base = ""
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-discover-")))
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

/** Files by path; an object is written as JSON. */
const write = (files: Readonly<Record<string, string | object>>) => {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(base, path)), { recursive: true })
    writeFileSync(join(base, path), typeof content === "string" ? content : JSON.stringify(content))
  }
}

const look = (trusted = true) => discover({ cwd: join(base, "project"), config: join(base, "config"), trusted })
const local = "project/.kintsugi/plugins"
const user = "config/plugins"
const code = "export default { name: 'x' }"
const short = () => look().map(({ name, tier, state }) => `${tier} ${name} ${state}`)

/** A package in a plugins folder, as npm leaves it. */
const installed = (folder: string, name: string, manifest: object, entry = "index.js") => ({
  [`${folder}/node_modules/${name}/package.json`]: { name, version: "1.2.3", ...manifest },
  [`${folder}/node_modules/${name}/${entry}`]: code
})

describe("what is found", () => {
  it("is nothing where there is nothing", () => expect(look()).toEqual([]))

  it("stands in the order of loading: project, user, packages of either", () => {
    const entry = { kintsugi: { plugin: "./index.js" } }
    write({
      [`${local}/words.ts`]: code,
      [`${local}/tidy/index.mjs`]: code,
      [`${user}/words.js`]: code,
      [`${local}/package.json`]: { dependencies: { "kintsugi-plugin-git": "1.0.0", "left-pad": "1.0.0" } },
      ...installed(local, "kintsugi-plugin-git", entry),
      ...installed(local, "left-pad", {}),
      ...installed(local, "kintsugi-plugin-hidden", entry),
      [`${user}/package.json`]: { dependencies: { "@me/kintsugi-plugin-mine": "1.0.0" } },
      ...installed(user, "@me/kintsugi-plugin-mine", entry)
    })
    expect(short()).toEqual([
      "local tidy found",
      "local words found",
      "global words found",
      "npm git found",
      "npm mine found"
    ])
    expect(look().at(-1)).toEqual({
      name: "mine",
      tier: "npm",
      path: join(base, user, "node_modules/@me/kintsugi-plugin-mine"),
      module: join(base, user, "node_modules/@me/kintsugi-plugin-mine/index.js"),
      package: "@me/kintsugi-plugin-mine",
      version: "1.2.3",
      hooks: [],
      state: "found",
      reason: ""
    })
  })

  it("is told by its package.json: name, version, description, hooks, entry", () => {
    const about = { name: "@me/kintsugi-plugin-gate", version: "2.0.0", description: "Keeps\u001b[31m \nthe gate." }
    const kintsugi = { plugin: "lib/main.js", name: "gate-2", hooks: ["beforeToolExecute", 7] }
    write({ [`${user}/some/package.json`]: { ...about, kintsugi }, [`${user}/some/lib/main.js`]: code })
    expect(look()).toMatchObject([
      {
        name: "gate-2",
        version: "2.0.0",
        description: "Keeps the gate.",
        hooks: ["beforeToolExecute"],
        module: join(base, user, "some/lib/main.js")
      }
    ])
  })

  it("is called like its package, its folder or its file", () => {
    write({
      [`${user}/a/package.json`]: { name: "@me/kintsugi-plugin-alpha", kintsugi: { plugin: "index.ts" } },
      [`${user}/a/index.ts`]: code,
      [`${user}/beta/index.ts`]: code,
      [`${user}/gamma.mjs`]: code
    })
    expect(look().map(({ name }) => name)).toEqual(["alpha", "beta", "gamma"])
  })

  it("is no helper, no declaration, no spec, nothing hidden", () => {
    const names = ["_lib.ts", ".hidden.ts", "words.d.ts", "words.spec.ts", "words.test.js", "notes.md", "package.json"]
    write({ ...Object.fromEntries(names.map((name) => [`${user}/${name}`, "{}"])), [`${user}/_lib/index.ts`]: code })
    expect(look()).toEqual([])
  })

  it("of a folder that is not trusted is told, and marked", () => {
    write({
      [`${local}/words.ts`]: code,
      [`${local}/package.json`]: { dependencies: { one: "1" } },
      ...installed(local, "one", { kintsugi: { plugin: "index.js" } }),
      [`${user}/mine.ts`]: code
    })
    const states = look(false).map(({ name, state }) => `${name} ${state}`)
    expect(states).toEqual(["words untrusted", "mine found", "one untrusted"])
    expect(look(false)[0]?.reason).toContain("kintsugi trust")
    expect(projectFinds(join(base, "project")).map(({ name }) => name)).toEqual(["words", "one"])
  })

  it("may be a folder that is linked", () => {
    write({ "elsewhere/index.ts": code, [`${user}/.keep`]: "" })
    symlinkSync(join(base, "elsewhere"), join(base, user, "linked"))
    expect(look()).toMatchObject([{ name: "linked", module: join(base, "elsewhere/index.ts"), state: "found" }])
  })
})

describe("what cannot be a plugin is told as broken:", () => {
  const brokenBy = (files: Readonly<Record<string, string | object>>) => {
    write(files)
    const all = look()
    for (const { state, module } of all) expect([state, module]).toEqual(["broken", undefined])
    return all.map(({ name, reason }) => `${name}: ${reason}`)
  }

  it.each<[string, Readonly<Record<string, string | object>>, RegExp]>([
    [
      "a package.json that is no JSON",
      { [`${user}/a/package.json`]: "{ no", [`${user}/a/index.ts`]: code },
      /^a: .*not JSON/
    ],
    [
      "an entry that is no text",
      { [`${user}/a/package.json`]: { kintsugi: { plugin: 7 } } },
      /^a: kintsugi.plugin .*path/
    ],
    ["a name that is no text", { [`${user}/a/package.json`]: { kintsugi: { name: {} } } }, /^a: kintsugi.name/],
    [
      "an entry that is not there",
      { [`${user}/a/package.json`]: { kintsugi: { plugin: "b.js" } } },
      /^a: .*b\.js is not there/
    ],
    [
      "an entry above",
      { [`${user}/a/package.json`]: { kintsugi: { plugin: "../b.js" } }, [`${user}/_/b.js`]: "" },
      /^a: .*outside/
    ],
    ["an absolute entry", { [`${user}/a/package.json`]: { kintsugi: { plugin: "/etc/passwd" } } }, /^a: .*outside/],
    [
      "an entry that is a folder",
      { [`${user}/a/package.json`]: { kintsugi: { plugin: "lib" } }, [`${user}/a/lib/x`]: "" },
      /^a: .*not a file/
    ],
    [
      "an entry that is the folder itself",
      { [`${user}/a/package.json`]: { kintsugi: { plugin: "." } } },
      /^a: .*outside/
    ],
    ["a folder without any", { [`${user}/a/readme.md`]: "hello" }, /^a: it has no index.ts/],
    ["a name that cannot be one", { [`${user}/my words.ts`]: code }, /^my_words: "my words" is no name/],
    [
      "a dependency that is not installed",
      { [`${user}/package.json`]: { dependencies: { gone: "1" } } },
      /^gone: .*kintsugi plugin install/
    ],
    [
      "a dependency that leads away",
      { [`${user}/package.json`]: { dependencies: { "../../x": "1" } } },
      /no name of a package/
    ],
    ["a list of packages that is no JSON", { [`${user}/package.json`]: "[" }, /^package_json: .*not JSON/]
  ])("%s", (_, files, expected) => {
    const all = brokenBy(files)
    expect(all).toHaveLength(1)
    expect(all[0]).toMatch(expected)
  })

  it("a file that is linked from elsewhere, and a link that leads nowhere", () => {
    write({ "elsewhere/x.ts": code, [`${user}/.keep`]: "" })
    symlinkSync(join(base, "elsewhere/x.ts"), join(base, user, "away.ts"))
    symlinkSync(join(base, "nowhere.ts"), join(base, user, "lost.ts"))
    const [away, lost] = look()
    expect(away).toMatchObject({ name: "away", state: "broken", reason: expect.stringContaining("elsewhere/x.ts") })
    expect(lost).toMatchObject({ name: "lost", state: "broken", reason: expect.stringContaining("is not there") })
  })

  it("an entry that is linked out of its package", () => {
    write({ "secret.js": code, [`${user}/a/package.json`]: { kintsugi: { plugin: "b.js" } } })
    symlinkSync(join(base, "secret.js"), join(base, user, "a/b.js"))
    expect(look()).toMatchObject([{ name: "a", state: "broken", reason: expect.stringContaining("secret.js") }])
  })

  it("a folder of plugins that is a file, and one with more than anybody looks at", () => {
    write({ "config/plugins": "not a folder" })
    expect(look()).toMatchObject([{ state: "broken", path: join(base, user) }])
    mkdirSync(join(base, local), { recursive: true })
    for (let n = 0; n < 600; n++) writeFileSync(join(base, local, `p${n}.ts`), "")
    const found = look().filter(({ tier }) => tier === "local")
    expect(found).toHaveLength(501)
    expect(found.at(-1)).toMatchObject({ state: "broken", reason: expect.stringContaining("600 entries") })
  })

  it("a folder that cannot be read, because it is a link to itself", () => {
    mkdirSync(join(base, "config"), { recursive: true })
    symlinkSync("plugins", join(base, user))
    expect(look()[0]).toMatchObject({ state: "broken", reason: expect.stringContaining("ELOOP") })
  })
})

it("whatever a package.json holds, it is told in one sound line and nothing is thrown", () => {
  const odd = fc.oneof(fc.jsonValue(), fc.record({ plugin: fc.string(), name: fc.string(), hooks: fc.jsonValue() }))
  const text = fc.string({ unit: "binary" })
  const manifest = fc.record({ name: fc.oneof(text, fc.jsonValue()), description: text, version: text, kintsugi: odd })
  fc.assert(
    fc.property(fc.oneof(manifest, fc.jsonValue()), (value) => {
      write({ [`${user}/some/package.json`]: JSON.stringify(value), [`${user}/some/index.js`]: code })
      const [found] = look()
      expect(look()).toHaveLength(1)
      expect(found?.name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/)
      expect([found?.reason, found?.description, found?.version].join("")).not.toMatch(/[\p{Cc}\u202e]/u)
      expect(found?.module === undefined).toBe(found?.state === "broken")
    }),
    { numRuns: 150 }
  )
})

describe("a plugin without code", () => {
  const claude = ".claude-plugin/plugin.json"

  it("is a folder with a manifest of Claude Code, or with what such plugins bring", () => {
    write({
      [`${user}/deploy/${claude}`]: { name: "deploy-tools", version: "1.2.0", description: "Deploys\u001b[1m.\n" },
      [`${user}/notes/skills/note/SKILL.md`]: "x",
      [`${user}/dotted/${claude}`]: { name: "my.plugin" },
      [`${user}/nameless/${claude}`]: {}
    })
    expect(look()).toEqual([
      {
        name: "deploy-tools",
        tier: "global",
        path: join(base, user, "deploy"),
        version: "1.2.0",
        description: "Deploys.",
        hooks: [],
        state: "found",
        reason: ""
      },
      expect.objectContaining({ name: "my-plugin", state: "found" }),
      expect.objectContaining({ name: "nameless", state: "found" }),
      expect.objectContaining({ name: "notes", state: "found" })
    ])
    expect(look().some((one) => "module" in one)).toBe(false)
  })

  it("has no code even when an index lies in it, a server's perhaps, unless its package.json says so", () => {
    write({ [`${user}/one/${claude}`]: { name: "one" }, [`${user}/one/index.js`]: code })
    expect(look()[0]).not.toHaveProperty("module")
    write({ [`${user}/one/package.json`]: { kintsugi: { plugin: "./index.js" } } })
    expect(look()[0]).toMatchObject({ module: join(base, user, "one/index.js"), state: "found" })
  })

  it("in a folder that is not trusted is told, and marked", () => {
    write({ [`${local}/one/${claude}`]: { name: "one" } })
    expect(look(false)).toMatchObject([{ name: "one", state: "untrusted", reason: expect.stringContaining("trust") }])
  })

  it.each<[string, object | string, RegExp]>([
    ["that is no JSON", "{", /plugin\.json is not JSON/],
    ["whose name has a blank", { name: "a b" }, /may have no blank/],
    ["whose name leads elsewhere", { name: "../x" }, /may have no blank/],
    ["whose name is no text", { name: 7 }, /must be a text/]
  ])("with a manifest %s is broken, with the reason", (_, manifest, reason) => {
    write({ [`${user}/one/${claude}`]: manifest })
    expect(look()).toMatchObject([{ name: "one", state: "broken", reason: expect.stringMatching(reason), hooks: [] }])
  })

  it("that cannot be read and may guard is taken for one that was promised to", () => {
    write({
      [`${user}/one/${claude}`]: "{",
      [`${user}/one/hooks/hooks.json`]: { hooks: { PreToolUse: [] } },
      [`${user}/two/${claude}`]: `{"hooks": {"PreToolUse": `,
      [`${user}/two/hooks/hooks.json`]: "{}"
    })
    expect(look().map(({ state, hooks }) => [state, hooks])).toEqual([
      ["broken", ["beforeToolExecute"]],
      ["broken", ["beforeToolExecute"]]
    ])
  })
})
