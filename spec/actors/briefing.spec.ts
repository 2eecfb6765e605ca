/** What a session's model is told beside the conversation, and what has changed of it since. */
import { rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterEach, beforeEach, expect, it } from "vitest"
import { briefing } from "../../actors/briefing.ts"
import { defaults } from "../../actors/settings.ts"
import { makeWorld, type World } from "./world.ts"

let world: World
beforeEach(() => {
  world = makeWorld()
  world.write(join(world.cwd, "AGENTS.md"), "first")
})
afterEach(() => world.remove())

const brief = () =>
  briefing({
    session: "s",
    cwd: world.cwd,
    env: { HOME: world.home },
    settings: defaults,
    hooks: { gather: async () => [] },
    tools: () => new Map(),
    models: { open: () => Promise.reject(new Error("there is no model")), info: () => ({}) },
    discover: { trusted: false },
    blocked: []
  })

const put = (name: string, text: string) => writeFile(join(world.cwd, name), text)

it("stays as it was, whatever becomes of its files, until it is made anew", async () => {
  const { prepare, renew } = await brief()
  const first = await prepare()
  await put("AGENTS.md", "second")
  expect(await prepare()).toEqual(first)
  renew()
  const { system } = await prepare()
  expect(system).toBe(first.system?.replace("first", "second"))
})

it("says once which files are others since it was made", async () => {
  const { changed, renew } = await brief()
  expect(await changed()).toEqual([])
  await put("AGENTS.md", "second, longer")
  await put("CLAUDE.md", "new")
  expect(await changed()).toEqual([join(world.cwd, "AGENTS.md"), join(world.cwd, "CLAUDE.md")])
  expect(await changed()).toEqual([])
  await rm(join(world.cwd, "CLAUDE.md"))
  expect(await changed()).toEqual([join(world.cwd, "CLAUDE.md")])
  await put("AGENTS.md", "third, even longer")
  renew()
  expect(await changed()).toEqual([])
})

it("watches what is imported, too, also what came with the last time", async () => {
  await put("more.md", "more")
  const { changed, renew } = await brief()
  await put("more.md", "nobody imports it yet")
  expect(await changed()).toEqual([])
  await put("AGENTS.md", "see @more.md")
  await changed()
  renew()
  expect(await changed()).toEqual([])
  await put("more.md", "and now")
  expect(await changed()).toEqual([join(world.cwd, "more.md")])
})
