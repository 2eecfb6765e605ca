/** What every ledger promises, whatever keeps it. */
import { chmodSync, readdirSync, readFileSync, statSync } from "node:fs"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { Conflict, type Ledger } from "../../healing/ledger.ts"
import {
  idsOf,
  patch,
  patchOf,
  type PluginFolder,
  pluginFolder,
  runs,
  seamOf,
  sha256,
  statuses
} from "./ledger-world.ts"

export const ledgerContract = (name: string, fresh: () => Ledger): void => {
  // oxlint-disable-next-line vitest/valid-title -- the name is that of the ledger under test
  describe(name, () => {
    let ledger: Ledger
    let folder: PluginFolder
    beforeEach(() => {
      folder = pluginFolder()
      ledger = fresh()
    })
    afterEach(() => {
      ledger.close()
      folder[Symbol.dispose]()
    })

    /** Whatever it says, nothing is changed. */
    const expectRefused = (act: () => unknown, words: RegExp): void => {
      const before = [ledger.list(), runs(ledger, folder), folder.read("a.js"), folder.read("b.js")]
      expect(act).toThrow(words)
      expect([ledger.list(), runs(ledger, folder), folder.read("a.js"), folder.read("b.js")]).toEqual(before)
    }

    describe("seams", () => {
      it("are read back as they were, newest first, of all or of one plugin or folder", () => {
        const one = seamOf({ state: "contained", degraded: ["x is made up"], origin: "template y", diff: "-a\n+b\n" })
        const two = seamOf({ plugin: "other", root: folder.root })
        ledger.commit(one, "noted")
        ledger.commit(two, "active")
        expect(ledger.list()).toEqual([
          { ...two, status: "active" },
          { ...one, status: "noted" }
        ])
        expect(ledger.list({ plugin: "words" })).toEqual([{ ...one, status: "noted" }])
        expect(idsOf(ledger.list({ root: folder.root }))).toEqual([two.id])
        expect(ledger.list({ plugin: "words", root: folder.root })).toEqual([])
      })

      it("are found by an unambiguous beginning of their id", () => {
        for (const id of ["sabc000001", "sabd000002"]) ledger.commit(seamOf({ id }), "noted")
        expect(ledger.find("sabc000001")?.id).toBe("sabc000001")
        expect(ledger.find(" SABC")?.id).toBe("sabc000001")
        expect(() => ledger.find("sab")).toThrow(/several seams: sabc000001, sabd000002/)
        for (const typed of ["x", "", "%", "sabc0000011"]) expect(ledger.find(typed)).toBeUndefined()
      })

      it("are appended once", () => {
        const seam = seamOf()
        ledger.commit(seam, "noted")
        expectRefused(() => ledger.commit(seam, "noted"), /UNIQUE/)
      })

      it("that changed no file hold until they are undone", () => {
        const seam = seamOf({ root: folder.root })
        ledger.commit(seam, "active")
        expectRefused(() => ledger.accept(seam.id), /changed no file/)
        expect(ledger.undo(seam.id, "rolled_back", "it broke again")).toEqual([
          { ...seam, status: "rolled_back", mark: { time: expect.any(Number), reason: "it broke again" } }
        ])
        expectRefused(() => ledger.undo(seam.id, "undone", "x"), /is rolled back: there is nothing to take back/)
      })

      it("that are only noted, or that nobody knows, can be neither accepted nor undone", () => {
        const seam = seamOf({ state: "contained" })
        ledger.commit(seam, "noted")
        expectRefused(() => ledger.undo(seam.id, "undone", "x"), /is noted/)
        expectRefused(() => ledger.accept(seam.id), /is noted/)
        expectRefused(() => ledger.activate(seam.id), /is noted, no proposal/)
        for (const act of [ledger.accept, ledger.activate, (id: string) => ledger.undo(id, "undone", "")])
          expectRefused(() => act("szzz"), /there is no seam szzz; see: kintsugi heal list/)
      })
    })

    describe("an overlay", () => {
      it("is empty for a plugin that nobody mended", () => {
        expect(ledger.overlay(folder.root)).toEqual({ sources: new Map(), seams: [], stale: [] })
      })

      it("holds the newest text of each file, the seams behind it, and leaves the files alone", () => {
        const ids = [patch(ledger, folder, { "a.js": "a1" }), patch(ledger, folder, { "a.js": "a2", "b.js": "b2" })]
        expect(runs(ledger, folder)).toEqual({ "a.js": "a2", "b.js": "b2" })
        expect(idsOf(ledger.overlay(folder.root).seams)).toEqual(ids)
        expect([folder.read("a.js"), folder.read("b.js")]).toEqual(["a0", "b0"])
        expect(ledger.overlay(folder.above)).toEqual({ sources: new Map(), seams: [], stale: [] })
      })

      it("keeps every character, whatever it is", () => {
        const text = "\u{feff}// π 🏺\r\n\0'\u2028\r"
        patch(ledger, folder, { "a.js": text })
        expect(runs(ledger, folder)).toEqual({ "a.js": text })
      })

      it("does not run at all when one of its files was edited, and runs again when that is taken back", () => {
        patch(ledger, folder, { "a.js": "a1" })
        patch(ledger, folder, { "b.js": "b1" })
        folder.write("a.js", "edited")
        expect(ledger.overlay(folder.root)).toEqual({ sources: new Map(), seams: [], stale: [folder.path("a.js")] })
        folder.write("a.js", "a0")
        expect(runs(ledger, folder)).toEqual({ "a.js": "a1", "b.js": "b1" })
      })

      it("of the edited source holds nothing of the one before", () => {
        const old = [patch(ledger, folder, { "a.js": "a1" }), patch(ledger, folder, { "b.js": "b1" })]
        folder.write("a.js", "edited")
        patch(ledger, folder, { "a.js": "edited and mended" })
        expect(runs(ledger, folder)).toEqual({ "a.js": "edited and mended" })
        for (const id of old)
          expect(ledger.find(id)).toMatchObject({
            status: "rolled_back",
            mark: { reason: `its source was edited since: ${folder.path("a.js")}` }
          })
      })
    })

    describe("a commit", () => {
      it("is refused when a file runs otherwise by now, all of it", () => {
        const one = patchOf(ledger, folder, { "a.js": "a1", "b.js": "b1" })
        const two = patchOf(ledger, folder, { "b.js": "b2" })
        ledger.commit(two.seam, "active", two.texts)
        expectRefused(() => ledger.commit(one.seam, "active", one.texts), /b\.js was mended otherwise/)
        expect(() => ledger.commit(one.seam, "active", one.texts)).toThrow(Conflict)
        expect(statuses(ledger)).toEqual({ [two.seam.id]: "active" })
      })

      it("is refused when the source was edited, or is gone", () => {
        const { seam, texts } = patchOf(ledger, folder, { "a.js": "a1" })
        folder.write("a.js", "edited")
        expect(() => ledger.commit(seam, "active", texts)).toThrow(Conflict)
        const gone = { ...seam, changes: [{ path: folder.path("c.js"), before: sha256("c0"), after: sha256("c1") }] }
        expectRefused(() => ledger.commit(gone, "active", new Map([[folder.path("c.js"), "c1"]])), /c\.js was edited/)
      })

      it("is refused when it was made for a file that runs mended, and the source was edited meanwhile", () => {
        patch(ledger, folder, { "a.js": "a1" })
        const { seam, texts } = patchOf(ledger, folder, { "a.js": "a2" })
        folder.write("a.js", "edited")
        expect(() => ledger.commit(seam, "active", texts)).toThrow(Conflict)
        expect(ledger.overlay(folder.root).stale).toEqual([folder.path("a.js")])
      })

      it("is refused when a text is not the one that was proved, or is missing", () => {
        const { seam } = patchOf(ledger, folder, { "a.js": "a1" })
        expectRefused(
          () => ledger.commit(seam, "active", new Map([[folder.path("a.js"), "other"]])),
          /the one that was proved/
        )
        expectRefused(() => ledger.commit(seam, "proposed"), /missing/)
      })

      it.each(["../core.js", "sub/../../core.js", "/etc/hosts"])("is refused for %s, outside the plugin", (name) => {
        const path = name.startsWith("/") ? name : `${folder.root}/${name}`
        const seam = seamOf({ root: folder.root, changes: [{ path, before: sha256("x"), after: sha256("y") }] })
        expectRefused(() => ledger.commit(seam, "active", new Map([[path, "y"]])), /not in the plugin's own folder/)
      })
    })

    describe("a proposal", () => {
      it("changes nothing before it is activated, then runs", () => {
        const { seam, texts } = patchOf(ledger, folder, { "a.js": "a1" })
        ledger.commit(seam, "proposed", texts)
        expect(runs(ledger, folder)).toEqual({})
        expect(ledger.activate(seam.id)).toMatchObject({ id: seam.id, status: "active" })
        expect(runs(ledger, folder)).toEqual({ "a.js": "a1" })
        expectRefused(() => ledger.activate(seam.id), /is active, no proposal/)
      })

      it("that was made for another text is in conflict", () => {
        const { seam, texts } = patchOf(ledger, folder, { "a.js": "a1" })
        ledger.commit(seam, "proposed", texts)
        patch(ledger, folder, { "a.js": "a2" })
        for (const act of [ledger.activate, ledger.accept]) {
          expectRefused(() => act(seam.id), /mended otherwise/)
          expect(() => act(seam.id)).toThrow(Conflict)
        }
      })

      it("can be declined", () => {
        const { seam, texts } = patchOf(ledger, folder, { "a.js": "a1" })
        ledger.commit(seam, "proposed", texts)
        const active = patch(ledger, folder, { "a.js": "a2" })
        expect(idsOf(ledger.undo(seam.id, "undone", "no"))).toEqual([seam.id])
        expect(statuses(ledger)).toEqual({ [seam.id]: "undone", [active]: "active" })
      })

      it("that is accepted goes straight into the source, on top of what runs", () => {
        const below = patch(ledger, folder, { "a.js": "a1" })
        const { seam, texts } = patchOf(ledger, folder, { "a.js": "a2", "b.js": "b2" })
        ledger.commit(seam, "proposed", texts)
        expect(idsOf(ledger.accept(seam.id))).toEqual([below, seam.id])
        expect([folder.read("a.js"), folder.read("b.js")]).toEqual(["a2", "b2"])
        expect(idsOf(ledger.undo(seam.id, "undone", "x"))).toEqual([seam.id])
        expect([folder.read("a.js"), folder.read("b.js")]).toEqual(["a1", "b0"])
      })
    })

    describe("undo", () => {
      it.each([0, 1, 2])(
        "of three stacked patches, at depth %i, leaves what ran before, to the byte (A26)",
        (depth) => {
          const texts = ["a0", "a1\r\n", "a2\n\n", "a3"]
          const ids = texts.slice(1).map((text) => patch(ledger, folder, { "a.js": text }))
          expect(idsOf(ledger.undo(ids[depth] ?? "", "undone", "no"))).toEqual(ids.slice(depth).toReversed())
          expect(runs(ledger, folder)).toEqual(depth === 0 ? {} : { "a.js": texts[depth] })
          expect(folder.read("a.js")).toBe("a0")
          // And from there once more, one after the other.
          for (const [at, id] of ids.slice(0, depth).toReversed().entries()) {
            ledger.undo(id, "undone", "no")
            expect(runs(ledger, folder)["a.js"] ?? "a0").toBe(texts[depth - 1 - at])
          }
          expect(runs(ledger, folder)).toEqual({})
        }
      )

      it("takes what stands on it in the same files, says why, and leaves all else", () => {
        const one = patch(ledger, folder, { "a.js": "a1" })
        const apart = patch(ledger, folder, { "b.js": "b1" })
        const two = patch(ledger, folder, { "a.js": "a2", "b.js": "b2" })
        const three = patch(ledger, folder, { "b.js": "b3" })
        const taken = ledger.undo(one, "undone", "the user asked")
        expect(idsOf(taken)).toEqual([three, two, one])
        expect(taken.map(({ mark }) => mark?.reason)).toEqual([
          `it stood on ${one}: the user asked`,
          `it stood on ${one}: the user asked`,
          "the user asked"
        ])
        expect(runs(ledger, folder)).toEqual({ "b.js": "b1" })
        expect(idsOf(ledger.overlay(folder.root).seams)).toEqual([apart])
      })

      it("works when the source was edited: then nothing of it would run, or come back", () => {
        const id = patch(ledger, folder, { "a.js": "a1" })
        folder.write("a.js", "edited")
        ledger.undo(id, "undone", "x")
        expect(ledger.overlay(folder.root)).toEqual({ sources: new Map(), seams: [], stale: [] })
        folder.write("a.js", "a0")
        expect(runs(ledger, folder)).toEqual({})
      })
    })

    describe("accept", () => {
      it("writes the text into the source, with its mode, and nothing runs in its place any more", () => {
        chmodSync(folder.path("a.js"), 0o754)
        const id = patch(ledger, folder, { "a.js": "a1 π" })
        expect(ledger.accept(id)).toMatchObject([{ id, status: "accepted" }])
        expect(folder.read("a.js")).toBe("a1 π")
        expect(statSync(folder.path("a.js")).mode & 0o7777).toBe(0o754)
        expect(ledger.overlay(folder.root)).toEqual({ sources: new Map(), seams: [], stale: [] })
        expectRefused(() => ledger.accept(id), /accepted already/)
      })

      it("takes what it stands on, what stands on it, and what that touches", () => {
        const one = patch(ledger, folder, { "a.js": "a1" })
        const two = patch(ledger, folder, { "a.js": "a2", "b.js": "b2" })
        const three = patch(ledger, folder, { "b.js": "b3" })
        expect(idsOf(ledger.accept(one))).toEqual([one, two, three])
        expect([folder.read("a.js"), folder.read("b.js")]).toEqual(["a2", "b3"])
      })

      it("leaves what shares no file with it", () => {
        const one = patch(ledger, folder, { "a.js": "a1" })
        const two = patch(ledger, folder, { "b.js": "b1" })
        expect(idsOf(ledger.accept(one))).toEqual([one])
        expect(runs(ledger, folder)).toEqual({ "b.js": "b1" })
        expect(statuses(ledger)).toEqual({ [one]: "accepted", [two]: "active" })
        expect(folder.read("b.js")).toBe("b0")
      })

      it("can be undone to any depth, byte for byte, also of what is no text", () => {
        const bytes = new Uint8Array([0xff, 0xfe, 0x00, 0x80])
        folder.write("a.js", bytes)
        const path = folder.path("a.js")
        const seam = seamOf({ root: folder.root, changes: [{ path, before: sha256(bytes), after: sha256("a1") }] })
        ledger.commit(seam, "active", new Map([[path, "a1"]]))
        const two = patch(ledger, folder, { "a.js": "a2" })
        ledger.accept(seam.id)
        const three = patch(ledger, folder, { "a.js": "a3" })
        ledger.undo(two, "undone", "x")
        expect(statuses(ledger)).toEqual({ [seam.id]: "accepted", [two]: "undone", [three]: "undone" })
        expect(folder.read("a.js")).toBe("a1")
        expect(runs(ledger, folder)).toEqual({})
        ledger.undo(seam.id, "undone", "x")
        expect(sha256(readFileSync(path))).toBe(sha256(bytes))
        patch(ledger, folder, { "a.js": "a4" })
        expect(runs(ledger, folder)).toEqual({ "a.js": "a4" })
      })

      it("is not undone over an edit", () => {
        const id = patch(ledger, folder, { "a.js": "a1", "b.js": "b1" })
        ledger.accept(id)
        folder.write("b.js", "edited")
        expectRefused(() => ledger.undo(id, "undone", "x"), /b\.js is not written: it was edited/)
        const next = patch(ledger, folder, { "b.js": "edited and mended" })
        ledger.accept(next)
        expectRefused(() => ledger.undo(id, "undone", "x"), /edited between the repairs/)
        ledger.undo(next, "undone", "x")
        expect(folder.read("b.js")).toBe("edited")
      })

      it("is refused when anything of the plugin was edited since it was proved", () => {
        const id = patch(ledger, folder, { "a.js": "a1" })
        patch(ledger, folder, { "b.js": "b1" })
        folder.write("b.js", "edited")
        expectRefused(() => ledger.accept(id), /b\.js was edited since it was mended/)
      })

      it("leaves nothing beside the file", () => {
        ledger.accept(patch(ledger, folder, { "a.js": "a1" }))
        expect(readdirSync(folder.root)).toEqual(["a.js", "b.js"])
      })
    })

    it("refuses everything when it is closed, and may be closed twice", () => {
      ledger.close()
      ledger.close()
      expect(() => ledger.list()).toThrow(/the ledger is closed/)
      expect(() => ledger.commit(seamOf(), "noted")).toThrow(/the ledger is closed/)
      ledger = fresh()
    })
  })
}
