import { beforeAll, describe, expect, it } from "vitest"
import { nearName } from "../../../healing/templates/near-name.ts"
import { type Broken, execute, type Report, schema, tryAll } from "./harness.ts"

const ok = (data: unknown) => ({ success: true, data })

const programs: Readonly<Record<string, Broken>> = {
  "a method of a built-in": {
    files: { "index.js": execute("return input.text.toUpperCas()") },
    input: { text: "a" },
    parameters: schema("text"),
    right: "A"
  },
  "two letters swapped": {
    files: { "index.js": execute('const parts = input.text.splti(",")\nreturn String(parts.lenght)') },
    input: { text: "a,b" },
    right: "nothing mends two faults"
  },
  "a function of the file": {
    files: { "index.js": execute("return joinAll(input.parts)", 'const joinAl = (parts) => parts.join("-")\n') },
    input: { parts: ["a", "b"] },
    right: "a-b"
  },
  "a field of the input, far from where it breaks": {
    files: { "index.js": execute("const list = input.itmes\nconst n = 1\nreturn String(list.length + n)") },
    input: { items: [1, 2] },
    parameters: schema("items"),
    right: "3"
  },
  "a field taken from the input": {
    files: { "index.js": execute("return txet.trim()", "", "execute: async ({ txet }) =>") },
    input: { text: " a " },
    parameters: schema("text"),
    right: "a"
  },
  "a field that was not taken from the input": {
    files: { "index.js": execute("return text + suffix", "", "execute: async ({ text }) =>") },
    input: { text: "a", suffix: "b" },
    parameters: schema("text", "suffix"),
    right: "ab"
  },
  "a member of a built-in module": {
    files: { "index.js": execute("return path.basname(input.file)", 'import * as path from "node:path"\n') },
    input: { file: "/a/b.txt" },
    right: "b.txt"
  },
  "another case": {
    files: { "index.js": execute("return Json.stringify(input)") },
    input: { a: 1 },
    right: '{"a":1}'
  },
  "a port of the host": {
    files: { "index.js": execute('const { text } = await context.fiels.read("x")\nreturn text') },
    right: "x"
  },
  "a field of the answer": {
    files: { "index.js": execute('return { sucess: true, data: "x" }') },
    right: ok("x")
  },
  "a silent one, which only the example shows": {
    files: { "index.js": execute("return String(input.rows.filter((row) => row.actve).length)") },
    input: { rows: [{ active: true }, { active: false }] },
    parameters: { type: "object", properties: { rows: { type: "array", items: schema("active") } } },
    right: "1"
  },
  "singular for plural": {
    files: { "index.js": execute("return input.entry.join()") },
    input: { entries: ["a"] },
    parameters: schema("entries"),
    right: "a"
  },
  "a method of the class without this": {
    files: {
      "index.js": `export default class {
  name = "p"
  helper(text) { return text + "!" }
  tools() {
    return [{ name: "t", description: "", risk: "read", input: {}, execute: async ({ text }) => helper(text) }]
  }
}
`
    },
    input: { text: "a" },
    right: "a!"
  },
  "a name that something else has": {
    files: { "index.js": execute("return input.entry.join(other.entry)", 'const other = { entry: "-" }\n') },
    input: { entries: ["a", "b"] },
    parameters: schema("entries"),
    right: "a-b"
  },
  "nothing is near": {
    files: { "index.js": execute("return input.text.frobnicate()") },
    input: { text: "a" },
    parameters: schema("text"),
    right: "a"
  }
}

let report: (name: string) => Report
beforeAll(async () => {
  report = await tryAll(programs, [nearName])
}, 60_000)

describe("a near name is put in the place of one that nothing has", () => {
  it.each(Object.keys(programs).filter((name) => !/two letters|nothing is near/.test(name)))("%s", (name) => {
    const { candidates, failure } = report(name)
    expect(
      candidates.filter(({ isRight }) => isRight),
      JSON.stringify({ failure, candidates }, null, 1)
    ).not.toEqual([])
    expect(candidates.length).toBeLessThanOrEqual(10)
  })

  it("first of all where there is only one", () => {
    expect(report("two letters swapped").candidates[0]?.text).toContain('input.text.split(",")')
  })

  it("keeps every other byte", () => {
    const [first] = report("a method of a built-in").candidates
    const before = programs["a method of a built-in"]?.files["index.js"]
    expect(first?.text).toBe(before?.replace("toUpperCas()", "toUpperCase()"))
  })

  it("proposes nothing when nothing is near", () => {
    expect(report("nothing is near").candidates).toEqual([])
  })
})
