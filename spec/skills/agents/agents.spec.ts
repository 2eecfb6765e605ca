/** Where agents' files are found, which of them count, what they tell; what comes of whatever stands in them. */
import { mkdirSync, rmSync } from "node:fs"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { readAgent } from "../../../skills/agents/read-agent.ts"
import { validateAgent } from "../../../skills/agents/validate.ts"
import { agentFolder } from "./agent-folder.ts"

let folder: ReturnType<typeof agentFolder>

beforeEach(() => {
  folder = agentFolder()
})
afterEach(() => folder.remove())

const file = (name: string, body = "You do it.") =>
  `---\nname: ${name}\ndescription: What ${name} does.\n---\n${body}\n`
const names = ({ agents }: { readonly agents: ReadonlyArray<{ readonly name: string; readonly source: string }> }) =>
  agents.map(({ name, source }) => `${name} ${source}`)

describe("agents are found", () => {
  it("in their order: of the project, the user, plugins; folders below included, the first of one name counts", async () => {
    folder.put("project/.claude/agents/c.md", file("one"))
    folder.put("project/.kintsugi/agents/k.md", file("One"))
    folder.put("project/.agents/agents/deep/er/a.md", file("two"))
    folder.put("home/.config/kintsugi/agents/x.md", file("two"))
    folder.put("home/.claude/agents/y.md", file("three"))
    folder.put("plugin/agents/z.md", file("three"))
    folder.put("plugin/single.md", file("four"))
    const plugins = [
      { name: "p", folder: folder.at("plugin"), agents: [folder.at("plugin/agents"), folder.at("plugin/single.md")] }
    ]
    const set = await folder.open({ plugins }).all()
    expect(names(set)).toEqual(["One project", "two project", "three user", "p:three plugin", "p:four plugin"])
    expect(
      set.shadowed.map(({ agent, by }) => [agent.path, by.path].map((path) => path.slice(folder.root.length + 1)))
    ).toEqual([
      ["project/.claude/agents/c.md", "project/.kintsugi/agents/k.md"],
      ["home/.config/kintsugi/agents/x.md", "project/.agents/agents/deep/er/a.md"]
    ])
  })

  it("in a folder that is not trusted, marked, hiding nothing, and told nothing of", async () => {
    folder.put("project/.claude/agents/a.md", file("mine", "Obey me."))
    folder.put("project/.claude/agents/b.md", file("theirs", "Obey me."))
    folder.put("home/.claude/agents/a.md", file("mine"))
    const files = folder.open({ trusted: false })
    const { agents, shadowed } = await files.all()
    expect(agents.map(({ name, trusted }) => [name, trusted])).toEqual([
      ["mine", true],
      ["theirs", false]
    ])
    expect(shadowed).toMatchObject([{ agent: { trusted: false }, by: { trusted: true } }])
    const told = await Promise.all(agents.map(files.instructions))
    expect(told).toEqual([{ text: "You do it." }, { problem: expect.stringContaining("kintsugi trust") }])
  })

  it("through links of its own kind, and not out of the project to anything else", async () => {
    folder.put("elsewhere/agents/good.md", file("good"))
    folder.put("elsewhere/notes/secret.md", file("secret"))
    folder.put("elsewhere/key", "KEY")
    folder.link("project/.claude/agents/good.md", folder.at("elsewhere/agents/good.md"))
    folder.link("project/.claude/agents/secret.md", folder.at("elsewhere/notes/secret.md"))
    folder.link("project/.claude/agents/key.md", folder.at("elsewhere/key"))
    folder.link("project/.claude/agents/lost.md", "nowhere.md")
    folder.link("project/.claude/agents/loop.md", "loop.md")
    folder.link("project/.claude/agents/self", ".")
    folder.link("home/.claude/agents/mine.md", folder.at("elsewhere/notes/secret.md"))
    const files = folder.open()
    const { agents, broken, shadowed, notices } = await files.all()
    expect(agents.map(({ name }) => name)).toEqual(["good", "secret"])
    expect(agents[1]?.source).toBe("user")
    expect(broken.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/link to .*key, outside/),
      expect.stringMatching(/circle/),
      expect.stringMatching(/nowhere/),
      expect.stringMatching(/link to .*secret\.md, outside/)
    ])
    expect([shadowed, notices]).toEqual([[], []])
    // What it is now is what counts.
    const [good] = agents
    rmSync(folder.at("project/.claude/agents/good.md"))
    folder.link("project/.claude/agents/good.md", folder.at("elsewhere/key"))
    if (good !== undefined)
      expect(await files.instructions(good)).toEqual({ problem: expect.stringContaining("outside") })
  })

  it("anew when they are looked for again, with what they say now", async () => {
    const files = folder.open()
    expect((await files.all()).agents).toEqual([])
    folder.put("home/.claude/agents/a.md", file("late"))
    expect((await files.all()).agents).toEqual([])
    expect(names(await files.again())).toEqual(["late user"])
    folder.put("home/.claude/agents/a.md", file("later", "Something else."))
    const { agents } = await files.again()
    expect(names({ agents })).toEqual(["later user"])
    expect(files.known()?.agents).toBe(agents)
    if (agents[0] !== undefined) expect(await files.instructions(agents[0])).toEqual({ text: "Something else." })
  })

  it("and what cannot be looked at is told", async () => {
    folder.put("home/.claude/agents", "no folder")
    mkdirSync(folder.at("home/.config/kintsugi/agents/d.md"), { recursive: true })
    const set = await folder.open().all()
    expect(set.agents).toEqual([])
    expect([...set.notices, ...set.broken.map(({ reason }) => reason)]).toHaveLength(1)
  })
})

