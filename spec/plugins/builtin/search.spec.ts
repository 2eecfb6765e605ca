import { mkdirSync, symlinkSync, utimesSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { searchPlugin } from "../../../plugins/builtin/search.ts"
import { workspace, type Workspace } from "../workspace.ts"

const project = {
  ".gitignore": "node_modules/\n*.log\n",
  ".github/ci.yml": "on: push\n",
  "README.md": "# Words\n",
  "src/index.ts": 'import { count } from "./count.ts"\nconsole.log(count("a b"))\n',
  "src/count.ts": "// counts\nexport const count = (text: string) => text.split(/\\s+/).length\n",
  "src/deep/er/est.ts": "export {}\n",
  "node_modules/x/index.js": "const count = 1\n",
  "debug.log": "count\n"
}

const data = async (space: Workspace, tool: string, input: unknown) =>
  String((await space.call(tool, input)).data).split("\n")

describe("list_files", () => {
  it("shows a folder as a tree, and names what it leaves out", async () => {
    await using space = await workspace()
    await space.put(project)
    mkdirSync(space.path("empty"))
    symlinkSync("src", space.path("link"))
    expect(await data(space, "list_files", { depth: 2 })).toEqual([
      ".github/",
      "  ci.yml",
      ".gitignore",
      "README.md",
      "src/",
      "  count.ts",
      "  deep/ (1 files)",
      "  index.ts",
      "debug.log (ignored)",
      "empty/ (ignored or empty)",
      "link (link)",
      "node_modules/ (ignored or empty)"
    ])
    expect(await space.preview("list_files", { path: "link" })).toEqual({ paths: [space.path("src")] })
  })

  it("shows an ignored folder when asked for it", async () => {
    await using space = await workspace()
    await space.put(project)
    expect(await data(space, "list_files", { path: "node_modules/x" })).toEqual(["index.js"])
  })

  it("shows fewer levels of a large tree, and a part of a large folder", async () => {
    await using space = await workspace()
    await space.put(Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`wide/${n % 5}/${n}`, ""])))
    await space.put(Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`flat/${n}`, ""])))
    expect(await data(space, "list_files", { path: "wide" })).toEqual([
      ...[0, 1, 2, 3, 4].map((n) => `${n}/ (100 files)`),
      "[only 1 of 3 levels: there are too many entries]"
    ])
    const flat = await data(space, "list_files", { path: "flat", depth: 1 })
    expect([flat.length, flat.at(-1)]).toEqual([401, "[100 more entries; list a folder in it, or use glob]"])
  })

  it("hides what is blocked", async () => {
    await using space = await workspace({ blocked: ["./src/deep", "./debug.log"] })
    await space.put(project)
    const lines = await data(space, "list_files", {})
    expect(lines.filter((line) => /deep|debug/.test(line))).toEqual([])
  })

  it("says what is wrong with its path", async () => {
    await using space = await workspace()
    await space.put(project)
    expect(await space.call("list_files", { path: "README.md" })).toMatchObject({
      success: false,
      error: "README.md is a file: use read_file"
    })
    expect(await space.call("list_files", { path: "scr" })).toMatchObject({ success: false, errorClass: "not_found" })
    await expect(space.call("list_files", { path: ".." })).rejects.toMatchObject({ kind: "permission_denied" })
  })
})

describe("glob", () => {
  it("finds files, the newest first", async () => {
    await using space = await workspace()
    await space.put(project)
    const soon = Date.now() / 1000 + 60
    utimesSync(space.path("src/count.ts"), soon, soon)
    utimesSync(space.path("src/deep/er/est.ts"), soon + 1, soon + 1)
    expect(await data(space, "glob", { pattern: "**/*.ts" })).toEqual([
      "src/deep/er/est.ts",
      "src/count.ts",
      "src/index.ts"
    ])
  })

  it.each([
    [{ pattern: "src/{index,count}.ts" }, 2],
    [{ pattern: "*.ts", path: "src" }, 2],
    [{ pattern: ".github/**" }, 1],
    [{ pattern: "src/index.ts" }, 1],
    [{ pattern: "./src/*.ts" }, 2],
    [{ pattern: "**/*.js" }, 0],
    [{ pattern: "**/*.log" }, 0]
  ])("matches %j", async (input, found) => {
    await using space = await workspace()
    await space.put(project)
    const lines = await data(space, "glob", input)
    expect(lines.filter((line) => !line.startsWith("["))).toHaveLength(found)
  })

  it("takes absolute patterns, inside only", async () => {
    await using space = await workspace()
    await space.put(project)
    expect(await data(space, "glob", { pattern: `${space.cwd}/src/index.*` })).toEqual(["src/index.ts"])
    expect(await space.preview("glob", { pattern: "src/**" })).toEqual({ paths: [space.path("src")] })
    for (const pattern of ["../**/*", `${space.outside}/*`, "src/../../outside/*"]) {
      await expect(space.preview("glob", { pattern })).rejects.toMatchObject({ kind: "permission_denied" })
      await expect(space.call("glob", { pattern })).rejects.toMatchObject({ kind: "permission_denied" })
    }
  })

  it("helps when nothing matches, and when too much does", async () => {
    await using space = await workspace()
    await space.put(project)
    expect((await data(space, "glob", { pattern: "count.ts" }))[0]).toContain("use **/count.ts")
    await space.put(Object.fromEntries(Array.from({ length: 250 }, (_, n) => [`many/${n}`, ""])))
    const lines = await data(space, "glob", { pattern: "many/*" })
    expect([lines.length, lines.at(-1)]).toEqual([
      201,
      "[250 files match; the newest are shown. Use a narrower pattern]"
    ])
  })

  it("hides what is blocked", async () => {
    await using space = await workspace({ blocked: ["./src/deep"] })
    await space.put(project)
    expect(await data(space, "glob", { pattern: "src/deep/**" }).catch((error: Error) => [error.message])).toEqual([
      expect.stringContaining("blocked")
    ])
    expect((await data(space, "glob", { pattern: "**/*.ts" })).toSorted()).toEqual(["src/count.ts", "src/index.ts"])
  })
})

