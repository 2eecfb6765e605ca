/** Against servers that others wrote: the official SDK's, of both versions. What misbehaves is in wire.spec.ts. */
import type { Part } from "@a2a-js/sdk"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { exchange, type ExchangeParts } from "../../../plugins/a2a/exchange.ts"
import { filePart, textPart, wordsOf } from "../../../plugins/a2a/parts.ts"
import { usualTimes } from "../../../plugins/a2a/peer.ts"
import type { TaskView } from "../../../plugins/a2a/task-view.ts"
import type { Request } from "../../../plugins/a2a/thread.ts"
import { newAgent, oldAgent, type Served } from "./agents.ts"

const quick = { ...usualTimes, pause: 5 }

const never = new AbortController().signal
const usual = { fetch, signal: never, late: never, whenLate: "leave", times: quick } as const

const ask = (
  { url }: Served,
  text: string,
  more: Omit<Request, "parts"> = {},
  parts: Partial<ExchangeParts> = {},
  files: ReadonlyArray<Part> = []
) => exchange({ name: "sample", url }, { parts: [textPart(text), ...files], ...more }, { ...usual, ...parts })

/** The time is over as soon as the peer has named the task. */
const lateOnceNamed = () => {
  const late = new AbortController()
  return { late: late.signal, tell: ({ taskId }: TaskView): void => void (taskId !== undefined && late.abort()) }
}

const versions = { "1.0": newAgent, "0.3": oldAgent }
const ways = (["1.0", "0.3"] as const).flatMap((version) =>
  (["JSONRPC", "HTTP+JSON"] as const).flatMap((binding) =>
    [true, false].map((streaming) => ({ version, binding, streaming, how: streaming ? "streaming" : "looked at" }))
  )
)

// The SDK's servers print the mistakes of their clients.
const { mockRestore } = vi.spyOn(console, "error").mockImplementation(() => {})
afterAll(mockRestore)

describe.each(ways)("an agent of the SDK: A2A $version over $binding, $how", ({ version, binding, streaming }) => {
  let agent: Served
  beforeAll(async () => {
    agent = await versions[version]({ binding, streaming })
  })
  afterAll(() => agent.close())

  it("is talked to as its card says, given files, and answers", async () => {
    const file = filePart({ name: "a.txt", mime: "text/plain", bytes: Buffer.from("x") })
    const { view, end, line } = await ask(agent, "echo hello", {}, {}, [file])
    expect([end, view.state, wordsOf(view.said)]).toEqual([
      "settled",
      "completed",
      expect.stringMatching(/^echo hello raw:/)
    ])
    expect([line?.version, line?.binding, line?.streams]).toEqual([version, binding, streaming])
    expect(view.taskId).toBeDefined()
  })

  it("hands over what it makes: a text that comes in pieces as a whole, a file with its bytes", async () => {
    const heard: Array<string> = []
    const { view } = await ask(agent, "artifact", {}, { tell: ({ said }) => heard.push(wordsOf(said)) })
    const [poem, report] = view.artifacts
    expect(poem?.pieces.map((one) => (one.type === "text" ? one.text : "")).join("")).toBe("roses are red")
    expect(report?.pieces).toEqual([expect.objectContaining({ type: "file", bytes: Buffer.from([0, 1, 2, 3]) })])
    if (streaming) expect(heard).toContain("I write it")
  })

  it("asks, and goes on with the same task", async () => {
    const asked = await ask(agent, "ask")
    expect([asked.view.state, wordsOf(asked.view.said)]).toEqual(["input-required", "which colour?"])
    const { taskId = "", contextId = "" } = asked.view
    const { view } = await ask(agent, "blue", { taskId, contextId })
    expect([view.state, view.taskId, wordsOf(view.said)]).toEqual(["completed", taskId, "you chose blue"])
  })

  it("is told when nobody wants the answer any more", async () => {
    const stop = new AbortController()
    const tell = ({ taskId }: TaskView): void => void (taskId !== undefined && stop.abort())
    const { end, view, cancelled } = await ask(agent, "wait", {}, { signal: stop.signal, tell })
    expect([end, cancelled, view.state]).toEqual(["stopped", true, "canceled"])
    expect(agent.cancelled).toContain(view.taskId)
  })
})

describe.each(["1.0", "0.3"] as const)("an agent of A2A %s", (version) => {
  let agent: Served
  beforeAll(async () => {
    agent = await versions[version]()
  })
  afterAll(() => agent.close())

  it("may answer with a message, without a task", async () => {
    const { view } = await ask(agent, "message in short")
    expect([view.state, wordsOf(view.said), view.taskId]).toEqual(["completed", "in short", undefined])
  })

  it.each([
    ["login", "auth-required", "log in at the bank"],
    ["fail", "failed", "the disk is full"],
    ["reject", "rejected", "I do no mathematics"]
  ])("says how it ended: %s", async (text, state, words) => {
    const { view, end } = await ask(agent, text)
    expect([end, view.state, wordsOf(view.said)]).toEqual(["settled", state, words])
  })

  it("is left to its work when the time is over, and waited for later; to stop waiting is no cancel", async () => {
    const late = await ask(agent, "wait", {}, lateOnceNamed())
    const { taskId = "" } = late.view
    const stop = new AbortController()
    const again = await exchange(
      { name: "sample", url: agent.url },
      { parts: [], taskId },
      {
        ...usual,
        signal: stop.signal,
        tell: () => stop.abort()
      }
    )
    expect([late.end, again.end, again.view.taskId]).toEqual(["late", "stopped", taskId])
    expect(agent.cancelled).not.toContain(taskId)
  })

  it("is told when its time is over, if the caller wants that", async () => {
    const { end, cancelled, view } = await ask(agent, "wait", {}, { ...lateOnceNamed(), whenLate: "cancel" })
    expect([end, cancelled]).toEqual(["late", true])
    expect(agent.cancelled).toContain(view.taskId)
  })

  it("does not know a task of somebody else", async () => {
    await expect(ask(agent, "blue", { taskId: "no-such-task" })).rejects.toMatchObject({ kind: "not_found" })
  })
})
