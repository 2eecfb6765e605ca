/** A body in pieces: what its author wrote as a sign is one, and nothing that an argument brings. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { BodyPart } from "../../plugins/skills.ts"
import { bodyParts, textOfParts } from "../../skills/body.ts"

const at = { folder: "/s", project: "/p", plugin: undefined, session: "s1" }
const parts = (body: string, text = "", names: ReadonlyArray<string> = []) => bodyParts(body, { ...at, text, names })
const commands = (all: ReadonlyArray<BodyPart>) => all.flatMap((part) => ("command" in part ? [part.command] : []))
const files = (all: ReadonlyArray<BodyPart>) => all.flatMap((part) => ("file" in part ? [part.file] : []))

describe("a command in a text", () => {
  it.each<readonly [string, string, ReadonlyArray<string>]>([
    ["at the beginning of a line", "!`git status`\nx", ["git status"]],
    ["behind a blank", "Status: !`git status` and\t!`git log`", ["git status", "git log"]],
    ["inside of a code fence, as documented", "```diff\n!`git diff`\n```", ["git diff"]],
    ["in a block of its own", "Now\n```!\nnode --version\nnpm --version\n```\nthen", ["node --version\nnpm --version"]],
    ["in an indented block with blanks behind", "- x\n  ```! \n  ls\n  ```\n", ["ls"]],
    ["not behind anything else", "KEY=!`env` (!`ls`) \\!`rm x` `!`ls``", []],
    ["not where two backticks only show how it is written", "Write `` !`command` `` for that.", []],
    ["not over several lines", "!`a\nb`", []],
    ["not where there is nothing in it", "!` `\n```!\n\n```", []],
    ["not in a block that has no end", "```!\nrm x\n", []],
    ["with the arguments filled in as they are typed", "!`git log $1 -- $ARGUMENTS`", ["git log a;b -- a;b 'c d'"]]
  ])("counts %s", (_, body, expected) => expect(commands(parts(body, "a;b 'c d'"))).toEqual(expected))

  it("reads as it was written, with its arguments, as long as it has not run", () => {
    const text = "A !`git log $1` b\n```!\necho $1\n```\n"
    expect(textOfParts(parts(text, "x"))).toBe("A !`git log x` b\n```!\necho x\n```\n")
  })
})

describe("a file that a text names", () => {
  it.each<readonly [string, string, ReadonlyArray<string>]>([
    ["in a sentence", "See @src/a.ts, @./b.md and (@c.txt).", ["src/a.ts", "./b.md", "c.txt"]],
    ["in quotes", 'See @"my file.md".', ["my file.md"]],
    ["by an argument", "See @$1 and @lib/$2.ts", ["x.ts", "lib/y.ts"]],
    ["by a place", "See @${CLAUDE_PROJECT_DIR}/a and @{baseDir}/b", ["/p/a", "/s/b"]],
    ["not in an address", "me@example.com foo@1.2", []]
  ])("is one %s", (_, body, expected) => expect(files(parts(body, "x.ts y"))).toEqual(expected))
})

it("knows the session, and leaves what it does not know", () =>
  expect(textOfParts(parts("${CLAUDE_SESSION_ID} ${CLAUDE_EFFORT} ${CLAUDE_PLUGIN_ROOT}"))).toBe(
    "s1 ${CLAUDE_EFFORT} ${CLAUDE_PLUGIN_ROOT}"
  ))

it("says an argument that is named and missing as nothing, and the others at the end only when no sign asked", () => {
  expect(textOfParts(parts("Do $what to $whom.", "it", ["what", "whom"]))).toBe("Do it to .")
  expect(textOfParts(parts("Do @$1", "it"))).toBe("Do @it")
  expect(textOfParts(parts("Do !`x`", "it"))).toBe("Do !`x`\n\nARGUMENTS: it\n")
  expect(textOfParts(parts(String.raw`\$what \$1 \$HOME $what`, "it", ["what"]))).toBe(String.raw`$what $1 \$HOME it`)
})

/** All that might be taken for a sign. */
const signs = fc.constantFrom(
  "!`rm -rf x`",
  "\n!`id`",
  "\n```!\nid\n```\n",
  " @/etc/passwd",
  "@x.ts ",
  "$ARGUMENTS",
  "$1",
  "$0",
  "$name",
  "${CLAUDE_SKILL_DIR}",
  "{baseDir}",
  "`",
  "\n",
  " ",
  "x"
)

it("never takes what an argument brings for a sign: with other words in their place the pieces are the same", () => {
  const body = fc.array(signs, { maxLength: 8 }).map((all) => all.join(""))
  const kinds = (all: ReadonlyArray<BodyPart>): ReadonlyArray<string> => all.map((part) => Object.keys(part).join())
  fc.assert(
    fc.property(body, body, (text, given) => {
      const word = `'${given.replaceAll("'", "")}x'`
      const names = ["name"]
      const one = parts(text, word, names)
      expect(kinds(one)).toEqual(kinds(parts(text, "plain", names)))
      // Each placed whole: nothing of it was filled in again.
      const whole = textOfParts(one)
      const marked = textOfParts(parts(text, "'\u0001'", names))
      const expected = marked.replaceAll("'\u0001'", () => word).replaceAll("\u0001", () => word.slice(1, -1))
      expect(whole).toBe(expected)
    }),
    { numRuns: 300 }
  )
})
