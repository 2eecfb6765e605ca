/** Who is alive: what plugins hear of it, and what is said of a session that works and gives no sign of life. */
import { Subject } from "rxjs"
import { afterEach, describe, expect, it, vi } from "vitest"
import { heartbeat } from "../../actors/heartbeat.ts"
import type { RuntimeOptions } from "../../actors/runtime/options.ts"
import type { AgentNotice } from "../../machines/events.ts"
import type { HookInput } from "../../plugins/hooks.ts"
import { played } from "./played-model.ts"
import { answersOf, calls, makeStage, plugin, tool } from "./stage.ts"

const stage = makeStage()

type Beat = HookInput<"onHeartbeat">

const until = (holds: () => boolean) => vi.waitFor(() => expect(holds()).toBe(true), { timeout: 10_000, interval: 5 })

const stallsIn = (notices: ReadonlyArray<AgentNotice>) => notices.filter(({ type }) => type === "agent.stalled")

/** A session whose tool `hang` works until it is released; its heart beats fast. */
const beating = async (model: RuntimeOptions["model"], more: RuntimeOptions = {}) => {
  const beats: Array<Beat> = []
  const waiting: Array<() => void> = []
  const said: Array<string> = []
  const hang = tool("hang", () => new Promise((resolve) => waiting.push(() => resolve("released"))), { timeout: false })
  const listener = plugin("listener", [hang], { onHeartbeat: (beat) => void beats.push(beat) })
  const runtime = await stage.start({
    model,
    plugins: [listener],
    log: (message) => said.push(message),
    ...more,
    settings: { heartbeat: { interval: 0.01, timeout: 0.05 }, ...more.settings }
  })
  const session = await runtime.open()
  const notices: Array<AgentNotice> = []
  session.events.subscribe((notice) => notices.push(notice))
  const release = async () => {
    await until(() => waiting.length > 0)
    waiting.shift()?.()
  }
  return { runtime, session, notices, beats, said, release }
}

describe("a session that works without a sign of life", () => {
  it("is reported once, and again only after it gave one", async () => {
    const { session, notices, beats, said, release } = await beating(calls("hang", "hang"))
    const end = session.ask("go")
    await until(() => beats.filter(({ stalled }) => stalled).length > 5)
    expect(stallsIn(notices)).toEqual([{ type: "agent.stalled", seconds: expect.any(Number), doing: "hang works" }])
    expect(said.filter((line) => line.includes("no sign of life"))).toEqual([
      expect.stringMatching(`^session ${session.id}: no sign of life for \\d+ s: hang works$`)
    ])
    await release()
    await until(() => stallsIn(notices).length === 2)
    await release()
    expect(await end).toMatchObject({ type: "agent.replied" })
    expect(answersOf(notices).map(({ data }) => data)).toEqual(["released", "released"])
    expect(beats.find(({ stalled }) => stalled)).toMatchObject({ session: session.id, state: "acting" })
    const at = beats.length
    await until(() => beats.length > at + 10)
    expect(beats.at(-1)).toMatchObject({ state: "idle", stalled: false })
    expect(stallsIn(notices)).toHaveLength(2)
  })

  it("may wait for its model", async () => {
    const { session, notices } = await beating(played(["stalls"]))
    const end = session.ask("go")
    await until(() => stallsIn(notices).length > 0)
    expect(stallsIn(notices)).toMatchObject([{ doing: "the model has not answered" }])
    session.send({ type: "user.cancel" })
    await end
  })

  it("is not stalled while it waits for the user", async () => {
    const { session, notices, beats, release } = await beating(calls("hang"), {
      settings: { permissions: { mode: "ask" } }
    })
    const end = session.ask("go")
    await until(() => beats.some(({ state, silent }) => state === "asking" && silent > 0.1))
    const [question] = notices.flatMap((notice) => (notice.type === "agent.asked" ? [notice.id] : []))
    expect(stallsIn(notices)).toEqual([])
    session.send({ type: "permission.answered", id: question ?? "", decision: "allow" })
    await release()
    await end
  })
})

describe("a session that waits for an agent of its own", () => {
  /** A parent that calls this tool, and a child that works for it: after how long the parent is said to be stalled. */
  const family = (tool: string) => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] })
    const heart = heartbeat({
      settings: { enabled: true, interval: 30, timeout: 90 },
      hooks: { tell: () => {} },
      log: () => {}
    })
    const stalled: Array<string> = []
    const member = (id: string, parent?: string) => {
      const events = new Subject<AgentNotice>()
      const tell = () => void stalled.push(id)
      heart.watch({ id, parent, events, state: () => "acting", waits: (name) => name === "task", tell })
      return events
    }
    const [above, below] = [member("above"), member("below", "above")]
    above.next({ type: "agent.acting", call: { type: "call", id: "c", name: tool, input: {} } })
    return { stalled, below }
  }
  afterEach(() => void vi.useRealTimers())

  it("lives as long as that does, and is stalled when that is", () => {
    const { stalled, below } = family("task")
    for (let minute = 0; minute < 5; minute++) {
      vi.advanceTimersByTime(60_000)
      below.next({ type: "agent.text", delta: "still at it" })
    }
    expect(stalled).toEqual([])
    vi.advanceTimersByTime(150_000)
    expect(stalled).toEqual(["above", "below"])
  })

  it("does not live by an agent that it does not wait for", () => {
    const { stalled, below } = family("execute_bash")
    for (let minute = 0; minute < 5; minute++) {
      vi.advanceTimersByTime(60_000)
      below.next({ type: "agent.text", delta: "still at it" })
    }
    expect(stalled).toEqual(["above"])
  })
})

describe("the beat", () => {
  afterEach(() => void vi.useRealTimers())

  const told: Array<unknown> = []

  const parts = (enabled: boolean) => ({
    settings: { enabled, interval: 30, timeout: 90 },
    hooks: { tell: (hook: string, beat: unknown) => void told.push([hook, beat]) },
    log: () => {}
  })
  const watched = (id: string) => ({
    id,
    events: new Subject<AgentNotice>(),
    state: () => "idle" as const,
    waits: () => false,
    tell: () => {}
  })

  it("runs only while a session is open", () => {
    vi.useFakeTimers()
    const heart = heartbeat(parts(true))
    expect(vi.getTimerCount()).toBe(0)
    const [one, two] = [watched("one"), watched("two")]
    heart.watch(one)
    heart.watch(two)
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(30_000)
    expect(told.splice(0)).toMatchObject([
      ["onHeartbeat", { session: "one", state: "idle", silent: 30, stalled: false }],
      ["onHeartbeat", { session: "two" }]
    ])
    one.events.complete()
    expect(heart.view().map(({ session }) => session)).toEqual(["two"])
    two.events.complete()
    expect(vi.getTimerCount()).toBe(0)
  })

  it("does not run when it is switched off; who is alive is known all the same", () => {
    vi.useFakeTimers()
    const heart = heartbeat(parts(false))
    heart.watch(watched("one"))
    expect(vi.getTimerCount()).toBe(0)
    expect(heart.view()).toMatchObject([{ session: "one", state: "idle", stalled: false }])
  })
})
