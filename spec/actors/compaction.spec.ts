/** A session whose conversation outgrows its model's window, on the model's side of the port. */
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { type Message, textOf } from "../../llm/message.ts"
import type { Model, ModelRequest } from "../../llm/model.ts"
import { ModelError } from "../../llm/model-error.ts"
import { played, type Play } from "./played-model.ts"
import { answersOf, makeStage, plugin, tool } from "./stage.ts"

const { open, start, folder } = makeStage()

const overflow = new ModelError({ provider: "played", reason: { kind: "context_overflow" }, detail: "10 of 5 tokens" })
const size = (input: number) => ({ price: { usage: { input, output: 10, cacheRead: 0, cacheWrite: 0 }, cost: 0.01 } })
const withWindow = (contextWindow: number | undefined, plays: ReadonlyArray<Play>) => {
  const model = played(plays)
  return { ...model, info: { contextWindow } } satisfies Model & { readonly requests: ReadonlyArray<ModelRequest> }
}
const call = (id: string, more: object = {}) => ({ calls: [{ id, name: "look" }], ...more })
const look = (answer: string) => [plugin("spec", [tool("look", () => answer, { risk: "read" })])]
const texts = (messages: ReadonlyArray<Message> | undefined) => (messages ?? []).map(textOf)
const isSummaryRequest = ({ tools }: ModelRequest) => tools.length === 0

describe("an overflow in the middle of a turn", () => {
  it("is met by a summary and one more try, with what the user wants and what was said last word for word", async () => {
    const plays = [call("a"), call("b"), overflow, "what was done", "the end"]
    const model = withWindow(undefined, plays)
    const { session, notices } = await open(model, look(`seen ${"x".repeat(400)}`))
    expect(await session.ask("look twice")).toMatchObject({ type: "agent.replied", text: "the end" })
    const [, , refused, summary, again] = model.requests
    expect(summary?.messages[0] === undefined ? "" : textOf(summary.messages[0])).toContain("look twice")
    expect(summary?.tools).toEqual([])
    expect(again?.tools).toEqual(refused?.tools)
    expect(texts(again?.messages).slice(0, 2)).toEqual([expect.stringContaining("what was done"), "look twice"])
    expect(notices.map(({ type }) => type).filter((type) => /retry|compact/.test(type))).toEqual([
      "agent.retrying",
      "agent.compacting",
      "agent.compacted"
    ])
    expect(session.view().spent.models?.["played/one"]?.requests).toBe(4)
  })

  it("sums up less and less until the summary fits, pictures never", async () => {
    const long = `begin ${"é".repeat(20_000)} end`
    const six = { calls: ["a", "b", "c", "d", "e", "f"].map((id) => ({ id, name: "look" })) }
    const plays = [six, overflow, overflow, overflow, "summed up", "the end"]
    const model = withWindow(undefined, plays)
    const images = [{ mime: "image/png", data: "AAAA" }]
    const { session } = await open(model, [
      plugin("spec", [tool("look", () => ({ success: true, data: long, images }), { risk: "read" })])
    ])
    expect(await session.ask("look twice")).toMatchObject({ type: "agent.replied", text: "the end" })
    const asked = model.requests.filter(isSummaryRequest).map(({ messages }) => textOf(messages[0]!))
    const lengths = asked.map(({ length }) => length)
    expect(lengths).toHaveLength(3)
    expect(lengths[0]).toBeLessThan(14_000)
    expect(lengths).toEqual(lengths.toSorted((a, b) => b - a))
    expect(new Set(lengths).size).toBe(3)
    for (const text of asked) expect(text).toContain("look twice")
    expect(asked[0]).toContain("begin é")
    expect(asked[0]).toContain("[an image]")
    expect(JSON.stringify(model.requests.filter(isSummaryRequest))).not.toContain("AAAA")
  })

  it("gives up when less would not be less, and says so", async () => {
    const model = withWindow(undefined, [call("a"), overflow, overflow, "never"])
    const { session } = await open(model, look("seen"))
    expect(await session.ask("look")).toMatchObject({
      type: "agent.failed",
      failure: { code: "context_overflow", message: expect.stringContaining("could not be compacted") }
    })
    expect(model.requests).toHaveLength(3)
  })

  it("ends the turn when it happens right behind a compaction", async () => {
    const model = withWindow(undefined, [call("a"), overflow, "summed up", overflow, "and on"])
    const { session } = await open(model, look("seen"))
    expect(await session.ask("look")).toMatchObject({
      type: "agent.failed",
      failure: {
        code: "context_overflow",
        message: expect.stringMatching(/this long \(10 of 5 tokens\)\. Compacting it just before did not help/)
      }
    })
    expect(await session.ask("go on")).toMatchObject({ type: "agent.replied", text: "and on" })
  })

  it("can be stopped while it is summed up", async () => {
    const model = played([call("a"), overflow, "stalls", "yes"])
    const { session } = await open(model, look("seen"))
    const end = session.ask("look")
    await model.stalled
    expect(session.view().state).toBe("compacting")
    session.send({ type: "user.cancel" })
    expect(await end).toMatchObject({ type: "agent.cancelled" })
    expect(model.interrupted()).toBe(1)
    expect(await session.ask("still there?")).toMatchObject({ text: "yes" })
  })

  it("takes the summary of a plugin, and asks nobody for one", async () => {
    const model = withWindow(undefined, [call("a"), overflow, "the end"])
    const seen: Array<string> = []
    const { session } = await open(model, [
      plugin("spec", [tool("look", () => "seen", { risk: "read" })], {
        onSessionBeforeCompact: () => ({ summary: "by a plugin" }),
        onSessionCompacted: ({ summary }) => void seen.push(summary)
      })
    ])
    expect(await session.ask("look")).toMatchObject({ text: "the end" })
    expect(texts(model.requests[2]?.messages)[0]).toContain("by a plugin")
    expect(session.view().spent.models?.["played/one"]?.requests).toBe(2)
    await expect.poll(() => seen, { timeout: 20_000 }).toEqual(["by a plugin"])
  })

  it("comes out the same when the session is opened again", async () => {
    const model = withWindow(undefined, [call("a"), call("b"), overflow, "what was done", "the end"])
    const runtime = await start({ model, plugins: look("seen") })
    const session = await runtime.open({ unattended: true })
    await session.ask("look twice")
    const { transcript, spent, contextUsed } = session.view()
    await session.close()
    const again = await runtime.open({ resume: session.id })
    expect(again.view()).toMatchObject({ transcript, spent, contextUsed })
  })
})

