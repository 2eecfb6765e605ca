/** What may be installed at all, decided before npm is started; npm is a recorder here. */
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs"
import { mkdtemp, realpath, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import fc from "fast-check"
import { satisfies } from "semver"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Code } from "../../healing/code.ts"
import { install, installApproved, type InstallOptions } from "../../healing/install.ts"
import { npmEnvironment, type NpmRun, type RunNpm } from "../../healing/install/npm.ts"
import { newestRipe, Published, ripeAge } from "../../healing/install/ripe.ts"
import { NotApplicable, RepairFailed } from "../../healing/strategy.ts"
import { day, needs, notFound, now, outcome, patient, plugin } from "./install/registry.ts"

let folder = ""
let count = 0
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "kintsugi-install-")))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const words = (files: Readonly<Record<string, string>>): Code => plugin(join(folder, `words-${count++}`), files)

/** An npm that knows `versions`, all of them old, and cannot install anything. */
const recorder = (versions: ReadonlyArray<string> = []) => {
  const runs: Array<NpmRun> = []
  const time = Object.fromEntries(versions.map((version) => [version, new Date(now - 30 * day).toISOString()]))
  const run: RunNpm = (one) =>
    Effect.sync(() => {
      runs.push(one)
      const isView = one.args.includes("view") && versions.length > 0
      const stdout = JSON.stringify(isView ? { versions, time } : { error: { code: "ESTOP", summary: "a recorder" } })
      return { code: isView ? 0 : 1, stdout, stderr: "" }
    })
  const asked = () => runs.flatMap(({ args }) => (args.includes("view") ? [args[args.indexOf("view") + 1]] : []))
  return { run, runs, asked }
}

const strategy = (options: Partial<InstallOptions> = {}) =>
  install({ packages: join(folder, `packages-${count++}`), mode: "declared", env: {}, now: () => now, ...options })

const mended = async (code: Code | undefined, error: unknown, options: Partial<InstallOptions> = {}) => {
  const { run, runs, asked } = recorder()
  const end = await outcome(strategy({ run, ...options }).mend(patient(code, error)))
  return {
    end,
    runs,
    asked: asked(),
    tag: end instanceof NotApplicable ? "NotApplicable" : end instanceof RepairFailed ? "RepairFailed" : "healed",
    reason: "reason" in end ? end.reason : ""
  }
}

