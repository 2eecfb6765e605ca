import { existsSync } from "node:fs"
import { join } from "node:path"
import { PassThrough } from "node:stream"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { unifiedDiff } from "../../../actors/healing/diff.ts"
import { openLedger } from "../../../actors/healing/sqlite-ledger.ts"
import { healCommand } from "../../../channels/cli/heal.ts"
import { run } from "../../../channels/cli/main.ts"
import type { Ledger } from "../../../healing/ledger.ts"
import { patchOf, type PluginFolder, pluginFolder, seamOf } from "../../healing/ledger-world.ts"
import { heardIo, type HeardIo } from "./heard.ts"

let folder: PluginFolder
beforeEach(() => {
  for (const name of ["FORCE_COLOR", "NO_COLOR", "NODE_DISABLE_COLORS"]) vi.stubEnv(name, undefined)
  folder = pluginFolder()
})
afterEach(() => {
  vi.unstubAllEnvs()
  folder[Symbol.dispose]()
})

const file = () => join(folder.above, "kintsugi", "heals.db")
const world = (more: Partial<HeardIo> = {}): HeardIo => ({
  ...heardIo(),
  env: { XDG_DATA_HOME: folder.above, TERM: "xterm-256color" },
  ...more
})

/** What a heal command says, and its exit code. */
const heal = async (args: ReadonlyArray<string>, io = world()) => ({
  code: await run(["heal", ...args], io, "0"),
  out: io.out(),
  err: io.err()
})

const withLedger = <Result>(use: (ledger: Ledger) => Result): Result => {
  const ledger = openLedger(file())
  try {
    return use(ledger)
  } finally {
    ledger.close()
  }
}

/** A patch as healers commit it. @returns its id. */
const mend = async (texts: Readonly<Record<string, string>>, fields = {}, status: "active" | "proposed" = "active") => {
  const { seam, texts: after } = withLedger((ledger) => patchOf(ledger, folder, texts, fields))
  const before = new Map([...after.keys()].map((path) => [path, folder.read(path.slice(folder.root.length + 1))]))
  const diff = await unifiedDiff(folder.root, before, after)
  withLedger((ledger) => ledger.commit({ ...seam, diff }, status, after))
  return seam.id
}

/** Somebody sits there and types. */
const typing = (answer: string) => {
  const stdin = Object.assign(new PassThrough(), { isTTY: true })
  stdin.end(answer)
  const io = world({ stdin })
  Object.assign(io.stderr, { isTTY: true })
  return io
}

