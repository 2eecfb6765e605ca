import { setImmediate as turn } from "node:timers/promises"
import { of, Subject } from "rxjs"
import { describe, expect, it } from "vitest"
import { attach, type Channel, paced } from "../../channels/channel.ts"
import { type Decide, permit } from "../../channels/permit.ts"
import { converse } from "../../channels/terminal/conversation.ts"
import type { Runtime } from "../../actors/runtime.ts"
import type { Session } from "../../actors/session-host.ts"
import { isTerminal, userMessage } from "../../actors/session/said.ts"
import type { AgentNotice, Question, UserEvent } from "../../machines/events.ts"
import type { Inquiry } from "../../plugins/inquiry.ts"
import { answersOf, calls, makeStage, plugin, tool } from "../actors/stage.ts"
import {
  channelContract,
  type ChannelUnderTest,
  type FarSide,
  fragileContract,
  type FragileSide,
  type SeenEnd,
  until
} from "./channel.contract.ts"
import { hallOf, operator } from "./wire/hall.ts"

/** What a person sees of notices. */
const watch = () => {
  const ends: Array<SeenEnd> = []
  const asked: Array<Question> = []
  const see = (notice: AgentNotice): void => {
    if (notice.type === "agent.asked") asked.push(notice)
    if (notice.type === "agent.replied") ends.push({ status: "done", text: notice.text })
    if (notice.type === "agent.failed") ends.push({ status: "failed", text: notice.failure.message })
    if (notice.type === "agent.cancelled") ends.push({ status: "cancelled", text: "" })
  }
  return { see, ends: () => ends, asked: () => asked }
}

const memory = (make: (see: (notice: AgentNotice) => void, over: () => void) => Channel["outbound"]) => ({
  open: async (runtime: Runtime) => {
    const session = await runtime.open()
    return { session, connect: () => join(session, make) }
  }
})

const join = async (session: Session, make: Parameters<typeof memory>[0]): Promise<FragileSide> => {
  const { see, ends, asked } = watch()
  const inbound = new Subject<UserEvent>()
  let isOver = false
  let isBroken = false
  const guarded = (notice: AgentNotice): void => {
    if (isBroken) throw new Error("the far side broke")
    see(notice)
  }
  const link = attach({ name: "memory", inbound, outbound: make(guarded, () => (isOver = true)) }, session)
  return {
    say: (text) => inbound.next(userMessage(text)),
    answer: (decision) => inbound.next({ type: "permission.answered", id: asked().at(-1)?.id ?? "", decision }),
    cancel: () => inbound.next({ type: "user.cancel" }),
    leave: async () => {
      inbound.complete()
      expect(link.closed).toBe(true)
    },
    ends,
    questions: () => asked().map(({ tool }) => tool),
    breakDown: () => (isBroken = true),
    isOver: () => isOver && link.closed
  }
}

/** The terminal's side of its session; the far side is what it dispatches to the screen. */
const terminal: ChannelUnderTest = {
  open: async (runtime) => {
    const session = await runtime.open()
    // The terminal closes the session that it leaves.
    const shared: Session = { ...session, close: async () => {} }
    const connect = async (): Promise<FarSide> => {
      const { see, ends, asked } = watch()
      const conversation = converse({
        session: shared,
        cwd: process.cwd(),
        open: async () => shared,
        dispatch: (action) => {
          if (action.type === "notice") see(action.notice)
        },
        blindness: () => [],
        onExtensions: () => {}
      })
      return {
        say: conversation.say,
        answer: (decision) =>
          conversation.send({ type: "permission.answered", id: asked().at(-1)?.id ?? "", decision }),
        cancel: () => conversation.send({ type: "user.cancel" }),
        leave: conversation.close,
        ends,
        questions: () => asked().map(({ tool }) => tool)
      }
    }
    return { session, connect }
  }
}

/** What WebSocket and JSON lines have in common: frames to and from a hub. */
const wire: ChannelUnderTest = {
  plays: ["opened"],
  open: async (runtime) => {
    const opened = Promise.withResolvers<Session>()
    const open: Runtime["open"] = async (options) => {
      const session = await runtime.open(options)
      opened.resolve(session)
      return session
    }
    const { connect } = hallOf({ ...runtime, open }, process.cwd())
    const first = connect(operator)
    first.say({ type: "message", content: "open" })
    await first.next("response")
    const session = await opened.promise
    return {
      session,
      connect: async () => {
        const client = connect(operator)
        client.say({ type: "open", session_id: session.id })
        await client.next("session")
        return {
          say: (content) => client.say({ type: "message", content }),
          answer: (decision) =>
            client.say({ type: "permission", id: client.all("permission").at(-1)?.id ?? "", decision }),
          cancel: () => client.say({ type: "cancel" }),
          leave: async () => client.peer.gone(),
          ends: () =>
            client.all("response").map(({ status, content, error }) => ({ status, text: error?.message ?? content })),
          questions: () => client.all("permission").map(({ tool }) => tool)
        }
      }
    }
  }
}

