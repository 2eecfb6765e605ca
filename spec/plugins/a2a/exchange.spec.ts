import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { exchange, type ExchangeParts } from "../../../plugins/a2a/exchange.ts"
import { filePart, textPart, wordsOf } from "../../../plugins/a2a/parts.ts"
import { type Peer, usualTimes } from "../../../plugins/a2a/peer.ts"
import type { Request } from "../../../plugins/a2a/thread.ts"
import { newAgent, oldAgent, type Served } from "./agents.ts"

const quick = { ...usualTimes, pause: 5, silence: 500, naming: 200 }

const ask = (peer: Served, text: string, more: Omit<Request, "parts"> = {}, parts: Partial<ExchangeParts> = {}) =>
  exchange({ name: "sample", url: peer.url } satisfies Peer, { parts: [textPart(text)], ...more }, {
    fetch,
    signal: new AbortController().signal,
    within: 10_000,
    whenLate: "leave",
    times: quick,
    ...parts
  })

const versions = { "1.0": newAgent, "0.3": oldAgent }

for (const version of ["1.0", "0.3"] as const)
  for (const binding of ["JSONRPC", "HTTP+JSON"] as const)
    for (const streaming of [true, false])
      describe(`an agent of the SDK: A2A ${version} over ${binding}, ${streaming ? "streaming" : "looked at"}`, () => {
        let agent: Served
        beforeAll(async () => {
          agent = await versions[version]({ binding, streaming })
        })
        afterAll(() => agent.close())

        it("is talked to as its card says, and answers", async () => {
          const { view, end, line } = await ask(agent, "echo hello there")
          expect([end, view.state, wordsOf(view.said)]).toEqual(["settled", "completed", "echo hello there"])
          expect([line?.version, line?.binding, line?.streams]).toEqual([version, binding, streaming])
          expect(view.taskId).toBeDefined()
        })

        it("may answer with a message, without a task", async () => {
          const { view } = await ask(agent, "message in short")
          expect([view.state, wordsOf(view.said), view.taskId]).toEqual(["completed", "in short", undefined])
        })

        it("is given files", async () => {
          const file = filePart({ name: "a.txt", mime: "text/plain", bytes: Buffer.from("x") })
          const peer = { name: "sample", url: agent.url }
          const parts = { fetch, signal: new AbortController().signal, within: 10_000, whenLate: "leave" } as const
          const { view } = await exchange(peer, { parts: [textPart("echo got"), file] }, { ...parts, times: quick })
          expect(wordsOf(view.said)).toMatch(/^echo got raw:/)
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
          expect([asked.end, asked.view.state, wordsOf(asked.view.said)]).toEqual([
            "settled",
            "input-required",
            "which colour?"
          ])
          const { taskId = "", contextId = "" } = asked.view
          const { view } = await ask(agent, "blue", { taskId, contextId })
          expect([view.state, view.taskId, wordsOf(view.said)]).toEqual(["completed", taskId, "you chose blue"])
        })

        it.each([
          ["login", "auth-required", "log in at the bank"],
          ["fail", "failed", "the disk is full"],
          ["reject", "rejected", "I do no mathematics"]
        ])("says so: %s", async (text, state, words) => {
          const { view, end } = await ask(agent, text)
          expect([end, view.state, wordsOf(view.said)]).toEqual(["settled", state, words])
        })

        it("is told when nobody wants the answer any more", async () => {
          const stop = new AbortController()
          const { end, view, cancelled } = await ask(agent, "wait", {}, {
            signal: stop.signal,
            tell: ({ taskId }) => taskId !== undefined && stop.abort()
          })
          expect([end, cancelled, view.state]).toEqual(["stopped", true, "canceled"])
          expect(agent.cancelled).toContain(view.taskId)
        })

        it("is left to its work when the time is over, and waited for later", async () => {
          const late = await ask(agent, "wait", {}, { within: 150 })
          expect([late.end, late.cancelled]).toEqual(["late", undefined])
          const { taskId = "" } = late.view
          const parts = { signal: new AbortController().signal, fetch, within: 100, whenLate: "leave" } as const
          const again = await exchange({ name: "sample", url: agent.url }, { parts: [], taskId }, parts)
          expect([again.end, again.view.taskId, again.cancelled]).toEqual(["late", taskId, undefined])
          expect(agent.cancelled).not.toContain(taskId)
        })

        it("does not know a task of somebody else", async () => {
          await expect(ask(agent, "blue", { taskId: "no-such-task" })).rejects.toMatchObject({ name: "PeerError" })
        })
      })
