/** What fills a context, as lines for people. */
import { expect, it } from "vitest"
import { contextCommand } from "../../../../plugins/builtin/context/command.ts"
import { contextLines } from "../../../../plugins/builtin/context/table.ts"
import type { ContextUse } from "../../../../plugins/context-use.ts"
import type { CommandContext } from "../../../../plugins/extensions.ts"

const use = (more: Partial<ContextUse> = {}): ContextUse => ({
  model: "m/x",
  tokens: 30,
  parts: [
    { kind: "prompt", name: "own words", tokens: 10 },
    { kind: "file", name: "/p/AGENTS.md", tokens: 20, owner: "project", importedBy: "/p/CLAUDE.md", cut: true }
  ],
  leftOut: [],
  waiting: [],
  notices: [],
  ...more
})
const text = (given: ContextUse): string => contextLines(given, (path) => path).join("\n")

it("shows what is known: the window, what the provider counted, when the conversation is compacted", () => {
  expect(text(use())).toBe(
    `Context of m/x: ~30 tokens, of a window that is not known
Estimated, at four characters a token: the provider has counted nothing yet.

prompt                                                                      ~10
               own words                                                    ~10
context files                                                               ~20
               /p/AGENTS.md (imported by /p/CLAUDE.md, only its beginning)  ~20`
  )
  const known = text(use({ window: 200_000, counted: 28, compactsAt: 183_616 }))
  expect(known).toContain("~30 of 200k tokens (0 %)\nThe provider counted 28 with the last request")
  expect(known).toContain("compacted from 184k on, in ~184k tokens.")
  expect(known).toMatch(/\nfree +~200k$/)
  expect(text(use({ tokens: 190_000, window: 200_000, compactsAt: 183_616 }))).toContain(
    "compacted with the next message"
  )
})

it("sums up the smallest of many, and keeps each line short and plain, whoever named it", () => {
  const parts = Array.from({ length: 50 }, (_, n) => ({
    kind: "file" as const,
    name: `/${n}\n\u001b[31m\u202e${"x".repeat(300)}.md`,
    tokens: 50 - n
  }))
  const leftOut = Array.from({ length: 50 }, (_, n) => ({ path: `/${n}`, reason: "y".repeat(500) }))
  const lines = contextLines(use({ parts, leftOut }), (path) => path)
  expect(lines.length).toBeLessThan(60)
  expect(lines.every((line) => line.length <= 270 && !/[\p{Cc}\p{Cf}]/u.test(line))).toBe(true)
  expect(lines.filter((line) => line.includes("xxx")).every((line) => line.length < 90)).toBe(true)
  expect(lines).toContainEqual(expect.stringMatching(/^ +30 more +~465$/))
  expect(lines).toContain("  30 more")
})

it("stands in a chat as it is, though files are called like a fence", async () => {
  const parts = [{ kind: "file" as const, name: "/```` # x", tokens: 1 }]
  const contexts = { use: async () => use({ parts }), renew: () => {} }
  const { run } = contextCommand({ ...contexts, changed: async () => [], nested: async () => [] })
  const context = { session: "s", files: { display: (path: string) => path } } as unknown as CommandContext // all it asks for
  const said = await run("", context)
  expect(said).toMatchObject({ show: expect.stringMatching(/^`{5}\n[^]*\n`{5}$/) })
})
