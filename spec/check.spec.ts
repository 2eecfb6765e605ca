/** Types, lint and format belong to the suite: green means all of it. */
import { execFile } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it, onTestFinished } from "vitest"

const root = fileURLToPath(new URL("..", import.meta.url))

/** @returns all that the program printed, and its exit code. */
const run = (program: string, ...args: ReadonlyArray<string>) =>
  new Promise<{ output: string; code: number | string | null | undefined }>((resolve) => {
    execFile(program, args, { cwd: root, maxBuffer: 1e8 }, (error, stdout, stderr) => {
      resolve({ output: stdout + stderr, code: error === null ? 0 : error.code })
    })
  })

it.each(["types", "client", "lint", "format"])("%s", { timeout: 180_000 }, async (name) => {
  const { output, code } = await run(process.execPath, "scripts/check.ts", name)
  expect(code, output).toBe(0)
})

it("an unknown check is an error that names the known ones", async () => {
  const { output, code } = await run(process.execPath, "scripts/check.ts", "tpyes")
  expect(code).toBe(1)
  expect(output).toContain("only types, client, lint, format, layers")
})

describe("lint refuses", () => {
  it.each([
    [`import { Effect } from "effect"\nexport const x = Effect.void`, "no-restricted-imports"],
    ["export const x = (y: any) => y", "no-explicit-any"],
    ["export default 1", "no-default-export"],
    [`import { it } from "vitest"\nit.only("x", () => {})`, "no-focused-tests"],
    ["// TODO later\nexport const x = 1", "no-warning-comments"]
  ])("%s", async (text, rule) => {
    const folder = await mkdtemp(join(tmpdir(), "kintsugi-lint-"))
    onTestFinished(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, "bad.ts"), `${text}\n`)
    const oxlint = join(root, "node_modules/.bin/oxlint")
    const { output, code } = await run(oxlint, "-c", join(root, ".oxlintrc.json"), folder)
    expect(code).not.toBe(0)
    expect(output).toContain(rule)
  })
})
