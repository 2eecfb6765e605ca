import { beforeAll, describe, expect, it } from "vitest"
import { guarding } from "../../../healing/templates/guarding.ts"
import { type Broken, execute, type Report, tryAll } from "./harness.ts"

const done = (data: unknown) => ({ success: true, data })

const properties = {
  items: { type: "array" },
  limit: { type: "number", default: 3 },
  name: { type: "string" },
  deep: { type: "object" }
}
const parameters = { type: "object", properties, required: ["name"] }

const js = (body: string, rest: Partial<Broken> & { readonly right: unknown }, before = ""): Broken => ({
  files: { "index.mjs": execute(body, before) },
  ...rest
})

const programs = {
  condition: js(
    `if (input.user.name === "x") return "known" // by name
return "unknown"`,
    { right: "unknown" }
  ),
  "own default": js(`return   String(input.a.b.c ?? "none")`, { input: { a: {} }, right: "none" }),
  "own chain": js(`return String(input?.a?.b.c.d?.e ?? "none")`, { input: { a: { b: {} } }, right: "none" }),
  discarded: js(`input.log.write("x")\nreturn "done"`, { right: "done" }),
  filter: js(`return String(input.rows.filter((row) => row.user.age > 3).length)`, {
    input: { rows: [{ user: { age: 4 } }, {}] },
    right: "1"
  }),
  entry: {
    files: {
      "index.ts": execute(`
const out: string[] = []
for (const row of input.rows) {
  // their name
  const name: string = row.user.name
  out.push(name)
}
return out.join()`)
    },
    input: { rows: [{ user: { name: "a" } }, {}] },
    right: "a"
  },
  "entry of forEach": {
    files: {
      "index.cjs": `module.exports={tools:[{name:"t",execute(i){let o=0;i.rows.forEach(function(r){o+=r.u.n});return String(o)}}]}`
    },
    input: { rows: [{ u: { n: 1 } }, {}] },
    right: "1"
  },
  "while steps": js(
    `let at = 0
let sum = 0
while (at < input.rows.length) {
  const size = input.rows[at].box.size
  sum += size
  at += 1
}
return String(sum)`,
    { input: { rows: [{ box: { size: 1 } }, {}] }, right: "1" }
  ),
  "async generator": {
    files: {
      "index.mts": execute(
        `let out = ""
for await (const one of names(input.rows)) out += one
return out`,
        `async function* names(rows: ReadonlyArray<any>): AsyncGenerator<string> {
  for (const row of rows) {
    const name: string = row.user!.name
    yield name
  }
}`
      )
    },
    input: { rows: [{}, { user: { name: "b" } }] },
    right: "b"
  },
  "own return": js(
    `return String(find(new Map(), "a"))`,
    { right: "null" },
    `const find = (map, key) => {
  if (!key) return null
  const entry = map.get(key)
  return entry.value
}`
  ),
  "typed return": {
    files: {
      "index.ts": execute(
        `return first(input.list) ?? "none"`,
        `function first(list: ReadonlyArray<string>): string | undefined {
  const found = list.find((one) => one !== "")
  return found
}`
      )
    },
    right: "none"
  },
  "value in a text": js("return `a\n  ${input.user.name} b`", { right: "a\n           b" }),
  "value handed on": js(`const label = input.box.label\nreturn { success: true, data: { label } }`, {
    right: done({})
  }),
  "private field": js(
    `return { success: true, data: [Box.of(undefined)] }`,
    { right: done([null]) },
    "class Box {\n  #size = 1\n  static of(box) {\n    const size = box.#size\n    return size\n  }\n}"
  ),
  tabs: {
    files: {
      "index.mjs": `export default { tools: [{ name: "t", execute(input) {\n\t\tif (input.a.b)   {\n\t\t\treturn "yes"\n\t\t}\n\t\treturn "no"\n} }] }\n`
    },
    right: "no"
  },
  "schema default": {
    files: { "index.mjs": execute(`return limit.toFixed(1)`, "", "async execute({ name, limit })") },
    input: { name: "a" },
    parameters,
    right: "3.0"
  },
  "optional list": {
    files: { "index.mjs": execute(`return input.items.map(String).join()`) },
    input: { name: "a" },
    parameters,
    right: ""
  },
  "required text": {
    files: { "index.mjs": execute(`return input.name.trim()`) },
    parameters,
    right: ""
  },
  "optional part": {
    files: { "index.mjs": execute(`return String(a)`, "", "async execute({ name, deep: { a = 1 } })") },
    input: { name: "a" },
    parameters,
    right: "1"
  },
  "options of a helper": js(
    `return [1, 2].map(() => show()).join()`,
    { right: "undefined-2,undefined-2" },
    "const show = ({ a, b = 2 }) => a + '-' + b"
  ),
  groups: {
    files: {
      "index.ts": execute(`
const groups: Record<string, string[]> = {}
for (const word of input.words) {
  const key = word[0]
  groups[key].push(word) // gathers
}
return JSON.stringify(groups)`)
    },
    input: { words: ["ab", "b", "ac"] },
    right: '{"a":["ab","ac"],"b":["b"]}'
  },
  "map of lists": js(
    `const groups = new Map()
for (const word of input.words) {
  const list = groups.get(word.length)
  list.push(word)
}
return JSON.stringify([...groups])`,
    { input: { words: ["a", "b"] }, right: '[[1,["a","b"]]]' }
  ),
  grid: js(
    `const grid = []
for (let y = 0; y < 2; y++) for (let x = 0; x < 2; x++) grid[y][x] = x * y
return JSON.stringify(grid)`,
    { right: "[[0,0],[0,1]]" }
  ),
  "named container": js(`const out = {}\nout.meta.name = 1\nreturn JSON.stringify(out)`, {
    right: '{"meta":{"name":1}}'
  }),
  "one too far": js(
    `let sum = 0
for (let at = 0; at <= input.list.length; at++) {
  const one = input.list[at]
  sum += one.size
}
return String(sum)`,
    { input: { list: [{ size: 2 }] }, right: "2" }
  ),
  "next of the last": js(
    `let sum = 0
for (let at = 0; at < input.list.length; at++) sum += input.list[at + 1].size - input.list[at].size
return String(sum)`,
    { input: { list: [{ size: 2 }, { size: 5 }] }, right: "3" }
  ),
  "from behind": js(
    `let sum = 0
for (let at = input.list.length; at >= 0; at--) sum += input.list[at].size
return String(sum)`,
    { input: { list: [{ size: 2 }, { size: 5 }] }, right: "7" }
  ),
  "full of comments": js(
    `let sum = 0
for (const row of input.rows) {
  sum += row
    // of the user
    .user /* maybe */ .age // years
}
return String(sum)`,
    { input: { rows: [{ user: { age: 1 } }, {}] }, right: "1" }
  ),
  "as asked elsewhere": js(
    `const out = []
for (const row of input.rows) out.push(nameOf(row))
return out.join()`,
    { input: { rows: [{ user: { name: "a" } }, {}] }, right: "a," },
    `const nameOf = (row) => {
  if (row === undefined) return undefined
  const user = row.user
  return user.name
}`
  ),
  "private map": {
    files: {
      "index.ts": execute(
        `const box = new Box()
for (const word of input.words) box.add(word)
return box.shown()`,
        `class Box {
  #groups = new Map<number, string[]>()
  add(word: string) {
    this.#groups.get(word.length)!.push(word)
  }
  shown() {
    return JSON.stringify([...this.#groups])
  }
}`
      )
    },
    input: { words: ["a", "b"] },
    right: '[[1,["a","b"]]]'
  },
  "typed parameter": {
    files: {
      "index.ts": execute(
        `return shown("a")`,
        `const shown = (name: string, others: ReadonlyArray<string>): string => [name, ...others.map(String)].join()`
      )
    },
    right: "a"
  },
  "nameless encoding": js(`return new TextDecoder("").decode(new Uint8Array([97]))`, { right: "a" }),
  "begun in passing": js(`let a\na = input, a.user.name\nreturn "done"`, { right: "done" }),
  "line without an end": {
    files: { "index.mjs": execute(`const size = 1\ninput.items.map(String)\nreturn "done"`) },
    input: { name: "a" },
    parameters,
    right: "done"
  },
  "gap in the list": js(
    `let sum = 0
const list = [{ size: 2 }, undefined]
for (let at = 0; at < list.length; at++) sum += list[at].size
return String(sum)`,
    { right: "2" }
  ),
  "name that is not there": js(`throw new TypeError("Cannot read properties of undefined (reading 'zap')")`, {
    right: ""
  }),
  "in a package": {
    files: {
      "index.mjs": execute(`const out = dig(input).name\nreturn out`, `import { dig } from "deep"`),
      "node_modules/deep/package.json": '{ "name": "deep", "type": "module", "exports": "./index.js" }',
      // On the line that calls it, so that only the file tells them apart.
      "node_modules/deep/index.js": `${"\n".repeat(10)}export const dig = (value) => value.user.name`
    },
    right: ""
  }
} satisfies Record<string, Broken>

