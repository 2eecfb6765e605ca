import { setImmediate as turn } from "node:timers/promises"
import { Subject, toArray, firstValueFrom } from "rxjs"
import { describe, expect, it } from "vitest"
import { noticesOf } from "../../../actors/session/notices.ts"
import { isTerminal, replyOf, TurnFailed, userMessage } from "../../../actors/session/said.ts"
import { nothingSpent } from "../../../machines/spending.ts"
import type { AgentNotice } from "../../../machines/events.ts"
import { ModelError } from "../../../llm/model-error.ts"
import { makeStage, tool, plugin } from "../stage.ts"
import { played, type Play } from "../played-model.ts"

const { open } = makeStage()
const talk = (plays: ReadonlyArray<Play>, plugins: Parameters<typeof open>[1] = []) => open(played(plays), plugins)

const text = (delta: string): AgentNotice => ({ type: "agent.text", delta })
const progressed = (n: number): AgentNotice => ({ type: "agent.progressed", callId: "c", text: String(n) })
const ended = (id: string): AgentNotice => ({ type: "agent.cancelled", messages: [id], spent: nothingSpent })
const answered = (id: string): AgentNotice => ({ type: "agent.answered", id, decision: "deny" })

const rest = async (notices: AsyncIterable<AgentNotice>): Promise<ReadonlyArray<AgentNotice>> => {
  const all: Array<AgentNotice> = []
  for await (const notice of notices) all.push(notice)
  return all
}

describe("notices that are pulled", () => {
  it("come in order, each once, and end with the source", async () => {
    const source = new Subject<AgentNotice>()
    const pulled = noticesOf(source)[Symbol.asyncIterator]()
    source.next(ended("1"))
    const waiting = [pulled.next(), pulled.next(), pulled.next()]
    source.next(ended("2"))
    source.complete()
    expect(await Promise.all(waiting)).toEqual([
      { done: false, value: ended("1") },
      { done: false, value: ended("2") },
      { done: true, value: undefined }
    ])
    expect(await pulled.next()).toEqual({ done: true, value: undefined })
  })

  it("are those from the first look on, for each reader", async () => {
    const source = new Subject<AgentNotice>()
    const notices = noticesOf(source)
    const early = rest(notices)
    source.next(ended("1"))
    const late = rest(notices)
    source.next(ended("2"))
    source.complete()
    expect([await early, await late]).toEqual([[ended("1"), ended("2")], [ended("2")]])
  })

  it("are let go of when the reader leaves", async () => {
    const source = new Subject<AgentNotice>()
    const reading = (async () => {
      for await (const notice of noticesOf(source)) if (isTerminal(notice)) break
    })()
    expect(source.observed).toBe(true)
    source.next(ended("1"))
    await reading
    expect(source.observed).toBe(false)
    const pulled = noticesOf(source)[Symbol.asyncIterator]()
    const waiting = pulled.next()
    await pulled.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(source.observed).toBe(false)
  })

  it("fail as their source does", async () => {
    const source = new Subject<AgentNotice>()
    const reading = rest(noticesOf(source))
    source.error(new Error("gone"))
    await expect(reading).rejects.toThrow("gone")
  })

  it("are joined for a slow reader where they are pieces of one text", async () => {
    const source = new Subject<AgentNotice>()
    const pulled = noticesOf(source)[Symbol.asyncIterator]()
    for (const piece of ["a", "b"]) source.next(text(piece))
    source.next({ type: "agent.retrying", attempt: 1, delay: 0, reason: "" })
    for (const piece of ["c", "d"]) source.next(text(piece))
    source.next({ type: "agent.thinking", delta: "e" })
    source.complete()
    expect(await rest(pulled)).toEqual([
      text("ab"),
      { type: "agent.retrying", attempt: 1, delay: 0, reason: "" },
      text("cd"),
      { type: "agent.thinking", delta: "e" }
    ])
  })

  it("are left out for one who is far behind, but nothing that matters", async () => {
    const source = new Subject<AgentNotice>()
    const pulled = noticesOf(source)[Symbol.asyncIterator]()
    for (let n = 0; n < 1500; n++) {
      source.next(progressed(n))
      source.next(answered(String(n)))
    }
    source.next(progressed(1500))
    source.complete()
    const all = await rest(pulled)
    expect(all.filter(({ type }) => type === "agent.answered")).toEqual(
      Array.from({ length: 1500 }, (_, n) => answered(String(n)))
    )
    expect(all.filter(({ type }) => type === "agent.progressed")).toEqual([])
    const few = noticesOf(source)
    expect(await rest(few)).toEqual([])
  })

  it("keep the newest streamed pieces", async () => {
    const source = new Subject<AgentNotice>()
    const pulled = noticesOf(source)[Symbol.asyncIterator]()
    for (let n = 0; n < 1500; n++) source.next(progressed(n))
    source.next(ended("1"))
    source.complete()
    const all = await rest(pulled)
    expect(all.length).toBe(1000)
    expect(all.slice(-2)).toEqual([progressed(1499), ended("1")])
  })

  it("can be read as an Observable as well", async () => {
    const source = new Subject<AgentNotice>()
    const notices = noticesOf(source)
    const all = firstValueFrom(notices.pipe(toArray()))
    source.next(text("a"))
    source.next(text("b"))
    source.complete()
    expect(await all).toEqual([text("a"), text("b")])
  })
})

