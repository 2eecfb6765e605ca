/** `/name args` in a session: the model reads what it stands for, and nothing of it runs that nobody permitted. */
import { mkdir, realpath, writeFile } from "node:fs/promises"
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { describe, expect, it, vi } from "vitest"
import type { RuntimeOptions } from "../../actors/runtime/options.ts"
import { textOf } from "../../llm/message.ts"
import { definePlugin } from "../../plugins/plugin.ts"
import type { AgentNotice } from "../../machines/events.ts"
import { type Play, played } from "./played-model.ts"
import { answersOf, makeStage } from "./stage.ts"
import { byMessage } from "./subagents/scripted.ts"

const stage = makeStage()

interface Setting {
  readonly plays?: ReadonlyArray<Play>
  readonly mode?: "plan" | "ask" | "auto"
  readonly settings?: RuntimeOptions["settings"]
  readonly trusted?: boolean
  readonly model?: RuntimeOptions["model"]
  readonly plugins?: RuntimeOptions["plugins"]
  /** What the user says to a question; absent: nobody is there. */
  readonly answer?: (notice: Asked) => Word | Promise<Word>
}
type Word = "allow" | "deny"
type Asked = Extract<AgentNotice, { type: "agent.asked" }>

const session = async (files: Readonly<Record<string, string>>, setting: Setting = {}) => {
  const folder = await realpath(stage.folder())
  for (const [path, text] of Object.entries({ "work/a.ts": "const a = 1\n", ...files })) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  const { plays = ["done"], mode = "ask", settings = {}, trusted = true, answer } = setting
  const model = played(plays)
  const runtime = await stage.start({
    cwd: join(folder, "work"),
    env: { HOME: join(folder, "home"), PATH: process.env.PATH },
    discover: { config: join(folder, "config"), trusted },
    model: setting.model ?? model,
    plugins: setting.plugins ?? [],
    settings: { ...settings, permissions: { mode, ...settings.permissions } }
  })
  const one = await runtime.open({ unattended: answer === undefined })
  const notices: Array<AgentNotice> = []
  const asked: Array<Asked> = []
  one.events.subscribe(async (notice) => {
    notices.push(notice)
    if (notice.type !== "agent.asked" || answer === undefined) return
    asked.push(notice)
    one.send({ type: "permission.answered", id: notice.id, decision: await answer(notice) })
  })
  const ask = async (text: string) => {
    await one.ask(text).catch(() => undefined)
    return notices.flatMap((notice) => (notice.type === "agent.failed" ? [notice.failure] : [])).at(-1)
  }
  /** What the model was told last by its user. */
  const read = () =>
    model.requests.map(({ messages }) => textOf(messages.at(-1) ?? { role: "user", id: "", content: [] }))
  return { folder, runtime, session: one, notices, asked, ask, read, model, answers: () => answersOf(notices) }
}

const command = (text: string, front = "") => ({
  "work/.claude/commands/look.md": front === "" ? text : `---\ndescription: Looks.\n${front}\n---\n${text}`
})
const follow = (name: string, given?: string) => ({
  calls: [{ id: "c", name: "use_skill", input: { name, ...(given !== undefined && { arguments: given }) } }]
})