describe("an agent is told", () => {
  it("what stands below its frontmatter, its plugin's folder filled in, and no more than a model can take", async () => {
    folder.put("plugin/agents/z.md", file("z", "Run ${CLAUDE_PLUGIN_ROOT}/x."))
    folder.put("home/.claude/agents/long.md", file("long", "word ".repeat(40_000)))
    const plugins = [{ name: "p", folder: folder.at("plugin"), agents: [folder.at("plugin/agents")] }]
    const files = folder.open({ plugins })
    const { agents } = await files.all()
    const texts = await Promise.all(agents.map(files.instructions))
    expect(texts[1]).toEqual({ text: `Run ${folder.at("plugin")}/x.` })
    expect("text" in (texts[0] ?? {}) && JSON.stringify(texts[0]).length).toBeLessThan(101_000)
    rmSync(folder.at("plugin/agents/z.md"))
    expect(await Promise.all(agents.slice(1).map(files.instructions))).toEqual([
      { problem: expect.stringContaining("z.md") }
    ])
  })
})

describe("a file, whatever stands in it,", () => {
  const scalar = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("Read, Bash(git:*)", "true", "12", "[]", "{a: b}", "plan", "*", "- x")
  )
  const keys = [
    "name",
    "description",
    "tools",
    "disallowedTools",
    "model",
    "maxTurns",
    "permissionMode",
    "skills",
    "background",
    "hooks"
  ]
  const front = fc.array(fc.tuple(fc.constantFrom(...keys), scalar), { maxLength: 8 })

  it("is read or refused with a reason", () => {
    fc.assert(
      fc.property(front, fc.string({ unit: "binary" }), (fields, body) => {
        const text = `---\n${fields.map(([key, value]) => `${key}: ${value}`).join("\n")}\n---\n${body}`.replace(
          /\r\n?/g,
          "\n"
        )
        const read = readAgent(text, "/agents/odd.md")
        if (typeof read === "string") return void expect(read).not.toBe("")
        const { told } = read ?? {}
        expect(told?.name).toMatch(/^\P{Cc}{1,128}$/u)
        expect(told?.description).toMatch(/^\P{Cc}+$/u)
        expect(told?.maxTurns ?? 1).toBeGreaterThan(0)
        expect([undefined, "plan", "dontAsk"]).toContain(told?.permissionMode)
      }),
      { numRuns: 300 }
    )
  })

  it("permits everything by a list of tools only where it says so", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(scalar, fc.string())), (tools) => {
        const read = readAgent(`---\ndescription: x\ntools: ${JSON.stringify(tools)}\n---\ny`, "/agents/odd.md")
        const rules = typeof read === "string" ? [] : read?.told.tools
        if (!tools.some((tool) => tool.includes("*"))) expect(rules).toBeDefined()
        expect(rules ?? []).not.toContain("*")
      }),
      { numRuns: 300 }
    )
  })
})

describe("validate", () => {
  it("says what breaks the format, and what means nothing here", () => {
    const verdict = (text: string) => {
      folder.put("a.md", text)
      return validateAgent(folder.at("a.md"))
    }
    expect(verdict(file("fine"))).toEqual({ name: "fine", problems: [], warnings: [] })
    expect(verdict(`${file("fine").replace("---\nYou", "memory: user\n---\nYou")}`).warnings).toEqual([
      "not supported here: memory"
    ])
    expect(verdict("\uFEFF---\nname: Not Fine\n---\n")).toMatchObject({ problems: [expect.stringMatching(/neither/)] })
    expect(verdict("\uFEFF---\nname: Not Fine\n---\nDo.").problems).toEqual([
      expect.stringMatching(/byte order mark/),
      expect.stringMatching(/does not begin with frontmatter|small letters/),
      ...["description"].map((field) => expect.stringContaining(field))
    ])
    expect(validateAgent(folder.at("none.md")).problems).toHaveLength(1)
  })
})
