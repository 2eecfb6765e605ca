/** What plugins add to a session for its user: listed at once, run in its folder and with its ports, and never a way to break it. */
import { copyFile, mkdtemp, realpath, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { createRuntime, type Runtime } from "../../actors/runtime.ts"
import type { Session } from "../../actors/session-host.ts"
import { definePlugin } from "../../plugins/plugin.ts"

let cwd: string
let folder: string
let runtime: Runtime
let session: Session
let changes = 0

/** It brings a command and a key that the module brings too, and comes later. */
const late = definePlugin({
  name: "late",
  registerCommands: () => [
    { name: "greet", description: "Another.", run: () => "never" },
    { name: "slow", description: "Never ends.", run: () => new Promise<never>(() => {}) },
    { name: "silent", description: "Says nothing.", run: () => undefined },
    { name: "long", description: "Says much.", run: () => "x".repeat(200_000) }
  ],
  registerShortcuts: () => [{ key: "ctrl-g", description: "Another.", run: () => "never" }],
  registerWidgets: () => [
    { name: "clock", place: "above", render: () => "twelve" },
    { name: "stuck", place: "above", render: () => new Promise<never>(() => {}) }
  ]
})

beforeAll(async () => {
  cwd = await realpath(await mkdtemp(join(tmpdir(), "kintsugi-extensions-")))
  folder = await realpath(await mkdtemp(join(tmpdir(), "kintsugi-recorder-")))
  await copyFile(join(import.meta.dirname, "fixtures/recorder.ts"), join(folder, "recorder.ts"))
  await writeFile(join(cwd, "note.txt"), "it is written")
  runtime = await createRuntime({
    cwd,
    env: {},
    model: "scripted/rehearsal",
    plugins: [join(folder, "recorder.ts"), late],
    settings: { plugins: { hook_timeout: 1.5, disabled: ["mcp-gateway"] }, tools: { timeout: 2 } }
  })
  session = await runtime.open()
  session.extensions.changes.subscribe(() => (changes += 1))
  await vi.waitUntil(() => session.extensions.commands().length > 6, 10_000)
})
afterAll(async () => {
  await runtime.close()
  await rm(cwd, { recursive: true })
  await rm(folder, { recursive: true })
})

const stateOf = (name: string) => runtime.plugins.list().find((one) => one.name === name)

it("are listed, of two with one name the first, and the clash is told once", async () => {
  const { commands, shortcuts, widgets } = session.extensions
  const theirs = commands().filter(({ plugin }) => plugin === "recorder" || plugin === "late")
  expect(theirs.map(({ plugin, name }) => `${plugin} ${name}`)).toEqual([
    ...["greet", "sulk", "odd", "wait"].map((name) => `recorder ${name}`),
    ...["slow", "silent", "long"].map((name) => `late ${name}`)
  ])
  expect(commands()[0]).toEqual({ plugin: "recorder", name: "greet", description: "Greets.", argument: "[name]" })
  expect(shortcuts()).toEqual([{ plugin: "recorder", key: "ctrl-g", description: "Goes on." }])
  expect(widgets()).toEqual([
    { plugin: "recorder", name: "clock", place: "status", every: 60 },
    { plugin: "recorder", name: "torn", place: "above", every: 5 },
    { plugin: "late", name: "clock", place: "above", every: 5 },
    { plugin: "late", name: "stuck", place: "above", every: 5 }
  ])
  expect(stateOf("late")).toMatchObject({ state: "degraded", reason: expect.stringContaining("plugin recorder") })
})

it("run in the session's folder, with its ports and its id, and show what they are about", async () => {
  const shown: Array<string> = []
  const onProgress = (text: string) => void shown.push(text)
  expect(await session.extensions.runCommand("greet", "you", { onProgress })).toEqual({
    show: `hello you in ${cwd}: it is written`,
    say: `greet ${session.id}`
  })
  expect(shown).toEqual(["reading"])
  expect(await session.extensions.pressShortcut("ctrl-g")).toEqual({ show: "gone on" })
  expect(await session.extensions.runCommand("silent", "")).toEqual({})
  expect((await session.extensions.runCommand("long", "")).show?.length).toBe(100_001)
})

it.each<[string, string]>([
  ["sulk", "/sulk of plugin recorder failed: not today"],
  ["odd", "/odd of plugin recorder failed: it must give nothing, a text or { show?, say? }"],
  ["slow", "/slow of plugin late failed: it took longer than 2 s and was stopped"],
  ["none", "There is no /none here."]
])("that fail say so and reject nothing: %s", async (name, show) => {
  expect(await session.extensions.runCommand(name, "")).toEqual({ show })
})

it("are stopped when the user stops them", async () => {
  const end = new AbortController()
  const onProgress = () => end.abort()
  const running = session.extensions.runCommand("wait", "", { signal: end.signal, onProgress })
  expect(await running).toEqual({ show: "/wait of plugin recorder failed: it was stopped" })
})

it("are rendered, and are empty when they fail, which is shown once", async () => {
  const { renderWidget } = session.extensions
  expect(await renderWidget("recorder", "clock")).toBe(`clock of ${session.id}`)
  expect(await renderWidget("late", "clock")).toBe("twelve")
  expect(await renderWidget("late", "stuck")).toBe("")
  expect(await renderWidget("nobody", "clock")).toBe("")
  const news: Array<string> = []
  session.events.subscribe((notice) => notice.type === "agent.plugin" && news.push(notice.plugin))
  expect(await renderWidget("recorder", "torn")).toBe("")
  expect(await renderWidget("recorder", "torn")).toBe("")
  expect(news).toEqual(["recorder"])
  expect(stateOf("recorder")?.reason).toContain("its widget torn failed: it must render a text, not object")
})

it("tell when they may have become others, and are gone with their plugin", async () => {
  const before = changes
  await runtime.plugins.disable("recorder")
  expect(changes).toBeGreaterThan(before)
  expect(session.extensions.commands().map(({ plugin, name }) => `${plugin} ${name}`)[0]).toBe("late greet")
  expect(await session.extensions.runCommand("greet", "")).toEqual({ show: "never" })
  expect(await session.extensions.runCommand("sulk", "")).toEqual({ show: "There is no /sulk here." })
})

it("that still run when the session closes end with it", async () => {
  const other = await runtime.open()
  const running = other.extensions.runCommand("slow", "")
  await other.close()
  expect(await running).toEqual({ show: "/slow of plugin late failed: it was stopped" })
})
