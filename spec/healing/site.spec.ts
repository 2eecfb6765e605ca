import { describe, expect, it } from "vitest"
import type { Code } from "../../healing/code.ts"
import type { Failure, Frame } from "../../healing/failure.ts"
import { sitesOf } from "../../healing/site.ts"
import { keyOf, print } from "../../healing/syntax.ts"

const codeOf = (files: Readonly<Record<string, string>>): Code => ({
  root: "/p",
  module: `/p/${Object.keys(files)[0]}`,
  files: () => Object.keys(files).map((name) => `/p/${name}`),
  read: (path) => files[path.slice(3)],
  manifest: () => undefined
})

const failure = (frames: ReadonlyArray<Frame>, part: Partial<Failure> = {}): Failure => ({
  kind: "wrong_type",
  errorClass: "execution_error",
  name: "TypeError",
  said: "",
  message: "",
  frames,
  ...part
})

/** Beginnings of the functions that the sites are in. */
const functionsOf = (code: Code, of: Failure, tool?: string) =>
  sitesOf(of, code, tool).map(
    ({ fn, file }) => `${file} ${keyOf(fn?.node) ?? keyOf(fn?.parent?.node) ?? print(fn?.node).slice(0, 16)}`
  )

const nested = codeOf({
  "a.js": `import { far as away } from "./b.js"
export default class {
  tools() {
    return [
      { name: "other", execute: () => never() },
      { name: "t", execute: (input) => near(input.list.map(each)) }
    ]
  }
}
const near = (list) => away(list)
function each(one) { return one }
function never() {}
`,
  "b.js": "export { deep as far } from './c.js'\n",
  "c.js": "export function deep(list) { return list[0] }\n",
  "broken.js": "const ("
})

describe("sitesOf", () => {
  it("gives the three innermost frames in the plugin's own files, with what stands there", () => {
    const frames = [
      { file: "/elsewhere/x.js", line: 1, column: 1 },
      { file: "/p/c.js", line: 1, column: 37 },
      { file: "/p/broken.js", line: 1, column: 1 },
      { file: "/p/a.js", line: 10, column: 24 },
      { file: "/p/a.js", line: 6, column: 40 }
    ]
    const [one, two] = sitesOf(failure(frames), nested, "t")
    expect([one?.file, print(one?.at?.node), two?.file, print(two?.at?.node)]).toEqual([
      "/p/c.js",
      "list",
      "/p/a.js",
      "away"
    ])
  })

  it("without a place, gives the tool's execute and what it calls, nearest first, through imports", () => {
    expect(functionsOf(nested, failure([], { kind: "broken_example" }), "t")).toEqual([
      "/p/a.js execute",
      "/p/a.js (list) => away(l",
      "/p/a.js function each(on",
      "/p/c.js function deep(li"
    ])
  })

  it("gives nothing for a tool that is not there, and shares the tree of a file", () => {
    expect(sitesOf(failure([], { kind: "broken_promise" }), nested, "nobody")).toEqual([])
    const [one, two] = sitesOf(failure([], { kind: "broken_promise" }), nested, "t")
    expect(one?.ast).toBe(two?.ast)
  })

  it("for what cannot be loaded gives the importer and the module it asks", () => {
    const missing = failure([{ file: "/p/a.js", line: 1 }], {
      kind: "missing_export",
      property: "far",
      subject: "./b.js"
    })
    expect(sitesOf(missing, nested).map(({ file, fn }) => [file, fn])).toEqual([
      ["/p/a.js", undefined],
      ["/p/b.js", undefined]
    ])
  })

  it("knows the names that the input may have, at any depth", () => {
    const parameters = {
      properties: { list: { items: { properties: { name: {} } } }, a: { anyOf: [{ properties: { b: {} } }] } }
    }
    const [site] = sitesOf(failure([], { kind: "broken_example" }), nested, "t", parameters)
    expect(site?.inputNames.toSorted()).toEqual(["a", "b", "list", "name"])
  })
})
