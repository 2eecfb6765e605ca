import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Task } from "@a2a-js/sdk"
import { describe, expect, it, onTestFinished } from "vitest"
import { createRuntime } from "../../../actors/runtime.ts"
import { definePlugin } from "../../../plugins/plugin.ts"
import { defineTool } from "../../../plugins/tool.ts"
import { scripted, type ScriptSource } from "../../../llm/scripted.ts"
import { holding } from "../holding.ts"
import {
  agentPeer,
  answerIn,
  client,
  data,
  folder,
  keys,
  part,
  peerOf,
  saying,
  stateOf,
  taskIn,
  textIn,
  told,
  until
} from "./peer.ts"

/** `hold` works until it is released, `form` asks for values. */
const tools = () => {
  const { hold, release } = holding()
  const form = defineTool({
    name: "form",
    description: "Asks.",
    risk: "read",
    input: { type: "object" },
    execute: async (_, { ask }) =>
      JSON.stringify(
        await ask({
          from: "MCP server shop",
          message: "Which size?",
          fields: [{ name: "size", type: "integer", minimum: 1, maximum: 9, required: true }]
        })
      )
  })
  onTestFinished(release)
  return { plugins: [definePlugin({ name: "holding", tools: [hold, form] })], release }
}

const rules: ScriptSource["rules"] = [
  { when: "^hold", turns: [{ text: "I begin.", calls: [{ tool: "hold", input: {} }] }, { text: "held" }] },
  {
    when: "^write",
    turns: [
      { calls: [{ tool: "write_file", input: { path: "a.txt", content: "written" } }] },
      { text: "Done: {{message}}" }
    ]
  },
  { when: "^form", turns: [{ calls: [{ tool: "form", input: {} }] }, { text: "filled" }] },
  { when: "^send", turns: [{ calls: [{ tool: "send_file", input: { path: "a.txt" } }] }, { text: "sent" }] },
  { when: ".*", turns: [{ text: "You said: {{message}}" }] }
]

const everything = {
  tenant: "",
  pageToken: "",
  pageSize: undefined,
  historyLength: undefined,
  statusTimestampAfter: undefined
}

const questionIn = ({ status }: Task) => {
  const content = status?.message?.parts.find((one) => one.content?.$case === "data")?.content
  return content?.$case === "data" ? content.value.question : undefined
}

