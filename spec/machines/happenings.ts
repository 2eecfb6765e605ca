/** Random histories of an agent: whatever may happen next, sensible or not, and the replies and calls it refers to. */
import fc from "fast-check"
import { initialTransition, transition } from "xstate"
import type { AssistantMessage } from "../../llm/message.ts"
import { agentMachine } from "../../machines/agent.ts"
import type { AgentEvent, AgentNotice } from "../../machines/events.ts"
import type { Inquiry } from "../../plugins/inquiry.ts"
import type { AgentResult } from "../../plugins/ports.ts"

type State = ReturnType<typeof initialTransition<typeof agentMachine>>[0]

/** One thing that happens, given how many did before and every call id that was given so far. */
type Happening = (step: number, callIds: ReadonlyArray<string>) => AgentEvent

const pickOf = (callIds: ReadonlyArray<string>, pick: number): string =>
  callIds[callIds.length - 1 - (pick % 4)] ?? "unknown"

export const reply = (
  text: string,
  calls: ReadonlyArray<{ id: string; name?: string; input?: unknown }> = []
): Extract<AgentEvent, { type: "model.replied" }> => {
  const message: AssistantMessage = {
    role: "assistant",
    model: "test/one",
    content: [
      ...(text === "" ? [] : [{ type: "text" as const, text }]),
      ...calls.map(({ id, name = "echo", input = {} }) => ({ type: "call" as const, id, name, input }))
    ]
  }
  return { type: "model.replied", message, finishReason: calls.length > 0 ? "calls" : "stop" }
}

export const says = (id: string, text = id): Extract<AgentEvent, { type: "user.message" }> => ({
  type: "user.message",
  id,
  content: [{ type: "text", text }],
  at: 1_000
})

type Opened = Extract<AgentEvent, { type: "session.opened" }>

export const opened = (limits: Partial<Pick<Opened, "maxTurns" | "loop" | "limits" | "goOn">> = {}): Opened => ({
  type: "session.opened",
  model: "test/one",
  permissions: "ask",
  maxTurns: 10,
  loop: true,
  ...limits
})

const inquiry: Inquiry = { from: "x", message: "?", fields: [{ name: "n", type: "integer", required: true }] }

const spent = { usage: { input: 3, output: 2, cacheRead: 0, cacheWrite: 0 }, cost: 0.5 }

/** Few ids, so that much is said twice, too late, or of those that never were. */
const backgroundId = fc.nat(5).map((n) => `b${n}`)

export const backgroundStarted = (id: string): Extract<AgentEvent, { type: "background.started" }> => ({
  type: "background.started",
  id,
  description: `work ${id}`,
  at: 2_000
})

export const backgroundSettled = (
  id: string,
  result: Partial<AgentResult> = {}
): Extract<AgentEvent, { type: "background.settled" }> => ({
  type: "background.settled",
  id,
  result: { session: id, end: "replied", text: `found by ${id}`, tokens: 5, cost: 0.5, ...result },
  spent,
  at: 3_000
})

