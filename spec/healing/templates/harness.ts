/** Runs small broken plugins for real, takes what they fail with to the templates, and runs every candidate for real. */
import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { promisify } from "node:util"
import type { Candidate } from "../../../healing/candidate.ts"
import { candidatesOf } from "../../../healing/candidates.ts"
import type { Code } from "../../../healing/code.ts"
import { type Failure } from "../../../healing/failure.ts"
import type { Template } from "../../../healing/template.ts"

export interface Broken {
  /** By path within the plugin's folder; the first is its module. `execute`'s body alone: see `execute`. */
  readonly files: Readonly<Record<string, string>>
  /** Default `{}`. */
  readonly input?: unknown
  /** JSON Schema of the input. */
  readonly parameters?: Readonly<Record<string, unknown>>
  /** What it should answer. Where it answers something else without a failure, its example is broken. */
  readonly right: unknown
}

export interface Tried extends Candidate {
  /** The whole changed text, when one file changed. */
  readonly text: string
  /** What it answers. */
  readonly answer: unknown
  /** The kind of what it fails with, and its message. */
  readonly fails?: string
  readonly isRight: boolean
}

export interface Report {
  readonly failure: Failure
  readonly candidates: ReadonlyArray<Tried>
}

/** A module with one tool, `t`. */
export const execute = (body: string, before = "", head = "async execute(input, context)"): string =>
  `${before}
export default {
  name: "p",
  tools: [
    {
      name: "t",
      description: "A tool.",
      risk: "read",
      input: { type: "object" },
      ${head} {
${body
  .trim()
  .split("\n")
  .map((line) => `        ${line}`)
  .join("\n")}
      }
    }
  ]
}
`

export const schema = (...names: ReadonlyArray<string>) => ({
  type: "object",
  properties: Object.fromEntries(names.map((name) => [name, {}]))
})

interface Run {
  readonly module: string
  readonly input: unknown
}

type Ended = { readonly answer: unknown } | { readonly failure: Failure }

