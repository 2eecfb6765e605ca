/** Values that are missing, of another kind, or not to be changed. */
import { type Fault, list, number, string } from "../fault.ts"

export const values: ReadonlyArray<Fault> = [
  {
    name: "join_tags",
    input: { title: string, tags: list() },
    optional: ["tags"],
    body: `const tags = input.tags.map((tag) => "#" + tag)
return [input.title, ...tags].join(" ")`,
    failing: { title: "gold" },
    well: [{ title: "urushi", tags: ["red", "black"] }],
    examples: [{ title: "bowl" }, { title: "cup", tags: ["blue"] }],
    good: [[["input.tags.map", "(input.tags ?? []).map"]]],
    bad: [
      ["a wrong default", ["input.tags.map", `(input.tags ?? ["none"]).map`]],
      ["loses the title", ["const tags = input.tags.map", `if (!input.tags) return ""\nconst tags = input.tags.map`]]
    ]
  },
  {
    name: "deep_city",
    input: { person: { type: "object" } },
    body: `const { city } = input.person.address
return "lives in " + city`,
    failing: { person: { name: "Ada" } },
    well: [{ person: { address: { city: "Kyoto" } } }],
    examples: [{ person: { address: { city: "Nara" } } }, { person: { name: "Ito", address: { city: "Edo" } } }],
    good: [],
    bad: [
      ["shows nothing", ["input.person.address", "input.person.address ?? {}"]],
      ["makes up", ["input.person.address", `input.person.address ?? { city: "Tokyo" }`]],
      ["says nothing", ["const { city }", `if (!input.person.address) return ""\nconst { city }`]]
    ]
  },
  {
    name: "longest_line",
    input: { text: string },
    body: `const lines = input.text.split("\\n")
let longest = lines[0]
for (let at = 1; at <= lines.length; at++) if (lines[at].length > longest.length) longest = lines[at]
return longest`,
    failing: { text: "one\nthree\nfive six" },
    examples: [{ text: "ab\nabcd\nabc" }, { text: "only" }],
    good: [
      [["at <= lines.length", "at < lines.length"]],
      [["lines[at].length > longest.length", "lines[at]?.length > longest.length"]]
    ],
    bad: [
      ["stops early", ["at <= lines.length", "at < lines.length - 1"]],
      ["stops at once", ["at <= lines.length", "at < 1"]],
      ["the first", ["if (lines[at].length > longest.length) longest = lines[at]", "break"]]
    ]
  },
  {
    name: "sum_numbers",
    input: { values: list(number) },
    body: `const total = input.values.reduce((sum, one) => sum + one)
return "total " + total`,
    failing: { values: [] },
    well: [{ values: [1, 2] }, { values: [5] }],
    examples: [{ values: [] }, { values: [4, 6] }],
    good: [[["sum + one)", "sum + one, 0)"]]],
    bad: [
      ["a wrong start", ["sum + one)", "sum + one, 1)"]],
      ["a text for a number", ["sum + one)", `sum + one, "")`]]
    ]
  },
  {
    name: "bump_counter",
    input: { start: number, steps: number },
    body: `const value = input.start
for (let step = 0; step < input.steps; step++) value += 2
return "at " + value`,
    failing: { start: 3, steps: 4 },
    well: [{ start: 3, steps: 0 }],
    examples: [{ start: 1, steps: 2 }],
    good: [[["const value = input.start", "let value = input.start"]]],
    bad: [
      ["no step", ["value += 2", "value + 2"]],
      ["never", ["step < input.steps", "step < 0"]]
    ]
  },
  {
    name: "sorted_copy",
    head: `const fixed = Object.freeze(["c", "a", "b"])`,
    input: { more: list() },
    body: `const all = fixed
for (const one of input.more) all.push(one)
return all.join("")`,
    failing: { more: ["z", "y"] },
    well: [{ more: [] }],
    examples: [{ more: ["d"] }],
    good: [[["const all = fixed", "const all = [...fixed]"]]],
    bad: [
      ["loses them", ["all.push(one)", "all.includes(one)"]],
      ["loses the first", ["const all = fixed", "const all = []"]]
    ]
  },
  {
    name: "entries_text",
    input: { pairs: { type: "object" } },
    body: `const lines = []
for (const [key, value] of input.pairs) lines.push(key + "=" + value)
return lines.join(";")`,
    failing: { pairs: { a: 1, b: 2 } },
    examples: [{ pairs: { x: "y", z: "q" } }],
    good: [[["of input.pairs)", "of Object.entries(input.pairs))"]]],
    bad: [
      ["nothing", ["of input.pairs)", "of [])"]],
      ["turned about", ["of input.pairs)", "of Object.entries(input.pairs).toReversed())"]],
      ["the keys", ["const [key, value] of input.pairs", "const [key, value] of Object.keys(input.pairs)"]]
    ]
  },
  {
    name: "page_of",
    input: { items: list(), page: number },
    body: `const size = 2
const pages = Array(Math.floor(input.items.length / size - 1)).fill(0)
return input.items.slice(input.page * size, input.page * size + size).join(",") + " of " + (pages.length + 1)`,
    failing: { items: ["a"], page: 0 },
    well: [
      { items: ["a", "b", "c", "d"], page: 1 },
      { items: ["a", "b"], page: 0 }
    ],
    examples: [
      { items: ["x"], page: 0 },
      { items: ["a", "b", "c", "d"], page: 0 }
    ],
    good: [[["Math.floor(input.items.length / size - 1)", "Math.max(0, Math.floor(input.items.length / size - 1))"]]],
    bad: [
      ["always one", ["Math.floor(input.items.length / size - 1)", "1"]],
      ["positive", ["Math.floor(input.items.length / size - 1)", "Math.abs(Math.floor(input.items.length / size - 1))"]]
    ]
  },
  {
    name: "first_match",
    input: { text: string, pattern: string },
    body: `const found = input.text.match(new RegExp(input.pattern))
return "found " + found[0] + " at " + found.index`,
    failing: { text: "gold lacquer", pattern: "silver" },
    well: [{ text: "gold lacquer", pattern: "lac" }],
    examples: [{ text: "abc", pattern: "b" }],
    good: [],
    bad: [
      ["shows nothing", ["found[0]", "found?.[0]"], ["found.index", "found?.index"]],
      ["says nothing", ["const found =", `if (!input.text.includes(input.pattern)) return ""\nconst found =`]],
      [
        "makes up",
        ["input.text.match(new RegExp(input.pattern))", `input.text.match(new RegExp(input.pattern)) ?? [""]`]
      ]
    ]
  },
  {
    name: "nested_total",
    head: `const priceOf = (item) => {
  item.price * item.count
}
const textOf = (price) => price.toFixed(2)`,
    input: {
      items: list({ type: "object", properties: { price: number, count: number }, required: ["price", "count"] })
    },
    body: `return input.items.map((item) => textOf(priceOf(item))).join(" + ")`,
    failing: {
      items: [
        { price: 2, count: 3 },
        { price: 4, count: 1 }
      ]
    },
    examples: [{ items: [{ price: 1.5, count: 2 }] }],
    good: [[["  item.price * item.count", "  return item.price * item.count"]]],
    bad: [
      ["half of it", ["  item.price * item.count", "  return item.price"]],
      ["nothing", ["price.toFixed(2)", `(price ?? 0).toFixed(2)`]]
    ]
  },
  {
    name: "upper_keys",
    input: { record: { type: "object" } },
    body: `const made = {}
Object.keys(input.record).forEach((key) => { made.inner[key.toUpperCase()] = input.record[key] })
return JSON.stringify(made.inner)`,
    failing: { record: { a: 1, b: "two" } },
    examples: [{ record: { x: true } }],
    good: [[["const made = {}", "const made = { inner: {} }"]], [["made.inner[key", "(made.inner ??= {})[key"]]],
    bad: [
      ["loses all but the last", ["made.inner[key", "(made.inner = {})[key"]],
      ["skips", ["forEach((key) => {", "forEach((key) => { if (!made.inner) return\n"]]
    ]
  },
  {
    name: "big_count",
    input: { value: number },
    body: `const size = BigInt(Math.trunc(input.value))
return "doubled " + (size * 2)`,
    failing: { value: 21 },
    examples: [{ value: 4 }, { value: 100 }],
    good: [[["size * 2", "size * 2n"]], [["size * 2", "Number(size) * 2"]]],
    bad: [
      ["not doubled", ["(size * 2)", "(size * 1n)"]],
      ["drops it", ["(size * 2)", "size"]]
    ]
  }
]
