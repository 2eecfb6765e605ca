import { randomUUID } from "node:crypto"
import { TaskNotCancelableError, TaskNotFoundError, UnsupportedOperationError } from "@a2a-js/sdk/errors"
import {
  ClientFactory as OldFactory,
  JsonRpcTransportFactory as OldJsonRpc,
  RestTransportFactory as OldRest
} from "a2a-sdk-0.3/client"
import { describe, expect, it } from "vitest"
import type { Agent } from "../../../channels/server.ts"
import { answerIn, client, functionPeer, keys, saying, stateOf, taskIn, textIn, told } from "./peer.ts"

/** Answers at once, piece by piece, with a question, with artifacts, by refusing, by failing, or when it is let. */
const agent =
  (let_: Promise<unknown> = Promise.resolve()): Agent =>
  async ({ id, text, data, files }, task) => {
    switch (text) {
      case "pieces":
        for (const piece of ["one ", "two ", "three"]) task.stream(piece)
        return "one two three"
      case "ask":
        return { ask: "Which colour?" }
      case "reject":
        return { reject: "not my trade" }
      case "fail":
        throw new Error("it broke")
      case "artifacts":
        return {
          artifacts: [
            { name: "note", text: "written" },
            { name: "numbers", data: { a: [1, 2] } },
            { name: "a.bin", bytes: Buffer.from([0, 255]), mime: "application/x-a" },
            { name: "page", url: "https://example.com/a.pdf", mime: "application/pdf" }
          ]
        }
      case "wait":
        task.say("I wait.")
        await Promise.race([let_, new Promise((resolve) => task.signal.addEventListener("abort", resolve))])
        return "waited"
      case "message":
        return { message: "no task" }
      case "what":
        return JSON.stringify({ data, files: files.map(({ name, bytes, url }) => [name, bytes?.length, url]) })
      default:
        return `You said: ${text} (${id.length} characters of id, ${task.history.length} before)`
    }
  }