let report: (name: keyof typeof programs) => Report
beforeAll(async () => {
  report = (await tryAll(programs, guarding)) as typeof report
}, 60_000)

const of = (name: keyof typeof programs, origin?: string) =>
  report(name).candidates.filter((one) => origin === undefined || one.origin === origin)

/** The one candidate of a template, which has to give the right answer. */
const only = (name: keyof typeof programs, origin: string) => {
  const [found, ...others] = of(name, origin)
  expect(others).toEqual([])
  expect(found).toMatchObject({ isRight: true })
  return found
}

describe("what reads of nothing", () => {
  it.each(["condition", "own default", "own chain", "discarded", "filter", "tabs"] as const)(
    "is asked for first, where the code knows what to do with nothing: %s",
    (name) => {
      const found = only(name, "guard-condition")
      expect(found?.invents).toBeUndefined()
      expect(found?.text).toContain("?.")
      expect(of(name, "optional-chain")).toEqual([])
    }
  )

  it.each(["entry", "entry of forEach", "async generator"] as const)("is an entry that is skipped: %s", (name) => {
    const [found] = of(name, "guard-statement")
    expect(found).toMatchObject({ isRight: true, tier: "B" })
    expect(found?.invents).toBeUndefined()
    expect(found?.text).toMatch(/== null\) (continue|return)/)
  })

  it("is not skipped where the loop would never go on", () => {
    expect(of("while steps").filter(({ text }) => text.includes("continue"))).toEqual([])
  })

  it("ends a function as it ends elsewhere, or as its type says", () => {
    expect(only("own return", "guard-statement")?.text).toContain("if (entry == null) return null")
    expect(only("typed return", "guard-statement")).toMatchObject({ tier: "A" })
  })

  it("gives nothing where nothing may go on", () => {
    expect(only("value handed on", "optional-chain")?.invents).toBeUndefined()
    expect(only("private field", "optional-chain")?.text).toContain("box?.#size")
  })

  it("gives a value of its kind where it may not, and says that it made it up", () => {
    const found = only("value in a text", "optional-chain")
    expect(found?.invents).toBe('an empty text stood in for "input.user.name"')
    expect(found?.text).toContain('return `a\n          ${input.user?.name ?? ""} b`')
  })

  it("is never an answer of nothing", () => {
    for (const { text } of of("required text")) expect(text).not.toContain("input.name?.trim()\n")
  })
})

