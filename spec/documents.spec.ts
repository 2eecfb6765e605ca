/** What the documents show can be typed, and reads as they say. */
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Command } from "commander"
import { afterEach, beforeEach, expect, it } from "vitest"
import { program } from "../channels/cli/main.ts"
import { makeWorld, type World } from "./actors/world.ts"
import { commandLine } from "./channels/cli/in-process.ts"

const root = join(import.meta.dirname, "..")
const pages = globSync(["README.md", "docs/*.md"], { cwd: root })

/** All fenced blocks of a language, in order. */
const blocks = (page: string, language: string): ReadonlyArray<string> => {
  const text = readFileSync(join(root, page), "utf8")
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "gm"))].map(([, block = ""]) => block)
}

/** What stands behind `kintsugi` in the lines of a page, without what a shell does with it. */
const commandLines = (page: string): ReadonlyArray<string> =>
  blocks(page, "(?:sh|console)")
    .flatMap((block) => block.split("\n"))
    .flatMap((line) => /(?:^|[|$=…] )kintsugi ([a-z].*)$/.exec(line.replace(/\s+#.*$/, ""))?.[1] ?? [])

const words = (line: string): ReadonlyArray<string> => line.match(/"[^"]*"|'[^']*'|\S+/g) ?? []

/** What the program would not understand of a line. */
const misunderstood = (command: Command, [word, ...rest]: ReadonlyArray<string>): string | undefined => {
  // Some do something by themselves as well: `kintsugi acp`, `kintsugi acp login`.
  if (command.commands.length > 0 && word !== undefined && !word.startsWith("-")) {
    const next = command.commands.find((one) => one.name() === word)
    return next === undefined ? `no ${word}` : misunderstood(next, rest)
  }
  const flags = [word, ...rest].filter((one) => one?.startsWith("-"))
  const known = new Set(command.options.flatMap(({ short, long }) => [short, long]))
  const own = flags.slice(0, flags.includes("--") ? flags.indexOf("--") : undefined)
  return own.find((flag) => flag !== undefined && !known.has(flag) && command.name() !== "add")
}

const io = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, env: {}, cwd: root }
const whole = program(io, "0", ["*"])

it.each(pages.filter((page) => commandLines(page).length > 0))(
  "the commands in %s are those of the program",
  async (page) => {
    const kintsugi = await whole
    expect(commandLines(page).flatMap((line) => misunderstood(kintsugi, words(line)) ?? [])).toEqual([])
  }
)

let world: World
beforeEach(() => void (world = makeWorld()))
afterEach(() => world.remove())

/** A line that is typed in a trusted folder. */
const typed = (...words: ReadonlyArray<string>) =>
  commandLine(world)(words, { env: { KINTSUGI_TRUST: "1", PATH: process.env.PATH ?? "" } })

/** The one such snippet of a page, as a file of the project. */
const place = (path: string, page: string, language: string, word = ""): void => {
  const found = blocks(page, language).filter((block) => block.includes(word))
  expect(found).toHaveLength(1)
  for (const text of found) world.write(join(world.cwd, path), text)
}

it("the agent in docs/agents.md keeps to the format", async () => {
  place(".claude/agents/reviewer.md", "docs/agents.md", "markdown")
  const { code, out } = await typed("agents", "validate", "reviewer", "--json")
  expect(JSON.parse(out)).toMatchObject([{ name: "reviewer", valid: true, problems: [], warnings: [] }])
  expect(code).toBe(0)
})

it("the skill and the command in docs/skills.md are read without a warning", async () => {
  place(".claude/skills/release-notes/SKILL.md", "docs/skills.md", "markdown", "name:")
  place(".claude/commands/review.md", "docs/skills.md", "markdown", "Review @$1")
  const { out, err } = await typed("skills", "list", "--json")
  const own = JSON.parse(out).filter(({ source }: { readonly source: string }) => source === "project")
  expect(own).toMatchObject([{ name: "release-notes" }, { name: "review", kind: "command" }])
  expect(err).toBe("")
})

it("the hook in docs/hooks.md refuses what it is for, tried as the page says", async () => {
  place(".claude/settings.json", "docs/hooks.md", "json")
  place(".claude/hooks/no-force.mjs", "docs/hooks.md", "js")
  const [line = ""] = commandLines("docs/hooks.md")
  const { out } = await typed(...words(line).map((word) => word.replace(/^'(.*)'$/, "$1")))
  expect(out).toContain("→ refuses: Use --force-with-lease.")
})
