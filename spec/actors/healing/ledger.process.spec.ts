import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest"
import { openLedger } from "../../../actors/healing/sqlite-ledger.ts"
import type { Ledger } from "../../../healing/ledger.ts"
import { patch, patchOf, type PluginFolder, pluginFolder, runs, statuses } from "../../healing/ledger-world.ts"

const script = join(import.meta.dirname, "fixtures/ledger-process.ts")

/** So that a hundred processes do not compile the same files. */
const cache = mkdtempSync(join(tmpdir(), "kintsugi-cache-"))
afterAll(() => rmSync(cache, { recursive: true }))

let folder: PluginFolder
let saved: PluginFolder
beforeEach(() => {
  folder = pluginFolder()
  saved = pluginFolder({})
})
afterEach(() => {
  folder[Symbol.dispose]()
  saved[Symbol.dispose]()
})
const file = () => join(folder.above, "heals.db")

/** What there is to see of it: what runs, what stands in the files, how the seams are. */
const look = () => {
  const ledger = openLedger(file())
  const seen = {
    runs: runs(ledger, folder),
    files: readdirSync(folder.root).map((name) => [name, folder.read(name)]),
    statuses: statuses(ledger)
  }
  ledger.close()
  return seen
}

const save = () => cpSync(folder.above, saved.above, { recursive: true })
const restore = () => {
  rmSync(folder.above, { recursive: true })
  cpSync(saved.above, folder.above, { recursive: true })
}

/** @returns the signal that ended it. */
const run = (kill: number, order: string, argument = "") => {
  const env = { ...process.env, NODE_COMPILE_CACHE: cache }
  const args = [script, file(), String(kill), order, argument]
  const { signal, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", env })
  if (signal === null && stderr !== "") throw new Error(stderr)
  return { signal, steps: Number(stdout) }
}

/** Kills the process before its steps in turn; whoever looks then sees what was before, or what comes after. */
const killEverywhere = (order: string, argument: string, act: (ledger: Ledger) => void, every = 1) => {
  save()
  const before = look()
  restore()
  const { steps } = run(0, order, argument)
  const after = look()
  const seen = { before: 0, after: 0 }
  for (let kill = 1; kill <= steps; kill += every) {
    restore()
    expect(run(kill, order, argument).signal).toBe("SIGKILL")
    const now = look()
    const isAfter = now.statuses[Object.keys(after.statuses)[0] ?? ""] === Object.values(after.statuses)[0]
    expect(now).toEqual(isAfter ? after : before)
    // And it can go on from there.
    if (isAfter) seen.after++
    else {
      seen.before++
      const ledger = openLedger(file())
      act(ledger)
      ledger.close()
      expect(look()).toEqual(after)
    }
  }
  return { ...seen, steps, changed: { before, after } }
}

/** The step after the first file was renamed; the same for all seams of two files. */
let half = 1

/** Of what was saved, the first file is written, and the second is not. */
const acceptHalf = (id: string): void => {
  for (; ; half++) {
    restore()
    run(half, "accept", id)
    if (folder.read("a.js") === "a1") break
  }
  expect(folder.read("b.js")).toBe("b0")
}

describe("kill -9 before each step leaves the old or the new, never both (A20)", { timeout: 180_000 }, () => {
  it("of a commit", () => {
    const ledger = openLedger(file())
    patch(ledger, folder, { "a.js": "a1" })
    const { seam, texts } = patchOf(ledger, folder, { "a.js": "a2", "b.js": "b2" })
    ledger.close()
    const given = JSON.stringify({ seam, texts: [...texts] })
    const { before, after, steps } = killEverywhere("commit", given, (ledger) => ledger.commit(seam, "active", texts))
    expect({ before, after }).toEqual({ before: steps, after: 0 })
    expect(steps).toBeGreaterThanOrEqual(8)
  })

  it("of an accept of two files, and of taking it out again", () => {
    const ledger = openLedger(file())
    patch(ledger, folder, { "a.js": "a1" })
    const id = patch(ledger, folder, { "a.js": "a2", "b.js": "b2" })
    ledger.close()
    const accepted = killEverywhere("accept", id, (ledger) => ledger.accept(id))
    expect(accepted.before).toBeGreaterThanOrEqual(3)
    expect(accepted.after).toBeGreaterThanOrEqual(25)
    expect(accepted.changed.after.files).toEqual([
      ["a.js", "a2"],
      ["b.js", "b2"]
    ])
    restore()
    run(0, "accept", id)
    const undone = killEverywhere("undo", id, (ledger) => ledger.undo(id, "undone", "killed or not"), 2)
    expect(undone.after).toBeGreaterThanOrEqual(12)
    expect(undone.changed.after.files).toEqual([
      ["a.js", "a1"],
      ["b.js", "b0"]
    ])
  })

  it("of the completion of what another crash left half done", () => {
    const ledger = openLedger(file())
    const id = patch(ledger, folder, { "a.js": "a1", "b.js": "b1" })
    ledger.close()
    save()
    acceptHalf(id)
    save()
    const { steps } = run(0, "open")
    for (let at = 1; at <= steps; at += 2) {
      restore()
      expect(run(at, "open").signal).toBe("SIGKILL")
      expect(look()).toEqual({
        runs: {},
        files: [
          ["a.js", "a1"],
          ["b.js", "b1"]
        ],
        statuses: { [id]: "accepted" }
      })
    }
  })
})

it("what a crash left half done is taken back when one of the files was edited since", { timeout: 60_000 }, () => {
  const ledger = openLedger(file())
  const id = patch(ledger, folder, { "a.js": "a1", "b.js": "b1" })
  ledger.close()
  save()
  acceptHalf(id)
  folder.write("b.js", "edited")
  expect(look()).toEqual({
    runs: {},
    files: [
      ["a.js", "a0"],
      ["b.js", "edited"]
    ],
    statuses: { [id]: "active" }
  })
})

it("of processes that mend one file at the same time one wins, the others are told to look again (A27)", async () => {
  const ledger = openLedger(file())
  const patches = ["a1", "a2", "a3"].map((text) => patchOf(ledger, folder, { "a.js": text }))
  const said = await Promise.all(
    patches.map(async ({ seam, texts }) => {
      const given = JSON.stringify({ seam, texts: [...texts] })
      const child = spawn(process.execPath, [script, file(), "0", "commit", given], {
        stdio: ["ignore", "pipe", "inherit"]
      })
      const [output] = await Promise.all([text(child.stdout), once(child, "close")])
      return { id: seam.id, text: [...texts.values()][0], output: output.trim() }
    })
  )
  const won = said.filter(({ output }) => /^\d+$/.test(output))
  expect(won).toHaveLength(1)
  expect(said.filter(({ output }) => /^Conflict: .*a\.js was mended otherwise/.test(output))).toHaveLength(2)
  expect(statuses(ledger)).toEqual({ [won[0]?.id ?? ""]: "active" })
  expect(runs(ledger, folder)).toEqual({ "a.js": won[0]?.text })
  ledger.close()
})
