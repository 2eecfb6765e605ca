/** The README's snippets do what it says. */
import { readFileSync } from "node:fs"
import { mkdir, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, it } from "vitest"
import { readConfig } from "../actors/config/file.ts"
import type { Tool } from "../plugins/tool.ts"
import { begin, kintsugi, place } from "./program.ts"

const root = join(import.meta.dirname, "..")
const readme = readFileSync(join(root, "README.md"), "utf8")

/** All fenced blocks of a language, in order. */
const blocks = (language: string): ReadonlyArray<string> =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "gm"))].map(([, text]) => text ?? "")

const block = (language: string, word: string): string => {
  const found = blocks(language).find((text) => text.includes(word))
  if (found === undefined) throw new Error(`the README has no ${language} snippet with ${word}`)
  return found
}

it("its configuration is valid, and means what it says", async () => {
  await using at = await place()
  await mkdir(join(at.home, ".config/kintsugi"), { recursive: true })
  await writeFile(join(at.home, ".config/kintsugi/config.yaml"), block("yaml", "permissions:"))
  expect(await kintsugi(at, ["config", "validate"])).toMatchObject({ code: 0 })
  expect((await kintsugi(at, ["config", "get", "permissions.mode"])).stdout).toBe("edits\n")
})

it.each(["README.md", "docs/models.md", "docs/keys.md"])("every configuration in %s is valid", (page) => {
  const texts = readFileSync(join(root, page), "utf8").matchAll(/^```yaml\n([^]*?)^```$/gm)
  const configurations = [...texts].map(([, text = ""]) => text).filter((text) => /^llm:/m.test(text))
  expect(configurations.length).toBeGreaterThan(0)
  for (const text of configurations) expect(readConfig(page, text, { OFFICE_KEY: "x" }, "check").problems).toEqual([])
})

it("its program runs", async () => {
  await using at = await place()
  const script = join(at.home, "script.yaml")
  const turns = [{ calls: [{ tool: "word_count", input: { text: "one two three" } }] }, { text: "It has three." }]
  await writeFile(script, JSON.stringify({ rules: [{ when: "words", turns }] }))
  const program = block("ts", "createRuntime")
    .replace('"kintsugi"', JSON.stringify(join(root, "index.ts")))
    .replace(/anthropic\/[\w-]+/, `scripted/${script}`)
  await writeFile(join(at.cwd, "program.mts"), program)
  await symlink(join(root, "node_modules"), join(at.cwd, "node_modules"))
  const { code, stdout, stderr } = await begin(at, [], { program: join(at.cwd, "program.mts") }).ended
  expect(code, stderr).toBe(0)
  expect(stdout).toBe("word_count { text: 'one two three' }\nIt has three.\n")
})

it("its plugin runs in a process of its own", async () => {
  await using at = await place()
  const script = join(at.home, "script.yaml")
  const turns = [{ calls: [{ tool: "word_count", input: { path: "README.md" } }] }, { text: "It has three." }]
  await writeFile(script, JSON.stringify({ rules: [{ when: "words", turns }] }))
  await writeFile(join(at.cwd, "words.ts"), block("ts", "// words.ts"))
  await writeFile(join(at.cwd, "README.md"), "one two three")
  const program = block("ts", 'plugins: ["./words.ts"]')
    .replace('"kintsugi"', JSON.stringify(join(root, "index.ts")))
    .replace(/anthropic\/[\w-]+/, `scripted/${script}`)
    .replace("notice.answer.outcome !== undefined", "true")
    .replace("console.log(notice.answer.outcome)", "console.log(notice.answer)")
  await writeFile(join(at.cwd, "program.mts"), program)
  const { code, stdout, stderr } = await begin(at, [], { program: join(at.cwd, "program.mts") }).ended
  expect(code, stderr).toBe(0)
  expect(stdout).toContain("{ success: true, data: '3' }\n")
  expect(stdout).toContain("child.started runtime/plugins/words/tools/tool:word_count\n")
  expect(stdout).toContain("\nhealthy\n")
})

it("its script plays", async () => {
  await using at = await place()
  await writeFile(join(at.cwd, "script.yaml"), block("yaml", "rules:"))
  await writeFile(join(at.cwd, "README.md"), "words\n")
  const { code, stdout, stderr } = await kintsugi(at, ["run", "Read the readme", "-m", "scripted/script.yaml"])
  expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: "You asked: Read the readme\n" })
  expect(stderr).toContain("✓ read README.md")
})

it("its commands exist", async () => {
  await using at = await place()
  const commands = [...readme.matchAll(/kintsugi (\w+)/g)].map(([, name]) => name ?? "")
  const { stdout: help } = await kintsugi(at, ["--help"])
  expect(commands.length).toBeGreaterThan(8)
  for (const command of new Set(commands)) expect(help).toMatch(new RegExp(`^  ${command}\\b`, "m"))
})

it("its tool with an example keeps what the example promises", async () => {
  await using at = await place()
  const file = join(at.cwd, "initials.mts")
  const source = block("ts", "examples: [").replace('"kintsugi/plugin"', JSON.stringify(join(root, "plugins/index.ts")))
  await writeFile(file, source)
  const { initials } = (await import(file)) as { readonly initials: Tool }
  const [example] = initials.examples ?? []
  const decoded = await initials.decode(example?.input)
  const answer = "input" in decoded ? await initials.execute(decoded.input, {} as never) : undefined
  expect(answer).toEqual({ success: true, data: example?.output })
})
