import { createServer, type IncomingMessage } from "node:http"
import { once } from "node:events"
import { text } from "node:stream/consumers"
import { describe, expect, it, onTestFinished } from "vitest"
import { isPublic } from "../../../channels/a2a/public-address.ts"
import { call, client, functionPeer, rpc, saying, stateOf, taskIn, until } from "./peer.ts"

interface Heard {
  readonly headers: IncomingMessage["headers"]
  readonly body: Record<string, unknown>
}

/** @param codes Of its answers, in order; 200 after the last. */
const hook = async (...codes: ReadonlyArray<number>) => {
  const heard: Array<Heard> = []
  const left = [...codes]
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      heard.push({ headers: request.headers, body: JSON.parse(body) })
      response.writeHead(left.shift() ?? 200, { location: "http://127.0.0.1:9/elsewhere" }).end("ok")
    })
  })
  await once(server.listen(0, "127.0.0.1"), "listening")
  onTestFinished(() => void server.close().closeAllConnections())
  const address = server.address()
  return { heard, url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/hook` }
}

const quick = { limits: { push: { delays: [1, 1], time: 2000, waiting: 100, perTask: 2 } } }

const config = (url: string, more = {}) => ({
  tenant: "",
  id: "c",
  taskId: "",
  url,
  token: "",
  authentication: undefined,
  ...more
})

const ask = (url: string, more = {}) => {
  const request = saying("ask")
  const { configuration } = request
  return {
    ...request,
    configuration: configuration && { ...configuration, taskPushNotificationConfig: config(url, more) }
  }
}

const asking = (more = {}) =>
  functionPeer(({ text: said }) => (said === "ask" ? { ask: "Which?" } : `You said: ${said}`), { ...quick, ...more })

describe("news of a task for an address of its caller", () => {
  it("come in order, with what the address asked to be shown", async () => {
    const { heard, url } = await hook()
    const one = await client(await asking())
    const { id: taskId } = taskIn(
      await one.sendMessage(ask(url, { token: "tok", authentication: { scheme: "Bearer", credentials: "cred" } }))
    )
    await one.sendMessage(saying("blue", { taskId }))
    await until(() => heard.length === 5)
    expect(heard.map(({ body }) => word(body))).toEqual([
      "TASK_STATE_WORKING",
      "TASK_STATE_INPUT_REQUIRED",
      "TASK_STATE_WORKING",
      "answer",
      "TASK_STATE_COMPLETED"
    ])
    expect(heard[0]?.headers).toMatchObject({
      "content-type": "application/a2a+json",
      authorization: "Bearer cred",
      "x-a2a-notification-token": "tok"
    })
  })

  it("are told in the form of 0.3 to those who registered by it", async () => {
    const { heard, url } = await hook()
    const peer = await asking()
    const message = { kind: "message", messageId: "m", role: "user", parts: [{ kind: "text", text: "hello" }] }
    await rpc(peer, call("message/send", { message, configuration: { pushNotificationConfig: { url } } }), {
      version: "0.3"
    })
    await until(() => heard.some(({ body }) => JSON.stringify(body).includes('"completed"')))
    expect(heard.at(-1)?.body).toMatchObject({ kind: "task", status: { state: "completed" } })
  })

  it("are tried again when the address cannot take them now, and not when it refuses", async () => {
    const { heard, url } = await hook(503, 429, 200, 400, 302)
    const one = await client(await asking())
    const { id: taskId } = taskIn(await one.sendMessage(ask(url)))
    // Three tries of the first, one of the second, which is refused.
    await until(() => heard.length === 4)
    await one.sendMessage(saying("blue", { taskId }))
    await until(() => heard.length === 7)
    expect(heard.map(({ body }) => word(body)).slice(2, 5)).toEqual([
      "TASK_STATE_WORKING",
      "TASK_STATE_INPUT_REQUIRED",
      "TASK_STATE_WORKING"
    ])
  })

  it("hold nobody up: what cannot be delivered is dropped in the end, and said in the log without the address", async () => {
    const peer = await asking()
    const one = await client(peer)
    const { id } = taskIn(await one.sendMessage(ask("http://127.0.0.1:9/secret-path")))
    await until(() => peer.logged.length === 2)
    expect(peer.logged.join()).toContain("ECONNREFUSED")
    expect(peer.logged.join()).not.toContain("secret-path")
    expect(stateOf(await one.getTask({ tenant: "", id }))).toBe("INPUT_REQUIRED")
  })

  it("go to so many addresses of one task, and to none that is no address", async () => {
    const { url } = await hook()
    const peer = await asking()
    const { id: taskId } = taskIn(await (await client(peer)).sendMessage(saying("ask")))
    const create = async (more: object) =>
      (await rpc(peer, call("CreateTaskPushNotificationConfig", config(url, { taskId, id: "", ...more })))).body
    const wrong = ["ftp://x/", "nonsense", "http://a:b@x/", "file:///etc/passwd"].map((one) => ({ url: one }))
    for (const more of [...wrong, { token: "a\nb" }, { authentication: { scheme: "x\r\ny", credentials: "z" } }])
      expect(await create(more)).toMatchObject({ error: { code: -32_602 } })
    for (let n = 0; n < 2; n++)
      expect(await create({})).toMatchObject({ result: { id: expect.stringMatching(/.{36}/) } })
    expect(await create({})).toMatchObject({ error: { code: -32_004 } })
  })

  it.each([
    "http://127.0.0.1:9/",
    "http://[::1]:9/",
    "http://localhost:9/",
    "http://169.254.169.254/latest",
    "http://0x7f.1/",
    "http://[::ffff:10.0.0.1]/"
  ])("do not go to %s for a caller from elsewhere", async (url) => {
    const create = async (more: object) => {
      const peer = await asking(more)
      const headers = { "x-forwarded-for": "203.0.113.7" }
      const { body } = await rpc(peer, call("SendMessage", saying0("ask")), { headers })
      const taskId = Object(Object(body.result).task).id
      return (await rpc(peer, call("CreateTaskPushNotificationConfig", config(url, { taskId })), { headers })).body
    }
    expect(await create({})).toMatchObject({
      error: { code: -32_602, message: expect.stringContaining("open Internet") }
    })
    expect(await create({ privatePush: true })).toHaveProperty("result")
  })

  it("do not go into this network by a name that was made to mean it", async () => {
    const { post } = await import("../../../channels/a2a/post.ts")
    const { heard, url } = await hook()
    const to = { url: url.replace("127.0.0.1", "localhost"), headers: {}, body: "{}" }
    const tries = { delays: [], time: 2000 }
    expect(await post({ ...to, isLocal: false }, tries, new AbortController().signal)).toContain("open Internet")
    expect(heard).toEqual([])
    expect(await post({ ...to, isLocal: true }, tries, new AbortController().signal)).toBe(undefined)
  })
})

it.each([
  ["93.184.216.34", true],
  ["2606:4700::1111", true],
  ["10.1.2.3", false],
  ["172.31.255.255", false],
  ["100.64.0.1", false],
  ["224.0.0.1", false],
  ["255.255.255.255", false],
  ["::", false],
  ["::ffff:93.184.216.34", false],
  ["fc00::1", false],
  ["fe80::1", false],
  ["64:ff9b::a00:1", false],
  ["2002:7f00:1::", false],
  ["example.com", false]
])("%s is of the open Internet: %s", (address, is) => {
  expect(isPublic(address)).toBe(is)
})

const saying0 = (said: string) => ({ message: { messageId: "m", role: "ROLE_USER", parts: [{ text: said }] } })

const word = ({ statusUpdate, artifactUpdate }: Record<string, unknown>): unknown =>
  Object(Object(statusUpdate).status).state ?? Object(Object(artifactUpdate).artifact).name
