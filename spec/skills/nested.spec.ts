/** Instructions that are read when an agent comes to a file they are for. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { readContextFiles, readingOf } from "../../skills/context-files.ts"
import { nestedFiles } from "../../skills/context/nested.ts"

let folder = ""
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-nested-")))
  put("repo/.git/HEAD", "")
  put("repo/app/AGENTS.md", "of work")
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const at = (path: string): string => join(folder, path)
const put = (path: string, text: string): void => {
  mkdirSync(dirname(at(path)), { recursive: true })
  writeFileSync(at(path), text)
}

/** Asked for files, one after another: the paths of what each brings. */
const reader = async (trusted = false) => {
  const reading = await readingOf({ cwd: at("repo/app"), home: at("home"), env: {}, trusted })
  const nested = nestedFiles(reading, await readContextFiles(reading))
  const short = (path: string): string => path.slice(at("repo/").length)
  const of = async (path: string) => (await nested.of(path)).map((one) => short(one.path))
  return { ...nested, of, texts: nested.of }
}

describe("a file's folder", () => {
  it("brings what was not read yet, the nearest last, with imports, once", async () => {
    put("repo/app/a/AGENTS.md", "of a")
    put("repo/app/a/CLAUDE.md", "@more.md")
    put("repo/app/a/more.md", "more")
    put("repo/app/a/b/CLAUDE.local.md", "of b")
    put("repo/app/a/same/AGENTS.md", "of work")
    const { of } = await reader()
    expect(await of("x.ts")).toEqual([])
    expect(await of("a/b/x.ts")).toEqual([
      "app/a/AGENTS.md",
      "app/a/more.md",
      "app/a/CLAUDE.md",
      "app/a/b/CLAUDE.local.md"
    ])
    expect(await of(at("repo/app/a/x.ts"))).toEqual([])
    expect(await of("a/same/x.ts")).toEqual([])
  })

  it("is looked at once though several files of it are asked for at a time", async () => {
    put("repo/app/a/AGENTS.md", "of a")
    const { of } = await reader()
    expect((await Promise.all(["a/x", "a/y", "a/z"].map(of))).flat()).toEqual(["app/a/AGENTS.md"])
  })

  it("of a sibling in the same repository counts, one elsewhere does not, by any way", async () => {
    put("repo/other/AGENTS.md", "of other")
    put("elsewhere/AGENTS.md", "of elsewhere")
    put("elsewhere/x.ts", "x")
    symlinkSync(at("elsewhere"), at("repo/app/link"))
    const { of } = await reader()
    expect(await of("../other/x.ts")).toEqual(["other/AGENTS.md"])
    expect(await of(at("elsewhere/x.ts"))).toEqual([])
    expect(await of("link/x.ts")).toEqual([])
    expect(await (await reader(true)).of("link/x.ts")).toEqual([])
    expect(await of("")).toEqual([])
    expect(await of("a\0b")).toEqual([])
  })

  it("of others' packages and of git brings nothing", async () => {
    put("repo/app/node_modules/p/AGENTS.md", "of p")
    put("repo/.git/hooks/AGENTS.md", "of git")
    const { of } = await reader()
    expect(await of("node_modules/p/x.js")).toEqual([])
    expect(await of("../.git/hooks/x")).toEqual([])
  })

  it("brings no file that has just been read itself", async () => {
    put("repo/app/a/AGENTS.md", "of a")
    put("repo/app/a/CLAUDE.md", "also")
    expect(await (await reader()).of("a/AGENTS.md")).toEqual(["app/a/CLAUDE.md"])
  })

  it("brings 10 000 characters at most", async () => {
    put("repo/app/a/AGENTS.md", "word ".repeat(5000))
    const [one] = await (await reader()).texts("a/x")
    expect(one?.text.length).toBeLessThanOrEqual(10_000)
    expect(one?.text).toContain("[cut here; read the file for the rest]")
  })

  it("brings it again when the conversation in which it stood is gone", async () => {
    put("repo/app/a/AGENTS.md", "of a")
    put("repo/app/.claude/rules/ts.md", "---\npaths: a/*.ts\n---\nrule")
    const { of, forget } = await reader()
    const all = ["app/a/AGENTS.md", "app/.claude/rules/ts.md"]
    expect(await of("a/x.ts")).toEqual(all)
    expect(await of("a/x.ts")).toEqual([])
    forget()
    expect(await of("a/x.ts")).toEqual(all)
  })
})

describe("a rule with paths", () => {
  it.each([
    ["**/*.ts", "src/a.ts", true],
    ["src/**/*", "src/b/a.ts", true],
    ["*.md", "readme.md", true],
    ["*.md", "docs/readme.md", false],
    ["./src/*.{ts,tsx}", "src/a.tsx", true],
    ["src/[ab].ts", "src/c.ts", false],
    ["src/[", "src/a.ts", false]
  ])("%s for %s: %s", async (pattern, path, meant) => {
    put("repo/app/.claude/rules/rule.md", `---\npaths: ${JSON.stringify([pattern])}\n---\nthe rule`)
    const found = await (await reader()).texts(path)
    expect(found.map(({ text }) => text)).toEqual(meant ? ["the rule"] : [])
  })

  it.each([
    [`${"*a".repeat(20)}b`, "a".repeat(200)],
    [`${"{a,aa}".repeat(20)}b`, "a".repeat(200)],
    ["+(a|aa)+b", "a".repeat(200)],
    [`${"**/a/".repeat(8)}c`, `${"a/".repeat(100)}a`],
    [`${"**/{a,b}/".repeat(3)}c`, `${"a/".repeat(1000)}a`]
  ])(
    "that would take for ever matches nothing, and takes no rule along that stands before it",
    async (hostile, path) => {
      put("home/.claude/rules/mine.md", "---\npaths: '**'\n---\nmine")
      put("repo/app/.claude/rules/rule.md", `---\npaths: ${JSON.stringify([hostile])}\n---\nthe rule`)
      expect((await (await reader()).texts(path)).map(({ text }) => text)).toEqual(["mine"])
    }
  )

  it("counts from the folder that holds it, also when that is found on the way; a user's from the root", async () => {
    put("home/.claude/rules/mine.md", "---\npaths: app/a/*\n---\nmine")
    put("repo/.claude/rules/top.md", "---\npaths: app/a/*\n---\ntop")
    put("repo/app/a/.claude/rules/here.md", "---\npaths: '*.ts'\n---\nhere")
    const { texts } = await reader()
    expect((await texts("a/x.ts")).map(({ text }) => text)).toEqual(["mine", "top", "here"])
    expect(await texts("a/x.ts")).toEqual([])
  })
})
