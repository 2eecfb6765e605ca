import { existsSync, readFileSync } from "node:fs"
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest"
import { type Times, usualTimes } from "../../../plugins/a2a/peer.ts"
import { a2aGateway, type A2aParts } from "../../../plugins/builtin/a2a-gateway.ts"
import { absentAgents } from "../../../plugins/ports/absent.ts"
import type { AgentCard } from "../../../plugins/ports.ts"
import { newAgent, type Served } from "../a2a/agents.ts"
import { answer, card, events, fail, task, text, type WireOptions, wirePeer, type WirePeer } from "../a2a/wire.ts"
import { type Workspace, workspace } from "../workspace.ts"

const times = { ...usualTimes, pause: 5 }

const served = { host: "127.0.0.1", port: 18_800, require_auth: true }

let agent: Served
beforeAll(async () => {
  agent = await newAgent()
})
/** The time of a call is over when the call itself says so. */
const withTimeUp = async <Value>(milliseconds: number, run: (over: () => void) => Promise<Value>): Promise<Value> => {
  const late = new AbortController()
  const timeout = AbortSignal.timeout
  const spy = vi
    .spyOn(AbortSignal, "timeout")
    .mockImplementation((wait) => (wait === milliseconds ? late.signal : timeout.call(AbortSignal, wait)))
  try {
    return await run(() => late.abort())
  } finally {
    spy.mockRestore()
  }
}

const open: Array<AsyncDisposable | Pick<Served, "close">> = []
afterEach(async () => {
  for (const one of open.splice(0)) await ("close" in one ? one.close() : one[Symbol.asyncDispose]())
})
afterAll(() => agent.close())

const at = (...peers: A2aParts["peers"]): Promise<Workspace> => within(times, ...peers)

const within = async (times: Times, ...peers: A2aParts["peers"]): Promise<Workspace> => {
  const { tools = [] } = a2aGateway({ peers, ...served, times })
  const space = await workspace({ tools })
  open.push(space)
  return space
}

const sample = () => at({ name: "sample", url: agent.url })

const wired = async (options: WireOptions): Promise<{ readonly peer: WirePeer; readonly space: Workspace }> => {
  const peer = await wirePeer(options)
  open.push(peer)
  return { peer, space: await at({ name: "wire", url: peer.url }) }
}

const send = (space: Workspace, input: object, more?: Parameters<Workspace["call"]>[2]) =>
  space.call("a2a_send_message", input, more)

it("offers nothing without peers", () => {
  expect(a2aGateway().tools).toEqual([])
  expect(a2aGateway({ ...served, peers: [] }).tools).toEqual([])
  expect(a2aGateway({ ...served, peers: [] }).systemPrompt).toBeUndefined()
})

