/** The published package as its users meet it: packed, installed in an empty folder, run, embedded, type-checked. */
import { execFile } from "node:child_process"
import { globSync, readFileSync } from "node:fs"
import { cp, mkdtemp, readdir, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { builtPackage } from "./embedder.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
let folder = ""

/** npm hands its own settings down to the scripts it runs; here a stranger calls. */
const environment = () => {
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|KINTSUGI_|XDG_|INIT_CWD|VITEST)/i.test(name))
  const homes = ["CONFIG", "DATA", "STATE", "CACHE"].map((kind) => [
    `XDG_${kind}_HOME`,
    join(folder, kind.toLowerCase())
  ])
  // The compiler ends before its collector of garbage has spared any memory.
  return { ...Object.fromEntries(own), ...Object.fromEntries(homes), NO_COLOR: "1", GOGC: "off" }
}

/** @returns standard output. @throws with everything that the program said. */
const run = (cwd: string, program: string, ...args: ReadonlyArray<string>) =>
  new Promise<string>((resolve, reject) => {
    execFile(program, args, { cwd, env: environment(), maxBuffer: 1e8 }, (error, stdout, stderr) =>
      error === null ? resolve(stdout) : reject(new Error(`${error.message}\n${stdout}\n${stderr}`))
    )
  })

const write = (files: Readonly<Record<string, string>>) =>
  Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)))

/** The project as it is when its build has just been made: `prepack` makes it in the project itself. */
const papered = async (): Promise<string> => {
  const project = join(folder, "project")
  await cp(await builtPackage(), project, { recursive: true })
  for (const name of [...manifest.files.filter((name: string) => name !== "dist"), "package.json"])
    await cp(join(root, name), join(project, name), { recursive: true })
  return project
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kintsugi-package-"))
  await run(await papered(), "npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", folder)
  await write({ "package.json": `{"private":true,"type":"module"}` })
  const [tarball = ""] = await readdir(folder).then((names) => names.filter((name) => name.endsWith(".tgz")))
  await run(
    folder,
    "npm",
    "install",
    "--prefer-offline",
    // npm would wait five minutes for an answer that does not come.
    "--fetch-timeout=15000",
    "--fetch-retries=5",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    `./${tarball}`
  )
  // With an empty cache npm asks for every package's papers.
}, 240_000)

afterAll(() => rm(folder, { recursive: true, force: true }))

it("holds the build and its papers, not the sources", () => {
  const installed = join(folder, "node_modules/kintsugi")
  const files = globSync("**/*", { cwd: installed, withFileTypes: true }).filter((entry) => entry.isFile())
  const names = files.map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1))
  const papers = [
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "docs/a2a-server.md",
    "docs/a2a.md",
    "docs/acp.md",
    "docs/agents.md",
    "docs/claude-code-plugins.md",
    "docs/context.md",
    "docs/embedding.md",
    "docs/frames.md",
    "docs/frames.schema.json",
    "docs/hooks.md",
    "docs/json.md",
    "docs/keys.md",
    "docs/mcp-server.md",
    "docs/mcp.md",
    "docs/models.md",
    "docs/providers.md",
    "docs/run.schema.json",
    "docs/server.md",
    "docs/skills.md",
    ...globSync("examples/{a2a,embedding}/*", { cwd: root }).toSorted()
  ]
  expect(names.filter((name) => !name.startsWith("dist/")).toSorted()).toEqual([...papers, "package.json"])
  expect(names.filter((name) => /(?<!\.d)\.ts$/.test(name) && !name.startsWith("examples/"))).toEqual([])
})

it("is built before it is packed", () => {
  expect(manifest.scripts).toMatchObject({
    prepack: "npm run --silent build",
    build: expect.stringContaining("scripts/build.ts")
  })
})

