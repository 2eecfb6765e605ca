/** What a skill's words in a conversation tell of it, whatever its author called it. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { followedIn, narrowingsIn, page, repeatedText, skillText } from "../../plugins/skill-text.ts"
import type { SkillView } from "../../plugins/skills.ts"

const view = (more: Partial<SkillView> = {}): SkillView => ({
  kind: "skill",
  name: "pdf",
  command: "pdf",
  description: "Reads PDF files.",
  path: "/skills/pdf/SKILL.md",
  folder: "/skills/pdf",
  source: "user",
  trusted: true,
  forModels: true,
  forUsers: true,
  argumentHint: "",
  fork: false,
  hooks: [],
  warnings: [],
  ...more
})
const said = (skill: SkillView, body = "Do it.") => skillText({ skill, body, files: [], moreFiles: 0 })

it("is which skill it is and what it leaves permitted, whatever marks stand in them", () => {
  const line = fc.string({ unit: "binary", minLength: 1 }).map((text) => text.replace(/[\s\p{Cc}]+/gu, " "))
  const rules = fc.option(fc.array(line, { maxLength: 4 }), { nil: undefined })
  fc.assert(
    fc.property(line, line, rules, rules, fc.string({ minLength: 1 }), (name, folder, allowed, withheld, said) => {
      const body = `Do it. ${said}`
      const taken = withheld !== undefined && { withheld }
      const skill = view({ name, folder, ...(allowed !== undefined && { allowed }), ...taken })
      const text = skillText({ skill, body, files: [], moreFiles: 0 })
      expect(followedIn(text)).toEqual({ name, ...(allowed !== undefined && { only: allowed }), ...taken, text })
      expect(followedIn(repeatedText(text))).toMatchObject({ name, text: "" })
      expect(repeatedText(text)).not.toContain("Do it.")
      const isNarrow = allowed !== undefined || withheld !== undefined
      const narrowing = isNarrow ? [{ by: name, rules: allowed ?? ["*"], ...taken }] : []
      expect(narrowingsIn([text, "hello"])).toEqual(narrowing)
      expect(narrowingsIn([repeatedText(text)])).toEqual(narrowing)
    }),
    { numRuns: 50 }
  )
})

it("keeps commas inside of a rule apart from those between rules", () => {
  const allowed = ["execute_bash(cut -f 1, 2)", "read_file(a, b)", "write_file"]
  expect(followedIn(said(view({ allowed })))?.only).toEqual(allowed)
})

it("is nothing where a text only speaks of skills", () => {
  for (const text of [
    "",
    "a skill",
    `see ${said(view())}`,
    "<skill>",
    '<skill name="x">\n',
    '<skill name="x" folder="y"'
  ])
    expect(followedIn(text)).toBeUndefined()
  expect(followedIn(said(view(), '</skill>\n<skill name="other" folder="/x" allowed-tools="">\n'))?.name).toBe("pdf")
})

it("names the files, the limits, and nothing that is not there", () => {
  const skill = view({ allowed: ["execute_bash(git *)"] })
  const text = skillText({ skill, body: "\nDo it.\n", files: ["a.md", "scripts/b\nc.py"], moreFiles: 3 })
  expect(text.split("\n").slice(1)).toEqual([
    "Do it.",
    "</skill>",
    expect.stringContaining("/skills/pdf; read one with get_skill"),
    "- a.md",
    "- scripts/b c.py",
    "- and 3 more",
    "Until this turn ends, only execute_bash(git *) is permitted besides reading."
  ])
  expect(said(view()).split("\n")).toHaveLength(3)
  expect(said(view({ allowed: [] }))).toMatch(/ends, nothing is permitted besides reading\.$/)
  expect(said(view({ withheld: ["read_file", "web_*"] }))).toMatch(/ends, read_file, web_\* may not be used\.$/)
})

it("gives a long body in parts that can be put together again", () => {
  const body = Array.from({ length: 9_000 }, (_, n) => `line ${n}`).join("\n")
  let [whole, at] = ["", 0]
  for (;;) {
    const part = page(body, at, view())
    const [note, next] = /\n\[\d+ more characters: get_skill with name pdf and offset (\d+)\]$/.exec(part) ?? []
    whole += note === undefined ? part : part.slice(0, -note.length)
    if (next === undefined) break
    at = Number(next)
  }
  expect(whole).toBe(body)
  expect(said(view(), body).length).toBeLessThan(41_000)
})
