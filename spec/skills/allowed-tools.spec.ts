/** `allowed-tools` as rules of ours. */
import { describe, expect, it } from "vitest"
import { checkRules } from "../../plugins/permission.ts"
import { allowedTools } from "../../skills/allowed-tools.ts"

const allowed = (value: unknown) => allowedTools(value, (pattern) => pattern.replaceAll("{baseDir}", "/here"))

describe("allowed-tools", () => {
  it.each<[unknown, ReadonlyArray<string>]>([
    ["Read Write Grep", ["read_file", "write_file", "grep"]],
    ["Read, Write,Glob", ["read_file", "write_file", "glob"]],
    [
      ["Read", "Bash(git:*)"],
      ["read_file", "execute_bash(git *)"]
    ],
    [
      ["Read, Edit", "MultiEdit"],
      ["read_file", "edit_file"]
    ],
    ["[Read, LS]", ["read_file", "list_files"]],
    ["'Read', \"Write\"", ["read_file", "write_file"]],
    ["Bash", ["execute_bash"]],
    ["Bash(*)", ["execute_bash"]],
    [
      "Bash(git add:*), Bash(git commit -m *) Bash(npm test)",
      ["execute_bash(git add *)", "execute_bash(git commit -m *)", "execute_bash(npm test)"]
    ],
    ["Bash(npm run test:*)", ["execute_bash(npm run test:*)"]],
    ["Bash (git status:*) Read", ["execute_bash(git status *)", "read_file"]],
    ["Bash({baseDir}/scripts/run.sh:*)", ["execute_bash(/here/scripts/run.sh *)"]],
    [
      "Read(./docs/**) Edit(/src/**) Read(//etc/hosts)",
      ["read_file(./docs/**)", "edit_file(src/**)", "read_file(/etc/hosts)"]
    ],
    ["WebFetch(domain:example.com)", ["web_fetch(domain:example.com)", "read_page(domain:example.com)"]],
    [
      "WebSearch Task TodoWrite",
      [
        "web_search",
        "task",
        "background_list",
        "background_output",
        "background_stop",
        "plan_task",
        "execute_plan",
        "reflect_and_revise"
      ]
    ],
    [
      "mcp__github__create_issue mcp__files mcp__a.b__get_*",
      ["mcp_github_create_issue", "mcp_files_*", "mcp_a_b_get_*"]
    ],
    ["mcp__* mcp__git*__get_*", ["mcp_*_*", "mcp_git*_get_*"]],
    ["bash(ls *) read_file execute_bash(git log)", ["execute_bash(ls *)", "read_file", "execute_bash(git log)"]],
    ["my_tool AskUserQuestion", ["my_tool", "AskUserQuestion"]],
    ["Task(Explore) Skill(pdf)", ["task", "background_list", "background_output", "background_stop", "use_skill"]]
  ])("%j", (value, rules) => {
    expect(allowed(value)).toEqual({ rules, warnings: [] })
    expect(checkRules(rules)).toEqual([])
  })

  it.each([undefined, "", "  ", [], "*", ["Read", "*"]])("%j narrows nothing", (value) =>
    expect(allowed(value).rules).toBeUndefined()
  )

  it.each([
    { Bash: "git" },
    "Bash(git",
    "Bash(git status | sh)",
    "Bash(rm $HOME)",
    "Bash(ls; rm -rf /)",
    "Bash(`id`)",
    "???",
    "Read(",
    ")"
  ])("%j allows nothing, and says so", (value) => {
    const { rules, warnings } = allowed(value)
    expect(rules).toEqual([])
    expect(warnings).not.toEqual([])
  })

  it("loses only what cannot be read", () =>
    expect(allowed("Read Bash(a | b) Write")).toEqual({
      rules: ["read_file", "write_file"],
      warnings: [expect.stringContaining("Bash(a | b)")]
    }))
})
