/** Which skills are found where, which of two counts, and what is never waited for. */
import { mkdirSync, rmSync, utimesSync } from "node:fs"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { skillFolder, skillText } from "./skill-folder.ts"

let folder = skillFolder()
beforeEach(() => {
  folder.remove()
  folder = skillFolder()
})
afterEach(() => folder.remove())

const put = (place: string, name: string, description?: string) =>
  folder.put(`${place}/${name}/SKILL.md`, skillText(name, description))
const named = async (places = {}) => (await folder.open(places).all()).skills.map(({ name }) => name)

const places = [
  ["project/.kintsugi/skills", "project"],
  ["project/.agents/skills", "project"],
  ["project/.claude/skills", "project"],
  ["home/.config/kintsugi/skills", "user"],
  ["home/.agents/skills", "user"],
  ["home/.claude/skills", "user"],
  ["further", "configured"],
  ["plugin", "plugin"]
] as const

/** @param at Folder that holds its skills. */
const pluginAt = (at: string) => ({ name: "p", folder: folder.at(at), skills: [folder.at(at)], commands: [] })

describe("skills are looked for", () => {
  it("in all places, in their order", async () => {
    for (const [at, [place]] of places.entries()) put(place, `s${at}`)
    const { skills, broken, notices } = await folder
      .open({ paths: [folder.at("further")], plugins: () => [pluginAt("plugin")] })
      .all()
    expect(skills.map(({ name, source }) => [name, source])).toEqual(
      places.map(([, source], at) => [source === "plugin" ? `p:s${at}` : `s${at}`, source])
    )
    expect([broken, notices]).toEqual([[], []])
    expect(skills[0]).toMatchObject({
      path: folder.at("project/.kintsugi/skills/s0/SKILL.md"),
      folder: folder.at("project/.kintsugi/skills/s0"),
      trusted: true
    })
  })

  it("so that of two of one name the first counts, and the other is shown", async () => {
    for (const [place] of places.slice(0, 7)) put(place, "same", `In ${place}.`)
    const { skills, shadowed } = await folder.open({ paths: [folder.at("further")] }).all()
    expect(skills.map(({ description }) => description)).toEqual(["In project/.kintsugi/skills."])
    expect(shadowed.map(({ skill, by }) => [skill.description, by])).toEqual(
      places.slice(1, 7).map(([place]) => [`In ${place}.`, skills[0]])
    )
  })

  it("by what is typed for them", async () => {
    put("home/.agents/skills", "my-skill")
    folder.put("home/.claude/skills/other/SKILL.md", skillText("My Skill"))
    const { skills, shadowed } = await folder.open().all()
    expect([skills.map(({ name }) => name), shadowed.map(({ skill }) => skill.name)]).toEqual([
      ["my-skill"],
      ["My Skill"]
    ])
  })

  it("only when somebody asks, and then once", async () => {
    const skills = folder.open()
    put("home/.claude/skills", "late")
    expect(skills.known()).toBeUndefined()
    const [one, other] = await Promise.all([skills.all(), skills.all()])
    expect(one).toBe(other)
    put("home/.claude/skills", "later")
    expect(await skills.all()).toBe(one)
    expect(skills.known()).toBe(one)
    expect((await skills.again()).skills.map(({ name }) => name)).toEqual(["late", "later"])
    expect((await skills.all()).skills).toHaveLength(2)
  })

  it("anew with what has changed", async () => {
    put("home/.claude/skills", "a", "Old.")
    put("home/.claude/skills", "b")
    const skills = folder.open()
    await skills.all()
    put("home/.claude/skills", "a", "New.")
    utimesSync(folder.at("home/.claude/skills/a/SKILL.md"), 1, 1)
    rmSync(folder.at("home/.claude/skills/b"), { recursive: true })
    folder.put("home/.claude/skills/c/SKILL.md", "")
    const { skills: found, broken } = await skills.again()
    expect(found.map(({ description }) => description)).toEqual(["New."])
    expect(broken).toEqual([{ path: folder.at("home/.claude/skills/c/SKILL.md"), reason: "it is empty" }])
  })

  it("nowhere, when there is nothing", async () => {
    expect(await folder.open().all()).toEqual({ skills: [], shadowed: [], broken: [], notices: [] })
  })
})

describe("a folder that is not trusted", () => {
  beforeEach(() => {
    put("project/.claude/skills", "mine", "A stranger's.")
    put("project/.claude/skills", "theirs")
    put("home/.claude/skills", "mine", "The user's.")
  })

  it("takes nothing from the user, and is shown as what it is", async () => {
    const { skills, shadowed } = await folder.open({ trusted: false }).all()
    expect(skills.map(({ name, description, trusted }) => [name, description, trusted])).toEqual([
      ["mine", "The user's.", true],
      ["theirs", "What theirs is for.", false]
    ])
    expect(shadowed.map(({ skill }) => skill.description)).toEqual(["A stranger's."])
  })

  it("is read to nobody", async () => {
    const skills = folder.open({ trusted: false })
    const [, theirs] = (await skills.all()).skills
    expect(theirs && (await skills.read(theirs))).toContain("not trusted")
    expect(theirs && (await skills.file(theirs, "SKILL.md"))).toEqual({
      problem: expect.stringContaining("not trusted")
    })
  })

  it("lays no claim to the user's skills by a link", async () => {
    folder.link("project/.agents/skills", folder.at("home/.claude/skills"))
    const { skills } = await folder.open({ trusted: false }).all()
    expect(skills.find(({ name }) => name === "mine")).toMatchObject({ trusted: true, source: "user" })
  })

  it("is not looked at when nobody said whether it is", async () =>
    expect(await named({ trusted: undefined })).toEqual(["mine"]))

  it("does not make the home folder's skills a project's", async () => {
    const { skills } = await folder.open({ cwd: folder.at("home"), trusted: false }).all()
    expect(skills).toMatchObject([{ name: "mine", source: "user", trusted: true }])
  })
})

