/** What is read at a glance is read as a real parser reads it. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parse } from "yaml"
import { plainYaml } from "../../skills/plain-yaml.ts"

const real = (text: string): unknown => parse(text, { schema: "failsafe", logLevel: "silent" })

const piece = fc.oneof(
  fc.constantFrom(
    "a",
    "b:",
    "c: d",
    "#",
    " #",
    "-",
    "- ",
    ":",
    "'",
    '"',
    "\\",
    "|",
    ">",
    "[x]",
    "{y}",
    "*",
    "&",
    "!",
    "%",
    "@",
    "`",
    "?",
    ",",
    ".",
    "...",
    "---",
    "~",
    "$",
    "(",
    "é",
    "\t",
    "  ",
    "0",
    "null"
  ),
  fc.string({ maxLength: 6 }).map((text) => text.replaceAll("\n", " "))
)
const words = fc.array(piece, { minLength: 1, maxLength: 5 }).map((all) => all.join(" "))
const quoted = fc.tuple(words, fc.constantFrom('"', "'")).map(([text, quote]) => quote + text + quote)
const value = fc.oneof(words, quoted)
const key = fc.constantFrom("name", "description", "allowed-tools", "x_y", "constructor", "a b", "-", "1")
const indent = fc.constantFrom("  ", "    ", " ", "")
const lines = (make: (value: string, key: string) => string) =>
  fc
    .tuple(indent, fc.array(fc.tuple(value, key), { minLength: 1, maxLength: 4 }))
    .map(([space, all]) => all.map(([one, name]) => `\n${space}${make(one, name)}`).join(""))

const entry = fc
  .tuple(
    key,
    fc.oneof(
      value.map((one) => ` ${one}`),
      fc
        .tuple(
          words,
          lines((one) => one)
        )
        .map(([first, rest]) => ` ${first}${rest}`),
      fc
        .tuple(
          fc.constantFrom("|", ">", "|-", ">-", "|+", ">2"),
          lines((one) => one)
        )
        .map(([sign, rest]) => ` ${sign}${rest}`),
      lines((one) => `- ${one}`),
      lines((one, name) => `${name}: ${one}`)
    )
  )
  .map(([name, rest]) => `${name}:${rest}\n`)

describe("plainYaml", () => {
  it("never differs from the parser", () => {
    let read = 0
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 3 }), (entries) => {
        const text = entries.join("")
        const plain = plainYaml(text)
        if (plain === undefined) return
        read++
        expect(plain).toEqual(real(text))
      }),
      { numRuns: 3_000 }
    )
    // It was a test of something.
    expect(read).toBeGreaterThan(100)
  })

  it.each([
    "name: a\ndescription: Do it (well), at 10:30 - with a/b#c.\nallowed-tools: Read, Bash(git:*)\n",
    "description: |\n  One, two: three # four\n  - five\n",
    "description: >-\n  One\n  two.\nversion: 1.10\n",
    "description: One\n  two\n  three\n",
    "name: \"a b\"\nauthor: 'it: is'\n",
    "tools:\n  - Read\n  - Write\nmetadata:\n  author: me\n  version: '1.0'\n",
    "tools:\n- Read\n- Write\n"
  ])("reads %j itself", (text) => expect(plainYaml(text)).toEqual(real(text)))

  it.each([
    "a: b: c\n",
    "a: *b\n",
    "a: [b]\n",
    "a:\n",
    "a: b\na: c\n",
    "# a\n",
    'a: "b\\n"\n',
    "a: |\n  b\n\n  c\n",
    "a: b #c\n",
    "\ta: b\n",
    "a: >\n  b\n    c\n"
  ])("leaves %j to the parser", (text) => expect(plainYaml(text)).toBeUndefined())
})
