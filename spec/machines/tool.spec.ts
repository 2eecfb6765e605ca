import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { initialTransition, transition } from "xstate"
import type { Question } from "../../machines/events.ts"
import { type ToolEvent, toolMachine, type ToolNotice } from "../../machines/tool.ts"

/** What happens to a tool, event by event, and what it tells. */
const live = (events: ReadonlyArray<ToolEvent>, { idempotent = false } = {}) => {
  let [state] = initialTransition(toolMachine, { idempotent })
  const steps = events.map((event) => {
    const [next, actions] = transition(toolMachine, state, event)
    const told = actions
      .filter(({ type }: { type: string }) => type === "xstate.emit")
      .map(({ params }) => (params as { event: ToolNotice }).event)
    const started = actions
      .filter(({ type }) => type === "xstate.spawnChild")
      .map(({ params }) => (params as { src: string }).src)
    const before = state
    state = next
    return { event, before, after: next, told, started }
  })
  return { state, steps, told: steps.flatMap(({ told }) => told), started: steps.flatMap(({ started }) => started) }
}

const call = (id: string): ToolEvent => ({ type: "tool.call", call: { type: "call", id, name: "echo", input: {} } })
const question = (id: string): Question => ({
  id,
  callId: "c",
  tool: "echo",
  input: {},
  risk: "write",
  preview: {},
  rule: "echo"
})
const asked = (id: string): ToolEvent => ({ type: "permission.asked", ...question(id) })
const answered = (id: string, decision: "allow" | "always" | "deny"): ToolEvent => ({
  type: "permission.answered",
  id,
  decision
})
const crashed = (hopeless = false): ToolEvent => ({
  type: "tool.crashed",
  answer: { success: false, error: "it broke", outcome: "contained" },
  hopeless
})
const fine: ToolEvent = { type: "tool.answered", answer: { success: true, data: "fine" }, final: false }
const permitted: ToolEvent = { type: "tool.permitted" }
const lost: ToolEvent = { type: "tool.lost" }

const settledOf = (told: ReadonlyArray<ToolNotice>) => told.filter((notice) => notice.type === "tool.settled")

describe("a tool", () => {
  it("checks a call, runs it, and is ready for the next", () => {
    const { state, told, started } = live([call("a"), permitted, fine])
    expect(state.value).toBe("ready")
    expect(started).toEqual(["check", "run"])
    expect(told).toMatchObject([
      { type: "tool.started", callId: "a", idempotent: false },
      { type: "tool.settled", callId: "a", answer: { success: true, data: "fine" }, final: false }
    ])
  })

  it("settles a call that is refused without running it", () => {
    const refused: ToolEvent = { type: "tool.refused", answer: { success: false, error: "no such file" } }
    const { state, told, started } = live([call("a"), refused])
    expect(state.value).toBe("ready")
    expect(started).toEqual(["check"])
    expect(told).toMatchObject([{ type: "tool.settled", answer: { success: false, error: "no such file" } }])
  })

  it.each(["allow", "always"] as const)("waits for the user, and runs after %s", (decision) => {
    const waiting = live([call("a"), asked("q")])
    expect(waiting.state.value).toEqual({ busy: "asking" })
    expect(waiting.told).toMatchObject([{ type: "permission.asked", id: "q" }])
    expect(live([call("a"), asked("q"), answered("q", decision)]).state.value).toEqual({ busy: "running" })
  })

  it("does not run what the user denied, and hears only the answer to its own question", () => {
    const { state, told, started } = live([call("a"), asked("q"), answered("other", "allow"), answered("q", "deny")])
    expect(state.value).toBe("ready")
    expect(started).toEqual(["check"])
    expect(settledOf(told)).toMatchObject([{ answer: { success: false, errorClass: "permission_denied" } }])
  })

  it("goes on waiting when another question is denied", () => {
    expect(live([call("a"), asked("q"), answered("other", "deny")]).state.value).toEqual({ busy: "asking" })
  })

  it("does not run a call again that may have changed something", () => {
    const { state, told, started } = live([call("a"), permitted, crashed(), lost])
    expect(state.value).toBe("ready")
    expect(started).toEqual(["check", "run", "heal"])
    expect(settledOf(told)).toMatchObject([{ answer: { error: "it broke", outcome: "contained" } }])
  })

  it("runs an idempotent call up to three times, says so, and takes the first answer", () => {
    const twice = live([call("a"), permitted, crashed(), fine], { idempotent: true })
    expect(twice.started).toEqual(["check", "run", "run"])
    expect(twice.told.map(({ type }) => type)).toEqual(["tool.started", "tool.progressed", "tool.settled"])
    expect(twice.state.context.crash).toBeUndefined()
    const thrice = live([call("a"), permitted, crashed(), crashed(), crashed(), lost], { idempotent: true })
    expect(thrice.started).toEqual(["check", "run", "run", "run", "heal"])
    expect(settledOf(thrice.told)).toMatchObject([{ answer: { error: "it broke" } }])
  })

  it("gives the answer of a repair", () => {
    const healed: ToolEvent = { type: "tool.healed", answer: { success: true, data: "mended", outcome: "provisional" } }
    const { state, told } = live([call("a"), permitted, crashed(), healed])
    expect(state.value).toBe("ready")
    expect(state.context.crash).toBeUndefined()
    expect(settledOf(told)).toMatchObject([{ answer: { data: "mended", outcome: "provisional" } }])
  })

  it("is out of use when its code cannot be loaded, and says so to every further call", () => {
    const { state, told, started } = live([call("a"), permitted, crashed(true), lost, call("b"), call("c")], {
      idempotent: true
    })
    expect(state.value).toBe("quarantined")
    expect(started).toEqual(["check", "run", "heal"])
    expect(settledOf(told)).toMatchObject([
      { callId: "a", answer: { error: "it broke" } },
      { callId: "b", answer: { success: false, data: "it broke", outcome: "contained" } },
      { callId: "c", answer: { success: false } }
    ])
  })

  it.each([[[]], [[asked("q")]], [[permitted]], [[permitted, crashed()]]])("gives up a call after %j", (events) => {
    const { state, told } = live([call("a"), ...events, { type: "tool.cancel" }], { idempotent: true })
    expect(state.value).toBe("ready")
    expect(settledOf(told)).toEqual([])
  })
})

