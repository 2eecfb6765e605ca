import { describe, expect, it, onTestFinished } from "vitest"
import { createRuntime } from "../../../actors/runtime.ts"
import type { RuntimeOptions } from "../../../actors/runtime/options.ts"
import { checkScript } from "../../../llm/dialects/script.ts"
import { scripted } from "../../../llm/dialects/scripted.ts"
import type { Question } from "../../../machines/events.ts"
import { definePlugin } from "../../../plugins/plugin.ts"
import { defineTool, type ToolContext } from "../../../plugins/tool.ts"

const script = checkScript("spec.yaml", { rules: [{ when: ".*", turns: [{ text: "yes" }] }] })

/** `read` and `write` work until they are released. */
const open = async (options: Partial<RuntimeOptions> = {}, session: { readonly unattended?: boolean } = {}) => {
  const log: Array<string> = []
  const waiting = new Map<string, () => void>()
  const works = (name: string, risk: "read" | "write") =>
    defineTool({
      name,
      description: "Works.",
      risk,
      input: { type: "object", properties: { id: { type: "string" } }, required: ["id"] },
      execute: async (input, { signal, progress }: ToolContext) => {
        const { id } = input as { readonly id: string } // as its schema says
        log.push(`${id} begins`)
        progress(`${id} works`)
        await new Promise<void>((resolve) => {
          waiting.set(id, resolve)
          signal.addEventListener("abort", () => resolve())
        })
        log.push(`${id} ${signal.aborted ? "stopped" : "ends"}`)
        return id
      }
    })
  const broken = defineTool({
    name: "broken",
    description: "Breaks.",
    risk: "write",
    input: { type: "object" },
    execute: () => {
      throw new Error("out of order")
    }
  })
  const inquire = defineTool({
    name: "inquire",
    description: "Asks.",
    risk: "read",
    input: { type: "object" },
    execute: async (_, { ask }) =>
      JSON.stringify(await ask({ from: "it", message: "?", fields: [{ name: "n", type: "integer", required: true }] }))
  })
  const plugin = definePlugin({
    name: "works",
    tools: [works("read", "read"), works("write", "write"), works("move", "write"), broken, inquire]
  })
  const { plugins = [], ...more } = options
  const runtime = await createRuntime({
    env: {},
    model: scripted({ id: "scripted/spec", script }),
    plugins: [plugin, ...plugins],
    ...more
  })
  onTestFinished(() => runtime.close())
  const opened = await runtime.open(session)
  const end = async (id: string): Promise<void> => {
    await until(() => waiting.has(id))
    waiting.get(id)?.()
  }
  return { runtime, session: opened, tools: opened.tools, log, end }
}

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2))
}

const auto = { settings: { permissions: { mode: "auto" } } } as const

