import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { type ContextFiles, type ContextOptions, readContextFiles, readingOf } from "../../skills/context-files.ts"

let folder = ""
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-context-")))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const at = (...parts: ReadonlyArray<string>): string => join(folder, ...parts)
const put = (path: string, content: string | Uint8Array): void => {
  mkdirSync(dirname(at(path)), { recursive: true })
  writeFileSync(at(path), content)
}

const load = async (cwd: string, options: Partial<ContextOptions> = {}): Promise<ContextFiles> =>
  readContextFiles(await readingOf({ cwd: at(cwd), home: at("home"), maxCharacters: 1000, env: {}, ...options }))

/** Paths from the test's folder, with the text. */
const found = async (cwd: string, options: Partial<ContextOptions> = {}): Promise<Record<string, string>> => {
  const { files } = await load(cwd, options)
  return Object.fromEntries(files.map(({ path, text }) => [path.slice(folder.length + 1), text]))
}

describe("of context files are found", () => {
  it("the user's file first, then each folder's from the repository's root down, the nearest last", async () => {
    put("AGENTS.md", "above the repository")
    put("repo/.git/HEAD", "")
    put("repo/AGENTS.md", "root")
    put("repo/a/b/AGENTS.md", "b")
    put("repo/a/b/c/AGENTS.md", "deeper")
    put("repo/a/CLAUDE.md", "a")
    put("repo/x/AGENTS.md", "beside")
    put("home/.config/kintsugi/AGENTS.md", "mine")
    expect(Object.entries(await found("repo/a/b"))).toEqual([
      ["home/.config/kintsugi/AGENTS.md", "mine"],
      ["repo/AGENTS.md", "root"],
      ["repo/a/CLAUDE.md", "a"],
      ["repo/a/b/AGENTS.md", "b"]
    ])
    expect((await load("repo/a/b")).notices).toEqual([])
  })

  it("each file of a folder, what is one's own last", async () => {
    const names = [
      "AGENTS.md",
      ".claude/AGENTS.md",
      "CLAUDE.md",
      ".claude/CLAUDE.md",
      ".claude/rules/a.md",
      ".claude/rules/b/c.md",
      "CLAUDE.local.md"
    ]
    for (const name of names.toReversed()) put(name, name)
    put(".claude/rules/readme.txt", "no rule")
    put(".claude/settings.md", "no instructions")
    expect(Object.keys(await found("."))).toEqual(names)
  })

  it("AGENTS.override.md in the place of AGENTS.md, unless nothing stands in it", async () => {
    put(".git/HEAD", "")
    put("AGENTS.md", "for all")
    put("AGENTS.override.md", "\n")
    put("a/AGENTS.md", "for all of a")
    put("a/AGENTS.override.md", "for me")
    put("a/CLAUDE.md", "claude")
    expect(await found("a")).toEqual({
      "AGENTS.md": "for all",
      "a/AGENTS.override.md": "for me",
      "a/CLAUDE.md": "claude"
    })
  })

  it("what the user has written for other agents: of one of them, before what is for this one", async () => {
    put("app/file", "")
    put("home/.config/kintsugi/AGENTS.md", "ours")
    put("home/.agents/AGENTS.md", "of all agents")
    expect(Object.values(await found("app"))).toEqual(["of all agents", "ours"])
    put("home/.codex/AGENTS.md", "of codex")
    expect(Object.values(await found("app"))).toEqual(["of codex", "ours"])
    put("home/.codex/AGENTS.override.md", "instead")
    expect(Object.values(await found("app"))).toEqual(["instead", "ours"])
    put("home/.claude/CLAUDE.md", "of claude")
    put("home/.claude/rules/mine.md", "my rule")
    expect(Object.values(await found("app"))).toEqual(["of claude", "my rule", "ours"])
    expect(Object.values(await found("app", { others: false }))).toEqual(["ours"])
  })

  it("without a repository only the working folder's", async () => {
    put("AGENTS.md", "above")
    put("a/AGENTS.md", "here")
    expect(await found("a")).toEqual({ "a/AGENTS.md": "here" })
  })

  it("the root of a worktree, where .git is a file", async () => {
    put("AGENTS.md", "above")
    put("tree/.git", "gitdir: elsewhere")
    put("tree/AGENTS.md", "root")
    put("tree/a/file", "")
    expect(await found("tree/a")).toEqual({ "tree/AGENTS.md": "root" })
  })

  it("the user's configuration where XDG_CONFIG_HOME says, if it is absolute", async () => {
    put("config/kintsugi/AGENTS.md", "there")
    put("home/.config/kintsugi/AGENTS.md", "here")
    put("app/file", "")
    expect(await found("app", { env: { XDG_CONFIG_HOME: at("config") } })).toEqual({
      "config/kintsugi/AGENTS.md": "there"
    })
    expect(await found("app", { env: { XDG_CONFIG_HOME: "config" } })).toEqual({
      "home/.config/kintsugi/AGENTS.md": "here"
    })
  })

  it("nothing in an empty folder, or none", async () => {
    const nothing = { files: [], scoped: [], leftOut: [], notices: [] }
    expect(await load(".")).toEqual(nothing)
    expect(await load("nowhere/at/all")).toEqual(nothing)
    put("AGENTS.md", " \n\t\n")
    expect(await load(".")).toEqual(nothing)
  })
})

