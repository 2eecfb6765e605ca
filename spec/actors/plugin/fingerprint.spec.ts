/** A plugin's code in one text: another whenever a file of its own is. */
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import fc from "fast-check"
import { afterEach, beforeEach, expect, it } from "vitest"
import { fingerprint } from "../../../actors/plugin/fingerprint.ts"

let base = ""
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-print-")))
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

const write = (path: string, text: string) => {
  mkdirSync(dirname(join(base, path)), { recursive: true })
  writeFileSync(join(base, path), text)
}
const print = (module = "words/index.ts") => fingerprint(join(base, module))

it("stays as long as nothing changes, and changes with every file of its own, wherever and whatever it is", () => {
  const paths = ["words/index.ts", "words/lib/deep/one.ts", "words/package.json", "words/texts/de.md"]
  for (const path of paths) write(path, "{}")
  const change = fc.record({ path: fc.constantFrom(...paths, "words/new.js"), text: fc.string({ minLength: 3 }) })
  fc.assert(
    fc.property(change, ({ path, text }) => {
      for (const one of paths) write(one, "{}")
      rmSync(join(base, "words/new.js"), { force: true })
      const before = print()
      expect(print()).toBe(before)
      write(path, text)
      expect(print()).not.toBe(before)
    }),
    { numRuns: 40 }
  )
})

it("changes when a file is renamed, when text moves from one to the next, when something else is installed", () => {
  write("words/index.ts", "ab")
  write("words/lib/a.ts", "cd")
  const seen = new Set([print()])
  renameSync(join(base, "words/lib/a.ts"), join(base, "words/lib/b.ts"))
  seen.add(print())
  write("words/index.ts", "abc")
  write("words/lib/b.ts", "d")
  seen.add(print())
  write("words/node_modules/.package-lock.json", "{}")
  seen.add(print())
  write("words/node_modules/left-pad/index.js", "")
  seen.add(print())
  expect(seen.size).toBe(4)
  write("tale/a.js", "1\0b.js\x002")
  const one = print("tale/a.js")
  write("tale/a.js", "1")
  write("tale/b.js", "2")
  expect(print("tale/a.js")).not.toBe(one)
})

it("of an installed package looks at its own folder, and at what npm says is installed beside it", () => {
  write("node_modules/words/index.js", "a")
  write("node_modules/other/index.js", "a")
  const module = "node_modules/words/index.js"
  const before = print(module)
  write("node_modules/other/index.js", "b")
  expect(print(module)).toBe(before)
  const lock = (packages: object) => {
    write("node_modules/.package-lock.json", JSON.stringify({ packages }))
    return print(module)
  }
  const own = { "node_modules/words": { version: "1.0.0", dependencies: { "@a/deep": "^1.0.0" } } }
  const deep = { "node_modules/@a/deep": { version: "1.0.0", optionalDependencies: { deeper: "1" } } }
  const first = lock({ ...own, ...deep })
  expect(first).not.toBe(before)
  expect(lock({ ...own, ...deep, "node_modules/other": { version: "2.0.0" } })).toBe(first)
  const nested = { "node_modules/x/node_modules/deeper": { version: "1.0.0" } }
  const prints = [
    first,
    lock({ ...own, ...deep, ...nested }),
    lock({ ...own, "node_modules/@a/deep": { version: "1.0.1" } }),
    lock({ "node_modules/words": { version: "1.0.1" } })
  ]
  write("node_modules/.package-lock.json", "{ torn")
  prints.push(print(module))
  write("node_modules/.package-lock.json", "[]")
  prints.push(print(module))
  expect(new Set(prints).size).toBe(6)
})

it("of one file among others leaves out the plugins that are folders with a package of their own", () => {
  write("one.ts", "a")
  write("two/package.json", `{"kintsugi":{"plugin":"index.js"}}`)
  write("two/index.js", "a")
  write("lib/shared.ts", "a")
  const before = print("one.ts")
  write("two/index.js", "b")
  expect(print("one.ts")).toBe(before)
  write("lib/shared.ts", "b")
  expect(print("one.ts")).not.toBe(before)
})

it("knows a long file by its size, place and time of change", () => {
  write("words/index.ts", "")
  write("words/data.json", "x".repeat(300_000))
  const before = print()
  expect(print()).toBe(before)
  write("words/data.json", "y".repeat(300_000))
  expect(print()).not.toBe(before)
})

it("cannot be told of what is not there, is too much, or leads elsewhere", () => {
  expect(print()).toBeUndefined()
  write("words/index.ts", "")
  write("elsewhere/x.ts", "")
  symlinkSync(join(base, "elsewhere"), join(base, "words/linked"))
  expect(print()).toBeUndefined()
  rmSync(join(base, "words/linked"))
  expect(print()).toBeDefined()
  for (let n = 0; n < 1001; n++) write(`words/many/${n}.txt`, "")
  expect(print()).toBeUndefined()
})
