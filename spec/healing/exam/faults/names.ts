/** Names that are wrong: of properties, methods, variables, exports and files. */
import { type Fault, list, number, string } from "../fault.ts"

export const names: ReadonlyArray<Fault> = [
  {
    name: "word_lengths",
    input: { text: string },
    body: `const words = input.text.split(" ")
return words.map((word) => word.lenght.toString()).join(" ")`,
    failing: { text: "mend what broke" },
    examples: [{ text: "a bc def" }],
    good: [[["word.lenght.toString()", "word.length.toString()"]]],
    bad: [
      ["skips the value", ["word.lenght.toString()", "word.lenght?.toString()"]],
      ["a made up default", ["word.lenght.toString()", "(word.lenght ?? 0).toString()"]]
    ]
  },
  {
    name: "shout",
    input: { text: string },
    body: `const trimmed = input.text.trim()
return trimmed.toUppercase() + "!"`,
    failing: { text: " hello there " },
    examples: [{ text: "quiet now" }],
    good: [[["toUppercase", "toUpperCase"]]],
    bad: [
      ["another method", ["toUppercase", "toLowerCase"]],
      ["no call", ["trimmed.toUppercase()", "trimmed"]],
      ["optional call", ["toUppercase()", "toUppercase?.()"]]
    ]
  },
  {
    name: "total_price",
    input: {
      items: list({ type: "object", properties: { price: number, count: number }, required: ["price", "count"] })
    },
    body: `let total = 0
for (const item of input.items) total += item.price * item.count
return totl.toFixed(2)`,
    failing: {
      items: [
        { price: 3, count: 2 },
        { price: 5, count: 1 }
      ]
    },
    examples: [{ items: [{ price: 2, count: 4 }] }],
    good: [[["totl.toFixed", "total.toFixed"]]],
    bad: [
      ["another value", ["totl.toFixed", "input.items.length.toFixed"]],
      ["a constant", ["totl.toFixed(2)", "(0).toFixed(2)"]]
    ]
  },
  {
    name: "slug",
    head: `const dashed = (text) => text.replaceAll(/[^a-z0-9]+/g, "-")
const clean = (text) => dashd(text.toLowerCase())`,
    input: { title: string },
    body: `return clean(input.title)`,
    failing: { title: "Mending With Gold" },
    examples: [{ title: "One Two" }],
    good: [[["dashd(text", "dashed(text"]]],
    bad: [
      ["forgets the rule", ["dashd(text.toLowerCase())", "text.toLowerCase()"]],
      ["another function", ["dashd(text.toLowerCase())", "String(text.toLowerCase())"]]
    ]
  },
  {
    name: "csv_header",
    head: `import { splitRow } from "./rows.js"`,
    files: {
      "rows.js": `export const splitRows = (text) => text.split("\\n")\nexport const splitCells = (row) => row.split(",")\n`
    },
    input: { text: string },
    body: `return splitRow(input.text).length + " rows"`,
    examples: [{ text: "a,b\nc,d\ne,f,g,h" }, { text: "x" }],
    good: [
      [["import { splitRow }", "import { splitRows as splitRow }"]],
      [
        ["import { splitRow }", "import { splitRows }"],
        ["return splitRow(", "return splitRows("]
      ]
    ],
    bad: [["another export", ["import { splitRow }", "import { splitCells as splitRow }"]]]
  },
  {
    name: "greeting",
    head: `import { greet } from "./greet"`,
    files: { "greet.js": `export const greet = (name) => "Hello, " + name + "."\n` },
    input: { name: string },
    body: `return greet(input.name)`,
    examples: [{ name: "Ada" }],
    good: [[[`"./greet"`, `"./greet.js"`]]],
    bad: [
      ["a file outside", [`"./greet"`, `"../../greet.js"`]],
      ["a package", [`"./greet"`, `"greet"`]],
      ["a stand-in", [`import { greet } from "./greet"`, `const greet = () => ""`]]
    ]
  },
  {
    name: "sum_list",
    head: `import add from "./add.js"`,
    files: { "add.js": `export const add = (some) => some.reduce((sum, one) => sum + one, 0)\n` },
    input: { values: list(number) },
    body: `return String(add(input.values))`,
    examples: [{ values: [1, 2, 3] }],
    good: [[["import add from", "import { add } from"]]],
    bad: [["a stand-in", [`import add from "./add.js"`, `const add = () => 0`]]]
  },
  {
    name: "base_name",
    head: `import { basname } from "node:path"`,
    input: { path: string },
    body: `return basname(input.path)`,
    examples: [{ path: "/a/b/c.txt" }],
    good: [
      [["import { basname }", "import { basename as basname }"]],
      [
        ["import { basname }", "import { basename }"],
        ["return basname(", "return basename("]
      ]
    ],
    bad: [["another export", ["import { basname }", "import { dirname as basname }"]]]
  },
  {
    name: "initials",
    takes: "{ name }, context",
    input: { name: string },
    body: `const parts = name.split(" ").filter((part) => part !== "")
return parts.map((part) => part.charAtt(0)).join("")`,
    failing: { name: "Grace Brewster Hopper" },
    examples: [{ name: "Ada Lovelace" }],
    good: [[["charAtt(0)", "charAt(0)"]], [["charAtt(0)", "at(0)"]]],
    bad: [
      ["another method", ["charAtt(0)", "charCodeAt(0)"]],
      ["skips", ["charAtt(0)", "charAtt?.(0)"]]
    ]
  },
  {
    name: "config_value",
    input: { key: string, config: { type: "object" } },
    body: `const found = input.confg[input.key]
return found === undefined ? "not set" : String(found)`,
    failing: { key: "port", config: { port: 8080, host: "here" } },
    examples: [
      { key: "host", config: { host: "there" } },
      { key: "x", config: {} }
    ],
    good: [[["input.confg[", "input.config["]]],
    bad: [
      ["never found", ["input.confg[input.key]", "input.confg?.[input.key]"]],
      ["a made up default", ["input.confg[input.key]", "(input.confg ?? {})[input.key]"]]
    ]
  },
  {
    name: "count_vowels",
    head: `class Counter {
  constructor() { this.found = 0 }
  add(n) { this.found += n }
}`,
    input: { text: string },
    body: `const counter = Counter()
for (const letter of input.text) if ("aeiou".includes(letter)) counter.add(1)
return counter.found + " vowels"`,
    failing: { text: "kintsugi" },
    examples: [{ text: "banana" }, { text: "rhythm" }],
    good: [[["const counter = Counter()", "const counter = new Counter()"]]],
    bad: [["a stand-in", ["const counter = Counter()", "const counter = { found: 0, add() {} }"]]]
  },
  {
    name: "is_date",
    head: `import * as util from "node:util"`,
    input: { text: string },
    body: `const date = new Date(input.text)
return util.isDate(date) && !Number.isNaN(date.getTime()) ? date.toISOString().slice(0, 10) : "no date: " + input.text`,
    failing: { text: "2024-05-06T10:00:00Z" },
    examples: [{ text: "2020-01-02" }, { text: "soon" }],
    good: [[["util.isDate(date)", "util.types.isDate(date)"]]],
    bad: [
      ["always no", ["util.isDate(date)", "util.isDate?.(date)"]],
      ["no check", ["util.isDate(date) && ", ""]]
    ]
  }
]