describe("kintsugi heal list", () => {
  it("says what a heal is when there is none, and makes no file", async () => {
    const { code, out, err } = await heal(["list"])
    expect({ code, out }).toEqual({ code: 0, out: "" })
    expect(err).toMatch(/^Nothing was mended yet\. When a plugin's code breaks/)
    expect((await heal(["list", "--json"])).out).toBe("[]\n")
    expect(existsSync(file())).toBe(false)
  })

  it("has a line for each, newest first: id, when, whose, worth, status, what", async () => {
    withLedger((ledger) => {
      ledger.commit(seamOf({ id: "s000000001", time: 0 }), "active")
      const contained = { tool: undefined, state: "contained", summary: "none passed" } as const
      ledger.commit(seamOf({ id: "s000000002", time: 60_000, ...contained }), "noted")
      ledger.undo("s000000001", "rolled_back", "it broke again")
    })
    expect((await heal(["list"])).out.split("\n")).toEqual([
      "s000000002  1970-01-01 00:01  words  contained    noted        none passed",
      "s000000001  1970-01-01 00:00  words/word_count  provisional  rolled back  reads x where y stood",
      ""
    ])
    expect(JSON.parse((await heal(["list", "--json"])).out)).toEqual(withLedger((ledger) => ledger.list()))
  })
})

describe("kintsugi heal show", () => {
  it("tells the failure, what was tried, the proof, what was lost, the files, the story and the diff", async () => {
    const id = await mend(
      { "a.js": "a1\n" },
      { id: "sabc000000", time: 0, degraded: ["the unit is made up"], origin: "template near-name" }
    )
    withLedger((ledger) => ledger.undo(id, "rolled_back", "it broke again"))
    const { code, out, err } = await heal(["show", "sab"])
    expect({ code, err }).toEqual({ code: 0, err: "" })
    expect(out.replace(/\d{4}-\d\d-\d\d \d\d:\d\d {2}rolled/, "LATER  rolled").split("\n")).toEqual([
      "sabc000000 · words/word_count · 1970-01-01 00:00 · provisional · rolled back",
      "reads x where y stood (template near-name)",
      "",
      "failure",
      "  undefined_access: Cannot read properties of undefined (reading 'x')",
      "  a.js:1:2",
      "",
      "tried",
      "  rewrite  healed          one candidate was left, and proved",
      "",
      "proof",
      "  V2  passed   the failing call answers",
      "",
      "lost",
      "  the unit is made up",
      "",
      "files",
      `  ${folder.path("a.js")}`,
      "",
      "history",
      "  1970-01-01 00:00  made",
      "  LATER  rolled back: it broke again",
      "",
      "--- a/a.js",
      "+++ b/a.js",
      "@@ -1,1 +1,1 @@",
      "-a0",
      "\\ No newline at end of file",
      "+a1",
      ""
    ])
    expect(JSON.parse((await heal(["show", "sab", "--json"])).out).id).toBe(id)
  })

  it("paints the diff on a terminal that has colours, as chat does", async () => {
    const id = await mend({ "a.js": "a1\n" })
    const io = world()
    Object.assign(io.stdout, { isTTY: true, columns: 60 })
    const { out } = await heal(["show", id], io)
    expect(out).toContain("\u001b[32m+ ")
    const plain = world({ env: { XDG_DATA_HOME: folder.above, TERM: "xterm-256color", NO_COLOR: "1" } })
    Object.assign(plain.stdout, { isTTY: true, columns: 60 })
    expect((await heal(["show", id], plain)).out).not.toContain("\u001b")
  })

  it("lets nothing through that steers a terminal, and keeps each thing on its line", async () => {
    const nasty = "a\u001b]0;owned\u0007b\u001b[2Jc\u009b5md\u202e\nz"
    withLedger((ledger) =>
      ledger.commit(
        seamOf({
          id: "snasty0000",
          plugin: nasty,
          summary: nasty,
          failure: { kind: nasty, message: nasty },
          rungs: [{ strategy: "wrap", outcome: "failed", reason: nasty }],
          degraded: [nasty],
          diff: nasty
        }),
        "noted"
      )
    )
    for (const args of [["list"], ["show", "sn"]]) {
      const { out } = await heal(args)
      expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]|owned/)
    }
    expect((await heal(["list"])).out.trimEnd().split("\n")).toHaveLength(1)
  })

  it.each([
    ["show", "szzz"],
    ["accept", "szzz"],
    ["undo", "szzz"]
  ])("%s of one that is not there says where to look", async (...args) => {
    expect(await heal(args)).toMatchObject({
      code: 1,
      err: "kintsugi: there is no seam szzz; see: kintsugi heal list\n"
    })
    await mend({ "a.js": "a1" })
    expect(await heal(args)).toMatchObject({
      code: 1,
      err: "kintsugi: there is no seam szzz; see: kintsugi heal list\n"
    })
    expect((await heal(args.slice(0, 1))).code).toBe(2)
  })

  it("of a beginning that fits several names them", async () => {
    for (const id of ["sa00000001", "sa00000002"]) withLedger((ledger) => ledger.commit(seamOf({ id }), "noted"))
    expect(await heal(["show", "sa"])).toMatchObject({
      code: 1,
      err: expect.stringContaining("sa00000001, sa00000002")
    })
  })
})