describe("a session", () => {
  it("is told a text as a message", async () => {
    const { session } = await talk(["one"])
    const events = rest(session.events)
    session.send("hello")
    for await (const notice of session.events) if (isTerminal(notice)) break
    expect(session.view().transcript).toMatchObject([
      { role: "user", content: [{ type: "text", text: "hello" }] },
      { role: "assistant" }
    ])
    await session.close()
    expect((await events).map(({ type }) => type)).toEqual([
      "agent.started",
      "agent.text",
      "agent.said",
      "agent.replied"
    ])
  })

  it("cancels what runs, and nothing when nothing runs or it is closed", async () => {
    const { session, notices } = await talk(["stalls"])
    session.cancel()
    const end = session.ask("think")
    await turn()
    session.cancel()
    expect((await end).type).toBe("agent.cancelled")
    await session.close()
    session.cancel()
    expect(notices.filter(isTerminal)).toHaveLength(1)
  })
})

describe("asking", () => {
  it("resolves to the end of the turn, whatever it is, and replyOf makes a text of it", async () => {
    const { session } = await talk(["yes", new ModelError({ provider: "played", reason: { kind: "filtered" } })])
    expect(replyOf(await session.ask("one"))).toBe("yes")
    const failed = await session.ask("two")
    expect(failed.type).toBe("agent.failed")
    const error = (() => {
      try {
        return replyOf(failed)
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toBeInstanceOf(TurnFailed)
    expect(error).toMatchObject({ name: "TurnFailed", end: failed, message: expect.stringContaining("withholds") })
  })

  it("is cancelled by its signal", async () => {
    const model = played(["stalls", "again"])
    const { session } = await open(model, [])
    const leaving = new AbortController()
    const end = session.ask("think", { signal: leaving.signal })
    await model.stalled
    leaving.abort()
    expect(await end).toMatchObject({ type: "agent.cancelled" })
    expect(replyOf(await session.ask("once more", { signal: new AbortController().signal }))).toBe("again")
    expect(model.interrupted()).toBe(1)
  })

  it("says nothing when the signal was aborted before", async () => {
    const { session } = await talk(["never"])
    expect(await session.ask("think", { signal: AbortSignal.abort() })).toMatchObject({ type: "agent.cancelled" })
    expect(session.view()).toMatchObject({ state: "idle", transcript: [] })
  })

  it("leaves the turn of somebody else alone while what was said waits", async () => {
    const gate = Promise.withResolvers<void>()
    const slow = tool("slow", () => gate.promise.then(() => "ready"))
    const { session, notices } = await talk(
      [{ calls: [{ name: "slow" }] }, "stalls", "never"],
      [plugin("tools", [slow])]
    )
    const first = session.ask("one")
    for await (const notice of session.events) if (notice.type === "agent.acting") break
    const leaving = new AbortController()
    const second = session.ask("two", { signal: leaving.signal })
    leaving.abort()
    await turn()
    expect(notices.filter(isTerminal)).toEqual([])
    gate.resolve()
    // The turn has read it: now it is one turn, and ends for both.
    expect(await second).toMatchObject({ type: "agent.cancelled" })
    expect(await first).toBe(await second)
  })

  it("leaves no listener on the signal", async () => {
    const { session } = await talk(["a", "b"])
    const { signal } = new AbortController()
    const held = new Set<unknown>()
    const add = signal.addEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => (held.add(args[1]), add(...args))
    const remove = signal.removeEventListener.bind(signal)
    signal.removeEventListener = (...args: Parameters<typeof remove>) => (held.delete(args[1]), remove(...args))
    await session.ask("one", { signal })
    await session.ask("two", { signal })
    expect(held.size).toBe(0)
  })

  it("rejects when the session is closed, and ends when it is closed meanwhile", async () => {
    const model = played(["stalls"])
    const { session } = await open(model, [])
    const end = session.ask("think")
    await model.stalled
    await session.close()
    expect(await end).toMatchObject({ type: "agent.cancelled" })
    await expect(session.ask("more")).rejects.toThrow("is closed")
    expect(() => session.send(userMessage("more"))).toThrow("is closed")
  })
})
