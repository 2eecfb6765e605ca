/** Texts beside the code go into the bundle whole, or the build stops. */
import { expect, it } from "vitest"
import { inline, references } from "../../../scripts/build/assets.ts"

const load = (address: string) => `text of "${address}"`

it("puts the text where it is read", () => {
  const code = `const a = readFileSync(new URL("./a.md", import.meta.url), "utf8").trim()`
  expect(inline(code, load)).toBe(`const a = "text of \\"./a.md\\"".trim()`)
})

it("keeps a promise a promise, however the line is broken", () => {
  const code = `const a = await readFile(\n  new URL("../b.yaml", import.meta.url),\n  "utf8"\n)`
  expect(inline(code, load)).toBe(`const a = await Promise.resolve("text of \\"../b.yaml\\"")`)
})

it("stops at a reference that it cannot put in", () => {
  const code = `const worker = new Worker(new URL("./worker.ts", import.meta.url))`
  expect(() => inline(code, load)).toThrow("./worker.ts cannot go into the bundle")
})

it("finds every reference", () => {
  const code = `new URL("./a.md", import.meta.url); new URL("b", base); new URL("../c.json", import.meta.url)`
  expect(references(code)).toEqual(["./a.md", "../c.json"])
})

it("leaves what is read as it lies in its file, at the address that the bundle sees", () => {
  const code = `const a = readFileSync(new URL("./a.jsonl", import.meta.url))`
  expect(inline(code, load, (address) => `../../x/${address}`)).toBe(
    `const a = readFileSync(new URL("../../x/./a.jsonl", import.meta.url))`
  )
})

it("leaves a folder where it is", () => {
  const code = `const a = fileURLToPath(new URL("./skills/", import.meta.url))`
  expect(references(code)).toEqual(["./skills/"])
  expect(inline(code, load, (address) => `../../x/${address}`)).toBe(
    `const a = fileURLToPath(new URL("../../x/./skills/", import.meta.url))`
  )
})