describe("a call of a session's tool that no model made", () => {
  it("comes to its answer, tells its progress, and leaves the conversation as it is", async () => {
    const { tools, session, end } = await open()
    const told: Array<string> = []
    const called = tools.call({ tool: "read", input: { id: "a" } }, { progress: (text) => told.push(text) })
    await end("a")
    expect(await called).toMatchObject({ success: true, data: "a" })
    expect(told).toEqual(["a works"])
    expect(session.view()).toMatchObject({ transcript: [], state: "idle", questions: [] })
    expect((await session.ask("said")).type).toBe("agent.replied")
  })

  it("is told to the hooks that observe calls, and refused by a guard that breaks", async () => {
    const heard: Array<string> = []
    const observer = definePlugin({
      name: "observer",
      onToolExecutionStart: ({ tool }) => void heard.push(`start ${tool}`),
      onToolExecutionEnd: ({ tool, answer }) => void heard.push(`end ${tool} ${answer.success}`),
      beforeToolExecute: ({ tool }) => {
        if (tool === "write") throw new Error("broken")
      }
    })
    const { tools, end, log } = await open({ ...auto, plugins: [observer] })
    const called = tools.call({ tool: "read", input: { id: "a" } })
    await end("a")
    await called
    await until(() => heard.includes("end read true"))
    expect(heard).toEqual(["start read", "end read true"])
    expect(await tools.call({ tool: "write", input: { id: "b" } })).toMatchObject({ success: false })
    expect(log).toEqual(["a begins", "a ends"])
  })

  it("is refused where nobody is there to ask, with the rule that would allow it", async () => {
    const { tools, log } = await open()
    expect(await tools.call({ tool: "write", input: { id: "a" } })).toMatchObject({
      success: false,
      errorClass: "permission_denied",
      needs: "write"
    })
    expect(log).toEqual([])
  })

  it.each([
    ["allow", true],
    ["deny", false]
  ] as const)("is asked about where somebody is: %s", async (decision, runs) => {
    const { tools, end } = await open({}, { unattended: true })
    const asked: Array<Question> = []
    const called = tools.call(
      { tool: "write", input: { id: "a" } },
      {
        answer: async (question) => {
          asked.push(question)
          return { decision }
        }
      }
    )
    if (runs) await end("a")
    expect((await called).success).toBe(runs)
    expect(asked).toMatchObject([{ tool: "write", risk: "write", input: { id: "a" } }])
  })

  it("is not asked again after always, and a broken word is a no", async () => {
    const { tools, end } = await open()
    let times = 0
    for (const id of ["a", "b"]) {
      const answer = async () => {
        times++
        return { decision: "always" as const }
      }
      const called = tools.call({ tool: "write", input: { id } }, { answer })
      await end(id)
      expect((await called).success).toBe(true)
    }
    expect(times).toBe(1)
    const other = await open()
    const answer = () => Promise.reject(new Error("gone"))
    expect((await other.tools.call({ tool: "write", input: { id: "c" } }, { answer })).success).toBe(false)
  })

  it("brings what the tool wants to know to whoever called it", async () => {
    const { tools } = await open()
    const answer = async () => ({ decision: "allow" as const, content: { n: 7 } })
    expect((await tools.call({ tool: "inquire", input: {} }, { answer })).data).toContain('"n":7')
    expect((await tools.call({ tool: "inquire", input: {} })).data).toContain('"cancel"')
  })

  it("says what was wrong with it: unknown, misfitting, denied, broken", async () => {
    const { tools } = await open({ settings: { permissions: { mode: "auto", deny: ["write"] } } })
    expect(await tools.call({ tool: "nonesuch", input: {} })).toMatchObject({ errorClass: "not_found" })
    expect(await tools.call({ tool: "read", input: { id: 7 } })).toMatchObject({ errorClass: "invalid_arguments" })
    expect(await tools.call({ tool: "write", input: { id: "a" } })).toMatchObject({ errorClass: "permission_denied" })
    expect(await tools.call({ tool: "broken", input: {} })).toMatchObject({ success: false, outcome: "contained" })
  })

  it("goes alone when it may change something, side by side when it reads", async () => {
    const { tools, end, log } = await open(auto)
    const calls = [
      ["read", "a"],
      ["read", "b"],
      ["write", "c"],
      ["read", "d"]
    ].map(([tool = "", id]) => tools.call({ tool, input: { id } }))
    await until(() => log.length === 2)
    expect(log).toEqual(["a begins", "b begins"])
    for (const id of ["b", "a", "c", "d"]) await end(id)
    await Promise.all(calls)
    expect(log.slice(2)).toEqual(["b ends", "a ends", "c begins", "c ends", "d begins", "d ends"])
  })

  it("is stopped when it is taken back, and does not let others pass when it only waited", async () => {
    const { tools, end, log } = await open(auto)
    const stop = new AbortController()
    const first = tools.call({ tool: "write", input: { id: "a" } })
    const second = tools.call({ tool: "write", input: { id: "b" } }, { signal: stop.signal })
    const third = tools.call({ tool: "write", input: { id: "c" } }, { signal: stop.signal })
    const fourth = tools.call({ tool: "move", input: { id: "d" } })
    await until(() => log.length === 1)
    stop.abort()
    expect(await second).toMatchObject({ errorClass: "cancelled" })
    await third
    expect(log).toEqual(["a begins"])
    for (const id of ["a", "d"]) await end(id)
    await Promise.all([first, fourth])
    expect(log).toEqual(["a begins", "a ends", "d begins", "d ends"])
  })

  it("leaves nothing behind of a session that is opened for it alone", async () => {
    const { runtime } = await open()
    const session = await runtime.open({ isKept: false })
    expect(await session.tools.call({ tool: "nonesuch", input: {} })).toMatchObject({ errorClass: "not_found" })
    expect((await runtime.list()).map(({ id }) => id)).not.toContain(session.id)
    await expect(runtime.open({ resume: session.id })).rejects.toThrow("there is no session")
  })

  it("ends with its session", async () => {
    const { tools, session, log } = await open()
    const { signal } = new AbortController()
    const called = tools.call({ tool: "read", input: { id: "a" } }, { signal })
    await until(() => log.length === 1)
    await session.close()
    expect(await called).toMatchObject({ errorClass: "cancelled" })
    await until(() => log.includes("a stopped"))
    expect(await tools.call({ tool: "read", input: { id: "b" } })).toMatchObject({ errorClass: "cancelled" })
  })
})