describe("what was left out", () => {
  it("is the schema's default, which nobody made up", () => {
    const found = only("schema default", "default-input")
    expect(found).toMatchObject({ tier: "A", what: 'gives "limit" its schema\'s default, 3' })
    expect(found?.invents).toBeUndefined()
    expect(found?.text).toContain("{ name, limit = 3 }")
  })

  it("is made up only where the schema lets it be left out", () => {
    expect(only("optional list", "default-input")?.invents).toBe(
      'an empty list stood in for "items", which was left out'
    )
    expect(of("required text", "default-input")).toEqual([])
  })

  it("is an object whose parts have defaults", () => {
    expect(only("optional part", "default-input")?.invents).toBeUndefined()
    const found = only("options of a helper", "default-input")
    expect(found?.invents).toContain("an empty object stood in")
    expect(found?.text).toContain("({ a, b = 2 } = {})")
  })
})

describe("a container that was not begun", () => {
  it.each(["groups", "map of lists", "grid"] as const)("is begun: %s", (name) => {
    expect(only(name, "init-container")?.invents).toBeUndefined()
    // To leave out what fills it would lose what was to be kept.
    expect(of(name).filter(({ text }) => text.includes("?.push"))).toEqual([])
  })

  it("is made up when it should have been there by name", () => {
    expect(only("named container", "init-container")?.invents).toBe('an empty object stood in for "out.meta"')
  })

  it("keeps the line that fills it", () => {
    expect(only("groups", "init-container")?.text).toContain("groups[key].push(word) // gathers")
  })
})