describe("a command that a user types", () => {
  it("is asked about once, with every line that will run, and is read with what they say", async () => {
    const text = "Out: !`echo $1`\n```!\necho two\n```\nSee @a.ts"
    const { ask, asked, read, notices } = await session(command(text), { answer: () => "allow" })
    expect(await ask("/look 'x; echo y'")).toBeUndefined()
    expect(asked).toMatchObject([
      { tool: "use_skill", risk: "execute", preview: { command: "echo x; echo y\necho two" } }
    ])
    expect(asked[0]?.rule).toMatch(/^execute_bash\(/)
    expect(read()[0]).toMatch(/Out: x\ny\ntwo\nSee @a\.ts\n\n<file path="a\.ts">\nconst a = 1\n<\/file>\n<\/skill>/)
    expect(notices.find(({ type }) => type === "agent.started")).toMatchObject({ said: [expect.objectContaining({})] })
    expect(JSON.stringify(notices.find(({ type }) => type === "agent.started"))).toContain("/look 'x; echo y'")
  })

  it("is refused by a guard of shell commands, as when a model follows it", async () => {
    const seen: Array<unknown> = []
    const guard = definePlugin({
      name: "careful",
      beforeToolExecute: ({ tool, input }) => {
        seen.push([tool, input])
        return tool === "execute_bash" ? { deny: "no shell today" } : undefined
      }
    })
    const setting: Setting = { mode: "auto", plugins: [guard], plays: [follow("look"), "done"] }
    const typed = await session(command("!`touch ran`"), setting)
    expect(await typed.ask("/look")).toMatchObject({
      code: "refused",
      message: expect.stringContaining("no shell today")
    })
    const called = await session(command("!`touch ran`", "name: look"), setting)
    await called.ask("Look.")
    expect(called.answers()).toMatchObject([{ success: false, error: expect.stringContaining("no shell today") }])
    expect(seen.filter((one) => JSON.stringify(one).includes("execute_bash"))).toEqual([
      ["execute_bash", { command: "touch ran" }],
      ["execute_bash", { command: "touch ran" }]
    ])
    for (const { folder } of [typed, called]) expect(existsSync(join(folder, "work/ran"))).toBe(false)
  })

  it("is refused without a yes, and nothing has run", async () => {
    const text = "!`touch ran`"
    const no = await session(command(text), { answer: () => "deny" })
    expect(await no.ask("/look")).toMatchObject({ code: "refused", message: expect.stringContaining("/look") })
    expect(no.model.requests).toEqual([])
    const nobody = await session(command(text))
    expect(await nobody.ask("/look")).toMatchObject({
      code: "refused",
      needs: expect.stringContaining("execute_bash(touch")
    })
    const plan = await session(command(text), { mode: "plan", answer: () => "allow" })
    expect(await plan.ask("/look")).toMatchObject({ code: "refused", message: expect.stringContaining("plan mode") })
    expect(existsSync(join(plan.folder, "work/ran"))).toBe(false)
  })

  it("is held to the rules for execute_bash and read_file", async () => {
    const rules = {
      permissions: { allow: ["execute_bash(echo *)"], deny: ["execute_bash(touch *)", "read_file(b.ts)"] }
    }
    const files = {
      ...command("!`echo one`"),
      "work/.claude/commands/two.md": "!`touch ran`",
      "work/.claude/commands/three.md": "@b.ts",
      "work/b.ts": ""
    }
    const { ask, asked, folder, read } = await session(files, { settings: rules, mode: "ask" })
    expect(await ask("/look")).toBeUndefined()
    expect(read()[0]).toContain("one")
    const auto = await session(files, { settings: rules, mode: "auto" })
    expect(await auto.ask("/two")).toMatchObject({
      message: expect.stringContaining("execute_bash(touch *) in permissions.deny")
    })
    expect(await auto.ask("/three")).toMatchObject({
      message: expect.stringContaining("read_file(b.ts) in permissions.deny")
    })
    expect(asked).toEqual([])
    expect(existsSync(join(folder, "work/ran"))).toBe(false)
  })

  it("is refused with the words of a command that fails, and where no commands may be run", async () => {
    const { ask, model } = await session(command("!`echo oh no; exit 3`"), { mode: "auto" })
    expect(await ask("/look")).toMatchObject({ code: "refused", message: expect.stringMatching(/exit code 3\noh no$/) })
    expect(model.requests).toEqual([])
    const off = await session(command("!`echo x`"), { mode: "auto", settings: { tools: { allow_bash: false } } })
    expect(await off.ask("/look")).toMatchObject({
      message: expect.stringContaining("execute_bash is not among the tools")
    })
  })

  it("is refused where it may not be begun, and is a message where there is none of its name", async () => {
    const hidden = { "config/skills/inner/SKILL.md": "---\ndescription: D\nuser-invocable: false\n---\nDo it." }
    const { ask } = await session({ ...command("Obey."), ...hidden }, { trusted: false })
    expect(await ask("/look")).toMatchObject({ code: "refused", message: expect.stringContaining("kintsugi trust") })
    expect(await ask("/inner")).toMatchObject({ message: expect.stringContaining("only the model may begin inner") })
    const { ask: say, read } = await session(command("Do it."))
    for (const text of ["/nothing of that name", "/usr/bin/env is a path", "say /look", "/"]) await say(text)
    expect(read()).toEqual(["/nothing of that name", "/usr/bin/env is a path", "say /look", "/"])
  })

  it("is found in any script, by its folder, by a plugin's short name, and when it was just written", async () => {
    const files = {
      "work/.claude/commands/要約.md": "Summarize $1.",
      "work/.claude/commands/db/up.md": "Go up.",
      "config/plugins/words/index.js": "export default { name: 'words' }",
      "config/plugins/words/commands/count.md": "Count."
    }
    const { ask, read, folder } = await session(files)
    for (const text of ["/要約 this", "/db:up", "/db-up", "/words:count", "/count"]) await ask(text)
    await writeFile(join(folder, "work/.claude/commands/fresh.md"), "Fresh.")
    await ask("/fresh")
    expect(read()).toEqual(
      ["Summarize this.", "Go up.", "Go up.", "Count.", "Count.", "Fresh."].map((text) => expect.stringContaining(text))
    )
  })

  it("takes tools away from its turn, reading ones too, and from no other", async () => {
    const reading = { calls: [{ id: "r", name: "read_file", input: { path: "a.ts" } }] }
    const plays = [reading, "done", reading, "done"]
    const { ask, answers } = await session(command("Do it.", "disallowed-tools: Read"), { plays })
    await ask("/look")
    await ask("go on")
    expect(answers()).toMatchObject([
      { success: false, errorClass: "permission_denied", error: expect.stringContaining("look may not use read_file") },
      { success: true }
    ])
  })
})

describe("a model that follows one", () => {
  it("has what it runs asked about in the same way, and reads what it says", async () => {
    const setting: Setting = { plays: [follow("look", "b; echo c"), "done"], answer: () => "allow" }
    const { ask, asked, answers } = await session(command("Out: !`echo $ARGUMENTS`", "model: sonnet"), setting)
    await ask("go")
    expect(asked).toMatchObject([{ tool: "use_skill", preview: { command: "echo b; echo c" } }])
    expect(answers()[0]?.data).toContain("Out: b\nc")
  })

  it("may not begin a command that nobody described", async () => {
    const { ask, answers, model } = await session(command("Do it."), { plays: [follow("look"), "done"] })
    await ask("go")
    expect(answers()[0]).toMatchObject({ success: false, error: expect.stringContaining("only the user may begin") })
    expect(model.requests[0]?.system).not.toContain("- look:")
  })

  it("runs nothing else than what was shown: a file that has changed meanwhile is asked about anew", async () => {
    let path = ""
    const setting: Setting = {
      plays: [follow("look"), "done"],
      answer: async (): Promise<Word> => {
        await writeFile(path, "---\ndescription: Looks.\n---\n!`touch ran`")
        return "allow"
      }
    }
    const { ask, answers, folder } = await session(command("!`echo fine`", "a: b"), setting)
    path = join(folder, "work/.claude/commands/look.md")
    await ask("go")
    expect(answers()[0]).toMatchObject({ success: false, error: expect.stringContaining("its file has changed") })
    expect(existsSync(join(folder, "work/ran"))).toBe(false)
  })

  it("gets round no limit of an agent without a shell", async () => {
    const task = { tool: "task", input: { prompt: "look at it", description: "x", tools: ["use_skill"] } }
    const model = byMessage({
      go: [{ calls: [task] }, { text: "done" }],
      "look at it": [{ calls: [{ tool: "use_skill", input: { name: "look" } }] }, { text: "refused?" }]
    })
    const { ask, folder } = await session(command("!`touch ran`", "a: b"), { mode: "auto", model })
    await ask("go")
    const seen = model.requests.flatMap(({ messages }) => messages.map(textOf))
    expect(seen.find((text) => text.includes("execute_bash is not among"))).toBeDefined()
    expect(existsSync(join(folder, "work/ran"))).toBe(false)
  })
})

describe("hooks that it brings", () => {
  const guard =
    "hooks:\n  PreToolUse:\n    - matcher: Read\n      hooks: [{ type: command, command: 'echo no >&2; exit 2' }]"
  const reading = { calls: [{ id: "r", name: "read_file", input: { path: "a.ts" } }] }

  it("are shown and asked about, hold while it is followed, and are not asked about twice", async () => {
    const plays = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? reading : "done"))
    const setting: Setting = { plays, answer: () => "allow" }
    const { ask, asked, answers } = await session(command("Do it.", guard), setting)
    await ask("/look")
    await ask("/look")
    expect(answers().map(({ success }) => success)).toEqual([false, false])
    // They are let go when the turn has ended, for which nobody waits.
    await vi.waitFor(async () => {
      await ask("go on")
      expect(answers().at(-1)?.success).toBe(true)
    })
    expect(asked).toMatchObject([
      {
        tool: "use_skill",
        preview: { command: expect.stringMatching(/PreToolUse \(Read\)[^]*\necho no >&2; exit 2$/) }
      }
    ])
  })

  it("keep it from being followed where they guard and nobody agrees; others are left out", async () => {
    const { ask } = await session(command("Do it.", guard))
    expect(await ask("/look")).toMatchObject({ code: "refused" })
    const stop = guard.replace("PreToolUse", "PostToolUse")
    const other = await session(command("Do it.", stop))
    expect(await other.ask("/look")).toBeUndefined()
    expect(other.read()[0]).toContain("Do it.")
  })

  it("that do not guard are asked about by themselves", async () => {
    const {
      session: one,
      notices,
      ask
    } = await session(command("Do it.", guard.replace("PreToolUse", "PostToolUse")), {
      plays: ["done"],
      answer: () => "deny"
    })
    const going = ask("/look")
    await vi.waitFor(() => expect(JSON.stringify(notices)).toContain("It brings hooks"))
    expect(JSON.stringify(notices)).toContain("PostToolUse (Read): echo no >&2; exit 2")
    expect(one.view().state).toBeDefined()
    await going
  })
})
