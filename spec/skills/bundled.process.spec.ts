/** The skills that come with the program: sound by our own check and by the specification's, and all that they link to is there. */
import { execFileSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, it } from "vitest"
import { bundledSkills } from "../../skills/roots.ts"
import { validateSkill } from "../../skills/validate.ts"
import { skillFolder } from "./skill-folder.ts"

const names = readdirSync(bundledSkills()).toSorted()
const reference = fileURLToPath(new URL("../../node_modules/skills-ref/dist/cli.js", import.meta.url))
const folder = skillFolder()
afterAll(folder.remove)
const open = () => folder.open({ trusted: undefined, user: false, bundled: true })

it("are the five that were promised", async () => {
  const { skills, broken, notices } = await open().all()
  expect(skills.map(({ name }) => name)).toEqual(["code-review", "commit", "debug", "write-plugin", "write-tests"])
  expect(skills.flatMap(({ warnings }) => warnings)).toEqual([])
  expect(
    skills.every(({ source, trusted, forModels, forUsers }) => source === "bundled" && trusted && forModels && forUsers)
  ).toBe(true)
  expect([broken, notices]).toEqual([[], []])
})

it.each(names)("%s keeps the specification", async (name) => {
  expect(await validateSkill(join(bundledSkills(), name))).toEqual({ name, problems: [], warnings: [] })
})

it("take what the user asks for", async () => {
  const skills = open()
  for (const skill of (await skills.all()).skills)
    expect(await skills.read(skill, { given: "the lexer" })).toMatchObject({
      body: expect.stringMatching(/: the lexer$/m)
    })
})

describe.skipIf(!existsSync(reference))("skills-ref validate (skipped where skills-ref is not installed)", () => {
  it("accepts them all", () => {
    for (const name of names) {
      const said = execFileSync(process.execPath, [reference, "validate", join(bundledSkills(), name)], {
        encoding: "utf8"
      })
      expect(said).toContain("Valid skill")
    }
  })
})
