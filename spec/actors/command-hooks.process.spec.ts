import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest"
import { createRuntime } from "../../actors/runtime.ts"
import type { OpenOptions } from "../../actors/session-host.ts"
import { textOf } from "../../llm/message.ts"
import type { AgentNotice } from "../../machines/events.ts"
import { makeWorld, type World } from "./world.ts"
import { type Play, played } from "./played-model.ts"

let world: World
beforeEach(() => (world = makeWorld()))
afterEach(() => world.remove())

/** Hooks as Claude Code's settings have them: by event a matcher and what a shell does. */
const settings = (
  hooks: Readonly<Record<string, ReadonlyArray<readonly [matcher: string, command: string, more?: object]>>>
) =>
  world.write(
    join(world.cwd, ".claude/settings.json"),
    JSON.stringify({
      hooks: Object.fromEntries(
        Object.entries(hooks).map(([event, all]) => [
          event,
          all.map(([matcher, command, more]) => ({ matcher, hooks: [{ type: "command", command, ...more }] }))
        ])
      )
    })
  )

const call = (name: string, input: object): Play => ({ calls: [{ id: `c-${name}`, name, input }] })

const begin = async (
  plays: ReadonlyArray<Play>,
  { trusted = true, mode = "auto" as "auto" | "ask", open = {} as OpenOptions } = {}
) => {
  const model = played(plays)
  const runtime = await createRuntime({
    cwd: world.cwd,
    model,
    env: { HOME: world.home, PATH: process.env.PATH, SOME_API_KEY: "sk-secret-0123456789" },
    discover: { config: join(world.home, ".config/kintsugi"), trusted },
    settings: { permissions: { mode } }
  })
  onTestFinished(runtime.close)
  const session = await runtime.open({ unattended: true, ...open })
  const notices: Array<AgentNotice> = []
  session.events.subscribe((notice) => notices.push(notice))
  const warned = () => notices.flatMap((one) => (one.type === "agent.warned" ? [one.failure.message] : []))
  const answers = () => notices.flatMap((one) => (one.type === "agent.settled" ? [one.answer] : []))
  const heard = (at: number) =>
    textOf(model.requests[at]?.messages.findLast(({ role }) => role === "user") ?? expect.fail())
  return { runtime, session, model, warned, answers, heard }
}

const kept = (name: string) => JSON.parse(readFileSync(join(world.cwd, name), "utf8"))
const refused = (why: RegExp) => ({
  type: "agent.failed",
  failure: { code: "refused", message: expect.stringMatching(why) }
})

const json = (event: string, fields: object) =>
  `echo '${JSON.stringify({ hookSpecificOutput: { hookEventName: event, ...fields } })}'`