const ofCode = {
  "a channel in memory": memory((see, over) => ({ next: see, complete: over })),
  "a paced channel": memory((see, over) => paced(async (notice) => (await turn(), see(notice)), over))
}
for (const [name, channel] of Object.entries({ ...ofCode, "the terminal": terminal, "a client of frames": wire }))
  channelContract(name, channel)
for (const [name, channel] of Object.entries(ofCode)) fragileContract(name, channel)

const { open } = makeStage()

describe("attach", () => {
  const session = () => {
    const events = new Subject<AgentNotice>()
    const sent: Array<UserEvent> = []
    return { events, sent, send: (event: UserEvent) => void sent.push(event) }
  }
  const ended: AgentNotice = { type: "agent.compacting" }

  it("lets go of both sides when the far side leaves, and when the session closes", () => {
    const one = session()
    const inbound = new Subject<UserEvent>()
    const link = attach({ name: "a", inbound, outbound: { next: () => {} } }, one)
    expect([one.events.observed, inbound.observed]).toEqual([true, true])
    inbound.complete()
    expect([one.events.observed, link.closed]).toEqual([false, true])
    const again = new Subject<UserEvent>()
    attach({ name: "a", inbound: again, outbound: { next: () => {} } }, one)
    one.events.complete()
    expect(again.observed).toBe(false)
  })

  it.each([
    ["shows", (link: Fixture) => link.session.events.next(ended)],
    ["fails to listen", (link: Fixture) => link.inbound.error(new Error("cracked"))],
    ["says something that the session refuses", (link: Fixture) => link.inbound.next(userMessage("refused"))]
  ])("ends a channel that breaks when it %s, and says so once", (_, breaks) => {
    const one = session()
    const errors: Array<string> = []
    const inbound = new Subject<UserEvent>()
    const outbound = { next: () => { throw new Error("cracked") } } // prettier-ignore
    const refusing = { events: one.events, send: () => { throw new Error("cracked") } } // prettier-ignore
    const link = attach({ name: "cup", inbound, outbound }, refusing, {
      onError: ({ message }) => errors.push(message)
    })
    breaks({ session: one, inbound })
    one.events.next(ended)
    inbound.next(userMessage("later"))
    expect(errors).toEqual(["channel cup broke: cracked"])
    expect([link.closed, one.events.observed, inbound.observed]).toEqual([true, false, false])
  })

  it("takes whatever can be read as what the far side says", async () => {
    const one = session()
    async function* words(): AsyncGenerator<UserEvent> {
      yield userMessage("a")
      yield userMessage("b")
    }
    const link = attach({ name: "a", inbound: words(), outbound: { next: () => {} } }, one)
    await until(() => link.closed)
    attach({ name: "a", inbound: of(userMessage("c")), outbound: { next: () => {} } }, one)
    expect(one.sent).toHaveLength(3)
  })
})

interface Fixture {
  readonly session: { readonly events: Subject<AgentNotice> }
  readonly inbound: Subject<UserEvent>
}

describe("paced", () => {
  const text = (delta: string): AgentNotice => ({ type: "agent.text", delta })

  it("writes one at a time, joins what waits, and ends after the last", async () => {
    const gate = Promise.withResolvers<void>()
    const written: Array<AgentNotice> = []
    let isOver = false
    const outbound = paced(
      async (notice) => {
        written.push(notice)
        await gate.promise
      },
      () => (isOver = true)
    )
    for (const delta of "abc") outbound.next(text(delta))
    outbound.next({ type: "agent.compacting" })
    outbound.complete()
    await turn()
    expect([written, isOver]).toEqual([[text("a")], false])
    gate.resolve()
    await until(() => isOver)
    expect(written).toEqual([text("a"), text("bc"), { type: "agent.compacting" }])
  })

  it("throws what a write failed with, so that the channel is ended", async () => {
    let isOver = false
    const outbound = paced(
      () => Promise.reject(new Error("gone")),
      () => (isOver = true)
    )
    outbound.next(text("a"))
    await until(() => isOver)
    expect(() => outbound.next(text("b"))).toThrow("gone")
  })
})

