/** Texts that run in place of a plugin's files, and packages that were installed for it, in each place. */
import { existsSync, readFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import type { Place } from "../../../actors/hosts/host.ts"
import { folderWith, household, open, put } from "./opened.ts"
import { said, type Said } from "./said.ts"

const places: ReadonlyArray<Place> = ["in_process", "worker", "child"]

const guest = (extension: string) => {
  const [own, common] = [`part.${extension}`, extension.startsWith("c")]
  return {
    own,
    module: common
      ? `const { say } = require("./${own}")\nmodule.exports = { name: "own", systemPrompt: () => say() }`
      : `import { say } from "./${own}"\nexport default { name: "own", systemPrompt: () => say() }`,
    part: (body: string) =>
      common ? `exports.say = () => {\n  ${body}\n}` : `export const say = () => {\n  ${body}\n}`
  }
}

const one = async (...args: Parameters<typeof said>): Promise<Said | undefined> => (await said(...args))[0]

const kinds = ["ts", "mts", "cts", "js", "mjs", "cjs"]

const part = (kind: string, text: string): string => {
  const type = kind.endsWith("ts") ? ": string" : ""
  return kind.startsWith("c")
    ? `exports.say = ()${type} => ${JSON.stringify(text)}`
    : `export const say = ()${type} => ${JSON.stringify(text)}`
}

describe.each(places)("in a place that is %s", (place) => {
  it("texts run in place of files of every kind, which stay", async () => {
    const before = Object.fromEntries(kinds.map((kind) => [`part.${kind}`, part(kind, "the file")]))
    const module = `${kinds.map((kind) => `import { say as ${kind} } from "./part.${kind}"`).join("\n")}
      export default { name: "own", systemPrompt: () => [${kinds.map((kind) => `${kind}()`).join()}].join() }`
    const folder = await folderWith({ ...before, "index.mjs": module })
    const sources = new Map(kinds.map((kind) => [join(folder, `part.${kind}`), part(kind, `the .${kind} text`)]))
    const found = await one(place, { module: join(folder, "index.mjs"), sources })
    expect(found).toEqual({ text: kinds.map((kind) => `the .${kind} text`).join() })
    for (const [name, text] of Object.entries(before)) expect(readFileSync(join(folder, name), "utf8")).toBe(text)
  })

  it("a text runs in place of what is required, and of the first module", async () => {
    const folder = await folderWith({ "index.cjs": "nonsense", "part.cjs": "nonsense" })
    const module = 'const { say } = require("./part.cjs")\nmodule.exports = { name: "own", systemPrompt: () => say() }'
    const sources = new Map([
      [join(folder, "index.cjs"), module],
      [join(folder, "part.cjs"), part("cjs", "the text")]
    ])
    expect(await one(place, { module: join(folder, "index.cjs"), sources })).toEqual({ text: "the text" })
  })

  it("an error of a text tells its place in the text", async () => {
    const { own, module, part } = guest("ts")
    const folder = await folderWith({ "index.ts": module, [own]: part("") })
    const text = `type A = {\n  b: string\n}\n\n${part("const a = undefined as unknown as A; return a.b.trim()")}`
    const found = await one(place, { module: join(folder, "index.ts"), sources: new Map([[join(folder, own), text]]) })
    const lines = text.split("\n")
    const line = lines.findIndex((one) => one.includes("a.b.trim"))
    const column = (lines[line] ?? "").indexOf("b.trim") + 1
    const stack = expect.stringMatching(new RegExp(`part\\.ts(\\?kintsugi=\\d+)?:${line + 1}:${column}\\)?`))
    expect(found).toMatchObject({ error: { stack } })
  })

  it("a text knows where its file lies", async () => {
    const { own, module, part } = guest("mjs")
    const folder = await folderWith({ "index.mjs": module, [own]: part("") })
    const text = `import { fileURLToPath } from "node:url"\n${part(
      'return [import.meta.dirname, import.meta.filename, fileURLToPath(import.meta.url)].join(" ")'
    )}`
    const found = await one(place, { module: join(folder, "index.mjs"), sources: new Map([[join(folder, own), text]]) })
    expect(found).toEqual({ text: [folder, join(folder, own), join(folder, own)].join(" ") })
  })

  it("TypeScript that is more than types runs from a text, though not from the file", async () => {
    const { own, module } = guest("ts")
    const text = `enum A { B = "from an enum" }\n\nexport const say = (): A => {\n  if (Number("1") > 2) return A.B\n  throw new Error(A.B)\n}`
    const folder = await folderWith({ "index.ts": module, [own]: text })
    const sources = new Map([[join(folder, own), text]])
    const stack = expect.stringMatching(/part\.ts(\?kintsugi=\d+)?:5:9/)
    const found = await one(place, { module: join(folder, "index.ts"), sources })
    expect(found).toMatchObject({ error: { message: "from an enum", stack } })
  })

  it("a text may be a module where the file was none", async () => {
    const { own } = guest("js")
    const module = `import part from "./${own}"\nexport default { name: "own", systemPrompt: () => part() }`
    const folder = await folderWith({ "index.mjs": module, [own]: 'module.exports = () => require("x")' })
    const sources = new Map([
      [join(folder, own), 'import { sep } from "node:path"\nexport default () => `sep ${sep.length}`']
    ])
    expect(await one(place, { module: join(folder, "index.mjs"), sources })).toEqual({ text: "sep 1" })
  })

  it.each([
    ["no type", "{}"],
    ["type commonjs", '{ "type": "commonjs" }']
  ])("a file that is written as a module is one, where the package says %s", async (_, manifest) => {
    for (const kind of ["ts", "js"]) {
      const project = await folderWith({
        "package.json": manifest,
        [`plugins/index.${kind}`]: `import { definePlugin } from "kintsugi/plugin"\nimport { say } from "./part.${kind}"
          export default definePlugin({ name: "own", systemPrompt: () => say() })`,
        [`plugins/part.${kind}`]: part(kind, "a module")
      })
      const module = join(project, `plugins/index.${kind}`)
      expect([kind, await one(place, { module })]).toEqual([kind, { text: "a module" }])
      const sources = new Map([[join(project, `plugins/part.${kind}`), part(kind, "a text")]])
      expect([kind, await one(place, { module, sources })]).toEqual([kind, { text: "a text" }])
    }
  })

  it("TypeScript runs where it was installed, though Node takes no types away in there", async () => {
    const inside = "node_modules/guest"
    const project = await folderWith({
      [`${inside}/package.json`]: '{ "name": "guest", "type": "module" }',
      [`${inside}/index.ts`]: `import { say } from "./part.mts"\nexport default { name: "own", systemPrompt: (): string => say() }`,
      [`${inside}/part.mts`]: 'export const say = (): string => "typed" as const'
    })
    expect(await one(place, { module: join(project, inside, "index.ts") })).toEqual({ text: "typed" })
  })

  it("CommonJS stays what it is, with the words of a module in its texts", async () => {
    const module =
      "const text = `\nimport x from 'y'\n`\nmodule.exports = { name: 'own', systemPrompt: () => typeof require }"
    const folder = await folderWith({ "index.js": module, "package.json": "{}" })
    expect(await one(place, { module: join(folder, "index.js") })).toEqual({ text: "function" })
  })

  it("texts do not stand in place of what lies outside of the plugin's own folder", async () => {
    const outside = await folderWith({ "other.mjs": "export const say = () => 'outside'" })
    const module = `import { say } from "dep"\nexport default { name: "own", systemPrompt: () => say() }`
    const folder = await folderWith({
      "index.mjs": module,
      "node_modules/dep/package.json": '{ "name": "dep", "exports": "./index.mjs" }',
      "node_modules/dep/index.mjs": 'export const say = () => "the dependency"'
    })
    const sources = new Map([
      [join(outside, "other.mjs"), "throw 1"],
      [join(folder, "node_modules/dep/index.mjs"), 'export const say = () => "replaced"']
    ])
    expect(await one(place, { module: join(folder, "index.mjs"), sources })).toEqual({ text: "the dependency" })
  })
})

const dependency = (name: string, version: string, kind: "module" | "commonjs") => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({ name, version, type: kind, main: "./index.js" }),
  [`node_modules/${name}/index.js`]:
    kind === "module"
      ? `import { inner } from "${name}-inner"\nexport default "${version} " + inner`
      : `module.exports = "${version} " + require("${name}-inner").inner`,
  [`node_modules/${name}-inner/package.json`]: JSON.stringify({
    name: `${name}-inner`,
    version,
    type: kind,
    main: "./i.js"
  }),
  [`node_modules/${name}-inner/i.js`]: kind === "module" ? `export const inner = "in"` : `exports.inner = "in"`
})

