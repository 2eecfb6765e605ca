import { beforeAll, describe, expect, it } from "vitest"
import type { Failure } from "../../../healing/failure.ts"
import { type File, parseSource, printSource, programOf } from "../../../healing/syntax.ts"
import type { Site, Template } from "../../../healing/template.ts"
import { emptyExample } from "../../../healing/templates/empty-example.ts"
import { smallEdits } from "../../../healing/templates/small-edit.ts"
import { type Broken, execute, type Report, tryAll } from "./harness.ts"

const js = (body: string, rest: Partial<Broken> & { readonly right: unknown }, before = ""): Broken => ({
  files: { "index.js": execute(body, before) },
  ...rest
})

const optional = (type: string) => ({ type: "object", properties: { a: { type } } })

const programs = {
  "never asked": js(
    `const entry = input.rows.find((row) => row.id === input.id)
if (false) return "nobody"
return input.greeting + entry.name`,
    { input: { rows: [], id: 1 }, right: "nobody" }
  ),
  "always asked": js(
    `const found = input.map[input.key]
return true ? found.join() : "none"`,
    { input: { map: {}, key: "a" }, right: "none" },
    "const other = (x) => x === undefined"
  ),
  "asked by its own habit": js(
    `const word = input.word
if (false) return "no word"
return word.trim()`,
    { right: "no word" },
    "const one = (a) => { if (!a) return 1 }\nconst two = (a) => { if (!a) return 2 }"
  ),
  "lost fields": js(
    `const node = {}
for (const word of input.words) node.body.push(word)
return node.body.join()`,
    { input: { words: ["a"] }, right: "a" }
  ),
  "lost names": js(
    `const out = []
for (const word of input.words) {
  const size = word.length
  out.push({})
}
return out.map((one) => one.size.toFixed()).join()`,
    { input: { words: ["ab"] }, right: "2" }
  ),
  "filled list": js(
    `const out = [["x"]]
for (const word of input.words) out[0].push({ word })
return out[0].map((one) => one.word.trim()).join()`,
    { input: { words: ["a"] }, right: "a" },
    "const push = (list, one) => list.push(one)"
  ),
  "text as elsewhere": js(
    `return input.rows.filter((row) => row.kind === "").map((row) => row.name).join()`,
    { input: { rows: [{ kind: "file", name: "a" }] }, right: "a" },
    `const isFile = (one) => one.kind === "file"`
  ),
  "value of both": js(`const list = input.list && []\nreturn list.join()`, { right: "" }),
  "one of two missing": js(
    `const { one, other } = input
if (one === undefined && other === undefined) return "none"
return one.concat(other.trim())`,
    { input: { one: "a" }, right: "none" }
  ),
  "other branch": js(
    `const render = (node) => node.type !== "leaf" ? node.text.trim() : node.body.map(render).join()
return render(input)`,
    { input: { type: "block", body: [{ type: "leaf", text: " a" }] }, right: "a" }
  ),
  "one too far with more": js(
    `let at = 0
while (at <= input.list.length && at < 10) at += input.list[at].step
return String(at)`,
    { input: { list: [{ step: 1 }] }, right: "1" }
  ),
  "lost default": {
    files: { "index.js": execute(`return String(a + 1)`, "", "async execute({ a })") },
    parameters: optional("number"),
    right: "1"
  },
  "required number": {
    files: { "index.js": execute(`return String(a + 1)`, "", "async execute({ a })") },
    parameters: { ...optional("number"), required: ["a"] },
    right: "1"
  },
  "lost fallback": js(`const found = /(\\d+)/.exec(input.text)?.[1]\nreturn String(found)`, {
    input: { text: "" },
    right: "0"
  }),
  "lost guard": js(
    `let sum = 0
for (const text of input.texts) {
  const value = numberIn(text)
  sum += value
}
return String(sum)`,
    { input: { texts: ["1", "x", "2"] }, right: "3" },
    `const numberIn = (text) => {
  if (text === "x") return undefined
  return Number(text)
}`
  ),
  "lost order": js(`return input.words.map((word) => word.trim()).join()`, {
    input: { words: ["b", "a"] },
    right: "a,b"
  }),
  "cut from behind": js(`return input.text.slice(0, -2)`, { input: { text: "abc" }, right: "ab" }),
  "other end": js(`return input.text.startsWith("c") ? "yes" : "no"`, { input: { text: "abc" }, right: "yes" }),
  "the last one": js(`return input.list[input.list.length].name`, { input: { list: [{ name: "a" }] }, right: "a" }),
  "a cut": js(`return input.text.slice(1, input.text.length - 2)`, { input: { text: "abc" }, right: "b" }),
  "a bound": js(`return input.list.filter((one) => one > input.least).join()`, {
    input: { list: [1, 2, 3], least: 2 },
    right: "2,3"
  }),
  "sides of a difference": js(`return String(input.a - input.b)`, { input: { a: 1, b: 2 }, right: "1" }),
  "of an if": js(`if (!input.a) return "yes"\nreturn "no"`, { input: { a: true }, right: "yes" }),
  "of a filter": js(`return String(input.list.filter((one) => one.done).length)`, {
    input: { list: [{}, {}, { done: true }] },
    right: "2"
  }),
  "least for most": js(`return String(Math.max(...input.list))`, { input: { list: [1, 2] }, right: "1" }),
  "other flag": js(`let isOpen = false\nreturn isOpen ? "open" : "shut"`, { right: "open" })
} satisfies Record<string, Broken>

/** As if the tool had examples, or as if it had none. */
const knowing = (hasExamples: boolean): ReadonlyArray<Template> =>
  smallEdits.map((one) => ({ ...one, propose: (site) => one.propose({ ...site, hasExamples }) }))

