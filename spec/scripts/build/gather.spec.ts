/** What is loaded together lies in one file, and does what it did. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, dirname, join, relative } from "node:path"
import { pathToFileURL } from "node:url"
import { build } from "esbuild"
import { afterEach, beforeEach, expect, it } from "vitest"
import { gather, type Groups } from "../../../scripts/build/gather.ts"

/** Whatever is shared by doors is a piece of its own where code is split. */
const sources = {
  "bin.js": `export const begin = async () => {
  const early = (await import("./early.js")).early
  return [early, ...(await (await import("./door.js")).open())]
}`,
  "early.js": `export const early = "early"`,
  "shared.js": `export const seen = []
export const see = (who) => [...seen, seen.push(who)]`,
  "words.js": `export const say = (word) => word + "!"`,
  "near.js": `import { see } from "./shared.js"
import { say } from "./words.js"
export default () => see(say("near"))`,
  "late.js": `import { see } from "./shared.js"
import { say } from "./words.js"
export const late = async () => (see(say("late")), (await import("./door.js")).again())`,
  "door.js": `import { see, seen } from "./shared.js"
export const again = () => (see("again"), seen)
export const open = async () => {
  see("open")
  ;(await import("./near.js")).default()
  return (await import("./late.js")).late()
}`
}

const banner = "globalThis.beforeEachPiece=1;"
let folder = ""
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "kintsugi-gather-")))
  await Promise.all(Object.entries(sources).map(([name, text]) => writeFile(join(folder, name), text)))
})
afterEach(() => rm(folder, { recursive: true }))

const gathered = async (groups: Groups) => {
  const options = { format: "esm", platform: "node", minify: true } as const
  const { metafile, outputFiles } = await build({
    ...options,
    absWorkingDir: folder,
    entryPoints: { main: "bin.js" },
    outdir: "out",
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    banner: { js: banner }
  })
  const texts = new Map(outputFiles.map(({ path, text }) => [relative(folder, path), text]))
  const pieces = { outputs: metafile.outputs, texts, entry: "out/main.js", banner }
  return { texts, files: await gather(pieces, groups, ["early.js"], options) }
}

const nameOf = (path: string): string => basename(path).replace(/-[A-Z0-9]+\.js$/, "")

it("makes one file of what is loaded together, and what is shared is there once", async () => {
  const { texts, files } = await gathered({ session: ["early.js", "door.js", "near.js"] })
  expect([...files.keys()].map(nameOf).toSorted()).toEqual(["early", "late", "main.js", "session.js"])
  expect(files.size).toBeLessThan(texts.size)
  for (const [path, text] of files) {
    expect(text.split(banner)).toHaveLength(2)
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  const { begin } = await import(pathToFileURL(join(folder, "out/main.js")).href)
  expect(await begin()).toEqual(["early", "open", "near!", "late!", "again"])
})

it("leaves to the first of two what both would have", async () => {
  const { files } = await gathered({ first: ["near.js"], second: ["door.js", "late.js"] })
  expect([...files.keys()].map(nameOf).toSorted()).toEqual(["early", "first.js", "main.js", "second.js"])
  expect(files.get("out/chunks/second.js")).toContain(`from"./first.js"`)
  expect(files.get("out/chunks/first.js")).not.toContain("import")
})

it("says which door is none", async () => {
  await expect(gathered({ session: ["shared.js"] })).rejects.toThrow("shared.js is no door")
})
