import { beforeAll, describe, expect, it } from "vitest"
import type { Tier } from "../../../healing/template.ts"
import { precise } from "../../../healing/templates/precise.ts"
import { type Broken, execute, type Report, tryAll } from "./harness.ts"

const program = (body: string, right: unknown, input: unknown = {}, before = "", more = {}): Broken => ({
  files: { "index.js": execute(body, before), ...more },
  input,
  right
})

/** In TypeScript, for what only types tell. */
const typed = (body: string, right: unknown, input: unknown, before: string, more = {}): Broken => ({
  files: { "index.ts": execute(body, before, "async execute(input: never, context: never)"), ...more },
  input,
  right
})

interface Slip {
  readonly template: string
  readonly tier: Tier
  readonly broken: Broken
}

const slip = (template: string, tier: Tier, broken: Broken): Slip => ({ template, tier, broken })

const shelf = (field: string, methods: string) => `class Shelf {\n  ${field}\n  ${methods}\n}\n`

const checks =
  `isArray([1]) isBoolean(true) isBuffer(Buffer.from("a")) isDate(new Date(0)) isError(new Error("a")) isFunction(() => {})
isNull(null) isNullOrUndefined(undefined) isNumber(1) isObject({}) isPrimitive(1) isRegExp(/a/) isString("a") isSymbol(Symbol()) isUndefined(undefined)`.split(
    /(?<=\)) (?=is)|\n/
  )

