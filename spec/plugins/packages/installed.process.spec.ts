/** The community's packages through the npm tier, in processes of their own, and three packages of npm wrapped as plugins. */
import { execFileSync, spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { createRuntime, type Runtime } from "../../../actors/runtime.ts"
import type { Answer } from "../../../plugins/tool.ts"
import { type Play, played } from "../../actors/played-model.ts"
import { install, pack, putDependencies } from "./installed.ts"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const examples = ["json-query", "file-hash", "prettier"]
const missing = [
  ...["git", "tar", "npm"].filter((program) => spawnSync(program, ["--version"]).status !== 0),
  ...["@vscode/ripgrep", "linkedom", "jsonata", "hash-wasm", "prettier"].filter(
    (name) => !existsSync(join(root, "node_modules", name))
  )
]

let folder = ""
let cwd = ""
let server: Server
let runtime: Runtime
let tarballs: ReadonlyArray<string> = []
const plays: Array<Play> = []
const model = played(plays)

/** Makes these calls in one turn of a new session, then lets the model say the rest. @returns the answers, in order. */
const calls = async (
  made: ReadonlyArray<readonly [tool: string, input: object]>,
  ...rest: ReadonlyArray<Play>
): Promise<ReadonlyArray<Answer>> => {
  await using session = await runtime.open({ unattended: true })
  const answers = new Map<string, Answer>()
  session.events.subscribe((notice) => {
    if (notice.type === "agent.settled") answers.set(notice.call.id, notice.answer)
  })
  plays.push({ calls: made.map(([name, input], n) => ({ id: `c${n}`, name, input })) }, ...rest, "done")
  await session.ask("go")
  return made.map((_, n) => answers.get(`c${n}`) ?? { success: false, error: "no answer" })
}

/** Public addresses lead here; the plugin's process does not see that. */
const serve = async (): Promise<void> => {
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "", "http://x")
    if (pathname === "/away") return response.writeHead(302, { location: "http://169.254.169.254/" }).end()
    response.setHeader("content-type", "text/html")
    const result = '<div class="result"><a class="result__a" href="https://example.com/">Found</a></div>'
    return response.end(pathname === "/html/" ? result : `<h1>Words</h1><p>${"Many words. ".repeat(50)}</p>`)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  const port = typeof address === "object" ? address?.port : 0
  const real = globalThis.fetch
  vi.stubGlobal("fetch", (input: string | URL | Request, init?: RequestInit) => {
    const { pathname, search } = new URL(String(input))
    return real(`http://127.0.0.1:${port}${pathname}${search}`, init)
  })
}

