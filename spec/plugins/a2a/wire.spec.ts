/** Peers that misbehave: whatever they do, the answer is honest, in time, and nothing of theirs gets further than it may. */
import { afterEach, describe, expect, it, vi } from "vitest"
import { exchange, type ExchangeParts } from "../../../plugins/a2a/exchange.ts"
import { textPart, wordsOf } from "../../../plugins/a2a/parts.ts"
import { type Peer, usualTimes } from "../../../plugins/a2a/peer.ts"
import type { Request } from "../../../plugins/a2a/thread.ts"
import { oldAgent, type Served } from "./agents.ts"
import {
  type Act,
  answer,
  card,
  events,
  fail,
  inTurn,
  task,
  text,
  type WireOptions,
  wirePeer,
  type WirePeer
} from "./wire.ts"

const times = { ...usualTimes, pause: 5, longestPause: 10 }
const never = new AbortController().signal

const open: Array<Pick<Served, "close">> = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

const peerWith = async (options: WireOptions): Promise<WirePeer> => {
  const peer = await wirePeer(options)
  open.push(peer)
  return peer
}

const ask = (
  { url }: Pick<Served, "url">,
  parts: Partial<ExchangeParts> = {},
  { request = {}, peer = {} }: { readonly request?: Partial<Request>; readonly peer?: Partial<Peer> } = {}
) =>
  exchange(
    { name: "wire", url, ...peer },
    { parts: [textPart("hello")], ...request },
    { fetch, signal: never, late: never, whenLate: "leave", times, ...parts }
  )

const hang: Act = () => {}
const done = task("COMPLETED", { artifacts: [{ artifactId: "a", name: "a", parts: [{ text: "whole" }] }] })
const working = { task: task("WORKING") }

/** Events, and a cut once they have been heard. */
const cutWhenHeard = (all: ReadonlyArray<object>) => {
  const heard = Promise.withResolvers<void>()
  const act = events(all, (response) => void heard.promise.then(() => response.destroy()))
  return { act, tell: (): void => heard.resolve() }
}

describe("a stream that breaks", () => {
  it("is taken up again, and what was missed is asked for", async () => {
    const { act, tell } = cutWhenHeard([working])
    const peer = await peerWith({
      on: {
        SendStreamingMessage: act,
        GetTask: inTurn(answer(task("WORKING")), answer(done)),
        SubscribeToTask: events([
          working,
          { statusUpdate: { taskId: "t1", status: { state: "TASK_STATE_COMPLETED" } } }
        ])
      }
    })
    const { end, view } = await ask(peer, { tell })
    expect([end, view.state, wordsOf(view.artifacts[0]?.pieces ?? [])]).toEqual(["settled", "completed", "whole"])
    expect(peer.heard.filter((one) => one === "SendStreamingMessage")).toHaveLength(1)
  })

  it.each(["ends without a last state", "is cut"])(
    "%s: the task is looked at when it cannot be taken up",
    async (how) => {
      const { act, tell } = cutWhenHeard([working])
      const peer = await peerWith({
        on: {
          SendStreamingMessage: how === "is cut" ? act : events([working]),
          GetTask: inTurn(answer(task("WORKING")), fail(-32_603, "not now"), answer(task("WORKING")), answer(done))
        }
      })
      expect((await ask(peer, { tell })).view.state).toBe("completed")
    }
  )

  it("is silent: the task is looked at, and nobody waits for the rest", async () => {
    const peer = await peerWith({
      on: {
        SendStreamingMessage: events([working], hang as () => void),
        GetTask: inTurn(answer(task("WORKING")), answer(done))
      }
    })
    expect((await ask(peer, { times: { ...times, silence: 20 } })).view.state).toBe("completed")
  })

  it("trickles a comment now and then: that is no event", async () => {
    let timer: NodeJS.Timeout | undefined
    const trickle = (response: { write: (text: string) => void }): void => {
      timer = setInterval(() => response.write(": still here\n\n"), 5)
    }
    const peer = await peerWith({
      on: { SendStreamingMessage: events([working], trickle), GetTask: answer(done) }
    })
    expect((await ask(peer, { times: { ...times, silence: 20 } })).view.state).toBe("completed")
    clearInterval(timer)
  })

  it("says nothing at all: whether it took the message is not known, and it is not sent again", async () => {
    const peer = await peerWith({ on: { SendStreamingMessage: events([]) } })
    await expect(ask(peer)).rejects.toMatchObject({ kind: "unsure" })
    expect(peer.heard.filter((one) => one === "SendStreamingMessage")).toHaveLength(1)
  })

  it("and the peer has forgotten the task", async () => {
    const peer = await peerWith({
      on: { SendStreamingMessage: events([working]), GetTask: fail(-32_001, "Task not found") }
    })
    await expect(ask(peer)).rejects.toMatchObject({
      kind: "not_found",
      message: expect.stringContaining("Task not found")
    })
  })

  it("and the peer is gone for good", async () => {
    const { act, tell } = cutWhenHeard([working])
    const peer = await peerWith({ on: { SendStreamingMessage: act, GetTask: (response) => response.destroy() } })
    await expect(ask(peer, { tell })).rejects.toMatchObject({
      name: "PeerError",
      message: expect.stringMatching(/cannot be reached|broke off/)
    })
  })

  it("shows a task that was asked about as it was, before it goes on", async () => {
    const peer = await peerWith({
      on: {
        SendStreamingMessage: events([
          { task: task("INPUT_REQUIRED", { status: { state: "TASK_STATE_INPUT_REQUIRED", message: text("old?") } }) },
          { statusUpdate: { taskId: "t1", status: { state: "TASK_STATE_COMPLETED", message: text("new") } } }
        ])
      }
    })
    const { view } = await ask(peer, {}, { request: { taskId: "t1" } })
    expect([view.state, wordsOf(view.said)]).toEqual(["completed", "new"])
  })
})

