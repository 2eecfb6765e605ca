/** What Node throws when it loads code, provoked in a Node of its own: the test runner has its own loader. */
import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { diagnose, type Failure } from "../../healing/failure.ts"
import { isHopeless } from "../../healing/signature.ts"

interface Case {
  readonly file: string
  readonly source: string
  readonly kind: string
  readonly errorClass?: Failure["errorClass"]
  readonly property?: string
  /** Relative to the folder where it is a path. */
  readonly subject?: string
  /** It says which file imports what is missing. */
  readonly importer?: true
  /** Line that the first frame names. */
  readonly line?: number
}

const around: Readonly<Record<string, string>> = {
  "m.mjs": "export const getFoo = 1",
  "typed.ts": "export interface T { a: 1 }",
  "d.json": "{}",
  "c.cjs": "module.exports = { a: 1 }",
  "tla.mjs": "await 1",
  "weird.xyz": "",
  "folder/index.js": "",
  "cyclic.mjs": 'import { a } from "./cycle.mjs"\nexport const b = a',
  "node_modules/cjs/index.js": "exports.foo = 1",
  "node_modules/exp/package.json": '{ "name": "exp", "exports": { ".": "./index.js" } }',
  "node_modules/exp/index.js": "export const a = 1"
}

const missing = { errorClass: "missing_dependency" } as const

const cases: ReadonlyArray<Case> = [
  {
    file: "01.mjs",
    source: 'import "no-such-package"',
    kind: "missing_package",
    property: "no-such-package",
    importer: true,
    ...missing
  },
  {
    file: "02.mjs",
    source: 'import "@scope/none/deep.js"',
    kind: "missing_package",
    property: "@scope/none",
    importer: true,
    ...missing
  },
  {
    file: "03.cjs",
    source: 'require("no-such-package")',
    kind: "missing_package",
    property: "no-such-package",
    importer: true,
    ...missing
  },
  { file: "04.mjs", source: 'import "./m"', kind: "missing_file_module", subject: "m", importer: true, ...missing },
  {
    file: "05.mjs",
    source: 'import "./typed.js"',
    kind: "missing_file_module",
    subject: "typed.js",
    importer: true,
    ...missing
  },
  {
    file: "06.mjs",
    source: 'import "./folder"',
    kind: "missing_file_module",
    subject: "folder",
    importer: true,
    ...missing
  },
  {
    file: "07.cjs",
    source: 'require("./none")',
    kind: "missing_file_module",
    subject: "=./none",
    importer: true,
    ...missing
  },
  {
    file: "08.mjs",
    source: 'import "exp/deep.js"',
    kind: "missing_subpath",
    property: "./deep.js",
    subject: "node_modules/exp/package.json",
    importer: true,
    ...missing
  },
  {
    file: "09.mjs",
    source: 'import "#inner"',
    kind: "missing_subpath",
    property: "#inner",
    importer: true,
    ...missing
  },
  { file: "10.mjs", source: 'import "node:nothing"', kind: "missing_builtin", property: "node:nothing", ...missing },
  {
    file: "11.mjs",
    source: '\nimport { getFo } from "./m.mjs"',
    kind: "missing_export",
    property: "getFo",
    subject: "=./m.mjs",
    line: 2,
    ...missing
  },
  {
    file: "12.mjs",
    source: 'import foo from "./m.mjs"',
    kind: "missing_export",
    property: "default",
    subject: "=./m.mjs",
    line: 1,
    ...missing
  },
  {
    file: "13.ts",
    source: 'import { T } from "./typed.ts"\nexport const t: T = { a: 1 }',
    kind: "missing_export",
    property: "T",
    subject: "=./typed.ts",
    line: 1,
    ...missing
  },
  {
    file: "14.mjs",
    source: 'import { readfile } from "node:fs"',
    kind: "missing_export",
    property: "readfile",
    subject: "=node:fs",
    line: 1,
    ...missing
  },
  {
    file: "15.mjs",
    source: 'import { bar } from "cjs"',
    kind: "missing_named_export",
    property: "bar",
    subject: "=cjs",
    line: 1,
    ...missing
  },
  {
    file: "16.mjs",
    source: 'import { bar } from "./c.cjs"',
    kind: "missing_named_export",
    property: "bar",
    subject: "=./c.cjs",
    line: 1,
    ...missing
  },
  { file: "17.mjs", source: '\nrequire("fs")', kind: "cjs_in_esm", property: "require", line: 2 },
  { file: "18.mjs", source: "export const here = __dirname", kind: "cjs_in_esm", property: "__dirname", line: 1 },
  { file: "19.mjs", source: "module.exports = {}", kind: "cjs_in_esm", property: "module", line: 1 },
  { file: "20.mjs", source: "exports.a = 1", kind: "cjs_in_esm", property: "exports", line: 1 },
  { file: "21.cjs", source: 'import "./m.mjs"', kind: "esm_in_cjs", line: 1 },
  { file: "22.cjs", source: "export const a = 1", kind: "esm_in_cjs", line: 1 },
  { file: "23.cjs", source: "import.meta.url", kind: "esm_in_cjs", line: 1 },
  { file: "24.cjs", source: 'require("./tla.mjs")', kind: "require_async", subject: "tla.mjs", importer: true },
  { file: "25.mjs", source: 'import d from "./d.json"', kind: "import_attribute", subject: "=file:d.json" },
  {
    file: "26.mjs",
    source: 'import d from "./m.mjs" with { type: "json" }',
    kind: "import_attribute",
    subject: "=file:m.mjs"
  },
  { file: "27.ts", source: "\nenum A { B }", kind: "typescript_syntax", property: "enum", line: 2 },
  {
    file: "28.ts",
    source: "class A { constructor(private a: 1) {} }",
    kind: "typescript_syntax",
    property: "parameter property",
    line: 1
  },
  {
    file: "29.ts",
    source: "namespace N { export const a = 1 }",
    kind: "typescript_syntax",
    property: "namespace declaration",
    line: 1
  },
  { file: "30.mjs", source: 'import "./weird.xyz"', kind: "unknown_extension", property: ".xyz", subject: "weird.xyz" },
  { file: "31.ts", source: "const x: = 1", kind: "bad_syntax", line: 1 },
  { file: "32.mjs", source: "const a = ;", kind: "bad_syntax", property: ";" },
  { file: "33.mjs", source: "const a = 1; const a = 2", kind: "bad_syntax", property: "a" },
  { file: "34.mjs", source: "export { x }", kind: "bad_syntax", property: "x" },
  { file: "35.mjs", source: "function f() { await 1 }", kind: "bad_syntax" },
  {
    file: "cycle.mjs",
    source: 'import { b } from "./cyclic.mjs"\nexport const a = b',
    kind: "used_too_early",
    property: "a"
  },
  { file: "36.mjs", source: "\n\nnull.x", kind: "undefined_access", property: "x", line: 3 },
  { file: "37.mjs", source: "Promise.reject(5)", kind: "floating_rejection" },
  {
    file: "38.mjs",
    source: "setTimeout(() => undefined_name)",
    kind: "not_defined",
    property: "undefined_name",
    line: 1
  }
]

