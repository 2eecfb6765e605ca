import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { candidatesOf, mostCandidates } from "../../healing/candidates.ts"
import type { Code } from "../../healing/code.ts"
import type { Failure } from "../../healing/failure.ts"
import { sitesOf } from "../../healing/site.ts"
import { snapshotOf } from "../../healing/snapshot.ts"
import { parses, printSource } from "../../healing/syntax.ts"
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

  it("loses nothing by a template that does not undo what it did, or dies", () => {
    const careless: Template = {
      ...renaming("careless", "A", "alpha"),
      *propose({ program }) {
        yield { what: "x", apply: () => (put(program.node, "body", []), () => {}) }
        yield {
          what: "y",
          apply: () => {
            put(program.node, "body", [])
            throw new Error("y")
          }
        }
      }
    }
    const dying: Template = {
      ...careless,
      propose: () => {
        throw new Error("dying")
      }
    }
    const list = [careless, dying, renaming("one", "A", "alpha", "gamma")]
    const [, ...texts] = of(codeOf({ "a.js": source }), {}, list).map(({ sources }) => sources.get("/p/a.js"))
    expect(texts).toEqual([source.replace("alpha", "gamma")])
  })

  it("asks for what a failing place proposes before it reads other files", () => {
    const read: Array<string> = []
    const files = { "a.js": source, "b.js": "export const b = 1\n" }
    const code = codeOf(files)
    const watched = { ...code, read: (path: string) => (read.push(path), code.read(path)) }
    const frames = [{ file: "/p/a.js", line: 1, column: 62 }]
    const patient = { plugin: "p", tool: "t", failure: failure({ frames }), code: watched, recorded: [] }
    const [first] = candidatesOf(patient, [renaming("x", "A", "alpha", "gamma")])
    expect(first?.what).toBe("gamma")
    expect(read).not.toContain("/p/b.js")
  })

  it("leaves a text of several lines as it is, in whose last line something is changed", () => {
    const text = "const a = () => {\n  if (x) {\n    return [`one\ntwo`, alpha]\n  }\n}\n"
    const [one] = of(codeOf({ "a.js": text }), { frames: [{ file: "/p/a.js", line: 3, column: 12 }] }, [
      renaming("x", "A", "alpha", "gamma")
    ])
    expect(one?.sources.get("/p/a.js")).toContain("`one\ntwo`, gamma]")
  })

  it("prints only the statement that was changed, exactly as the whole file would be", () => {
    const text = `const a = () => {\r\n\tif (x) {\r\n\t\t// c\r\n\t\treturn alpha( 1 )\r\n\t}\r\n}\r\n;[1].map(a)\r\n`
    const [one] = of(codeOf({ "a.js": text }), { frames: [{ file: "/p/a.js", line: 4, column: 12 }] }, [
      renaming("x", "A", "alpha", "gamma")
    ])
    expect(one?.sources.get("/p/a.js")).toBe(text.replace("alpha", "gamma"))
  })

  it("indents by tabs alone what it prints of a statement that is indented itself", () => {
    const text =
      "const a = () => {\n\treturn {\n\t\tzap: (told) => {\n\t\t\tconst text = told.x()\n\t\t\t// why\n\t\t\tzip(text)\n\t\t}\n\t}\n}\n"
    const frames = [{ file: "/p/a.js", line: 4, column: 22 }]
    const found = of(
      codeOf({ "a.js": text }),
      { kind: "not_a_function", property: "x", subject: "told", frames },
      templates
    )
    expect(found).not.toEqual([])
    for (const { sources } of found) expect(sources.get("/p/a.js")).not.toMatch(/^\t* /m)
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

  const draws = fc.tuple(fc.constantFrom(...files), fc.constantFrom(...kinds), fc.nat(), fc.boolean())

  /** As others write: with Windows' line ends, with tabs, with semicolons. */
  const hands: fc.Arbitrary<(text: string) => string> = fc.constantFrom(
    (text: string) => text,
    (text: string) => text.replaceAll("\n", "\r\n"),
    (text: string) => text.replaceAll(/^ +/gm, (lead) => "\t".repeat(lead.length / 2)),
    (text: string) => text.replaceAll(/^( +return .*[\w)])$/gm, "$1;")
  )

  const failureIn = (text: string, kind: string, seed: number, isPlaced: boolean) => {
    const lines = text.split("\n")
    const line = (seed % lines.length) + 1
    const words = (lines[line - 1] ?? "").match(/[A-Za-z_$]\w*/g) ?? ["x"]
    const word = words[seed % words.length] ?? "x"
    const column = (lines[line - 1] ?? "").indexOf(word) + 1
    const frames = isPlaced ? [{ file: "/p/a.ts", line, column }] : []
    return {
      kind,
      frames,
      property: word,
      subject: word,
      said: `Cannot read properties of undefined (reading '${word}')`
    }
  }

  it("undoes exactly what it does, and what it changes is printed alone as it is with its whole file", () => {
    fc.assert(
      fc.property(draws, hands, ([name, kind, seed, isPlaced], written) => {
        const code = codeOf({ "a.ts": written(readFileSync(join(root, name), "utf8")) })
        const broken = failure(failureIn(code.read("/p/a.ts") ?? "", kind, seed, isPlaced))
        const alone = new Set(of(code, broken, templates).map(({ sources }) => sources.get("/p/a.ts")))
        const whole = new Set<string>()
        for (const template of templates.filter((one) => one.treats(broken)))
          for (const site of sitesOf(broken, code, "t"))
            for (const { what, apply } of template.propose(site)) {
              const snapshot = snapshotOf(site.ast)
              const undo = apply()
              whole.add(printSource(site.ast))
              undo()
              expect(snapshot.changed(), `${template.name} left a change after "${what}"`).toEqual([])
            }
        for (const text of alone) expect([...whole], `${name} ${kind} ${seed}`).toContain(text)
      }),
      { numRuns: 12, endOnFailure: true }
    )
  }, 60_000)

  it("keeps what it does not change, and gives programs", () => {
    fc.assert(
      fc.property(draws, ([name, kind, seed, isPlaced]) => {
        const text = readFileSync(join(root, name), "utf8")
        const lines = text.split("\n")
        for (const { sources } of of(codeOf({ "a.ts": text }), failureIn(text, kind, seed, isPlaced), templates)) {
          const after = sources.get("/p/a.ts") ?? ""
          expect(parses("/p/a.ts", after), name).toBe(true)
          const kept = new Set(after.split("\n"))
          const gone = lines.filter((one) => !kept.has(one)).length
          expect(gone, `${name}: too much of it is printed anew`).toBeLessThan(25)
        }
      }),
      { numRuns: 25 }
    )
  }, 60_000)
})