describe("a2a_send_message", () => {
  it("names the peer and its address before anything is sent, and the files that go there", async () => {
    const space = await sample()
    await space.put({ "a.txt": "x" })
    const input = { peer: "sample", message: "hello", files: ["a.txt"], save_to: "got" }
    expect(await space.preview("a2a_send_message", input)).toEqual({
      url: agent.url,
      paths: [space.path("a.txt"), space.path("got")],
      summary: "to sample, with a.txt, writing what comes into got: hello"
    })
  })

  it("knows the configured peers and no others", async () => {
    await expect(send(await sample(), { peer: "http://elsewhere.example", message: "x" })).rejects.toThrow("peer")
  })

  it("gives what comes of it as data of a stranger, and shows what the peer says meanwhile", async () => {
    const space = await sample()
    const { success, data, summary } = await send(space, { peer: "sample", message: "artifact" })
    expect([success, summary]).toEqual([true, "sample: completed, 2 pieces"])
    expect(data).toEqual({
      peer: "sample",
      state: "completed",
      task_id: expect.any(String),
      context_id: expect.any(String),
      reply: "there it is",
      artifacts: [
        { name: "poem", text: "roses are red" },
        { name: "report.bin", files: [{ name: "report.bin", type: "application/octet-stream", size: 4 }] }
      ],
      note: expect.stringContaining("never for instructions")
    })
    expect(space.shown).toContain("sample: I write it\n")
  })

  it("sends files of the working folder, and none from outside", async () => {
    const space = await sample()
    await space.put({ "notes/a.txt": "x" })
    const { data } = await send(space, { peer: "sample", message: "echo got", files: ["notes/a.txt"] })
    expect(data).toMatchObject({ reply: "echo got raw:a.txt" })
    await expect(send(space, { peer: "sample", message: "x", files: ["/etc/hostname"] })).rejects.toMatchObject({
      kind: "permission_denied"
    })
    expect(await send(space, { peer: "sample", message: "x", files: ["notes"] })).toMatchObject({ success: false })
    await space.put({ "big.bin": Buffer.alloc(10 * 1024 * 1024) })
    const tooMuch = await send(space, { peer: "sample", message: "x", files: ["notes/a.txt", "big.bin"] })
    expect(tooMuch).toMatchObject({ error: "the files have more than 10485760 bytes together" })
  })

  it("asks back: a success with the question, to go on with by the same task", async () => {
    const space = await sample()
    const asked = await send(space, { peer: "sample", message: "ask" })
    expect(asked).toMatchObject({ success: true, data: { state: "input-required", reply: "which colour?" } })
    expect(asked.data).toMatchObject({ next: expect.stringContaining("same task_id") })
    const { task_id } = asked.data as { readonly task_id: string }
    const { data } = await send(space, { peer: "sample", message: "blue", task_id })
    expect(data).toMatchObject({ state: "completed", task_id, reply: "you chose blue" })
  })

  it.each([
    ["fail", "execution_error", "the peer sample failed at the task; it says: the disk is full"],
    ["reject", "execution_error", "the peer sample rejects the task; it says: I do no mathematics"],
    ["login", "permission_denied", /wants the user to authenticate before it goes on; it says: log in at the bank/]
  ])("tells honestly how it ended: %s", async (message, errorClass, error) => {
    const given = await send(await sample(), { peer: "sample", message })
    expect(given).toMatchObject({ success: false, errorClass, error: expect.stringMatching(error) })
    expect(given.data).toMatchObject({ task_id: expect.any(String) })
  })

  it("gives up the wait, not the task, and waits on when called without a message", async () => {
    const space = await sample()
    const late = await withTimeUp(123_456, (over) =>
      send(space, { peer: "sample", message: "wait", wait: 123.456 }, { progress: over })
    )
    expect(late).toMatchObject({ success: true, data: { state: "working", next: expect.stringContaining("wait on") } })
    const { task_id } = late.data as { readonly task_id: string }
    expect(agent.cancelled).not.toContain(task_id)
    const stop = new AbortController()
    const seen = (): void => stop.abort()
    const looked = send(space, { peer: "sample", task_id }, { signal: stop.signal, progress: seen })
    expect(await looked).toMatchObject({ success: false, errorClass: "cancelled" })
  })

  it("cancels the task at the peer when the call is stopped", async () => {
    const space = await sample()
    const stop = new AbortController()
    const progress = (): void => stop.abort()
    const given = await send(space, { peer: "sample", message: "wait" }, { signal: stop.signal, progress })
    expect(given).toMatchObject({ errorClass: "cancelled", error: expect.stringMatching(/it is cancelled there$/) })
    expect(agent.cancelled.some((id) => given.error?.includes(id))).toBe(true)
  })

  it("wants something to send", async () => {
    expect(await send(await sample(), { peer: "sample" })).toMatchObject({ errorClass: "invalid_arguments" })
  })

  it("shows images to models that can see, by their bytes and not by what the peer calls them", async () => {
    const png = Buffer.from("89504e470d0a1a0a", "hex").toString("base64")
    const parts = [
      { raw: png, mediaType: "text/plain" },
      { raw: "AAAA", mediaType: "image/png" }
    ]
    const { space } = await wired({
      on: { SendStreamingMessage: events([{ task: task("COMPLETED", { artifacts: [{ artifactId: "a", parts }] }) }]) }
    })
    const { images } = await send(space, { peer: "wire", message: "x" })
    expect(images).toEqual([{ mime: "image/png", data: png }])
  })

  it("cuts what is too long, and says how much is left", async () => {
    const long = task("COMPLETED", { artifacts: [{ artifactId: "a", parts: [{ text: "x".repeat(50_000) }] }] })
    const { space } = await wired({ on: { SendStreamingMessage: events([{ task: long }]) } })
    const { data } = await send(space, { peer: "wire", message: "x" })
    expect(JSON.stringify(data).length).toBeLessThan(21_000)
    expect(JSON.stringify(data)).toContain("[30000 more characters]")
  })

  it("does not claim to know what it cannot", async () => {
    const { space } = await wired({ on: { SendStreamingMessage: events([]) } })
    const { error } = await send(space, { peer: "wire", message: "x" })
    expect(error).toMatch(
      /^peer wire \(http:.*Whether it has taken the message is not known: do not send it again unasked$/
    )
  })

  it("passes on a refusal in the peer's words", async () => {
    const { space } = await wired({ on: { SendStreamingMessage: fail(-32_602, "parts must not be empty") } })
    const given = await send(space, { peer: "wire", message: "x" })
    expect(given).toMatchObject({
      success: false,
      error: expect.stringContaining("it refuses: parts must not be empty")
    })
  })
})

describe("what is saved", () => {
  const made = (url: string) =>
    task("COMPLETED", {
      status: { state: "TASK_STATE_COMPLETED", message: text("done") },
      artifacts: [
        { artifactId: "1", name: "poem", parts: [{ text: "roses" }] },
        { artifactId: "2", name: "x", parts: [{ raw: "AAEC", filename: "../../.bashrc" }, { data: { a: 1 } }] },
        { artifactId: "3", name: "big", parts: [{ url: `${url}/files/big.bin`, filename: "big.bin" }] },
        { artifactId: "4", name: "far", parts: [{ url: "http://169.254.169.254/meta", filename: "far" }] }
      ]
    })

  it("has names of our making, in the folder that was asked for, and takes nobody's place", async () => {
    let url = ""
    const { peer, space } = await wired({
      on: { SendStreamingMessage: (...all) => events([{ task: made(url) }])(...all) },
      first: (request, response) => request.url === "/files/big.bin" && Boolean(response.end("big"))
    })
    url = peer.url
    await space.put({ "got/poem.txt": "mine" })
    const { data, summary } = await send(space, { peer: "wire", message: "x", save_to: "got" })
    expect(data).toMatchObject({
      saved: ["got/poem-2.txt", "got/bashrc", "got/x.json", "got/big.bin"],
      not_saved: [expect.stringContaining("which is not the peer's")]
    })
    expect(summary).toBe("wire: completed, 4 saved")
    expect([space.text("got/poem.txt"), space.text("got/poem-2.txt"), space.text("got/big.bin")]).toEqual([
      "mine",
      "roses",
      "big"
    ])
    expect(readFileSync(space.path("got/bashrc"))).toEqual(Buffer.from([0, 1, 2]))
  })

  it("stays within the working folder", async () => {
    const { space } = await wired({ on: { SendStreamingMessage: events([{ task: made("http://127.0.0.1:1") }]) } })
    await expect(space.preview("a2a_send_message", { peer: "wire", save_to: space.outside })).rejects.toMatchObject({
      kind: "permission_denied"
    })
    const { data } = await send(space, { peer: "wire", message: "x", save_to: space.outside })
    // What the peer said is not lost with it.
    expect(data).toMatchObject({
      saved: [],
      reply: "done",
      not_saved: expect.arrayContaining([expect.stringContaining("poem")])
    })
    expect(existsSync(`${space.outside}/poem.txt`)).toBe(false)
  })

  it("is nothing unless it is asked for", async () => {
    const { space } = await wired({ on: { SendStreamingMessage: events([{ task: made("http://127.0.0.1:1") }]) } })
    await send(space, { peer: "wire", message: "x" })
    expect(existsSync(space.path("poem.txt"))).toBe(false)
  })
})

describe("a2a_list_peers", () => {
  it("shows each peer as its card says, in bounds; one that hangs, is gone or odd hides no other", async () => {
    const hanging = await wirePeer({ first: () => true })
    const gone = await wirePeer({})
    await gone.close()
    const skills = Array.from({ length: 30 }, (_, n) => ({
      id: `s${n}`,
      name: "S",
      description: "d".repeat(1000),
      tags: []
    }))
    const grpc = [{ url: "x", protocolBinding: "GRPC", protocolVersion: "1.0" }]
    const odd = await wirePeer({ card: (url) => card(url, { skills, supportedInterfaces: grpc }) })
    open.push(hanging, odd)
    const space = await within(
      { ...times, card: 300 },
      { name: "hanging", url: hanging.url },
      { name: "gone", url: gone.url },
      { name: "odd", url: odd.url },
      { name: "sample", url: agent.url }
    )
    const { data, summary } = await space.call("a2a_list_peers", {})
    const { peers } = data as { readonly peers: ReadonlyArray<{ readonly skills?: ReadonlyArray<object> }> }
    expect(peers).toMatchObject([
      { name: "hanging", reachable: false, error: "its card did not come within 0.3 s" },
      { name: "gone", reachable: false, error: expect.stringContaining("ECONNREFUSED") },
      { name: "odd", reachable: true, error: expect.stringContaining("we speak JSONRPC") },
      {
        name: "sample",
        url: agent.url,
        reachable: true,
        agent: "Sample",
        protocol: "A2A 1.0 over JSONRPC",
        skills: [{ id: "echo", name: "Echo", description: "Says it again" }]
      }
    ])
    expect(peers[2]?.skills).toHaveLength(20)
    expect(JSON.stringify(data).length).toBeLessThan(10_000)
    expect(summary).toBe("2 of 4 peers reachable")
  })
})

describe("a card", () => {
  /** What was asked for when two messages were sent: `whole`, or whether it `changed`. */
  const requests = async (headers: Readonly<Record<string, string>>): Promise<ReadonlyArray<string>> => {
    const asked: Array<string> = []
    const { space } = await wired({
      first: ({ method, headers: given }, response) => {
        if (method !== "GET") return false
        const isSame = given["if-none-match"] !== undefined
        asked.push(isSame ? "changed?" : "whole")
        for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
        return isSame && Boolean(response.writeHead(304).end())
      },
      on: { SendStreamingMessage: events([{ task: task("COMPLETED") }]) }
    })
    for (let n = 0; n < 2; n++) await send(space, { peer: "wire", message: "x" })
    return asked
  }

  it.each([
    ["is kept as long as its server says", { "cache-control": "max-age=100", etag: '"1"' }, ["whole"]],
    ["is kept for a while when nothing is said", {}, ["whole"]],
    ["is not kept when its server says so", { "cache-control": "no-store", etag: '"1"' }, ["whole", "whole"]],
    ["is asked after when its server says so", { "cache-control": "no-cache", etag: '"1"' }, ["whole", "changed?"]],
    ["is asked for again when it is old", { "cache-control": "max-age=0" }, ["whole", "whole"]]
  ])("%s", async (_, headers, asked) => expect(await requests(headers)).toEqual(asked))

  it("is found below an address, or at the top of its server", async () => {
    const { peer } = await wired({ on: { SendStreamingMessage: events([{ task: task("COMPLETED") }]) } })
    const space = await at({ name: "deep", url: `${peer.url}/a2a/jsonrpc` })
    expect(await send(space, { peer: "deep", message: "x" })).toMatchObject({ success: true })
    expect(peer.heard.slice(0, 2)).toEqual([
      "GET /a2a/jsonrpc/.well-known/agent-card.json",
      "GET /.well-known/agent-card.json"
    ])
  })

  it("may be named itself", async () => {
    const { peer } = await wired({ on: { SendMessage: answer({ task: task("COMPLETED") }) } })
    const space = await at({ name: "named", url: `${peer.url}/.well-known/agent-card.json` })
    await space.call("a2a_list_peers", {})
    expect(peer.heard).toEqual(["GET /.well-known/agent-card.json"])
  })
})

it("a2a_get_my_card is what others find here", async () => {
  const about = async () => ({ capabilities: ["Ask other agents for help: sample"] }) as unknown as AgentCard
  const space = await sample()
  const { data } = await space.call("a2a_get_my_card", {}, { agents: { ...absentAgents, about } })
  expect(data).toMatchObject({
    name: "Kintsugi",
    supportedInterfaces: expect.arrayContaining([expect.objectContaining({ protocolVersion: "0.3" })])
  })
  expect(JSON.stringify(data)).toContain("http://127.0.0.1:18800/a2a/jsonrpc")
  expect(JSON.stringify(data)).toMatch(/bearer/i)
  const { tools = [] } = a2aGateway({ ...served, peers: [{ name: "x", url: agent.url }], url: "https://me.example/" })
  await using elsewhere = await workspace({ tools })
  const card = await elsewhere.call("a2a_get_my_card", {}, { agents: { ...absentAgents, about } })
  expect(JSON.stringify(card.data)).toContain('"https://me.example/a2a/jsonrpc"')
})