describe("grep", () => {
  it("groups lines by file", async () => {
    await using space = await workspace()
    await space.put(project)
    expect(await data(space, "grep", { pattern: "count\\b" })).toEqual([
      "src/count.ts",
      "2:export const count = (text: string) => text.split(/\\s+/).length",
      "",
      "src/index.ts",
      '1:import { count } from "./count.ts"',
      '2:console.log(count("a b"))'
    ])
  })

  it.each([
    [{ pattern: "count", output: "files" }, ["src/count.ts", "src/index.ts"]],
    [{ pattern: "count", output: "count" }, ["src/count.ts: 2", "src/index.ts: 2"]],
    [{ pattern: "COUNTS", ignore_case: true, output: "files" }, ["src/count.ts"]],
    [{ pattern: "/\\s+/", literal: true, output: "files" }, ["src/count.ts"]],
    [{ pattern: "o", glob: "*.md", output: "count" }, ["README.md: 1"]],
    [{ pattern: "(?<=const )count", output: "files" }, ["src/count.ts"]],
    [{ pattern: "count", path: "src/index.ts", output: "count" }, ["src/index.ts: 2"]],
    [{ pattern: "count", path: "node_modules", output: "files" }, ["node_modules/x/index.js"]],
    [
      { pattern: "counts", path: "src", context: 1 },
      ["src/count.ts", "1:// counts", expect.stringMatching(/^2-export/)]
    ],
    [{ pattern: "nowhere" }, ["[nothing found; git-ignored files are not searched]"]]
  ])("finds %j", async (input, expected) => {
    await using space = await workspace()
    await space.put(project)
    expect(await data(space, "grep", input)).toEqual(expected)
  })

  it.each(["--help", "-e", "--pre=touch ran", "-"])(
    "takes %j for a pattern or a path, never for an option",
    async (text) => {
      await using space = await workspace()
      await space.put({ file: `before\n${text}\n`, [`${text}`]: "content\n" })
      expect(await data(space, "grep", { pattern: text, literal: true, path: "file" })).toEqual(["file", `2:${text}`])
      expect(await data(space, "grep", { pattern: "content", path: text })).toEqual([text, "1:content"])
      expect(await data(space, "grep", { pattern: "content", glob: text, output: "files" })).toEqual([text])
      expect(await data(space, "glob", { pattern: "ran" })).toEqual([expect.stringContaining("no file matches")])
    }
  )

  it("gives ripgrep's own words for a wrong pattern", async () => {
    await using space = await workspace()
    expect(await space.call("grep", { pattern: "a(" })).toMatchObject({
      success: false,
      errorClass: "invalid_arguments",
      error: expect.stringContaining("unclosed group")
    })
    expect(await space.call("grep", { pattern: "a", glob: "{a" })).toMatchObject({
      success: false,
      error: expect.stringContaining("glob")
    })
  })

  it("cuts long lines and long answers", async () => {
    await using space = await workspace()
    await space.put({ "min.js": `needle${"x".repeat(5_000_000)}`, many: "needle\n".repeat(100_000) })
    const lines = await data(space, "grep", { pattern: "needle", path: "min.js" })
    expect(lines[1]?.length).toBeLessThan(500)
    const many = await data(space, "grep", { pattern: "needle", path: "many" })
    expect([many.length, many.at(-1)]).toEqual([301, "[there is more; use a narrower pattern, path or glob]"])
  })

  it("drops what is blocked, and does not follow links out", async () => {
    await using space = await workspace({ blocked: ["./src/deep", "./.env"] })
    await space.put({ ...project, "src/deep/secret": "needle\n", ".env": "needle\n", open: "needle\n" })
    symlinkSync(space.outside, space.path("link"))
    for (const output of ["content", "files", "count"]) {
      expect((await data(space, "grep", { pattern: "needle", output })).join()).not.toMatch(/secret|env/)
    }
    await expect(space.call("grep", { pattern: "x", path: "link" })).rejects.toMatchObject({
      kind: "permission_denied"
    })
    await expect(space.call("grep", { pattern: "needle", path: ".env" })).rejects.toMatchObject({
      kind: "permission_denied"
    })
  })
})

it.each([
  ["list_files", {}],
  ["glob", { pattern: "**" }],
  ["grep", { pattern: "a" }]
])("%s is cancelled by its signal", async (tool, input) => {
  await using space = await workspace()
  await space.put(project)
  expect(await space.call(tool, input, { signal: AbortSignal.abort() })).toMatchObject({
    success: false,
    errorClass: "cancelled"
  })
})

it("says how to get ripgrep when it is missing", async () => {
  await using space = await workspace({ tools: searchPlugin(async () => "no-such-program").tools ?? [] })
  await expect(space.call("grep", { pattern: "a" })).rejects.toMatchObject({
    kind: "missing_dependency",
    message: expect.stringContaining("install @vscode/ripgrep-")
  })
})