describe("whose word counts", () => {
  it("A7: a forged error installs nothing, whatever it names", async () => {
    const whole = words(needs(["node:fs"], { evil: "1.0.0" }))
    expect(await mended(whole, notFound("evil"))).toMatchObject({ tag: "NotApplicable", runs: [] })
    const lacking = words(needs(["left-pad"], { "left-pad": "1.0.0", evil: "1.0.0" }))
    expect(await mended(lacking, notFound("evil"))).toMatchObject({ tag: "NotApplicable", runs: [] })
    const message = "Cannot find package 'left-pad'; run npm install evil"
    const { asked } = await mended(lacking, Object.assign(new Error(message), { code: "ERR_MODULE_NOT_FOUND" }))
    expect(asked).toEqual(["left-pad"])
  })

  it("an error without the code, or without a source to look at, installs nothing", async () => {
    const code = words(needs(["left-pad"], { "left-pad": "1.0.0" }))
    const error = new Error("Cannot find package 'left-pad' imported from index.js")
    expect(await mended(code, error)).toMatchObject({ tag: "NotApplicable", runs: [] })
    expect(await mended(undefined, notFound("left-pad"))).toMatchObject({ tag: "NotApplicable", runs: [] })
  })

  it("what Node and the host have is never missing", async () => {
    const code = words(needs(["fs/promises", "node:test", "kintsugi/plugin", "zod"], { fs: "1.0.0", zod: "^4.0.0" }))
    const error = Object.assign(new Error("it is not there"), { code: "ERR_MODULE_NOT_FOUND" })
    expect(await mended(code, error)).toMatchObject({ tag: "NotApplicable", runs: [] })
  })

  it("a missing file of its own is not a package", async () => {
    const code = words(needs(["left-pad", "./lost.js"], { "left-pad": "1.0.0" }))
    const error = Object.assign(new Error("Cannot find module '/words/lost.js' imported from /words/index.js"), {
      code: "ERR_MODULE_NOT_FOUND"
    })
    expect(await mended(code, error)).toMatchObject({ tag: "NotApplicable", runs: [] })
  })

  it("a file that does not parse imports nothing", async () => {
    const code = words({ ...needs(["left-pad"], {}), "broken.js": `import "repeat"; }{` })
    expect(await mended(code, notFound("repeat"))).toMatchObject({ tag: "NotApplicable" })
    expect(await mended(code, notFound("left-pad"))).toMatchObject({ tag: "RepairFailed" })
  })

  it("never: nothing is done at all", async () => {
    const code = words(needs(["left-pad"], { "left-pad": "1.0.0" }))
    expect(await mended(code, notFound("left-pad"), { mode: "never" })).toMatchObject({
      tag: "NotApplicable",
      runs: []
    })
  })

  it("A9: an undeclared name is proposed with the declared ones that are near, and not installed", async () => {
    const code = words(needs(["lodahs"], { lodash: "^4.0.0", express: "^5.0.0" }))
    const { end, runs } = await mended(code, notFound("lodahs"))
    expect(runs).toEqual([])
    expect(end).toMatchObject({
      _tag: "RepairFailed",
      reason: expect.stringContaining(`did you mean "lodash"?`),
      proposal: { strategy: "install", origin: "package lodahs@*", remedy: { type: "reload" } }
    })
    expect(JSON.stringify(end)).not.toContain("express")
  })

  it("a plugin without a manifest declares nothing", async () => {
    const code = words({ "index.js": `import "left-pad"` })
    expect(await mended(code, notFound("left-pad"))).toMatchObject({
      end: { _tag: "RepairFailed", proposal: { origin: "package left-pad@*" } },
      runs: []
    })
  })

  it("ask: the version is found out and proposed, nothing is fetched", async () => {
    const { run, runs } = recorder(["1.0.0", "1.2.0"])
    const code = words(needs(["left-pad"], { "left-pad": "^1.0.0" }))
    const packages = join(folder, "ask", "packages")
    const end = await outcome(strategy({ mode: "ask", run, packages }).mend(patient(code, notFound("left-pad"))))
    expect(end).toMatchObject({ _tag: "RepairFailed", proposal: { origin: "package left-pad@1.2.0" } })
    expect(runs).toHaveLength(1)
    expect(readdirSync(join(folder, "ask"))).toEqual([])
  })
})

