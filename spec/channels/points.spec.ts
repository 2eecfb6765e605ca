/** The tree of a session through every door: the port itself, frames as the WebSocket has them, lines as RPC has them. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { PassThrough } from "node:stream"
import { afterEach, describe, expect, it } from "vitest"
import { createRuntime } from "../../actors/runtime.ts"
import { serveRpc } from "../../channels/rpc.ts"
import type { SessionNode } from "../../plugins/session-node.ts"
import { byMessage, hangs } from "../actors/subagents/scripted.ts"
import { hallOf, operator } from "./wire/hall.ts"

interface Door {
  /** Says it and waits for the end of its turn. @returns the answer. */
  readonly say: (text: string) => Promise<string>
  /** Says what never ends, and waits until it is worked on. */
  readonly occupy: () => Promise<void>
  readonly cancel: () => Promise<void>
  readonly tree: () => Promise<ReadonlyArray<SessionNode>>
  /** These reject with what is told to people. */
  readonly fork: (label?: string) => Promise<SessionNode>
  readonly switch: (to: string) => Promise<SessionNode>
  /** @returns the summary. */
  readonly compact: () => Promise<string>
  /** First words of what the model sees. */
  readonly seen: () => Promise<ReadonlyArray<string>>
}

const closing: Array<() => Promise<unknown>> = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

const model = () =>
  byMessage({ "^## |^Above is": [{ text: "in short" }], "^hang$": hangs, "^(.*)$": [{ text: "heard" }] })

const runtimeHere = async () => {
  const cwd = await mkdtemp(join(tmpdir(), "kintsugi-points-"))
  closing.push(() => rm(cwd, { recursive: true }))
  const runtime = await createRuntime({ cwd, env: {}, model: model() })
  closing.push(runtime.close)
  return { runtime, cwd }
}

type Words = ReadonlyArray<{ readonly content?: unknown }>
const firstWords = (transcript: Words): ReadonlyArray<string> =>
  transcript.map(({ content }) => /"text":"([^"\\]{0,20})/.exec(JSON.stringify(content))?.[1] ?? "")

const portDoor = async (): Promise<Door> => {
  const { runtime } = await runtimeHere()
  const session = await runtime.open({ unattended: true })
  const next = (type: string) =>
    new Promise<object>((resolve) => {
      const heard = session.events.subscribe((notice) => {
        if (notice.type !== type) return
        heard.unsubscribe()
        resolve(notice)
      })
    })
  return {
    say: async (text) => {
      const end = await session.ask(text)
      return "text" in end ? end.text : end.type
    },
    occupy: async () => {
      const begun = next("agent.started")
      session.send("hang")
      await begun
    },
    cancel: async () => {
      const over = next("agent.cancelled")
      session.send({ type: "user.cancel" })
      await over
    },
    tree: session.tree,
    fork: session.fork,
    switch: session.switch,
    compact: async () => {
      const done = next("agent.compacted")
      session.send({ type: "user.compact" })
      return String(Object.entries(await done).find(([name]) => name === "summary")?.[1])
    },
    seen: async () => firstWords(session.view().transcript)
  }
}

type Frame = Readonly<Record<string, unknown>> & { readonly type: string }
interface Line {
  readonly write: (frame: object) => void
  readonly frames: ReadonlyArray<Frame>
}

/** Whatever carries frames. */
const frameDoor = ({ write, frames }: Line): Door => {
  let count = 0
  let read = 0
  /** The first that fits, of all that came since the last one that did. */
  const next = async (fits: (frame: Frame) => boolean): Promise<Frame> => {
    let found: Frame | undefined
    await expect
      .poll(
        () => {
          const at = frames.findIndex((frame, nth) => nth >= read && fits(frame))
          if (at >= 0) [found, read] = [frames[at], at + 1]
          return at >= 0
        },
        { timeout: 8000, interval: 5 }
      )
      .toBe(true)
    return found as Frame
  }
  const ask = async (frame: object): Promise<Frame> => {
    const request_id = `r${(count += 1)}`
    write({ ...frame, request_id })
    const answer = await next((one) => one.request_id === request_id)
    if (answer.type === "error") throw new Error(String(answer.message))
    return answer
  }
  const isEvent = (type: string) => (frame: Frame) =>
    frame.type === "event" && (frame.event as { type: string }).type === type
  return {
    say: async (text) => {
      const message_id = `m${(count += 1)}`
      write({ type: "message", content: text, message_id })
      return String((await next((frame) => frame.type === "response" && frame.message_id === message_id)).content)
    },
    occupy: async () => {
      write({ type: "message", content: "hang" })
      await next(isEvent("agent.started"))
    },
    cancel: async () => {
      write({ type: "cancel" })
      await next(isEvent("agent.cancelled"))
    },
    tree: async () => (await ask({ type: "tree" })).nodes as ReadonlyArray<SessionNode>,
    fork: async (label) => (await ask({ type: "fork", label })).node as SessionNode,
    switch: async (to) => (await ask({ type: "switch", to })).node as SessionNode,
    compact: async () => {
      write({ type: "compact" })
      const { event } = await next(isEvent("agent.compacted"))
      return String((event as { summary?: unknown }).summary)
    },
    seen: async () => firstWords((await ask({ type: "view" })).transcript as Words)
  }
}

