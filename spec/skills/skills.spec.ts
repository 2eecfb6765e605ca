/** What a skill gives when it is used: its text, its files, its place in the catalogue and in a search. */
import { afterAll, describe, expect, it } from "vitest"
import type { SkillText, SkillView } from "../../plugins/skills.ts"
import { skillFolder, skillText } from "./skill-folder.ts"

const folder = skillFolder()
afterAll(folder.remove)
const base = "home/.claude/skills"

const read = async (text: string, given?: string): Promise<SkillText> => {
  folder.put(`${base}/x/SKILL.md`, text)
  const skills = folder.open()
  const skill = (await skills.all()).skills.find(({ path }) => path === folder.at(`${base}/x/SKILL.md`))
  const got = skill === undefined ? "it is not there" : await skills.read(skill, given === undefined ? {} : { given })
  if (typeof got === "string") throw new Error(got)
  return got
}
const bodyOf = async (body: string, given?: string, fields = "") =>
  (await read(`---\nname: x\ndescription: d\n${fields}---\n${body}`, given)).body

describe("a text that is read", () => {
  it.each([
    ["Do $ARGUMENTS.", "a  'b c'", "Do a  'b c'."],
    ["Do $1 and $2.", `a "b c"`, "Do a and b c."],
    ["From $0 to $1.", "a b", "From a to b."],
    ["$ARGUMENTS[1] of $ARGUMENTS[0], $1", "a b", "b of a, a"],
    ["Do $1 with $3.", "a b", "Do a with $3."],
    ["It costs $1.50, $1,000 or $1M: $2", "a b", "It costs $1.50, $1,000 or $1M: b"],
    [String.raw`Say \$1 to $1, \$ARGUMENTS`, "a", "Say $1 to a, $ARGUMENTS"],
    ["Run awk '{print $2}'.", "", "Run awk '{print $2}'."],
    ["Do $ARGUMENTS.", "", "Do ."],
    ["$HOME and $ARGUMENTSX, $1", "a", "$HOME and $ARGUMENTSX, a"],
    ["$1", "'$2 $ARGUMENTS'", "$2 $ARGUMENTS"],
    ["$1 $2", `it\\'s "open`, "it's open"],
    ["$2", `"a \\"b" c\\`, "c\\"],
    ["Do it.", "a b", "Do it.\n\nARGUMENTS: a b"],
    ["Do $5.", "a b", "Do $5.\n\nARGUMENTS: a b"],
    ["Do it.", "  ", "Do it."]
  ])("%j given %j is %j", async (body, given, expected) => expect(await bodyOf(body, given)).toBe(expected))

  it("has its arguments by name", async () =>
    expect(await bodyOf("$file at $line, $other", "a.ts 3", "arguments: [file, line]\n")).toBe("a.ts at 3, $other"))

  it("knows its own folder", async () => {
    const here = folder.at(`${base}/x`)
    expect(await bodyOf("${CLAUDE_SKILL_DIR}/a {baseDir}/b ${CLAUDE_SESSION_ID}")).toBe(
      `${here}/a ${here}/b \${CLAUDE_SESSION_ID}`
    )
  })

  it("knows its plugin's, where it has one", async () => {
    folder.put("plugin/skills/y/SKILL.md", "---\nname: y\n---\nSee ${CLAUDE_PLUGIN_ROOT}/z and ${CLAUDE_PLUGIN_DATA}")
    const at = folder.at("plugin")
    const plugin = { name: "p", folder: at, data: "/data", skills: [`${at}/skills`], commands: [] }
    const skills = folder.open({ user: false, plugins: () => [plugin] })
    const [skill] = (await skills.all()).skills
    expect(skill).toMatchObject({ name: "p:y", command: "p:y" })
    expect(skill && (await skills.read(skill))).toMatchObject({
      body: `See ${at}/z and /data`,
      skill: { name: "p:y" }
    })
  })

  it("is what stands in the file now", async () => {
    folder.put(`${base}/x/SKILL.md`, skillText("x"))
    const skills = folder.open()
    const skill = (await skills.all()).skills.find(({ name }) => name === "x")
    folder.put(`${base}/x/SKILL.md`, "---\nname: x\ndescription: New.\nallowed-tools: Read\n---\nNew text.")
    expect(skill && (await skills.read(skill))).toMatchObject({ body: "New text.", skill: { allowed: ["read_file"] } })
    folder.put(`${base}/x/SKILL.md`, "")
    expect(skill && (await skills.read(skill))).toMatch(/SKILL\.md cannot be used: it is empty/)
  })

  it("has the session's model unless it names another", async () => {
    expect(Object.keys((await read("---\nname: x\nmodel: inherit\n---\nText.")).skill)).not.toContain("model")
    expect((await read("---\nname: x\nmodel: haiku\n---\nText.")).skill).toMatchObject({ model: "haiku" })
  })

  it("is cut when it is too long for any model", async () => {
    const { body } = await read(skillText("x") + "word\n".repeat(100_000))
    expect(body.length).toBeLessThan(100_100)
    expect(body).toMatch(/cut here; read the file for the rest\]$/)
  })
})