describe("names", () => {
  it("come from every kind of import that is written out, without subpaths", async () => {
    const names = ["@a/b", "by-call", "by-export", "by-import", "by-require", "by-resolve", "by-star", "by-template"]
    const source = `
      import { x } from "by-import/sub/path.js"
      import { y } from "@a/b/c"
      import type { T } from "only-type"
      export type { U } from "only-type-2"
      export { z } from "by-export"
      export * from "by-star"
      const late: unknown = () => import("by-call")
      const text = import(\`by-template\`), built = import("no-" + text), known = import(\`no-\${text}\`)
      require("by-require"); require.resolve("by-resolve"); other("no-call"); other.resolve("no-resolve")
      import "node:fs"; import "fs/promises"; import "kintsugi/plugin"; import "zod"; import "#own"; import "words/self"
      import "./near.js"; import "/far.js"; import "https://else.where/x.js"; import "data:text/javascript,1"
      // import "no-comment"
    `
    const declared = [
      ...names,
      "only-type",
      "only-type-2",
      "kintsugi",
      "zod",
      "words",
      "fs",
      "no-",
      "no-call",
      "no-comment"
    ]
    const { run, asked: viewed } = recorder(["1.0.0"])
    const manifest = { name: "words", dependencies: Object.fromEntries(declared.map((name) => [name, "1.0.0"])) }
    const code = words({ "index.ts": source, "package.json": JSON.stringify(manifest) })
    await outcome(strategy({ run }).mend(patient(code, notFound("by-call"))))
    expect([...new Set(viewed())].toSorted()).toEqual(names)
  })

  it("are cut to a package in CommonJS's words, too", async () => {
    const code = words(needs(["@own/repeat/sub", "left-pad"], { "@own/repeat": "1.0.0" }))
    const message = "Cannot find module '@own/repeat/sub/x.js'\nRequire stack:\n- /plugins/words/index.js"
    const { asked } = await mended(code, Object.assign(new Error(message), { code: "MODULE_NOT_FOUND" }))
    expect(asked).toEqual(["@own/repeat"])
  })

  it("that resolve are not missing: beside the file, above it, in the private folder", async () => {
    const code = words({ ...needs(["beside", "above", "private", "lost"], {}), "sub/late.js": `import "deep"` })
    const packages = join(folder, "resolving")
    for (const path of ["node_modules/beside", "../node_modules/above", "sub/node_modules/deep"])
      mkdirSync(join(code.root, path), { recursive: true })
    mkdirSync(join(packages, "node_modules/private"), { recursive: true })
    for (const name of ["beside", "above", "deep", "private"])
      expect(await mended(code, notFound(name), { packages })).toMatchObject({ tag: "NotApplicable" })
    expect(await mended(code, notFound("lost"), { packages })).toMatchObject({ tag: "RepairFailed" })
  })

  it.each(
    [
      "--registry=http://else.where",
      "-g",
      "a;rm",
      "a b",
      "$(id)",
      "l\u043Edash",
      "LODASH",
      "%2e%2e",
      "@scope",
      "@scope/..",
      "_hidden",
      "node_modules",
      "nul\0byte",
      "a".repeat(300)
    ].map((name) => [name.slice(0, 30), name] as const)
  )("A8: %j in the source is refused before npm is started", async (_, name) => {
    const code = words(needs([name], { [name]: "1.0.0" }))
    const { runs, tag, reason } = await mended(code, Object.assign(new Error("?"), { code: "MODULE_NOT_FOUND" }))
    expect(runs).toEqual([])
    expect(tag === "NotApplicable" || /is no name of a package/.test(reason)).toBe(true)
    expect(reason).toMatch(/^[\x20-\x7e…]*$/)
  })

  it.each(
    [
      "git+ssh://git@else.where/x.git",
      "git://else.where/x",
      "owner/repo",
      "github:owner/repo",
      "https://else.where/x.tgz",
      "file:../x",
      "../x",
      "link:../x",
      "workspace:*",
      "npm:evil@1.0.0",
      "next",
      "1.0.0 || ".repeat(30).concat("2.0.0")
    ].map((range) => [range.slice(0, 30), range] as const)
  )("A8: %j as a range is refused before npm is started", async (_, range) => {
    const code = words(needs(["left-pad"], { "left-pad": range }))
    const { runs, tag, reason } = await mended(code, notFound("left-pad"))
    expect({ runs, tag }).toEqual({ runs: [], tag: "RepairFailed" })
    expect(reason).toContain("is no range of versions")
  })

  it("A8: names and ranges are refused when a user agreed to them, too", async () => {
    const { run, runs } = recorder()
    const options = { packages: join(folder, "approved"), mode: "declared", env: {}, run } as const
    const code = words(needs([], {}))
    for (const wanted of [
      "--registry=x@1.0.0",
      "../x@1.0.0",
      "x@git+ssh://else.where/x",
      "x@file:/etc",
      "l\u043Edash",
      "",
      "x@npm:y"
    ])
      expect(await outcome(installApproved(options, code, wanted)), wanted).toMatchObject({ _tag: "RepairFailed" })
    expect(runs).toEqual([])
  })

  it("several that are missing go together; what the failure is not about may stay away", async () => {
    const files = needs(["left-pad", "repeat", "git-thing", "undeclared"], {
      "left-pad": "^1.0.0",
      repeat: "latest",
      "git-thing": "git://else.where/x"
    })
    const { run, asked: viewed } = recorder(["1.0.0"])
    await outcome(strategy({ run }).mend(patient(words(files), notFound("left-pad"))))
    expect(viewed()).toEqual(["left-pad", "repeat"])
    expect(await mended(words(files), notFound("git-thing"))).toMatchObject({
      reason: expect.stringContaining("git-thing")
    })
  })

  it("each is tried once", async () => {
    const { run, runs } = recorder()
    const code = words(needs(["left-pad", "repeat"], { "left-pad": "^1.0.0", repeat: "^1.0.0" }))
    const once = strategy({ run })
    await outcome(once.mend(patient(code, notFound("left-pad"))))
    const before = runs.length
    for (const name of ["left-pad", "repeat"])
      expect(await outcome(once.mend(patient(code, notFound(name))))).toMatchObject({
        reason: expect.stringContaining("tried before")
      })
    expect(runs).toHaveLength(before)
  })
})

