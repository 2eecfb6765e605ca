import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { journalFile } from "../../../actors/folders.ts"
import { openJournal } from "../../../actors/journal/sqlite-journal.ts"
import { conduct } from "../../../channels/cli/run.ts"
import { newsOf } from "../../../actors/healing/seam-news.ts"
import { seamLines } from "../../../channels/cli/seam-lines.ts"
import type { AgentEvent, AgentNotice, SeamNews } from "../../../machines/events.ts"
import { seamOf } from "../../healing/ledger-world.ts"
import { opened, reply, says } from "../../machines/happenings.ts"
import { kintsugi, place } from "../../program.ts"
import { end, heardIo, telling } from "./heard.ts"

const mended: SeamNews = {
  seam: "s1a2b3c4d5",
  plugin: "words",
  tool: "word_count",
  status: "active",
  state: "provisional",
  strategy: "rewrite",
  summary: 'reads "length" where "lenght" stood',
  degraded: [],
  diff: "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-lenght\n+length\n"
}
const gold =
  '◆ healed words/word_count: reads "length" where "lenght" stood (rewrite, provisional) · kintsugi heal show s1a2b3c4d5'

/** Colours are decided by the stream alone. */
beforeEach(() => {
  for (const name of ["FORCE_COLOR", "NO_COLOR", "NODE_DISABLE_COLORS"]) vi.stubEnv(name, undefined)
})
afterEach(() => {
  vi.unstubAllEnvs()
  // `run` is the last thing of its process and does not tidy up behind itself.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.removeAllListeners(signal)
})

describe("the line of a seam", () => {
  const told: ReadonlyArray<readonly [string, Partial<SeamNews>, ReadonlyArray<string>]> = [
    ["mended", {}, [gold]],
    ["proved by its own examples", { state: "healed" }, [gold.replace(", provisional", "")]],
    [
      "degraded: never healed, and with its losses",
      { state: "degraded", strategy: "patch", summary: "", degraded: ["unit is made up", "x\ny"] },
      [
        "! degraded words/word_count (patch) · kintsugi heal show s1a2b3c4d5",
        "    lost: unit is made up",
        "    lost: x y"
      ]
    ],
    [
      "contained",
      { status: "noted", state: "contained", tool: undefined, strategy: undefined, summary: "no candidate passed" },
      ["✗ not healed words: no candidate passed · kintsugi heal show s1a2b3c4d5"]
    ],
    [
      "proposed: says how to accept it",
      { status: "proposed", summary: "x" },
      ["◆ repair proposed for words/word_count: x (rewrite, provisional) · kintsugi heal accept s1a2b3c4d5"]
    ],
    ["accepted", { status: "accepted" }, [gold.replace("healed", "accepted for")]],
    ["undone", { status: "undone" }, [gold.replace("◆ healed", "· undone for")]],
    ["rolled back", { status: "rolled_back" }, [gold.replace("◆ healed", "✗ rolled back for")]]
  ]
  it.each(told)("%s", (_, change, lines) => {
    const { tool, strategy, ...rest } = { ...mended, ...change }
    const news = { ...rest, ...(tool === undefined ? {} : { tool }), ...(strategy === undefined ? {} : { strategy }) }
    expect(seamLines(news)).toEqual(lines)
  })

  it("names the rung that held, of a seam of the ledger", () => {
    const seam = seamOf({
      rungs: [
        { strategy: "patch", outcome: "failed", reason: "" },
        { strategy: "install", outcome: "proposed", reason: "" },
        { strategy: "rewrite", outcome: "not_applicable", reason: "" }
      ]
    })
    expect(newsOf({ ...seam, status: "proposed" })).toMatchObject({
      seam: seam.id,
      strategy: "install",
      status: "proposed"
    })
    expect(newsOf({ ...seam, rungs: [], status: "noted" })).not.toHaveProperty("strategy")
  })
})