describe("a loop that goes too far", () => {
  it.each(["one too far", "next of the last", "from behind"] as const)("is cut: %s", (name) => {
    const found = only(name, "loop-bound")
    expect(found).toMatchObject({ tier: "B" })
    expect(found?.invents).toBeUndefined()
    expect(of(name)[0]?.origin).toBe("loop-bound")
  })

  it("is not one that ends where the list does", () => {
    expect(of("gap in the list", "loop-bound")).toEqual([])
  })
})

it("changes only the lines that it is about", () => {
  const lines = (text: string) => text.split("\n")
  for (const name of ["condition", "own default", "entry", "groups", "tabs"] as const) {
    const [source = ""] = Object.values(programs[name].files)
    for (const { text } of of(name)) {
      const kept = lines(source).filter((line) => lines(text).includes(line))
      expect(lines(source).length - kept.length, `${name}: ${text}`).toBeLessThanOrEqual(1)
    }
  }
})

it("says nothing twice that carries a comment, and reads nothing before its time", () => {
  const twice = ({ origin }: { readonly origin: string }) => origin === "guard-statement"
  expect(of("full of comments").filter(twice)).toEqual([])
  for (const { text } of of("full of comments"))
    for (const comment of ["// of the user", "/* maybe */", "// years"]) expect(text.split(comment)).toHaveLength(2)
  expect(of("begun in passing").filter(twice)).toEqual([])
})

it("begins no line with a bracket that would go on with the one above", () => {
  expect(of("line without an end", "default-input")).toEqual([])
  expect(only("line without an end", "guard-condition")?.text).toContain("input.items?.map(String)")
})

it("proposes nothing where the place is not to be trusted", () => {
  expect(report("name that is not there").candidates).toEqual([])
  expect(report("in a package").candidates).toEqual([])
})

it("asks as the author asks elsewhere", () => {
  expect(only("as asked elsewhere", "guard-statement")?.text).toContain("if (user === undefined) return undefined")
})

it("is sure of `?.` only where the author has said what becomes of nothing", () => {
  expect(only("own default", "guard-condition")?.tier).toBe("A")
  expect(only("condition", "guard-condition")?.tier).toBe("A")
  expect(only("discarded", "guard-condition")?.tier).toBe("B")
})

it("begins the entry of a private map", () => {
  const begun = of("private map", "init-container").filter(({ isRight }) => isRight)
  expect(begun.map(({ text }) => text.includes("if (!this.#groups.has(word.length))"))).toContain(true)
})

it("gives a helper's parameter that was left out the nothing of its type, and says so", () => {
  const given = of("typed parameter", "default-input").filter(({ isRight }) => isRight)
  expect(given.map(({ invents }) => invents)).toEqual([`an empty list stood in for "others", which was left out`])
})

it("decodes as UTF-8 where the encoding has no name", () => {
  expect(only("nameless encoding", "encoding")?.text).toContain('new TextDecoder("utf-8")')
})
