/** The grep package over a real folder, with the real programs: what it finds, what it leaves alone, where it ends. */
import { existsSync, symlinkSync } from "node:fs"
import { describe, expect, it } from "vitest"
import plugin from "../../../plugins/packages/kintsugi-plugin-grep/src/index.ts"
import { astGrep, pathOf, ripgrep } from "../../../plugins/packages/kintsugi-plugin-grep/src/programs.ts"
import { workspace, type Workspace, type WorkspaceOptions } from "../workspace.ts"

const missing = [ripgrep, astGrep].filter(({ path }) => path === undefined).map(({ name }) => name)

const open = async (files: Readonly<Record<string, string | Uint8Array>>, options: WorkspaceOptions = {}) => {
  const space = await workspace({ ...options, tools: plugin.tools ?? [] })
  await space.put(files)
  return space
}

const data = async (space: Workspace, tool: string, input: object) => String((await space.call(tool, input)).data)

const odd = "n\n$(touch pwned) 'q'.ts"

describe.skipIf(missing.length > 0)(`text (without ${missing.join(" and ") || "nothing"})`, () => {
  it("is found by line, grouped by file, whatever names and lines hold", async () => {
    await using space = await open({
      "a.ts": "one\ntwo\nthree\nfour\nfive\nsix\ntwo\r\n",
      [odd]: "two\n",
      "latin.txt": Buffer.from("caf\xe9 two\n", "latin1"),
      "node_modules/x.js": "two\n",
      ".gitignore": "node_modules\n",
      ".hidden": "two \u001B[31mred\n"
    })
    expect(await data(space, "grep_search", { pattern: "two", context: 1 })).toBe(
      [
        ".hidden\n1: two \u001B[31mred",
        "a.ts\n1- one\n2: two\n3- three\n--\n6- six\n7: two",
        "latin.txt\n1: caf\uFFFD two",
        `${JSON.stringify(odd)}\n1: two`
      ].join("\n\n")
    )
    expect(await data(space, "grep_search", { pattern: "two", glob: ["*.ts"], path: "a.ts" })).toBe(
      "a.ts\n2: two\n7: two"
    )
    expect(
      await data(space, "grep_search", { pattern: "t.o(?=$)", type: "ts", ignore_case: true, max_matches: 1 })
    ).toMatch(/^a\.ts\n2: two\n\n\[there is more/)
    expect(await data(space, "grep_search", { pattern: "o.*\nt", multiline: true, path: "a.ts" })).toContain(
      "1: one\n2: two"
    )
    expect(await data(space, "grep_search", { pattern: "$(touch pwned)'\";\\", literal: true })).toBe("[nothing found]")
    expect(await data(space, "grep_search", { pattern: "two", ignored: true })).toContain("node_modules/x.js")
    expect(await data(space, "grep_count", { pattern: "o" })).toBe(
      [
        "9 matches in 5 files\n",
        "4  a.ts",
        "2  .gitignore",
        `1  ${JSON.stringify(odd)}`,
        "1  .hidden",
        "1  latin.txt"
      ].join("\n")
    )
    expect(existsSync(space.path("pwned"))).toBe(false)
  })

  it("is looked for inside the allowed folders only, and what lies in a blocked one is not told", async () => {
    await using space = await open({ "a.txt": "key\n", "secret/b.txt": "key\n" }, { blocked: ["secret"] })
    symlinkSync(space.outside, space.path("out"))
    for (const tool of ["grep_search", "grep_count", "ast_search"]) {
      for (const path of [space.outside, "out", "secret", "secret/b.txt", "../outside"])
        await expect(space.call(tool, { pattern: "key", path })).rejects.toMatchObject({ kind: "permission_denied" })
      await expect(space.call(tool, { pattern: "key", path: "none" })).rejects.toMatchObject({ kind: "not_found" })
    }
    expect(await data(space, "grep_search", { pattern: "key" })).toBe("a.txt\n1: key")
    expect(await data(space, "grep_count", { pattern: "key" })).toBe("1 match in 1 file\n\n1  a.txt")
  })

  it("says what is wrong with a question", async () => {
    await using space = await open({ "a.txt": "x\n" })
    const search = (input: object) => space.call("grep_search", { pattern: "x", ...input })
    await expect(search({ pattern: "(" })).rejects.toMatchObject({
      kind: "invalid_arguments",
      message: /unclosed|missing/
    })
    await expect(search({ type: "klingon" })).rejects.toMatchObject({ kind: "invalid_arguments", message: /klingon/ })
    await expect(search({ pattern: "a\0b", literal: true })).rejects.toMatchObject({ kind: "invalid_arguments" })
    const { path: _, ...gone } = ripgrep
    expect(() => pathOf({ ...gone, path: undefined })).toThrow(
      /ripgrep was not installed .* Install kintsugi-plugin-grep again/
    )
  })

  it("is bounded, however much there is", async () => {
    await using space = await open({
      "big.txt": `${"x".repeat(300)}\n`.repeat(100_000),
      "wide.txt": "y".repeat(3_000_000)
    })
    const found = await data(space, "grep_search", { pattern: "x", max_matches: 1000 })
    expect(found.length).toBeLessThan(50_000)
    expect(found).toContain("[there is more")
    expect((await data(space, "grep_search", { pattern: "y+" })).length).toBeLessThan(1000)
  })
})

describe.skipIf(missing.length > 0)(`structure (without ${missing.join(" and ") || "nothing"})`, () => {
  const code: ReadonlyArray<readonly [file: string, language: string, source: string, pattern: string, found: string]> =
    [
      ["a.ts", "typescript", "const f = (a: number) =>\n  log(a)\n", "log($A)", "2:3: log(a)\n   $A = a"],
      ["a.tsx", "tsx", "const a = <B c={1} />\n", "<B c={$V} />", "1:11: <B c={1} />\n   $V = 1"],
      ["a.js", "javascript", "log(1, // no\n  2)\n", "log($$$)", "1:1: log(1, // no\n2:   2)"],
      [
        "a.py",
        "python",
        "def f(a):\n    return a\n",
        "def $F($A): $$$",
        "1:1: def f(a):\n2:     return a\n   $A = a, $F = f"
      ],
      [
        "a.go",
        "go",
        'package a\n\nfunc f() { log.Print("log(x)") }\n',
        "log.Print($A)",
        '3:12: log.Print("log(x)")\n   $A = "log(x)"'
      ],
      ["a.rs", "rust", "fn f() -> i32 { g(1) }\n", "g($A)", "1:17: g(1)\n   $A = 1"],
      ["A.java", "java", "class A { void f() { this.g(1); } }\n", "this.g($A)", "1:22: this.g(1)\n   $A = 1"],
      ["a.c", "c", "int f(void) { return g(1); }\n", "g($A)", "1:22: g(1)\n   $A = 1"],
      ["a.css", "css", "a { color: red }\n", "a { $$$ }", "1:1: a { color: red }"],
      ["a.json", "json", '{"a": [1]}\n', '{"a": $V}', '1:1: {"a": [1]}\n   $V = [1]'],
      ["a.html", "html", "<p>x</p>\n", "<p>x</p>", "1:1: <p>x</p>"]
    ]

  it("is found in each language", async () => {
    await using space = await open(Object.fromEntries(code.map(([file, , source]) => [file, source])))
    const found = await Promise.all(
      code.map(([, language, , pattern]) => data(space, "ast_search", { pattern, language }))
    )
    expect(found).toEqual(code.map(([file, , , , text]) => `${file}\n${text}`))
    expect(await data(space, "ast_search", { pattern: "log($A)" })).toBe("a.ts\n2:3: log(a)\n   $A = a")
  })

  it("is asked for in whole pieces of code, and says so", async () => {
    await using space = await open({ "a.ts": "f(1)\nf(2)\nf(3)\n", "sub/b.ts": "f(4)\n" })
    const search = (input: object) => data(space, "ast_search", { language: "typescript", ...input })
    expect(await search({ pattern: "function (" })).toContain("no complete code in that language")
    expect(await search({ pattern: "f(9)" })).toBe("[nothing found]")
    expect(await search({ pattern: "f($A)", path: "a.ts", max_matches: 2 })).toMatch(
      /^a\.ts\n1:1: f\(1\)\n.*\n2:1: f\(2\)\n.*\n\n\[there is more/
    )
    expect(await search({ pattern: "f($A)", glob: ["sub/**"] })).toBe("sub/b.ts\n1:1: f(4)\n   $A = 4")
    await expect(search({ pattern: "f($A)", glob: ["[z"] })).rejects.toMatchObject({ kind: "invalid_arguments" })
  })

  it("reads no configuration of the project, which may name libraries to load", async () => {
    const config = "ruleDirs: [rules]\ncustomLanguages:\n  evil:\n    libraryPath: evil.so\n    extensions: [evil]\n"
    await using space = await open({
      "sgconfig.yml": config,
      "a.ts": "f(1)\n",
      "broken/sgconfig.yml": ": : :\n",
      "broken/a.ts": "f(1)\n"
    })
    expect(await data(space, "ast_search", { pattern: "f($A)", path: "a.ts" })).toContain("1:1: f(1)")
    expect(await data(space, "ast_search", { pattern: "f($A)", path: "broken" })).toContain("1:1: f(1)")
  })
})
