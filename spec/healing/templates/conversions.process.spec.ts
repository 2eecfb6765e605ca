import { beforeAll, describe, expect, it } from "vitest"
import { guarding } from "../../../healing/templates/guarding.ts"
import { type Broken, execute, type Report, tryAll } from "./harness.ts"

const js = (body: string, right: unknown, before = "", input: unknown = {}): Broken => ({
  files: { "index.mjs": execute(body, before) },
  input,
  right
})

const ts = (body: string, right: unknown, input: unknown = {}): Broken => ({
  files: { "index.ts": execute(body) },
  input,
  right
})

const programs = {
  "nothing in a loop": js(`let out = ""\nfor (const one of input.items) out += one\nreturn out`, ""),
  pairs: ts(`let out = ""\nfor (const [key, value] of input.record) out += key + value\nreturn out`, "a1", {
    record: { a: 1 }
  }),
  values: js(`let out = 0\nfor (const value of input.record) out += value\nreturn String(out)`, "3", "", {
    record: { a: 1, b: 2 }
  }),
  "spread of a record": js(`return String(Math.max(0, ...input.record))`, "2", "", { record: { a: 1, b: 2 } }),
  "one alone": js(`return String(await Promise.all(input.one))`, "5", "", { one: 5 }),
  "entries of nothing": js(`return String(Object.entries(input.record).length)`, "0"),
  "two spreads": js(`return String([...input.one, ...input.other].length)`, "0"),
  circle: ts(
    `const shared = { x: 1 }
const all: Record<string, unknown> = { one: shared, other: shared }
all.self = all
return JSON.stringify(all, null, 1) // indented`,
    '{\n "one": {\n  "x": 1\n },\n "other": {\n  "x": 1\n },\n "self": "[Circular]"\n}'
  ),
  "circle with a replacer": js(
    `const all = {}\nall.self = all\nreturn JSON.stringify(all, (key, value) => value)`,
    "{}"
  ),
  "whole number in JSON": ts(`return JSON.stringify({ n: 12n })`, '{"n":"12"}'),
  "whole and plain": js(`return String(BigInt(input.n) * input.m + 1)`, "7", "", { n: 2, m: 3 }),
  "whole in Math": js(`return String(Math.max(1n, 2))`, "2"),
  "no callback": js(
    `const text = fs.readFile(import.meta.filename, "utf8") // whole\nreturn text.slice(0, 6)`,
    "import",
    `import fs from "node:fs"`
  ),
  "no callback in CommonJS": {
    files: {
      "index.cjs": `const fs = require("fs")
module.exports = { tools: [{ name: "t", execute() { return fs.readFile(__filename, "latin1") } }] }
`
    },
    right: "its text"
  },
  "no callback, no module": js(
    `return fs.readFile("x")`,
    "",
    `import { readFile } from "node:fs"\nconst fs = { readFile: (path) => readFile(path) }`
  ),
  "object as text": js(
    `return createHash("md5").update(input).digest("hex")`,
    "99914b932bd37a50b983c5e7c90ae93b",
    `import { createHash } from "node:crypto"`
  ),
  "number as text": js(
    `return createHash("md5").update(input.n).digest("hex")`,
    "e4da3b7fbbce2345d7772b0674a318d5",
    `import { createHash } from "node:crypto"`,
    { n: 5 }
  ),
  "encoding by another name": js(`return Buffer.from("é").toString("UTF-8-BOM")`, "é"),
  "encoding misspelt": js(`return Buffer.from("é").toString("latin2")`, "Ã©"),
  "decoder by another name": js(`return new TextDecoder("utf_8").decode(Buffer.from("é"))`, "é"),
  "encoding nobody knows": js(`return Buffer.from("é").toString("klingon")`, ""),
  "little room": js(
    `return String(execFileSync(process.execPath, ["-e", "process.stdout.write('x'.repeat(2e6))"], { encoding: "latin1" }).length)`,
    "2000000",
    `import { execFileSync } from "node:child_process"`
  ),
  "copy of a function": js(`return JSON.stringify(structuredClone({ a: 1, f() {} }))`, '{"a":1}'),
  aborted: js(`const signal = AbortSignal.abort()\nsignal.throwIfAborted()\nreturn "done"`, "done")
} satisfies Record<string, Broken>

