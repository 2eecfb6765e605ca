/** What every channel promises, whatever stands between it and the person: run against ours and against one of a line each. */
import { setTimeout as pause } from "node:timers/promises"
import { afterEach, describe, expect, it } from "vitest"
import { isTerminal } from "../../actors/session/said.ts"
import type { Session } from "../../actors/session-host.ts"
import { ModelError } from "../../llm/model-error.ts"
import type { AgentNotice } from "../../machines/events.ts"
import { plugin, tool } from "../actors/stage.ts"
import { played } from "../actors/played-model.ts"
import { createRuntime, type Runtime } from "../../actors/runtime.ts"

/** How a message ended, as the far side was told. */
export interface SeenEnd {
  readonly status: "done" | "failed" | "cancelled"
  readonly text: string
}

/** A person at the far side of a channel. */
export interface FarSide {
  readonly say: (text: string) => void
  /** The newest question. */
  readonly answer: (decision: "allow" | "deny") => void
  readonly cancel: () => void
  /** They go away without a word; resolves when the channel has noticed. */
  readonly leave: () => Promise<void>
  /** Ends that they saw, in order. */
  readonly ends: () => ReadonlyArray<SeenEnd>
  /** Tools that they were asked about. */
  readonly questions: () => ReadonlyArray<string>
}

/** Also seen: how it breaks, and what it is told of the session's end. */
export interface FragileSide extends FarSide {
  /** Their side throws at whatever comes next. */
  readonly breakDown: () => void
  /** The session's close has reached them. */
  readonly isOver: () => boolean
}

/** One session, and the ways to it. */
export interface Connected<Side extends FarSide = FarSide> {
  readonly session: Session
  /** Several may be connected. */
  readonly connect: () => Promise<Side>
}

export interface ChannelUnderTest<Side extends FarSide = FarSide> {
  readonly open: (runtime: Runtime) => Promise<Connected<Side>>
  /** What the model answers while it is opened. */
  readonly plays?: ReadonlyArray<string>
}

/** Resolves when it is so. */
export const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await pause(2)
}

/** Opens the channel on a runtime that is closed after the spec. */
const stageOf = <Side extends FarSide>(channel: ChannelUnderTest<Side>) => {
  const closing: Array<() => Promise<void>> = []
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close()
  })
  return async (...plays: Parameters<typeof played>[0]) => {
    const slow = Promise.withResolvers<void>()
    const tools = [tool("touch", () => "touched"), tool("wait", () => slow.promise.then(() => "waited"))]
    const model = played([...(channel.plays ?? []), ...plays])
    const runtime = await createRuntime({ model, env: {}, plugins: [plugin("tools", tools)] })
    closing.push(runtime.close)
    const { session, connect } = await channel.open(runtime)
    const told: Array<AgentNotice> = []
    session.events.subscribe((notice) => told.push(notice))
    return { model, session, told, connect, far: await connect(), release: () => slow.resolve() }
  }
}

export const channelContract = (name: string, channel: ChannelUnderTest): void => {
  describe(`${name}, as every channel`, () => {
    const stage = stageOf(channel)
    const said = (session: Session) =>
      session
        .view()
        .transcript.flatMap((message) => (message.role === "user" ? [message.content] : []))
        .slice(channel.plays?.length ?? 0)

    it("brings what is said, once and in order, and one end for each turn", async () => {
      const { far, session } = await stage("one", "two", "three")
      for (const [index, word] of ["1", "2", "3"].entries()) {
        far.say(word)
        await until(() => far.ends().length > index)
      }
      expect(said(session)).toEqual(["1", "2", "3"].map((text) => [{ type: "text", text }]))
      expect(far.ends()).toEqual(["one", "two", "three"].map((text) => ({ status: "done", text })))
    })

    it("brings what is said while the agent works", async () => {
      const { far, session, told, release } = await stage({ calls: [{ name: "wait" }] }, "both")
      session.send({ type: "user.permissions", mode: "auto" })
      far.say("first")
      await until(() => session.view().state === "acting")
      far.say("second")
      await until(() => told.some(({ type }) => type === "agent.queued"))
      release()
      await until(() => far.ends().length > 0)
      expect(said(session).flat()).toEqual(["first", "second"].map((text) => ({ type: "text", text })))
      expect(far.ends().map(({ status }) => status)).not.toContain("failed")
    })

    it.each([
      ["allow", true],
      ["deny", false]
    ] as const)("brings a question, and the answer %s", async (decision, success) => {
      const { far, told } = await stage({ calls: [{ name: "touch" }] }, "after")
      far.say("touch it")
      await until(() => far.questions().length > 0)
      expect(far.questions()).toEqual(["touch"])
      far.answer(decision)
      await until(() => far.ends().length > 0)
      expect(told.flatMap((notice) => (notice.type === "agent.settled" ? [notice.answer.success] : []))).toEqual([
        success
      ])
      expect(far.ends()).toEqual([{ status: "done", text: "after" }])
    })

    it("cancels", async () => {
      const { far, model } = await stage("stalls")
      far.say("think")
      await model.stalled
      far.cancel()
      await until(() => far.ends().length > 0)
      expect(far.ends().map(({ status }) => status)).toEqual(["cancelled"])
    })

    it("tells a failure", async () => {
      const { far } = await stage(new ModelError({ provider: "played", reason: { kind: "filtered" } }))
      far.say("x")
      await until(() => far.ends().length > 0)
      expect(far.ends()).toEqual([{ status: "failed", text: expect.stringContaining("withholds its answer") }])
    })

    it("harms neither session nor another channel when its far side leaves", async () => {
      const { far, session, connect, told } = await stage({ calls: [{ name: "touch" }] }, "after", "later")
      const other = await connect()
      far.say("touch it")
      await until(() => other.questions().length > 0)
      await far.leave()
      other.answer("allow")
      await until(() => other.ends().length > 0)
      other.say("and now?")
      await until(() => other.ends().length > 1)
      expect(other.ends().map(({ text }) => text)).toEqual(["after", "later"])
      expect(told.filter(isTerminal)).toHaveLength(2)
      expect(session.view().state).toBe("idle")
    })
  })
}

/** Of those whose far side is code of somebody's, which may throw and is told of the end. */
export const fragileContract = (name: string, channel: ChannelUnderTest<FragileSide>): void => {
  describe(`${name}, as every channel to code`, () => {
    const stage = stageOf(channel)

    it("harms neither session nor another channel when its far side throws", async () => {
      const { far, connect, told } = await stage("one", "two")
      const other = await connect()
      far.breakDown()
      for (const [index, word] of ["1", "2"].entries()) {
        other.say(word)
        await until(() => other.ends().length > index)
      }
      expect(other.ends().map(({ text }) => text)).toEqual(["one", "two"])
      expect(told.filter(isTerminal)).toHaveLength(2)
    })

    it("is over with its session", async () => {
      const { far, session } = await stage("one")
      far.say("1")
      await until(() => far.ends().length > 0)
      await session.close()
      await until(far.isOver)
      expect(far.ends()).toHaveLength(1)
    })
  })
}