describe("npm", () => {
  it("is told to run no script, to ask nobody and to look nowhere else", async () => {
    const { run, runs } = recorder(["1.0.0"])
    const code = words(needs(["left-pad"], { "left-pad": "^1.0.0" }))
    await outcome(strategy({ run }).mend(patient(code, notFound("left-pad"))))
    expect(runs.length).toBeGreaterThan(1)
    for (const { args, cwd } of runs) {
      expect(args).toEqual(expect.arrayContaining(["--ignore-scripts", "--allow-git=none", `--prefix=${cwd}`]))
      expect(cwd.startsWith(code.root)).toBe(false)
    }
    const resolving = runs.find(({ args }) => args.includes("--package-lock-only"))
    expect(resolving?.args).toContain(`--before=${new Date(now - 7 * day).toISOString()}`)
  })

  it("sees where its registry is and how to log in there, and no other secret or setting", () => {
    const seen = {
      PATH: "/bin",
      HOME: "/home/me",
      https_proxy: "http://proxy",
      npm_config_registry: "http://127.0.0.1:1",
      "npm_config_//127.0.0.1/:_authToken": "t",
      "npm_config_@mine:registry": "http://mine",
      npm_config_cache: "/c"
    }
    const hidden = {
      OPENAI_API_KEY: "k",
      AWS_SECRET_ACCESS_KEY: "k",
      NODE_OPTIONS: "--require=/evil.js",
      npm_config_ignore_scripts: "false",
      npm_config_script_shell: "/evil",
      npm_config_node_options: "--require=/evil.js",
      npm_config_git: "/evil",
      npm_config_global: "true"
    }
    expect(npmEnvironment({ ...seen, ...hidden })).toEqual(seen)
  })

  it("is stopped when it takes too long, and leaves nothing", async () => {
    const packages = join(folder, "slow", "packages")
    const code = words(needs(["left-pad"], { "left-pad": "^1.0.0" }))
    const run = () => Effect.never
    const end = await outcome(strategy({ run, packages, timeout: 5 }).mend(patient(code, notFound("left-pad"))))
    expect(end).toMatchObject({ _tag: "RepairFailed", reason: expect.stringContaining("stopped") })
    expect(readdirSync(join(folder, "slow"))).toEqual([])
  })
})

