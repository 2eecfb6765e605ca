/** `kintsugi agents`, and an agent written for Claude Code that is given a task by `kintsugi run`. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
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
const put = (folder: string, name: string, text: string): string => world.write(join(folder, `${name}.md`), text)
const own = () => join(world.home, ".claude/agents")
const project = (at = ".claude") => join(world.cwd, at, "agents")
const plain = (name: string, front = "") =>
  `---\nname: ${name}\ndescription: About ${name}.\n${front}---\nYou are ${name}.\n`

describe("kintsugi agents list", () => {
  it("names each with where it comes from, and succeeds whatever is broken", async () => {
    expect(await kintsugi(["agents", "list"])).toMatchObject({ code: 0, out: "no agents\n", err: "" })
    const path = put(own(), "mine", plain("mine"))
    const broken = put(own(), "empty", "")
    const { code, out, err } = await kintsugi(["agents", "list", "--json"])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual([{ name: "mine", description: "About mine.", path, source: "user" }])
    expect(err).toBe(`${broken}: not loaded: it is empty\n`)
  })

  it("shows what hides what, what means nothing here, and marks what an untrusted folder offers", async () => {
    const hidden = put(own(), "twice", plain("twice"))
    const hiding = put(project(".kintsugi"), "twice", plain("twice", "memory: user\n"))
    put(project(), "other", plain("other").replace("About", "\u001b[31mAbout"))
    const untrusted = await kintsugi(["agents", "list"])
    expect(untrusted.out).toMatch(/^other +project, not trusted +.*About other\.$/m)
    expect(untrusted.out + untrusted.err).not.toContain("\u001b")
    expect(untrusted.out).toMatch(/^twice +user /m)
    expect(untrusted.err).toContain("to trust this one: kintsugi trust")
    expect(JSON.parse((await kintsugi(["agents", "list", "--json"])).out)).toContainEqual(
      expect.objectContaining({ name: "other", trusted: false })
    )
    const trusted = await kintsugi(["agents", "list"], trusting)
    expect(trusted.out).toMatch(/^twice +project /m)
    expect(trusted.err).toBe(`${hiding}: not supported here: memory\n${hidden}: hidden by ${hiding}\n`)
  })

  it("counts those of a plugin, by its name, while it is not switched off", async () => {
    const folder = join(world.home, ".config/kintsugi/plugins/words")
    world.write(join(folder, "index.js"), "throw new Error('it runs')")
    world.write(join(folder, ".claude-plugin/plugin.json"), '{"name":"words"}')
    put(join(folder, "agents"), "count", plain("count"))
    expect((await kintsugi(["agents", "list"])).out).toMatch(/^words:count +plugin +About count\./)
    expect((await kintsugi(["agents", "show", "count"])).out).toContain("You are count.")
    world.write(world.userFile, "plugins: { disabled: [words] }")
    expect((await kintsugi(["agents", "list"])).out).toBe("no agents\n")
  })
})

describe("kintsugi agents show", () => {
  it("tells all there is to know of one", async () => {
    const front =
      "tools: Read, Bash(git:*)\ndisallowedTools: Write\nmodel: sonnet\nmaxTurns: 7\npermissionMode: plan\nskills: [a]\nbackground: true\n"
    put(own(), "mine", plain("mine", front))
    const { code, out } = await kintsugi(["agents", "show", "Mine"])
    expect(code).toBe(0)
    expect(out.split("\n")).toEqual([
      "mine: About mine.",
      `from: user: ${own()}/mine.md`,
      "may use: read_file, execute_bash(git *), job_output, job_stop",
      "may not use: write_file",
      "model: the session's own: sonnet is none of ours (provider/model)",
      "rounds: 7",
      "permissions: only reads",
      "knows the skills: a",
      "works: in the background",
      "",
      "You are mine.",
      ""
    ])
    expect(JSON.parse((await kintsugi(["agents", "show", "mine", "--json"])).out)).toMatchObject({
      name: "mine",
      trusted: true,
      max_turns: 7,
      permission_mode: "plan",
      instructions: "You are mine."
    })
  })

  it("reads nothing of one that is not trusted, and names those there are", async () => {
    put(project(), "evil", plain("evil"))
    const shown = await kintsugi(["agents", "show", "evil"])
    expect(shown).toMatchObject({
      code: 0,
      out: expect.stringContaining("not trusted"),
      err: expect.stringContaining("kintsugi trust")
    })
    expect(shown.out).not.toContain("You are evil")
    put(own(), "broken", "---\nname: x")
    expect(await kintsugi(["agents", "show", "broken"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("has no end")
    })
    expect(await kintsugi(["agents", "show", "nope"])).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringContaining('no agent "nope"; there are: evil')
    })
  })
})

describe("kintsugi agents validate", () => {
  it("says what breaks the format, of names, files and the folder, by its exit code", async () => {
    expect(await kintsugi(["agents", "validate"])).toMatchObject({ code: 0, out: "no agents in this folder\n" })
    put(own(), "good", plain("good", "memory: user\n"))
    const good = await kintsugi(["agents", "validate", "good"])
    expect(good).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^valid: .*\n {2}advice: not supported here: memory\n$/)
    })
    const bad = put(project(), "bad", "---\nname: Not Bad\n---\nBody.\n")
    const empty = put(project(), "empty", "")
    const { code, out } = await kintsugi(["agents", "validate", "--json"])
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject([
      { path: bad, valid: false, problems: [expect.stringContaining("small letters"), "it has no description"] },
      { path: empty, valid: false, problems: ["it is empty"] }
    ])
    expect((await kintsugi(["agents", "validate", bad])).out).toMatch(/^not valid: .*bad/)
  })
})

describe("kintsugi run", () => {
  it("gives a task to an agent written for Claude Code, which keeps to its tools", async () => {
    put(project(), "keeper", plain("keeper", "tools: Read, Write, Bash(touch kept)\nmodel: haiku\n"))
    const call = (tool: string, input: object) => ({ calls: [{ tool, input }] })
    const script = {
      rules: [
        {
          when: "keep and throw",
          turns: [
            call("execute_bash", { command: "touch kept" }),
            call("execute_bash", { command: "touch thrown" }),
            { text: "Kept one." }
          ]
        },
        {
          when: "go",
          turns: [
            call("task", { prompt: "keep and throw", description: "keep", subagent_type: "keeper" }),
            { text: "Done." }
          ]
        }
      ]
    }
    const model = `scripted/${world.write(join(world.home, "model.yaml"), JSON.stringify(script))}`
    const { code, out, err } = await kintsugi(["run", "go", "-m", model, "-y", "--output", "json"], trusting)
    const { steps } = JSON.parse(out)
    expect(code).toBe(0)
    expect(steps[0].observation).toMatchObject({ success: true, data: expect.stringMatching(/^Kept one\./) })
    expect([existsSync(join(world.cwd, "kept")), existsSync(join(world.cwd, "thrown"))]).toEqual([true, false])
    expect(err).toContain("agent keeper asks for the model haiku")
  })
})