describe.skipIf(missing.length > 0)(
  `installed packages (without ${missing.join(", ") || "nothing"})`,
  { timeout: 60_000 },
  () => {
    beforeAll(async () => {
      folder = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-packages-")))
      cwd = join(folder, "work")
      mkdirSync(cwd)
      const config = join(folder, "config")
      tarballs = await pack(folder)
      await install(join(config, "plugins"), tarballs)
      for (const name of examples) {
        const target = join(config, "plugins", name)
        cpSync(join(root, "examples/plugins", name), target, {
          recursive: true,
          filter: (path) => !path.includes("node_modules")
        })
        putDependencies(target, join(target, "node_modules"))
      }
      await serve()
      const settings = { permissions: { mode: "auto" as const } }
      runtime = await createRuntime({ cwd, env: {}, model, settings, discover: { config, trusted: false } })
    }, 120_000)

    afterAll(async () => {
      await runtime?.close()
      server?.close()
      vi.unstubAllGlobals()
      rmSync(folder, { recursive: true, force: true })
    })

    it("hold their code, their papers and nothing else", () => {
      for (const tarball of tarballs) {
        const names = execFileSync("tar", ["-tzf", tarball]).toString().trim().split("\n")
        expect(names).toEqual(
          expect.arrayContaining([
            "package/package.json",
            "package/README.md",
            "package/LICENSE",
            "package/dist/index.js"
          ])
        )
        expect(
          names.filter(
            (name) => !/^package\/(package\.json|README\.md|LICENSE|sgconfig\.yml|dist\/[\w-]+\.js)$/.test(name)
          )
        ).toEqual([])
      }
    })

    it("are found, and run beside each other in processes of their own", async () => {
      execFileSync("git", ["init", "--quiet", "--initial-branch=main"], { cwd })
      for (const [key, value] of [
        ["user.name", "Ada"],
        ["user.email", "ada@example.com"]
      ] as const)
        execFileSync("git", ["config", key, value], { cwd })
      writeFileSync(join(cwd, "a b.ts"), "log(1)\n")
      const answers = await calls([
        ["git_status", {}],
        ["git_commit", { message: "it's", all: true }],
        ["git_log", {}],
        ["grep_search", { pattern: "log" }],
        ["grep_count", { pattern: "log" }],
        ["ast_search", { pattern: "log($A)", language: "typescript" }],
        ["web_search", { query: "words" }],
        ["read_page", { url: "http://93.184.216.34/" }],
        ["read_page", { url: "http://93.184.216.34/away" }],
        ["read_page", { url: "http://localhost/" }],
        ["git_diff", { from: "--output=x" }]
      ])
      const said = answers.map(({ success, data, error }) => (success ? String(data) : `${error}`))
      expect(said).toEqual([
        expect.stringContaining("untracked:\n  a b.ts"),
        expect.stringMatching(/^\[\w+\] it's\n\n 1 file changed/),
        expect.stringContaining("    it's"),
        "a b.ts\n1: log(1)",
        "1 match in 1 file\n\n1  a b.ts",
        "a b.ts\n1:1: log(1)\n   $A = 1",
        "1. Found\n   https://example.com/",
        expect.stringContaining("Many words."),
        expect.stringContaining("169.254.169.254 is not contacted"),
        expect.stringContaining("localhost is not contacted"),
        expect.stringContaining("no revision")
      ])
      expect(answers.slice(8).map(({ errorClass }) => errorClass)).toEqual([
        "permission_denied",
        "permission_denied",
        "invalid_arguments"
      ])
      expect(answers.filter(({ outcome }) => outcome !== undefined)).toEqual([])
      const listed = runtime.plugins.list().filter(({ tier }) => tier === "npm")
      expect(listed.map(({ name, place, state }) => `${name} ${place} ${state}`)).toEqual([
        "git child healthy",
        "grep child healthy",
        "web child healthy",
        "plan-orchestrator child healthy"
      ])
    })

    it("carry out a plan by subagents, and go on with it", async () => {
      const steps = [{ title: "look" }, { title: "write", depends_on: ["1"] }]
      const before = model.requests.length
      const [answer] = await calls([["orchestrate_plan", { goal: "words", steps }]], "looked around", "wrote it")
      expect(answer).toMatchObject({
        success: true,
        data: { plan: { steps: [{ state: "done" }, { state: "done", after: ["1"] }] }, results: { 2: "wrote it" } }
      })
      expect(JSON.stringify(model.requests[before + 2]?.messages)).toContain("looked around")
    })

    it("may be any package with asynchronous functions, wrapped in less than 20 lines", async () => {
      for (const name of examples)
        expect(
          readFileSync(join(root, "examples/plugins", name, "index.ts"), "utf8")
            .trimEnd()
            .split("\n").length
        ).toBeLessThan(20)
      writeFileSync(join(cwd, "a.json"), '{"prices":[1,2,3]}')
      writeFileSync(join(cwd, "c.js"), "let   x=1")
      const answers = await calls([
        ["json_query", { path: "a.json", query: "$sum(prices)" }],
        ["file_hash", { path: "c.js", algorithm: "md5" }],
        ["format_file", { path: "c.js" }]
      ])
      expect(answers).toMatchObject([
        { data: 6 },
        { data: "f2307d70e817604af862473ae8ef621f" },
        { data: "formatted c.js" }
      ])
      expect(readFileSync(join(cwd, "c.js"), "utf8")).toBe("let x = 1;\n")
    })
  }
)