const slips: Readonly<Record<string, Slip>> = {
  "a lost return in the callback of a filter": slip(
    "missing-return",
    "A",
    program(
      "return keep(input.list).join()",
      "a",
      { list: ["a", " "] },
      'const keep = (list) => list.filter((one) => { one.trim() !== "" })\n'
    )
  ),
  "a lost return in a helper of another file": slip(
    "missing-return",
    "A",
    program("return first(input.text).name", "a", { text: "a" }, 'import { first } from "./first.js"\n', {
      "first.js": "export const first = (text) => {\n  const name = text\n  ;({ name })\n}\n"
    })
  ),
  "a lost return in a CommonJS helper": slip(
    "missing-return",
    "A",
    program('return double("a") + ""', "aa", {}, 'import double from "./double.cjs"\n', {
      "double.cjs": "module.exports = (text) => { text + text }\n"
    })
  ),
  "arguments swapped for a function of another file, by one name": slip(
    "argument-order",
    "A",
    program("const path = 'a b'\nreturn load(path, context.files)", "a b", {}, 'import { load } from "./load.js"\n', {
      "load.js": "export const load = async (files, name) => (await files.read(name)).text\nexport const other = 1\n"
    })
  ),
  "arguments swapped for a method, by one name": slip(
    "argument-order",
    "A",
    program(
      "return new Finder().find(context, input)",
      "x",
      { url: "x" },
      "class Finder {\n  async find({ url }, context) {\n    return (await context.exec.run(url.trim())).output\n  }\n}\n"
    )
  ),
  "arguments swapped, by what kind they are": slip(
    "argument-order",
    "A",
    typed(
      "return wide(3, input.one) + '.'",
      "a  .",
      { one: "a" },
      "const wide = (text: string, width: number): string => text.padEnd(width)\n"
    )
  ),
  "arguments swapped, by their types": slip(
    "argument-order",
    "A",
    typed(
      "const shop: Basket = { items: ['a'] }\nreturn add('b', shop)",
      "ab",
      {},
      "interface Basket { items: Array<string> }\nconst add = (into: Basket, one: string): string => into.items.concat(one).join('')\n"
    )
  ),
  "what is written swapped with where": slip(
    "argument-order",
    "A",
    program(
      "const out = { a: 1 }\nconst path = 'p.txt'\nwrite(JSON.stringify(out), path)\nreturn read(path)",
      '{"a":1}',
      {},
      "const disk = {}\nconst write = (...all) => { disk[all[0]] = all[1] }\nconst read = (path) => disk[path].trim()\n"
    )
  ),
  "a list of a class that was never begun": slip(
    "lost-field",
    "A",
    typed(
      "const shelf = new Shelf()\nshelf.add('a')\nreturn shelf.items.join()",
      "a",
      {},
      shelf("readonly items: Array<string>", "add(one: string) { this.items.push(one) }")
    )
  ),
  "a map that was never begun, by what is done with it": slip(
    "lost-field",
    "A",
    program(
      "const shelf = new Shelf()\nreturn shelf.of('a') + shelf.of('a')",
      "1a",
      {},
      shelf(
        "cache",
        "of(key) {\n    if (this.cache.get(key)) return key\n    this.cache.set(key, 1)\n    return this.cache.get(key)\n  }"
      )
    )
  ),
  "a counter that was never begun": slip(
    "lost-field",
    "B",
    typed(
      "const shelf = new Shelf()\nshelf.next()\nreturn 'at ' + shelf.next()",
      "at 1",
      {},
      shelf("at: number", "next() { return this.at++ }")
    )
  ),
  "a set by its type": slip(
    "lost-field",
    "A",
    typed(
      "return String(new Shelf().has('a'))",
      "false",
      {},
      shelf("seen: Set<string>", "has(one: string) { return this.seen.has(one) }")
    )
  ),
  "an await lost before ??": slip(
    "missing-await",
    "A",
    program(
      "const list = cache.get('a') ?? ask()\nreturn list.map(String).join()",
      "1",
      {},
      "const cache = new Map()\nconst ask = async () => [1]\n"
    )
  ),
  "an await lost in a ternary": slip(
    "missing-await",
    "A",
    program(
      "const list = input.none ? [] : ask()\nreturn list.map(String).join()",
      "1",
      {},
      "const ask = async () => [1]\n"
    )
  ),
  "an await lost in a spread": slip(
    "missing-await",
    "A",
    program("return [...ask(), 2].join()", "1,2", {}, "const ask = async () => [1]\n")
  ),
  "an await lost in the head of a loop": slip(
    "missing-await",
    "A",
    program("let out = ''\nfor (const one of ask()) out += one\nreturn out", "1", {}, "const ask = async () => [1]\n")
  ),
  "an await lost in a template": slip(
    "missing-await",
    "A",
    program("return `got ${ask()}`", "got 1", {}, "const ask = async () => 1\n")
  ),
  "an await lost before it is taken apart": slip(
    "missing-await",
    "A",
    program("const { one } = ask()\nreturn one.trim()", "1", {}, "const ask = async () => ({ one: '1' })\n")
  ),
  "a promise returned out of a try": slip(
    "missing-await",
    "A",
    program(
      "return guarded(async () => { throw new Error('no') })",
      "caught no",
      {},
      "const guarded = async (work) => {\n  try {\n    return work()\n  } catch (error) {\n    return 'caught ' + error.message\n  }\n}\n"
    )
  ),
  "a misspelt member of a built-in module": slip(
    "near-name",
    "A",
    program('return path.jion("a", "b")', "a/b", {}, 'import * as path from "node:path"\n')
  ),
  "a misspelt member of its default": slip(
    "near-name",
    "A",
    program('return String(fs.exsitsSync("/"))', "true", {}, 'import fs from "node:fs"\n')
  ),
  "a misspelt member of a package": slip(
    "near-name",
    "A",
    program("return words.shorten_it", "x", {}, 'import * as words from "words"\n', {
      "node_modules/words/package.json":
        '{ "name": "words", "type": "module", "exports": { ".": { "import": "./main.js" } } }',
      "node_modules/words/main.js": 'export * from "./more.js"\n',
      "node_modules/words/more.js": 'export const shortenIt = "x"\nexport const longer = 1\n'
    })
  ),
  "a function that is gone, imported by name": slip(
    "removed-node-api",
    "A",
    program(
      "return [input.a, input.b].filter(isString).concat(inspect(isDate(new Date(0)))).join()",
      "x,true",
      { a: "x", b: 1 },
      'import { inspect, isDate, isString } from "node:util"\n'
    )
  ),
  "every check that is gone, imported by name": slip(
    "removed-node-api",
    "A",
    program(
      `return String([${checks.join(", ")}].every((one) => one === true))`,
      "true",
      {},
      `import { ${checks.map((one) => one.replace(/\(.*/s, "")).join(", ")} } from "util"\n`
    )
  ),
  "one that is gone, asked of what is made anew each time": slip(
    "removed-node-api",
    "A",
    program(
      "const list = [{}, 1]\nreturn [util.isObject(list.shift()), list.length].join()",
      "true,1",
      {},
      'import * as util from "node:util"\n'
    )
  ),
  "one that is gone, and a name of ours is the same": slip(
    "removed-node-api",
    "A",
    program("return String(isNumber(1)) + { isNumber: 2 }.isNumber", "true2", {}, 'import { isNumber } from "util"\n')
  ),
  "a class of the language without new": slip(
    "missing-new",
    "A",
    typed("return String(Set<string>(input.list).size)", "1", { list: ["a", "a"] }, "")
  ),
  "a name imported from JSON": slip(
    "missing-export",
    "A",
    program("return codes.ok + ''", "200", {}, 'import { codes } from "./codes.json" with { type: "json" }\n', {
      "codes.json": '{ "ok": 200 }'
    })
  ),
  "a type imported as the default": slip(
    "missing-export",
    "A",
    typed("const one: Named = { name: 'a' }\nreturn one.name", "a", {}, 'import Named from "./named.ts"\n', {
      "named.ts": "export interface Named { name: string }\nexport const none = 1\n"
    })
  ),
  "JSON that is read into a name declared before": slip(
    "json-text",
    "B",
    program(
      "let data\ndata = JSON.parse(input.text)\nreturn data.a",
      { success: false, error: "input.text is not valid JSON" },
      { text: "<html>" }
    )
  )
}

