/** Installs by the real npm, from a registry on this machine. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { integrityOf, type Published } from "../../../channels/cli/demo/registry.ts"
import type { Code } from "../../../healing/code.ts"
import { install, installApproved, type InstallOptions } from "../../../healing/install.ts"
import { type Bench, bench, day, needs, notFound, now, outcome, patient, plugin, published } from "./registry.ts"

const wrong = `sha512-${Buffer.alloc(64).toString("base64")}`
const hour = day / 24

const packages = (folder: string): ReadonlyArray<Published> => {
  const canary = `node -e "require('fs').writeFileSync('${join(folder, "canary")}', '')"`
  const scripts = { preinstall: canary, install: canary, postinstall: canary, prepare: canary }
  return [
    published("left-pad", "1.2.0"),
    published("left-pad", "1.3.0"),
    published("left-pad", "2.0.0"),
    published("left-pad", "1.4.0", { time: now - hour }),
    published("@own/repeat", "1.0.0", { manifest: { dependencies: { "left-pad": "^1.0.0" } } }),
    published("scripted", "1.0.0", { manifest: { scripts } }),
    published("fresh", "1.0.0", { time: now - hour }),
    published("forged", "1.0.0", { integrity: wrong }),
    published("needs-fresh", "1.0.0", { manifest: { dependencies: { fresh: "*" } } }),
    published("needs-git", "1.0.0", { manifest: { dependencies: { evil: "git+file:///nowhere/evil.git" } } }),
    published("careless", "1.0.0", { files: { "index.js": `module.exports = require("left-pad")` } })
  ]
}

let ours: Bench
let count = 0
beforeAll(async () => {
  ours = await bench(packages)
})
afterAll(() => ours.end())

/** A plugin of its own, with a private folder that does not exist yet and nothing else beside it. */
const newcomer = (imports: ReadonlyArray<string>, dependencies: Readonly<Record<string, string>>, lock?: unknown) => {
  const home = join(ours.folder, `${count++}`)
  const files = { ...needs(imports, dependencies), ...(lock ? { "package-lock.json": JSON.stringify(lock) } : {}) }
  const code = plugin(join(home, "plugin"), files)
  const options: InstallOptions = {
    packages: join(home, "private/packages"),
    mode: "declared",
    env: ours.env,
    now: () => now
  }
  const left = () => readdirSync(join(home, "private"))
  return { code, options, left, mend: (name: string) => mend(options, code, name) }
}

const mend = (options: InstallOptions, code: Code, name: string) =>
  outcome(install(options).mend(patient(code, notFound(name))))

/** What the private folder gives to who requires it. */
const given = ({ packages: folder }: InstallOptions, name: string): unknown =>
  createRequire(join(folder, "index.js"))(name)

const locked = (...entries: ReadonlyArray<readonly [string, Record<string, unknown>]>) => ({
  lockfileVersion: 3,
  packages: { "": { name: "words" }, ...Object.fromEntries(entries) }
})

const find = (name: string, version: string): Published =>
  packages(ours.folder).find((one) => one.name === name && one.version === version) ?? published(name, version)

const lockedLeftPad = () => {
  const resolved = "https://mirror.else.where/npm/left-pad/-/left-pad-1.2.0.tgz"
  return [
    "node_modules/left-pad",
    { version: "1.2.0", resolved, integrity: integrityOf(find("left-pad", "1.2.0")) }
  ] as const
}

/** Milliseconds: each install is three runs of npm, on a machine that may have other things to do. */
const patience = { timeout: 60_000 }