describe("a peer that hangs", () => {
  it.each(["SendStreamingMessage", "SendMessage"])("at %s is waited for as long as was said", async (method) => {
    const streaming = method === "SendStreamingMessage"
    const peer = await peerWith({ card: (url) => card(url, { capabilities: { streaming } }), on: { [method]: hang } })
    await expect(ask(peer, { late: AbortSignal.timeout(60) })).rejects.toMatchObject({ kind: "timeout" })
  })

  it("at its card is not waited for", async () => {
    const peer = await peerWith({ first: () => true })
    await expect(ask(peer, { times: { ...times, card: 30 } })).rejects.toMatchObject({
      kind: "timeout",
      message: "its card did not come within 0.03 s"
    })
  })

  it("with half a card is not waited for either", async () => {
    const peer = await peerWith({
      first: (_, response) => {
        response.writeHead(200, { "content-type": "application/json" }).write("{")
        return true
      }
    })
    await expect(ask(peer, { times: { ...times, card: 30 } })).rejects.toMatchObject({ kind: "timeout" })
  })

  it("after it has named the task: the caller learns which, when the time is over", async () => {
    const peer = await peerWith({ on: { SendStreamingMessage: events([working], hang as () => void), GetTask: hang } })
    const late = new AbortController()
    const { end, view } = await ask(peer, { late: late.signal, tell: () => late.abort() })
    expect([end, view.taskId, view.state]).toEqual(["late", "t1", "working"])
  })

  it("when it is to be cancelled: that is said", async () => {
    const stop = new AbortController()
    const peer = await peerWith({
      on: { SendStreamingMessage: events([working], hang as () => void), CancelTask: hang }
    })
    const tell = (): void => stop.abort()
    const { end, cancelled } = await ask(peer, { signal: stop.signal, tell, times: { ...times, look: 30 } })
    expect([end, cancelled]).toEqual(["stopped", false])
  })

  it("is given a moment to name the task that is to be cancelled", async () => {
    const stop = new AbortController()
    const late: Act = (...all) => {
      stop.abort()
      setTimeout(() => events([working], hang as () => void)(...all), 10)
    }
    const peer = await peerWith({ on: { SendStreamingMessage: late, CancelTask: answer(task("CANCELED")) } })
    expect(await ask(peer, { signal: stop.signal })).toMatchObject({ end: "stopped", cancelled: true })
  })

  it("and does not name it: nobody claims that it was cancelled", async () => {
    const stop = new AbortController()
    const peer = await peerWith({ on: { SendStreamingMessage: () => stop.abort() } })
    const { end, view, cancelled } = await ask(peer, { signal: stop.signal, times: { ...times, naming: 30 } })
    expect([end, view.taskId, cancelled]).toEqual(["stopped", undefined, undefined])
  })
})

