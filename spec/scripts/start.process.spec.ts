/**
 * `npm start` and `npm test` in a fresh clone, seen from outside: a small project with these scripts, and in npm's place a
 * program that notes its calls and "installs".
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { beforeEach, describe, expect, it, onTestFinished } from "vitest"

const scripts = fileURLToPath(new URL("../../scripts", import.meta.url))
const lock = {
  packages: { "": {}, "node_modules/a": { version: "1.0.0" }, "node_modules/mac": { version: "1.0.0", optional: true } }
}

/** Does what npm does as far as the scripts can see: brings Node, and at the end its own record of what it installed. */
const installs = `
mkdir -p node_modules/.bin
ln -sf "${process.execPath}" node_modules/.bin/node
sleep 0.3
echo '{"packages":{"node_modules/a":{"version":"1.0.0"}}}' > node_modules/.package-lock.json
`

const program = `
console.log(JSON.stringify({ args: process.argv.slice(2), cwd: process.cwd() }))
if (process.argv[2] === "exit") process.exit(7)
if (process.argv[2] === "die") process.kill(process.pid, "SIGKILL")
if (process.argv[2] === "wait") {
  process.on("SIGTERM", () => process.exit(42))
  console.log("waiting")
  setInterval(() => {}, 1000)
}
`

let project = ""

beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), "kintsugi-start-"))
  onTestFinished(() => rm(project, { recursive: true, force: true }))
  await cp(scripts, join(project, "scripts"), { recursive: true })
  await mkdir(join(project, "channels/cli"), { recursive: true })
  await mkdir(join(project, "bin"))
  await writeFile(join(project, "channels/cli/bin.ts"), program)
  await writeFile(join(project, "package.json"), `{"type":"module"}`)
  await writeFile(join(project, "package-lock.json"), JSON.stringify(lock))
  await npmDoes(installs)
})

const npmDoes = async (commands: string) => {
  const file = join(project, "bin/npm")
  await writeFile(file, `#!/bin/sh\necho "$@" >> npm-calls\n${commands}\n`)
  await chmod(file, 0o755)
}

const npmCalls = async () =>
  (await readFile(join(project, "npm-calls"), "utf8").catch(() => "")).split("\n").filter(Boolean)

const launch = (script: string, args: ReadonlyArray<string>, environment: Readonly<Record<string, string>> = {}) => {
  const { INIT_CWD: _, ...inherited } = process.env
  return spawn(process.execPath, [join(project, "scripts", script), ...args], {
    cwd: project,
    env: { ...inherited, PATH: [join(project, "bin"), "/usr/bin", "/bin"].join(delimiter), ...environment },
    stdio: ["ignore", "pipe", "pipe"]
  })
}

const run = async (...[script, args, environment]: Parameters<typeof launch>) => {
  const child = launch(script, args, environment)
  const [stdout, stderr, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close")
  ])
  return { stdout, stderr, code, signal }
}

describe("start", () => {
  it("installs once, then starts the program with its arguments, quietly", async () => {
    const first = await run("start.mjs", ["run", "a task"])
    expect(JSON.parse(first.stdout)).toEqual({ args: ["run", "a task"], cwd: project })
    expect(first.stderr).toMatch(/installing dependencies/)
    // Nothing to do is nothing to wait for.
    await writeFile(join(project, ".installing"), String(process.pid))
    expect((await run("start.mjs", [])).stderr).toBe("")
    expect(await npmCalls()).toHaveLength(1)
  })

  it("installs again when the lock wants another version", async () => {
    await run("start.mjs", [])
    await writeFile(
      join(project, "package-lock.json"),
      JSON.stringify({ packages: { "node_modules/a": { version: "2.0.0" } } })
    )
    await run("start.mjs", [])
    expect(await npmCalls()).toHaveLength(2)
  })

  it("lets one of two install while the other waits", async () => {
    const both = await Promise.all([run("start.mjs", ["one"]), run("start.mjs", ["two"])])
    expect(both.map(({ code }) => code)).toEqual([0, 0])
    expect(await npmCalls()).toHaveLength(1)
  })

  it("does not wait for an installation whose process is gone", async () => {
    const { pid } = spawn("true")
    await writeFile(join(project, ".installing"), String(pid))
    expect((await run("start.mjs", [])).code).toBe(0)
  })

  it("falls back to npm install when npm ci refuses the lock", async () => {
    await npmDoes(`[ "$1" = ci ] && { echo "Missing: x from lock file"; exit 1; }\n${installs}`)
    const { code, stderr } = await run("start.mjs", [])
    expect(code).toBe(0)
    expect(stderr).not.toContain("Missing: x")
    expect((await npmCalls()).map((call) => call.split(" --loglevel")[0])).toEqual(["ci", "install --no-save"])
  })

  it("shows what npm said when nothing helps, and starts nothing", async () => {
    await npmDoes(`echo "no network, said $1" >&2; exit 1`)
    const { code, stderr, stdout } = await run("start.mjs", [])
    expect(code).toBe(1)
    expect(stdout).toBe("")
    expect(stderr).toMatch(/no network, said ci\s+no network, said install/)
  })

  it("works in the folder where npm was called", async () => {
    const folder = await mkdtemp(join(tmpdir(), "kintsugi-where-"))
    onTestFinished(() => rm(folder, { recursive: true }))
    const { stdout } = await run("start.mjs", [], { INIT_CWD: folder })
    expect(JSON.parse(stdout).cwd).toBe(folder)
  })

  it("ends as the program ends", async () => {
    expect(await run("start.mjs", ["exit"])).toMatchObject({ code: 7, signal: null })
    expect(await run("start.mjs", ["die"])).toMatchObject({ code: null, signal: "SIGKILL" })
  })

  it("passes signals on", async () => {
    const child = launch("start.mjs", ["wait"])
    const ended = once(child, "close")
    for await (const chunk of child.stdout) if (String(chunk).includes("waiting")) break
    child.kill("SIGTERM")
    expect(await ended).toEqual([42, null])
  })

  it("uses the running Node when none was brought", async () => {
    await npmDoes(installs.replace("ln -sf", "true"))
    expect((await run("start.mjs", ["exit"])).code).toBe(7)
  })
})

describe("run", () => {
  it("runs a script of the project, or a program of node_modules/.bin, on the project's Node", async () => {
    await npmDoes(
      `${installs}\nprintf '#!/usr/bin/env node\\nconsole.log(process.execPath, process.argv[2])\\n' > node_modules/.bin/tool\nchmod +x node_modules/.bin/tool`
    )
    await symlink(process.execPath, join(project, "node24"))
    expect((await run("run.mjs", ["tool", "x"])).stdout.trim()).toBe(`${process.execPath} x`)
    expect(JSON.parse((await run("run.mjs", ["channels/cli/bin.ts", "x"])).stdout).args).toEqual(["x"])
  })
})