describe("an install", patience, () => {
  it("brings the newest ripe version in range and what it needs, all in one go, and keeps what was there", async () => {
    const {
      code,
      options,
      mend: mended,
      left
    } = newcomer(["@own/repeat/sub", "left-pad"], {
      "@own/repeat": "^1.0.0",
      "left-pad": "^1.0.0"
    })
    expect(await mended("@own/repeat")).toMatchObject({
      strategy: "install",
      state: "provisional",
      summary: "installed @own/repeat 1.0.0, left-pad 1.3.0 into the plugin's private folder",
      degraded: [],
      remedy: { type: "reload" },
      origin: "package @own/repeat@1.0.0 left-pad@1.3.0"
    })
    expect(given(options, "left-pad")).toBe("left-pad 1.3.0")
    expect(await mended("@own/repeat")).toMatchObject({ _tag: "NotApplicable" })
    expect(await outcome(installApproved(options, code, "careless"))).toMatchObject({
      origin: "package careless@1.0.0"
    })
    expect(given(options, "careless")).toBe("left-pad 1.3.0")
    expect(given(options, "@own/repeat")).toBe("@own/repeat 1.0.0")
    expect(left()).toEqual(["packages"])
  })

  it("leaves out what cannot be had, when the failure is not about it", async () => {
    const { mend: mended } = newcomer(["fresh", "left-pad"], { fresh: "*", "left-pad": "^1.0.0" })
    expect(await mended("left-pad")).toMatchObject({ origin: "package left-pad@1.3.0" })
  })

  it("asks the registry again when what npm remembers is too old", async () => {
    ours.shelf.push(published("grown", "1.0.0"))
    expect(await newcomer(["grown"], { grown: "1.0.0" }).mend("grown")).toMatchObject({ origin: "package grown@1.0.0" })
    ours.shelf.push(published("grown", "1.1.0"))
    expect(await newcomer(["grown"], { grown: "^1.1.0" }).mend("grown")).toMatchObject({
      origin: "package grown@1.1.0"
    })
  })

  it("brings the locked version, not a newer one, and takes no address from the lock", async () => {
    const other = [
      "node_modules/tool",
      { version: "1.0.0", resolved: "git+ssh://else.where/tool.git", dev: true }
    ] as const
    const { options, mend: mended } = newcomer(["left-pad"], { "left-pad": "^1.0.0" }, locked(lockedLeftPad(), other))
    expect(await mended("left-pad")).toMatchObject({ origin: "package left-pad@1.2.0" })
    expect(given(options, "left-pad")).toBe("left-pad 1.2.0")
    expect(readdirSync(join(options.packages, "node_modules")).filter((name) => !name.startsWith("."))).toEqual([
      "left-pad"
    ])
  })

  it("brings what the lock does not hold beside what it holds", async () => {
    const declared = { "left-pad": "^1.0.0", careless: "1.0.0" }
    const { options, mend: mended } = newcomer(["left-pad", "careless"], declared, locked(lockedLeftPad()))
    expect(await mended("careless")).toMatchObject({ origin: "package careless@1.0.0 left-pad@1.2.0" })
    expect(given(options, "careless")).toBe("left-pad 1.2.0")
  })

  it("does not take the locked version when package.json wants another by now", async () => {
    const { mend: mended } = newcomer(["left-pad"], { "left-pad": "^2.0.0" }, locked(lockedLeftPad()))
    expect(await mended("left-pad")).toMatchObject({ origin: "package left-pad@2.0.0" })
  })

  it("does not take another package that goes by the name in the lock", async () => {
    const evil = { name: "careless", version: "1.0.0", integrity: integrityOf(find("careless", "1.0.0")) }
    const lock = locked(["node_modules/left-pad", evil])
    const { options, mend: mended } = newcomer(["left-pad"], { "left-pad": "^1.0.0" }, lock)
    expect(await mended("left-pad")).toMatchObject({ origin: "package left-pad@1.3.0" })
    expect(given(options, "left-pad")).toBe("left-pad 1.3.0")
  })

  it("does not follow what somebody else wrote into the private folder", async () => {
    const { code, options, mend: mended } = newcomer(["left-pad"], { "left-pad": "^1.0.0" })
    const entries = { "node_modules/evil": { link: true, resolved: "../evil" } }
    const dependencies = { evil: "file:../evil", "--evil": "1.0.0" }
    plugin(options.packages, {
      "package.json": JSON.stringify({ dependencies }),
      "package-lock.json": JSON.stringify(locked(...Object.entries(entries)))
    })
    expect(await mended("left-pad")).toMatchObject({ origin: "package left-pad@1.3.0" })
    const { dependencies: kept } = JSON.parse(readFileSync(join(options.packages, "package.json"), "utf8"))
    expect(kept).toEqual({ "left-pad": "1.3.0" })
    expect(existsSync(join(code.root, "../private/packages/node_modules/evil"))).toBe(false)
  })

  it.each([
    ["a link", { link: true, version: "1.2.0", integrity: wrong }],
    ["git", { version: "1.2.0", resolved: "git+ssh://git@else.where/x.git#abc", integrity: wrong }],
    ["a file", { version: "1.2.0", resolved: "file:../evil.tgz", integrity: wrong }],
    ["a tarball elsewhere", { version: "1.2.0", resolved: "https://else.where/evil.tgz", integrity: wrong }],
    ["no checksum", { version: "1.2.0" }],
    ["a false bundle", { version: "1.2.0", inBundle: true }],
    ["a dependency on git", { version: "1.2.0", integrity: wrong, dependencies: { x: "owner/repo" } }],
    ["a way out", { version: "1.2.0", integrity: wrong }, "node_modules/../../evil"]
  ])("A8: a lock with %s is not followed", async (_, entry, path = "node_modules/other") => {
    const { code, options, left } = newcomer(
      ["left-pad"],
      { "left-pad": "^1.0.0" },
      locked(lockedLeftPad(), [path, entry])
    )
    const run = () => Effect.die("npm was started")
    expect(await mend({ ...options, run }, code, "left-pad")).toMatchObject({
      _tag: "RepairFailed",
      reason: expect.stringContaining("package-lock.json is not followed")
    })
    expect(left()).toEqual([])
  })

  it("ends with all that npm started when it is interrupted", async () => {
    const { code, options, left } = newcomer(["left-pad"], { "left-pad": "^1.0.0" })
    const bin = join(ours.folder, "bin")
    const told = join(ours.folder, "told")
    mkdirSync(bin)
    writeFileSync(
      join(bin, "npm"),
      `#!/bin/sh\nsleep 600 &\necho $$ $! > ${told}.new && mv ${told}.new ${told}\nwait\n`
    )
    chmodSync(join(bin, "npm"), 0o755)
    const env = { ...ours.env, PATH: `${bin}:${ours.env.PATH ?? ""}` }
    const fiber = Effect.runFork(install({ ...options, env }).mend(patient(code, notFound("left-pad"))))
    await expect.poll(() => existsSync(told), patience).toBe(true)
    await Effect.runPromise(Fiber.interrupt(fiber))
    for (const id of readFileSync(told, "utf8").trim().split(" "))
      await expect.poll(() => isAlive(Number(id)), patience).toBe(false)
    expect(left()).toEqual([])
  })
})