describe("hooks of a trusted folder", () => {
  it("refuse, change and comment on calls, as scripts for Claude Code do", async () => {
    settings({
      PreToolUse: [
        ["Bash", `cat > pre.json; if grep -q '"rm ' pre.json; then echo "use git rm" >&2; exit 2; fi`],
        [
          "Write",
          json("PreToolUse", {
            updatedInput: { file_path: "b.txt", content: "theirs" },
            additionalContext: "b.txt is generated"
          })
        ]
      ],
      PostToolUse: [["Edit|Write", `cat > post.json; env > env.txt; echo "line 3 is too long" >&2; exit 2`]]
    })
    const { session, answers, warned } = await begin([
      call("execute_bash", { command: "rm x", timeout: 5 }),
      call("write_file", { path: "a.txt", content: "ours" }),
      call("read_file", { path: "b.txt" }),
      "done"
    ])
    await session.ask("go")
    const [rm, write, read] = answers()
    expect(rm).toMatchObject({
      success: false,
      errorClass: "permission_denied",
      error: expect.stringMatching(/use git rm .*PreToolUse hook.*settings\.json/)
    })
    expect(kept("pre.json")).toMatchObject({
      hook_event_name: "PreToolUse",
      tool_name: "Bash",
      tool_input: { command: "rm x", timeout: 5000 },
      tool_use_id: "c-execute_bash",
      cwd: world.cwd,
      permission_mode: "bypassPermissions"
    })
    expect(existsSync(join(world.cwd, "a.txt"))).toBe(false)
    expect(read).toMatchObject({ success: true, data: expect.stringContaining("theirs") })
    expect(write?.data).toMatch(/^created b\.txt[^]*b\.txt is generated[^]*line 3 is too long$/)
    expect(kept("post.json")).toMatchObject({
      tool_name: "Write",
      tool_input: { file_path: join(world.cwd, "b.txt") },
      tool_response: { success: true }
    })
    const env = readFileSync(join(world.cwd, "env.txt"), "utf8")
    expect(env).toContain(`CLAUDE_PROJECT_DIR=${world.cwd}`)
    expect(env).not.toContain("sk-secret")
    // That a call was refused is told by its answer.
    expect(warned()).toEqual([expect.stringMatching(/changed the input of write_file/)])
  })

  it("have a say before messages and at the end of turns", async () => {
    settings({
      SessionStart: [
        ["startup", `cat > start.json; echo "on branch main"`],
        ["resume", "echo never"]
      ],
      UserPromptSubmit: [
        [
          "",
          `cat > prompt.json; if grep -q secret prompt.json; then echo "no secrets" >&2; exit 2; fi; echo "it is Monday"`
        ]
      ],
      Stop: [
        [
          "",
          `cat > stop.json; grep -q '"stop_hook_active":true' stop.json || ${'echo \'{"decision":"block","reason":"run the tests"}\''}`
        ]
      ],
      SessionEnd: [
        ["", `cat > end.json; cp "$(sed 's/.*"transcript_path":"\\([^"]*\\)".*/\\1/' end.json)" transcript.jsonl`]
      ],
      Notification: [["", "touch never"]],
      SesionStart: [["", "touch never"]]
    })
    const { session, heard, model, warned, runtime } = await begin(["first", "tests are green"])
    expect(await session.ask("hello")).toMatchObject({ text: "tests are green" })
    expect(heard(0)).toMatch(/^hello[^]*on branch main[^]*it is Monday/)
    expect(heard(1)).toMatch(/run the tests/)
    expect(kept("start.json")).toMatchObject({ source: "startup", hook_event_name: "SessionStart", model: model.id })
    expect(kept("prompt.json")).toMatchObject({ prompt: "hello" })
    expect(kept("stop.json")).toMatchObject({ stop_hook_active: true, last_assistant_message: "tests are green" })
    expect(await session.ask("my secret")).toMatchObject(refused(/no secrets/))
    expect(model.requests).toHaveLength(2)
    expect((await session.extensions.runCommand("hooks", "")).show).toMatch(/Notification: .*not supported/)
    await runtime.close()
    expect(kept("end.json")).toMatchObject({ hook_event_name: "SessionEnd", reason: "other" })
    const lines = readFileSync(join(world.cwd, "transcript.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
    expect(lines.map(({ type }) => type)).toContain("assistant")
    expect(existsSync(kept("end.json").transcript_path)).toBe(false)
    // What Claude Code has and this has not is said where hooks are listed; what was mistyped is told.
    expect(warned()).toEqual([expect.stringMatching(/SesionStart: .*not supported/)])
    expect(existsSync(join(world.cwd, "never"))).toBe(false)
  })

  it("that crash, hang or say nonsense before a call refuse it; elsewhere they are told once", async () => {
    settings({
      PreToolUse: [
        ["Bash", "exit 1"],
        ["Read", "sleep 60", { timeout: 0.1 }],
        ["Glob", `echo '{"decision":"perhaps"}'`]
      ],
      PostToolUse: [["LS", "echo oh >&2; exit 3"]]
    })
    const { session, answers, warned } = await begin([
      call("execute_bash", { command: "ls" }),
      call("read_file", { path: "x" }),
      call("glob", { pattern: "*" }),
      call("list_files", {}),
      { calls: [{ id: "again", name: "list_files", input: {} }] },
      "done"
    ])
    await session.ask("go")
    expect(answers().map(({ success, error = "" }) => [success, error.replace(/^.*?: /, "").slice(0, 30)])).toEqual([
      [false, "it ended with exit code 1. A g"],
      [false, "it took too long and was ended"],
      [false, "it says what is not understood"],
      [true, ""],
      [true, ""]
    ])
    expect(warned().filter((line) => /PostToolUse.*failed: it ended with exit code 3: oh/.test(line))).toHaveLength(1)
  })

  it("ask the user, or answer for them; their leave goes past nothing else", async () => {
    settings({
      PreToolUse: [
        ["Write", json("PreToolUse", { permissionDecision: "allow", permissionDecisionReason: "scratch" })],
        ["Bash", json("PreToolUse", { permissionDecision: "ask", permissionDecisionReason: "really?" })]
      ]
    })
    const plays = [
      call("write_file", { path: "a.txt", content: "x" }),
      call("execute_bash", { command: "echo hi" }),
      "done"
    ]
    const { session, answers } = await begin(plays, { mode: "ask" })
    await session.ask("go")
    expect(answers().map(({ success, errorClass }) => [success, errorClass])).toEqual([
      [true, undefined],
      [false, "permission_denied"]
    ])
    const auto = await begin([plays[1] ?? "done", "done"])
    await auto.session.ask("go")
    expect(auto.answers()).toMatchObject([{ success: false, errorClass: "permission_denied" }])
  })

  it("stop a turn: nothing more is done in it", async () => {
    settings({
      PostToolUse: [["Write", `echo '{"continue":false,"stopReason":"the build broke"}'`]],
      Stop: [["", "exit 2"]]
    })
    const { session, answers, warned } = await begin([
      call("write_file", { path: "a", content: "" }),
      call("execute_bash", { command: "touch b" }),
      "ended"
    ])
    await session.ask("go")
    expect(answers()).toMatchObject([
      { success: true, data: expect.stringContaining("the build broke") },
      { success: false, error: expect.stringMatching(/the build broke/) }
    ])
    expect(existsSync(join(world.cwd, "b"))).toBe(false)
    expect(warned()).toContainEqual(expect.stringMatching(/stops this turn: the build broke/))
  })
})

describe("sessions", () => {
  it("of subagents are guarded as their user's is, and end with hooks of their own", async () => {
    settings({
      PreToolUse: [["Bash", "cat > pre.json; exit 2"]],
      UserPromptSubmit: [["", "echo x >> prompts"]],
      Stop: [["", "cat > stop.json"]],
      SubagentStop: [["", "cat > sub.json"]]
    })
    world.write(
      join(world.cwd, ".claude/agents/reviewer.md"),
      "---\nname: reviewer\ndescription: Reviews.\n---\nReview."
    )
    const task = call("task", { prompt: "look", description: "a look", agent: "reviewer" })
    const { session, model } = await begin([task, call("execute_bash", { command: "touch ran" }), "looked", "done"])
    expect(await session.ask("go")).toMatchObject({ text: "done" })
    expect(model.requests).toHaveLength(4)
    expect(existsSync(join(world.cwd, "ran"))).toBe(false)
    const { agent_id: agent } = kept("pre.json")
    expect(agent).not.toBe(session.id)
    expect(kept("pre.json")).toMatchObject({
      session_id: session.id,
      agent_id: expect.any(String),
      agent_type: "reviewer"
    })
    expect(kept("sub.json")).toMatchObject({
      hook_event_name: "SubagentStop",
      agent_id: agent,
      last_assistant_message: "looked"
    })
    expect(kept("stop.json")).toMatchObject({ hook_event_name: "Stop", last_assistant_message: "done" })
    expect(kept("stop.json")).not.toHaveProperty("agent_id")
    expect(readFileSync(join(world.cwd, "prompts"), "utf8")).toBe("x\n")
  })

  it("are told anew where they stand after a compaction and when they are cleared", async () => {
    settings({
      SessionStart: [["", `tee -a starts | sed 's/.*"source":"\\([a-z]*\\)".*/began by \\1/'`]],
      PreCompact: [
        ["manual", "cat > compact.json"],
        ["auto", "exit 2"]
      ]
    })
    const { session, heard, model } = await begin(["one", "what was said", "two", "three"])
    /** Nobody waits for observers: a message that comes at once may be read before. */
    const begun = (why: string) =>
      expect.poll(() => readFileSync(join(world.cwd, "starts"), "utf8")).toContain(`"source":"${why}"`)
    await session.ask("first")
    session.send({ type: "user.compact", focus: "names" })
    await begun("compact")
    await session.ask("second")
    session.send({ type: "user.clear" })
    await begun("clear")
    await session.ask("third")
    expect(model.requests).toHaveLength(4)
    expect([0, 2, 3].map((at) => /began by (\w+)/.exec(heard(at))?.[1])).toEqual(["startup", "compact", "clear"])
    expect(kept("compact.json")).toMatchObject({ trigger: "manual", custom_instructions: "names" })
  })

  it("that are open keep their hooks; the next one has what came meanwhile", async () => {
    const own = { hooks: { UserPromptSubmit: [{ hooks: [{ type: "command", command: "true" }] }] } }
    world.write(join(world.home, ".claude/settings.json"), JSON.stringify(own))
    const { session, runtime, warned, model } = await begin(["one", "two", "three"])
    await session.ask("first")
    settings({ UserPromptSubmit: [["", "echo late"]] })
    await session.ask("second")
    await session.ask("third")
    expect(warned()).toEqual([expect.stringMatching(/changed.*next session.*hooks reload/)])
    const next = await runtime.open({ unattended: true })
    await next.ask("fourth")
    const texts = model.requests.map(({ messages }) => textOf(messages.at(-1) ?? expect.fail()))
    expect(texts.map((text) => text.includes("late"))).toEqual([false, false, false, true])
  })
})

describe("hooks that cannot be asked", () => {
  it("refuse the calls that they may be for, until they are mended and read anew", async () => {
    world.write(
      join(world.cwd, ".claude/settings.json"),
      JSON.stringify({ hooks: { PreToolUse: [{ matcher: "Bash", hooks: [{ type: "prompt", prompt: "safe?" }] }] } })
    )
    const { session, answers } = await begin([
      call("execute_bash", { command: "ls" }),
      call("list_files", {}),
      "done",
      call("execute_bash", { command: "ls" }),
      "done"
    ])
    await session.ask("go")
    expect(answers()).toMatchObject([
      { success: false, error: expect.stringMatching(/settings\.json: PreToolUse: type "prompt" is not supported/) },
      { success: true }
    ])
    settings({ Stop: [["", "true"]] })
    expect((await session.extensions.runCommand("hooks", "reload")).show).toMatch(/Read anew/)
    await session.ask("again")
    expect(answers().at(-1)).toMatchObject({ success: true })
  })

  it("of a file that cannot be read refuse all, messages as well", async () => {
    world.write(join(world.cwd, ".claude/settings.json"), `{ "hooks": {},\n // mine\n }`)
    const { session, model } = await begin(["done"])
    expect(await session.ask("go")).toMatchObject(refused(/settings\.json: line 2: .*comments are not allowed/))
    expect(model.requests).toEqual([])
  })
})

describe("without trust", () => {
  it("nothing runs, and the user is told once", async () => {
    settings({
      PreToolUse: [["", "touch ran; exit 2"]],
      UserPromptSubmit: [["", "touch ran"]],
      SessionStart: [["", "touch ran"]],
      Stop: [["", "touch ran"]],
      SessionEnd: [["", "touch ran"]]
    })
    const own = { hooks: { PreToolUse: [{ hooks: [{ type: "command", command: "touch own" }] }] } }
    world.write(join(world.home, ".claude/settings.json"), JSON.stringify(own))
    const { session, answers, runtime, warned } = await begin([call("list_files", {}), "done"], { trusted: false })
    await session.ask("go")
    await runtime.close()
    expect(answers()).toMatchObject([{ success: true }])
    expect(existsSync(join(world.cwd, "own"))).toBe(true)
    expect(existsSync(join(world.cwd, "ran"))).toBe(false)
    expect(warned()).toEqual([expect.stringMatching(/not trusted.*kintsugi trust/)])
  })
})
