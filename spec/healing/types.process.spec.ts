import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { Code } from "../../healing/code.ts"
import { typeCheck } from "../../healing/types.ts"

let root = ""
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-v7-")))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const code = (files: Readonly<Record<string, string>>): Code => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, name, ".."), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  const own = new Map(
    Object.entries(files)
      .filter(([name]) => !name.startsWith("node_modules"))
      .map(([name, text]) => [join(root, name), text])
  )
  const read = (path: string) => own.get(path)
  return { root, module: join(root, "index.ts"), files: () => [...own.keys()], read, manifest: () => undefined }
}

/** Stands for the compiler of a plugin: finds an error in every line that says WRONG. */
const compiler = (more = "") => ({
  "node_modules/typescript/package.json": `{ "name": "typescript", "version": "5.0.0" }`,
  "node_modules/typescript/bin/tsc": `
const { readFileSync } = require("node:fs")
${more}
const files = process.argv.slice(2).filter((one) => one.endsWith(".ts"))
let failed = false
for (const file of files) readFileSync(file, "utf8").split("\\n").forEach((line, at) => {
  if (!line.includes("WRONG")) return
  failed = true
  console.log(require("node:path").basename(file) + "(" + (at + 1) + ",1): error TS1: " + line.trim())
})
process.exitCode = failed ? 2 : 0
`
})

const check = (all: Code, after: string) => Effect.runPromise(typeCheck(all, new Map([[all.module, after]])))

const temporary = () => readdirSync(tmpdir()).filter((name) => name.startsWith("kintsugi-types-"))

describe("the check of types", () => {
  it("passes what adds no error, those that were there aside, wherever they have moved", async () => {
    const all = code({ "index.ts": "const old = WRONG", ...compiler() })
    const [before, proof] = [temporary(), await check(all, "\n\nconst old = WRONG\nconst x = 1")]
    expect(proof).toMatchObject({ check: "V7", outcome: "passed" })
    expect(temporary()).toEqual(before)
  })

  it("fails what adds one, and says which", async () => {
    const proof = await check(code({ "index.ts": "const old = 1", ...compiler() }), "const more = WRONG")
    expect(proof).toMatchObject({ check: "V7", outcome: "failed" })
    expect(proof.detail).toContain("const more = WRONG")
  })

  it("is skipped without a compiler of the plugin's own, and for files without types", async () => {
    expect(await check(code({ "index.ts": "" }), "WRONG")).toMatchObject({ outcome: "skipped" })
    const all = code({ "index.js": "", ...compiler() })
    const proof = await Effect.runPromise(typeCheck(all, new Map([[join(root, "index.js"), "WRONG"]])))
    expect(proof).toMatchObject({ outcome: "skipped", detail: expect.stringContaining("no file with types") })
  })

  it("gives a plugin's compiler no way to write, to start a program or to read elsewhere", async () => {
    const deeds = [
      `require("node:fs").writeFileSync(${JSON.stringify(join(root, "written"))}, "x")`,
      `require("node:child_process").execSync("id")`,
      `require("node:fs").readFileSync("/etc/passwd")`
    ]
    for (const deed of deeds) {
      const proof = await check(code({ "index.ts": "", ...compiler(deed) }), "const x = 1")
      expect(proof, deed).toMatchObject({ outcome: "skipped" })
    }
    expect(readdirSync(root)).not.toContain("written")
  })

  it("leaves nothing behind when it is interrupted", async () => {
    const all = code({ "index.ts": "", ...compiler("for (;;) {}") })
    const before = temporary()
    const proof = await Effect.runPromise(
      typeCheck(all, new Map([[all.module, "x"]])).pipe(Effect.timeoutOption("300 millis"))
    )
    expect(Option.isNone(proof)).toBe(true)
    expect(temporary()).toEqual(before)
  })
})
