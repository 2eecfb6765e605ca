/** A session in which all there is happened, with two branches, and strangers' texts in every place that can hold one. */
import { memoryJournal } from "../../../actors/journal/memory-journal.ts"
import type { Journal, SessionInfo } from "../../../actors/journal.ts"
import type { AgentEvent } from "../../../machines/events.ts"
import { backgroundStarted, opened, reply, says } from "../../machines/happenings.ts"

/** What must never be markup. */
export const hostile = `</pre></script><script>alert(1)</script><img src=x onerror=alert(1)>"'&lt;`

export const secret = "sk-ant-0123456789abcdef"

export const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

const price = { usage: { input: 1200, output: 300, cacheRead: 0, cacheWrite: 0 }, cost: 0.0123 }

const diff = [
  "--- a/count.ts",
  "+++ b/count.ts",
  "@@ -1,2 +1,2 @@",
  " const a = 1",
  `-${hostile}`,
  "+const b = 2"
].join("\n")

const markdown = [
  "# What I did",
  "",
  "A **bold** word, `code`, [a link](https://example.com/?a=1&b=2), [a trap](javascript:alert(1)) and ![a picture](https://example.com/x.png).",
  "",
  "| file | lines |",
  "|---|---|",
  `| a.ts | ${hostile.replaceAll("|", "")} |`,
  "",
  "1. one",
  "   - two",
  "- [x] done",
  "",
  "> quoted",
  "",
  "```ts",
  "const x = 1 < 2 && 3 > 2",
  "```",
  "",
  hostile
].join("\n")

export const events: ReadonlyArray<AgentEvent> = [
  opened(),
  {
    type: "user.message",
    id: "m1",
    at: 1_000,
    content: [
      { type: "text", text: `Count the words, please.\n${hostile}\nMy key is ${secret}.` },
      { type: "image", mime: "image/png", data: pixel, name: `a ${hostile}.png` }
    ]
  },
  {
    ...reply("Let me look.", [
      { id: "c1", name: "read_file", input: { path: `a${hostile}` } },
      { id: "c2", name: "word_count", input: { text: "a b", password: "hunter2hunter2" } },
      { id: "c3", name: "edit_file", input: { path: "count.ts" } }
    ]),
    ...price
  },
  { type: "tool.started", callId: "c1", idempotent: true },
  {
    type: "tool.settled",
    callId: "c1",
    final: false,
    answer: { success: true, data: `${hostile}\n${"line\n".repeat(8000)}` }
  },
  {
    type: "seam.made",
    seam: "s1",
    plugin: "words",
    tool: "word_count",
    status: "active",
    state: "provisional",
    strategy: "rewrite",
    summary: 'reads "length" where "lenght" stood',
    degraded: ["the unit was made up"],
    diff
  },
  {
    type: "tool.settled",
    callId: "c2",
    final: false,
    answer: { success: true, data: 2, outcome: "provisional", seam: "s1" }
  },
  { type: "tool.started", callId: "c3", idempotent: false, input: { path: "count.ts", dry_run: true } },
  { type: "tool.settled", callId: "c3", final: false, answer: { success: true, data: "edited", diff } },
  { type: "plugin.changed", plugin: "words", state: "quarantined", reason: hostile },
  { ...reply(markdown), ...price },
  { type: "plugin.changed", plugin: "others", state: "healthy", reason: "" },
  { type: "user.compact" },
  {
    type: "compaction.finished",
    summary: `The user wants words counted. ${hostile}`,
    kept: 0,
    model: "test/one",
    ...price
  },
  backgroundStarted("b1"),
  says("m2", `And now the lines. ${secret}`),
  { type: "model.text", delta: "I am about to" },
  { type: "user.cancel" }
]

/** After the first answer another way was gone. */
export const others: ReadonlyArray<AgentEvent> = [
  says("m3", "Rather count the letters."),
  reply("", [{ id: "c9", name: "execute_bash", input: { command: "rm -rf build" } }]),
  { type: "tool.started", callId: "c9", idempotent: false },
  { type: "user.cancel" },
  says("m4", "Once more."),
  { type: "model.failed", failure: { code: "auth", message: `The key is wrong: ${hostile}` } }
]

export const told = (
  journal: Journal = memoryJournal(),
  cwd = `/home/ann/${hostile}`
): { journal: Journal; info: SessionInfo } => {
  const { id } = journal.create({ cwd, model: "test/one" })
  const writer = journal.write(id)
  for (const event of events) writer.append(event)
  const answer = [...journal.readAll(id)].find(({ event }) => event.type === "compaction.finished")
  writer.name(answer?.seq ?? 0, `before <b>letters ${secret}`)
  writer.moveTo((answer?.seq ?? 2) - 2)
  for (const event of others) writer.append(event)
  writer.close()
  const info = journal.find(id)
  if (info === undefined) throw new Error("it was just made")
  return { journal, info }
}