/** What looks like a slip and may not be taken for one. */
const others: Readonly<Record<string, Broken>> = {
  "a name that is asked for before it is read": program(
    "return input.list.map((one) => (one.title ? one.titles.trim() : '-')).join()",
    "a",
    { list: [{ title: "a" }] }
  ),
  "a text split at what it was to be split at": program("return input.path.split('.').name", "x", { path: { a: 1 } }),
  "a member named like one of every object": program("return input.constructor.read(context.files.read('a'))", "a"),
  "a counter that the constructor begins": typed(
    "return String(new Shelf().at.toFixed(1))",
    "x",
    {},
    shelf("at: number", "constructor() { this.at = null as never }")
  ),
  "a primitive that is written to": program("const flag = true\nflag.count = 1\nreturn flag.count + ''", "1")
}

let report: (name: string) => Report
beforeAll(async () => {
  const broken = Object.fromEntries(Object.entries(slips).map(([name, one]) => [name, one.broken]))
  report = await tryAll({ ...broken, ...others }, precise)
}, 120_000)

describe("slips whose meaning the code itself tells", () => {
  it.each(Object.entries(slips))("%s", (name, { template, tier }) => {
    const { candidates, failure } = report(name)
    const right = candidates.filter((one) => one.isRight && one.origin === template && one.tier === tier)
    const told = candidates.map(({ origin, tier: said, what, answer, fails }) => ({
      origin,
      said,
      what,
      answer,
      fails
    }))
    expect(right, JSON.stringify({ failure, told }, null, 1)).not.toEqual([])
  })

  it("asks for all that is gone at once, and leaves no import behind that Node would refuse", () => {
    const [first] = report("a function that is gone, imported by name").candidates
    expect(first?.text).toContain('import { inspect, types } from "node:util"')
    const [only] = report("one that is gone, and a name of ours is the same").candidates
    expect(only?.text).not.toContain("import")
    expect(only?.text).toContain("{ isNumber: 2 }.isNumber")
  })

  it("keeps the attributes of an import, and the arguments of a type", () => {
    expect(report("a name imported from JSON").candidates[0]?.text).toContain('with { type: "json" }')
    expect(report("a class of the language without new").candidates[0]?.text).toContain("new Set<string>(")
  })
})

describe("what is no slip", () => {
  it("never calls a method on its argument but where a literal surely lacks it", () => {
    const { candidates } = report("a text split at what it was to be split at")
    expect(candidates.filter(({ origin }) => origin === "argument-order")).toEqual([])
  })

  it("thinks less of a rename that only keeps the failing name from being read", () => {
    const { candidates } = report("a name that is asked for before it is read")
    const [first] = candidates
    expect(first).toMatchObject({ tier: "A", what: 'reads "title" where "titles" stood', isRight: true })
    const hiding = candidates.filter(({ what }) => what === 'reads "titles" where "title" stood')
    expect(hiding.map(({ tier }) => tier)).toEqual(["B"])
  })

  it("begins no field that the constructor sets", () => {
    const { candidates } = report("a counter that the constructor begins")
    expect(candidates.filter(({ origin }) => origin === "lost-field")).toEqual([])
  })

  it("copies no primitive, and is not confused by names that every object has", () => {
    expect(
      report("a primitive that is written to").candidates.filter(({ origin }) => origin === "frozen-write")
    ).toEqual([])
    const { candidates } = report("a member named like one of every object")
    expect(candidates.map(({ what }) => what)).toContain("waits for context.files.read('a')")
  })
})