describe("permit", () => {
  const touching = (more = 1) =>
    open(calls(...Array.from({ length: more }, () => "touch")), [plugin("tools", [tool("touch", () => "touched")])], {
      permissions: { mode: "ask" }
    })
  const asked = async () => {
    const { runtime } = await touching()
    const session = await runtime.open()
    return { session, ask: () => session.ask("touch it") }
  }

  it.each([
    ["allow", () => "allow" as const, true],
    ["a promise of allow", async () => "allow" as const, true],
    ["deny", () => "deny" as const, false],
    ["a throw", () => { throw new Error("broken guard") }, false], // prettier-ignore
    ["a rejection", () => Promise.reject(new Error("broken guard")), false],
    ["nonsense", () => "of course" as never, false],
    ["nothing", () => undefined as never, false]
  ])("takes %s for what it is, and everything unclear for no", async (_, decide, success) => {
    const { session, ask } = await asked()
    const notices: Array<AgentNotice> = []
    session.events.subscribe((notice) => notices.push(notice))
    permit(session, decide)
    expect((await ask()).type).toBe("agent.replied")
    expect(answersOf(notices).map((answer) => answer.success)).toEqual([success])
  })

  it.each<[string, Decide, unknown]>([
    ["values", () => ({ decision: "allow", content: { name: "Ada" } }), { name: "Ada", times: 2 }],
    ["too few values", () => ({ decision: "allow" }), undefined],
    ["values that do not fit", () => ({ decision: "allow", content: { name: "Ada", times: 0 } }), undefined],
    ["a word that was meant for permissions", () => "allow", undefined],
    ["no values at all", () => ({ decision: "allow", content: null }) as never, undefined]
  ])("hands what a running tool wants to know no more than %s", async (_, decide, content) => {
    const fields: Inquiry["fields"] = [
      { name: "name", type: "text", required: true },
      { name: "times", type: "integer", required: false, minimum: 1, default: 2 }
    ]
    const asks = tool("touch", async (_, { ask }) => JSON.stringify(await ask({ from: "spec", message: "?", fields })))
    const { runtime } = await open(calls("touch"), [plugin("tools", [asks])])
    const session = await runtime.open()
    const notices: Array<AgentNotice> = []
    session.events.subscribe((notice) => notices.push(notice))
    permit(session, decide)
    await session.ask("go")
    const replies = answersOf(notices).map(({ data }) => JSON.parse(String(data)))
    expect(replies).toEqual([content === undefined ? { action: "decline" } : { action: "accept", content }])
  })

  it.each<[string, Decide]>([
    ["decline", () => "allow"],
    ["accept", () => ({ decision: "allow" })]
  ])("means %s to a mere yes or no by what it gives: an object is a yes, a word is none", async (action, decide) => {
    const asks = tool("touch", async (_, { ask }) => (await ask({ from: "spec", message: "Sure?" })).action)
    const { runtime } = await open(calls("touch"), [plugin("tools", [asks])])
    const session = await runtime.open()
    const notices: Array<AgentNotice> = []
    session.events.subscribe((notice) => notices.push(notice))
    permit(session, decide)
    await session.ask("go")
    expect(answersOf(notices).map(({ data }) => data)).toEqual([action])
  })

  it("is told when its answer is no longer wanted", async () => {
    const { session, ask } = await asked()
    const signals: Array<AbortSignal> = []
    const decide = (_: Question, signal: AbortSignal) => {
      signals.push(signal)
      return new Promise<never>(() => {})
    }
    permit(session, decide)
    const end = ask()
    await until(() => signals.length > 0)
    session.cancel()
    expect(isTerminal(await end)).toBe(true)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })

  it("answers what was asked before", async () => {
    const { session, ask } = await asked()
    const end = ask()
    await until(() => session.view().questions.length > 0)
    permit(session, () => "allow")
    expect((await end).type).toBe("agent.replied")
  })

  it("leaves alone what another has answered", async () => {
    const { session, ask } = await asked()
    const end = ask()
    await until(() => session.view().questions.length > 0)
    const [question] = session.view().questions
    const decided = Promise.withResolvers<"deny">()
    const sent: Array<UserEvent | string> = []
    permit({ ...session, send: (event) => sent.push(event) }, () => decided.promise)
    session.send({ type: "permission.answered", id: question?.id ?? "", decision: "allow" })
    decided.resolve("deny")
    await end
    expect(sent).toEqual([])
    expect(session.view().transcript.flatMap((one) => (one.role === "tool" ? [one.success] : []))).toEqual([true])
  })

  it("ends with its subscription", async () => {
    const { session, ask } = await asked()
    let times = 0
    permit(session, () => (times++, "allow")).unsubscribe()
    const end = ask()
    await until(() => session.view().questions.length > 0)
    session.cancel()
    await end
    expect(times).toBe(0)
  })
})
