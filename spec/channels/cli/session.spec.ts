import { existsSync, mkdirSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { describe, expect, it } from "vitest"
import { folders, journalFile, outputFolder } from "../../../actors/folders.ts"
import { openJournal } from "../../../actors/journal/sqlite-journal.ts"
import { openNotes } from "../../../actors/store/sqlite-notes.ts"
import { notesFile } from "../../../actors/store/stores.ts"
import type { AgentEvent } from "../../../machines/events.ts"
import { opened, reply, says } from "../../machines/happenings.ts"
import { kintsugi, place, type Place } from "../../program.ts"
import { answers, calls, news } from "./heard.ts"

const fileOf = ({ env, home }: Place): string => journalFile({ env, home })

/** Writes a session as an agent would have. */
const journalled = (at: Place, events: ReadonlyArray<AgentEvent>): string => {
  const journal = openJournal(fileOf(at))
  const { id } = journal.create({ cwd: at.cwd, model: "test/one" })
  const writer = journal.write(id)
  for (const event of events) writer.append(event)
  writer.close()
  journal.close()
  return id
}

const settled = (name: string): AgentEvent => ({
  type: "tool.settled",
  callId: `call-${name}`,
  answer: answers[name] ?? { success: true },
  final: false
})

const broken: ReadonlyArray<AgentEvent> = [
  opened(),
  says("m1", "count"),
  reply("Look.", calls),
  ...calls.map(({ name }) => settled(name)),
  { type: "plugin.changed", ...news },
  reply("Done.")
]

const shown = async (at: Place, ...args: ReadonlyArray<string>): Promise<string> => {
  const { code, stdout, stderr } = await kintsugi(at, ["session", ...args])
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
  return stdout
}

describe("kintsugi session", () => {
  it("show has the state, the class and the losses of each answer, and what happened to plugins", async () => {
    await using at = await place()
    journalled(at, broken)
    const lines = (await shown(at, "show", "latest")).split("\n")
    const from = lines.indexOf("✓ whole")
    expect(lines.slice(from)).toEqual([
      "✓ whole",
      "    12",
      "",
      "✗ missing  not_found",
      "    no file a.txt",
      "",
      "✗ crashing  S0 contained, missing_dependency",
      "    the tool's own code failed",
      "",
      "! guessing  S1 degraded",
      "    lost: time zone invented",
      "    lost: hook onX skipped",
      "    12:00",
      "",
      "✓ patched  S2 provisional, seam s1",
      "    13",
      "",
      "✓ mended  S3 healed, seam s2",
      "    14",
      "",
      "✗ pretending  SX false heal, execution_error",
      "    that was not true",
      "",
      "Done.",
      "⚠ plugin words is quarantined: it crashed 5 times in 60 s",
      ""
    ])
  })

  it("show, list and export have them for programs, too", async () => {
    await using at = await place()
    const id = journalled(at, broken)
    const { transcript, plugins } = JSON.parse(await shown(at, "show", id, "--json"))
    const told = transcript.filter(({ role }: { role: string }) => role === "tool")
    expect(told).toMatchObject([
      { name: "whole", success: true },
      { name: "missing", success: false, errorClass: "not_found" },
      { name: "crashing", success: false, errorClass: "missing_dependency", outcome: "contained" },
      {
        name: "guessing",
        success: true,
        outcome: "degraded",
        degraded: ["time zone invented", "hook onX skipped"]
      },
      { name: "patched", success: true, outcome: "provisional", seam: "s1" },
      { name: "mended", success: true, outcome: "healed", seam: "s2" },
      { name: "pretending", success: false, outcome: "false_heal" }
    ])
    expect(plugins).toEqual([news])
    expect(JSON.parse(await shown(at, "list", "--json"))).toMatchObject([
      { id, outcomes: { contained: 1, degraded: 1, provisional: 1, healed: 1, false_heal: 1 } }
    ])
    const events = (await shown(at, "export", id))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).event)
    expect(events).toEqual(broken)
  })

  it("lists what others own who came through a channel only when everything is asked for, and says whose it is", async () => {
    await using at = await place()
    const mine = journalled(at, broken)
    const journal = openJournal(fileOf(at))
    const theirs = journal.create({ cwd: at.cwd, model: "test/one", owner: "alice\u001b[2J" }).id
    journal.close()
    const listed = await shown(at, "list")
    expect(listed).toContain(mine)
    expect(listed).not.toContain(theirs)
    const all = await shown(at, "list", "--all")
    expect(all).toMatch(new RegExp(`^${theirs} .* of alice`, "m"))
    expect(all).not.toContain("\u001b")
    expect(all).toContain(mine)
  })

  it("draws a session as a tree, shows and exports where it stands, and all of it when asked", async () => {
    await using at = await place()
    const journal = openJournal(fileOf(at))
    const { id } = journal.create({ cwd: at.cwd, model: "test/one" })
    const task = journal.create({ cwd: at.cwd, model: "test/one", parent: { session: id, kind: "task" } })
    const writer = journal.write(id)
    for (const event of [opened(), says("m1", "one"), reply("first"), says("m2", "two"), reply("\u001b[2Jsecond")])
      writer.append(event)
    writer.name(3, "before two")
    writer.moveTo(3)
    for (const event of [opened(), says("m3", "instead"), reply("other")]) writer.append(event)
    journal.close()

    const lines = (await shown(at, "tree", id)).split("\n").map((line) => line.replace(/ · now| · \d+ \w+ ago/, ""))
    expect(lines.map((line) => line.trimEnd())).toEqual([
      expect.stringMatching(/^› one .*#2$/),
      expect.stringMatching(/^● first .*\[before two\].*#3$/),
      expect.stringMatching(/^├─ › two .*#4$/),
      expect.stringMatching(/^│ {2}● second .*#5$/),
      expect.stringMatching(/^└─ › instead .*#7$/),
      expect.stringMatching(/^ {3}● other .*you are here.*#8$/),
      ""
    ])
    expect(JSON.parse(await shown(at, "tree", id, "--json"))[1]).toMatchObject({
      id: "3",
      parent_id: "2",
      message: "first",
      children: ["4", "7"],
      label: "before two",
      metadata: { role: "assistant", head: false }
    })
    expect(await shown(at, "show", id)).not.toContain("two")
    const exported = async (...more: ReadonlyArray<string>) =>
      (await shown(at, "export", id, ...more))
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line))
        .map(({ seq, parent }) => [seq, parent])
    expect(await exported()).toEqual([
      [1, 0],
      [2, 1],
      [3, 2],
      [6, 3],
      [7, 6],
      [8, 7]
    ])
    expect((await exported("--all")).map(([seq]) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(await shown(at, "list")).toMatch(new RegExp(`^${id} .* 3 messages  1 fork  one\n$`))
    expect(await shown(at, "list", "--tasks")).toContain(`0 messages  task of ${id}`)

    const { data } = folders(at)
    const note = { plugin: "p", scope: "session" as const, of: id }
    const noted = (use: (notes: ReturnType<typeof openNotes>) => unknown) => {
      const notes = openNotes(notesFile(data))
      try {
        return use(notes)
      } finally {
        notes.close()
      }
    }
    noted((notes) => notes.set(note, "key", "1"))
    mkdirSync(outputFolder(data, task.id), { recursive: true })
    const { stderr } = await kintsugi(at, ["session", "delete", id])
    expect(stderr).toBe(`Deleted ${id} (one), and 1 of its subagents.\n`)
    expect(noted((notes) => notes.keys(note))).toEqual([])
    expect(existsSync(outputFolder(data, task.id))).toBe(false)
    expect((await kintsugi(at, ["session", "show", task.id])).stderr).toContain(`there is no session ${task.id}`)
  })

  it("show lets nothing of a plugin steer the terminal", async () => {
    await using at = await place()
    const nasty = "a\u001b]0;owned\u0007b\u001b[2Jc"
    const answer = { success: true, data: nasty, outcome: "degraded" as const, degraded: [nasty], seam: "s1" }
    journalled(at, [
      opened(),
      says("m1", "count"),
      reply("", [{ id: "c1", name: "t" }]),
      { type: "tool.settled", callId: "c1", answer, final: false },
      { type: "plugin.changed", plugin: nasty, state: "degraded", reason: nasty }
    ])
    const text = await shown(at, "show", "latest")
    expect(text).toContain("    lost: abc\n    abc\n")
    expect(text).toContain("⚠ plugin abc is degraded: abc\n")
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]|owned/)
  })

  it("reads journals written before there were states", async () => {
    await using at = await place()
    const old = ["whole", "missing"]
    const some = calls.filter(({ name }) => old.includes(name))
    journalled(at, [opened(), says("m1", "count"), reply("", some), ...old.map(settled), reply("Done.")])
    expect(await shown(at, "show", "latest")).toContain("✗ missing  not_found\n    no file a.txt\n")
    const { transcript, plugins } = JSON.parse(await shown(at, "show", "latest", "--json"))
    for (const field of ["outcome", "degraded", "seam"])
      for (const message of transcript) expect(message).not.toHaveProperty(field)
    expect(plugins).toEqual([])
    expect(JSON.parse(await shown(at, "list", "--json"))).toMatchObject([{ outcomes: {} }])
  })

  it("lists a session whose answers cannot be read, and says that of it alone", async () => {
    await using at = await place()
    const [whole, damaged] = [journalled(at, broken), journalled(at, broken)]
    const db = new DatabaseSync(fileOf(at))
    db.prepare("update events set event = '{' where session = ? and seq = 4").run(damaged)
    db.close()
    const listed: ReadonlyArray<{ id: string; outcomes: unknown }> = JSON.parse(await shown(at, "list", "--json"))
    expect(listed.find(({ id }) => id === damaged)?.outcomes).toBeNull()
    expect(listed.find(({ id }) => id === whole)?.outcomes).toMatchObject({ contained: 1 })
  })
})
