/** What context files import with `@path`. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { readMarkdown } from "../../skills/context/markdown.ts"
import { type ContextOptions, readContextFiles, readingOf } from "../../skills/context-files.ts"

let folder = ""
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-imports-")))
  put("app/.git/HEAD", "")
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const at = (path: string): string => join(folder, path)
const put = (path: string, content: string | Uint8Array): void => {
  mkdirSync(dirname(at(path)), { recursive: true })
  writeFileSync(at(path), content)
}

const load = async (cwd = "app", options: Partial<ContextOptions> = {}) =>
  readContextFiles(await readingOf({ cwd: at(cwd), home: at("home"), env: {}, ...options }))

/** Paths, and by whom they are imported. */
const read = async (cwd?: string, options?: Partial<ContextOptions>): Promise<ReadonlyArray<string>> => {
  const { files } = await load(cwd, options)
  const short = (path: string): string => path.slice(folder.length + 1)
  return files.map(({ path, importedBy }) => short(path) + (importedBy === undefined ? "" : ` < ${short(importedBy)}`))
}

const reasons = async (options?: Partial<ContextOptions>): Promise<ReadonlyArray<string>> =>
  (await load("app", options)).leftOut.map(({ path, reason }) => `${path.slice(folder.length + 1)}: ${reason}`)

describe("a mention is", () => {
  it.each([
    ["See @README and @package.json here", ["README", "package.json"]],
    ["- git @docs/git.md\n@./a\n@../b\n@~/c\n@/d/e", ["docs/git.md", "./a", "../b", "~/c", "/d/e"]],
    ["@Design\\ Docs/api.md @Design Docs", ["Design Docs/api.md", "Design"]],
    ["twice @a.md and @a.md", ["a.md"]],
    ["`@a` and ``b ` @c`` and @d", ["d"]],
    ["`over\n@a` but `open @b", ["b"]],
    ["```\n@a\n```\n~~~ts\n@b\n```\n~~~\n- ```\n  @c\n  ```\n@d", ["d"]],
    ["```\n@a", []],
    ["```\n~~~\n@a\n```\n@b", ["b"]],
    ['me@example.com (@a) "@b" @"c" @\'d\' @@e @#f', []],
    ["<!-- @a --> b\nc <!-- @d --> @e\n<!--\n@f\n-->", ["e"]],
    ["@äö.md @日本.md", ["äö.md", "日本.md"]]
  ])("%j", (text, mentions) => {
    expect(readMarkdown(text).mentions).toEqual(mentions)
  })

  it.each(["```", "`a ", "<!--a\n", "<!-- -->", "- ", "1. ", "> ", "@a ", "\\ ", "```\n", "\n<!-- \n-->\n"])(
    "looked for in a time that grows with a text like %j",
    (piece) => {
      const text = `${piece.repeat(Math.floor(80_000 / piece.length))}\n\n@x <!-- -->`
      expect(readMarkdown(text).mentions.length).toBeLessThanOrEqual(2)
    }
  )

  it("one of 200 of a file", () => {
    const names = Array.from({ length: 300 }, (_, n) => `@${n}.md`)
    expect(readMarkdown(names.join(" ")).mentions).toHaveLength(200)
  })
})

describe("an imported file", () => {
  it("stands before the one that imports it, under its own name, beside the file that names it", async () => {
    put("app/CLAUDE.md", "first @docs/a.md, then @docs/b.md.")
    put("app/docs/a.md", "a, with @b.md and @sub/c.md#part")
    put("app/docs/b.md", "b")
    put("app/docs/sub/c.md", "c")
    expect(await read()).toEqual([
      "app/docs/b.md < app/docs/a.md",
      "app/docs/sub/c.md < app/docs/a.md",
      "app/docs/a.md < app/CLAUDE.md",
      "app/CLAUDE.md"
    ])
    const { files, notices } = await load()
    expect(files.at(-1)?.text).toBe("first @docs/a.md, then @docs/b.md.")
    expect(notices).toEqual([])
  })

  it("counts once, whoever names it: AGENTS.md in CLAUDE.md, a link, itself", async () => {
    put("app/AGENTS.md", "agents @AGENTS.md @CLAUDE.md @docs")
    put("app/CLAUDE.md", "claude @AGENTS.md @link.md")
    put("app/docs/readme.md", "")
    symlinkSync("AGENTS.md", at("app/link.md"))
    expect(await read()).toEqual(["app/CLAUDE.md < app/AGENTS.md", "app/AGENTS.md"])
    expect(await reasons()).toEqual([])
  })

  it("that is not there, is a folder or code is left as it is written", async () => {
    put("app/CLAUDE.md", "@gone.md @docs @param `@there.md`")
    put("app/docs/readme.md", "x")
    put("app/there.md", "x")
    expect(await read()).toEqual(["app/CLAUDE.md"])
    expect(await reasons()).toEqual([])
  })

  it("is at most four imports away, by the shortest way", async () => {
    for (const n of [0, 1, 2, 3, 4]) put(`app/${n}.md`, `${n} @${n + 1}.md`)
    put("app/5.md", "five")
    put("app/CLAUDE.md", "@1.md")
    expect(await read()).toEqual(
      [4, 3, 2, 1].map((n) => `app/${n}.md < app/${n === 1 ? "CLAUDE" : n - 1}.md`).concat("app/CLAUDE.md")
    )
    expect(await reasons()).toEqual([
      expect.stringMatching(/^app\/5\.md: more than 4 imports lead to it; .*4\.md names it$/)
    ])
    put("app/CLAUDE.local.md", "also @3.md")
    expect(await read()).toContain("app/5.md < app/4.md")
    expect(await reasons()).toEqual([])
  })
})

