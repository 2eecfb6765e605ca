/** Every hook fires at its place, in order, with what is documented: in a plugin of this process and in one of its own. */
import { copyFile, mkdtemp, realpath, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { firstValueFrom } from "rxjs"
import { filter } from "rxjs/operators"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { createRuntime } from "../../actors/runtime.ts"
import type { Session } from "../../actors/session-host.ts"
import type { AgentNotice } from "../../machines/events.ts"
import { hookContracts, type HookKind, hookNames, isHook } from "../../plugins/hooks.ts"
import { definePlugin, type Plugin } from "../../plugins/plugin.ts"
import { defineTool, type ToolSpec } from "../../plugins/tool.ts"
import { recording } from "./fixtures/recorder.ts"

type Told = readonly [hook: string, input: unknown]

const script = `
rules:
  - when: "^go$"
    turns:
      - { thinking: "hm", text: "I work.", calls: [ { tool: here_work, input: { n: 1 } }, { tool: recorder_work, input: { n: 2 } } ] }
      - { calls: [ { tool: here_fail, input: {} } ] }
      - { text: "All done." }
  - when: ".*"
    turns: [ { text: "It was about work." } ]
`

/** All that happens to a session, once; what both plugins recorded of it. */
const played = async () => {
  const cwd = await realpath(await mkdtemp(join(tmpdir(), "kintsugi-hooks-")))
  const folder = await realpath(await mkdtemp(join(tmpdir(), "kintsugi-recorder-")))
  const records: Record<"here" | "recorder", Array<Told>> = { here: [], recorder: [] }
  const notices: Array<AgentNotice> = []
  await copyFile(join(import.meta.dirname, "fixtures/recorder.ts"), join(folder, "recorder.ts"))
  await writeFile(join(cwd, "script.yaml"), script)
  const model = `scripted/${join(cwd, "script.yaml")}`
  const here = inProcess("here", (hook, input) => records.here.push([hook, input]))
  const runtime = await createRuntime({
    cwd,
    env: {},
    model,
    plugins: [here, join(folder, "recorder.ts")],
    settings: { permissions: { mode: "auto" }, heartbeat: { interval: 0.05 } },
    log: (line) => {
      if (!line.startsWith("recorder: [")) return
      const [hook, input] = JSON.parse(line.slice("recorder: ".length))
      records.recorder.push([hook, input ?? undefined])
    }
  })
  const session = await runtime.open()
  session.events.subscribe((notice) => notices.push(notice))
  await session.ask("go")
  await session.tree()
  const { id: node } = await session.fork("there")
  await session.switch("there")
  await after(session, { type: "user.compact", focus: "work" }, "agent.compacted")
  await after(session, { type: "user.model", model: "scripted/rehearsal" }, "agent.changed")
  const hasBeaten = (all: ReadonlyArray<Told>) => all.some(([hook]) => hook === "onHeartbeat")
  await vi.waitUntil(() => Object.values(records).every(hasBeaten), 10_000)
  await session.close()
  await runtime.close()
  await rm(cwd, { recursive: true })
  await rm(folder, { recursive: true })
  return { cwd, model, session: session.id, node, records, notices }
}

/** As a program that embeds us brings it. */
const inProcess = (...given: Parameters<typeof recording>): Plugin => {
  const { tools, ...all } = recording(...given)
  return definePlugin({ ...all, tools: tools.map((tool) => defineTool(tool as ToolSpec<unknown>)) })
}

const after = async (session: Session, event: Parameters<Session["send"]>[0], type: AgentNotice["type"]) => {
  const told = firstValueFrom(session.events.pipe(filter((notice) => notice.type === type)))
  session.send(event)
  await told
}

let story: Awaited<ReturnType<typeof played>>
beforeAll(async () => {
  story = await played()
})
afterAll(() => vi.restoreAllMocks())

const ofKind = (records: ReadonlyArray<Told>, ...kinds: ReadonlyArray<HookKind>) =>
  records.filter(([hook]) => isHook(hook) && kinds.includes(hookContracts[hook].kind))

/** The scripted model does not say what it costs. */
const spent = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }

/** What observers are told, in order; a piece of text may come in several. */
const observed = ({ cwd, model, session, node }: typeof story): ReadonlyArray<Told> => {
  const call = (callId: string, tool: string, input: unknown) => ({ session, callId, tool, input })
  const one = (tool: string, n: number) => call(expect.any(String) as never, tool, { n })
  const asked: ReadonlyArray<Told> = [
    ["onLlmCall", { session, model, messages: expect.any(Number), tools: expect.any(Number) }],
    ["onMessageStart", { session, role: "assistant" }]
  ]
  const replied: Told = ["onLlmResponse", { session, model, ms: expect.any(Number) }]
  const said = (text: string, calls: ReadonlyArray<string> = []): Told => [
    "onMessageEnd",
    { session, role: "assistant", text, calls }
  ]
  const worked = (tool: string, n: number): ReadonlyArray<Told> => [
    ["onToolExecutionStart", one(tool, n)],
    ["onToolExecutionUpdate", { session, callId: expect.any(String), tool, text: "half done" }],
    [
      "onToolExecutionEnd",
      { ...one(tool, n), answer: { success: true, data: expect.stringContaining("It records.,It records.") } }
    ]
  ]
  return [
    ["start", { cwd, flags: { loud: true } }],
    ["onAgentStart", { session, cwd, model, resumed: false }],
    ["onModelSelect", { session, model }],
    ["onMessageStart", { session, role: "user" }],
    ["onMessageEnd", { session, role: "user", text: "go", calls: [] }],
    ["onTurnStart", { session, text: "go" }],
    ...asked,
    ["onMessageUpdate", { session, text: "I work.", thinking: "hm" }],
    replied,
    said("I work.", ["here_work", "recorder_work"]),
    ...worked("here_work", 1),
    ...worked("recorder_work", 2),
    ...asked,
    replied,
    said("", ["here_fail"]),
    ["onToolExecutionStart", call(expect.any(String) as never, "here_fail", {})],
    [
      "onToolExecutionEnd",
      {
        ...call(expect.any(String) as never, "here_fail", {}),
        answer: {
          success: false,
          error: "no space left",
          errorClass: "execution_error",
          advice: ["here", "recorder"].map((plugin) => ({
            plugin,
            diagnosis: "The disk is full.",
            fixes: ["Empty it."]
          }))
        }
      }
    ],
    ...asked,
    ["onMessageUpdate", { session, text: "All done.", thinking: "" }],
    replied,
    said("All done."),
    ["onTurnEnd", { session, end: "replied", text: "All done.", usage: spent, at: expect.any(Number) }],
    ["onSessionTree", { session, nodes: expect.arrayContaining([expect.objectContaining({ id: node })]) }],
    ["onSessionFork", { session, node, label: "there" }],
    ["onSessionSwitch", { session, from: node, to: node }],
    asked[0] as Told,
    replied,
    ["onSessionCompacted", { session, summary: "It was about work." }],
    ["onModelSelect", { session, model: "scripted/rehearsal", before: model }],
    ["onAgentEnd", { session }],
    ["stop", undefined]
  ]
}

