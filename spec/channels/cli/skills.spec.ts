/** `kintsugi skills`, and a skill written for Claude Code, followed by `kintsugi run`. */
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { commands } from "../../../channels/terminal/screen/commands.ts"
import { isHidden } from "../../../plugins/builtin/skills/find.ts"
import { makeWorld, type World } from "../../actors/world.ts"
import { commandLine } from "./in-process.ts"

let world: World
let kintsugi: ReturnType<typeof commandLine>

beforeEach(() => {
  world = makeWorld()
  kintsugi = commandLine(world)
})
afterEach(() => world.remove())

const trusting = { env: { KINTSUGI_TRUST: "1", PATH: process.env.PATH ?? "" } }
const put = (folder: string, text: string, name = "SKILL.md"): string => world.write(join(folder, name), text)
const own = (name: string) => join(world.home, ".claude/skills", name)
const project = (name: string, at = ".claude") => join(world.cwd, at, "skills", name)
const plain = (name: string, description = `About ${name}.`) =>
  `---\nname: ${name}\ndescription: ${description}\n---\nBody of ${name}.\n`

describe("kintsugi skills list", () => {
  it("names each skill with where it comes from, and succeeds whatever is broken", async () => {
    const path = put(own("mine"), plain("mine"))
    const broken = put(own("empty"), "")
    const { code, out, err } = await kintsugi(["skills", "list", "--json"])
    expect(code).toBe(0)
    const rows = JSON.parse(out)
    expect(rows[0]).toEqual({ name: "mine", description: "About mine.", path, source: "user" })
    expect(rows.map(({ source }: { source: string }) => source)).toContain("bundled")
    expect(rows.every((row: object) => ["name", "description", "path", "source"].every((key) => key in row))).toBe(true)
    expect(err).toContain(`${broken}: not loaded: `)
  })

  it("shows what hides what, and marks what an untrusted folder offers", async () => {
    const hidden = put(own("twice"), plain("twice"))
    const hiding = put(project("twice", ".kintsugi"), plain("twice"))
    put(project("other"), plain("other", "Obey \\u001b[31mme."))
    const untrusted = await kintsugi(["skills", "list"])
    expect(untrusted.out).toMatch(/^other +project, not trusted +Obey .*me\.$/m)
    expect(untrusted.out).not.toContain("\u001b")
    expect(untrusted.out).toMatch(/^twice +user /m)
    expect(untrusted.err).toContain("to trust this one: kintsugi trust")
    const rows: ReadonlyArray<object> = JSON.parse((await kintsugi(["skills", "list", "--json"])).out)
    expect(rows).toContainEqual(expect.objectContaining({ name: "other", trusted: false }))
    const trusted = await kintsugi(["skills", "list"], trusting)
    expect(trusted.out).toMatch(/^twice +project /m)
    expect(trusted.err).toBe(`${hidden}: hidden by ${hiding}\n`)
  })
})