const healed: AgentNotice = { type: "agent.healed", ...mended }

describe("run", () => {
  it("in text tells it on standard error, in gold on a terminal that has colours", async () => {
    const plain = heardIo()
    await conduct(plain, telling([healed, end]), "go", "text")
    expect(plain.err().split("\n")[0]).toBe(gold)
    const coloured = heardIo({ colours: true })
    await conduct(coloured, telling([healed, { ...healed, status: "rolled_back" }, end]), "go", "text")
    expect(coloured.err()).toContain(`\u001b[33m\u001b[1m${gold}`)
    expect(coloured.err()).toContain("\u001b[31m✗ rolled back")
  })

  it("lets nothing through that steers a terminal", async () => {
    const nasty = "a\u001b]0;owned\u0007b\u001b[2Jc\u009b5md\u202e\nz"
    const io = heardIo()
    const told = { ...healed, seam: nasty, plugin: nasty, tool: nasty, summary: nasty, degraded: [nasty] }
    await conduct(io, telling([told, end]), "go", "text")
    expect(io.err()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]|owned/)
    expect(io.err().split("\n").slice(0, 2)).toEqual([
      "◆ healed abcd z/abcd z: abcd z (rewrite, provisional) · kintsugi heal show abcd z",
      "    lost: abcd z"
    ])
  })

  it("in JSON has each seam once as it came to be, and one that was made before by its id", async () => {
    const io = heardIo()
    const answered = (seam: string): AgentNotice => ({
      type: "agent.settled",
      call: { type: "call", id: seam, name: "t", input: {} },
      answer: { success: true, outcome: "provisional", seam }
    })
    const later: AgentNotice = { ...healed, status: "rolled_back" }
    await conduct(io, telling([answered("sold"), healed, later, answered(mended.seam), end]), "go", "json")
    const { seam: id, ...rest } = mended
    expect(JSON.parse(io.out()).seams).toEqual([{ id: "sold" }, { id, ...rest, status: "rolled_back" }])
    expect(io.err()).toBe(`${gold}\n${gold.replace("◆ healed", "✗ rolled back for")}\n`)
  })

  it("as a stream passes the event on", async () => {
    const io = heardIo()
    await conduct(io, telling([healed, end]), "go", "stream-json")
    expect(JSON.parse(io.out().split("\n")[1] ?? "")).toEqual(healed)
  })
})

describe("kintsugi session", () => {
  const settled = (callId: string): AgentEvent => ({
    type: "tool.settled",
    callId,
    answer: { success: true, data: callId },
    final: false
  })
  const made = (seam: string): AgentEvent => ({ type: "seam.made", ...mended, seam })

  it("show tells a seam before the answer that came of it, later ones at the end, and to programs", async () => {
    await using at = await place()
    const journal = openJournal(journalFile(at))
    const { id } = journal.create({ cwd: at.cwd, model: "test/one" })
    const writer = journal.write(id)
    const calls = ["one", "two"].map((name) => ({ id: name, name }))
    const events: ReadonlyArray<AgentEvent> = [
      opened(),
      says("m1", "go"),
      reply("Look.", calls),
      settled("one"),
      made("sa"),
      settled("two"),
      reply("Done."),
      made("sb")
    ]
    for (const event of events) writer.append(event)
    journal.close()
    const show = async (...args: ReadonlyArray<string>) => (await kintsugi(at, ["session", ...args])).stdout
    const shown = (await show("show", "latest")).split("\n").filter((line) => /✓|◆|Done/.test(line))
    expect(shown).toEqual(["✓ one", gold.replace(mended.seam, "sa"), "✓ two", "Done.", gold.replace(mended.seam, "sb")])
    expect(JSON.parse(await show("show", "latest", "--json")).seams).toEqual([
      { ...mended, seam: "sa" },
      { ...mended, seam: "sb" }
    ])
    expect(await show("export", "latest")).toContain('"type":"seam.made"')
  })
})