describe("an agent as a peer", () => {
  it("has one session for each context, which its owner finds by the context's name", async () => {
    const peer = await agentPeer(rules)
    const ann = await client(peer)
    const first = taskIn(await ann.sendMessage(saying("hello")))
    expect([stateOf(first), answerIn(first)]).toEqual(["COMPLETED", "You said: hello"])
    await ann.sendMessage(saying("again", { contextId: first.contextId }))
    await ann.sendMessage(saying("elsewhere"))
    const sessions = await peer.runtime.list({ owner: "name:ann" })
    expect(sessions.map(({ messages }) => messages).toSorted()).toEqual([1, 2])
    expect(sessions.map(({ id }) => id)).toContain(first.contextId)
    expect(peer.logged).toEqual([])
  })

  it("never leads to a session by a name that a caller chose", async () => {
    const peer = await agentPeer(rules, { keys: [{ name: "me", key: keys.ann, operator: true }] })
    const mine = await peer.runtime.open()
    await mine.ask("my secret")
    const task = taskIn(await (await client(peer)).sendMessage(saying("hello", { contextId: mine.id })))
    expect(task.contextId).toBe(mine.id)
    expect(await peer.runtime.list()).toHaveLength(2)
    expect(mine.view().transcript).toHaveLength(2)
  })

  it("asks for permission, says how to answer, and does what is allowed", async () => {
    const cwd = folder()
    const ann = await client(await agentPeer(rules, { cwd }))
    const asked = taskIn(await ann.sendMessage(saying("write")))
    expect(stateOf(asked)).toBe("INPUT_REQUIRED")
    expect(textIn(asked.status?.message?.parts)).toMatch(/write_file[^]*a\.txt[^]*"allow"[^]*"deny"/)
    expect(questionIn(asked)).toMatchObject({ tool: "write_file", answers: ["allow", "always", "deny"] })
    const unclear = taskIn(await ann.sendMessage(saying("allow me to say no", { taskId: asked.id })))
    expect([stateOf(unclear), textIn(unclear.status?.message?.parts)]).toEqual([
      "INPUT_REQUIRED",
      expect.stringContaining("That is no answer")
    ])
    const done = taskIn(await ann.sendMessage(saying("allow", { taskId: asked.id })))
    expect([stateOf(done), answerIn(done)]).toEqual(["COMPLETED", "Done: write"])
    expect(readFileSync(join(cwd, "a.txt"), "utf8")).toBe("written")
  })

  it("does not do what is denied, and reads what is said beside it", async () => {
    const cwd = folder()
    const ann = await client(await agentPeer(rules, { cwd }))
    const { id: taskId } = taskIn(await ann.sendMessage(saying("write")))
    const done = taskIn(await ann.sendMessage(saying("deny: use another name", { taskId })))
    expect([stateOf(done), answerIn(done)]).toEqual(["COMPLETED", "You said: use another name"])
    expect(() => readFileSync(join(cwd, "a.txt"))).toThrow("ENOENT")
  })

  it("asks what a tool wants to know, and takes only what fits", async () => {
    const ann = await client(await agentPeer(rules, { plugins: tools().plugins }))
    const asked = taskIn(await ann.sendMessage(saying("form")))
    expect(textIn(asked.status?.message?.parts)).toMatch(
      /MCP server shop asks: Which size\?[^]*size: a whole number from 1 to 9/
    )
    const { id: taskId } = asked
    const answer = (content: unknown) =>
      ann.sendMessage(saying("", { taskId, parts: [data({ decision: "allow", content })] })).then(taskIn)
    expect(textIn((await answer({ size: 10 })).status?.message?.parts)).toContain("size must be a whole number")
    const done = await answer({ size: 3 })
    expect([stateOf(done), answerIn(done)]).toEqual(["COMPLETED", "filled"])
  })

  it("gives what the agent sends as artifacts, small files in place and large ones by an address for their owner", async () => {
    const cwd = folder()
    const peer = await agentPeer(rules, { cwd })
    const ann = await client(peer)
    writeFileSync(join(cwd, "a.txt"), "small")
    const small = taskIn(await ann.sendMessage(saying("send")))
    expect(small.artifacts.map(({ name, parts: [one] }) => [name, one?.content])).toEqual([
      ["a.txt", { $case: "raw", value: Buffer.from("small") }],
      ["answer", { $case: "text", value: "sent" }]
    ])
    writeFileSync(join(cwd, "a.txt"), "x".repeat(2_000_000))
    const [large] = taskIn(await ann.sendMessage(saying("send"))).artifacts
    const content = large?.parts[0]?.content
    const url = content?.$case === "url" ? content.value : ""
    const get = (key: string) => fetch(url, { headers: { authorization: `Bearer ${key}` } })
    expect((await (await get(keys.ann)).text()).length).toBe(2_000_000)
    expect([(await get(keys.bob)).status, (await fetch(url)).status]).toEqual([404, 401])
  })

  it("lets the agent read the files, data and addresses that come with a message", async () => {
    const peer = await agentPeer(rules)
    const parts = [
      part("look"),
      data({ a: 1 }),
      { ...part(""), content: { $case: "raw", value: Buffer.from("bytes") }, filename: "../n.txt" } as const,
      { ...part(""), content: { $case: "url", value: "https://example.com/x" } } as const
    ]
    const task = taskIn(await (await client(peer)).sendMessage(saying("", { parts })))
    const said = answerIn(task)
    expect(said).toMatch(/look[^]*"a": 1[^]*not fetched: https:\/\/example\.com\/x[^]*File from the user: (.*\/n\.txt)/)
    expect(readFileSync(/user: (.*\.txt)/.exec(said)?.[1] ?? "", "utf8")).toBe("bytes")
    expect(JSON.stringify(task.history)).not.toContain(Buffer.from("bytes").toString("base64"))
  })

  it("tells what it says and does on the way", async () => {
    const { plugins, release } = tools()
    const ann = await client(await agentPeer(rules, { plugins }))
    const words: Array<string> = []
    for await (const word of each(told, ann.sendMessageStream(saying("hold")))) {
      words.push(word)
      if (word.endsWith("Uses hold.")) release()
    }
    expect(words).toEqual([
      "task SUBMITTED",
      "WORKING",
      "WORKING: I begin.",
      "WORKING: Uses hold.",
      "answer: held.",
      "COMPLETED"
    ])
  })

  it("takes further messages of a task into its turn, and works on the tasks of one context one after another", async () => {
    const { plugins, release } = tools()
    const ann = await client(await agentPeer(rules, { plugins }))
    const { id: taskId, contextId } = taskIn(await ann.sendMessage(saying("hold", { isImmediate: true })))
    await until(async () => stateOf(await ann.getTask({ tenant: "", id: taskId })) === "WORKING")
    const more = ann.sendMessage(saying("hold on", { taskId }))
    const next = taskIn(await ann.sendMessage(saying("next", { contextId, isImmediate: true })))
    expect(stateOf(next)).toBe("SUBMITTED")
    // The second call of the tool is held, too.
    const free = setInterval(release, 20)
    const done = taskIn(await more)
    expect([stateOf(done), done.history.filter(({ role }) => role === 1).length]).toEqual(["COMPLETED", 2])
    await until(async () => stateOf(await ann.getTask({ tenant: "", id: next.id })) === "COMPLETED")
    clearInterval(free)
  })

  it("cancels what runs with what waits behind it in the task, and what was not begun without touching the rest", async () => {
    const { plugins, release } = tools()
    const peer = await agentPeer(rules, { plugins })
    const ann = await client(peer)
    const { id, contextId } = taskIn(await ann.sendMessage(saying("hold", { isImmediate: true })))
    const next = taskIn(await ann.sendMessage(saying("next", { contextId, isImmediate: true })))
    await ann.sendMessage(saying("more", { taskId: id, isImmediate: true }))
    const cancel = (task: string) => ann.cancelTask({ tenant: "", id: task, metadata: undefined }).then(stateOf)
    expect(await cancel(next.id)).toBe("CANCELED")
    expect(stateOf(await ann.getTask({ tenant: "", id }))).not.toBe("CANCELED")
    expect(await cancel(id)).toBe("CANCELED")
    release()
    const after = taskIn(await ann.sendMessage(saying("hello", { contextId })))
    expect(answerIn(after)).toBe("You said: hello")
    expect(peer.counts().tasks).toBe(0)
  })

  it("goes on after a stop with what ran, what waited and what was asked", async () => {
    const [at, { plugins, release }] = [folder(), tools()]
    const before = await agentPeer(rules, { data: at, cwd: at, plugins })
    const ann = await client(before)
    const held = taskIn(await ann.sendMessage(saying("hold", { isImmediate: true })))
    const waiting = taskIn(await ann.sendMessage(saying("next", { contextId: held.contextId, isImmediate: true })))
    const asked = taskIn(await ann.sendMessage(saying("write")))
    await until(async () => stateOf(await ann.getTask({ tenant: "", id: held.id })) === "WORKING")
    await before.stop(0)
    await before.runtime.close()
    const peer = await agentPeer(rules, { data: at, cwd: at, plugins })
    const again = await client(peer)
    const state = async ({ id }: Task) => stateOf(await again.getTask({ tenant: "", id }))
    const free = setInterval(release, 20)
    await until(async () => (await state(held)) === "COMPLETED" && (await state(waiting)) === "COMPLETED")
    clearInterval(free)
    await until(async () => (await state(asked)) !== "WORKING")
    // The call that asked was cut off, and the agent was told; what it did then is its own.
    expect(["COMPLETED", "INPUT_REQUIRED"]).toContain(await state(asked))
    const sessions = await peer.runtime.list({ owner: "name:ann" })
    expect(sessions.map(({ messages }) => messages).toSorted()).toEqual([1, 2])
    expect(peer.logged).toEqual([])
  })

  it("says nothing twice that had waited behind another task and ran when it stopped", async () => {
    const [at, { plugins, release }] = [folder(), tools()]
    const before = await agentPeer(rules, { data: at, cwd: at, plugins })
    const ann = await client(before)
    const { contextId } = taskIn(await ann.sendMessage(saying("write")))
    const second = taskIn(await ann.sendMessage(saying("hold", { contextId, isImmediate: true })))
    const [first] = (await ann.listTasks({ ...everything, contextId, status: 6 })).tasks
    await ann.sendMessage(saying("deny", { taskId: first?.id ?? "" }))
    await until(async () => stateOf(await ann.getTask({ tenant: "", id: second.id })) === "WORKING")
    await before.stop(0)
    await before.runtime.close()
    const peer = await agentPeer(rules, { data: at, cwd: at, plugins })
    const again = await client(peer)
    const free = setInterval(release, 20)
    await until(async () => stateOf(await again.getTask({ tenant: "", id: second.id })) === "COMPLETED")
    clearInterval(free)
    expect((await peer.runtime.list({ owner: "name:ann" })).map(({ messages }) => messages)).toEqual([2])
  })

  it("stops at once when nothing runs, whatever waits behind a question", async () => {
    const peer = await agentPeer(rules)
    const ann = await client(peer)
    const { contextId } = taskIn(await ann.sendMessage(saying("write")))
    await ann.sendMessage(saying("next", { contextId, isImmediate: true }))
    expect(await peer.stop(60_000)).toBe(undefined)
  })

  it("says again what had not come to the session when the process ended", async () => {
    const at = folder()
    const runtime = await createRuntime({ cwd: at, data: at, env: {}, model: await scripted({ rules }) })
    // As if the process had ended between the two.
    const open: typeof runtime.open = async (how) => ({ ...(await runtime.open(how)), send: () => {} })
    const before = await peerOf({ runtime: { ...runtime, open }, data: at })
    const { id } = taskIn(await (await client(before)).sendMessage(saying("hello", { isImmediate: true })))
    await before.stop(0)
    await runtime.close()
    const peer = await agentPeer(rules, { data: at, cwd: at })
    const again = await client(peer)
    await until(async () => stateOf(await again.getTask({ tenant: "", id })) === "COMPLETED")
    expect(answerIn(await again.getTask({ tenant: "", id }))).toBe("You said: hello")
  })

  it("fails with the reason when its session is gone, and tells strangers no paths", async () => {
    const broken = {
      open: () => Promise.reject(new Error("cannot read /home/me/secret")),
      health: () => expect.unreachable()
    }
    const peer = await peerOf({ runtime: broken })
    const task = taskIn(await (await client(peer)).sendMessage(saying("hello")))
    expect(stateOf(task)).toBe("FAILED")
    expect(textIn(task.status?.message?.parts)).toContain("the log of the server says why")
    expect(JSON.stringify(task)).not.toContain("/home/me")
    expect(peer.logged.join()).toContain("/home/me/secret")
  })
})

/** Each word as soon as it is told. */
async function* each(words: typeof told, stream: Parameters<typeof told>[0]): AsyncGenerator<string> {
  for await (const event of stream) yield* await words(one(event))
}

async function* one<Item>(item: Item): AsyncGenerator<Item> {
  yield item
}