/** Imports each file in turn, and tells what came of it; what nobody catches counts for the file that was loaded last. */
const runner = `
import { argv } from "node:process"
let current = ""
const tell = (error) => {
  const { name, code, message, stack } = error ?? {}
  console.log(JSON.stringify({ file: current, error: { name, code, message, stack } }))
}
process.on("uncaughtException", tell)
for (const file of argv.slice(2)) {
  current = file
  await import("./" + file).catch(tell)
  await new Promise((resolve) => setTimeout(resolve, 5))
}`

describe("Node's loader", () => {
  let folder = ""
  const thrown = new Map<string, unknown>()

  beforeAll(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-loading-")))
    const all = [...Object.entries(around), ...cases.map(({ file, source }) => [file, source] as const)]
    for (const [file, text] of [...all, ["runner.mjs", runner] as const]) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), text)
    }
    const files = cases.map(({ file }) => file)
    const { stdout } = await promisify(execFile)(process.execPath, ["--no-warnings", "runner.mjs", ...files], {
      cwd: folder
    })
    for (const line of stdout.trim().split("\n")) {
      const { file, error } = JSON.parse(line)
      thrown.set(file, error)
    }
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const subjectOf = (subject: string | undefined): string | undefined => {
    if (subject?.startsWith("=file:")) return `file://${join(folder, subject.slice(6))}`
    return subject?.startsWith("=") ? subject.slice(1) : subject && join(folder, subject)
  }

  it.each(cases)(
    "$file: $source",
    ({ file, kind, errorClass = "execution_error", property, subject, importer, line }) => {
      const failure = diagnose(thrown.get(file))
      expect(failure, JSON.stringify(failure)).toMatchObject({ kind, errorClass })
      expect(failure.property).toBe(property)
      expect(failure.subject).toBe(subjectOf(subject))
      expect(failure.importer).toBe(importer ? join(folder, file) : undefined)
      if (line !== undefined) expect(failure.frames[0]).toMatchObject({ file: join(folder, file), line })
    }
  )

  it("a fault of loading is hopeless, one of running is not", () => {
    const running = new Set(["used_too_early", "undefined_access", "floating_rejection", "not_defined"])
    for (const { kind } of cases) expect(isHopeless(kind), kind).toBe(!running.has(kind))
  })
})
