/** Runs the suite's client scenarios one by one, and tells of each whether it passed, and by how many checks. */
import { execFile } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { parse } from "yaml"

const suite = dirname(createRequire(import.meta.url).resolve("@modelcontextprotocol/conformance/package.json"))
const adapter = fileURLToPath(new URL("./client-adapter.ts", import.meta.url))

export const revisions = ["2025-11-25", "2026-07-28"] as const

export interface Outcome {
  readonly revision: string
  readonly scenario: string
  readonly passed: boolean
  /** Checks that succeeded, and all that judge; what only tells of a message does not count. */
  readonly succeeded: number
  readonly judged: number
  /** Ids of those that failed, warned, or were skipped. */
  readonly others: ReadonlyArray<string>
  /** What the adapter and the suite wrote, when it did not pass. */
  readonly said: string
}

/** What a client must pass to conform to a revision; the suite froze it at the revision's release. */
export const scored = (revision: string): ReadonlyArray<string> => {
  const { client }: { client: ReadonlyArray<string> } = parse(
    readFileSync(join(suite, "requirements", `${revision}.yaml`), "utf8")
  )
  return client
}

interface Check {
  readonly id: string
  readonly status: "SUCCESS" | "FAILURE" | "WARNING" | "SKIPPED" | "INFO"
}

export const runScenario = async (revision: string, scenario: string): Promise<Outcome> => {
  const folder = mkdtempSync(join(tmpdir(), "conformance-"))
  const command = `"${process.execPath}" --no-warnings "${adapter}"`
  const args = [join(suite, "dist", "index.js"), "client", "--command", command, "--scenario", scenario]
  try {
    const ran = await promisify(execFile)(
      process.execPath,
      ["--no-warnings", ...args, "--spec-version", revision, "--timeout", "60000", "--output-dir", folder],
      { timeout: 90_000, maxBuffer: 1 << 26 }
    ).then(
      ({ stdout }) => ({ ok: true, stdout }),
      (error: Error & { stdout?: string }) => ({ ok: false, stdout: error.stdout ?? error.message })
    )
    const result = judged(folder)
    // What does nothing passes some of them.
    const passed = ran.ok && result.succeeded > 0
    return { revision, scenario, ...result, passed, said: passed ? "" : saidIn(folder, ran.stdout) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const judged = (folder: string): Pick<Outcome, "succeeded" | "judged" | "others"> => {
  const text = contentOf(folder, "checks.json")
  const checks: ReadonlyArray<Check> = text === undefined ? [] : JSON.parse(text)
  const judging = checks.filter(({ status }) => status !== "INFO")
  const succeeded = judging.filter(({ status }) => status === "SUCCESS")
  const others = judging.filter(({ status }) => status !== "SUCCESS").map(({ id, status }) => `${id} ${status}`)
  return { succeeded: succeeded.length, judged: judging.length, others }
}

/** The suite makes a folder of its own for each run, within others for a scenario such as auth/iss-supported. */
const contentOf = (folder: string, name: string): string | undefined => {
  const found = readdirSync(folder, { recursive: true, encoding: "utf8" }).find((path) => basename(path) === name)
  return found === undefined ? undefined : readFileSync(join(folder, found), "utf8")
}

const saidIn = (folder: string, stdout: string): string =>
  `${contentOf(folder, "stderr.txt") ?? ""}\n${stdout.slice(-2000)}`

/** @param args A revision, then scenarios; without them all that is scored of both. @returns the exit code. */
export const runClient = async (args: ReadonlyArray<string>): Promise<number> => {
  const [given, ...named] = args
  if (given !== undefined && !revisions.some((one) => one === given)) {
    process.stderr.write(`there is no revision ${given}; there are ${revisions.join(" and ")}\n`)
    return 2
  }
  const outcomes: Array<Outcome> = []
  for (const revision of given === undefined ? revisions : [given])
    for (const scenario of named.length > 0 ? named : scored(revision)) {
      const outcome = await runScenario(revision, scenario)
      outcomes.push(outcome)
      process.stdout.write(`${lineOf(outcome)}\n`)
      if (!outcome.passed) process.stderr.write(`${outcome.said}\n`)
    }
  const passed = outcomes.filter((one) => one.passed).length
  process.stdout.write(`\n${passed} of ${outcomes.length} scenarios pass\n`)
  return passed === outcomes.length ? 0 : 1
}

const lineOf = ({ revision, scenario, passed, succeeded, judged, others }: Outcome): string =>
  `${passed ? "pass" : "FAIL"}  ${revision}  ${scenario.padEnd(40)} ${succeeded}/${judged}  ${others.join(", ")}`.trimEnd()
