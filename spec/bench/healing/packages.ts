/**
 * Faults of other people's published packages (C5): an old version with a known fault under a small plugin, installed by npm
 * when the bench runs. Code of a dependency is not rewritten, so what is expected is a failure that is contained and told; a
 * heal counts only when the hidden tests pass.
 */
import { execFile } from "node:child_process"
import { mkdtempSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { writeFolder } from "../../healing/corpus/quick.ts"
import { type HiddenTest, ok } from "../../healing/corpus/hidden-test.ts"
import { judged, type Result } from "./outcome.ts"
import { play } from "./theatre.ts"

interface Faulty {
  readonly name: string
  readonly version: string
  readonly kind: "crash" | "silent"
  /** Body of the plugin's one tool; `dependency` is the package's default export, `x` the input. */
  readonly body: string
  readonly history: ReadonlyArray<unknown>
  readonly tests: ReadonlyArray<readonly [input: unknown, data: unknown]>
}

/** What an object has that nobody gave it. */
const polluted = `const stain = ["stain"].filter((name) => name in {} || name in (() => {})).join()`

export const faultyPackages: ReadonlyArray<Faulty> = [
  {
    name: "decode-uri-component",
    version: "0.2.0",
    kind: "crash",
    body: "return { success: true, data: dependency(x) }",
    // It keeps a position between calls, so that a call before would hide the fault.
    history: [],
    tests: [
      ["%ea%ba%5a%ba", "%ea%baZ%ba"],
      ["caf%C3%A9", "café"]
    ]
  },
  {
    name: "nedb",
    version: "1.8.0",
    kind: "crash",
    body: `const store = new dependency()
      await new Promise((resolve, reject) => store.insert(x, (error) => (error ? reject(error) : resolve())))
      const count = await new Promise((resolve, reject) => store.count({}, (error, n) => (error ? reject(error) : resolve(n))))
      return { success: true, data: count }`,
    history: [],
    tests: [
      [[{ n: 1 }, { n: 2 }], 2],
      [{ n: 1 }, 1]
    ]
  },
  {
    name: "formidable",
    version: "1.0.14",
    kind: "crash",
    body: "return { success: true, data: typeof new dependency.IncomingForm(x).uploadDir }",
    history: [{ uploadDir: "/tmp/x" }],
    tests: [
      [{}, "string"],
      [{ uploadDir: "/tmp/y" }, "string"]
    ]
  },
  {
    name: "flat",
    version: "4.1.0",
    kind: "silent",
    body: `const made = dependency.unflatten(x); ${polluted}; return { success: true, data: [made, stain] }`,
    history: [{ "a.b": 1 }],
    tests: [
      [{ "__proto__.stain": 1 }, [{}, ""]],
      [{ "a.c": 2 }, [{ a: { c: 2 } }, ""]]
    ]
  },
  {
    name: "ini",
    version: "1.3.5",
    kind: "silent",
    body: `const made = dependency.parse(x); ${polluted}; return { success: true, data: [made, stain] }`,
    history: ["[a]\nb = 1"],
    tests: [
      ["[__proto__]\nstain = yes", [{}, ""]],
      ["[a]\nc = 2", [{ a: { c: "2" } }, ""]]
    ]
  },
  {
    name: "minimist",
    version: "1.2.5",
    kind: "silent",
    body: `const made = dependency(x); ${polluted}; return { success: true, data: [made.a ?? null, stain] }`,
    history: [["--a=1"]],
    tests: [
      [
        ["--_.constructor.constructor.prototype.stain", "1"],
        [null, ""]
      ],
      [
        ["--a", "2"],
        [2, ""]
      ]
    ]
  }
]

const npm = promisify(execFile)

const sourceOf = ({ name, body }: Faulty): string => `import { definePlugin, defineTool } from "kintsugi/plugin"
import dependency from "${name}"

export default definePlugin({
  name: "uses-${name}",
  tools: [defineTool({
    name: "use_package",
    description: "Use the package.",
    risk: "read",
    input: { type: "object", properties: { x: {} }, required: ["x"] },
    execute: async ({ x }) => {
      ${body}
    }
  })]
})
`

export interface PackageResult {
  readonly name: string
  readonly kind: Faulty["kind"]
  /** Absent: it could not be installed. */
  readonly result?: Result
  readonly problem?: string
}

const playOne = async (faulty: Faulty): Promise<PackageResult> => {
  const { name, version, kind, history, tests } = faulty
  const main = "index.js"
  const manifest = JSON.stringify({
    name: `uses-${name}`,
    version: "1.0.0",
    type: "module",
    kintsugi: { plugin: "./index.js" },
    dependencies: { [name]: `^${version}` }
  })
  const files = { [main]: sourceOf(faulty), "package.json": manifest }
  const hidden = tests.map(([x, data]): HiddenTest => ok("use_package", { x }, data))
  const before = history.map((x): HiddenTest => ({ tool: "use_package", input: { x }, answer: { success: true } }))
  const prepareFolder = async (folder: string): Promise<void> => {
    await npm("npm", ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", `${name}@${version}`], {
      cwd: folder,
      timeout: 60_000
    })
  }
  const piece = {
    name: `uses-${name}`,
    main,
    files,
    history: before,
    failing: hidden[0],
    hidden,
    isSeen: false,
    isHealing: true,
    prepareFolder
  }
  return {
    name: `${name} ${version}`,
    kind,
    result: judged({ id: name, unmended: [kind === "crash" ? "threw" : "wrong", "right"] }, await play(piece))
  }
}

/** Whether there is a registry to install from. */
const isReachable = async (): Promise<boolean> => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-npm-")))
  try {
    writeFolder(folder, { "package.json": "{}" })
    await npm("npm", ["view", "minimist@1.2.5", "version"], { cwd: folder, timeout: 20_000 })
    return true
  } catch {
    return false
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @returns `undefined` when there is no registry. */
export const playPackages = async (): Promise<ReadonlyArray<PackageResult> | undefined> => {
  if (!(await isReachable())) return undefined
  const played: Array<PackageResult> = []
  for (const one of faultyPackages)
    played.push(
      await playOne(one).catch((error: Error) => ({
        name: one.name,
        kind: one.kind,
        problem: error.message.split("\n")[0] ?? ""
      }))
    )
  return played
}
