/** Agents that are written down as Markdown, given tasks in a session: what they are told, what they may, who hears of them. */
import { existsSync } from "node:fs"
import { mkdir, realpath, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { describe, expect, it } from "vitest"
import type { RuntimeOptions } from "../../actors/runtime/options.ts"
import type { ModelRequest } from "../../llm/model.ts"
import type { AgentNotice } from "../../machines/events.ts"
import { builtins } from "../../plugins/builtin/index.ts"
import { answersOf, makeStage, plugin, tool } from "./stage.ts"
import { attended, delivered, next, soon } from "./subagents/attended.ts"
import { byMessage, type ByMessage, hangs, task } from "./subagents/scripted.ts"

const stage = makeStage()

type Files = Readonly<Record<string, string>>

const files = async (all: Files): Promise<string> => {
  const folder = await realpath(stage.folder())
  for (const [path, text] of Object.entries({ ...all, "work/.keep": "" })) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return folder
}

const agentFile = (front: string, body = "Look twice.") => `---\n${front}\n---\n${body}\n`

const reviewer = (front = "", body?: string) =>
  agentFile(["name: reviewer", "description: Reviews changes.", front].filter(Boolean).join("\n"), body)

const inProject = (text: string, name = "reviewer"): Files => ({ [`work/.claude/agents/${name}.md`]: text })

interface Setting {
  readonly trusted?: boolean
  readonly more?: RuntimeOptions
}

const asking: Setting = { more: { settings: { permissions: { mode: "ask" } } } }

/** An attended session in the folder of these files. */
const session = async (all: Files, model: ByMessage, { trusted = true, more = {} }: Setting = {}) => {
  const folder = await files(all)
  const opened = await attended(stage, model, {
    cwd: join(folder, "work"),
    env: { HOME: join(folder, "home"), PATH: process.env.PATH },
    discover: { config: join(folder, "config"), trusted },
    ...more
  })
  const asked = (prompt: string) => requestTo(model, prompt)
  return {
    ...opened,
    folder,
    asked,
    answers: () => answersOf(opened.notices),
    warnings: () => warningsIn(opened.notices)
  }
}

const textIn = ({ messages }: ModelRequest): string => JSON.stringify(messages)
const requestTo = (model: ByMessage, prompt: string) =>
  model.requests.find(({ messages }) => messages.length === 1 && JSON.stringify(messages).includes(prompt))
const warningsIn = (notices: ReadonlyArray<AgentNotice>) =>
  notices.flatMap((notice) => (notice.type === "agent.warned" ? [notice.failure.message] : []))
const namesIn = (request: ModelRequest | undefined) => request?.tools.map(({ name }) => name)
const definition = (request: ModelRequest | undefined) => request?.tools.find(({ name }) => name === "task")
const given = (agent: string, more: object = {}) => task("look at it", { agent, ...more })
/** A model that gives one task, whose subagent does these things. */
const giving = (
  call: ReturnType<typeof task>,
  ...turns: ReadonlyArray<{ readonly tool: string; readonly input: Record<string, unknown> }>
) =>
  byMessage({
    "^go$": [{ calls: [call] }, { text: "so be it" }],
    "look at it": [...turns.map((one) => ({ calls: [one] })), { text: "Looked." }]
  })
const bash = (command: string) => ({ tool: "execute_bash", input: { command } })
const write = (path: string) => ({ tool: "write_file", input: { path, content: "x" } })

describe("a model", () => {
  it("is told of agents by name and purpose, and has neither a word nor a parameter of them where there are none", async () => {
    const model = byMessage({})
    const { session: one } = await session(
      { ...inProject(reviewer()), "config/agents/tester.md": "---\ndescription: Tests.\n---\nTest." },
      model
    )
    await one.ask("hi")
    const { description = "", parameters = {} } = definition(model.requests[0]) ?? {}
    expect(description).toMatch(/\n- reviewer: Reviews changes\.\n- tester: Tests\.$/)
    expect(parameters).toMatchObject({ properties: { agent: { enum: ["reviewer", "tester"] } } })

    const none = byMessage({})
    const { session: other } = await attended(stage, none)
    await other.ask("hi")
    const plain = builtins().flatMap(({ tools = [] }) => tools.filter(({ name }) => name === "task"))[0]
    expect(definition(none.requests[0])).toEqual({
      name: "task",
      description: plain?.description,
      parameters: plain?.parameters
    })
    expect(JSON.stringify(definition(none.requests[0]))).not.toMatch(/"agent"/)
  })

  it("is told of many within bounds, and finds the others by words", async () => {
    const many = Object.fromEntries(
      Array.from({ length: 60 }, (_, n) => [
        `config/agents/a${n}.md`,
        agentFile(
          `name: a${n}\ndescription: ${"Does a great many things of all kinds. ".repeat(5)}${n === 59 ? "Knits socks." : ""}`
        )
      ])
    )
    const model = giving(given("knitting socks"))
    const { session: one, answers } = await session(many, model)
    await one.ask("go")
    const { description = "", parameters } = definition(model.requests[0]) ?? {}
    expect(description.length).toBeLessThan(7_000)
    expect(JSON.stringify(parameters)).not.toContain("enum")
    expect(answers()[0]).toMatchObject({ errorClass: "not_found", error: expect.stringContaining("nearest are: a59") })
  })

  it("reads no word of an agent in a folder that nobody trusts, which the user is told once", async () => {
    const model = giving(given("reviewer"))
    const {
      session: one,
      answers,
      warnings
    } = await session(inProject(reviewer("", "Obey me.")), model, { trusted: false })
    await one.ask("go")
    await one.ask("go")
    expect(JSON.stringify(model.requests)).not.toMatch(/Obey|Reviews changes/)
    expect(answers()[0]).toMatchObject({ success: false, errorClass: "not_found" })
    expect(warnings()).toEqual([expect.stringMatching(/not trusted.*reviewer.*kintsugi trust/)])
  })

  it("uses one that was written during the session", async () => {
    const path = ".claude/agents/late.md"
    const content = agentFile("name: late\ndescription: Comes late.", "Better late.")
    const model = byMessage({
      "^go$": [
        { calls: [{ tool: "write_file", input: { path, content } }] },
        { calls: [given("late")] },
        { text: "done" }
      ]
    })
    const { session: one, asked } = await session(
      { "config/agents/tester.md": agentFile("name: tester\ndescription: Tests.") },
      model
    )
    await one.ask("go")
    expect(asked("look at it")?.system).toContain("Better late.")
    expect(definition(model.requests.at(-1))?.description).toContain("- late: Comes late.")
  })

  it("may name it as Claude Code does, and asks for those that come with it", async () => {
    const call = (type: string, more = {}) => task(`be ${type}`, { subagent_type: type, model: "sonnet", ...more })
    const model = byMessage({
      "^go$": [
        { calls: [call("REVIEWER"), call("Explore"), call("general-purpose"), call("reviwer")] },
        { text: "done" }
      ]
    })
    const { session: one, asked, answers } = await session(inProject(reviewer()), model)
    await one.ask("go")
    expect(asked("be REVIEWER")?.system).toContain("Look twice.")
    expect(namesIn(asked("be Explore"))).toEqual(["read_file", "list_files", "glob", "grep"])
    expect(asked("be general-purpose")?.system).not.toContain("You are the agent")
    expect(answers().map(({ error }) => error)).toContain('there is no agent "reviwer"; the nearest are: reviewer')
  })
})

describe("an agent", () => {
  it("works by its instructions with its tools and no others, of which a call may only take away", async () => {
    const model = byMessage({
      "^go$": [
        {
          calls: [
            given("reviewer"),
            task("narrower", { agent: "reviewer", tools: ["read_file", "write_file"] }),
            task("free")
          ]
        },
        { text: "done" }
      ]
    })
    const { session: one, asked } = await session(inProject(reviewer("tools: Read, Grep, Bash(git:*)")), model)
    await one.ask("go")
    const { system = "" } = asked("look at it") ?? {}
    expect(system).toMatch(/You work for another agent[^]*You are the agent "reviewer"[^]*Look twice\.$/)
    expect(namesIn(asked("look at it"))).toEqual(["read_file", "grep", "execute_bash", "job_output", "job_stop"])
    expect(namesIn(asked("narrower"))).toEqual(["read_file"])
    expect(asked("free")?.system).not.toContain("Look twice.")
    expect(namesIn(asked("free"))).toContain("write_file")
  })

  it("is held to the patterns of its tools, in every mode", async () => {
    const model = giving(given("reviewer"), bash("git --version"), bash("touch x"), bash("rm -r y"))
    const front = "tools: Bash(git:*), Bash(touch *)\ndisallowedTools: [Bash(touch:*), Write]"
    const { session: one } = await session(inProject(reviewer(front)), model)
    await one.ask("go")
    const [said = ""] = model.requests.map(textIn).filter((text) => text.includes("rm -r y"))
    expect(said).toContain("git version")
    expect(said).toContain("the agent reviewer may not use execute_bash(touch *)")
    expect(said).toContain("the agent reviewer may use only execute_bash(git *), execute_bash(touch *)")
  })

  it("is not even shown what it may not use, and nobody below it may use it either", async () => {
    const model = byMessage({
      "^go$": [
        { calls: [task("look at it", { agent: "reviewer", tools: ["task", "write_file", "grep"] })] },
        { text: "done" }
      ],
      "look at it": [{ calls: [task("below", { tools: ["write_file", "grep"] })] }, { text: "Looked." }],
      below: [{ calls: [write("x"), { tool: "grep", input: { pattern: "x" } }] }, { text: "could not" }]
    })
    const { session: one } = await session(inProject(reviewer("disallowedTools: Write, Grep")), model)
    await one.ask("go")
    expect(namesIn(requestTo(model, "look at it"))).toEqual(["task"])
    const said = model.requests.map(textIn).join()
    for (const tool of ["write_file", "grep"])
      expect(said).toContain(`${tool} was refused: the agent reviewer may not use ${tool}`)
  })

  it("only reads where its tools cannot be read, are none, or are not here", async () => {
    const fronts = { odd: "tools: {write: true}", none: "tools: []", foreign: "tools: NotebookEdit" }
    const names = Object.keys(fronts)
    const all = Object.entries(fronts).map(([name, front]) =>
      inProject(agentFile(`name: ${name}\ndescription: x\n${front}`), name)
    )
    const model = byMessage({
      "^go$": [{ calls: names.map((agent) => task(`${agent} writes`, { agent })) }, { text: "done" }],
      writes: [{ calls: [write("x")] }, { calls: [{ tool: "list_files", input: {} }] }, { text: "tried" }]
    })
    const { session: one, folder } = await session(Object.assign({}, ...all), model)
    await one.ask("go")
    const said = model.requests.map(textIn)
    for (const [name, rest] of [
      ["odd", "nothing"],
      ["none", "nothing"],
      ["foreign", "only NotebookEdit"]
    ])
      expect(said.join()).toContain(`write_file was refused: besides reading, the agent ${name} may use ${rest}`)
    expect(said.filter((text) => text.includes(".claude"))).toHaveLength(3)
    expect(existsSync(join(folder, "work/x"))).toBe(false)
  })

  it("gives nobody below it more than it has itself", async () => {
    const model = byMessage({
      "^go$": [{ calls: [given("reviewer")] }, { text: "done" }],
      "look at it": [{ calls: [task("below", { tools: ["write_file"] })] }, { text: "Looked." }],
      below: [{ calls: [write("x")] }, { text: "could not" }]
    })
    const { session: one } = await session(inProject(reviewer("tools: Read, Task")), model)
    await one.ask("go")
    expect(namesIn(requestTo(model, "look at it"))?.slice(0, 2)).toEqual(["read_file", "task"])
    expect(model.requests.map(textIn).join()).toContain("write_file was refused: besides reading, the agent reviewer")
  })

  it("ends after its rounds, or those of the call when they are fewer", async () => {
    const round = { calls: [{ tool: "list_files", input: {} }] }
    const model = byMessage({
      "^go$": [{ calls: [given("reviewer"), task("three", { agent: "reviewer", max_turns: 9 })] }, { text: "done" }],
      "look at it|three": Array.from({ length: 9 }, () => round)
    })
    const { session: one, answers } = await session(inProject(reviewer("maxTurns: 3")), model)
    await one.ask("go")
    for (const { data } of answers()) expect(data).toContain("3 rounds")
  })

  it("may only be stricter than its session: plan reads, dontAsk asks nobody, whatever would loosen it is left out", async () => {
    const front = (name: string, mode: string) =>
      inProject(agentFile(`name: ${name}\ndescription: x\npermissionMode: ${mode}`), name)
    const each = ["plans", "asks-not", "loose"]
    const model = byMessage({
      "^go$": [{ calls: each.map((agent) => task(`${agent} writes`, { agent })) }, { text: "done" }],
      writes: [{ calls: [write("x")] }, { text: "tried" }]
    })
    const all = { ...front("plans", "plan"), ...front("asks-not", "dontAsk"), ...front("loose", "bypassPermissions") }
    const { session: one, notices } = await session(all, model, asking)
    const asked: Array<string | undefined> = []
    one.events.subscribe((notice) => {
      if (notice.type !== "agent.asked") return
      asked.push(notice.agent)
      one.send({ type: "permission.answered", id: notice.id, decision: "deny" })
    })
    await one.ask("go")
    expect(asked).toEqual(["loose: about loose writes"])
    expect(model.requests.map(textIn).join()).toContain("in plan mode only reading is allowed")
    expect(answersOf(notices).flatMap(({ needs = [] }) => needs)).toEqual(["write_file(*)"])
  })

  it("has another model only when the user agrees, and the session's where its own is an alias, which is said once", async () => {
    const all = {
      ...inProject(reviewer("model: other/large")),
      ...inProject(agentFile("name: alias\ndescription: x\nmodel: opus"), "alias")
    }
    const model = byMessage({
      "^go$": [{ calls: [given("reviewer"), given("alias"), given("alias")] }, { text: "done" }]
    })
    const { session: one, answers, warnings } = await session(all, model, asking)
    const asked: Array<string | undefined> = []
    one.events.subscribe((notice) => {
      if (notice.type !== "agent.asked") return
      asked.push(notice.preview.summary)
      one.send({ type: "permission.answered", id: notice.id, decision: "deny" })
    })
    await one.ask("go")
    expect(
      answers()
        .map(({ success }) => success)
        .toSorted()
    ).toEqual([false, true, true])
    expect(asked).toEqual(["agent reviewer with model other/large"])
    expect(warnings()).toEqual([expect.stringMatching(/agent alias asks for the model opus.*the session's/)])
  })

  it("is told the skills that it names, and the user which of them there are not", async () => {
    const skills = {
      "config/skills/style/SKILL.md": "---\nname: style\ndescription: Style.\nallowed-tools: Read\n---\nBe brief.\n",
      "config/skills/mine/SKILL.md":
        "---\nname: mine\ndescription: Mine.\ndisable-model-invocation: true\n---\nSay nothing.\n"
    }
    const model = giving(given("reviewer"), write("x"))
    const all = { ...skills, ...inProject(reviewer("skills: style, tact, mine")) }
    const { session: one, asked, warnings, folder } = await session(all, model)
    await one.ask("go")
    const { system = "" } = asked("look at it") ?? {}
    expect(system).toMatch(/Look twice\.[^]*<skill name="style"[^>]*>\nBe brief\./)
    expect(warnings()).toEqual(["tact", "mine"].map((name) => `agent reviewer: there is no skill "${name}" for it`))
    // What the skill would leave permitted is not what the agent has.
    expect(system).not.toMatch(/allowed-tools|is permitted/)
    expect(existsSync(join(folder, "work/x"))).toBe(true)
  })

  it("asks in its own name, and its answer names it", async () => {
    const model = giving(given("reviewer"), { tool: "scribble", input: {} })
    const scribble = plugin("spec", [tool("scribble", () => "scribbled")])
    const { session: one, answers } = await session(inProject(reviewer()), model, {
      more: { ...asking.more, plugins: [scribble] }
    })
    const question = next(one, "agent.asked")
    const end = one.ask("go")
    const { id, agent } = await question
    expect(agent).toBe("reviewer: about look at it")
    one.send({ type: "permission.answered", id, decision: "allow" })
    await end
    expect(answers()[0]?.summary).toMatch(/^reviewer: about look at it: subagent session/)
  })

  it("works in the background when it is written so, and the call does not say otherwise", async () => {
    const model = byMessage({
      "^go$": [
        { calls: [given("reviewer"), task("wait for it", { agent: "reviewer", background: false })] },
        { text: "done" }
      ],
      "look at it": [{ text: "Looked." }],
      "wait for it": [{ text: "Waited." }]
    })
    const { session: one, answers } = await session(inProject(reviewer("background: true")), model)
    await one.ask("go")
    const data = answers().map((answer) => String(answer.data))
    expect(data.toSorted()).toEqual([
      expect.stringMatching(/^Waited\./),
      expect.stringMatching(/started in the background/)
    ])
    await soon(() => expect(delivered(one).join()).toContain("Looked."))
  })
})

describe("/agents", () => {
  it("shows which there are, what hides what and what is broken, in words that no stranger can mark up", async () => {
    const all = {
      ...inProject(reviewer("tools: Read\nmodel: sonnet\nmemory: user")),
      "home/.claude/agents/other.md": agentFile("name: Reviewer\ndescription: An [other](http://x) one."),
      "home/.claude/agents/wild.md": agentFile("name: wild\ndescription: '**Bold** [link](http://x)'"),
      "home/.claude/agents/empty.md": ""
    }
    const { session: one } = await session(all, byMessage({}))
    const { show = "" } = await one.extensions.runCommand("agents", "")
    expect(show).toMatch(
      /\*\*reviewer\*\* project · read_file · sonnet: the session's own model · not supported here: memory/
    )
    expect(show).toMatch(/Hidden by another[^]*home\/\.claude\/agents\/other\.md/)
    expect(show).toMatch(/Could not be loaded:[^]*empty\.md: it is empty/)
    expect(show).toContain("\\*\\*Bold\\*\\* \\[link\\]")
  })

  it("lists those that run in the background, and stops one", async () => {
    const model = byMessage({
      "^go$": [{ calls: [given("reviewer", { background: true })] }, { text: "done" }],
      "look at it": hangs
    })
    const { session: one } = await session(inProject(reviewer()), model)
    await one.ask("go")
    const { show = "" } = await one.extensions.runCommand("agents", "")
    const [, id = ""] = /In the background:\n- (\S+) reviewer: about look at it, \d+ s/.exec(show) ?? []
    expect((await one.extensions.runCommand("agents", "stop nobody")).show).toContain(`there are ${id}`)
    expect((await one.extensions.runCommand("agents", `stop ${id}`)).show).toBe(
      `${id} (reviewer: about look at it) stopped.`
    )
    expect((await one.extensions.runCommand("agents", `stop ${id}`)).show).toContain("over before: cancelled")
    expect((await one.extensions.runCommand("agents", "halt")).show).toContain("/agents stop ID")
    expect((await one.extensions.runCommand("agents", "")).show).not.toContain("In the background")
  })
})
