/** docs/json.md: programs copied from it follow a run of the real command. */
import { execFile } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest"

const page = readFileSync(join(import.meta.dirname, "../../../docs/json.md"), "utf8")
const block = (language: string): string =>
  new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "m").exec(page)?.[1] ?? ""

const run = promisify(execFile)
const python = ["/usr/bin/python3", "/usr/local/bin/python3"].find(existsSync)
const jq = ["/usr/bin/jq", "/usr/local/bin/jq"].find(existsSync)

const script = {
  rules: [
    { when: "hello", turns: [{ calls: [{ tool: "list_files", input: {} }] }, { text: "Hello yourself." }] },
    { when: ".*", turns: [{ text: "They pass." }] }
  ]
}

let folder = ""

/** The command as it is found on the way, with a model that plays a script. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kintsugi-page-"))
  const shim = `#!/bin/sh\nexec '${process.execPath}' '${inject("program")}' "$@"\n`
  await writeFile(join(folder, "kintsugi"), shim)
  await chmod(join(folder, "kintsugi"), 0o755)
  await writeFile(join(folder, "script.yaml"), JSON.stringify(script))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

const inFolder = () => ({
  cwd: folder,
  timeout: 30_000,
  env: {
    PATH: [folder, "/usr/bin", "/bin"].join(delimiter),
    HOME: folder,
    KINTSUGI_LLM_MODEL: "scripted/script.yaml"
  }
})

describe("a program copied from docs/json.md", { timeout: 30_000 }, () => {
  it("in JavaScript follows the lines to the result", async () => {
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", block("js")], inFolder())
    expect(stdout).toBe("list_files worked\ndone Hello yourself.\n")
  })

  it.skipIf(python === undefined)("in Python reads the object (needs python3)", async () => {
    const { stdout } = await run(python ?? "", ["-c", block("python")], inFolder())
    expect(stdout).toBe("done Hello yourself. True\n")
  })

  it.skipIf(jq === undefined)("in a shell takes the answer (needs jq)", async () => {
    const { stdout } = await run("sh", ["-c", block("sh")], inFolder())
    expect(stdout).toBe("They pass.\n")
  })
})