describe("kintsugi heal accept", () => {
  it("shows all that is written and where, asks, and writes it after a yes", async () => {
    const one = await mend({ "a.js": "a1\n" })
    const two = await mend({ "a.js": "a2\n", "b.js": "b2\n" })
    const { code, out, err } = await heal(["accept", one], typing("y\n"))
    expect(code, err).toBe(0)
    for (const part of [
      one,
      two,
      "a2",
      "b2",
      `writes ${folder.path("a.js")}\n`,
      `writes ${folder.path("b.js")}\n`,
      "[y/N]"
    ])
      expect(err).toContain(part)
    expect(out).toBe([one, two].map((id) => `accepted ${id}  words/word_count  reads x where y stood\n`).join(""))
    expect([folder.read("a.js"), folder.read("b.js")]).toEqual(["a2\n", "b2\n"])
  })

  it.each(["n\n", "\n", ""])("writes nothing after %j", async (answer) => {
    const id = await mend({ "a.js": "a1" })
    expect(await heal(["accept", id], typing(answer))).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringContaining("nothing was changed")
    })
    expect(folder.read("a.js")).toBe("a0")
  })

  it("needs -y without a terminal: exit code 3, and nothing is written", async () => {
    const id = await mend({ "a.js": "a1" })
    expect(await heal(["accept", id])).toMatchObject({
      code: 3,
      out: "",
      err: expect.stringContaining("say yes with -y")
    })
    expect(folder.read("a.js")).toBe("a0")
    expect((await heal(["accept", id, "-y"])).code).toBe(0)
    expect(folder.read("a.js")).toBe("a1")
  })

  it("says why not, without asking, when it may not be", async () => {
    const id = await mend({ "a.js": "a1" })
    folder.write("a.js", "edited")
    expect(await heal(["accept", id, "-y"])).toMatchObject({
      code: 1,
      err: expect.stringContaining("was edited since")
    })
    withLedger((ledger) => ledger.undo(id, "undone", "x"))
    const { code, err } = await heal(["accept", id])
    expect({ code, err }).toEqual({ code: 1, err: `kintsugi: seam ${id} is undone: there is nothing to accept\n` })
  })

  it("of a package is asked about, and says why it cannot be installed", async () => {
    const seam = seamOf({
      origin: "package ../left-pad@1.0.0",
      summary: "left-pad is to be installed",
      root: "/nowhere"
    })
    withLedger((ledger) => ledger.commit(seam, "proposed"))
    expect(await heal(["accept", seam.id, "-y"])).toMatchObject({
      code: 1,
      err: expect.stringContaining("../left-pad")
    })
    const accept = (io: HeardIo) => healCommand(io).parseAsync(["accept", seam.id], { from: "user" })
    await expect(accept(world())).rejects.toMatchObject({ exitCode: 3 })
    const asked = typing("no\n")
    await expect(accept(asked)).rejects.toThrow(/./)
    expect(asked.err()).toContain("left-pad is to be installed. Do it? [y/N]")
    expect(withLedger((ledger) => ledger.find(seam.id))).toMatchObject({ status: "proposed" })
  })
})

describe("kintsugi heal undo", () => {
  it("lists all that is taken back, newest first, also out of the source", async () => {
    const one = await mend({ "a.js": "a1" })
    await heal(["accept", one, "-y"])
    const two = await mend({ "a.js": "a2" })
    const { code, out } = await heal(["undo", one])
    expect(code).toBe(0)
    expect(out.split("\n").map((line) => line.split("  ")[0])).toEqual([`undone ${two}`, `undone ${one}`, ""])
    expect(folder.read("a.js")).toBe("a0")
    expect(await heal(["undo", one])).toMatchObject({ code: 1, err: expect.stringContaining("nothing to take back") })
  })
})

it("a ledger that cannot be read is said, and left alone", async () => {
  withLedger(() => undefined)
  const { writeFileSync } = await import("node:fs")
  writeFileSync(file(), "no database ".repeat(500))
  expect(await heal(["list"])).toMatchObject({ code: 1, err: expect.stringMatching(/the heals in .*Move the file/) })
})