describe.each(["JSONRPC", "HTTP+JSON"] as const)("the SDK's client of 1.0 over %s", (transport) => {
  it("sends, and gets the answer as an artifact of a task that is over", async () => {
    const peer = await functionPeer(agent())
    const one = await client(peer, { transport })
    const task = taskIn(await one.sendMessage(saying("hello")))
    expect([stateOf(task), answerIn(task)]).toEqual(["COMPLETED", "You said: hello (36 characters of id, 0 before)"])
    expect(await one.getTask({ tenant: "", id: task.id })).toEqual(task)
    expect(peer.logged).toEqual([])
  })

  it("follows a task from its beginning to its end, piece by piece", async () => {
    const one = await client(await functionPeer(agent()), { transport })
    const words = await told(one.sendMessageStream(saying("pieces")))
    expect(words.slice(0, 3)).toEqual(["task SUBMITTED", "WORKING", expect.stringMatching(/^answer: one/)])
    expect(words.slice(-2)).toEqual([expect.stringMatching(/three\.$/), "COMPLETED"])
    // Pieces that nobody has taken yet are joined.
    expect(
      words
        .slice(2, -1)
        .join("")
        .replaceAll(/answer[:+] /g, "")
    ).toBe("one two three.")
  })

  it("is asked, answers in the same task, and goes on in its context", async () => {
    const one = await client(await functionPeer(agent()), { transport })
    const asked = taskIn(await one.sendMessage(saying("ask")))
    expect([stateOf(asked), textIn(asked.status?.message?.parts)]).toEqual(["INPUT_REQUIRED", "Which colour?"])
    const { id: taskId, contextId } = asked
    const task = taskIn(await one.sendMessage(saying("blue", { taskId })))
    expect([task.id, answerIn(task)]).toEqual([taskId, "You said: blue (36 characters of id, 2 before)"])
    const next = taskIn(await one.sendMessage(saying("more", { contextId })))
    expect([next.contextId, next.id === taskId]).toEqual([contextId, false])
    await expect(one.sendMessage(saying("late", { taskId }))).rejects.toThrow(UnsupportedOperationError)
    await expect(one.sendMessage(saying("lost", { taskId: randomUUID() }))).rejects.toThrow(TaskNotFoundError)
  })

  it("is told why a task was refused or failed", async () => {
    const one = await client(await functionPeer(agent()), { transport })
    const words = async (text: string) => {
      const task = taskIn(await one.sendMessage(saying(text)))
      return [stateOf(task), textIn(task.status?.message?.parts)]
    }
    expect(await words("reject")).toEqual(["REJECTED", "not my trade"])
    expect(await words("fail")).toEqual(["FAILED", "it broke"])
  })

  it("gets texts, data, bytes and addresses as artifacts, and an answer without a task as a message", async () => {
    const one = await client(await functionPeer(agent()), { transport })
    const { artifacts } = taskIn(await one.sendMessage(saying("artifacts")))
    expect(artifacts.map(({ name, parts: [part] }) => [name, part?.content, part?.mediaType])).toEqual([
      ["note", { $case: "text", value: "written" }, "text/plain"],
      ["numbers", { $case: "data", value: { a: [1, 2] } }, "application/json"],
      ["a.bin", { $case: "raw", value: Buffer.from([0, 255]) }, "application/x-a"],
      ["page", { $case: "url", value: "https://example.com/a.pdf" }, "application/pdf"]
    ])
    const message = await one.sendMessage(saying("message"))
    expect("messageId" in message && textIn(message.parts)).toBe("no task")
  })

  it("does not wait when it says so, reads along later, and hears the end", async () => {
    const wait = Promise.withResolvers<void>()
    const one = await client(await functionPeer(agent(wait.promise)), { transport })
    const { id } = taskIn(await one.sendMessage(saying("wait", { isImmediate: true })))
    const stream = one.resubscribeTask({ tenant: "", id })
    const first = await stream.next()
    expect(first.value?.payload?.$case).toBe("task")
    wait.resolve()
    expect((await told(stream)).slice(-2)).toEqual(["answer: waited.", "COMPLETED"])
    await expect(told(one.resubscribeTask({ tenant: "", id }))).rejects.toThrow(UnsupportedOperationError)
  })

  it("waits for a task no longer than it may, and is given the task as it is then", async () => {
    const one = await client(await functionPeer(agent(new Promise(() => {})), { limits: { wait: 20 } }), { transport })
    const task = taskIn(await one.sendMessage(saying("wait")))
    expect(stateOf(task)).toBe("WORKING")
    expect(stateOf(await one.getTask({ tenant: "", id: task.id }))).toBe("WORKING")
  })

  it("cancels what runs, and cannot cancel what is over", async () => {
    const one = await client(await functionPeer(agent(new Promise(() => {}))), { transport })
    const { id } = taskIn(await one.sendMessage(saying("wait", { isImmediate: true })))
    const cancel = { tenant: "", id, metadata: undefined }
    expect(stateOf(await one.cancelTask(cancel))).toBe("CANCELED")
    expect(stateOf(await one.cancelTask(cancel))).toBe("CANCELED")
    const done = taskIn(await one.sendMessage(saying("hello")))
    await expect(one.cancelTask({ ...cancel, id: done.id })).rejects.toThrow(TaskNotCancelableError)
    await expect(one.cancelTask({ ...cancel, id: randomUUID() })).rejects.toThrow(TaskNotFoundError)
  })

  it("registers addresses for news of a task, and takes them back", async () => {
    const one = await client(await functionPeer(agent(new Promise(() => {}))), { transport })
    const { id: taskId } = taskIn(await one.sendMessage(saying("wait", { isImmediate: true })))
    const config = {
      tenant: "",
      id: "c1",
      taskId,
      url: "http://127.0.0.1:9/hook",
      token: "t",
      authentication: undefined
    }
    expect(await one.createTaskPushNotificationConfig(config)).toMatchObject({ id: "c1", url: config.url })
    const which = { tenant: "", taskId, id: "c1" }
    expect(await one.getTaskPushNotificationConfig(which)).toMatchObject({ token: "t" })
    const list = { tenant: "", taskId, pageSize: 0, pageToken: "" }
    expect((await one.listTaskPushNotificationConfig(list)).configs).toHaveLength(1)
    await one.deleteTaskPushNotificationConfig(which)
    await expect(one.getTaskPushNotificationConfig(which)).rejects.toThrow(TaskNotFoundError)
  })

  it("lists its tasks page by page, newest first, and filters them", async () => {
    const one = await client(await functionPeer(agent()), { transport })
    const ids: Array<string> = []
    for (const text of ["a", "b", "ask", "c", "d"]) ids.unshift(taskIn(await one.sendMessage(saying(text))).id)
    const page = (pageToken: string, more = {}) =>
      one.listTasks({
        tenant: "",
        contextId: "",
        status: 0,
        pageSize: 2,
        pageToken,
        statusTimestampAfter: undefined,
        ...more
      })
    const found: Array<string> = []
    let token = ""
    let pages = 0
    do {
      pages += 1
      const { tasks, nextPageToken, totalSize } = await page(token)
      expect(totalSize).toBe(5)
      found.push(...tasks.map(({ id }) => id))
      token = nextPageToken
    } while (token !== "")
    expect([pages, (await page("", { pageSize: 5 })).nextPageToken]).toEqual([3, ""])
    // Of one millisecond the order is by id.
    expect(found.toSorted()).toEqual(ids.toSorted())
    expect((await page("", { status: 6 })).tasks.map(({ id }) => id)).toEqual([ids[2]])
    const [{ contextId } = { contextId: "" }] = (await page("")).tasks
    expect((await page("", { contextId })).totalSize).toBe(1)
    expect((await page("", { pageSize: 1, includeArtifacts: true, historyLength: 0 })).tasks[0]).toMatchObject({
      history: [],
      artifacts: [{ name: "answer" }]
    })
    await expect(page("nonsense")).rejects.toThrow("pageToken")
    await expect(page("", { pageSize: 101 })).rejects.toThrow("pageSize")
  })

  it("reads the longer card that only those get who may come in", async () => {
    const peer = await functionPeer(agent(), { name: "Echo", description: "Says it again." })
    const card = await (await client(peer, { transport })).getAgentCard()
    expect(card).toMatchObject({
      name: "Echo",
      description: "Says it again.",
      capabilities: { extendedAgentCard: true }
    })
    const stranger = await client(peer, { transport, key: "wrong-key-0123456" })
    await expect(stranger.sendMessage(saying("hello"))).rejects.toThrow("key")
  })
})