describe("a project may not import", () => {
  it.each([
    [
      "a file outside, by any way",
      /outside the project, and the folder is not trusted; see kintsugi trust/,
      "@../secret.md"
    ],
    ["a link that leads outside", /outside the project/, "@link.md"],
    ["the user's files", /outside the project/, "@~/.claude/mine.md"],
    ["a file with keys", /holds keys/, "@.env"],
    ["what git keeps", /holds keys/, "@.git/HEAD"],
    ["what is no text", /not a text/, "@logo.png"]
  ])("%s", async (_, reason, mention) => {
    put("secret.md", "secret")
    put("home/.claude/mine.md", "mine")
    put("app/.env", "KEY=1")
    put("app/logo.png", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 0))
    symlinkSync(at("secret.md"), at("app/link.md"))
    put("app/CLAUDE.md", `x ${mention}`)
    expect(await read()).toEqual(["app/CLAUDE.md"])
    const { notices, leftOut } = await load()
    expect(leftOut.map((one) => one.reason)).toEqual([expect.stringMatching(reason)])
    expect(notices).toHaveLength(1)
  })

  it("what is closed to everybody, even where the user trusts it", async () => {
    put("home/.ssh/config", "host")
    put("shared/style.md", "style")
    put("app/CLAUDE.md", "@~/.ssh/config @../shared/style.md @../shared/id_rsa")
    put("shared/id_rsa", "key")
    const isBlocked = async (real: string) => real.startsWith(at("home/.ssh"))
    expect(await read("app", { trusted: true, isBlocked })).toEqual([
      "shared/style.md < app/CLAUDE.md",
      "app/CLAUDE.md"
    ])
    expect(await reasons({ trusted: true, isBlocked })).toEqual([
      "home/.ssh/config: it lies in a blocked path (tools.blocked_paths)",
      "shared/id_rsa: it looks like a file that holds keys"
    ])
  })
})

it("the user may import whatever lies below the home folder", async () => {
  put("home/.claude/CLAUDE.md", "@~/notes/a.md @b.md @../../secret.md")
  put("home/notes/a.md", "a")
  put("home/.claude/b.md", "b")
  put("secret.md", "secret")
  expect(await read()).toEqual([
    "home/notes/a.md < home/.claude/CLAUDE.md",
    "home/.claude/b.md < home/.claude/CLAUDE.md",
    "home/.claude/CLAUDE.md"
  ])
  expect(await reasons()).toEqual(["secret.md: it lies outside your home folder"])
})

it("a file's name writes nothing into a notice", async () => {
  put("app/a\nb.md", Uint8Array.of(0))
  put("app/CLAUDE.md", "x")
  symlinkSync("a\nb.md", at("app/AGENTS.md"))
  put("app/.claude/rules/x\u001b[31m\ny.md", Uint8Array.of(0))
  const { notices } = await load()
  expect(notices).toHaveLength(2)
  expect(notices.join("")).not.toMatch(/\p{Cc}/u)
})

/** Files that import each other any way, and outside; each as one file of a folder. */
const graphs = fc.array(fc.array(fc.nat(11), { maxLength: 5 }), { minLength: 1, maxLength: 10 })

it("any files that import each other are read, each once, none by more than four imports, none from outside", async () => {
  const name = (n: number): string => (n === 0 ? "CLAUDE.md" : n === 11 ? "../outside.md" : `${n}.md`)
  put("outside.md", "outside @app/1.md")
  await fc.assert(
    fc.asyncProperty(graphs, async (graph) => {
      rmSync(at("app"), { recursive: true })
      put("app/.git/HEAD", "")
      for (const [n, to] of graph.entries())
        put(`app/${name(n)}`, `file ${n}: ${to.map((one) => `@${name(one)}`).join(" ")}`)
      const { files } = await load()
      const paths = files.map(({ path }) => path)
      expect(new Set(paths).size).toBe(paths.length)
      const near = reachable(graph, 4).map((n) => at(`app/${name(n)}`))
      expect(new Set(paths)).toEqual(new Set(near))
      for (const { path, importedBy } of files)
        expect(path === at("app/CLAUDE.md") ? importedBy === undefined : paths.includes(importedBy ?? "")).toBe(true)
    }),
    { numRuns: 40 }
  )
})

/** Numbers of the files that are so many steps from the first at most. */
const reachable = (graph: ReadonlyArray<ReadonlyArray<number>>, steps: number): ReadonlyArray<number> => {
  let found = new Set([0])
  for (let step = 0; step < steps; step++)
    found = new Set([...found, ...[...found].flatMap((n) => graph[n] ?? [])].filter((n) => n < graph.length))
  return [...found]
}
