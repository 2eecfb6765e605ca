/** Each mutator makes the fault that it is named for, and nothing where there is nothing to do. */
import { describe, expect, it } from "vitest"
import { covered } from "./corpus/mutators/covered.ts"
import { mutationsOf } from "./corpus/mutators/mutator.ts"
import { uncovered } from "./corpus/mutators/uncovered.ts"

const made = (name: string, source: string): ReadonlyArray<string> =>
  mutationsOf(
    "a.ts",
    source,
    [...covered, ...uncovered].filter((one) => one.name === name)
  ).map(({ text }) => text.trim())

/** A mutator, working code, and every fault that it makes of it. */
const examples: ReadonlyArray<readonly [name: string, source: string, ...faults: ReadonlyArray<string>]> = [
  ["drop-guard", "for (const x of xs) { if (x === undefined) continue; use(x) }", "for (const x of xs) {  use(x) }"],
  ["drop-guard", `const f = (x) => { if (!x) return "no x"; return x }`],
  ["dropped-refusal", `const f = (x) => { if (!x) return "no x"; return x }`, "const f = (x) => {  return x }"],
  ["drop-optional-chain", "a?.b", "a.b"],
  ["drop-optional-chain", "a?.[0]", "a[0]"],
  ["drop-await", "const f = async () => await g(1)", "const f = async () => g(1)"],
  ["misspell-member", "words.length", "words.legnth"],
  ["misspell-member", "words[length]"],
  ["misspell-name", "render(text)", "redner(text)"],
  ["wrong-export", `import { render } from "./a.ts"`, `import { redner as render } from "./a.ts"`],
  ["wrong-export", `import { render } from "node:x"`],
  ["wrong-export", `import { type Render } from "./a.ts"`],
  ["wrong-extension", `import { a } from "./a.ts"`, `import { a } from "./a.js"`],
  ["wrong-extension", `import { a } from "./a.js"`, `import { a } from "./a"`],
  ["default-for-named", `import { a } from "./a.ts"`, `import a from "./a.ts"`],
  ["default-for-named", `import a from "./a.ts"`, `import { a } from "./a.ts"`],
  ["drop-return", "const f = () => { g(); return 1 }", "const f = () => { g(); 1 }"],
  ["drop-return", "const f = (x) => x + 1", "const f = (x) => { x + 1 }"],
  ["drop-default", "const f = ({ a = [], b = 5 }) => a", "const f = ({ a, b = 5 }) => a"],
  ["drop-default", `a ?? ""`, "a"],
  ["dropped-constant", "a ?? 200", "a"],
  ["let-to-const", "let a = 1", "const a = 1"],
  ["let-to-const", "let a"],
  ["loop-bound", "for (let i = 0; i < n; i++) f(i)", "for (let i = 0; i <= n; i++) f(i)"],
  ["loop-bound", "if (i < n) f(i)"],
  ["swap-arguments", "f(a, b, c)", "f(b, a, c)"],
  ["raw-parse", "let a; try { a = JSON.parse(t) } catch { a = 1 }", "let a;  a = JSON.parse(t)"],
  ["removed-api", "if (a === null) b()", `import util from "node:util"\nif (util.isNull(a)) b()`],
  ["removed-api", `typeof a === "string"`, `import util from "node:util"\nutil.isString(a)`],
  ["drop-new", "new Map([])", "Map([])"],
  ["require-in-esm", `import { a as b } from "node:x"`, `const { a: b } = require("node:x")`],
  ["drop-import-attribute", `import a from "./a.json" with { type: "json" }`, `import a from "./a.json"`],
  ["drop-initialiser", "class A { list: Array<string> = [] }", "class A { list: Array<string> }"],
  ["wrong-constant", "f(2)", "f(3)"],
  ["wrong-factor", "f(2)", "f(20)"],
  ["wrong-text", `f(",")`, `f(",_")`],
  ["wrong-expression", "/a+/", "/a/"],
  ["inverted-condition", "a === b", "a !== b"],
  ["wrong-comparison", "a >= b", "a > b"],
  ["wrong-arithmetic", "a + b", "a - b"],
  ["wrong-logic", "a && b", "a || b"],
  ["dropped-statement", "f(1)", ";"],
  ["wrong-key", "const f = () => { return { a: 1 } }", "const f = () => { return { a_: 1 } }"],
  ["missing-case", "switch (a) { case 1: b(); break; default: c() }", "switch (a) {  default: c() }"],
  ["wrong-method", "a.some(f)", "a.every(f)"],
  ["wrong-method", "a.toString()"]
]

describe("a mutator", () => {
  it.each(examples)("%s of %s", (name, source, ...faults) => expect(made(name, source)).toEqual(faults))

  it("has an example, each", () => {
    const shown = new Set(examples.map(([name]) => name))
    expect([...covered, ...uncovered].map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([])
  })

  it("leaves a tool's examples alone, which are the author's word", () => {
    expect(made("wrong-constant", "const t = { examples: [{ input: 1 }], limit: 2 }")).toEqual([
      "const t = { examples: [{ input: 1 }], limit: 3 }"
    ])
  })

  it("says where and what", () => {
    const [found] = mutationsOf("a.ts", "\nlet a = 1\n", covered)
    expect(found).toMatchObject({ mutator: "let-to-const", file: "a.ts", line: 2, what: "let → const" })
  })
})
