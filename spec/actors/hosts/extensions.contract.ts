/** What every place promises of what a plugin registers: asked once, checked, and run where its code is. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest"
import { isManifest } from "../../../actors/hosts/manifest.ts"
import type { Place } from "../../../actors/hosts/host.ts"
import { hookNames } from "../../../plugins/hooks.ts"
import { type Workspace, workspace } from "../../plugins/workspace.ts"
import { faultOf, folderWith, household, open } from "./opened.ts"

const recorder = readFileSync(join(import.meta.dirname, "../fixtures/recorder.ts"), "utf8")

export const registersByTheContract = (place: Place): void => {
  let room: Workspace
  beforeAll(async () => {
    room = await workspace()
    await room.put({ "note.txt": "it is written" })
  })
  afterAll(() => room[Symbol.asyncDispose]())

  const enter = async (source: string) => {
    const folder = await folderWith({ "guest.ts": source })
    return (await open(await household({ cwd: room.cwd }), place, join(folder, "guest.ts"))).host
  }

  const faultIn = async (source: string): Promise<string> => {
    const folder = await folderWith({ "guest.mjs": source })
    const scope = Scope.makeUnsafe()
    const home = await household({ cwd: room.cwd })
    const opening = home.open(place, { name: "guest", module: join(folder, "guest.mjs") })
    const { kind, message } = await faultOf(Scope.provide(opening, scope))
    await Effect.runPromise(Scope.close(scope, Exit.void))
    expect(kind).toBe("load")
    return message
  }

  describe("what a plugin registers", () => {
    it("is told as data, and runs with the ports, the abort and the session of whoever asks", async () => {
      // Among us its output is ours.
      const log = vi.spyOn(console, "log").mockImplementation(() => {})
      onTestFinished(() => log.mockRestore())
      const { extensions, manifest, failures, plugin } = await enter(recorder)
      expect(failures).toEqual([])
      expect(isManifest(JSON.parse(JSON.stringify(manifest)))).toBe(true)
      expect(manifest).toMatchObject({ name: "recorder", version: "1.2.3", hooks: { length: hookNames.length } })
      expect(plugin).toMatchObject({ version: "1.2.3" })
      expect(manifest.extensions).toEqual(JSON.parse(JSON.stringify(extensions)))
      expect(extensions).toMatchObject({
        commands: [{ name: "greet", argument: "[name]" }, { name: "sulk" }, { name: "odd" }, { name: "wait" }],
        shortcuts: [{ key: "ctrl-g" }],
        flags: [{ name: "loud", type: "boolean", default: true }],
        widgets: [{ name: "clock", place: "status", every: 60 }, { name: "torn" }],
        providers: [{ id: "recorded", dialect: "openai-chat", env: [], models: [] }]
      })

      const [greet, sulk, , wait] = extensions.commands
      const shown: Array<string> = []
      const context = { ...room.context, session: "s1", progress: (text: string) => void shown.push(text) }
      expect(await greet?.run("you", context)).toEqual({
        show: `hello you in ${room.cwd}: it is written`,
        say: "greet s1"
      })
      expect(shown).toEqual(["reading"])
      await expect(sulk?.run("", context)).rejects.toThrow("not today")
      expect(await extensions.shortcuts[0]?.run(context)).toBe("gone on")
      expect(await extensions.widgets[0]?.render(context)).toBe("clock of s1")

      const end = new AbortController()
      const waiting = wait?.run("", { ...context, signal: end.signal, progress: () => end.abort(new Error("enough")) })
      await expect(waiting).rejects.toThrow("enough")
    })

    it("keeps it from being loaded when it is wrong, and says where", async () => {
      const commands = 'registerCommands: () => [{ name: "Go On", description: "x", run() {} }]'
      expect(await faultIn(`export default { name: "odd", ${commands} }`)).toContain(
        'plugin "odd": registerCommands gives at [0] a wrong name: it must be 1 to 40 lower-case letters'
      )
    })

    it("may be missing in part, when a hook that was asked for it fails", async () => {
      const host = await enter(`export default class {
        name = "half"
        words = ["one"]
        registerFlags() { throw new RangeError("no flags today") }
        async registerCommands() { return this.words.map((name) => ({ name, description: "x", run: () => this.words.join() })) }
        registerShortcuts() { return [{ key: "alt-k", description: "x", run: ({ store }) => store.project.set("k", [undefined]) }] }
      }`)
      expect(host.failures).toMatchObject([{ hook: "registerFlags", error: { message: "no flags today" } }])
      expect(host.extensions).toMatchObject({ flags: [], commands: [{ name: "one" }] })
      // What JSON would change on its way is refused before it goes.
      const keeping = host.extensions.shortcuts[0]?.run(room.context)
      await expect(keeping).rejects.toThrow(place === "in_process" ? "cannot be used here" : "must be plain JSON")
      expect(await host.extensions.commands[0]?.run("", room.context)).toBe("one")
    })
  })
}
