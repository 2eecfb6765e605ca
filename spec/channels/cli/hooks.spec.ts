/** `kintsugi hooks`, and hooks written for Claude Code at work in `kintsugi run`. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { makeWorld, type World } from "../../actors/world.ts"
import { commandLine } from "./in-process.ts"

let world: World
let kintsugi: ReturnType<typeof commandLine>
beforeEach(() => {
  world = makeWorld()
  kintsugi = commandLine(world)
})
afterEach(() => world.remove())

const trusting = { env: { KINTSUGI_TRUST: "1", PATH: process.env.PATH ?? "" } }

const noRm = `
let text = ""
process.stdin.on("data", (piece) => (text += piece)).on("end", () => {
  if (!/\\brm\\b/.test(JSON.parse(text).tool_input.command)) return
  console.error("rm is not allowed here")
  process.exit(2)
})
`

const settings = {
  hooks: {
    PreToolUse: [
      { matcher: "Bash", hooks: [{ type: "command", command: `node "$CLAUDE_PROJECT_DIR"/.claude/hooks/no-rm.cjs` }] }
    ],
    PostToolUse: [{ matcher: "Write", hooks: [{ type: "command", command: "touch formatted", timeout: 5 }] }],
    UserPromptSubmit: [{ hooks: [{ type: "command", command: "echo the sprint ends on Friday" }] }],
    Stop: [
      {
        hooks: [
          { type: "command", command: `grep -q '"stop_hook_active":true' || { echo "run the tests" >&2; exit 2; }` }
        ]
      }
    ],
    PreCompact: [{ hooks: [{ type: "command", command: "exit 3" }] }],
    Notification: [{ hooks: [{ type: "command", command: "touch never" }] }]
  }
}

const write = (): string => {
  world.write(join(world.cwd, ".claude/hooks/no-rm.cjs"), noRm)
  return world.write(join(world.cwd, ".claude/settings.json"), JSON.stringify(settings))
}

const script = `rules:
  - when: "run the tests"
    turns: [ { text: "tested" } ]
  - when: "sprint ends on Friday"
    turns:
      - calls: [ { tool: execute_bash, input: { command: "rm -rf src" } } ]
      - calls: [ { tool: write_file, input: { path: a.txt, content: "x" } } ]
      - { text: "done" }
  - when: ".*"
    turns:
      - calls: [ { tool: execute_bash, input: { command: "rm -rf src" } } ]
      - { text: "nobody guards" }
`

describe("kintsugi hooks", () => {
  it("list names each with its file and what is wrong, and marks what is not trusted", async () => {
    const path = write()
    const untrusted = await kintsugi(["hooks", "list"])
    expect(untrusted.code).toBe(0)
    expect(untrusted.out).toMatch(/^PreToolUse +Bash +node .*no-rm\.cjs +.*settings\.json +not trusted/m)
    expect(untrusted.err).toMatch(/Notification: .*not supported/)
    expect(untrusted.err).toMatch(/kintsugi trust/)
    const { out } = await kintsugi(["hooks", "list", "--json"], trusting)
    const { hooks, problems } = JSON.parse(out)
    expect(hooks[1]).toEqual({
      event: "PostToolUse",
      matcher: "Write",
      command: "touch formatted",
      timeout: 5,
      source: "project",
      path,
      trusted: true
    })
    expect(problems).toMatchObject([{ path, guards: false }])
  })

  it("try runs those that are for it and says what would come of it, after the same trust", async () => {
    write()
    const call = ["hooks", "try", "PreToolUse", "--tool", "Bash", "--input", `{"command":"rm x"}`]
    const untrusted = await kintsugi(call)
    expect(untrusted.out).toBe("no hook is for this\n")
    expect(untrusted.err).toMatch(/not trusted/)
    const { code, out } = await kintsugi(call, trusting)
    expect(code).toBe(0)
    expect(out).toMatch(/exit code: 2\n {2}stderr: rm is not allowed here\n {2}→ refuses: rm is not allowed here/)
    const prompt = await kintsugi(["hooks", "try", "UserPromptSubmit", "--json"], trusting)
    expect(JSON.parse(prompt.out)).toMatchObject([
      { exit_code: 0, comes_of_it: ["tells the model: the sprint ends on Friday"] }
    ])
    const edit = await kintsugi(["hooks", "try", "PreToolUse", "--tool", "edit_file", "--input", "{}"], trusting)
    expect(edit.out).toBe("no hook is for this\n")
    const broken = await kintsugi(["hooks", "try", "PreCompact"], trusting)
    expect(broken).toMatchObject({
      code: 1,
      out: expect.stringMatching(/→ fails: it ended with exit code 3/) as unknown
    })
  })

  it.each([
    [["hooks", "try", "Nothing"], /there are: PreToolUse/],
    [["hooks", "try", "PreToolUse"], /--tool NAME/],
    [["hooks", "try", "Stop", "--input", "[]"], /--input must be a JSON object/]
  ])("%j says what was expected", async (words, expected) => {
    const { code, err } = await kintsugi(words, trusting)
    expect(code).toBe(2)
    expect(err).toMatch(expected)
  })

  it("are at work in a run: one refuses, one formats, one adds to the message, one sends the agent on", async () => {
    write()
    const model = world.write(join(world.root, "model.yaml"), script)
    const run = ["run", "clean up", "-m", `scripted/${model}`, "-y", "--output", "json"]
    const { out } = await kintsugi(run, trusting)
    const { final_answer, steps } = JSON.parse(out)
    expect(final_answer).toBe("tested")
    expect(steps[0].observation).toMatchObject({
      success: false,
      error: expect.stringContaining("rm is not allowed here")
    })
    expect(readFileSync(join(world.cwd, "a.txt"), "utf8")).toBe("x")
    expect(existsSync(join(world.cwd, "formatted"))).toBe(true)
    expect(existsSync(join(world.cwd, "never"))).toBe(false)
  })

  it("do nothing in a folder that is not trusted", async () => {
    write()
    const model = world.write(join(world.root, "model.yaml"), script)
    const { out, err } = await kintsugi(["run", "clean up", "-m", `scripted/${model}`, "-y"])
    expect(out).toMatch(/nobody guards/)
    expect(err).toMatch(/not trusted, so its hooks are not run/)
    expect(existsSync(join(world.cwd, "formatted"))).toBe(false)
  })
})