const anything: fc.Arbitrary<(step: number) => ToolEvent> = fc.oneof(
  { weight: 3, arbitrary: fc.constant((step: number) => call(`c${step}`)) },
  { weight: 3, arbitrary: fc.constant(() => permitted) },
  fc.constant(() => asked("q")),
  fc
    .constantFrom("allow" as const, "always" as const, "deny" as const)
    .map((decision) => () => answered("q", decision)),
  fc.constant(() => answered("other", "allow")),
  { weight: 2, arbitrary: fc.constant(() => fine) },
  { weight: 3, arbitrary: fc.boolean().map((hopeless) => () => crashed(hopeless)) },
  { weight: 2, arbitrary: fc.constant(() => lost) },
  fc.constant((): ToolEvent => ({ type: "tool.healed", answer: { success: true } })),
  fc.constant((): ToolEvent => ({ type: "tool.refused", answer: { success: false } })),
  fc.constant((): ToolEvent => ({ type: "tool.cancel" }))
)

const history = fc.record({
  idempotent: fc.boolean(),
  events: fc
    .array(anything, { maxLength: 60, size: "max" })
    .map((happenings) => happenings.map((happening, step) => happening(step)))
})

describe("whatever happens to a tool", () => {
  it("every call it takes is settled exactly once, unless it is taken back", () => {
    fc.assert(
      fc.property(history, ({ idempotent, events }) => {
        const { steps, told, state } = live(events, { idempotent })
        const taken = steps.flatMap(({ event, before }) =>
          event.type === "tool.call" && !before.matches("busy") ? [event.call.id] : []
        )
        const takenBack = steps.flatMap(({ event, before }) =>
          event.type === "tool.cancel" && before.matches("busy") ? [before.context.call?.id] : []
        )
        const settled = settledOf(told).map(({ callId }) => callId)
        const open = state.matches("busy") ? [state.context.call?.id] : []
        expect([...settled, ...takenBack, ...open].toSorted()).toEqual(taken.toSorted())
      })
    )
  })

  it("nothing runs that was not permitted, and nothing twice that may change something", () => {
    fc.assert(
      fc.property(history, ({ idempotent, events }) => {
        const { steps } = live(events, { idempotent })
        let runs = 0
        let permissions = 0
        for (const { event, before, after, started } of steps) {
          if (event.type === "tool.call" && !before.matches("busy")) [runs, permissions] = [0, 0]
          if (before.matches({ busy: "checking" }) && event.type === "tool.permitted") permissions += 1
          if (before.matches({ busy: "asking" }) && after.matches({ busy: "running" })) permissions += 1
          runs += started.filter((name) => name === "run").length
          if (runs > 0) expect(permissions).toBe(1)
          expect(runs).toBeLessThanOrEqual(idempotent ? 3 : 1)
        }
      })
    )
  })

  it("a tool out of use never runs again", () => {
    fc.assert(
      fc.property(history, ({ idempotent, events }) => {
        const { steps } = live(events, { idempotent })
        for (const { before, started } of steps) if (before.value === "quarantined") expect(started).toEqual([])
      })
    )
  })
})
