import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { candidatesOf, mostCandidates } from "../../healing/candidates.ts"
import type { Code } from "../../healing/code.ts"
import type { Failure } from "../../healing/failure.ts"
import { parses } from "../../healing/syntax.ts"
import type { Proposed, Template, Tier } from "../../healing/template.ts"
import { put } from "../../healing/templates/kit.ts"
import { templates } from "../../healing/templates/index.ts"

const root = join(import.meta.dirname, "../..")

const codeOf = (files: Readonly<Record<string, string>>): Code => ({
  root: "/p",
  module: `/p/${Object.keys(files)[0]}`,
  files: () => Object.keys(files).map((name) => `/p/${name}`),
  read: (path) => files[path.slice(3)],
  manifest: () => undefined
})

const failure = (part: Partial<Failure>): Failure => ({
  kind: "wrong_type",
  errorClass: "execution_error",
  name: "TypeError",
  said: "",
  message: "",
  frames: [],
  ...part
})

const of = (code: Code, part: Partial<Failure>, list: ReadonlyArray<Template>) => [
  ...candidatesOf({ plugin: "p", tool: "t", failure: failure(part), code, recorded: [] }, list)
]

const source = `export default { name: "p", tools: [{ name: "t", execute: () => alpha + beta }] }\n`

/** Renames what is called so. */
const renaming = (name: string, tier: Tier, from: string, ...to: ReadonlyArray<string>): Template => ({
  name,
  covers: [],
  tier,
  treats: ({ kind }) => kind === "wrong_type",
  *propose({ ast }) {
    for (const other of to)
      yield {
        what: other,
        apply: () => {
          const found: Array<object> = []
          JSON.stringify(ast.program, (key: string, value: unknown) => {
            if (key === "loc" || key === "original" || key === "tokens") return undefined
            if (typeof value === "object" && value !== null && "name" in value && value.name === from) found.push(value)
            return value
          })
          const undos = found.map((one) => put(one, "name", other))
          return () => undos.forEach((undo) => undo())
        }
      } satisfies Proposed
  }
})

describe("candidatesOf", () => {
  it("gives tier A before B before C, and within a tier keeps the templates' order", () => {
    const list = [
      renaming("c", "C", "alpha", "c1"),
      renaming("b", "B", "alpha", "b1"),
      renaming("one", "A", "alpha", "a1", "a2"),
      renaming("two", "A", "beta", "a3")
    ]
    expect(of(codeOf({ "a.js": source }), {}, list).map(({ what }) => what)).toEqual(["a1", "a2", "a3", "b1", "c1"])
  })

  it("gives the changed file whole, and each text once", () => {
    const [one, ...more] = of(codeOf({ "a.js": source }), {}, [renaming("x", "A", "alpha", "gamma", "gamma")])
    expect(more).toEqual([])
    expect(one).toEqual({
      origin: "x",
      what: "gamma",
      tier: "A",
      sources: new Map([["/p/a.js", source.replace("alpha", "gamma")]])
    })
  })

  it("leaves out what changes nothing or is no program", () => {
    expect(of(codeOf({ "a.js": source }), {}, [renaming("x", "A", "alpha", "alpha", "if")])).toEqual([])
  })

  it("stops at the most that are worth a trial", () => {
    const names = Array.from({ length: 100 }, (_, at) => `name${at}`)
    expect(of(codeOf({ "a.js": source }), {}, [renaming("x", "A", "alpha", ...names)])).toHaveLength(mostCandidates)
  })

  it("asks only templates that treat the failure, and none without code", () => {
    expect(of(codeOf({ "a.js": source }), { kind: "hung" }, [renaming("x", "A", "alpha", "gamma")])).toEqual([])
    const patient = { plugin: "p", failure: failure({}), recorded: [] }
    expect([...candidatesOf(patient, [renaming("x", "A", "alpha", "gamma")])]).toEqual([])
  })

  it("dies of a template that does not undo what it did", () => {
    const careless: Template = {
      ...renaming("careless", "A", "alpha"),
      *propose({ program }) {
        yield { what: "x", apply: () => (put(program.node, "body", []), () => {}) }
      }
    }
    expect(() => of(codeOf({ "a.js": source }), {}, [careless])).toThrow(/careless left a change/)
  })
})

const kinds =
  `not_a_function undefined_access undefined_set undefined_destructure not_iterable not_defined not_a_constructor
  class_without_new const_assignment used_too_early read_only bad_json wrong_value wrong_type missing_file missing_export
  missing_file_module cjs_in_esm unknown broken_example broken_promise typescript_syntax empty_reduce circular bad_length
  network`.split(/\s+/)

describe("every template, on real sources", () => {
  const files = globSync("{healing,plugins,llm,machines}/**/*.ts", { cwd: root }).filter(
    (name) => !name.endsWith(".d.ts")
  )

  it("undoes exactly what it does, keeps what it does not change, and gives programs", () => {
    const sources = fc.constantFrom(...files).map((name) => ({ name, text: readFileSync(join(root, name), "utf8") }))
    fc.assert(
      fc.property(
        sources,
        fc.constantFrom(...kinds),
        fc.nat(),
        fc.boolean(),
        ({ name, text }, kind, seed, isPlaced) => {
          const lines = text.split("\n")
          const line = (seed % lines.length) + 1
          const words = (lines[line - 1] ?? "").match(/[A-Za-z_$]\w*/g) ?? ["x"]
          const word = words[seed % words.length] ?? "x"
          const column = (lines[line - 1] ?? "").indexOf(word) + 1
          const frames = isPlaced ? [{ file: "/p/a.ts", line, column }] : []
          // `candidatesOf` itself compares the tree with the source after every undo.
          for (const { sources: changed } of of(
            codeOf({ "a.ts": text }),
            { kind, frames, property: word, subject: word },
            templates
          )) {
            const after = changed.get("/p/a.ts") ?? ""
            expect(parses("/p/a.ts", after), name).toBe(true)
            const kept = new Set(after.split("\n"))
            const gone = lines.filter((one) => !kept.has(one)).length
            expect(gone, `${name}: too much of it is printed anew`).toBeLessThan(25)
          }
        }
      ),
      { numRuns: 25 }
    )
  }, 60_000)
})