let of: (name: keyof typeof programs) => Report
let without: (name: string) => Report

beforeAll(async () => {
  of = await tryAll(programs, knowing(true))
  without = await tryAll({ never: programs["never asked"], flag: programs["other flag"] }, knowing(false))
}, 60_000)

const rightOnes = (name: keyof typeof programs) =>
  of(name)
    .candidates.filter(({ isRight }) => isRight)
    .map(({ what }) => what)

describe("one small thing the other way, where examples decide", () => {
  it.each<readonly [keyof typeof programs, string]>([
    ["never asked", "asks `entry === undefined` where false stood"],
    ["always asked", "asks `found !== undefined` where true stood"],
    ["asked by its own habit", "asks `!word` where false stood"],
    ["lost fields", "puts { body: [] } where {} stood"],
    ["lost names", "puts { size } where {} stood"],
    ["filled list", `empties the list ["x"]`],
    ["text as elsewhere", `puts "file", as elsewhere, where "" stood`],
    ["value of both", "uses ?? where && stood in input.list && []"],
    ["one of two missing", "uses || where && stood in one === undefined && other === undefined"],
    ["other branch", `uses === where !== stood in node.type !== "leaf"`],
    ["one too far with more", "uses < where <= stood in at <= input.list.length"],
    ["lost default", `gives "a" the default 0`],
    ["lost fallback", `takes 0 where /(\\d+)/.exec(input.text)?.[1] is nothing`],
    ["lost guard", `asks whether "value" is there before it is used`],
    ["lost order", "adds .sort() to input.words.map((word) => word.trim())"],
    ["cut from behind", "counts to -1 in input.text.slice(0, -2)"],
    ["other end", "uses endsWith where startsWith stood"],
    ["the last one", "reads the last of input.list"],
    ["a cut", "counts to input.text.length - 1 in input.text.slice(1, input.text.length - 2)"],
    ["a bound", "uses >= where > stood in one > input.least"],
    ["sides of a difference", "turns the sides of input.a - input.b"],
    ["of an if", "asks the opposite of !input.a"],
    ["of a filter", "asks the opposite of one.done"],
    ["least for most", "uses min where max stood"],
    ["other flag", "takes true where false stood"]
  ])("%s", (name, what) => {
    expect(rightOnes(name)).toContain(what)
  })

  it("says of none that it is sure, and makes nothing up that it does not say", () => {
    for (const name of Object.keys(programs)) {
      const { candidates } = of(name as keyof typeof programs)
      expect(candidates.map(({ tier }) => tier)).toEqual(candidates.map(() => "B"))
    }
  })

  it("proposes what nobody writes on purpose before all else", () => {
    expect(of("never asked").candidates[0]?.what).toBe("asks `entry === undefined` where false stood")
    expect(of("one too far with more").candidates[0]?.what).toBe("uses < where <= stood in at <= input.list.length")
    expect(of("value of both").candidates[0]?.what).toBe("uses ?? where && stood in input.list && []")
  })

  it("puts what goes wrong oftener first", () => {
    expect(of("other flag").candidates[0]?.what).toBe("asks the opposite of isOpen")
  })

  it("gives no default to what may not be left out", () => {
    const told = of("required number").candidates.map(({ what }) => what)
    expect(told.filter((what) => what.includes("the default"))).toEqual([])
  })

  it("keeps to about forty for one failure", () => {
    for (const name of Object.keys(programs))
      expect(of(name as keyof typeof programs).candidates.length).toBeLessThanOrEqual(40)
  })

  it("never turns a literal condition into one that is as fixed", () => {
    const texts = of("always asked").candidates.map(({ text }) => text)
    expect(texts.filter((text) => text.includes("!true") || text.includes("return false ?"))).toEqual([])
  })

  it("gives nothing for a crash of a tool without examples, where nobody could tell", () => {
    expect(without("never").candidates).toEqual([])
    expect(without("flag").candidates.length).toBeGreaterThan(0)
  })
})

describe("an example that says nothing", () => {
  const failure = { kind: "wrong_type", errorClass: "execution_error", name: "TypeError", frames: [] } as const
  const said = 'tool "t": examples must be a list of { input, output, files?, … }'

  const siteOf = (ast: File, source: string, of: Failure): Site => ({
    failure: of,
    code: { root: "/p", module: "/p/index.js", files: () => [], read: () => source, manifest: () => undefined },
    file: "/p/index.js",
    source,
    ast,
    program: programOf(ast),
    at: undefined,
    fn: undefined,
    tool: undefined,
    parameters: undefined,
    inputNames: []
  })

  const proposals = (source: string) => {
    const ast = parseSource("index.js", source)
    const site = siteOf(ast, source, { ...failure, said, message: said })
    return [...emptyExample.propose(site)].map(({ what, apply }) => {
      const undo = apply()
      const text = printSource(ast)
      undo()
      expect(printSource(ast)).toBe(source)
      return { what, text }
    })
  }

  it("is left out, the others stay", () => {
    const source = `export default { tools: [{ name: "t", examples: [{ input: 1, output: "1" }, {}] }] }\n`
    expect(emptyExample.treats({ ...failure, said, message: said })).toBe(true)
    expect(proposals(source)).toEqual([
      { what: "leaves out an example that says nothing", text: source.replace(", {}", "") }
    ])
  })

  it("stays when it is the only one, or says anything", () => {
    expect(proposals(`export const t = { examples: [{}] }`)).toEqual([])
    expect(proposals(`export const t = { examples: [{ input: 1 }, { input: 2 }] }`)).toEqual([])
  })
})