let report: (name: keyof typeof programs) => Report
beforeAll(async () => {
  report = (await tryAll(programs, guarding)) as typeof report
}, 60_000)

const right = (name: keyof typeof programs) => {
  const found = report(name).candidates.filter(({ isRight }) => isRight)
  expect(found, JSON.stringify(report(name), undefined, 1)).toHaveLength(1)
  return found[0]
}

describe("what is gone through as a list and is none", () => {
  it.each([
    ["pairs", "of Object.entries(input.record))"],
    ["values", "of Object.values(input.record))"],
    ["spread of a record", "...Object.values(input.record)"],
    ["one alone", "Promise.all([input.one])"]
  ] as const)("is what is in it: %s", (name, code) => {
    const found = right(name)
    expect(found?.text).toContain(code)
    expect(found?.invents).toBeUndefined()
  })

  it.each([
    ["nothing in a loop", 'an empty list stood in for "input.items"'],
    ["entries of nothing", 'an empty object stood in for "input.record"']
  ] as const)("is made up where there is nothing, which is said: %s", (name, invents) => {
    expect(right(name)?.invents).toBe(invents)
  })

  it("is not guessed among several", () => {
    const texts = report("two spreads").candidates.map(({ text }) => text)
    expect(texts.every((text) => !text.includes("...input.other ??"))).toBe(true)
  })
})

describe("what JSON cannot say", () => {
  it("is left out where it holds itself, not where it is there twice", () => {
    expect(right("circle")?.invents).toBe('"[Circular]" stood in for each value that holds itself')
    expect(right("circle")?.text).toMatch(/, 1\);? \/\/ indented\n/)
  })

  it("is left to a replacer of the author's own", () => {
    expect(report("circle with a replacer").candidates).toEqual([])
  })

  it("is a whole number as text", () => {
    expect(right("whole number in JSON")).toMatchObject({ tier: "B" })
  })
})

it.each(["whole and plain", "whole in Math"] as const)("numbers of two kinds become one: %s", (name) => {
  const [first] = report(name).candidates
  expect(first?.origin).toBe("bigint-mix")
  expect(first?.invents).toBeUndefined()
})

describe("what Node was handed", () => {
  it("without a callback is waited for", () => {
    expect(right("no callback")?.text).toContain('= await fs.promises.readFile(import.meta.filename, "utf8") // whole')
    const [found] = report("no callback in CommonJS").candidates
    expect(found?.text).toContain("async execute() { return await fs.promises.readFile")
    expect(found?.fails).toBeUndefined()
  })

  it("is left alone where it is not Node's", () => {
    expect(report("no callback, no module").candidates).toEqual([])
  })

  it("as something else becomes text", () => {
    expect(right("object as text")?.text).toContain("update(JSON.stringify(input))")
    expect(right("number as text")?.text).toContain("update(String(input.n))")
  })
})

describe("encodings", () => {
  it("go by other names for the same thing", () => {
    expect(right("encoding by another name")).toMatchObject({ tier: "A" })
    expect(right("decoder by another name")).toMatchObject({ tier: "A" })
  })

  it("one letter off are a guess", () => {
    expect(right("encoding misspelt")).toMatchObject({ tier: "B" })
  })

  it("are not guessed otherwise", () => {
    expect(report("encoding nobody knows").candidates).toEqual([])
  })
})

describe("limits", () => {
  it("are raised", () => {
    expect(right("little room")?.text).toContain("maxBuffer: 64 * 1024 * 1024")
  })

  it("of copies are named", () => {
    expect(right("copy of a function")?.invents).toContain("functions and the like")
  })

  it("that somebody set by aborting are not healed", () => {
    expect(report("aborted").failure.errorClass).toBe("cancelled")
    expect(report("aborted").candidates).toEqual([])
  })
})