describe("commands as Markdown", () => {
  const command = (name: string, text: string) => put(join(world.cwd, ".claude/commands"), text, name)
  const review = "---\ndescription: Review a file\n---\n# Review $1\n\nLast: !`git log --format=%s`\n\nLook at @$1.\n"
  const model = () => {
    const rules = [{ when: "[^]*", turns: [{ text: "I read: {{message}}" }] }]
    return `scripted/${world.write(join(world.home, "model.yaml"), JSON.stringify({ rules }))}`
  }

  it("are listed with what they are, shown, and held to no specification", async () => {
    const path = command("db/Up It.md", "Go $1, after !`ls`.\n")
    command("help.md", "Help.")
    const rows: ReadonlyArray<object> = JSON.parse((await kintsugi(["skills", "list", "--json"], trusting)).out)
    expect(rows).toContainEqual(expect.objectContaining({ kind: "command", name: "db:Up It", path, source: "project" }))
    const { out, err } = await kintsugi(["skills", "list"], trusting)
    expect(out).toMatch(/^db:Up It +project command +Go \$1/m)
    expect(err).toContain("in the chat /help is the chat's own command")
    const shown = (await kintsugi(["skills", "show", "db:up-it"], trusting)).out
    expect(shown).toContain("begun by: /db:up-it\n")
    expect(shown).toContain("before it is read: ls (after a yes)")
    expect(await kintsugi(["skills", "validate"], trusting)).toMatchObject({ code: 0 })
    command("bad.md", "---\n- x\n---\nDo it.")
    expect(await kintsugi(["skills", "validate"], trusting)).toMatchObject({ code: 1 })
  })

  it("count from the root of the repository, once that very folder is trusted", async () => {
    const root = dirname(world.cwd)
    world.write(join(root, ".git/HEAD"), "")
    put(join(root, ".claude/commands"), "Do it.", "above.md")
    const names = async () => (await kintsugi(["skills", "list"])).out
    await kintsugi(["trust", world.cwd])
    expect(await names()).not.toContain("above")
    await kintsugi(["trust", root])
    expect(await names()).toMatch(/^above +project command /m)
  })

  it("yield to every command of the chat", () => {
    const hidden = commands.filter(({ name }) => isHidden({ command: name, forUsers: true }))
    expect(hidden).toEqual(commands)
    expect(isHidden({ command: "review", forUsers: true })).toBe(false)
  })

  it("are what `run` says to the model, once what they run is permitted", async () => {
    command("review.md", review)
    world.write(join(world.cwd, "src/a.ts"), "const a = 1")
    const git = ["init", "-q", "."]
    execFileSync("git", git, { cwd: world.cwd })
    const commit = ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-q", "--allow-empty", "-m", "Begin"]
    execFileSync("git", commit, { cwd: world.cwd })
    const run = (...more: ReadonlyArray<string>) =>
      kintsugi(["run", "/review src/a.ts", "-m", model(), ...more], trusting)
    const refused = await run()
    expect(refused).toMatchObject({ code: 3, out: "", err: expect.stringContaining("execute_bash(git log *)") })
    const { code, out } = await run("-y")
    expect(code).toBe(0)
    expect(out).toMatch(/# Review src\/a\.ts\n\nLast: Begin\n\nLook at @src\/a\.ts\.\n\n<file[^]*const a = 1/)
    const untrusted = await kintsugi(["run", "/review src/a.ts", "-m", model(), "-y"])
    expect(untrusted).toMatchObject({ code: 1, out: "", err: expect.stringContaining("kintsugi trust") })
  })
})

describe("a plugin's skills", () => {
  it("lie in its folder and go by its name, while it is not switched off", async () => {
    const folder = join(world.home, ".config/kintsugi/plugins/words")
    put(folder, "throw new Error('it runs')", "index.js")
    const path = put(join(folder, "skills/count"), plain("count"))
    const rows = JSON.parse((await kintsugi(["skills", "list", "--json"])).out)
    expect(rows).toContainEqual({ name: "words:count", description: "About count.", path, source: "plugin" })
    const shown = await kintsugi(["skills", "show", "words:count"])
    expect(shown.out).toContain("begun by: the model, /words:count")
    world.write(world.userFile, "plugins: { disabled: [words] }")
    expect((await kintsugi(["skills", "list"])).out).not.toContain("words:count")
  })
})

describe("kintsugi skills show", () => {
  it("tells all there is to know of one", async () => {
    const front = "allowed-tools: Bash(git:*)\ncontext: fork\nmodel: sonnet\nhooks:\n  Stop: []\nargument-hint: '[x]'"
    put(own("mine"), `---\nname: mine\ndescription: It is mine.\n${front}\n---\nDo $ARGUMENTS.\n`)
    put(own("mine"), "x", "refs/a.md")
    const { code, out } = await kintsugi(["skills", "show", "Mine"])
    expect(code).toBe(0)
    for (const line of [
      "mine: It is mine.",
      `from: user: ${own("mine")}/SKILL.md`,
      "begun by: the model, /mine [x]",
      "permits: execute_bash(git *), reading",
      "hooks: Stop (after a yes)",
      "files: refs/a.md"
    ])
      expect(out.split("\n")).toContain(line)
    expect(out).toMatch(/runs: in a subagent; its model sonnet is none of ours/)
    const json = JSON.parse((await kintsugi(["skills", "show", "mine", "--json"])).out)
    expect(json).toMatchObject({ name: "mine", allowed: ["execute_bash(git *)"], fork: true, files: ["refs/a.md"] })
  })

  it("reads nothing of one that is not trusted, and names those there are", async () => {
    put(project("evil"), plain("evil"))
    const shown = await kintsugi(["skills", "show", "evil"])
    expect(shown).toMatchObject({
      code: 0,
      out: expect.stringContaining("not trusted"),
      err: expect.stringContaining("kintsugi trust")
    })
    expect(shown.out).not.toContain("Body of evil")
    const unknown = await kintsugi(["skills", "show", "nope"])
    expect(unknown).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringMatching(/there is no skill "nope"; there are: commit|code-review/)
    })
  })
})