/** A folder that is not there yet. */
const folderToBe = async (): Promise<string> => {
  const base = await mkdtemp(join(tmpdir(), "kintsugi-packages-"))
  onTestFinished(() => rm(base, { recursive: true, force: true }))
  return join(base, "deep", "own")
}

const importing = `import found from "far"\nexport default { name: "own", systemPrompt: () => found }`
const requiring = `const found = require("far")\nmodule.exports = { name: "own", systemPrompt: () => found }`

describe.each(places)("what was installed for a plugin, in a place that is %s", (place) => {
  it.each([
    ["imported", "index.mjs", importing, "module"],
    ["required", "index.cjs", requiring, "commonjs"]
  ] as const)("is found when it is %s, with what it needs itself", async (_, name, module, kind) => {
    const folder = await folderWith({ [name]: module })
    const packages = await folderToBe()
    await put(packages, dependency("far", "1.2.3", kind))
    expect(await one(place, { module: join(folder, name), packages })).toEqual({ text: "1.2.3 in" })
  })

  it("comes after what the plugin has beside it", async () => {
    const folder = await folderWith({ "index.mjs": importing, ...dependency("far", "1.0.0", "module") })
    const packages = await folderToBe()
    await put(packages, dependency("far", "2.0.0", "module"))
    expect(await one(place, { module: join(folder, "index.mjs"), packages })).toEqual({ text: "1.0.0 in" })
  })

  it("A14: is each plugin's own", async () => {
    const modules = [1, 2].map(async (major) => {
      const folder = await folderWith({ "index.mjs": importing })
      const packages = await folderToBe()
      await put(packages, dependency("far", `${major}.0.0`, "module"))
      return { module: join(folder, "index.mjs"), packages }
    })
    const found = await said(place, ...(await Promise.all(modules)))
    expect(found).toEqual([{ text: "1.0.0 in" }, { text: "2.0.0 in" }])
  })

  it("is for the plugin's own files, not for its dependencies'", async () => {
    const folder = await folderWith({
      "index.mjs": `import found from "near"\nexport default { name: "own", systemPrompt: () => found }`,
      "node_modules/near/package.json": '{ "name": "near", "exports": "./i.mjs" }',
      "node_modules/near/i.mjs": 'export { default } from "far"'
    })
    const packages = await folderToBe()
    await put(packages, dependency("far", "1.0.0", "module"))
    const found = await one(place, { module: join(folder, "index.mjs"), packages })
    expect(found).toMatchObject({ error: { message: expect.stringContaining("far") } })
  })
})

it("what is installed after a child has begun can be read by it", async () => {
  const module = `export default { name: "own", systemPrompt: async () => (await import("far")).default }`
  const folder = await folderWith({ "index.mjs": module })
  const packages = await folderToBe()
  expect(existsSync(packages)).toBe(false)
  const { host } = await open(await household(), "child", join(folder, "index.mjs"), { packages })
  const say = async () => host.plugin.systemPrompt?.({ session: "s", cwd: "." })
  await expect(say()).rejects.toThrow(/far/)
  await put(packages, dependency("far", "1.2.3", "module"))
  expect(await say()).toBe("1.2.3 in")
})
