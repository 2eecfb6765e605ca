/** Clients of other people, against the real command: Debian's python3-websockets, wscat, and the WebSocket of Node itself. */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { OutFrame } from "../../../channels/wire/frames.ts"
import { begin, type Place, place, type Running } from "../../program.ts"

const python = "/usr/bin/python3"
const hasPython = spawnSync(python, ["-c", "import websockets"]).status === 0

const script = `
rules:
  - when: "write (\\\\S+)"
    turns:
      - { text: "I write it.", calls: [ { tool: write_file, input: { path: out.txt, content: "hello" } } ] }
      - { text: "Written." }
`

interface Told {
  readonly url: string
  readonly ws: string
  readonly console: string
  readonly health: string
  readonly pid: number
  readonly key: string
}

let at: Place
let server: Running
let told: Told

beforeAll(async () => {
  at = await place()
  writeFileSync(join(at.cwd, "script.yaml"), script)
  server = begin(at, ["channel", "websocket", "--port", "0", "--json", "-m", "scripted/script.yaml"])
  const lines = createInterface({ input: server.child.stdout! })
  const [line] = await once(lines, "line")
  told = JSON.parse(String(line))
})

afterAll(async () => {
  server.child.kill("SIGKILL")
  await server.ended
  await at[Symbol.asyncDispose]()
})

/** One turn, whole: every number once and in order, one answer, and the file is there. */
const expectWhole = (frames: ReadonlyArray<OutFrame>): void => {
  const events = frames.filter((frame) => frame.type === "event")
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
  expect(events.at(-1)?.event.type).toBe("agent.replied")
  const responses = frames.filter((frame) => frame.type === "response")
  expect(responses).toMatchObject([{ content: "Written.", status: "done" }])
  expect(readFileSync(join(at.cwd, "out.txt"), "utf8")).toBe("hello")
}

describe("foreign clients", () => {
  it.skipIf(!hasPython)("Python leaves in mid-turn and comes back (needs python3-websockets)", async () => {
    const client = join(import.meta.dirname, "foreign.py")
    const { stdout } = await promisify(execFile)(python, [client, told.ws, told.key])
    const { seen, questions } = JSON.parse(stdout)
    expectWhole(seen)
    expect(questions).toBe(2)
  })

  it("wscat says line by line what its user types", async () => {
    const wscat = join(import.meta.dirname, "../../../node_modules/.bin/wscat")
    const bearer = `Authorization: Bearer ${told.key}`
    const child = spawn(wscat, ["--no-color", "-H", bearer, "-c", told.ws], { env: at.env, stdio: "pipe" })
    try {
      expectWhole(await typed(child))
    } finally {
      child.kill()
    }
  })

  it("Node's own leaves in mid-turn and comes back", async () => {
    const frames: Array<OutFrame> = []
    const [first, second] = [listen(), listen()]
    const { session_id = "" } = await first.auth()
    first.say({ type: "message", content: "write it", message_id: "node-1" })
    await first.until("permission")
    first.close()
    frames.push(...first.frames)
    const last = Math.max(...frames.map((frame) => (frame.type === "event" ? frame.seq : 0)))
    await second.auth({ session_id, after: last })
    const { id } = await second.until("permission")
    second.say({ type: "permission", id, decision: "allow" })
    await second.until("response")
    await second.until("event", ({ event }) => event.type === "agent.replied")
    expectWhole([...frames, ...second.frames])
    second.close()
  })

  it("may ask over HTTP how it is, and find the console", async () => {
    expect(await (await fetch(told.health)).json()).toMatchObject({ status: "ready", turns: 0 })
    const page = await fetch(told.console)
    expect(page.headers.get("content-type")).toMatch(/^text\/html/)
    expect(page.headers.get("content-security-policy")).toMatch(/default-src 'none'/)
  })

  it("are told when it stops; nothing but the one line went to standard output, and the key nowhere else", async () => {
    const one = listen()
    await one.auth()
    server.child.kill("SIGTERM")
    expect(await one.closed).toBe(1012)
    expect(one.frames.at(-1)).toMatchObject({ type: "stopping" })
    const { code, stderr } = await server.ended
    expect(code).toBe(143)
    expect(stderr).toContain(told.ws)
    expect(stderr).not.toContain(told.key)
    const kept = join(at.home, ".local/share/kintsugi/sessions.db")
    for (const file of [kept, `${kept}-wal`])
      expect(existsSync(file) && readFileSync(file, "latin1").includes(told.key), file).toBe(false)
  })
})

/** A user of wscat, who says everything until it is heard (lines before the connection stands are lost) and reads the answers. */
const typed = async (child: ChildProcess): Promise<ReadonlyArray<OutFrame>> => {
  const frames: Array<OutFrame> = []
  const say = (frame: object): void => void child.stdin?.write(`${JSON.stringify(frame)}\n`)
  const patience = setInterval(() => say({ type: "message", content: "write it", message_id: "wscat-1" }), 100)
  try {
    for await (const line of createInterface({ input: child.stdout! })) {
      // A prompt may stand before it.
      const frame: OutFrame = JSON.parse(line.slice(line.indexOf("{")))
      if (frame.type !== "auth_response") clearInterval(patience)
      frames.push(frame)
      if (frame.type === "permission") say({ type: "permission", id: frame.id, decision: "allow" })
      if (frame.type === "event" && frame.event.type === "agent.replied") break
    }
  } finally {
    clearInterval(patience)
  }
  return frames
}

/** As a page or a script of a stranger would. */
const listen = () => {
  const socket = new WebSocket(told.ws)
  const frames: Array<OutFrame> = []
  let news = Promise.withResolvers<void>()
  const { promise: closed, resolve } = Promise.withResolvers<number>()
  const opened = new Promise((open) => socket.addEventListener("open", open, { once: true }))
  socket.addEventListener("close", ({ code }) => resolve(code))
  socket.addEventListener("message", ({ data }) => {
    frames.push(JSON.parse(String(data)))
    news.resolve()
    news = Promise.withResolvers()
  })
  type Frame<Type> = Extract<OutFrame, { type: Type }>
  const until = async <Type extends OutFrame["type"]>(
    type: Type,
    is: (frame: Frame<Type>) => boolean = () => true
  ): Promise<Frame<Type>> => {
    for (;;) {
      const found = frames.find((one): one is Frame<Type> => one.type === type && is(one as Frame<Type>))
      if (found !== undefined) return found
      await news.promise
    }
  }
  const say = (frame: object): void => socket.send(JSON.stringify(frame))
  const auth = async (more: object = {}) => {
    await opened
    say({ type: "auth", api_key: told.key, ...more })
    return until("auth_response")
  }
  return { frames, say, until, auth, closed, close: () => socket.close() }
}