describe("of context files are read", () => {
  it("texts with a byte order mark, with carriage returns, in UTF-16", async () => {
    put(".git/HEAD", "")
    put("AGENTS.md", "\uFEFFa\r\nb\rc\n")
    put("x/AGENTS.md", Buffer.from("\uFEFFwide é\r\n", "utf16le"))
    expect(await found("x")).toEqual({ "AGENTS.md": "a\nb\nc\n", "x/AGENTS.md": "wide é\n" })
  })

  it("links inside the project, the same file only once", async () => {
    put(".git/HEAD", "")
    put("docs/rules.md", "rules")
    put("a/b/file", "")
    symlinkSync("docs/rules.md", at("AGENTS.md"))
    symlinkSync("../AGENTS.md", at("a/CLAUDE.md"))
    expect(await found("a/b")).toEqual({ "AGENTS.md": "rules" })
    expect(await load("a/b")).toMatchObject({ leftOut: [], notices: [] })
  })

  it("the same words only once, and says where", async () => {
    put(".git/HEAD", "")
    put("AGENTS.md", "be brief\n")
    put("CLAUDE.md", "\nbe brief")
    put("a/AGENTS.md", "be brief")
    expect(await found("a")).toEqual({ "AGENTS.md": "be brief\n" })
    const { leftOut, notices } = await load("a")
    expect(leftOut.map(({ path }) => path)).toEqual([at("CLAUDE.md"), at("a/AGENTS.md")])
    expect(leftOut[0]?.reason).toBe(`it says the same as ${at("AGENTS.md")}`)
    expect(notices).toEqual([])
  })

  it("no comments for maintainers, but those in code", async () => {
    put("AGENTS.md", "<!-- who: me -->\na <!-- b --> c\n<!--\nlong\n--> rest\n```html\n<!-- kept -->\n```\n")
    expect(await found(".")).toEqual({ "AGENTS.md": "a <!-- b --> c\n rest\n```html\n<!-- kept -->\n```\n" })
  })

  it("rules without their frontmatter; those for some files wait", async () => {
    put("app/.claude/rules/all.md", "---\nname: all\n---\nfor all")
    put("app/.claude/rules/list.md", '---\npaths:\n  - "src/**/*.{ts,tsx}"\n  - docs/*.md\n---\nfor some')
    put("app/.claude/rules/text.md", "---\npaths: a/*.{js,ts}, b/**\n---\nfor others")
    put("app/.claude/rules/broken.md", '---\npaths:\n  - "a\n  b: [}\n---\nfor all, too')
    const { files, scoped } = await load("app")
    expect(files.map(({ text }) => text)).toEqual(["for all", "for all, too"])
    expect(scoped.map(({ patterns }) => patterns)).toEqual([
      ["src/**/*.{ts,tsx}", "docs/*.md"],
      ["a/*.{js,ts}", "b/**"]
    ])
  })

  it("a working folder that is itself a link", async () => {
    put("real/AGENTS.md", "here")
    symlinkSync("real", at("link"))
    expect(await found("link")).toEqual({ "link/AGENTS.md": "here" })
  })

  it("the user's own file wherever it links to", async () => {
    put("dotfiles/agents.md", "mine")
    put("app/file", "")
    mkdirSync(at("home/.config/kintsugi"), { recursive: true })
    symlinkSync(at("dotfiles/agents.md"), at("home/.config/kintsugi/AGENTS.md"))
    expect(await found("app")).toEqual({ "home/.config/kintsugi/AGENTS.md": "mine" })
  })
})