const wireDoor = async (): Promise<Door> => {
  const { runtime, cwd } = await runtimeHere()
  const { hub, connect } = hallOf(runtime, cwd)
  closing.push(() => hub.stop(0))
  const client = connect(operator)
  return frameDoor({ write: client.say, frames: client.frames as ReadonlyArray<unknown> as ReadonlyArray<Frame> })
}

const rpcDoor = async (): Promise<Door> => {
  const { runtime, cwd } = await runtimeHere()
  const { hub } = hallOf(runtime, cwd)
  const [stdin, stdout] = [new PassThrough(), new PassThrough()]
  const served = serveRpc({ hub, stdin, stdout, grace: 0 })
  const frames: Array<Frame> = []
  createInterface({ input: stdout }).on("line", (line) => frames.push(JSON.parse(line)))
  closing.push(async () => {
    stdin.end()
    expect(await served).toBe(0)
  })
  return frameDoor({ write: (frame) => stdin.write(`${JSON.stringify(frame)}\n`), frames })
}

describe.each([
  ["the port", portDoor],
  ["frames", wireDoor],
  ["lines", rpcDoor]
])("a session's points through %s", (_, open) => {
  it("are named, gone back to, and branch", async () => {
    const door = await open()
    expect(await door.say("one")).toBe("heard")
    const begin = await door.fork("begin")
    expect(begin).toMatchObject({ label: "begin", metadata: { role: "assistant", head: true } })
    await door.say("two")
    expect(await door.switch("begin")).toMatchObject({ id: begin.id, metadata: { head: true } })
    expect(await door.seen()).toEqual(["one", "heard"])
    await door.say("three")
    expect(await door.seen()).toEqual(["one", "heard", "three", "heard"])
    const nodes = await door.tree()
    expect(nodes.map(({ message }) => message)).toEqual(["one", "heard", "two", "heard", "three", "heard"])
    expect(nodes.find(({ id }) => id === begin.id)?.children).toHaveLength(2)
    expect(nodes.filter(({ metadata }) => metadata.head).map(({ message }) => message)).toEqual(["heard"])
    // Back on the other branch everything is as it was.
    await door.switch(nodes[3]?.id ?? "")
    expect(await door.seen()).toEqual(["one", "heard", "two", "heard"])
  })

  it("are refused where there is none, where a name is taken or none, and while a turn runs", async () => {
    const door = await open()
    await door.say("one")
    await door.fork("begin")
    await door.say("two")
    await expect(door.switch("nowhere")).rejects.toThrow(/there is no point "nowhere".*begin/)
    await expect(door.fork("begin")).rejects.toThrow(/begin/)
    for (const label of ["", "  ", "7", "#7", "a\nb", "\u001b[2J", "x".repeat(61)])
      await expect(door.fork(label), JSON.stringify(label)).rejects.toThrow(/name of a point/)
    await door.occupy()
    await expect(door.switch("begin")).rejects.toThrow(/at work/)
    await door.cancel()
    expect(await door.switch("begin")).toMatchObject({ label: "begin" })
  })

  it("have names of any words, which stay what they are", async () => {
    const door = await open()
    await door.say("one")
    const label = `<img src=x onerror=alert(1)> "q" \\ '; drop table labels --`
    expect(await door.fork(label)).toMatchObject({ label })
    expect((await door.tree()).map((node) => node.label)).toEqual(["", label])
    await door.say("two")
    expect(await door.switch(label)).toMatchObject({ label })
  })

  it("stay where a summary stands in their place", async () => {
    const door = await open()
    await door.say("one")
    expect(await door.compact()).toBe("in short")
    expect((await door.seen()).length).toBe(1)
    const nodes = await door.tree()
    expect(nodes.map(({ metadata }) => metadata.role)).toEqual(["user", "assistant", "summary"])
    await door.switch(nodes[1]?.id ?? "")
    expect(await door.seen()).toEqual(["one", "heard"])
  })
})
