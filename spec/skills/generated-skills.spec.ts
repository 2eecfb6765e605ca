/** Five thousand skills as fast-check writes them: each is loaded with its own words, or reported, as its making foretells. */
import fc from "fast-check"
import { afterAll, expect, it } from "vitest"
import { readSkill } from "../../skills/read-skill.ts"
import { decoded } from "../../skills/skill-file.ts"
import { skillFolder } from "./skill-folder.ts"

const folder = skillFolder()
afterAll(folder.remove)

/** Words that mean nothing in YAML wherever they stand. */
const plain = fc
  .array(fc.constantFrom("use", "it", "for", "PDF", "files", "and", "forms", "(all)", "a/b", "v2", "naïve"), {
    minLength: 1,
    maxLength: 12
  })
  .map((all) => all.join(" "))
/** And those that mean something. */
const sign = fc.constantFrom(
  "when: always",
  'say "hi"',
  "it's",
  "# one",
  "- two",
  "[x]",
  "{y}",
  "*z*",
  "&",
  "%",
  "@all",
  "`code`",
  "| >",
  "a, b",
  "\\",
  "日本",
  "🙂"
)
const tricky = fc.tuple(plain, sign, plain).map((all) => all.join(" "))

interface Style {
  /** Any words may be written so. */
  readonly any: boolean
  readonly write: (text: string) => string
}

const styles: ReadonlyArray<Style> = [
  { any: false, write: (text) => text },
  { any: true, write: (text) => JSON.stringify(text) },
  { any: true, write: (text) => `'${text.replaceAll("'", "''")}'` },
  { any: true, write: (text) => `|\n  ${text}` },
  { any: true, write: (text) => `>-\n    ${text}` },
  { any: false, write: (text) => text.replaceAll(" ", "\n  ") },
  { any: true, write: (text) => `"${text.replace(/["\\]/g, "\\$&").replaceAll(" ", "\n   ")}"` }
]

const description = fc.oneof(
  fc.tuple(fc.oneof(plain, tricky), fc.constantFrom(...styles.filter(({ any }) => any))),
  fc.tuple(plain, fc.constantFrom(...styles))
)
const extra = fc.subarray([
  "license: MIT",
  "allowed-tools: Read, Bash(git:*)",
  "version: 1.10",
  "metadata:\n  author: me",
  "requires: [a, b]",
  "triggers:\n- one\n- two"
])
const breakage = fc.constantFrom("none", "none", "none", "none", "open", "list", "empty")

const made = fc.record({ description, extra, first: fc.boolean(), crlf: fc.boolean(), mark: fc.boolean(), breakage })
type Made = typeof made extends fc.Arbitrary<infer One> ? One : never

const textOf = ({ description: [words, style], extra, first, crlf, mark, breakage }: Made, name: string): string => {
  if (breakage === "empty") return "\n"
  const told = [`name: ${name}`, `description: ${style.write(words)}`]
  const fields = (first ? [...told, ...extra] : [...extra, ...told.toReversed()]).join("\n")
  const text = `---\n${breakage === "list" ? `- ${name}` : fields}\n${breakage === "open" ? "" : "---\n"}\n# ${name}\n\nDo it.\n`
  return (mark ? "\uFEFF" : "") + (crlf ? text.replaceAll("\n", "\r\n") : text)
}

const expectVerdict = ({ breakage, description: [words] }: Made, name: string, told: unknown): void => {
  if (breakage === "none") expect(told).toMatchObject({ name, description: words, warnings: [] })
  else expect(told).toBeTypeOf("string")
}

it("are loaded or reported, all 5,000", () => {
  for (const [at, one] of fc.sample(made, 5_000).entries()) {
    const bytes = Buffer.from(textOf(one, `skill-${at}`))
    const file = decoded(bytes, bytes.length)
    const read = typeof file === "string" ? file : readSkill(file.text, { folder: `/skills/skill-${at}` })
    expectVerdict(one, `skill-${at}`, typeof read === "string" ? read : read.told)
  }
})

it("are commands as well, called by their path, and for users alone where nothing describes them", () => {
  for (const one of fc.sample(made, 300)) {
    const text = textOf(one, "inner").replaceAll("\r\n", "\n").replace("\uFEFF", "")
    for (const undescribed of [false, true]) {
      const given = undescribed ? text.replace(/^description:/m, "about:") : text
      const read = readSkill(given, { folder: "/commands/a", command: "a:b" })
      const told = typeof read === "string" ? read : { ...read.told, warnings: [] }
      const description = undescribed ? "Do it." : one.description[0]
      if (one.breakage === "none") expect(told).toMatchObject({ name: "a:b", description, forModels: !undescribed })
      else expect(told).toBeTypeOf("string")
    }
  }
})

it("are found where they lie", async () => {
  const all = fc.sample(made, 100)
  for (const [at, one] of all.entries()) folder.put(`s/${at % 7}/skill-${at}/SKILL.md`, textOf(one, `skill-${at}`))
  const { skills, broken, notices, shadowed } = await folder.open({ user: false, paths: [folder.at("s")] }).all()
  const told = new Map<string, unknown>([
    ...skills.map((one) => [one.path, one] as const),
    ...broken.map((one) => [one.path, one.reason] as const)
  ])
  for (const [at, one] of all.entries())
    expectVerdict(one, `skill-${at}`, told.get(folder.at(`s/${at % 7}/skill-${at}/SKILL.md`)))
  expect([notices, shadowed, told.size]).toEqual([[], [], 100])
})