describe.each(["JSONRPC", "HTTP+JSON"] as const)("the SDK's client of 0.3 over %s", (transport) => {
  const open = (url: string) => {
    const fetchImpl: typeof fetch = (input, init) =>
      fetch(input, {
        ...init,
        headers: { ...Object.fromEntries(new Headers(init?.headers)), authorization: `Bearer ${keys.ann}` }
      })
    return new OldFactory({
      transports: [new OldJsonRpc({ fetchImpl }), new OldRest({ fetchImpl })],
      preferredTransports: [transport]
    }).createFromUrl(url)
  }
  const old = (text: string, more = {}) => ({
    message: {
      kind: "message" as const,
      messageId: randomUUID(),
      role: "user" as const,
      parts: [{ kind: "text" as const, text }],
      ...more
    }
  })
  type Old = Awaited<ReturnType<Awaited<ReturnType<typeof open>>["sendMessage"]>>
  const task = (result: Old) => {
    if (result.kind !== "task") throw new Error("a message came, and no task")
    return result
  }

  it("sends, is asked, answers, and gets what came of it", async () => {
    const one = await open((await functionPeer(agent())).url)
    const asked = task(await one.sendMessage(old("ask")))
    expect(asked.status.state).toBe("input-required")
    const done = task(await one.sendMessage(old("blue", { taskId: asked.id })))
    expect(done).toMatchObject({ id: asked.id, status: { state: "completed" }, artifacts: [{ name: "answer" }] })
    expect(await one.getTask({ id: asked.id, historyLength: 1 })).toMatchObject({ history: [{ role: "user" }] })
    expect(task(await one.sendMessage(old("reject"))).status.state).toBe("rejected")
  })

  it("is told by the last event of a stream that it is the last, also by a question", async () => {
    const one = await open((await functionPeer(agent())).url)
    const last = async (text: string) => {
      const events: Array<unknown> = []
      for await (const event of one.sendMessageStream(old(text))) events.push(event)
      return events.at(-1)
    }
    expect(await last("ask")).toMatchObject({ status: { state: "input-required" }, final: true })
    expect(await last("pieces")).toMatchObject({ status: { state: "completed" }, final: true })
  })

  it("follows, cancels, and registers addresses", async () => {
    const one = await open((await functionPeer(agent(new Promise(() => {})))).url)
    const kinds: Array<string> = []
    for await (const event of one.sendMessageStream(old("pieces"))) kinds.push(event.kind)
    expect([kinds[0], kinds.at(-1), kinds.includes("artifact-update")]).toEqual(["task", "status-update", true])
    const config = { blocking: false }
    const { id } = task(await one.sendMessage({ ...old("wait"), configuration: config }))
    const push = { taskId: id, pushNotificationConfig: { id: "c", url: "http://127.0.0.1:9/hook" } }
    await one.setTaskPushNotificationConfig(push)
    expect(await one.listTaskPushNotificationConfig({ id })).toMatchObject([push])
    expect((await one.cancelTask({ id })).status.state).toBe("canceled")
  })
})