const anything: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 2,
    arbitrary: backgroundId.map(
      (id): Happening =>
        () =>
          backgroundStarted(id)
    )
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(backgroundId, fc.constantFrom("replied" as const, "failed" as const, "interrupted" as const))
      .map(
        ([id, end]): Happening =>
          () =>
            backgroundSettled(id, { end })
      )
  },
  { weight: 1, arbitrary: fc.constant<Happening>((step) => ({ type: "subagent.ended", id: `s${step}`, spent })) },
  {
    weight: 3,
    arbitrary: fc.string().map(
      (text): Happening =>
        (step) =>
          says(`m${step}`, text)
    )
  },
  { weight: 1, arbitrary: fc.constant<Happening>(() => ({ type: "user.cancel" })) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.nat(3), fc.string({ maxLength: 3 }), fc.constantFrom({}, { usage: spent.usage }, spent))
      .map(([count, text, price]): Happening => (step) => ({
        ...reply(
          text,
          Array.from({ length: count }, (_, n) => ({ id: `c${step}.${n}`, input: { step: step % 2 } }))
        ),
        ...price
      }))
  },
  {
    weight: 1,
    arbitrary: fc.string({ maxLength: 5 }).map((delta): Happening => () => ({ type: "model.text", delta }))
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Happening>(
      () => ({ type: "model.retrying", attempt: 1, delay: 5, reason: "busy" }),
      () => ({ type: "model.broke", took: { model: "spec/model", cost: 0.01, broken: true } })
    )
  },
  {
    weight: 1,
    arbitrary: fc.constant<Happening>(() => ({
      type: "model.failed",
      failure: { code: "unavailable", message: "down" }
    }))
  },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.nat(), fc.boolean()).map(([pick, idempotent]): Happening => (_, ids) => {
      return { type: "tool.started", callId: pickOf(ids, pick), idempotent }
    })
  },
  {
    weight: 6,
    arbitrary: fc.tuple(fc.nat(), fc.boolean(), fc.nat(9)).map(([pick, success, final]): Happening => (_, ids) => {
      return { type: "tool.settled", callId: pickOf(ids, pick), answer: { success, data: "x" }, final: final === 0 }
    })
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.nat(), fc.boolean()).map(([pick, isInquiry]): Happening => (step, ids) => {
      const callId = pickOf(ids, pick)
      return {
        ...(isInquiry && { inquiry }),
        type: "permission.asked",
        id: `q${step}`,
        callId,
        tool: "echo",
        input: {},
        risk: "execute",
        preview: {},
        rule: "echo"
      }
    })
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.nat(6),
        fc.constantFrom("allow" as const, "always" as const, "deny" as const),
        fc.option(fc.constantFrom<Record<string, string>>({}, { n: "3" }, { n: "x" }))
      )
      .map(([back, decision, content]): Happening => (step) => ({
        type: "permission.answered",
        id: `q${step - back}`,
        decision,
        ...(content !== null && { content })
      }))
  },
  { weight: 1, arbitrary: fc.constant<Happening>(() => ({ type: "user.compact" })) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.option(fc.nat(12), { nil: undefined }), fc.boolean())
      .map(([kept, isPriced]): Happening => () => ({
        type: "compaction.finished",
        summary: "all of it",
        ...(kept === undefined ? {} : { kept }),
        ...(isPriced ? { model: "test/two", usage: spent.usage, cost: 0.25 } : {})
      }))
  },
  {
    weight: 3,
    arbitrary: fc.boolean().map((isRefused): Happening => () => ({
      type: "model.full",
      ...(isRefused ? { failure: { code: "context_overflow", message: "too long" } } : {})
    }))
  },
  {
    weight: 1,
    arbitrary: fc.constant<Happening>(() => ({ type: "compaction.failed", failure: { code: "x", message: "x" } }))
  },
  { weight: 1, arbitrary: fc.constant<Happening>(() => ({ type: "user.clear" })) },
  { weight: 1, arbitrary: fc.constant<Happening>(() => ({ type: "user.model", model: "test/two" })) },
  { weight: 1, arbitrary: fc.constant<Happening>(() => ({ type: "user.permissions", mode: "auto" })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.boolean(),
        fc.constantFrom({}, { maxCost: 2 }, { maxTokens: 20 }, { maxCost: 2, maxTokens: 50 }),
        fc.constantFrom({}, { goOn: true } as const)
      )
      .map(
        ([loop, limits, how]): Happening =>
          () =>
            opened({ maxTurns: 4, loop, limits, ...how })
      )
  },
  { weight: 3, arbitrary: fc.constant<Happening>(() => ({ type: "session.resumed" })) },
  { weight: 1, arbitrary: fc.constant<Happening>(() => ({ type: "session.closed" })) }
)

