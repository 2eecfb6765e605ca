/** What plugins brought, kept for the next start: believed only as far as it can be checked. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterEach, beforeEach, expect, it } from "vitest"
import type { Manifest } from "../../../actors/hosts/manifest.ts"
import { foretold, openManifestCache } from "../../../actors/plugin/manifest-cache.ts"

let base = ""
const module = () => join(base, "words", "index.ts")
const folder = () => join(base, "cache", "manifests")
const file = () => join(folder(), readdirSync(folder())[0] ?? "")
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "kintsugi-cache-"))
  mkdirSync(join(base, "words"))
  writeFileSync(module(), "1")
})
afterEach(() => {
  chmodSync(base, 0o700)
  rmSync(base, { recursive: true, force: true })
})

const tool = {
  name: "count",
  description: "Counts.",
  risk: "read" as const,
  parameters: { type: "object" },
  idempotent: true,
  parallel: true,
  final: false
}
const manifest: Manifest = {
  name: "words",
  tools: [tool],
  hooks: ["beforeToolExecute"],
  extensions: { commands: [], shortcuts: [], flags: [], widgets: [], providers: [] }
}

const kept = () => {
  const cache = openManifestCache(folder())
  cache.keep(module(), cache.fingerprint(module()), manifest)
  return cache
}

it("is found for the same code only; of other code it is known what it was", () => {
  const cache = openManifestCache(folder())
  expect([cache.find(module()), cache.last(module())]).toEqual([undefined, undefined])
  const before = cache.fingerprint(module())
  writeFileSync(module(), "2")
  cache.keep(module(), before, manifest)
  expect(cache.find(module())).toBeUndefined()
  expect(cache.last(module())).toEqual(manifest)
  cache.keep(module(), cache.fingerprint(module()), manifest)
  expect(openManifestCache(folder()).find(module())).toEqual(manifest)
  expect(cache.find(join(base, "words", "other.ts"))).toBeUndefined()
})

it("is not kept without a fingerprint, nor where nothing can be written, nor written twice", () => {
  const cache = kept()
  const first = readFileSync(file(), "utf8")
  writeFileSync(file(), first.replace("{", "{ "))
  cache.keep(module(), cache.fingerprint(module()), manifest)
  expect(readFileSync(file(), "utf8")).not.toBe(first)
  cache.keep(module(), undefined, { ...manifest, name: "other" })
  expect(cache.find(module())).toEqual(manifest)
  writeFileSync(join(base, "file"), "")
  expect(() => openManifestCache(join(base, "file", "x")).keep(module(), "1", manifest)).not.toThrow()
})

it.each<[string, (text: string) => string]>([
  ["of another format", (text) => text.replace(`"format":1`, `"format":0`)],
  ["cut", (text) => text.slice(0, -3)],
  ["not a manifest", (text) => text.replace(`"read"`, `"none"`)],
  ["empty", () => ""],
  ["null", () => "null"],
  ["too long", (text) => text + " ".repeat(5 * 1024 * 1024)]
])("counts as not there when it is %s", (_, damage) => {
  const cache = kept()
  writeFileSync(file(), damage(readFileSync(file(), "utf8")))
  expect([cache.find(module()), cache.last(module())]).toEqual([undefined, undefined])
})

it("is never thrown about, whatever stands in the file", () => {
  const cache = kept()
  const text = readFileSync(file(), "utf8")
  const torn = fc
    .tuple(fc.nat(text.length), fc.nat(40), fc.string())
    .map(([at, length, other]) => text.slice(0, at) + other + text.slice(at + length))
  fc.assert(
    fc.property(fc.oneof(torn, fc.json(), fc.string({ unit: "binary" })), (content) => {
      writeFileSync(file(), content)
      expect(() => cache.find(module())).not.toThrow()
    }),
    { numRuns: 200 }
  )
})

it("tells what a plugin will bring, and calls nothing of it", async () => {
  const plugin = foretold(manifest)
  expect(plugin).toMatchObject({ name: "words", tools: [tool] })
  await expect(plugin.beforeToolExecute?.({ session: "", callId: "", tool: "", input: {} })).rejects.toThrow(
    "not been loaded"
  )
})
