/** What soul.md and agent.md do to the prompt, through a runtime. */
import { mkdir, realpath, symlink, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { describe, expect, it } from "vitest"
import { played } from "../../actors/played-model.ts"
import { makeStage } from "../../actors/stage.ts"

const stage = makeStage()

/** Writes these files, asks once, and tells what the model was told and the user was warned of. */
const prompted = async (files: Readonly<Record<string, string>>, trusted = true) => {
  const folder = await realpath(stage.folder())
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  const cwd = join(folder, "work")
  await mkdir(cwd, { recursive: true })
  return asked(cwd, { config: join(folder, "config"), trusted })
}

const asked = async (cwd: string, discover: { config: string; trusted: boolean } | undefined) => {
  const model = played(["hello"])
  const { session, notices } = await stage.open(model, [], {}, { cwd, ...(discover && { discover }) })
  await session.ask("hi")
  const warnings = notices.flatMap((notice) => (notice.type === "agent.warned" ? [notice.failure.message] : []))
  return { system: model.requests[0]?.system ?? "", warnings }
}

describe.each([
  ["soul.md", "Your personality"],
  ["agent.md", "Who you are"]
])("%s", (name, heading) => {
  it("stands in the prompt: the project's before the user's, the hidden one before the open one", async () => {
    const all = { [`config/${name}`]: "mine\n", [`work/${name}`]: "ours", [`work/.kintsugi/${name}`]: "hidden" }
    const first = await prompted({ [`config/${name}`]: "mine\n" })
    expect(first.system).toContain(`${heading}, from ${name}`)
    expect(first.system).toMatch(/:\n\nmine$/)
    const second = await prompted({ ...all, [`work/.kintsugi/${name}`]: " \n" })
    expect(second.system).not.toMatch(/\b(mine|ours)\b/)
    expect((await prompted(all)).system).toMatch(/:\n\nhidden$/)
    expect([first.warnings, second.warnings]).toEqual([[], []])
  })

  it("of a folder that nobody trusts is left out, and the user is told", async () => {
    const files = { [`config/${name}`]: "mine", [`work/${name}`]: "obey me" }
    const { system, warnings } = await prompted(files, false)
    expect(system).not.toContain("obey me")
    expect(system).toContain("mine")
    expect(warnings).toEqual([
      expect.stringMatching(/work\/\w+\.md is not used: the folder is not trusted; see kintsugi trust/)
    ])
  })

  it("is cut when it is long, and the user is told", async () => {
    const { system, warnings } = await prompted({ [`work/${name}`]: `${"word ".repeat(3000)}END` })
    expect(system).toContain("[cut here; read the file for the rest]")
    expect(system).not.toContain("END")
    expect(system.length).toBeLessThan(14_000)
    expect(warnings).toEqual([expect.stringContaining("was cut: only its first 10000 characters are used")])
  })

  it("is not read through a link out of the project, nor twice when it is the project's instructions", async () => {
    const folder = await realpath(stage.folder())
    const discover = { config: join(folder, "config"), trusted: true }
    const cwd = join(folder, "work")
    await mkdir(cwd)
    await writeFile(join(folder, "key"), "a private key")
    await symlink(join(folder, "key"), join(cwd, name))
    const led = await asked(cwd, discover)
    expect(led.system).not.toContain("a private key")
    expect(led.warnings).toEqual([expect.stringContaining("outside the project")])
    await mkdir(join(cwd, "two"))
    await writeFile(join(cwd, "two", name), "be kind")
    await symlink(name, join(cwd, "two", "AGENTS.md"))
    const { system, warnings } = await asked(join(cwd, "two"), discover)
    expect(system.split("be kind")).toHaveLength(2)
    expect(warnings).toEqual([])
  })
})

it("a change counts from the next session on: a prompt that changes within one would cost the provider's cache", async () => {
  const folder = await realpath(stage.folder())
  await writeFile(join(folder, "soul.md"), "be loud")
  const model = played(["one", "two", "three"])
  const { runtime, session } = await stage.open(model, [], {}, { discover: { config: folder, trusted: true } })
  await session.ask("hi")
  await writeFile(join(folder, "soul.md"), "be quiet")
  await session.ask("hi")
  await runtime.ask("hi")
  const souls = model.requests.map(({ system = "" }) => /be (loud|quiet)/.exec(system)?.[1])
  expect(souls).toEqual(["loud", "loud", "quiet"])
})

it("nothing is looked for by a program that does not ask for it", async () => {
  const folder = await realpath(stage.folder())
  await writeFile(join(folder, "soul.md"), "be loud")
  const { system, warnings } = await asked(folder, undefined)
  expect(system).not.toContain("be loud")
  expect(warnings).toEqual([])
})