/** What happens at the gates: of messages that were said lately, marked or not, asked about or not. */
const atTheGates: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.string({ maxLength: 9 }).map(
      (text): Happening =>
        (step) =>
          gated(`m${step}`, text)
    )
  },
  {
    weight: 8,
    arbitrary: fc.tuple(fc.nat(8), fc.option(fc.constant("what it stands for"), { nil: undefined })).map(
      ([back, text]): Happening =>
        (step) =>
          admitted(`m${step - back}`, text)
    )
  },
  {
    weight: 4,
    arbitrary: fc.nat(8).map(
      (back): Happening =>
        (step) =>
          refused(`m${step - back}`)
    )
  },
  {
    weight: 2,
    arbitrary: fc.nat(8).map((back): Happening => (step) => ({
      type: "permission.asked",
      id: `q${step}`,
      callId: `m${step - back}`,
      tool: "echo",
      input: {},
      risk: "execute",
      preview: {},
      rule: "echo"
    }))
  },
  { weight: 4, arbitrary: fc.constant<Happening>((step) => ({ ...reply(`said ${step}`), gated: true })) },
  {
    weight: 2,
    arbitrary: fc.nat().map((pick): Happening => (_, ids) => {
      const answer = { success: true, data: "x" }
      return { type: "tool.settled", callId: pickOf(ids, pick), answer, final: true, gated: true }
    })
  },
  { weight: 4, arbitrary: fc.constant<Happening>((step) => opposed(`p${step}`)) },
  { weight: 3, arbitrary: fc.constant<Happening>(() => ({ type: "ending.passed" })) }
)

export const gated = (id: string, text = id): AgentEvent => ({ ...says(id, text), gated: true })

export const admitted = (id: string, text?: string): AgentEvent => ({
  type: "message.admitted",
  id,
  ...(text !== undefined && { content: [{ type: "text", text }] })
})

export const refused = (id: string, needs?: string): AgentEvent => ({
  type: "message.refused",
  id,
  failure: { code: "refused", message: `plugin gate refuses ${id}`, ...(needs !== undefined && { needs }) }
})

export const opposed = (id: string, text = "not yet"): AgentEvent => ({
  type: "ending.opposed",
  id,
  plugin: "gate",
  text
})

/** As `histories`, with plugins that have a say in messages and in the ends of turns. */
export const gatedHistories = fc.array(
  fc.oneof({ weight: 3, arbitrary: anything }, { weight: 2, arbitrary: atTheGates }),
  {
    maxLength: 80,
    size: "max"
  }
)

/** Up to 80 happenings; `size: "max"` because the default keeps histories too short to go wrong. */
export const histories = fc.array(anything, { maxLength: 80, size: "max" })

export interface Seen {
  readonly event: AgentEvent
  readonly state: State
  readonly notices: ReadonlyArray<AgentNotice>
}

/** Lets a history happen to a new agent. */
export const live = (happenings: ReadonlyArray<Happening>): ReadonlyArray<Seen> => {
  const ids: Array<string> = []
  return happen([opened(), ...happenings.map((happening, step) => () => happening(step, ids))], ids)
}

/** Lets these events happen to a new agent. */
export const happen = (
  events: ReadonlyArray<AgentEvent | (() => AgentEvent)>,
  ids: Array<string> = []
): ReadonlyArray<Seen> => {
  let [state] = initialTransition(agentMachine)
  return events.map((next) => {
    const event = typeof next === "function" ? next() : next
    if (event.type === "model.replied")
      for (const block of event.message.content) if (block.type === "call") ids.push(block.id)
    const seen = happens(state, event)
    state = seen.state
    return seen
  })
}

/** Lets one thing happen to an agent. */
export const happens = (before: State, event: AgentEvent): Seen => {
  const [state, actions] = transition(agentMachine, before, event)
  // XState's own actions are not in the type of a machine's actions.
  const done: ReadonlyArray<{ readonly type: string; readonly params: unknown }> = actions
  const emitted = done.filter(({ type }) => type === "xstate.emit")
  const notices = emitted.map(({ params }) => (params as { event: AgentNotice }).event)
  return { event, state, notices }
}