describe("garbage", () => {
  const cards: ReadonlyArray<[string, unknown]> = [
    ["no object", 5],
    ["no interfaces", { name: "x" }],
    ["interfaces that are none", { supportedInterfaces: [null, 5, { url: 7 }] }],
    ["an old card without capabilities", { name: "x", url: "/a2a", protocolVersion: "0.3.0" }],
    ["null everywhere", { name: null, supportedInterfaces: null, capabilities: null, skills: null }]
  ]
  it.each(cards)("as a card: %s", async (_, served) => {
    const peer = await peerWith({ card: () => served })
    await expect(ask(peer)).rejects.toMatchObject({
      name: "PeerError",
      kind: expect.stringMatching(/protocol|version/)
    })
  })

  it("as a card that is no JSON", async () => {
    const peer = await peerWith({ first: (_, response) => Boolean(response.end("<html>")) })
    await expect(ask(peer)).rejects.toMatchObject({ message: "what it serves as its card is not a JSON object" })
  })

  it("as events: nothing of it is printed, and the task is looked at", async () => {
    const printed = vi.spyOn(console, "error").mockImplementation(() => {})
    const bad = (response: { end: (text: string) => void }): void => response.end("data: \u001b]0;owned\u0007{\n\n")
    const peer = await peerWith({ on: { SendStreamingMessage: events([working], bad), GetTask: answer(done) } })
    expect((await ask(peer)).view.state).toBe("completed")
    expect(printed).not.toHaveBeenCalled()
    printed.mockRestore()
  })

  it.each([
    ["bytes that are no text", { task: { id: "t", artifacts: [{ parts: [{ raw: 5 }] }] } }],
    ["text", "\u001b]0;owned\u0007"]
  ])("as an event over HTTP+JSON, where the SDK prints what it cannot read: %s", async (_, event) => {
    const printed = vi.spyOn(console, "error").mockImplementation(() => {})
    const peer = await peerWith({
      card: (url) =>
        card(url, { supportedInterfaces: [{ url: `${url}/r`, protocolBinding: "HTTP+JSON", protocolVersion: "1.0" }] }),
      first: ({ url }, response) => {
        if (url !== "/r/message:stream") return false
        response.writeHead(200, { "content-type": "text/event-stream" })
        response.end(`data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`)
        return true
      }
    })
    await expect(ask(peer)).rejects.toMatchObject({ message: "it sends an event that is not one of A2A" })
    expect(printed).not.toHaveBeenCalled()
    printed.mockRestore()
  })

  it.each([
    ["an answer that is none", answer({})],
    ["a task without an id", answer({ task: { status: { state: "TASK_STATE_WORKING" } } })],
    ["no JSON", (response) => void response.end("oops")],
    [
      "an error without words",
      (response, { id }) => void response.end(JSON.stringify({ jsonrpc: "2.0", id, error: null }))
    ],
    ["a page", (response) => void response.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad gateway</h1>")]
  ] satisfies ReadonlyArray<[string, Act]>)("as an answer: %s", async (_, act) => {
    const peer = await peerWith({
      card: (url) => card(url, { capabilities: { streaming: false } }),
      on: { SendMessage: act }
    })
    await expect(ask(peer)).rejects.toMatchObject({ name: "PeerError", kind: "protocol" })
  })

  const oldWith = (message: object): Promise<WirePeer> =>
    peerWith({
      card: (url) => ({
        name: 1,
        description: [],
        url: `${url}/rpc`,
        protocolVersion: "0.3.0",
        version: 1,
        capabilities: {},
        defaultInputModes: [],
        defaultOutputModes: [],
        skills: []
      }),
      on: { "message/send": answer({ kind: "task", id: 7, contextId: {}, status: { state: "completed", message } }) }
    })

  it("in fields: what is no text is no text", async () => {
    const parts = [{ kind: "text", text: 5 }]
    const { view } = await ask(await oldWith({ kind: "message", messageId: "m", role: "agent", parts }))
    expect([view.state, view.taskId, wordsOf(view.said)]).toEqual(["completed", undefined, ""])
  })

  it("that the SDK cannot read is not told as the peer's refusal", async () => {
    await expect(ask(await oldWith({ role: "agent" }))).rejects.toMatchObject({ kind: "protocol" })
  })
})

describe("too much", () => {
  it("of a card", async () => {
    const peer = await peerWith({ card: (url) => card(url, { description: "x".repeat(1_100_000) }) })
    await expect(ask(peer)).rejects.toMatchObject({ message: expect.stringContaining("more than 1048576 bytes") })
  })

  it("of one event", async () => {
    const huge = { task: task("WORKING", { metadata: { x: "x".repeat(4_200_000) } }) }
    const peer = await peerWith({ on: { SendStreamingMessage: events([huge]) } })
    await expect(ask(peer)).rejects.toMatchObject({ message: expect.stringMatching(/more than 4000000 characters/) })
  })

  it("of artifacts", async () => {
    const artifacts = Array.from({ length: 1001 }, (_, at) => ({ artifactId: String(at), parts: [] }))
    const peer = await peerWith({ on: { SendStreamingMessage: events([{ task: task("COMPLETED", { artifacts }) }]) } })
    await expect(ask(peer)).rejects.toMatchObject({ message: expect.stringContaining("1000 artifacts") })
  })

  it("of an id", async () => {
    const peer = await peerWith({ on: { SendStreamingMessage: events([{ task: { ...done, id: "x".repeat(1001) } }]) } })
    await expect(ask(peer)).rejects.toMatchObject({ message: "it names a task by more than 1000 characters" })
  })

  it("of an error's words: they are cut, and cannot steer a terminal", async () => {
    const peer = await peerWith({
      on: {
        SendStreamingMessage: fail(-32_004, `\u001b[2J${"no ".repeat(5000)}`),
        SendMessage: fail(-32_000, `\u001b[2J${"no ".repeat(5000)}`)
      }
    })
    const error = await ask(peer).catch((one: Error) => one)
    expect(error).toMatchObject({ name: "PeerError" })
    expect(String(error).length).toBeLessThan(800)
    expect(String(error)).not.toContain("\u001b")
  })
})

describe("versions", () => {
  it("a peer that refuses the version that its card offers is asked in the other", async () => {
    const old = await oldAgent()
    open.push(old)
    const peer = await peerWith({
      card: (url) =>
        card(url, {
          supportedInterfaces: [
            { url: `${old.url}/a2a`, protocolBinding: "JSONRPC", protocolVersion: "0.3" },
            { url: `${url}/rpc`, protocolBinding: "JSONRPC", protocolVersion: "1.0" }
          ]
        }),
      on: { SendStreamingMessage: fail(-32_009, "no 1.0 here") }
    })
    const { line, view } = await ask(peer, {}, { peer: { origins: [old.url] } })
    expect([line?.version, view.state]).toEqual(["0.3", "completed"])
    expect(peer.heard).toContain("SendStreamingMessage")
  })

  it("patch numbers do not count", async () => {
    const peer = await peerWith({
      card: (url) =>
        card(url, {
          supportedInterfaces: [{ url: `${url}/rpc`, protocolBinding: "jsonrpc", protocolVersion: "1.0.7" }]
        }),
      on: { SendStreamingMessage: events([{ task: done }]) }
    })
    expect((await ask(peer)).line?.version).toBe("1.0")
  })

  it.each([
    ["GRPC", "1.0"],
    ["JSONRPC", "2.0"],
    ["JSONRPC", "0.2.5"]
  ])("that we do not speak: %s %s", async (protocolBinding, protocolVersion) => {
    const peer = await peerWith({
      card: (url) => card(url, { supportedInterfaces: [{ url, protocolBinding, protocolVersion }] })
    })
    await expect(ask(peer)).rejects.toMatchObject({
      kind: "version",
      message: `it speaks ${protocolBinding} ${protocolVersion}; we speak JSONRPC and HTTP+JSON, of A2A 1.0 and 0.3`
    })
  })

  it("a peer that cannot stream after all is asked without", async () => {
    const peer = await peerWith({
      on: { SendStreamingMessage: fail(-32_004, "no streams"), SendMessage: answer({ task: done }) }
    })
    expect((await ask(peer)).view.state).toBe("completed")
  })
})

describe("a token", () => {
  const secret = "s3cret-token-of-the-peer"

  it("goes to the peer, with its card and each message", async () => {
    const peer = await peerWith({ on: { SendStreamingMessage: events([{ task: done }]) } })
    await ask(peer, {}, { peer: { token: secret } })
    expect(peer.authorizations).toEqual([`Bearer ${secret}`, `Bearer ${secret}`])
  })

  it.each(["card", "redirect of the card", "redirect of a message"])(
    "goes nowhere else, whatever a %s says, and nothing else does",
    async (how) => {
      const thief = await peerWith({ on: { SendStreamingMessage: events([{ task: done }]) } })
      const isMoved = (method: string | undefined): boolean =>
        how.startsWith("redirect") && method === (how.endsWith("card") ? "GET" : "POST")
      const peer = await peerWith({
        card: (url) => card(how === "card" ? thief.url : url),
        first: ({ method, url }, response) => {
          if (!isMoved(method)) return false
          response.writeHead(307, { location: `${thief.url}${url}` }).end()
          return true
        }
      })
      const failure = await ask(peer, {}, { peer: { token: secret } }).catch((one: Error) => one)
      expect(failure).toMatchObject({ kind: "elsewhere", message: expect.stringContaining(thief.url) })
      expect(thief.authorizations).toEqual([])
    }
  )

  it("goes where the user says", async () => {
    const other = await peerWith({ on: { SendStreamingMessage: events([{ task: done }]) } })
    const peer = await peerWith({ card: () => card(other.url) })
    await ask(peer, {}, { peer: { token: secret, origins: [other.url] } })
    expect(other.authorizations).toEqual([`Bearer ${secret}`])
  })

  it("does not come back in what the peer says", async () => {
    const said = task("COMPLETED", {
      status: { state: "TASK_STATE_COMPLETED", message: text(`you are ${secret}`) },
      artifacts: [{ artifactId: "a", parts: [{ data: { token: secret } }] }]
    })
    const peer = await peerWith({ on: { SendStreamingMessage: events([{ task: said }]) } })
    const { view } = await ask(peer, {}, { peer: { token: secret } })
    expect(JSON.stringify(view)).not.toContain(secret)
  })

  it("that is missing or wrong is asked for", async () => {
    const peer = await peerWith({ first: (_, response) => Boolean(response.writeHead(401).end(`who? ${secret}`)) })
    await expect(ask(peer)).rejects.toMatchObject({ kind: "unauthorized", message: expect.stringContaining("set it") })
    const wrong = await ask(peer, {}, { peer: { token: secret } }).catch((one: Error) => one)
    expect(wrong).toMatchObject({ message: "it does not take the token of this peer (HTTP 401; it says: who? ****)" })
  })
})

it("an address of this machine is taken as the user has spelled it", async () => {
  const peer = await peerWith({
    card: (url) => card(url.replace("127.0.0.1", "0.0.0.0")),
    on: { SendStreamingMessage: events([{ task: done }]) }
  })
  expect((await ask(peer, {}, { peer: { token: "x" } })).line?.url).toBe(`${peer.url}/rpc`)
})

it("a redirect within the peer is followed, a circle of them is not", async () => {
  const moved: WireOptions["first"] = ({ url, method }, response) => {
    if (url !== "/rpc") return false
    response.writeHead(308, { location: method === "POST" ? "/new" : "/rpc" }).end()
    return true
  }
  const peer = await peerWith({ first: moved, on: { SendStreamingMessage: events([{ task: done }]) } })
  expect((await ask(peer)).view.state).toBe("completed")
  const circle = await peerWith({ first: (_, response) => Boolean(response.writeHead(302, { location: "/" }).end()) })
  await expect(ask(circle)).rejects.toMatchObject({ message: "it redirects more than 3 times" })
  expect(circle.authorizations).toHaveLength(4)
})

it("a peer that is not there", async () => {
  const peer = await peerWith({})
  await peer.close()
  await expect(ask(peer)).rejects.toMatchObject({
    kind: "unreachable",
    message: expect.stringContaining("ECONNREFUSED")
  })
})
