import { join } from "node:path"
import { describe, expect, it } from "vitest"
import type { ChildView } from "../../../../actors/kernel/child.ts"
import { serveHealth } from "../../../../channels/health/serve.ts"
import { child, health } from "../../../actors/tree-views.ts"
import { watch } from "../../../../channels/terminal/top/live.ts"
import { bin, place, type Place } from "../../../program.ts"
import { begin, kill } from "../../health/over-socket.ts"
import { fakeTerminal } from "../fake-terminal.ts"
import { hasTmux, openWindow, type Window } from "../tmux.ts"

const open = (here: Place): Promise<Window> => {
  const command = `echo "what stood there"; ${process.execPath} ${bin} top; echo "left with $?"; exec cat`
  const env = { ...here.env, XDG_RUNTIME_DIR: here.home }
  return openWindow(command, { columns: 90, rows: 16, cwd: here.cwd, env })
}

const tools = Array.from({ length: 30 }, (_, n) => child(`tool:${n}`, { kind: "tool" }))

/** Another process, that is healthy whatever happens. */
const neighbour = (folder: string) => {
  const answer = JSON.stringify(JSON.stringify(health([child("next door")], { cwd: "/neighbour" })))
  return begin(folder, `require("node:http").createServer((_, r) => r.end(${answer})).listen(path, done)`)
}

describe.skipIf(!hasTmux)("kintsugi top in a terminal (needs tmux)", { timeout: 40_000 }, () => {
  it("shows what changes, scrolls, changes size and process, and gives the terminal back", async () => {
    await using here = await place()
    const folder = join(here.home, "kintsugi")
    let children: ReadonlyArray<ChildView> = [child("plugin:日本語", { kind: "plugin", children: tools })]
    const served = await serveHealth({ health: () => health(children, { pid: process.pid, cwd: here.cwd }) }, [folder])
    const other = await neighbour(folder)
    await using window = await open(here)

    const first = await window.until(new RegExp(`^[› ] [12] ${process.pid} {2}`, "m"))
    expect(first).not.toContain("what stood there")
    // The lower id stands first.
    await window.keys(other.pid < process.pid ? "2" : "1")
    await window.until(/└─ plugin:日本語 +running/)
    await window.until(/1–\d+ of 32/)
    children = [child("plugin:日本語", { kind: "plugin", state: "quarantined", restarts: 3, children: tools })]
    await window.until(/plugin:日本語 +quarantined .*3 restarts/)
    expect(await window.until("degraded")).toMatch(new RegExp(`› . ${process.pid}`))

    await window.type("jj")
    await window.until("3–")
    await window.type("G")
    await window.until(/of 32[^]*q leaves/)
    await window.until("└─ tool:29")
    await window.resize(40, 10)
    const small = await window.until(/of 32 · ↑ ↓/)
    expect(small.split("\n").length).toBeLessThanOrEqual(10)
    // Nothing of the larger frame is left.
    expect(small.match(/of 32/g)?.length).toBe(1)
    expect(small.match(/^› /gm)?.length).toBe(1)
    await window.type("G")
    await window.until("└─ tool:29")
    await window.resize(100, 40)
    await window.until(new RegExp(["runtime", ...tools.map(({ id }) => `${id} `)].join("[^]*")))

    await window.keys("Tab")
    await window.until("next door")
    await kill(other)
    await window.until(/plugin:日本語[^]*tool:29/)
    served.close()
    await window.until("no kintsugi is running any more")
    await window.type("q")
    const after = await window.until("left with 0")
    expect(after).toContain("what stood there")
    expect(after).not.toContain("no kintsugi is running any more")
  })
})

describe("kintsugi top, drawn", () => {
  it.each([
    [256, true],
    [0, false]
  ] as const)("with %i colours", async (colors, isColoured) => {
    const terminal = fakeTerminal(80, 24)
    const seen = [{ pid: 1, health: health([child("a", { state: "quarantined" })]) }]
    const watching = watch(terminal, { colors, background: "dark", links: false }, async () => seen)
    await terminal.until("quarantined")
    // Red.
    expect(/31m *quarantined/.test(terminal.raw())).toBe(isColoured)
    terminal.type("q")
    await watching
    expect(terminal.isRaw()).toBe(false)
    expect(terminal.raw()).toMatch(/\u001b\[\?1049h[^]*\u001b\[\?1049l/)
  })
})
