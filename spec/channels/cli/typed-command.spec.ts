/** `kintsugi run "/name …"`: commands of plugins are run without a model, whatever else begins so is a message. */
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { createRuntime } from "../../../actors/runtime.ts"
import { conductTyped } from "../../../channels/cli/run.ts"
import { played } from "../../actors/played-model.ts"
import { makeWorld, type World } from "../../actors/world.ts"
import { makeOffering } from "../offering.ts"
import { heardIo } from "./heard.ts"
import { commandLine } from "./in-process.ts"

let world: World
let kintsugi: ReturnType<typeof commandLine>

beforeEach(() => {
  world = makeWorld()
  kintsugi = commandLine(world)
})
afterEach(() => {
  world.remove()
  // `run` is the last thing of its process and does not tidy up behind itself.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.removeAllListeners(signal)
})

describe("a command of a plugin", () => {
  it("prints what it shows, and needs no model", async () => {
    const { code, out, err } = await kintsugi(["run", "/skills"])
    expect({ code, err }).toEqual({ code: 0, err: "" })
    expect(out).toMatch(/^- \*\*[\w-]+\*\* /)
  })

  it("is a report as any other, in both forms of JSON", async () => {
    const whole = await kintsugi(["run", "/skills", "--output", "json"])
    const report = JSON.parse(whole.out)
    expect(report).toMatchObject({ status: "done", exit_code: 0, rounds: 0, steps: [], cost: 0 })
    expect(report.final_answer).toContain("**commit**")
    const lines = (await kintsugi(["run", "/skills", "--output", "stream-json"])).out.trim().split("\n")
    const [session, result, ...more] = lines.map((line) => JSON.parse(line))
    expect(session).toMatchObject({ type: "session" })
    expect(result).toMatchObject({ type: "result", final_answer: report.final_answer })
    expect(more).toEqual([])
  })

  it("leaves no session behind", async () => {
    await kintsugi(["run", "/skills"])
    expect(JSON.parse((await kintsugi(["session", "list", "--json"])).out)).toEqual([])
  })
})

describe("whatever else begins so", () => {
  it("is a message: an unknown name, a path", async () => {
    const rules = [{ when: ".*", turns: [{ text: "{{message}}" }] }]
    const script = world.write(join(world.cwd, "script.yaml"), JSON.stringify({ rules }))
    for (const text of ["/unknown x", "/etc/hosts is odd"]) {
      const { code, out } = await kintsugi(["run", text, "-m", `scripted/${script}`])
      expect({ code, out }).toEqual({ code: 0, out: `${text}\n` })
    }
  })

  it("needs a model, and says so as ever", async () => {
    const { code, out, err } = await kintsugi(["run", "/unknown x", "--output", "json"])
    expect(code).toBe(2)
    expect(err).toContain("no model is configured")
    expect(JSON.parse(out)).toMatchObject({ status: "failed", error: { code: "not_configured" }, session_id: null })
  })
})

describe("in a session", () => {
  const opened = async (plays: Parameters<typeof played>[0]) => {
    const offering = makeOffering()
    const model = played(plays)
    const runtime = await createRuntime({ cwd: world.cwd, env: {}, model, plugins: [offering.plugin] })
    return { offering, model, runtime, session: await runtime.open() }
  }

  it("what a command says is the task, and what it shows besides is a remark", async () => {
    const { model, runtime, session } = await opened(["hello"])
    const io = heardIo()
    const typed = { name: "hail", argument: "Ann" }
    expect(await conductTyped(io, session, typed, "text", runtime.close)).toBe(0)
    expect(io.out()).toBe("hello\n")
    expect(io.err()).toMatch(/^hailing\n/)
    expect(JSON.stringify(model.requests[0]?.messages)).toContain("Hail Ann!")
  })

  it("one that runs is stopped by a signal, whose code it ends with", async () => {
    const { offering, runtime, session } = await opened([])
    const io = heardIo()
    const end = conductTyped(io, session, { name: "wait", argument: "" }, "json", runtime.close)
    await vi.waitUntil(() => offering.running() === 1)
    process.emit("SIGTERM", "SIGTERM")
    expect(await end).toBe(143)
    expect(JSON.parse(io.out())).toMatchObject({ status: "cancelled", exit_code: 143 })
    expect(offering.running()).toBe(0)
  })
})
