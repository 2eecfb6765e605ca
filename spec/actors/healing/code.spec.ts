/** Which files are a plugin's own, and what is in them. */
import { linkSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { codeOf } from "../../../actors/healing/code.ts"
import { folderWith } from "../hosts/opened.ts"

const manifest = JSON.stringify({ name: "p", kintsugi: {}, dependencies: { semver: "^7" } })

describe("a plugin's code", () => {
  it("is its files of code, near ones first, nothing of its dependencies", async () => {
    const root = await folderWith({
      "package.json": manifest,
      "src/index.ts": "export default 1",
      "src/deep/a.mts": "",
      "b.cjs": "",
      "types.d.ts": "",
      "readme.md": "",
      "node_modules/dep/index.js": "",
      ".hidden/c.js": ""
    })
    const code = codeOf({ module: join(root, "src/index.ts") })
    expect(code).toMatchObject({ root, module: join(root, "src/index.ts") })
    expect(code.files()).toEqual(["b.cjs", "src/index.ts", "src/deep/a.mts"].map((name) => join(root, name)))
    expect(code.manifest()).toMatchObject({ dependencies: { semver: "^7" } })
  })

  it("is read as it runs: with the texts in place of files, and as it is on the disk now", async () => {
    const root = await folderWith({ "index.mjs": "before", "part.mjs": "part" })
    const module = join(root, "index.mjs")
    const code = codeOf({ module, sources: new Map([[join(root, "part.mjs"), "mended"]]) })
    expect([code.read(module), code.read(join(root, "part.mjs"))]).toEqual(["before", "mended"])
    writeFileSync(module, "after")
    expect(code.read(module)).toBe("after")
    expect(code.manifest()).toBeUndefined()
  })

  it("A19: is nothing outside: no link, no other name, no other file", async () => {
    const outside = await folderWith({ "core.ts": "core", "hard.ts": "hard" })
    const root = await folderWith({ "package.json": manifest, "index.ts": "own", "node_modules/d/i.js": "dep" })
    symlinkSync(join(outside, "core.ts"), join(root, "linked.ts"))
    symlinkSync(outside, join(root, "folder"))
    linkSync(join(outside, "hard.ts"), join(root, "hard.ts"))
    const sources = new Map([
      [join(outside, "core.ts"), "text"],
      [join(root, "linked.ts"), "text"]
    ])
    const code = codeOf({ module: join(root, "index.ts"), sources })
    expect(code.files()).not.toContain(join(root, "linked.ts"))
    const asked = ["linked.ts", "folder/core.ts", "hard.ts", "none.ts", "node_modules/d/i.js", "../x.ts"]
    for (const path of [...asked.map((name) => join(root, name)), join(outside, "core.ts"), `${root}/x/../index.ts`])
      expect([path, code.read(path)]).toEqual([path, undefined])
  })

  it("is not another plugin that lies beside it, but what both import is", async () => {
    const plugin = (name: string) => `export default { name: "${name}", tools: [] }`
    const root = await folderWith({
      "one.ts": plugin("one"),
      "two.ts": plugin("two"),
      "shared.ts": "export const x = 1"
    })
    const code = codeOf({ module: join(root, "one.ts") })
    expect(code.files()).toEqual(["one.ts", "shared.ts"].map((name) => join(root, name)))
    expect(code.read(join(root, "two.ts"))).toBeUndefined()
  })

  it("of an installed package is that package alone", async () => {
    const base = await folderWith({
      "node_modules/@own/plugin/dist/index.js": "x",
      "node_modules/@own/plugin/package.json": manifest,
      "node_modules/@own/plugin/node_modules/dep/index.js": "dep",
      "node_modules/other/index.js": "other"
    })
    const root = join(base, "node_modules/@own/plugin")
    const code = codeOf({ module: join(root, "dist/index.js") })
    expect(code).toMatchObject({ root })
    expect(code.files()).toEqual([join(root, "dist/index.js")])
    expect(code.read(join(base, "node_modules/other/index.js"))).toBeUndefined()
  })

  it("has limits: files, and the size of one", async () => {
    const many = Object.fromEntries(Array.from({ length: 510 }, (_, n) => [`f${n}.js`, ""]))
    const root = await folderWith({
      "package.json": manifest,
      "index.js": "x",
      "z.js": "x".repeat(2 * 1024 * 1024 + 1),
      ...many
    })
    const code = codeOf({ module: join(root, "index.js") })
    expect(code.files()).toHaveLength(500)
    expect(code.read(join(root, "z.js"))).toBeUndefined()
  })
})
