/** Commands as Markdown: found beside skills, read alike, and behind any skill of their name. */
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { SkillView } from "../../plugins/skills.ts"
import { skillFolder, skillText } from "./skill-folder.ts"

let folder: ReturnType<typeof skillFolder>
beforeEach(() => {
  folder = skillFolder()
})
afterEach(() => folder.remove())

const inProject = (name: string) => `project/.claude/commands/${name}`
const names = (all: ReadonlyArray<SkillView>) => all.map(({ name }) => name)
const one = async (file: string, name = "odd.md"): Promise<SkillView | string> => {
  folder.put(inProject(name), file)
  const { skills, broken } = await folder.open({ user: false }).all()
  return skills[0] ?? broken[0]?.reason ?? "nothing is found"
}

describe("commands are looked for", () => {
  it("in the project, of the user and of plugins, in this order", async () => {
    for (const [at, place] of [
      "project/.kintsugi",
      "project/.claude",
      "home/.config/kintsugi",
      "home/.claude"
    ].entries())
      folder.put(`${place}/commands/c${at}.md`, "Do it.")
    folder.put("plugin/commands/sub/in.md", "Do it.")
    folder.put("plugin/alone.md", "Do it.")
    const at = folder.at("plugin")
    const plugin = { name: "p", folder: at, skills: [], commands: [`${at}/commands`, `${at}/alone.md`] }
    const { skills } = await folder.open({ plugins: () => [plugin] }).all()
    expect(names(skills)).toEqual(["c0", "c1", "c2", "c3", "p:sub:in", "p:alone"])
    expect(skills.map(({ source }) => source)).toEqual(["project", "project", "user", "user", "plugin", "plugin"])
    expect(skills.every(({ kind }) => kind === "command")).toBe(true)
  })

  it("behind skills: a skill of one name counts, wherever it lies; those of the program yield to both", async () => {
    folder.put(inProject("twice.md"), "The command.")
    folder.put("home/.claude/skills/twice/SKILL.md", skillText("twice"))
    folder.put(inProject("commit.md"), "My own.")
    const { skills, shadowed } = await folder.open({ bundled: true }).all()
    const found = (name: string) => skills.filter((skill) => skill.name === name)
    expect(found("twice")).toMatchObject([{ kind: "skill", source: "user" }])
    expect(found("commit")).toMatchObject([{ kind: "command", source: "project" }])
    expect(shadowed.map(({ skill, by }) => [skill.kind, by.kind])).toEqual([
      ["command", "skill"],
      ["skill", "command"]
    ])
  })

  it("of a folder above only where that is trusted by itself", async () => {
    folder.put(inProject("above.md"), "Do it.")
    folder.put("project/.claude/skills/high/SKILL.md", skillText("high"))
    folder.put("project/sub/.claude/commands/near.md", "Do it.")
    const cwd = folder.at("project/sub")
    expect(names((await folder.open({ cwd, user: false }).all()).skills)).toEqual(["near"])
    const { skills } = await folder.open({ cwd, user: false, above: [folder.at("project")] }).all()
    expect(names(skills)).toEqual(["high", "near", "above"])
    const read = await folder.open({ cwd, above: [folder.at("project")] }).read(skills[2] as SkillView)
    expect(read).toMatchObject({ body: "Do it." })
  })

  it("and told, not read, where the folder is not trusted; a link of theirs leads nowhere", async () => {
    folder.put("secret.md", "key")
    folder.link(inProject("leak.md"), "../../../secret.md")
    folder.put(inProject("mine.md"), "Do it.")
    const skills = folder.open({ trusted: false, user: false })
    const set = await skills.all()
    expect(set.skills).toMatchObject([{ name: "mine", trusted: false }])
    expect(set.broken).toMatchObject([{ reason: expect.stringContaining("outside the project") }])
    expect(await skills.read(set.skills[0] as SkillView)).toContain("not trusted")
  })

  it("of two the first by name; README.md is one, other files are none", async () => {
    folder.put(inProject("A.md"), "Do it.")
    folder.put(inProject("a.MD"), "Do it, too.")
    folder.put(inProject("notes.txt"), "no")
    folder.put(inProject("README.md"), "What these are.")
    const { skills, shadowed } = await folder.open({ user: false }).all()
    expect(skills.map(({ command }) => command)).toEqual(["a", "readme"])
    expect(shadowed).toHaveLength(1)
  })
})

describe("a command file", () => {
  const files: ReadonlyArray<readonly [string, string, Partial<SkillView> | RegExp, string?]> = [
    ["without frontmatter", "# T\n\nDo it.", { name: "odd", description: "Do it.", forModels: false, warnings: [] }],
    ["with a description", "---\ndescription: D.\n---\nDo it.", { description: "D.", forModels: true, warnings: [] }],
    ["with a name of its own, which does not count", "---\nname: x\ndescription: D\n---\nDo it.", { name: "odd" }],
    ["in folders", "Do it.", { name: "a:b:c", command: "a:b:c" }, "a/b/c.md"],
    ["that is a skill without its folder", "Do it.", { name: "a", command: "a" }, "a/SKILL.md"],
    ["with capitals, blanks and signs", "Do it.", { name: "My Own!", command: "my-own" }, "My Own!.md"],
    ["in another script", "する。", { name: "要約", command: "要約" }, "要約.md"],
    ["with a byte order mark and CRLF", "\uFEFF---\r\ndescription: D\r\n---\r\nDo it.\r\n", { description: "D" }],
    [
      "for users alone",
      "---\ndescription: D\ndisable-model-invocation: true\n---\nx",
      { forModels: false, forUsers: true }
    ],
    [
      "with limits",
      "---\ndisallowed-tools: Bash(git push:*), Read\n---\nx",
      { withheld: ["execute_bash(git push *)", "read_file"] }
    ],
    ["whose limits cannot be read", "---\ndisallowed-tools: [Bash(]\n---\nx", { withheld: ["*"] }],
    [
      "with a hint that looks like a list",
      "---\nargument-hint: [file] [line]\n---\nx",
      { argumentHint: "[file] [line]" }
    ],
    ["with broken frontmatter", "---\n- a\n---\nx", /no valid YAML/],
    ["that is empty", "\n", /empty/],
    ["that is no text", "a\0b", /no text/]
  ]
  it.each(files.map(([what, file, expected, name]) => ({ what, file, expected, name })))(
    "$what",
    async ({ file, expected, name }) => {
      const told = await one(file, name)
      if (expected instanceof RegExp) expect(told).toMatch(expected)
      else expect(told).toMatchObject(expected)
    }
  )

  it("has no files of its own, though others lie beside it", async () => {
    folder.put(inProject("other.md"), "Other.")
    const skill = (await one("Do $1.")) as SkillView
    const skills = folder.open()
    expect(await skills.read(skill, { given: "it" })).toMatchObject({ body: "Do it.", files: [], moreFiles: 0 })
    expect(await skills.file(skill, "other.md")).toMatchObject({ problem: expect.stringContaining("no files") })
  })
})

it("says once which models are none of ours", async () => {
  for (const name of ["a", "b"]) folder.put(inProject(`${name}.md`), "---\nmodel: sonnet\n---\nDo it.")
  folder.put(inProject("c.md"), "---\nmodel: inherit\n---\nDo it.")
  const { notices } = await folder.open({ user: false }).all()
  expect(notices).toEqual([expect.stringMatching(/session's is used: sonnet$/)])
})
