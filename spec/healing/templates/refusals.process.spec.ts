import { beforeAll, describe, expect, it } from "vitest"
import { guarding } from "../../../healing/templates/guarding.ts"
import { type Broken, execute, type Report, tryAll } from "./harness.ts"

const properties = {
  pattern: { type: "string" },
  when: { type: "string" },
  count: { type: "number" },
  path: {},
  address: { type: "string" }
}
const parameters = { type: "object", properties }

const ts = (body: string, right: unknown, input: unknown = {}, before = ""): Broken => ({
  files: { "index.ts": execute(body, before) },
  input,
  parameters,
  right
})

const no = (error: string) => ({ success: false, errorClass: "invalid_arguments", error })

const programs = {
  pattern: ts(
    `const wanted = new RegExp(input.pattern, "g") // as given\nreturn wanted.source`,
    no('"pattern" cannot be used: Invalid regular expression: /(/g: Unterminated group'),
    { pattern: "(" }
  ),
  "pattern of its own": ts(`const wanted = new RegExp("(" + "x")\nreturn wanted.source`, ""),
  "pattern in a helper": ts(
    `return make(input.pattern).source`,
    "",
    { pattern: "(" },
    `const make = (text: string) => new RegExp(text)`
  ),
  "pattern in a callback": ts(
    `return [1].map(() => {
  const wanted = new RegExp(input.pattern)
  return wanted.source
}).join()`,
    "",
    { pattern: "(" }
  ),
  time: ts(`return new Date(input.when).toISOString()`, no('"when" cannot be used: Invalid time value'), {
    when: "soon"
  }),
  address: {
    files: {
      "index.cjs": `module.exports={tools:[{name:"t",async execute({address:a}){const u=new URL(a);return u.host}}]}`
    },
    input: { address: "nowhere" },
    parameters,
    right: no('"address" cannot be used: Invalid URL')
  },
  count: ts(`return "x".repeat(input.count)`, no('"count" cannot be used: Invalid count value: -1'), { count: -1 }),
  "left out": ts(
    `return fs.readFileSync(input.path, "utf8")`,
    no('"path" is needed for this and was left out'),
    {},
    `import * as fs from "node:fs"`
  ),
  "left out, required": {
    ...ts(`return fs.readFileSync(input.path, "utf8")`, "", {}, `import * as fs from "node:fs"`),
    parameters: { ...parameters, required: ["path"] }
  },
  padding: ts(`const wide = 3\nreturn input.pattern + ".".repeat(wide - input.pattern.length)`, "long", {
    pattern: "long"
  }),
  "calculated size": ts(`return String(new Array(input.count * -1).length)`, "0", { count: 2 }),
  "sum of nothing": ts(`return String([].map((one) => one).reduce((sum, one) => sum + one))`, "0"),
  "texts of nothing": ts("return [].reduce((all, one) => `${all},${one}`)", ""),
  "most of nothing": ts(`return String([].reduce((most, one) => Math.max(most, one)))`, ""),
  endless: ts(
    `const all: Record<string, unknown> = {}\nall.self = all\nreturn String(depth(all))`,
    "",
    {},
    `function depth(value: object): number {
  let most = 0
  for (const part of Object.values(value)) most = Math.max(most, depth(part))
  return most + 1
}`
  )
} satisfies Record<string, Broken>

let report: (name: keyof typeof programs) => Report
beforeAll(async () => {
  report = (await tryAll(programs, guarding)) as typeof report
}, 60_000)

const only = (name: keyof typeof programs) => {
  const [found, ...others] = report(name).candidates
  expect(others).toEqual([])
  return found
}

describe("an argument that cannot be served", () => {
  it.each(["pattern", "time", "address", "count", "left out"] as const)("is refused honestly: %s", (name) => {
    const found = only(name)
    expect(found).toMatchObject({ origin: "typed-failure", tier: "B", isRight: true })
    expect(found?.invents).toBeUndefined()
  })

  it("is not what the code made itself, or what others than the tool were handed", () => {
    expect(report("pattern of its own").candidates).toEqual([])
    expect(report("pattern in a helper").candidates).toEqual([])
    expect(report("pattern in a callback").candidates).toEqual([])
  })

  it("is none that the schema demands", () => {
    expect(report("left out, required").candidates).toEqual([])
  })

  it("leaves the line as it stood", () => {
    expect(only("pattern")?.text).toContain('const wanted = new RegExp(input.pattern, "g") // as given')
  })
})

describe("sizes", () => {
  it("that are left to fill are nothing when all is full", () => {
    const found = only("padding")
    expect(found).toMatchObject({ origin: "out-of-range", isRight: true })
    expect(found?.invents).toBeUndefined()
  })

  it("are made up otherwise, which is said", () => {
    const [found] = report("calculated size").candidates
    expect(found).toMatchObject({ origin: "out-of-range", isRight: true })
    expect(found?.invents).toContain("the nearest possible size")
  })
})

describe("a sum of nothing", () => {
  it.each([
    ["sum of nothing", "0"],
    ["texts of nothing", "an empty text"]
  ] as const)("is made up by how two are added up: %s", (name, words) => {
    const found = only(name)
    expect(found).toMatchObject({ isRight: true, invents: `${words} stood in for the sum of an empty list` })
  })

  it("is not made up where nothing is neutral", () => {
    expect(report("most of nothing").candidates).toEqual([])
  })
})

it("what calls itself without end is only proposed", () => {
  const { candidates } = report("endless")
  expect(candidates.length).toBeGreaterThan(0)
  expect(candidates.every(({ tier }) => tier === "C")).toBe(true)
  expect(candidates.at(-1)?.fails).toContain("the input holds itself")
})