describe("kintsugi skills validate", () => {
  it("says what breaks the specification, of names, files and folders, by its exit code", async () => {
    put(own("good"), plain("good"))
    const bad = put(own("bad"), "---\nname: Not Bad\n---\nBody.\n")
    expect(await kintsugi(["skills", "validate", "good"])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^valid: /)
    })
    const { code, out } = await kintsugi(["skills", "validate", own("bad"), "good", "--json"])
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject([
      { path: own("bad"), valid: false, problems: expect.arrayContaining([expect.stringContaining("description")]) },
      { name: "good", valid: true, problems: [] }
    ])
    expect((await kintsugi(["skills", "validate", bad])).out).toMatch(/^not valid: .*bad/)
  })

  it("takes those of the folder when none is named", async () => {
    expect(await kintsugi(["skills", "validate"])).toMatchObject({ code: 0, out: "no skills in this folder\n" })
    put(project("here"), plain("here"))
    put(project("off", ".agents"), plain("elsewhere"))
    const { code, out } = await kintsugi(["skills", "validate"])
    expect(code).toBe(1)
    expect(out).toMatch(/^valid: .*here/m)
    expect(out).toMatch(/^not valid: .*off/m)
  })
})

describe("kintsugi run", () => {
  const skill = `---
name: release-notes
description: >-
  Write release notes from the change log. Use this skill
  when the user wants release notes.
allowed-tools: Read, Write, Bash(node:*)
argument-hint: "[version]"
---

# Release notes for $1

1. Read the style guide in [references/style.md](references/style.md).
2. Run \`node \${CLAUDE_SKILL_DIR}/scripts/collect.mjs $1\` in the project.
3. Write what it says to NOTES.md, in the style of the guide.
`
  const collect = `import { readFileSync } from "node:fs"
const version = process.argv[2]
const lines = readFileSync("CHANGES", "utf8").split("\\n").filter((line) => line.startsWith(version))
console.log(lines.map((line) => line.slice(version.length + 1)).join("\\n"))
`

  it("follows a skill written for Claude Code: its references, its scripts, its limits", async () => {
    put(project("release-notes"), skill)
    put(project("release-notes"), "Begin each line with an asterisk.", "references/style.md")
    put(project("release-notes"), collect, "scripts/collect.mjs")
    world.write(join(world.cwd, "CHANGES"), "1.0 first\n2.0 faster\n2.0 smaller\n")
    const call = (tool: string, input: object) => ({ calls: [{ tool, input }] })
    const script = {
      rules: [
        {
          when: "release notes",
          turns: [
            call("use_skill", { name: "release-notes", arguments: "2.0" }),
            call("get_skill", { name: "release-notes", file: "references/style.md" }),
            call("execute_bash", { command: `node ${project("release-notes")}/scripts/collect.mjs 2.0` }),
            call("execute_bash", { command: "rm CHANGES" }),
            call("write_file", { path: "NOTES.md", content: "* faster\n* smaller\n" }),
            call("task_done", { summary: "Wrote NOTES.md.", files: ["NOTES.md"] })
          ]
        }
      ]
    }
    const model = `scripted/${world.write(join(world.home, "model.yaml"), JSON.stringify(script))}`
    const { code, out } = await kintsugi(
      ["run", "write release notes for 2.0", "-m", model, "-y", "--output", "json"],
      trusting
    )
    const { status, steps } = JSON.parse(out)
    expect({ code, status }).toEqual({ code: 0, status: "done" })
    const seen = steps.map(
      ({ observation }: { observation: { data?: string; error?: string } }) => observation.data ?? observation.error
    )
    expect(seen[0]).toContain("# Release notes for 2.0")
    expect(seen[0]).toContain(`node ${project("release-notes")}/scripts/collect.mjs 2.0`)
    expect(seen[0]).toMatch(/- references\/style\.md\n- scripts\/collect\.mjs/)
    expect(seen[1]).toBe("Begin each line with an asterisk.")
    expect(seen[2]).toBe("faster\nsmaller\n")
    expect(seen[3]).toContain("the skill release-notes leaves only read_file, write_file, execute_bash(node *)")
    expect(existsSync(join(world.cwd, "CHANGES"))).toBe(true)
    expect(readFileSync(join(world.cwd, "NOTES.md"), "utf8")).toBe("* faster\n* smaller\n")
  })
})
