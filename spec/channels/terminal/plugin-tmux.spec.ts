import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { describe, expect, it } from "vitest"
import { bin, place } from "../../program.ts"
import { hasTmux, openWindow } from "./tmux.ts"

const plugin = `
import { definePlugin } from "kintsugi/plugin"
let flags = {}
let rendered = 0
export default definePlugin({
  name: "gadget",
  start: (context) => void (flags = context.flags),
  registerCommands: () => [
    {
      name: "gadget",
      argument: "[text]",
      description: "show what was typed",
      run: (text, { progress }) => {
        progress("looking at it")
        return { show: "You typed **" + text + "** at speed " + flags["gadget-speed"], say: "say " + text }
      }
    },
    { name: "hang", description: "never end", run: () => new Promise(() => {}) }
  ],
  registerShortcuts: () => [{ key: "alt-g", description: "greet", run: () => "Hello from the key" }],
  registerFlags: () => [{ name: "gadget-speed", type: "string", description: "how fast", default: "slow" }],
  registerWidgets: () => [
    { name: "count", place: "above", every: 1, render: () => "rendered " + ++rendered + " times\\u001b[2J" },
    { name: "mood", place: "status", render: () => "mood: calm" }
  ]
})
`

const script = `
rules:
  - when: ".*"
    turns: [ { text: "You said: {{message}}" } ]
`

describe.skipIf(!hasTmux)("a plugin in a terminal (needs tmux)", { timeout: 60_000 }, () => {
  it("is asked about, trusted, and adds a command, a key, a flag and widgets; new code changes them in mid-session", async () => {
    await using here = await place()
    const module = join(here.cwd, ".kintsugi", "plugins", "gadget.ts")
    await mkdir(join(here.cwd, ".kintsugi", "plugins"), { recursive: true })
    await writeFile(module, plugin)
    await writeFile(join(here.cwd, "script.yaml"), script)
    const { NO_COLOR: _, ...env } = here.env
    await using window = await openWindow(`${process.execPath} ${bin} chat -m scripted/./script.yaml; exec cat`, {
      columns: 90,
      rows: 40,
      cwd: here.cwd,
      env
    })
    await window.until(/plugins: gadget[^]*do not ask again/)
    await pause(400)
    await window.type("y")
    await window.until(/rendered [2-9] times\n\n─/)
    expect(await window.until("mood: calm")).toMatch(/mood: calm$/)
    await window.type("/gadget two words")
    await window.keys("Enter")
    await window.until(/You typed two words at speed slow\n\n› say two words\n\n● You said: say two words/)
    await window.keys("M-g")
    await window.until("Hello from the key")
    await window.type("/hang")
    await window.keys("Enter")
    await window.until(/\/hang… \d\S*s · esc gives it up/)
    await window.keys("Escape")
    await window.until("/hang: given up")
    await writeFile(module, (await readFile(module, "utf8")).replace("from the key", "from new code"))
    await window.type("/reload gadget")
    await window.keys("Enter")
    await window.until("gadget was loaded anew")
    await window.keys("M-g")
    await window.until("Hello from new code")
    await window.type("/exit")
    await window.keys("Enter")
    await window.until("kintsugi chat -r")
  })
})
