import { beforeAll, describe, expect, it } from "vitest"
import { precise } from "../../../healing/templates/precise.ts"
import { type Broken, execute, type Report, schema, tryAll } from "./harness.ts"

const program = (
  body: string,
  right: unknown,
  input: unknown = {},
  before = "",
  ...names: ReadonlyArray<string>
): Broken => ({
  files: { "index.js": execute(body, before) },
  input,
  right,
  ...(names.length === 0 ? {} : { parameters: schema(...names) })
})

/** By the template that mends it. */
const mended: Readonly<Record<string, Readonly<Record<string, Broken>>>> = {
  "missing-await": {
    "a port of the host": program('const file = context.files.read("a b")\nreturn file.text.split(" ").join()', "a,b"),
    "an async function of the file": program(
      "const list = load()\nreturn list.map(String).join()",
      "1,2",
      {},
      "const load = async () => [1, 2]\n"
    ),
    "before a member": program('return (context.exec.run("x")).output.trim()', "x"),
    "a body": program(
      'const response = await context.fetch("http://a/")\nconst data = response.json()\nreturn data.url.length + ""',
      "9"
    ),
    "two in a row": program(
      'const response = context.fetch("http://a/")\nconst data = response.json()\nreturn String(data.url)',
      "http://a/"
    ),
    "in a helper that was not async": program(
      'const word = first(context, "a b")\nreturn word + 1',
      "a1",
      {},
      'function first(context, path) {\n  const { text } = context.files.read(path)\n  return text.split(" ")[0]\n}\n'
    ),
    "a list of promises": program(
      "const all = input.list.map(async (one) => (await context.files.read(one)).text)\nreturn all.map((one) => one.trim()).join()",
      "a,b",
      { list: ["a", "b"] }
    ),
    "one that only the result shows": program(
      'const file = context.exec.run("x")\nreturn "got " + file',
      "got [object Object]"
    ),
    "an async generator": program(
      "let all = ''\nfor (const one of lines()) all += one\nreturn all",
      "ab",
      {},
      "async function* lines() { yield 'a'; yield 'b' }\n"
    )
  },
  "floating-promise": {
    "a rejection that nobody hears": program(
      "try {\n  read(context)\n} catch {\n  return 'nothing there'\n}\nreturn 'there'",
      "nothing there",
      {},
      "const read = async (context) => (await context.files.read('missing')).text\n"
    ),
    "forEach with an async function": program(
      "const out = []\ninput.list.forEach(async (one) => { out.push((await context.files.read(one)).text) })\nreturn out.join()",
      "a,b",
      { list: ["a", "b"] }
    )
  },
  "json-text": {
    "a byte order mark": program("return String(JSON.parse(input.text).a)", "1", { text: '\uFEFF{"a":1}' }),
    lines: program("const rows = JSON.parse(input.text)\nreturn String(rows.length)", "2", {
      text: '{"a":1}\n{"a":2}\n'
    }),
    "a fence": program("return String(JSON.parse(input.text).a)", "1", { text: '```json\n{"a":1}\n```' }),
    "a comma too many": program("return String(JSON.parse(input.text).a)", "1,]", { text: '{"a":"1,]",}' }),
    comments: program("return String(JSON.parse(input.text).a)", "http://a", {
      text: '{\n  // one\n  "a": "http://a" /* two */\n}'
    }),
    "no text at all": program("return String(JSON.parse(input.text).a)", "1", { text: { a: 1 } }),
    "no JSON at all": program(
      "const data = JSON.parse(input.text)\nreturn data.a",
      { success: false, error: "input.text is not valid JSON" },
      { text: "<html>" }
    )
  },
  "reassigned-const": {
    "a sum": program("const sum = 0\nfor (const one of input.list) sum += one\nreturn String(sum)", "3", {
      list: [1, 2]
    }),
    "a counter": program("let out = ''\nfor (const i = 0; i < 2; i++) out += i\nreturn out", "01")
  },
  "early-use": {
    "a value below its use": program("const twice = one * 2\nconst one = input.a\nreturn String(twice)", "2", { a: 1 })
  },
  "frozen-write": {
    "a field of frozen options": program(
      "const options = defaults\noptions.size = 2\nreturn JSON.stringify([options, defaults])",
      '[{"size":2},{"size":1}]',
      {},
      "const defaults = Object.freeze({ size: 1 })\n"
    ),
    "a frozen list sorted": program(
      "const list = names.sort()\nreturn list.join() + names.join()",
      "a,bb,a",
      {},
      'const names = Object.freeze(["b", "a"])\n'
    ),
    "a frozen list added to": program(
      "const list = names\nlist.push('c')\nreturn list.join()",
      "b,c",
      {},
      'const names = Object.freeze(["b"])\n'
    ),
    "a frozen parameter": program(
      "return add(defaults).b + ''",
      "1",
      {},
      "const defaults = Object.freeze({ a: 1 })\nfunction add(one) {\n  one.b = 1\n  return one\n}\n"
    )
  },
  "missing-new": {
    "a class called": program(
      "return Point(1).text()",
      "1",
      {},
      "class Point {\n  constructor(x) { this.x = x }\n  text() { return String(this.x) }\n}\n"
    ),
    "no class": program("return new up('a')", "A", {}, "const up = (a) => a.toUpperCase()\n"),
    "all of a module": program(
      "return String(new EventEmitter().listenerCount('a'))",
      "0",
      {},
      'import * as EventEmitter from "node:events"\n'
    )
  },
  "removed-node-api": {
    "util.isDate": program("return String(util.isDate(new Date(0)))", "true", {}, 'import util from "node:util"\n'),
    "util.isString": program(
      "return String(util.isString(input.a))",
      "true",
      { a: "" },
      'import * as util from "node:util"\n'
    ),
    "os.tmpDir": program("return String(os.tmpDir().length > 0)", "true", {}, 'import os from "node:os"\n')
  },
  "missing-return": {
    "at the end": program("const parts = input.text.split(',')\nparts.join('-')", "a-b", { text: "a,b" }),
    "of a variable": program("const text = input.text.trim()", "a", { text: " a" }),
    "in a callback": program("return input.list.map((one) => { one * 2 }).join()", "2,4", { list: [1, 2] }),
    "in a helper": program("return twice(input.a).toFixed(0)", "4", { a: 2 }, "function twice(a) {\n  a * 2\n}\n"),
    "in a branch": program(
      "return size(input.a).trim()",
      "small",
      { a: 2 },
      'const size = (a) => {\n  if (a > 5) {\n    return "big"\n  } else {\n    `${"small"}`\n  }\n}\n'
    ),
    "of what was built": program(
      "return count(input.list).size + ''",
      "2",
      { list: [1, 2] },
      "const count = (list) => {\n  const seen = new Map()\n  for (const one of list) seen.set(one, true)\n}\n"
    )
  },
  "argument-order": {
    "by their names": program(
      "const { list, text } = input\nreturn find(list, text).join()",
      "ab",
      { list: ["ab", "c"], text: "a" },
      "const find = (text, list) => list.filter((one) => one.includes(text))\n"
    ),
    "one object": program(
      "const { a, b } = input\nreturn add(a, b).toFixed(0)",
      "3",
      { a: 1, b: 2 },
      "const add = ({ a, b }) => a.valueOf() + b\n"
    ),
    "one by one": program("return add({ a: 1, b: 2 })", "3", {}, "const add = (a, b) => (a + b).toFixed(0)\n"),
    reduce: program("return String(input.list.reduce(0, (sum, one) => sum + one))", "3", { list: [1, 2] }),
    "join as elsewhere": program('return ",".join(input.list)', "1,2", { list: [1, 2] }),
    "the indent of JSON": program("return JSON.stringify(input, 2)", '{\n  "a": 1\n}', { a: 1 })
  }
}

const untouched: Readonly<Record<string, Broken>> = {
  "an error that it throws itself": program('throw new Error("no such thing")', "a"),
  "a value that is not there": program("return input.a.b.c", "a", { a: {} })
}

const all = Object.values(mended).reduce((one, other) => ({ ...one, ...other }), untouched)

let report: (name: string) => Report
beforeAll(async () => {
  report = await tryAll(all, precise)
}, 120_000)

describe.each(Object.entries(mended))("%s mends", (template, programs) => {
  it.each(Object.keys(programs))("%s", (name) => {
    const { candidates, failure } = report(name)
    const right = candidates.filter(({ isRight, origin }) => isRight && origin === template)
    const told = candidates.map(({ origin, what, answer, fails }) => ({ origin, what, answer, fails }))
    expect(right, JSON.stringify({ failure, told }, null, 1)).not.toEqual([])
  })
})

describe("what is no slip is left alone", () => {
  it.each(Object.keys(untouched))("%s", (name) => {
    const { candidates } = report(name)
    expect(candidates.filter(({ tier, isRight }) => tier === "A" && isRight)).toEqual([])
  })
})