it("can say which Node it needs to a Node that lacks it", () => {
  const entry = readFileSync(join(folder, "node_modules/kintsugi/dist/bin/kintsugi.js"), "utf8")
  // A name that an old Node's module does not export is a SyntaxError before the first line runs.
  const names = [...entry.matchAll(/import ?\{([^}]*)\} ?from ?"node:/g)].flatMap(([, list = ""]) => list.split(","))
  const asked = names.map((name) => name.split(" as ")[0]?.trim())
  expect(asked.filter((name) => !["createRequire", "readFileSync"].includes(name ?? ""))).toEqual([])
})

it("kintsugi --version", async () => {
  expect(await run(folder, "npx", "--no-install", "kintsugi", "--version")).toBe(`${manifest.version}\n`)
})

it("kintsugi --help", async () => {
  expect(await run(folder, "npx", "--no-install", "kintsugi", "--help")).toContain("Usage: kintsugi")
})

it(
  "kintsugi without a model rehearses with a scripted one, and says how to configure a real one",
  { timeout: 90_000 },
  async () => {
    // No key of this machine's.
    const stranger = ["-i", `PATH=${process.env.PATH}`, `HOME=${folder}`, "NO_COLOR=1"]
    const said = await run(folder, "env", ...stranger, "sh", "-c", "npx --no-install kintsugi 2>&1")
    expect(said).toContain("scripted")
    // The test fails first, and passes after the edit.
    expect(said).toMatch(/✗ exit code 1[^]*→ edit_file fibonacci\.js[^]*→ task_done/)
    expect(said).toMatch(/Verified: fibonacci\.js[^]*function fibonacci/)
    expect(said).toContain("export ANTHROPIC_API_KEY")
    // Its plugin is broken in five places; each is told when it happens, and again at the end.
    for (const story of [
      "install  provisional: installed @kintsugi-demo/plural 1.0.2",
      "stub     degraded: its stop is missing",
      "wrap     degraded: its systemPrompt failed",
      'rewrite  healed: reads "filter" where "fliter" stood',
      "patch    degraded: this.remembered of plugin cracked was missing"
    ])
      expect(said).toContain(story)
    expect(said).toMatch(/◆ healed cracked\/sequence_check[^]*✓ sequence_check \(healed, seam s/)
    expect(said).toMatch(/! sequence_remember \(degraded, seam s[^]*lost: an empty list stands in/)
    expect(said).toMatch(/^-.*fliter[^]*^\+.*filter/m)
  }
)

describe("embedded", () => {
  const script = `
rules:
  - when: "how many words"
    turns:
      - calls: [{ tool: word_count, input: { text: "one two three" } }]
      - text: "There are three."
`
  const program = `
import { createRuntime } from "kintsugi"
import { definePlugin, defineTool } from "kintsugi/plugin"
const count = defineTool({
  name: "word_count", description: "Count the words in a text.", risk: "read",
  input: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
  execute: ({ text }) => String(text.split(" ").length)
})
const runtime = await createRuntime({ model: "scripted/script.yaml", plugins: [definePlugin({ name: "words", tools: [count] })] })
const session = await runtime.open()
session.events.subscribe((notice) => notice.type === "agent.settled" && console.log("counted", notice.answer.data))
const end = await session.ask("how many words?")
console.log(end.type, end.text)
await runtime.close()
`

  it("runs a tool of the host's own", async () => {
    await write({ "script.yaml": script, "embed.js": program })
    expect(await run(folder, process.execPath, "embed.js")).toBe("counted 3\nagent.replied There are three.\n")
  })

  it("runs a plugin's module in a process of its own", async () => {
    const words = `
import { definePlugin, defineTool } from "kintsugi/plugin"
import * as z from "zod"
export default definePlugin({ name: "words", tools: [defineTool({
  name: "word_count", description: "Count the words in a text.", risk: "read",
  input: z.object({ text: z.string() }),
  execute: ({ text }: { text: string }) => text.split(" ").length + " in " + process.pid
})] })
`
    const outside = program
      .replace(/import \{ definePlugin[^]*?\n\}\)\n/, "")
      .replace(/plugins: \[.*\]/, 'plugins: ["./words.ts"]')
      .replace("notice.answer.data", "notice.answer.data.replace(String(process.pid), 'here')")
    await write({ "script.yaml": script, "words.ts": words, "outside.js": outside })
    expect(await run(folder, process.execPath, "outside.js")).toMatch(
      /^counted 3 in \d+\nagent\.replied There are three\.\n$/
    )
  })

  const typed = `
import { createRuntime, type AgentNotice, type Session } from "kintsugi"
import { defineTool, type Tool } from "kintsugi/plugin"
import * as z from "zod"
export const count: Tool = defineTool({
  name: "word_count", description: "Count words.", risk: "read",
  input: z.object({ text: z.string() }),
  execute: ({ text }) => String(text.split(" ").length)
})
export const listen = async (hear: (notice: AgentNotice) => void): Promise<Session> => {
  const runtime = await createRuntime({ model: "scripted/rehearsal", settings: { permissions: { mode: "auto" } } })
  const session = await runtime.open()
  session.events.subscribe(hear)
  return session
}
// @ts-expect-error a model is named by a text
export const wrong = createRuntime({ model: 5 })
// @ts-expect-error there is no such notice
export const odd: AgentNotice = { type: "agent.slept" }
`

  it("has declarations that a strict consumer can check", { timeout: 60_000 }, async () => {
    const compilerOptions = {
      module: "nodenext",
      target: "es2024",
      lib: ["es2024", "esnext.disposable"],
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      noEmit: true,
      typeRoots: [join(root, "node_modules/@types")],
      types: ["node"]
    }
    await write({ "typed.ts": typed, "tsconfig.json": JSON.stringify({ compilerOptions, files: ["typed.ts"] }) })
    const compiler = join(root, "node_modules/typescript/bin/tsc")
    const output = await run(folder, process.execPath, compiler, "--checkers", "1", "--pretty", "false").catch(
      ({ message }: Error) => message
    )
    // Under settings this strict the declarations of effect and xstate have errors of their own.
    expect(output.split("\n").filter((line) => /^(typed\.ts|node_modules\/kintsugi\/)/.test(line))).toEqual([])
  })
})
