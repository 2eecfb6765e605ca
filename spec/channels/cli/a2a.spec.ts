import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import { makeWorld, type World } from "../../actors/world.ts"
import { newAgent, oldAgent, type Served } from "../../plugins/a2a/agents.ts"
import { card, events, fail, task, text, type WireOptions, wirePeer } from "../../plugins/a2a/wire.ts"
import { commandLine, type Typed } from "./in-process.ts"

let agent: Served
let old: Served
beforeAll(async () => {
  ;[agent, old] = await Promise.all([newAgent(), oldAgent()])
})
afterAll(() => Promise.all([agent.close(), old.close()]))

let world: World
const open: Array<Pick<Served, "close">> = []
beforeEach(() => void (world = makeWorld()))
afterEach(async () => {
  world.remove()
  for (const one of open.splice(0)) await one.close()
})

const a2a = (args: ReadonlyArray<string>, typed?: Typed) => commandLine(world)(["a2a", ...args], typed)

const wired = async (options: WireOptions) => {
  const peer = await wirePeer(options)
  open.push(peer)
  return peer
}

const secret = "s3cret-token-of-the-peer"

describe("kintsugi a2a card", () => {
  it("shows who an agent is, of either version", async () => {
    const { code, out } = await a2a(["card", agent.url])
    expect({ code, out: out.split("\n") }).toEqual({
      code: 0,
      out: [
        "Sample 3.2.1",
        "Does what it is told",
        `card: ${agent.url}/.well-known/agent-card.json`,
        `A2A 1.0 over JSONRPC: ${agent.url}/a2a`,
        "can: streaming",
        "skill echo: Echo - Says it again",
        ""
      ]
    })
    expect((await a2a(["card", old.url])).out).toContain(`A2A 0.3 over JSONRPC: ${old.url}/a2a`)
  })

  it("prints it as it is served", async () => {
    const { code, out } = await a2a(["card", old.url, "--json"])
    expect({ code, card: JSON.parse(out) }).toMatchObject({
      code: 0,
      card: { protocolVersion: "0.3.0", name: "Old sample" }
    })
  })

  it("cannot steer a terminal, and does not give the token away", async () => {
    const peer = await wired({ card: (url) => card(url, { name: `\u001b[2Jx\u202e ${secret}` }) })
    const { out } = await a2a(["card", peer.url], { env: { KINTSUGI_A2A_TOKEN: secret } })
    expect(out.split("\n")[0]).toBe("x **** 1")
    expect(peer.authorizations).toEqual([`Bearer ${secret}`])
  })

  it("says what is wrong, and exits with 4 when nobody can be reached", async () => {
    expect(await a2a(["card", "http://127.0.0.1:9"])).toMatchObject({ code: 4, out: "" })
    expect(await a2a(["card", "nobody"])).toEqual({
      code: 2,
      out: "",
      err: 'kintsugi: there is no peer "nobody" in channels.a2a.peers; an address starts with http://\n'
    })
    expect(await a2a(["card", "http://me:secret@127.0.0.1:9"])).toMatchObject({ code: 2 })
    const elsewhere = await wired({ card: () => card("http://10.0.0.1") })
    const { code, out } = await a2a(["card", elsewhere.url])
    expect([code, out]).toEqual([
      0,
      expect.stringContaining("cannot be called: its card puts it at http://10.0.0.1, which is not")
    ])
  })
})

