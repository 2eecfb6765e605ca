/** What `list_matching` must do. */
import { type HiddenTest, no, ok } from "../hidden-test.ts"

const files = {
  "README.md": "",
  "src/a.ts": "",
  "src/b.test.ts": "",
  "src/deep/c.ts": "",
  "src/deep/d.js": "",
  ".env": "",
  ".cache/x.ts": "",
  LICENSE: ""
}

export const hidden: ReadonlyArray<HiddenTest> = [
  ok("list_matching", { patterns: ["**/*.ts"] }, ["src/a.ts", "src/b.test.ts", "src/deep/c.ts"], { files }),
  ok("list_matching", { patterns: ["*"] }, ["LICENSE", "README.md"], { files }),
  ok("list_matching", { patterns: ["src/*.ts"], exclude: ["**/*.test.ts"] }, ["src/a.ts"], { files }),
  ok("list_matching", { patterns: ["src/**"] }, ["src/a.ts", "src/b.test.ts", "src/deep/c.ts", "src/deep/d.js"], {
    files
  }),
  ok("list_matching", { patterns: ["**/*.{js,md}"] }, ["README.md", "src/deep/d.js"], { files }),
  ok("list_matching", { patterns: ["src/?.ts", "**/c.*"] }, ["src/a.ts", "src/deep/c.ts"], { files }),
  ok(
    "list_matching",
    { patterns: ["**"], hidden: true, exclude: ["src/**"] },
    [".cache/x.ts", ".env", "LICENSE", "README.md"],
    { files }
  ),
  ok("list_matching", { patterns: ["**"], group: "folder" }, { ".": 2, src: 2, "src/deep": 2 }, { files }),
  ok(
    "list_matching",
    { patterns: ["**"], group: "extension" },
    { LICENSE: 1, ".md": 1, ".ts": 3, ".js": 1 },
    { files }
  ),
  ok("list_matching", { patterns: ["src/[ab].ts"] }, ["src/a.ts"], { files }),
  no("list_matching", { patterns: ["*.py", "x+y"] }, "no file matches *.py, x+y", { files })
]

/** Calls that went well before. */
export const history: ReadonlyArray<HiddenTest> = [
  ok("list_matching", { patterns: ["*.txt"] }, ["one.txt", "two.txt"], {
    files: { "one.txt": "", "two.txt": "", "x.md": "" }
  }),
  ok("list_matching", { patterns: ["**"], group: "folder" }, { a: 2 }, { files: { "a/1": "", "a/2": "" } }),
  no("list_matching", { patterns: ["*.py"] }, "no file matches", { files: { "one.txt": "" } })
]
