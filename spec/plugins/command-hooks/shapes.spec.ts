import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Fields } from "../../../plugins/command-hooks/fields.ts"
import { ourInput, theirInput, theirResponse } from "../../../plugins/command-hooks/shapes.ts"

const cwd = "/project"

describe("a call in Claude Code's words", () => {
  it.each<[string, Fields, Fields]>([
    [
      "execute_bash",
      { command: "ls", timeout: 5, background: true },
      { command: "ls", timeout: 5000, run_in_background: true }
    ],
    ["read_file", { path: "a/b.ts", offset: 2, limit: 3 }, { file_path: "/project/a/b.ts", offset: 2, limit: 3 }],
    ["write_file", { path: "/x.ts", content: "y" }, { file_path: "/x.ts", content: "y" }],
    [
      "edit_file",
      { path: "a", old_string: "x", new_string: "y", occurrence: "all" },
      { file_path: "/project/a", old_string: "x", new_string: "y", replace_all: true }
    ],
    [
      "grep",
      { pattern: "x", path: "src", ignore_case: true, output: "files" },
      { pattern: "x", path: "/project/src", "-i": true, output_mode: "files_with_matches" }
    ],
    ["glob", { pattern: "*.ts" }, { pattern: "*.ts" }],
    [
      "task",
      { prompt: "look", description: "a look", agent: "reviewer", background: true },
      { prompt: "look", description: "a look", subagent_type: "reviewer", run_in_background: true }
    ],
    ["use_skill", { name: "commit", arguments: "now" }, { skill: "commit", args: "now" }]
  ])("%s, and back", (tool, ours, theirs) => {
    expect(theirInput(tool, ours, cwd)).toEqual(theirs)
    const path = "path" in ours ? { path: theirInput("read_file", ours, cwd).file_path } : {}
    expect(ourInput(tool, theirs, ours)).toEqual({ ...ours, ...path })
  })

  it("keeps what it has no word for", () => {
    expect(theirInput("edit_file", { path: 3, occurrence: 2, odd: 1 }, cwd)).toEqual({
      file_path: 3,
      occurrence: 2,
      odd: 1
    })
    expect(theirInput("my_tool", { a: 1 }, cwd)).toEqual({ a: 1 })
    expect(theirInput("execute_bash", "{broken", cwd)).toEqual({ input: "{broken" })
  })

  it("is what a hook makes of it, but for what a call cannot be without", () => {
    const before = { path: "a", content: "x" }
    expect(ourInput("write_file", { content: "y" }, before)).toEqual({ path: "a", content: "y" })
    const command = { command: "ls", background: true }
    expect(ourInput("execute_bash", { command: "ls -l" }, command)).toEqual({ command: "ls -l" })
    expect(ourInput("edit_file", { replace_all: false }, { occurrence: "all" })).toEqual({})
  })

  it("comes back as it went, whatever it holds", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("execute_bash", "glob", "task", "my_tool"),
        fc.dictionary(fc.string(), fc.jsonValue()),
        (tool, input) => {
          const there = theirInput(tool, input, cwd)
          expect(Object.keys(there)).toHaveLength(Object.keys(input).length)
          JSON.stringify(ourInput(tool, there, input))
        }
      )
    )
  })

  it("ends with an answer in its words and in ours", () => {
    const answer = { success: true, data: "a.ts\n", summary: "ls: exit code 0" }
    expect(theirResponse("execute_bash", { command: "ls" }, answer, cwd)).toMatchObject({ stdout: "a.ts\n", ...answer })
    expect(theirResponse("write_file", { path: "a.ts" }, answer, cwd)).toMatchObject({
      filePath: "/project/a.ts",
      success: true
    })
    expect(theirResponse("read_file", { path: "a.ts" }, answer, cwd)).toMatchObject({
      file: { filePath: "/project/a.ts" }
    })
    expect(theirResponse("other", {}, answer, cwd)).toEqual(answer)
  })
})
