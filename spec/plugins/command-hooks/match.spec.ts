import { describe, expect, it } from "vitest"
import { matched, mayConcern } from "../../../plugins/command-hooks/match.ts"
import { ourRules, ourTools, theirNames } from "../../../plugins/foreign-tools.ts"

describe("a matcher", () => {
  it.each<[string, string, string | undefined]>([
    ["", "execute_bash", "Bash"],
    ["*", "execute_bash", "Bash"],
    ["Bash", "execute_bash", "Bash"],
    ["execute_bash", "execute_bash", "execute_bash"],
    ["bash", "execute_bash", undefined],
    ["Edit|Write", "write_file", "Write"],
    ["Edit, Write", "edit_file", "Edit"],
    ["MultiEdit", "edit_file", "MultiEdit"],
    ["Task", "task", "Task"],
    ["Agent|Task", "task", "Agent"],
    ["Edit|Write", "read_file", undefined],
    ["Ed", "edit_file", undefined],
    ["^Ed", "edit_file", "Edit"],
    ["Notebook.*", "edit_file", undefined],
    ["mcp__memory__.*", "mcp_memory_create", "mcp__memory__create"],
    ["mcp__git_hub__.*", "mcp_git_hub_star", "mcp__git_hub__star"],
    ["mcp__memory", "mcp_memory_create", undefined],
    ["mcp__.*__write.*", "mcp_files_write_all", "mcp__files__write_all"],
    ["deploy", "deploy", "deploy"]
  ])("%j for %s", (matcher, tool, expected) => expect(matched(matcher, theirNames(tool))).toBe(expected))

  it("that takes for ever is cut off", () => {
    expect(() => matched("^(a|a)*$|(x+x+)+y", [`${"x".repeat(64)}`])).toThrow(/longer than/)
  })

  it("that is no expression is none", () => expect(() => matched("(", ["Bash"])).toThrow(SyntaxError))
})

describe("the condition of a hook", () => {
  const call = (tool: string, input: object) => ({ tool, input, cwd: "/project" })
  it.each<[string, string, object, boolean]>([
    ["Bash(rm *)", "execute_bash", { command: "rm -rf x" }, true],
    ["Bash(rm *)", "execute_bash", { command: "npm test && rm x" }, true],
    ["Bash(rm *)", "execute_bash", { command: "FOO=bar rm x" }, true],
    ["Bash(rm *)", "execute_bash", { command: "ls" }, false],
    ["Bash(git push:*)", "execute_bash", { command: "git push origin" }, true],
    ["Bash(rm *)", "execute_bash", { command: "$TOOL x" }, true],
    ["Edit(*.ts)", "edit_file", { path: "src/deep/a.ts" }, true],
    ["Edit(*.ts)", "edit_file", { path: "a.js" }, false],
    ["Edit(src/**)", "edit_file", { path: "/project/src/a.js" }, true],
    ["Bash", "execute_bash", { command: "ls" }, true],
    ["Bash", "read_file", { path: "x" }, false],
    ["WebFetch(domain:example.com)", "web_fetch", { url: "https://example.com/x" }, true],
    ["WebFetch(domain:example.com)", "web_fetch", { url: "https://example.org/x" }, false],
    ["Bash(rm *", "execute_bash", { command: "ls" }, true],
    ["", "execute_bash", { command: "ls" }, true]
  ])("%j of %s %j", async (condition, tool, input, expected) =>
    expect(await mayConcern(condition, call(tool, input))).toBe(expected)
  )
})

describe("tools of Claude Code", () => {
  it("are ours by one table, there and back", () => {
    for (const tool of ["execute_bash", "read_file", "write_file", "edit_file", "glob", "grep", "task", "use_skill"])
      for (const name of theirNames(tool)) expect(ourTools(name)).toContain(tool)
    expect(theirNames("my_tool")).toEqual(["my_tool"])
  })

  it("have rules in our words", () => {
    expect(ourRules("Bash(git:*)")).toEqual(["execute_bash(git *)"])
    expect(ourRules("Edit(/src/**)")).toEqual(["edit_file(src/**)"])
    expect(ourRules("mcp__github__*")).toEqual(["mcp_github_*"])
    expect(ourRules("Bash(")).toEqual([])
  })
})