describe("of context files are left out, with a notice", () => {
  const cases: ReadonlyArray<readonly [string, RegExp, () => void]> = [
    ["binaries", /not a text/, () => put("app/AGENTS.md", Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0, 0, 1))],
    ["what is not UTF-8", /not a text/, () => put("app/AGENTS.md", Uint8Array.of(0x61, 0xe9, 0x62))],
    ["folders", /not a file/, () => mkdirSync(at("app/AGENTS.md"))],
    ["links in a circle", /circle/, () => symlinkSync("AGENTS.md", at("app/AGENTS.md"))],
    ["links to nowhere", /nowhere/, () => symlinkSync("gone", at("app/AGENTS.md"))],
    [
      "links out of the project",
      /outside the project/,
      () => {
        put("secret", "key")
        symlinkSync("../secret", at("app/AGENTS.md"))
      }
    ],
    [
      "what a link makes of a file with keys",
      /holds keys/,
      () => {
        put("app/.env", "KEY=1")
        symlinkSync(".env", at("app/AGENTS.md"))
      }
    ],
    ["devices", /outside the project|not a file/, () => symlinkSync("/dev/zero", at("app/AGENTS.md"))],
    ["pipes that nobody writes", /not a file/, () => execFileSync("mkfifo", [at("app/AGENTS.md")])]
  ]
  it.each(cases)("%s", async (_, notice, make) => {
    put("app/file", "")
    make()
    expect(await load("app")).toMatchObject({ files: [], notices: [expect.stringMatching(notice)] })
    expect((await load("app")).notices[0]).toContain(at("app/AGENTS.md"))
  })

  it("what is too long, keeping the nearest whole", async () => {
    put(".git/HEAD", "")
    put("AGENTS.md", "root ".repeat(100))
    put("a/AGENTS.md", `${"line of text\n".repeat(50)}`)
    put("a/b/AGENTS.md", "near ".repeat(50))
    const { files, notices } = await load("a/b", { maxCharacters: 500 })
    expect(files.map(({ path }) => path)).toEqual([at("a/AGENTS.md"), at("a/b/AGENTS.md")])
    expect(files[1]?.text).toBe("near ".repeat(50))
    expect(files[0]?.text).toMatch(/^(line of text\n)+\[cut here; read the file for the rest\]\n$/)
    expect(files.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThanOrEqual(500)
    expect(notices).toEqual([
      expect.stringMatching(/^\S+\/AGENTS\.md was left out: .*500 characters/),
      expect.stringMatching(/^\S+\/a\/AGENTS\.md was cut to its first \d+ characters/)
    ])
  })

  it("never half a character", async () => {
    put("AGENTS.md", "😀".repeat(100))
    for (const maxCharacters of [100, 101]) {
      const { files } = await load(".", { maxCharacters })
      expect(files[0]?.text).toMatch(/^😀+\n\[cut here/u)
    }
  })

  it("the rest of a huge file, without reading it", async () => {
    put("AGENTS.md", `x${"é".repeat(3_000_000)}`)
    const { files, notices } = await load(".", { maxCharacters: 100 })
    expect(files[0]?.text).toMatch(/^xé+\n\[cut here/)
    expect(files[0]?.text.length).toBeLessThanOrEqual(100)
    expect(notices).toEqual([expect.stringContaining("with 6000001 bytes it does not fit")])
  })
})

it("says what context files cost when that is much", async () => {
  put("AGENTS.md", "a".repeat(30_000))
  expect((await load(".", { maxCharacters: 80_000 })).notices).toEqual([])
  put("CLAUDE.md", "b".repeat(31_000))
  expect((await load(".", { maxCharacters: 80_000 })).notices).toEqual([
    `context files take 61000 characters of every request, about 15k tokens; the largest is ${at("CLAUDE.md")} with 31000`
  ])
})

it("never gives more than allowed, never half a character, and never throws", async () => {
  put(".git/HEAD", "")
  const unit = fc.constantFrom("😀", "é", "\n", "😀")
  const text = fc.oneof(fc.string({ unit: "binary", maxLength: 200 }), fc.string({ unit, maxLength: 300, size: "max" }))
  const limit = fc.oneof(fc.nat(400), fc.constantFrom(NaN, -1, 0.5, Infinity))
  await fc.assert(
    fc.asyncProperty(text, text, limit, async (outer, inner, maxCharacters) => {
      put("AGENTS.md", outer)
      put("a/AGENTS.md", inner)
      const { files, notices } = await load("a", { maxCharacters })
      const total = files.reduce((sum, one) => sum + one.text.length, 0)
      expect(total).toBeLessThanOrEqual(Math.max(0, maxCharacters || 0))
      expect(files.every((one) => one.text.isWellFormed())).toBe(true)
      expect(files.length + notices.length).toBeLessThanOrEqual(4)
      expect(files.every((one) => one.text.trim() !== "")).toBe(true)
    }),
    { numRuns: 40 }
  )
})
