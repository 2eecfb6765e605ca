/** What a session's model is told of files, when that changes, and what of its context it fills. */
import { mkdir, realpath, rm, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { describe, expect, it } from "vitest"
import type { Session } from "../../actors/session-host.ts"
import type { AgentNotice } from "../../machines/events.ts"
import { textOf } from "../../llm/message.ts"
import { played, type Play } from "./played-model.ts"
import { makeStage, plugin, tool } from "./stage.ts"

const stage = makeStage()

const put = async (files: Readonly<Record<string, string>>): Promise<void> => {
  for (const [path, text] of Object.entries(files)) {
    const whole = join(stage.folder(), path)
    await mkdir(dirname(whole), { recursive: true })
    await writeFile(whole, text)
  }
}

/** A project in a repository, with a home beside it. */
const open = async (plays: ReadonlyArray<Play>, trusted = false, settings = {}) => {
  const folder = await realpath(stage.folder())
  await put({ "app/.git/HEAD": "", "home/file": "" })
  const model = played(plays)
  const opened = await stage.open(
    model,
    [plugin("loud", [tool("echo", () => "x", { risk: "read" })], { systemPrompt: () => "LOUD" })],
    settings,
    {
      cwd: join(folder, "app"),
      env: { HOME: join(folder, "home") },
      discover: { config: join(folder, "home/.config/kintsugi"), trusted }
    }
  )
  return { ...opened, model }
}

const warnings = (notices: ReadonlyArray<AgentNotice>) =>
  notices.flatMap((notice) => (notice.type === "agent.warned" ? [notice.failure.message] : []))

const reading = (path: string, id = path): Play => ({ calls: [{ id, name: "read_file", input: { path } }] })

describe("context files", () => {
  it("stand in the prompt behind what plugins say, the user's first, each with its path and who imports it", async () => {
    await put({
      "app/AGENTS.md": "of the project",
      "app/CLAUDE.md": "see @more.md",
      "app/more.md": "more",
      "home/.claude/CLAUDE.md": "of the user"
    })
    const { session, model } = await open(["hello"])
    await session.ask("hi")
    const cwd = session.view().cwd
    const system = model.requests[0]?.system ?? ""
    const order = [
      "LOUD",
      "of the user",
      "of the project",
      `${cwd}/more.md, which ${cwd}/CLAUDE.md imports:\n\nmore`,
      "see @more.md"
    ]
    const places = order.map((one) => system.indexOf(one))
    expect(places.every((place) => place > 0)).toBe(true)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
  })

  it("are read again when the conversation is compacted or cleared, or the user says so; until then the prompt stays", async () => {
    await put({ "app/AGENTS.md": "first" })
    const { session, model, notices } = await open(["one", "two", "short", "three", "four", "five"])
    await session.ask("hi")
    await put({ "app/AGENTS.md": "second, longer" })
    await session.ask("again")
    await expect
      .poll(() => warnings(notices))
      .toEqual([expect.stringMatching(/AGENTS\.md has changed; .*\/context reload/)])
    const compacted = new Promise((resolve) =>
      session.events.subscribe((notice) => notice.type === "agent.compacted" && resolve(0))
    )
    session.send({ type: "user.compact" })
    await compacted
    await session.ask("and now")
    const systems = model.requests.map(({ system }) => system ?? "")
    expect(systems[1]).toBe(systems[0])
    expect(systems.at(-1)).toContain("second, longer")
    await put({ "app/AGENTS.md": "third, even longer", "app/CLAUDE.md": "new" })
    session.send({ type: "user.clear" })
    await session.ask("from the start")
    expect(model.requests.at(-1)?.system).toContain("third, even longer")
    expect(model.requests.at(-1)?.system).toContain("CLAUDE.md:\n\nnew")
    await rm(join(stage.folder(), "app/CLAUDE.md"))
    expect((await session.extensions.runCommand("context", "reload")).show).toContain("read anew")
    await session.ask("once more")
    expect(model.requests.at(-1)?.system).not.toContain("CLAUDE.md")
  })

  it("of another folder come with the first file that is touched there, once, until the conversation is compacted", async () => {
    await put({
      "app/a/AGENTS.md": "of a",
      "app/a/b/CLAUDE.md": "of b",
      "app/a/b/x.ts": "x",
      "app/a/b/y.ts": "y",
      "app/node_modules/p/AGENTS.md": "of a stranger",
      "app/node_modules/p/x.ts": "z",
      "app/.claude/rules/ts.md": "---\npaths: '**/y.ts'\n---\nrule for y"
    })
    const plays = [
      reading("a/b/x.ts"),
      reading("a/b/y.ts"),
      reading("node_modules/p/x.ts"),
      "done",
      "short",
      reading("a/b/x.ts", "z"),
      "end"
    ]
    const { session } = await open(plays)
    await session.ask("go")
    const answers = () => session.view().transcript.flatMap((one) => (one.role === "tool" ? [textOf(one)] : []))
    const cwd = session.view().cwd
    expect(answers()).toEqual([
      expect.stringMatching(
        /x\n*\n\n\[Instructions from .*\/a\/AGENTS\.md\]\n\nof a\n\n\[Instructions from .*b\/CLAUDE\.md\]\n\nof b$/
      ),
      expect.stringMatching(
        new RegExp(`y\\n*\\n\\n\\[Instructions from ${cwd}/\\.claude/rules/ts\\.md\\]\\n\\nrule for y$`)
      ),
      expect.not.stringContaining("Instructions")
    ])
    session.send({ type: "user.compact" })
    await session.ask("go on")
    expect(answers().at(-1)).toContain("of b")
  })

  it("that lead outside are read where the user trusts the folder, and never those of a blocked path", async () => {
    await put({
      "shared.md": "shared",
      "home/.secret/key.md": "key",
      "app/CLAUDE.md": "@../shared.md @~/.secret/key.md"
    })
    const { session, model } = await open(["hello"], true, {
      tools: { blocked_paths: [join(await realpath(stage.folder()), "home/.secret")] }
    })
    await session.ask("hi")
    expect(model.requests[0]?.system).toContain("\n\nshared")
    expect(model.requests[0]?.system).not.toContain("\n\nkey")
    expect(session.view().notices).toEqual([expect.stringMatching(/key\.md was left out: it lies in a blocked path/)])
  })
})

describe("instructions of other folders", () => {
  const answers = (session: Session) =>
    session.view().transcript.flatMap((one) => (one.role === "tool" ? [textOf(one)] : []))

  it("do not come with a file that is not there, nor with another tool", async () => {
    await put({ "app/a/AGENTS.md": "of a", "app/a/x.ts": "x" })
    const echo: Play = { calls: [{ id: "e", name: "echo", input: { path: "a/x.ts" } }] }
    const { session } = await open([reading("a/gone.ts"), echo, reading("a/x.ts"), "done"])
    await session.ask("go")
    expect(answers(session).map((one) => one.includes("of a"))).toEqual([false, false, true])
  })

  it("come again where the conversation goes on from before them", async () => {
    await put({ "app/a/AGENTS.md": "of a", "app/a/x.ts": "x" })
    const { session } = await open(["hello", reading("a/x.ts"), "done", reading("a/x.ts", "y"), "done"])
    await session.ask("hi")
    await session.fork("start")
    await session.ask("go")
    expect(answers(session)).toEqual([expect.stringContaining("of a")])
    await session.switch("start")
    expect(answers(session)).toEqual([])
    await session.ask("go")
    expect(answers(session)).toEqual([expect.stringContaining("of a")])
  })
})

it("a program that does not ask for it reads nothing that the user wrote for other agents", async () => {
  await put({
    "home/.claude/CLAUDE.md": "of the user",
    "app/AGENTS.md": "of the project",
    "app/CLAUDE.md": "@../out.md",
    "out.md": "out"
  })
  const folder = await realpath(stage.folder())
  const model = played(["hello"])
  const { session } = await stage.open(model, [], {}, { cwd: join(folder, "app"), env: { HOME: join(folder, "home") } })
  await session.ask("hi")
  expect(model.requests[0]?.system).toContain("of the project")
  expect(model.requests[0]?.system).not.toMatch(/of the user|\n\nout/)
})

describe("session.context", () => {
  it("adds up to what the provider counted, by prompt, plugins, files, tools and messages", async () => {
    await put({
      "app/AGENTS.md": "a".repeat(4000),
      "app/b/AGENTS.md": "b",
      "app/.claude/rules/x.md": "---\npaths: x/**\n---\nx"
    })
    const price = { usage: { input: 20_000, output: 100, cacheRead: 0, cacheWrite: 0 }, cost: 0.01 }
    const { session } = await open([{ text: "hello", price }])
    const before = await session.context()
    expect(before).not.toHaveProperty("counted")
    const sums = (parts: typeof before.parts) => parts.reduce((sum, { tokens }) => sum + tokens, 0)
    expect(sums(before.parts)).toBe(before.tokens)
    expect(before.parts.find(({ kind }) => kind === "file")).toMatchObject({
      name: join(session.view().cwd, "AGENTS.md"),
      owner: "project"
    })
    expect(before.waiting).toEqual([{ path: join(session.view().cwd, ".claude/rules/x.md"), patterns: ["x/**"] }])
    await session.ask("hi")
    const after = await session.context()
    expect(after).toMatchObject({
      counted: 20_100,
      tokens: 20_100,
      window: 100_000,
      compactsAt: 90_000,
      model: "played/one"
    })
    expect(sums(after.parts)).toBe(20_100)
    expect(new Set(after.parts.map(({ kind }) => kind))).toEqual(
      new Set(["prompt", "plugin", "file", "tools", "messages"])
    )
    expect(after.parts).toContainEqual(expect.objectContaining({ kind: "plugin", name: "loud" }))
    expect(after.parts).toContainEqual(expect.objectContaining({ kind: "tools", name: "loud", count: 1 }))
  })

  it("is shown by /context, by path only, in aligned lines of a bounded length", async () => {
    const long = `app/${"long/".repeat(30)}AGENTS.md`
    await put({ [long]: "deep", "app/AGENTS.md": "SECRET WORDS @../out.md", "out.md": "out" })
    const { session } = await open(["hello"])
    await session.ask("hi")
    const { show = "" } = await session.extensions.runCommand("context", "")
    expect(show).toMatch(/^```\nContext of played\/one: ~12 of 100k tokens \(0 %\)\nThe provider counted 12 /)
    expect(show).toMatch(/\n {15}AGENTS\.md +~\d+\n/)
    expect(show).toContain("out.md: it lies outside the project")
    expect(show).not.toContain("SECRET")
    expect(show.split("\n").every((line) => line.length <= 220)).toBe(true)
    expect((await session.extensions.runCommand("context", "all")).show).toBe("Say /context, or /context reload.")
  })
})

it("runtime.context says what a new session would begin with, and asks no model", async () => {
  await put({ "app/AGENTS.md": "words", "app/soul.md": "a pirate" })
  const { runtime, model, session } = await open([])
  const use = await runtime.context()
  expect(use.parts.map(({ kind, name }) => `${kind} ${name}`)).toEqual(
    (await session.context()).parts.map(({ kind, name }) => `${kind} ${name}`)
  )
  expect(use.notices).toContainEqual(expect.stringMatching(/soul\.md is not used: the folder is not trusted/))
  expect(model.requests).toEqual([])
})
