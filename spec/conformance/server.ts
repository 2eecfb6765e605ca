/**
 * The conformance suite's server scenarios against our MCP server, one by one (it runs them side by side, which times some out on a
 * small machine). A pass counts only when the scenario made a check that succeeded and what it calls is there.
 *
 * `npm run conformance -- server [--revision 2026-07-28] [SCENARIO…]`
 */
import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { parse } from "yaml"
import { serveFixture } from "./server-fixture.ts"

const revisions = ["2025-11-25", "2026-07-28"] as const
type Revision = (typeof revisions)[number]

const suite = dirname(createRequire(import.meta.url).resolve("@modelcontextprotocol/conformance/package.json"))

interface Requirements {
  readonly server: ReadonlyArray<string>
  readonly not_scored?: ReadonlyArray<{ readonly scenario: string; readonly leg: string; readonly reason: string }>
}

interface Row {
  readonly scenario: string
  readonly scored: boolean
  readonly passed: number
  readonly failed: number
  readonly warnings: number
  /** What the suite says of what went wrong. */
  readonly said: string
}

/**
 * Tools and prompts that server scenarios call: one that is missing makes a scenario pass that only looks for an error. Not those of
 * the tasks extension, which we do not serve.
 */
export const fixturesNamed = (): ReadonlyArray<string> => {
  const called = /(?:`(?:tools\/call|prompts\/get)`,|callTool\()\{name:`(test_\w+)`/g
  const names = [...readFileSync(join(suite, "dist/index.js"), "utf8").matchAll(called)].map(([, name = ""]) => name)
  return [...new Set(names)].filter((name) => !beyond.has(name))
}

/** A call whose stream the server is to break off by itself, which ours never does; and tasks. */
const beyond: ReadonlySet<string> = new Set(["test_reconnection", "test_tool_with_task"])

const scenariosOf = (revision: Revision): Requirements =>
  parse(readFileSync(join(suite, "requirements", `${revision}.yaml`), "utf8"))

/** Resolves to the exit code: 1 when a scored scenario failed. */
export const runServer = async (args: ReadonlyArray<string>): Promise<number> => {
  const at = args.indexOf("--revision")
  const wanted = revisions.filter((revision) => at < 0 || args[at + 1] === revision)
  const names = args.filter((arg, index) => !arg.startsWith("--") && (at < 0 || index !== at + 1))
  let failures = 0
  for (const revision of wanted) {
    const rows = await runRevision(revision, names)
    process.stdout.write(tableOf(revision, rows))
    failures += rows.filter(({ scored, passed, failed }) => scored && (failed > 0 || passed === 0)).length
  }
  return failures === 0 ? 0 : 1
}

const runRevision = async (revision: Revision, names: ReadonlyArray<string>): Promise<ReadonlyArray<Row>> => {
  const { server, not_scored: others = [] } = scenariosOf(revision)
  const unscored = others.filter(({ leg, reason }) => leg === "server" && reason !== "extension")
  const all = [
    ...server.map((scenario) => ({ scenario, scored: true })),
    ...unscored.map(({ scenario }) => ({ scenario, scored: false }))
  ].filter(({ scenario }) => names.length === 0 || names.includes(scenario))
  const rows: Array<Row> = []
  const { url, close } = await serveFixture()
  try {
    for (const { scenario, scored } of all) rows.push({ scored, ...(await runScenario(url, revision, scenario)) })
  } finally {
    await close()
  }
  return rows
}

/** Milliseconds for one scenario. */
const patience = 60_000

export const runScenario = (url: string, revision: Revision, scenario: string): Promise<Omit<Row, "scored">> =>
  new Promise((resolve) => {
    const args = [join(suite, "dist/index.js"), "server", "--url", url, "--scenario", scenario]
    execFile(
      process.execPath,
      [...args, "--spec-version", revision, "--verbose"],
      { timeout: patience, maxBuffer: 16 * 1024 * 1024 },
      (_, stdout, stderr) => resolve({ scenario, ...countsIn(stdout, stderr) })
    )
  })

/** A list of checks stands in what it prints with `--verbose`. */
const countsIn = (stdout: string, stderr: string): Omit<Row, "scenario" | "scored"> => {
  const statuses = [...stdout.matchAll(/"status": "(\w+)"/g)].map(([, status]) => status)
  const count = (status: string): number => statuses.filter((one) => one === status).length
  const said = [...stdout.matchAll(/"errorMessage": "((?:[^"\\]|\\.)*)"/g)].map(([, message = ""]) => message)
  return {
    passed: count("SUCCESS"),
    failed: count("FAILURE"),
    warnings: count("WARNING"),
    said: statuses.length === 0 ? stderr.trim().slice(-400) : said.join(" | ")
  }
}

const tableOf = (revision: Revision, rows: ReadonlyArray<Row>): string => {
  const lines = rows.map(({ scenario, scored, passed, failed, warnings, said }) => {
    const word = failed > 0 || passed === 0 ? "FAIL" : warnings > 0 ? "warn" : "pass"
    return `${word}  ${scored ? "scored  " : "unscored"}  ${scenario}  ${passed} ok, ${failed} failed, ${warnings} warnings${said === "" ? "" : `\n        ${said}`}`
  })
  const scored = rows.filter((row) => row.scored)
  const good = scored.filter(({ passed, failed }) => failed === 0 && passed > 0)
  return `\n# server, ${revision}\n${lines.join("\n")}\n${good.length} of ${scored.length} scored scenarios pass\n`
}