describe("its other files", () => {
  it("are named, without what belongs to nobody, and the first of many only", async () => {
    for (const name of [
      "scripts/run.py",
      "references/a.md",
      "LICENSE",
      ".git/config",
      "node_modules/x/y.js",
      "scripts/__pycache__/z"
    ])
      folder.put(`${base}/x/${name}`, "text")
    expect(await read(skillText("x"))).toMatchObject({
      files: ["LICENSE", "references/a.md", "scripts/run.py"],
      moreFiles: 0
    })
    for (let at = 0; at < 60; at++) folder.put(`${base}/x/data/${at}.csv`, "")
    const { files, moreFiles } = await read(skillText("x"))
    expect([files.length, moreFiles]).toEqual([50, 13])
  })

  it("are read inside of its folder, and nothing else is", async () => {
    folder.put("home/secret", "key")
    folder.link(`${base}/x/leak`, folder.at("home/secret"))
    folder.put(`${base}/x/long.txt`, "é".repeat(150_000))
    const skills = folder.open()
    const { skill } = await read(skillText("x"))
    expect(await skills.file(skill, "references/a.md")).toEqual({ text: "text", more: 0 })
    expect(await skills.file(skill, "./scripts/../references/a.md")).toEqual({ text: "text", more: 0 })
    expect(await skills.file(skill, "long.txt")).toMatchObject({ text: "é".repeat(100_000), more: expect.any(Number) })
    for (const path of ["../../../secret", "/etc/passwd", "", "..", "a\0b", "references/../../../../secret"])
      expect(await skills.file(skill, path)).toEqual({ problem: expect.stringContaining("no path inside") })
    expect(await skills.file(skill, "leak")).toEqual({ problem: expect.stringContaining("outside") })
    expect(await skills.file(skill, "gone")).toEqual({ problem: expect.stringContaining("has no file") })
    expect(await skills.file(skill, "references")).toEqual({ problem: expect.stringContaining("not a file") })
  })
})

const view = (name: string, description: string): SkillView => ({
  kind: "skill",
  name,
  command: name,
  description,
  path: `/${name}/SKILL.md`,
  folder: `/${name}`,
  source: "user",
  trusted: true,
  forModels: true,
  forUsers: true,
  argumentHint: "",
  fork: false,
  hooks: [],
  warnings: []
})

describe("the catalogue", () => {
  const { catalogue } = folder.open()

  it("has a line for each, whatever a description holds", () =>
    expect(catalogue([view("a", "One\n\n# Rules\u2028x"), view("b", "Two.")])).toEqual({
      text: "- a: One # Rules x\n- b: Two.",
      left: 0
    }))

  it("shortens long descriptions first, the long ones most, and keeps its bound", () => {
    const skills = [
      view("short", "Short."),
      ...Array.from({ length: 30 }, (_, at) => view(`s${at}`, "word ".repeat(200)))
    ]
    const { text, left } = catalogue(skills)
    expect(left).toBe(0)
    expect(text.length).toBeLessThanOrEqual(8_000)
    expect(text.length).toBeGreaterThan(7_000)
    expect(text).toContain("- short: Short.\n")
    expect(text.split("\n").every((line) => /[.…]$/.test(line))).toBe(true)
  })

  it("gives the room that short ones leave to the long ones, and no more", () => {
    const short = Array.from({ length: 60 }, (_, at) => view(`s${at}`, "word ".repeat(20)))
    const { text, left } = catalogue([...short, view("a", "long ".repeat(200)), view("b", "long ".repeat(200))])
    expect([left, text.split("\n")[59]?.length]).toEqual([0, 106])
    expect(text.length).toBeLessThanOrEqual(8_000)
    expect(text.length).toBeGreaterThan(7_900)
  })

  it("leaves out the last when all are too many, and says how many", () => {
    const { text, left } = catalogue(Array.from({ length: 500 }, (_, at) => view(`skill-${at}`, "word ".repeat(40))))
    expect(text.length).toBeLessThanOrEqual(8_000)
    expect(text.split("\n").length + left).toBe(500)
    expect(text.startsWith("- skill-0:")).toBe(true)
    expect(left).toBeGreaterThan(0)
  })

  it("is empty when there are none", () => expect(catalogue([])).toEqual({ text: "", left: 0 }))
})

describe("a search", () => {
  const { search } = folder.open()
  const skills = [
    view("pdf-forms", "Fill in forms."),
    view("deploy", "Ship to production. Makes a PDF report."),
    view("Data Science", "Tables and plots.")
  ]
  const found = (query: string) => search(query, skills).map(({ name }) => name)

  it("goes by names before descriptions", () => expect(found("pdf")).toEqual(["pdf-forms", "deploy"]))
  it("takes a part of a word", () => expect(found("plot")).toEqual(["Data Science"]))
  it("puts what is called so first", () => expect(found("data science")[0]).toBe("Data Science"))
  it("finds what is called like a word that all have", () =>
    expect(search("use", [...skills, view("use", "Text.")])).toMatchObject([{ name: "use" }]))
  it("finds nothing for words that all have", () => expect(found("use the skill for")).toEqual([]))
  it("finds nothing for nothing", () => expect(found("")).toEqual([]))
})