describe("kintsugi a2a call", () => {
  it.each([
    ["echo hello there", 0, "hello there\n"],
    ["artifact", 0, "roses are red\nthere it is\n"],
    ["message in short", 0, "in short\n"],
    ["fail", 1, "the disk is full\n"],
    ["reject", 1, "I do no mathematics\n"],
    ["ask", 3, "which colour?\n"],
    ["login", 3, "log in at the bank\n"]
  ])("%s: exits with %d", async (words, exit, printed) => {
    for (const { url } of [agent, old]) {
      const { code, out } = await a2a(["call", url, words])
      expect([code, out.replace(/^echo /, "")]).toEqual([exit, printed])
    }
  })

  it("goes on with a task, as it says one can", async () => {
    const { err } = await a2a(["call", agent.url, "ask"])
    const id = /--task (\S+)/.exec(err)?.[1] ?? ""
    expect(await a2a(["call", agent.url, "blue", "--task", id])).toMatchObject({ code: 0, out: "you chose blue\n" })
  })

  it("prints an object for programs, and with --stream a line for each change", async () => {
    const { out, err } = await a2a(["call", agent.url, "artifact", "--json"])
    expect(JSON.parse(out)).toMatchObject({
      state: "completed",
      reply: "there it is",
      version: "1.0",
      binding: "JSONRPC",
      artifacts: [{ name: "poem", text: "roses are red" }, { files: [{ name: "report.bin", size: 4 }] }]
    })
    expect(err).toContain("I write it")
    const streamed = await a2a(["call", agent.url, "artifact", "--json", "--stream"])
    const states = streamed.out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).state)
    expect([states[0], states.at(-1), states.length > 3]).toEqual(["submitted", "completed", true])
  })

  it("prints what is made as it comes", async () => {
    const pieces: Array<string> = []
    const parts = (words: string) => ({ artifactId: "a", parts: [{ text: words }] })
    const more = Promise.withResolvers<void>()
    const peer = await wired({
      on: {
        SendStreamingMessage: (response, asked, request) =>
          events(
            [{ task: task("WORKING") }, { artifactUpdate: { taskId: "t1", contextId: "c1", artifact: parts("one ") } }],
            () => {
              void more.promise.then(() => {
                const last = task("COMPLETED", { artifacts: [parts("one two")] })
                const event = { jsonrpc: "2.0", id: asked.id, result: { task: last } }
                response.end(`data: ${JSON.stringify(event)}\n\n`)
              })
            }
          )(response, asked, request)
      }
    })
    const onOut = (piece: string): void => {
      pieces.push(piece)
      more.resolve()
    }
    expect(await a2a(["call", peer.url, "x", "--stream"], { onOut })).toMatchObject({ code: 0, out: "one two\n" })
    expect(pieces.slice(0, 2)).toEqual(["one ", "two"])
  })

  it("sends and saves files", async () => {
    world.write(join(world.cwd, "a.txt"), "x")
    const sent = await a2a(["call", agent.url, "echo got", "--file", "a.txt"])
    expect(sent).toMatchObject({ code: 0, out: "echo got raw:a.txt\n" })
    const { code, err } = await a2a(["call", agent.url, "artifact", "--save", "out"])
    expect([code, err]).toEqual([0, expect.stringContaining("wrote out/report.bin")])
    expect(readFileSync(join(world.cwd, "out/report.bin"))).toEqual(Buffer.from([0, 1, 2, 3]))
    expect(await a2a(["call", agent.url, "x", "--file", "none.txt"])).toMatchObject({ code: 2, out: "" })
  })

  it("finds peers by name with their tokens, which it never shows", async () => {
    const peer = await wired({ on: { SendStreamingMessage: fail(-32_603, `you said Bearer ${secret}`) } })
    world.write(
      world.userFile,
      `channels: { a2a: { peers: [ { name: mine, url: "${peer.url}", token: "\${PEER_TOKEN}" } ] } }\n`
    )
    const { code, out, err } = await a2a(["call", "mine", "x"], { env: { PEER_TOKEN: secret } })
    expect([code, out]).toEqual([4, ""])
    expect(err).toContain("mine: it refuses: you said Bearer ****")
    expect(new Set(peer.authorizations)).toEqual(new Set([`Bearer ${secret}`]))
  })

  it("does not take the peers of a folder that nobody trusts", async () => {
    world.write(world.projectFile, `channels: { a2a: { peers: [ { name: theirs, url: "${agent.url}" } ] } }\n`)
    expect(await a2a(["call", "theirs", "x"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("channels.a2a.peers")
    })
  })

  it("needs no configuration: one that is broken keeps nobody from an address", async () => {
    world.write(world.userFile, "llm: [\n")
    expect(await a2a(["call", agent.url, "echo hi"])).toMatchObject({ code: 0 })
    expect(await a2a(["call", "mine", "x"])).toMatchObject({ code: 2, err: expect.stringContaining("config.yaml:") })
    expect(existsSync(join(world.home, ".local/share/kintsugi"))).toBe(false)
  })

  it("cancels the task at the peer when its time is over, and says so", async () => {
    const late = new AbortController()
    const timeout = AbortSignal.timeout
    const spy = vi
      .spyOn(AbortSignal, "timeout")
      .mockImplementation((wait) => (wait === 12_345 ? late.signal : timeout.call(AbortSignal, wait)))
    const onOut = (piece: string): void => void (piece.includes('"working"') && late.abort())
    const args = ["call", old.url, "wait", "--timeout", "12.345", "--stream", "--json"]
    const { code, err } = await a2a(args, { onOut }).finally(() => spy.mockRestore())
    expect([code, err]).toEqual([4, expect.stringContaining("was not done in time; its task is cancelled")])
    expect(old.cancelled).toHaveLength(1)
    expect(await a2a(["call", old.url, "wait", "--timeout", "soon"])).toMatchObject({ code: 2 })
  })

  it("cancels the task at the peer at ctrl-c, and exits with 130", async () => {
    const before = agent.cancelled.length
    const calling = a2a(["call", agent.url, "wait", "--stream", "--json"], {
      onOut: (piece) => void (piece.includes('"working"') && process.emit("SIGINT", "SIGINT"))
    })
    const { code, err } = await calling
    expect([code, err]).toEqual([130, expect.stringMatching(/task \S+ is cancelled$/m)])
    expect(agent.cancelled).toHaveLength(before + 1)
  })

  it("calls a peer at another origin only when the user names it", async () => {
    const other = await wired({
      on: {
        SendStreamingMessage: events([
          { task: task("COMPLETED", { status: { state: "TASK_STATE_COMPLETED", message: text("hi") } }) }
        ])
      }
    })
    const peer = await wired({ card: () => card(other.url) })
    const { code, err } = await a2a(["call", peer.url, "x"])
    expect([code, err]).toEqual([4, expect.stringContaining(`add ${other.url} to the peer's origins`)])
    expect(other.heard).toEqual([])
    expect(await a2a(["call", peer.url, "x", "--origin", other.url])).toMatchObject({ code: 0, out: "hi\n" })
    expect(await a2a(["call", peer.url, "x", "--origin", "example.com/a"])).toMatchObject({ code: 2 })
  })
})