/** A zombie that nobody has buried yet is dead. */
const isAlive = (id: number): boolean => {
  try {
    process.kill(id, 0)
    return !existsSync(`/proc/${id}/stat`) || !/\) Z /.test(readFileSync(`/proc/${id}/stat`, "utf8"))
  } catch {
    return false
  }
}

describe("attacks", patience, () => {
  it("A10: no install script runs, and it is said", async () => {
    const { options, mend: mended } = newcomer(["scripted"], { scripted: "1.0.0" })
    expect(await mended("scripted")).toMatchObject({
      summary: expect.stringContaining("scripts were not run: scripted")
    })
    expect(given(options, "scripted")).toBe("scripted 1.0.0")
    expect(existsSync(join(ours.folder, "canary"))).toBe(false)
  })

  it("A11: a version that is an hour old is refused, also as a dependency, and also with the user's word", async () => {
    const { code, options, mend: mended, left } = newcomer(["fresh", "needs-fresh"], { fresh: "*", "needs-fresh": "*" })
    const reason = expect.stringContaining("seven days")
    expect(await mended("fresh")).toMatchObject({ _tag: "RepairFailed", reason })
    expect(await mended("needs-fresh")).toMatchObject({ _tag: "RepairFailed", reason })
    expect(await outcome(installApproved(options, code, "left-pad@1.4.0"))).toMatchObject({
      _tag: "RepairFailed",
      reason
    })
    expect(left()).toEqual([])
  })

  it("A12: what does not match its checksum is refused, and what was there before stays", async () => {
    const lock = locked(["node_modules/left-pad", { version: "1.3.0", integrity: wrong }])
    const forged = newcomer(["forged"], { forged: "1.0.0" })
    const mislocked = newcomer(["left-pad"], { "left-pad": "^1.0.0" }, lock)
    const reason = expect.stringContaining("does not match its checksum")
    expect(await forged.mend("forged")).toMatchObject({ _tag: "RepairFailed", reason })
    expect(forged.left()).toEqual([])
    expect(await mislocked.mend("left-pad")).toMatchObject({ _tag: "RepairFailed", reason })
    expect(mislocked.left()).toEqual([])
    await outcome(installApproved(forged.options, forged.code, "left-pad@^1.0.0"))
    expect(await forged.mend("forged")).toMatchObject({ _tag: "RepairFailed", reason })
    expect(given(forged.options, "left-pad")).toBe("left-pad 1.3.0")
    expect(forged.left()).toEqual(["packages"])
  })

  it("A13: without a registry it fails at once and leaves nothing", async () => {
    const { code, options, left } = newcomer(["left-pad"], { "left-pad": "^1.0.0" })
    const env = {
      ...ours.env,
      npm_config_registry: "http://127.0.0.1:1/",
      npm_config_cache: join(ours.folder, "empty")
    }
    // The time itself is the bench's to measure; here npm must not wait and try again.
    expect(await mend({ ...options, env, timeout: 10_000 }, code, "left-pad")).toMatchObject({
      _tag: "RepairFailed",
      reason: expect.stringContaining("cannot be reached")
    })
    expect(left()).toEqual([])
  })

  it("A14: two plugins with conflicting versions are both right", async () => {
    const one = newcomer(["left-pad"], { "left-pad": "^1.0.0" })
    const two = newcomer(["left-pad"], { "left-pad": "^2.0.0" })
    await Promise.all([one.mend("left-pad"), two.mend("left-pad")])
    expect([given(one.options, "left-pad"), given(two.options, "left-pad")]).toEqual([
      "left-pad 1.3.0",
      "left-pad 2.0.0"
    ])
  })

  it("A15: what an installed package lacks is not fetched after it", async () => {
    const { options, mend: mended } = newcomer(["careless"], { careless: "1.0.0", "left-pad": "1.3.0" })
    await mended("careless")
    expect(() => given(options, "careless")).toThrow("Cannot find module 'left-pad'")
    expect(await mended("left-pad")).toMatchObject({ _tag: "NotApplicable" })
  })

  it("a package that needs something from git is refused", async () => {
    const { mend: mended, left } = newcomer(["needs-git"], { "needs-git": "1.0.0" })
    expect(await mended("needs-git")).toMatchObject({ _tag: "RepairFailed" })
    expect(left()).toEqual([])
  })
})