describe("what npm has resolved", () => {
  /** An npm that resolves to `entries` and then fetches nothing. */
  const resolver = (entries: Readonly<Record<string, unknown>>) => {
    const { run: view } = recorder(["1.0.0"])
    const found: Array<string> = []
    const fetches: Array<NpmRun> = []
    const run: RunNpm = (one) => {
      if (one.args.includes("view")) return view(one)
      const lock = join(one.cwd, "package-lock.json")
      if (one.args.includes("ci")) fetches.push(one)
      else {
        found.push(existsSync(lock) ? readFileSync(lock, "utf8") : "")
        writeFileSync(lock, JSON.stringify({ lockfileVersion: 3, packages: entries }))
      }
      return Effect.succeed({ code: 0, stdout: "", stderr: "" })
    }
    return { run, found, fetches }
  }
  const entry = { version: "1.0.0", integrity: "sha512-AAAA" }
  const leftPad = () => words(needs(["left-pad"], { "left-pad": "^1.0.0" }))

  it("A8: is looked at before anything is fetched", async () => {
    const { run, fetches } = resolver({ "node_modules/x": { ...entry, resolved: "git+ssh://else.where/x.git" } })
    const { tag, reason } = await mended(leftPad(), notFound("left-pad"), { run })
    expect({ tag, fetches }).toEqual({ tag: "RepairFailed", fetches: [] })
    expect(reason).toContain("node_modules/x is no registry's package")
  })

  it("must be there afterwards, whatever npm says", async () => {
    const { run, fetches } = resolver({ "node_modules/left-pad": entry })
    const { tag, reason } = await mended(leftPad(), notFound("left-pad"), { run })
    expect(fetches).toHaveLength(1)
    expect(`${tag} ${reason}`).toMatch(/^RepairFailed npm has not installed it: /)
  })

  it("begins with what was resolved before, so that nothing of it changes", async () => {
    const { run, found } = resolver({ "node_modules/left-pad": entry })
    const packages = join(folder, "kept")
    plugin(packages, {
      "package.json": JSON.stringify({ dependencies: { old: "1.0.0" } }),
      "package-lock.json": JSON.stringify({ lockfileVersion: 3, packages: { "node_modules/old": entry } })
    })
    await mended(leftPad(), notFound("left-pad"), { run, packages })
    expect(found.map((text) => JSON.parse(text).packages)).toEqual([
      { "": { dependencies: { old: "1.0.0", "left-pad": "1.0.0" } }, "node_modules/old": entry }
    ])
  })
})

describe("the private folder", () => {
  it("is made in a stage beside it; those of processes that were killed are cleared away", async () => {
    const home = join(folder, "stages")
    for (const name of ["packages", "packages.new-dead", "packages.new-busy", "another"])
      mkdirSync(join(home, name), { recursive: true })
    for (const name of ["packages", "packages.new-dead", "another"]) utimesSync(join(home, name), 0, 0)
    const code = words(needs(["left-pad"], { "left-pad": "^1.0.0" }))
    await mended(code, notFound("left-pad"), { packages: join(home, "packages") })
    expect(readdirSync(home).toSorted()).toEqual(["another", "packages", "packages.new-busy"])
  })

  it("that cannot be made is a failure, not a crash", async () => {
    writeFileSync(join(folder, "file"), "")
    const code = words(needs(["left-pad"], { "left-pad": "^1.0.0" }))
    const { tag, reason } = await mended(code, notFound("left-pad"), { packages: join(folder, "file/packages") })
    expect(`${tag} ${reason}`).toMatch(/^RepairFailed the plugin's private folder cannot be made: /)
  })
})

describe("a version is ripe", () => {
  it("when npm 9 makes no list of the only one", () => {
    const time = { "1.0.0": new Date(0).toISOString() }
    expect(newestRipe(Published.parse({ versions: "1.0.0", time }), "*", now)).toBe("1.0.0")
  })

  it("A11: only when it is known to be seven days old, and in range; the newest such is taken", () => {
    const version = fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)).map((parts) => parts.join("."))
    const age = fc.option(fc.integer({ min: -1, max: 20 }), { nil: undefined })
    fc.assert(
      fc.property(
        fc.dictionary(version, age),
        fc.constantFrom("*", "^1.0.0", "~2.1.0", ">=1 <3", "3.0.0"),
        (ages, range) => {
          const time = Object.fromEntries(
            Object.entries(ages).flatMap(([one, days]) =>
              days === undefined ? [] : [[one, new Date(now - days * day).toISOString()]]
            )
          )
          const versions = Object.keys(ages)
          const taken = newestRipe({ versions, time }, range, now)
          const ripe = versions.filter((one) => satisfies(one, range) && (ages[one] ?? -1) * day >= ripeAge)
          const order = (one: string) => Number(one.replaceAll(".", ""))
          expect(taken).toBe(ripe.toSorted((one, two) => order(one) - order(two)).at(-1))
        }
      )
    )
  })
})