/** Two processes for all of them. */
export const tryAll = async (
  broken: Readonly<Record<string, Broken>>,
  templates: ReadonlyArray<Template>
): Promise<(name: string) => Report> => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-templates-")))
  try {
    const places = Object.entries(broken).map(([name, one], at) => ({ name, root: join(folder, String(at)), one }))
    for (const { root, one } of places) write(root, one.files)
    const failures = await run(places.map(({ root, one }) => ({ module: moduleOf(root, one), input: one.input ?? {} })))
    const all = places.flatMap(({ name, root, one }, at) => {
      const failure = failureOf(failures[at], one)
      const code = codeOf(root, one)
      const patient = { plugin: "p", tool: "t", failure, code, recorded: [] }
      return [...candidatesOf(patient, templates, one.parameters)].map((candidate, index) => {
        const copy = join(folder, `${at}-${index}`)
        write(copy, one.files)
        for (const [path, text] of candidate.sources) writeFileSync(join(copy, path.slice(root.length + 1)), text)
        return { name, one, candidate, run: { module: moduleOf(copy, one), input: one.input ?? {} } }
      })
    })
    const ends = await run(all.map((each) => each.run))
    const tried = all.map(({ name, one, candidate }, at) => ({ name, result: triedOf(candidate, ends[at], one) }))
    const reports = new Map(
      places.map(({ name, one }, at) => {
        const candidates = tried.filter((each) => each.name === name).map(({ result }) => result)
        return [name, { failure: failureOf(failures[at], one), candidates }] as const
      })
    )
    return (name) => {
      const report = reports.get(name)
      if (report === undefined) throw new Error(`no program is called ${name}`)
      return report
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const moduleOf = (root: string, { files }: Broken): string => join(root, Object.keys(files)[0] ?? "")

const write = (root: string, files: Broken["files"]) => {
  for (const [name, text] of Object.entries({ "package.json": '{ "type": "module" }', ...files })) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
}

/** The code of a plugin as the templates see it. */
export const codeOf = (root: string, { files }: Pick<Broken, "files">): Code => {
  const texts = new Map(Object.entries(files).map(([name, text]) => [join(root, name), text]))
  return {
    root,
    module: join(root, Object.keys(files)[0] ?? ""),
    files: () => [...texts.keys()].filter((path) => /\.[cm]?[jt]s$/.test(path) && !path.includes("/node_modules/")),
    read: (path) => (path.includes("/node_modules/") ? undefined : texts.get(path)),
    manifest: () => ({ type: "module" })
  }
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

const failureOf = (end: Ended | undefined, { right }: Broken): Failure => {
  if (end !== undefined && "failure" in end) return end.failure
  if (same(end?.answer, right)) throw new Error("this program is not broken")
  return brokenExample()
}

export const brokenExample = (): Failure => ({
  kind: "broken_example",
  errorClass: "execution_error",
  name: "",
  said: "",
  property: "0",
  message: "its own example gave something else",
  frames: []
})

const triedOf = (candidate: Candidate, end: Ended | undefined, { right }: Broken): Tried => {
  const text = [...candidate.sources.values()].join("\n")
  const base = { ...candidate, text }
  if (end === undefined || "failure" in end)
    return { ...base, answer: undefined, fails: `${end?.failure.kind}: ${end?.failure.said}`, isRight: false }
  return { ...base, answer: end.answer, isRight: same(end.answer, right) }
}

/** Runs in Node itself, one after another: the test runner's loader is not the one that plugins meet. */
const script = `
import { readFileSync, writeFileSync } from "node:fs"
import { pathToFileURL } from "node:url"
const [, , list, diagnosis] = process.argv
const { diagnose } = await import(diagnosis)
let stray
process.on("unhandledRejection", (error) => { stray ??= error })
const context = () => ({
  cwd: "/tmp", log() {}, progress() {}, signal: new AbortController().signal, taskStartedAt: 0,
  files: {
    read: async (path) => { if (path === "missing") throw Object.assign(new Error("ENOENT: no such file"), { code: "ENOENT" }); return { text: path } },
    write: async () => {}
  },
  exec: { run: async (command) => ({ code: 0, output: command }) },
  fetch: async (url) => new Response(JSON.stringify({ url }))
})
const call = async ({ module, input }) => {
  stray = undefined
  const loaded = await import(pathToFileURL(module).href)
  const plugin = typeof loaded.default === "function" ? new loaded.default() : loaded.default
  const tools = typeof plugin.tools === "function" ? plugin.tools() : plugin.tools
  const tool = tools.find(({ name }) => name === "t")
  const answer = await tool.execute(input, context())
  await new Promise((resolve) => setImmediate(resolve))
  if (stray !== undefined) throw stray
  if (typeof answer === "string" || typeof answer?.success === "boolean") return JSON.parse(JSON.stringify(answer))
  throw new TypeError('tool "t": execute must return a string or { success, … }, not ' + (typeof answer === "object" && answer !== null ? "an object without success" : String(answer)))
}
const ends = []
for (const one of JSON.parse(readFileSync(list, "utf8"))) {
  const late = new Promise((_, reject) => setTimeout(reject, 2000, new Error("too late")).unref())
  ends.push(await Promise.race([call(one), late]).then((answer) => ({ answer }), (error) => ({ failure: { ...diagnose(error), ...(error === stray && { ending: "uncaught" }) } })))
}
writeFileSync(list, JSON.stringify(ends))
`

const run = async (runs: ReadonlyArray<Run>): Promise<ReadonlyArray<Ended>> => {
  const folder = mkdtempSync(join(tmpdir(), "kintsugi-runs-"))
  const list = join(folder, "runs.json")
  const main = join(folder, "main.mjs")
  writeFileSync(list, JSON.stringify(runs))
  writeFileSync(main, script)
  try {
    const diagnosis = new URL("../../../healing/failure.ts", import.meta.url).href
    await promisify(execFile)(process.execPath, ["--no-warnings", main, list, diagnosis], { timeout: 60_000 })
    return JSON.parse(readFileSync(list, "utf8")) as ReadonlyArray<Ended>
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
