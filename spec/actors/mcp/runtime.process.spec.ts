import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import { createRuntime, scripted } from "../../../index.ts"
import { isGone } from "../../plugins/ports/processes.ts"
import { behaving, client, temporary } from "./opened.ts"

const model = await scripted({ rules: [{ when: ".*", turns: [{ text: "hello" }] }] })

describe("a runtime", () => {
  it("begins its servers with its first session, shows them in its tree, and leaves none behind", async () => {
    const cwd = temporary({ onTestFinished })
    await using runtime = await createRuntime({ cwd, model, settings: { mcp: { servers: { one: behaving() } } } })
    const branch = () => runtime.health().tree.children.find(({ id }) => id === "mcp")
    expect(runtime.mcp.list()).toMatchObject([{ name: "one", status: "idle" }])
    expect(branch()?.children).toEqual([])
    const session = await runtime.open({ unattended: true })
    expect(runtime.mcp.list()).toMatchObject([{ status: expect.not.stringMatching("idle") }])
    await vi.waitFor(
      () => expect(branch()?.children).toMatchObject([{ id: "one", kind: "server", state: "running" }]),
      10_000
    )
    expect(await runtime.mcp.call("one", "echo", { text: "hi" }, client())).toMatchObject({ content: [{ text: "hi" }] })
    const pid = branch()?.children[0]?.pid ?? 0
    expect(isGone(pid)).toBe(false)
    await session.close()
    await runtime.close()
    expect(isGone(pid)).toBe(true)
  })

  it("ends what a plugin without code brings when it is switched off, and has it again when it is switched on", async () => {
    const cwd = temporary({ onTestFinished })
    const folder = join(cwd, "config/plugins/bag")
    mkdirSync(join(folder, "agents"), { recursive: true })
    writeFileSync(join(folder, ".mcp.json"), JSON.stringify({ mcpServers: { one: behaving() } }))
    writeFileSync(join(folder, "agents/judge.md"), "---\nname: judge\ndescription: Judges.\n---\nJudge.")
    const name = "plugin:bag:one"
    const discover = { config: join(cwd, "config"), trusted: false }
    await using runtime = await createRuntime({ cwd, model, discover, env: { HOME: cwd, PATH: process.env.PATH } })
    await using session = await runtime.open({ unattended: true })
    const echo = () => runtime.mcp.call(name, "echo", { text: "hi" }, client())
    const agents = async () => (await runtime.agentFiles.all()).agents.map((one) => one.name)
    expect(await echo()).toMatchObject({ content: [{ text: "hi" }] })
    expect(await agents()).toEqual(["bag:judge"])
    const [server] = runtime.health().tree.children.find(({ id }) => id === "mcp")?.children ?? []
    await runtime.plugins.disable("bag")
    expect(runtime.mcp.list()).toMatchObject([{ name, status: "disabled", tools: [] }])
    await expect(echo()).rejects.toThrow(`${name} is disabled`)
    await vi.waitFor(() => expect(isGone(server?.pid ?? 0)).toBe(true))
    expect(await agents()).toEqual([])
    await runtime.plugins.enable("bag")
    expect(await echo()).toMatchObject({ content: [{ text: "hi" }] })
    expect(await agents()).toEqual(["bag:judge"])
    await runtime.plugins.disable("bag")
    await runtime.plugins.enable("bag")
    expect(await echo()).toMatchObject({ content: [{ text: "hi" }] })
    expect(session.view().state).toBe("idle")
  })

  it("without servers has no branch for them, and one whose gateway is disabled begins none", async () => {
    const cwd = temporary({ onTestFinished })
    await using none = await createRuntime({ cwd, model })
    expect(none.mcp.list()).toEqual([])
    expect(none.health().tree.children.map(({ id }) => id)).not.toContain("mcp")
    const settings = { mcp: { servers: { one: behaving() } }, plugins: { disabled: ["mcp-gateway"] } }
    await using quiet = await createRuntime({ cwd, model, settings })
    await using session = await quiet.open({ unattended: true })
    expect(session.id).toBeDefined()
    expect(quiet.mcp.list()).toMatchObject([{ status: "idle" }])
  })
})
