/** Runtimes of one process do not see each other. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, describe, expect, it } from "vitest"
import { createRuntime } from "../../actors/runtime.ts"
import type { RuntimeOptions } from "../../actors/runtime/options.ts"
import type { AgentNotice } from "../../machines/events.ts"
import { wireServer } from "../llm/wire-server.ts"
import { answersOf, calls, plugin, tool } from "./stage.ts"
import { played } from "./played-model.ts"

const closing: Array<() => Promise<unknown>> = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

const begin = async (name: string, options: RuntimeOptions = {}) => {
  const cwd = await mkdtemp(join(tmpdir(), `kintsugi-${name}-`))
  closing.push(() => rm(cwd, { recursive: true, force: true }))
  const runtime = await createRuntime({
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, WHO: name },
    plugins: [plugin(name, [tool(`${name}_tool`, () => name)])],
    settings: { permissions: { mode: "auto" } },
    ...options
  })
  closing.push(runtime.close)
  const session = await runtime.open({ unattended: true })
  const notices: Array<AgentNotice> = []
  session.events.subscribe((notice) => notices.push(notice))
  return { cwd, runtime, session, notices }
}

const says = (command: string) => played([{ calls: [{ name: "execute_bash", input: { command } }] }, "done"])

it("each has its own folder, environment, plugins, tools, sessions and events", async () => {
  const [one, two] = await Promise.all(["one", "two"].map((name) => begin(name, { model: says("echo $WHO in $PWD") })))
  if (one === undefined || two === undefined) throw new Error("two were begun")
  await one.session.ask("who are you?")
  expect(two.notices).toEqual([])
  await two.session.ask("who are you?")
  for (const [name, { notices, cwd }] of Object.entries({ one, two })) {
    expect(JSON.stringify(answersOf(notices))).toContain(`${name} in `)
    expect(JSON.stringify(answersOf(notices))).toContain(cwd)
  }
  const own = ({ session }: typeof one) =>
    session.view().tools.flatMap(({ name }) => (name.endsWith("_tool") ? [name] : []))
  expect([own(one), own(two)]).toEqual([["one_tool"], ["two_tool"]])
  expect(one.runtime.plugins.list().map(({ name }) => name)).not.toContain("two")
  expect(await one.runtime.list()).toHaveLength(1)
  await expect(one.runtime.open({ resume: two.session.id })).rejects.toThrow("there is no session")
  expect(process.cwd()).not.toBe(one.cwd)
})

it("the end of one leaves the commands of another alone", async () => {
  const one = await begin("one", { model: says("echo short") })
  const two = await begin("two", { model: says("read line < pipe; echo $line") })
  await one.session.ask("speak")
  const made = await begin("three", { model: says(`mkfifo ${two.cwd}/pipe`) })
  await made.session.ask("make a pipe")
  const end = two.session.ask("wait")
  for await (const notice of two.session.events) if (notice.type === "agent.acting") break
  await Promise.all([one.runtime.close(), made.runtime.close()])
  const four = await begin("four", { model: says(`echo through > ${two.cwd}/pipe`) })
  await four.session.ask("let it go on")
  expect((await end).type).toBe("agent.replied")
  expect(JSON.stringify(answersOf(two.notices))).toContain("through")
})

it("what is opened while a runtime closes is closed with it, and nothing is opened after", async () => {
  const { runtime } = await begin("one", { model: played(["never"]) })
  const opening = runtime.open()
  const closed = runtime.close()
  await expect(runtime.open()).rejects.toThrow("the runtime is closed")
  const session = await opening
  await closed
  await expect(session.ask("hello")).rejects.toThrow("is closed")
})

it("a plugin that breaks in one is healthy in the other", async () => {
  let isBroken = true
  const shaky = () =>
    plugin("shaky", [
      tool("shake", () => {
        if (isBroken) throw new TypeError("Cannot read properties of undefined (reading 'x')")
        return "steady"
      })
    ])
  const many = Array.from({ length: 12 }, () => "shake")
  const one = await begin("one", { model: calls(...many), plugins: [shaky()] })
  await one.session.ask("shake")
  expect(one.runtime.health().plugins.shaky).not.toBe("healthy")
  isBroken = false
  const two = await begin("two", { model: calls("shake"), plugins: [shaky()] })
  await two.session.ask("shake")
  expect(answersOf(two.notices)).toMatchObject([{ success: true, data: "steady" }])
  expect(two.runtime.health().plugins.shaky).toBe("healthy")
})

describe("a provider's delay", () => {
  it("binds the runtime that was told of it", async () => {
    const server = await wireServer()
    closing.push(async () => server[Symbol.asyncDispose]())
    const delta = { choices: [{ delta: { content: "hello" }, finish_reason: "stop" }] }
    let asked = 0
    server.answerTo = () =>
      ++asked === 1
        ? { status: 429, headers: { "retry-after": "30", "content-type": "application/json" }, body: "{}" }
        : { body: `data: ${JSON.stringify(delta)}\n\ndata: [DONE]\n\n` }
    const of = (name: string) =>
      begin(name, {
        model: "office/m",
        settings: {
          permissions: { mode: "auto" },
          llm: { providers: { office: { base_url: server.url, api_key: "one-key-for-both-1234" } }, max_retries: 0 }
        }
      })
    const one = await of("one")
    expect((await one.session.ask("hello")).type).toBe("agent.failed")
    const two = await of("two")
    expect(await two.session.ask("hello")).toMatchObject({ type: "agent.replied", text: "hello" })
    expect(asked).toBe(2)
  })
})