describe("a window that is nearly full", () => {
  it("is made free before the model is asked, so that no request is wasted", async () => {
    const model = withWindow(1_000, [call("a"), call("b", size(880)), "what was done", "the end"])
    const { session, notices } = await open(model, look(`seen ${"x".repeat(120)}`))
    expect(await session.ask("look twice")).toMatchObject({ text: "the end" })
    expect(model.requests.map(isSummaryRequest)).toEqual([false, false, true, false])
    expect(notices.find(({ type }) => type === "agent.compacting")).toEqual({
      type: "agent.compacting",
      reason: "full"
    })
    expect(notices.some(({ type }) => type === "agent.retrying")).toBe(false)
  })

  it("counts what came since the newest reply", async () => {
    const model = withWindow(1_000, [call("a", size(600)), "what was done", "the end"])
    const { session } = await open(model, look("x".repeat(2_000)))
    await session.ask("look")
    expect(model.requests.map(isSummaryRequest)).toEqual([false, true, false])
  })

  it("is not overrun by the request for a summary either", async () => {
    const two = { calls: ["a", "b"].map((id) => ({ id, name: "look" })), ...size(8_000) }
    const model = withWindow(20_000, [two, "what was done", "the end"])
    const { session } = await open(model, look("x".repeat(50_000)))
    await session.ask("look")
    const [asked] = model.requests.filter(isSummaryRequest)
    expect(textOf(asked!.messages[0]!).length / 3).toBeLessThan(18_000)
    expect(model.requests).toHaveLength(3)
  })

  it("is left alone where the reserve is still free, or the window is not known", async () => {
    for (const window of [1_010, undefined]) {
      const model = withWindow(window, [call("a", size(880)), "the end"])
      const { session } = await open(model, look("seen"))
      expect(await session.ask("look")).toMatchObject({ text: "the end" })
      expect(model.requests.some(isSummaryRequest)).toBe(false)
    }
  })

  it("is not made free again and again where a compaction frees nothing", async () => {
    const rounds = Array.from({ length: 6 }, (_, n) => call(`c${n}`, size(930)))
    const model = withWindow(1_000, [call("a", size(930)), "summary", ...rounds, "the end"])
    let seen = 0
    const { session } = await open(model, [plugin("spec", [tool("look", () => `${(seen += 1)}`, { risk: "read" })])])
    expect(await session.ask("look often")).toMatchObject({ text: "the end" })
    expect(model.requests.filter(isSummaryRequest)).toHaveLength(1)
  })

  it("is noticed after the fact where the provider said nothing and took more than fits", async () => {
    const model = withWindow(1_000, [call("a", size(1_500)), "summary", "the end"])
    const { session } = await open(model, look("seen"))
    await session.ask("look")
    expect(model.requests.map(isSummaryRequest)).toEqual([false, true, false])
  })

  it("is that of the model that will be asked, also in a session that is resumed", async () => {
    const large = withWindow(10_000, [call("a"), { text: "the end", ...size(5_000) }])
    const runtime = await start({ model: large, plugins: look("seen") })
    const session = await runtime.open({ unattended: true })
    await session.ask("look")
    expect(large.requests.some(isSummaryRequest)).toBe(false)
    Object.assign(large.info, { contextWindow: 5_200 })
    await session.close()
    const again = await runtime.open({ resume: session.id, unattended: true })
    await again.ask("and now?")
    expect(large.requests.map(isSummaryRequest)).toEqual([false, false, true, false])
  })

  it("is known before the first request of another process, too", async () => {
    const script = {
      info: { context_window: 5_000 },
      rules: [
        { when: "^Above is a conversation", turns: [{ text: "summed up" }] },
        { when: "hello", turns: [{ text: "hi", usage: { input: 4_800, output: 10 } }] },
        { when: "and now", turns: [{ text: "go on" }] }
      ]
    }
    await writeFile(join(folder(), "full.yaml"), JSON.stringify(script))
    const data = join(folder(), "data")
    const first = await start({ model: "scripted/full.yaml", data })
    const session = await first.open({ unattended: true })
    await session.ask("hello")
    await first.close()
    const second = await start({ model: "scripted/full.yaml", data })
    const again = await second.open({ resume: session.id, unattended: true })
    expect(await again.ask("and now?")).toMatchObject({ text: "go on" })
    expect(again.view().transcript.map(textOf)).toEqual([expect.stringContaining("summed up"), "and now?", "go on"])
  })

  it("is measured against the model that the user has changed to", async () => {
    const model = withWindow(100_000, [call("a"), { text: "the end", ...size(5_000) }])
    const small = {
      info: { context_window: 5_000 },
      rules: [
        { when: "^Above is a conversation", turns: [{ text: "summed up by the small one" }] },
        { when: "and now", turns: [{ text: "go on" }] }
      ]
    }
    await writeFile(join(folder(), "small.yaml"), JSON.stringify(small))
    const { session, notices } = await open(model, look(`seen ${"x".repeat(400)}`))
    await session.ask("look")
    session.send({ type: "user.model", model: "scripted/small.yaml" })
    await expect.poll(() => session.view().model, { timeout: 20_000 }).toBe("scripted/small.yaml")
    expect(await session.ask("and now?")).toMatchObject({ text: "go on" })
    expect(notices.filter(({ type }) => type === "agent.compacted")).toEqual([
      { type: "agent.compacted", summary: "summed up by the small one" }
    ])
    expect(Object.keys(session.view().spent.models ?? {})).toEqual(["played/one", "scripted/small.yaml"])
  })

  it("is asked for all the same when no summary of it can be had", async () => {
    const down = new ModelError({ provider: "played", reason: { kind: "unauthorized" } })
    const model = withWindow(1_000, [call("a", size(950)), down, "the end"])
    const { session, notices } = await open(model, look("seen"))
    expect(await session.ask("look")).toMatchObject({ text: "the end" })
    expect(notices.find(({ type }) => type === "agent.warned")).toMatchObject({ failure: { code: "unauthorized" } })
    expect(answersOf(notices)).toHaveLength(1)
  })

  it.each([
    ["that is longer than what it stands for", "x".repeat(20_000), "no_gain"],
    ["that says nothing", " ", "empty"]
  ])("keeps its conversation for a summary %s, and asks for no other in the next rounds", async (_, summary, code) => {
    const rounds = ["b", "c", "d", "e"].map((id) => call(id, size(955)))
    const model = withWindow(1_000, [call("a", size(950)), summary, ...rounds, "the end"])
    const { session, notices } = await open(model, look("seen"))
    // What differs from call to call is no repetition.
    expect(await session.ask("look")).toMatchObject({ type: expect.stringMatching(/replied|failed/) })
    expect(notices.filter(({ type }) => type === "agent.warned")).toMatchObject([{ failure: { code } }])
    expect(model.requests.filter(isSummaryRequest)).toHaveLength(1)
    expect(texts(session.view().transcript)[0]).toBe("look")
    // It was paid for all the same.
    expect(session.view().spent.cost).toBeCloseTo(0.01 * model.requests.length)
  })

  it("has the summary that the user asks for, however long", async () => {
    const model = withWindow(1_000, ["hello", "x".repeat(20_000)])
    const { session, notices } = await open(model, [])
    await session.ask("hi")
    session.send({ type: "user.compact" })
    await expect.poll(() => notices.some(({ type }) => type === "agent.compacted")).toBe(true)
    expect(texts(session.view().transcript)).toHaveLength(1)
  })

  it("is left to a model that takes over what is too long, where there is one", async () => {
    const model = withWindow(1_000, [call("a", size(950)), "the end"])
    const { session } = await open(model, look("seen"), {
      llm: { fallback_on: { context_overflow: ["scripted/rehearsal"] } }
    })
    await session.ask("look")
    expect(model.requests.some(isSummaryRequest)).toBe(false)
  })
})
