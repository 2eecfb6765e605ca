/** The letter of the specification, beside the leniency of loading. */
import { afterAll, describe, expect, it } from "vitest"
import { validateSkill } from "../../skills/validate.ts"
import { skillFolder } from "./skill-folder.ts"

const folder = skillFolder()
afterAll(folder.remove)

const verdict = (text: string | Uint8Array, name = "pdf-tools") => {
  folder.put(`${name}/SKILL.md`, text)
  return validateSkill(folder.at(name))
}
const told = (fields: string, body = "Text.\n"): string => `---\nname: pdf-tools\ndescription: d\n${fields}---\n${body}`

describe("validateSkill", () => {
  it.each([
    told(""),
    told("license: MIT\ncompatibility: Node 22\nallowed-tools: Read Bash(git:*)\nmetadata:\n  version: '1.0'\n"),
    told("").replace(": d\n", `: ${"d".repeat(1_024)}\n`),
    told("").replaceAll("\n", "\r\n")
  ])("has nothing to say of %j", async (text) =>
    expect(await verdict(text)).toEqual({ name: "pdf-tools", problems: [], warnings: [] })
  )

  it.each<[string, RegExp]>([
    ["", /it is empty/],
    [`\uFEFF${told("")}`, /byte order mark/],
    ["# No frontmatter\n", /does not begin with frontmatter/],
    ["---\nname: pdf-tools\n", /does not begin with frontmatter/],
    ["---\nname: pdf-tools\ndescription: a: b\n---\n", /no valid YAML: line 3/],
    ["---\n- a\n---\nText.", /no valid YAML/],
    ["---\ndescription: d\n---\nText.", /name is missing/],
    ["---\nname: pdf-tools\n---\nText.", /description is missing/],
    ["---\nname: other\ndescription: d\n---\n", /its folder "pdf-tools"/],
    ["---\nname: PDF Tools\ndescription: d\n---\n", /small letters, digits and single hyphens/],
    ["---\nname: pdf--tools\ndescription: d\n---\n", /single hyphens/],
    ["---\nname: -pdf\ndescription: d\n---\n", /single hyphens/],
    [`---\nname: ${"a".repeat(65)}\ndescription: d\n---\n`, /65 characters; 64/],
    [told("").replace(": d\n", `: ${"d".repeat(1_025)}\n`), /1025 characters; 1024/],
    [told(`compatibility: ${"c".repeat(501)}\n`), /501 characters; 500/],
    [told("license: [MIT]\n"), /license has to be a text/],
    [told("metadata: [a]\n"), /metadata has to be a map/],
    [told("metadata:\n  a:\n    b: c\n"), /metadata has to be a map/],
    [told("argument-hint: file\nversion: 1\n"), /no field "argument-hint", "version"/]
  ])("finds in %j", async (text, problem) => expect((await verdict(text)).problems.join("\n")).toMatch(problem))

  it("warns of what is allowed and not good", async () => {
    const body = `See [a](references/a.md), [b](<b c>), [web](https://x.y), [top](#top).\n\`\`\`\n[no](code.md)\n\`\`\`\n${"line\n".repeat(500)}`
    expect(await verdict(told("", body))).toEqual({
      name: "pdf-tools",
      problems: [],
      warnings: [expect.stringMatching(/504 lines/), `it links to "references/a.md", which is not there`]
    })
  })

  it("takes the file itself, and says what is no skill", async () => {
    folder.put("pdf-tools/SKILL.md", told(""))
    folder.put("pdf-tools/notes.txt", "x")
    folder.put("review.md", "Review $1.")
    folder.put("empty/README.md", "x")
    expect((await validateSkill(folder.at("pdf-tools/SKILL.md"))).problems).toEqual([])
    expect((await validateSkill(folder.at("pdf-tools/notes.txt"))).problems).toEqual([
      expect.stringContaining("neither a SKILL.md nor a command")
    ])
    expect(await validateSkill(folder.at("review.md"))).toEqual({ name: "review", problems: [], warnings: [] })
    expect((await validateSkill(folder.at("empty"))).problems).toEqual([expect.stringContaining("holds no SKILL.md")])
    expect((await validateSkill(folder.at("nowhere"))).problems).toEqual([expect.stringContaining("does not exist")])
  })
})