describe.each(["here", "recorder"] as const)("the plugin %s", (who) => {
  it("has every hook there is, and each fires", () => {
    const fired = new Set(story.records[who].map(([hook]) => hook))
    expect([...fired].toSorted()).toEqual([...hookNames].toSorted())
  })

  it("observes all that happens, in order", () => {
    const told = ofKind(story.records[who], "observer").filter(([hook]) => hook !== "onHeartbeat")
    expect(joined(byCall(told))).toEqual(byCall(observed(story)))
  })

  it("is asked at each call, answer and round, with what is documented", () => {
    const { session, cwd } = story
    const asked = ofKind(story.records[who], "guard", "filter", "source")
    const names = asked.map(([hook]) => hook)
    const of = (hook: string) => asked.flatMap(([name, input]) => (name === hook ? [input] : []))
    expect(names.slice(0, 5).every((hook) => hook.startsWith("register"))).toBe(true)
    expect(names.filter((hook) => hook.startsWith("register"))).toHaveLength(5)
    expect(of("systemPrompt")).toEqual([{ session, cwd }])
    expect(of("capabilities")).toEqual([{ session }, { session }])
    expect(of("beforeUserMessage")).toEqual([{ session, id: expect.any(String), text: "go" }])
    expect(of("beforeTurnEnd")).toEqual([{ session, text: "All done.", again: 0 }])
    expect(of("beforeToolExecute")).toEqual(
      ["here_work", "recorder_work", "here_fail"].map((tool, at) => ({
        session,
        callId: expect.any(String),
        tool,
        input: at === 2 ? {} : { n: at + 1 }
      }))
    )
    expect(of("afterToolExecute")).toMatchObject([
      { tool: "here_work", input: { n: 1 }, answer: { success: true } },
      { tool: "recorder_work", input: { n: 2 }, answer: { success: true } },
      { tool: "here_fail", answer: { success: false, errorClass: "execution_error" } }
    ])
    expect(of("enhanceToolError")).toMatchObject([{ session, tool: "here_fail", answer: { error: "no space left" } }])
    expect(of("onContextAccess")).toMatchObject([
      { session, messages: [{ id: 0, role: "user", text: "go", tools: [] }] },
      { messages: { length: 4, 1: { role: "assistant", tools: ["here_work", "recorder_work"] }, 3: { role: "tool" } } },
      { messages: { length: 6 } }
    ])
    expect(of("onSessionBeforeCompact")).toMatchObject([
      { session, focus: "work", messages: { length: 7 }, automatic: false }
    ])
  })

  it("hears how the session is, beat by beat", () => {
    const beats = story.records[who].flatMap(([hook, input]) => (hook === "onHeartbeat" ? [input] : []))
    expect(beats[0]).toEqual({
      session: story.session,
      state: expect.any(String),
      silent: expect.any(Number),
      stalled: false
    })
  })
})

/** Calls that run side by side are told one after the other, whichever came first. */
const byCall = (all: ReadonlyArray<Told>): ReadonlyArray<Told> => {
  const isOf = (tool: string) => (one: Told) => (one[1] as { tool?: string } | undefined)?.tool === tool
  const at = all.findIndex(([hook]) => hook === "onToolExecutionStart")
  const [first, second] = ["here_work", "recorder_work"].map((tool) => all.filter(isOf(tool)))
  const rest = all.filter((one) => !isOf("here_work")(one) && !isOf("recorder_work")(one))
  return [...rest.slice(0, at), ...(first ?? []), ...(second ?? []), ...rest.slice(at)]
}

/** Updates that follow each other, as one. */
const joined = (all: ReadonlyArray<Told>): ReadonlyArray<Told> =>
  all.reduce<ReadonlyArray<Told>>((before, one) => {
    const last = before.at(-1)
    if (last === undefined || one[0] !== "onMessageUpdate" || last[0] !== one[0]) return [...before, one]
    const [a, b] = [last[1], one[1]] as ReadonlyArray<{ text: string; thinking: string }> // of two updates
    const both = { ...a, text: `${a?.text}${b?.text}`, thinking: `${a?.thinking}${b?.thinking}` }
    return [...before.slice(0, -1), [one[0], both]]
  }, [])
