/** `kintsugi context`: what a new session here begins with. */
import { join } from "node:path"
import { afterEach, beforeEach, expect, it } from "vitest"
import { makeWorld, type World } from "../../actors/world.ts"
import { commandLine } from "./in-process.ts"

let world: World
let kintsugi: ReturnType<typeof commandLine>

beforeEach(() => {
  world = makeWorld()
  kintsugi = commandLine(world)
  world.write(join(world.home, ".claude/CLAUDE.md"), "of the user")
  world.write(join(world.cwd, "CLAUDE.md"), "SECRET WORDS @docs/more.md @../out.md")
  world.write(join(world.cwd, "docs/more.md"), "more")
  world.write(join(world.root, "out.md"), "outside")
})
afterEach(() => world.remove())

it("shows files by path with their tokens, and what is not read and why, without a model", async () => {
  const { code, out } = await kintsugi(["context"])
  expect(code).toBe(0)
  expect(out).toMatch(/^Context: ~\d+(\.\d)?k? tokens, of a window that is not known\n/)
  expect(out).toMatch(
    /\n +~\/\.claude\/CLAUDE\.md +~\d+\n +docs\/more\.md \(imported by CLAUDE\.md\) +~\d+\n +CLAUDE\.md +~\d+\n/
  )
  expect(out).toMatch(
    /\nNot read:\n {2}\S+out\.md: it lies outside the project, and the folder is not trusted; see kintsugi trust\n/
  )
  expect(out).not.toContain("SECRET")
  expect(out).not.toContain("\u001b")
})

it("--json: the same as data, the parts adding up; what trust changes", async () => {
  const use = JSON.parse((await kintsugi(["context", "--json"], { env: { KINTSUGI_TRUST: "1" } })).out)
  expect(use).toMatchObject({ model: "", left_out: [], waiting: [], notices: [] })
  const files = use.parts.filter(({ kind }: { kind: string }) => kind === "file")
  expect(files).toMatchObject([
    { name: join(world.home, ".claude/CLAUDE.md"), owner: "user" },
    { name: join(world.cwd, "docs/more.md"), owner: "project", imported_by: join(world.cwd, "CLAUDE.md") },
    { name: join(world.root, "out.md"), imported_by: join(world.cwd, "CLAUDE.md") },
    { name: join(world.cwd, "CLAUDE.md"), owner: "project" }
  ])
  const sum = use.parts.reduce((total: number, { tokens }: { tokens: number }) => total + tokens, 0)
  expect(sum).toBe(use.tokens)
})

it("keeps to the characters that the configuration leaves, and says what it cut", async () => {
  world.write(world.userFile, "context: { max_characters: 100 }\n")
  world.write(join(world.cwd, "AGENTS.md"), "word ".repeat(100))
  const { out } = await kintsugi(["context"])
  expect(out).toMatch(/AGENTS\.md was (cut to its first \d+ characters|left out): .*\(context\.max_characters\)/)
})