it("an embedder's runtime sees nothing of the user's", async () => {
  put("home/.claude/skills", "mine")
  put("further", "given")
  expect(await named({ user: false, paths: [folder.at("further")] })).toEqual(["given"])
})

describe("below a folder of skills", () => {
  const base = "home/.claude/skills"

  it("groups are followed six folders deep, and no deeper", async () => {
    put(`${base}/a/b/c/d/e`, "six")
    put(`${base}/a/b/c/d/e/f`, "seven")
    expect(await named()).toEqual(["six"])
  })

  it("a skill's own folders are its own", async () => {
    put(base, "outer")
    put(`${base}/outer/templates`, "inner")
    expect(await named()).toEqual(["outer"])
  })

  it("a SKILL.md of the folder itself hides no other", async () => {
    folder.put(`${base}/SKILL.md`, skillText("skills"))
    put(base, "other")
    expect(await named()).toEqual(["skills", "other"])
  })

  it("a path of the configuration may be a skill itself", async () => {
    put("further", "one")
    expect(await named({ paths: [folder.at("further/one")] })).toEqual(["one"])
  })

  it("small letters will do for SKILL.md", async () => {
    folder.put(`${base}/small/skill.md`, skillText("small"))
    folder.put(`${base}/small/README.md`, "")
    expect(await named()).toEqual(["small"])
  })

  it("node_modules and .git are left out, other folders with a dot are not", async () => {
    put(`${base}/node_modules`, "a")
    put(`${base}/.git`, "b")
    put(`${base}/.curated`, "c")
    expect(await named()).toEqual(["c"])
  })

  it("links are followed, also in circles, and nothing is found twice", async () => {
    put("elsewhere", "linked")
    folder.link(`${base}/one`, folder.at("elsewhere/linked"))
    folder.link(`${base}/two`, folder.at("elsewhere/linked"))
    for (const at of [1, 2, 3, 4]) folder.link(`${base}/up-${at}`, ".")
    folder.link(`${base}/self`, "self")
    folder.link(`${base}/file/SKILL.md`, folder.at("elsewhere/linked/SKILL.md"))
    folder.link("home/.agents/skills", folder.at(base))
    const { skills, shadowed, notices } = await folder.open().all()
    expect(skills.map(({ name }) => name)).toEqual(["linked"])
    expect(shadowed).toEqual([])
    expect(notices).toEqual([
      `${folder.at("home/.agents/skills/self")} was left out: its symbolic links go in a circle`
    ])
  })

  it("a link that leads nowhere is told", async () => {
    folder.link(`${base}/gone`, "/nowhere/at/all")
    folder.link(`${base}/half/SKILL.md`, "/nowhere/at/all")
    const { notices, broken } = await folder.open().all()
    expect(notices).toEqual([`${folder.at(`${base}/gone`)} was left out: it is a symbolic link that leads nowhere`])
    expect(broken).toEqual([
      { path: folder.at(`${base}/half/SKILL.md`), reason: "it is a symbolic link that leads nowhere" }
    ])
  })

  it("a file in a folder's place is told", async () => {
    folder.put(base, "no folder")
    expect((await folder.open().all()).notices).toEqual([`${folder.at(base)} was left out: it is no folder`])
  })

  it("two thousand folders are looked at, and no more", async () => {
    for (let at = 0; at < 2_010; at++) mkdirSync(folder.at(`${base}/f${at}`), { recursive: true })
    const { notices } = await folder.open().all()
    expect(notices).toEqual([expect.stringMatching(/holds more than 2000 folders/)])
  })
})

describe("a project's SKILL.md that is a link out of it", () => {
  it("may lead to a SKILL.md and to nothing else: a key is no skill", async () => {
    put("elsewhere", "shared")
    folder.put("home/.ssh/id", "a key")
    folder.link("project/.claude/skills/shared/SKILL.md", folder.at("elsewhere/shared/SKILL.md"))
    folder.link("project/.claude/skills/key/SKILL.md", folder.at("home/.ssh/id"))
    folder.put("project/docs/how.md", skillText("inside"))
    folder.link("project/.claude/skills/inside/SKILL.md", "../../../docs/how.md")
    const { skills, broken } = await folder.open().all()
    expect(skills.map(({ name }) => name)).toEqual(["inside", "shared"])
    expect(broken).toMatchObject([{ reason: expect.stringContaining("outside the project") }])
  })
})
