import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { guarding } from "../../../healing/templates/guarding.ts"
import { type Broken, execute, type Report, tryAll } from "./harness.ts"

const folder = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-world-")))
writeFileSync(join(folder, "a b.txt"), "hi")
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const sync = `import * as fs from "node:fs"`
const promises = `import * as fs from "node:fs/promises"`

const js = (body: string, before: string, path: string, right: unknown): Broken => ({
  files: { "index.mjs": execute(body, before) },
  input: { path },
  right
})

const programs = {
  "folder that is there": js(`fs.mkdirSync(input.path)\nreturn "made"`, sync, folder, "made"),
  "folder in no folder": js(
    `await fs.mkdir(input.path, { mode: 0o700 })\nreturn "made"`,
    promises,
    join(folder, "x/y"),
    "made"
  ),
  "file in no folder": js(
    `await fs.writeFile(input.path, "x")\nreturn "done"`,
    promises,
    join(folder, "p/q/r.txt"),
    "done"
  ),
  address: js(
    `return String(await fs.readFile(input.path))`,
    promises,
    pathToFileURL(join(folder, "a b.txt")).href,
    "hi"
  ),
  home: js(`return String(await fs.readFile(input.path))`, promises, "~/kintsugi-nobody", ""),
  "no port": {
    files: { "index.mjs": execute(`return String(await fs.readFile(input.path))`, promises, "async execute(input)") },
    input: { path: "~/kintsugi-nobody" },
    right: ""
  },
  "is a folder": js(`return fs.readFileSync(input.path, "utf8").slice(0, 7)`, sync, folder, "a b.txt"),
  "not there": js(`return String(await fs.readFile(input.path))`, promises, join(folder, "nobody"), ""),
  refused: js(`const reply = await fetch(input.path)\nreturn String(reply.status)`, "", "http://127.0.0.1:1/", ""),
  "refused, in a callback": js(
    `const replies = await Promise.all([input.path].map(async (one) => await fetch(one, { headers: {} })))\nreturn String(replies)`,
    "",
    "http://127.0.0.1:1/",
    ""
  ),
  "refused order": js(
    `const reply = await fetch(input.path, { method: "POST", body: "x" })\nreturn String(reply.status)`,
    "",
    "http://127.0.0.1:1/",
    ""
  ),
  "options from elsewhere": js(
    `const options = { method: "POST" }\nconst reply = await fetch(input.path, options)\nreturn String(reply.status)`,
    "",
    "http://127.0.0.1:1/",
    ""
  ),
  "read twice": js(
    `const reply = new Response('{"a":1}')
const text = await reply.text() // for the log
const data = await reply.json()
return text + data.a`,
    "",
    "",
    '{"a":1}1'
  ),
  "read twice of another": js(`const data = await input.path.json()\nreturn String(data)`, "", "", "")
} satisfies Record<string, Broken>

let report: (name: keyof typeof programs) => Report
beforeAll(async () => {
  report = (await tryAll(programs, guarding)) as typeof report
}, 60_000)

const by = (name: keyof typeof programs, origin: string) =>
  report(name).candidates.filter((one) => one.origin === origin)

describe("paths", () => {
  it.each(["folder that is there", "folder in no folder", "file in no folder", "address"] as const)(
    "are made or read as they are meant: %s",
    (name) => {
      const [found, ...others] = by(name, "file-path")
      expect(others).toEqual([])
      expect(found).toMatchObject({ isRight: true, tier: "B" })
      expect(found?.invents).toBeUndefined()
    }
  )

  it("keep the options that they are made with", () => {
    expect(by("folder in no folder", "file-path")[0]?.text).toMatch(/\{\s+mode: 0o700,\s+recursive: true\s+\}/)
  })

  it("are found as the host finds them, never by the code itself", () => {
    const [found] = by("home", "file-path")
    expect(found?.text).toContain("fs.readFile(await context.files.resolve(input.path))")
    expect(by("no port", "file-path")).toEqual([])
  })

  it("of a folder are its names, which is said", () => {
    const [found] = by("is a folder", "file-path")
    expect(found).toMatchObject({ isRight: true })
    expect(found?.invents).toContain("stood in for the content of a file")
  })

  it("that lead nowhere lead nowhere", () => {
    expect(report("not there").candidates).toEqual([])
  })
})

describe("what may pass by itself", () => {
  it.each(["refused", "refused, in a callback"] as const)("is tried again when it only looks: %s", (name) => {
    const [found] = by(name, "retry")
    expect(found).toMatchObject({ tier: "A", fails: "network: fetch failed" })
    expect(found?.text).toContain("throw error")
  })

  it.each(["refused order", "options from elsewhere"] as const)(
    "is not tried again when it may do something: %s",
    (name) => {
      expect(report(name).candidates).toEqual([])
    }
  )
})

it("a body that is read twice is copied first", () => {
  const [found] = by("read twice", "retry")
  expect(found).toMatchObject({ isRight: true, tier: "A" })
  expect(found?.text).toContain("const text = await reply.clone().text() // for the log")
  expect(by("read twice of another", "retry")).toEqual([])
})
