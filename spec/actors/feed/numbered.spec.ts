import { cp, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { firstValueFrom } from "rxjs"
import { afterEach, describe, expect, it, vi } from "vitest"
import { newSessionId } from "../../../actors/journal/session-id.ts"
import { createRuntime } from "../../../actors/runtime.ts"
import type { RuntimeOptions } from "../../../actors/runtime/options.ts"
import type { OpenOptions, Session } from "../../../actors/session-host.ts"
import { isTerminal, userMessage } from "../../../actors/session/said.ts"
import type { AgentNotice } from "../../../machines/events.ts"
import { definePlugin } from "../../../plugins/plugin.ts"
import { defineTool } from "../../../plugins/tool.ts"
import { type Play, played } from "../played-model.ts"

const folders: Array<string> = []
const closing: Array<() => Promise<unknown>> = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "kintsugi-numbered-"))
  folders.push(folder)
  return folder
}

const tool = (name: string, execute: () => Promise<string>) =>
  defineTool({ name, description: "A tool.", risk: "read", input: { type: "object" }, execute })

/** A tool that works until the spec lets it. */
const worker = () => {
  let end = () => {}
  let begin = () => {}
  const begun = new Promise<void>((resolve) => (begin = resolve))
  const ended = new Promise<void>((resolve) => (end = resolve))
  const execute = async () => {
    begin()
    await ended
    return "worked"
  }
  return { tool: tool("work", execute), begun, end: () => end() }
}

const runtimeOn = async (data: string, plays: ReadonlyArray<Play>, more: RuntimeOptions = {}) => {
  const plugins = [definePlugin({ name: "spec", tools: [tool("echo", async () => "echoed")] }), ...(more.plugins ?? [])]
  const settings = { permissions: { mode: "auto" as const }, ...more.settings }
  const runtime = await createRuntime({ cwd: data, env: {}, data, model: played(plays), ...more, plugins, settings })
  closing.push(runtime.close)
  return runtime
}

const numbered = { numbered: true, goOn: true } as const

const all = async (session: Session) => {
  await session.feed().mark()
  return session.feed().read(0, 1000)
}
const types = async (session: Session): Promise<ReadonlyArray<string>> =>
  (await all(session)).map(({ notice }) => notice.type.replace("agent.", ""))

const ended = (session: Session, message: string) =>
  new Promise<AgentNotice>((resolve) => {
    const look = async () => {
      const fate = await session.feed().fateOf(message)
      if (fate.state === "ended") resolve(fate.end.notice)
    }
    session.feed().grown.subscribe(() => void look())
    void look()
  })

/** The data folder as a process leaves it that is killed now. */
const crashed = async (data: string): Promise<string> => {
  const copy = await newFolder()
  await cp(data, copy, { recursive: true })
  const db = new DatabaseSync(join(copy, "sessions.db"))
  db.exec("update sessions set holder = null")
  db.close()
  return copy
}

describe("a session that is opened numbered", () => {
  it("numbers what it tells, the same after it was closed and opened again", async () => {
    const data = await newFolder()
    const runtime = await runtimeOn(data, [{ calls: [{}] }, "done", "again"])
    const session = await runtime.open({ numbered: true })
    const { id } = session
    await session.ask("go")
    const first = await all(session)
    expect(first.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(await types(session)).toEqual(["started", "said", "acting", "settled", "text", "said", "replied"])
    await session.close()
    const resumed = await runtime.open({ resume: id, numbered: true })
    expect(await all(resumed)).toEqual(first)
    await resumed.ask("go on")
    expect((await types(resumed)).slice(7)).toEqual(["started", "text", "said", "replied"])
  })

  it("has as its history what was told before it was numbered, and in between", async () => {
    const data = await newFolder()
    const runtime = await runtimeOn(data, ["one", "two", "three"])
    const plain = await runtime.open()
    await plain.ask("1")
    expect(() => plain.feed()).toThrow("numbered")
    await plain.close()
    const turn = ["started", "said", "replied"]
    const session = await runtime.open({ resume: plain.id, numbered: true })
    expect(await types(session)).toEqual(turn)
    await session.close()
    const between = await runtime.open({ resume: plain.id })
    await between.ask("2")
    await between.close()
    const again = await runtime.open({ resume: plain.id, numbered: true })
    await again.ask("3")
    expect(await types(again)).toEqual([...turn, ...turn, "started", "text", "said", "replied"])
  })

  it("works in memory as well, and keeps what another part of it told", async () => {
    const runtime = await createRuntime({ env: {}, model: played(["one"]) })
    closing.push(runtime.close)
    const session = await runtime.open({ numbered: true })
    session.send({ type: "user.model", model: "nobody/nothing" })
    await firstValueFrom(session.feed().grown)
    expect(await types(session)).toEqual(["warned"])
    expect(await session.ask("1")).toMatchObject({ type: "agent.replied" })
    const { id } = session
    await session.close()
    const again = await runtime.open({ resume: id, numbered: true })
    expect(await types(again)).toEqual(["warned", "started", "text", "said", "replied"])
  })

  it("knows what became of a message from the moment it was sent", async () => {
    const data = await newFolder()
    const session = await (await runtimeOn(data, ["one"])).open(numbered)
    const message = userMessage("1")
    const before = session.feed().fateOf(message.id)
    session.send(message)
    const after = session.feed().fateOf(message.id)
    expect([await before, await after]).toEqual([{ state: "unknown" }, { state: "open" }])
    expect(await ended(session, message.id)).toMatchObject({ type: "agent.replied", text: "one" })
  })

  it("gives the number that belongs to what it shows", async () => {
    const data = await newFolder()
    const session = await (await runtimeOn(data, ["one", "two"])).open(numbered)
    const seen: Array<readonly [number, string]> = []
    session.events.subscribe((notice) => void seen.push([session.feed().told(), notice.type]))
    await session.ask("1")
    const view = session.view()
    const mark = await session.feed().mark()
    expect(view.transcript.length).toBe(2)
    expect(seen.map(([seq]) => seq)).toEqual([1, 2, 3, 4])
    expect(mark).toBe(4)
  })
})

describe("a turn that is under way", () => {
  const openOn = async (data: string, plays: ReadonlyArray<Play>, options: OpenOptions = numbered) => {
    const work = worker()
    const runtime = await runtimeOn(data, plays, { plugins: [definePlugin({ name: "worker", tools: [work.tool] })] })
    return { runtime, work, session: await runtime.open(options) }
  }
  const asking: ReadonlyArray<Play> = [{ text: "let me", calls: [{ name: "work" }] }, "never said"]
  const message = { ...userMessage("work!"), id: "m1" }

  it("goes on after a crash where it was, told as one list", async () => {
    const data = await newFolder()
    const { session, work } = await openOn(data, asking)
    session.send(message)
    await work.begun
    session.send({ ...userMessage("and that"), id: "m2" })
    const before = await all(session)
    const copy = await crashed(data)
    const again = await openOn(copy, ["it broke, but I am done"], { ...numbered, resume: session.id })
    // Nobody needs to say them again.
    const fates = ["m1", "m2", "m3"].map((one) => again.session.feed().fateOf(one))
    expect((await Promise.all(fates)).map(({ state }) => state)).toEqual(["open", "open", "unknown"])
    expect(await ended(again.session, "m1")).toMatchObject({ type: "agent.replied", text: "it broke, but I am done" })
    const after = await all(again.session)
    expect(after.slice(0, before.length)).toEqual(before)
    expect(await types(again.session)).toEqual([
      "started",
      "text",
      "said",
      "acting",
      "queued",
      "settled",
      "resumed",
      "text",
      "said",
      "replied"
    ])
    expect(after[5]).toMatchObject({ notice: { answer: { errorClass: "interrupted" } } })
    work.end()
  })

  it("has told nothing less when the crash came before the feed was written, and nothing twice", async () => {
    const data = await newFolder()
    const { session, work } = await openOn(data, asking)
    session.send(message)
    await work.begun
    await session.feed().mark()
    const copy = await crashed(data)
    const db = new DatabaseSync(join(copy, "sessions.db"))
    db.exec("delete from notices where seq > 1; update sessions set told = 2")
    db.close()
    const again = await openOn(copy, ["done"], { ...numbered, resume: session.id })
    await ended(again.session, "m1")
    expect(await types(again.session)).toEqual([
      "started",
      "said",
      "acting",
      "settled",
      "resumed",
      "text",
      "said",
      "replied"
    ])
    expect((await all(again.session)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    work.end()
  })

  it("ends when it is opened by somebody who does not want it to go on", async () => {
    const data = await newFolder()
    const { session, work } = await openOn(data, asking)
    session.send(message)
    await work.begun
    const again = await openOn(await crashed(data), [], { numbered: true, resume: session.id })
    expect(await ended(again.session, "m1")).toMatchObject({ failure: { code: "interrupted" } })
    expect((await types(again.session)).slice(-2)).toEqual(["settled", "failed"])
    work.end()
  })

  it("is left as it is by a close that suspends it: no end is told, and it goes on at the next opening", async () => {
    const data = await newFolder()
    const { session, runtime, work } = await openOn(data, [...asking])
    const told: Array<AgentNotice> = []
    session.events.subscribe((notice) => told.push(notice))
    session.send(message)
    await work.begun
    await session.close({ suspend: true })
    expect(told.filter(isTerminal)).toEqual([])
    work.end()
    const again = await runtime.open({ ...numbered, resume: session.id })
    expect(await ended(again, "m1")).toMatchObject({ type: "agent.replied", text: "never said" })
    expect(await types(again)).toContain("resumed")
  })

  it("takes nothing more once it is suspended: what comes late did not happen", async () => {
    const data = await newFolder()
    const { session, runtime, work } = await openOn(data, asking)
    session.send(message)
    await work.begun
    const closed = session.close({ suspend: true })
    work.end()
    await closed
    const events = [...runtime.journal.read(session.id)].map(({ event }) => event.type)
    expect(events.at(-1)).toBe("tool.started")
  })

  it("is begun and ended for the plugins of the process that goes on with it", async () => {
    const data = await newFolder()
    const { session, work } = await openOn(data, asking)
    session.send(message)
    await work.begun
    const seen: Array<string> = []
    const listener = definePlugin({
      name: "listener",
      onTurnStart: ({ text }) => void seen.push(`begun: ${text}`),
      onTurnEnd: ({ end, text }) => void seen.push(`${end}: ${text}`)
    })
    const runtime = await runtimeOn(await crashed(data), ["done"], { plugins: [listener] })
    await ended(await runtime.open({ ...numbered, resume: session.id }), "m1")
    await vi.waitFor(() => expect(seen).toEqual(["begun: work!", "replied: done"]))
    work.end()
  })

  it("is cancelled by a close, and does not go on at the next opening, whatever was written of it", async () => {
    const data = await newFolder()
    const { session, work } = await openOn(data, asking)
    const told: Array<AgentNotice> = []
    session.events.subscribe((notice) => told.push(notice))
    session.send(message)
    await work.begun
    await session.close()
    expect(told.filter(isTerminal)).toMatchObject([{ type: "agent.cancelled", messages: ["m1"] }])
    work.end()
    const copy = await crashed(data)
    const db = new DatabaseSync(join(copy, "sessions.db"))
    db.exec("delete from notices where seq > 1; delete from ends; update sessions set told = 2")
    db.close()
    const again = await openOn(copy, [], { ...numbered, resume: session.id })
    expect(again.session.view().state).toBe("idle")
    expect((await types(again.session)).slice(-2)).toEqual(["acting", "cancelled"])
  })
})

describe("an agent whose machine breaks", () => {
  const poison = (event: object) => event as never

  it("does not go on with the turn that it has told to have failed", async () => {
    const data = await newFolder()
    const work = worker()
    const runtime = await runtimeOn(data, [{ calls: [{ name: "work" }] }, "here again"], {
      plugins: [definePlugin({ name: "worker", tools: [work.tool] })]
    })
    const session = await runtime.open(numbered)
    const turn = session.ask("go")
    await work.begun
    session.send(poison({ type: "tool.settled", callId: "call0", answer: null, final: false }))
    expect(await turn).toMatchObject({ type: "agent.failed", failure: { code: "defect" } })
    expect(await session.ask("still there?")).toMatchObject({ text: "here again" })
    work.end()
    expect(await types(session)).toEqual([
      "started",
      "said",
      "acting",
      "failed",
      "settled",
      "started",
      "text",
      "said",
      "replied"
    ])
    const before = await all(session)
    const again = await runtimeOn(await crashed(data), [])
    expect(await all(await again.open({ ...numbered, resume: session.id }))).toEqual(before)
  })
})

describe("the owner of a session", () => {
  it("alone can see it: for others it is as if it did not exist", async () => {
    const data = await newFolder()
    const runtime = await runtimeOn(data, ["one"])
    const { id } = await runtime.open({ owner: "alice" })
    const mine = await runtime.open()
    const idsOf = async (owner?: string) =>
      (await runtime.list(owner === undefined ? {} : { owner })).map((info) => info.id)
    expect([await idsOf(), await idsOf("alice"), await idsOf("bob")]).toEqual([[mine.id], [id], []])
    for (const owner of [undefined, "bob", ""])
      for (const resume of [id, id.slice(0, 9), "latest"]) {
        const theirs = owner === undefined ? { resume } : { resume, owner }
        const own = owner === undefined && (resume === "latest" || mine.id.startsWith(resume))
        const refused = own ? { kind: "held" } : { name: "JournalError", kind: "not_found" }
        await expect(runtime.open(theirs)).rejects.toMatchObject(refused)
      }
    await expect(runtime.open({ resume: id, owner: "bob" })).rejects.toThrow(
      `there is no session ${id}; see: kintsugi session list`
    )
    await expect(runtime.open({ from: id })).rejects.toMatchObject({ kind: "not_found" })
    await expect(runtime.open({ resume: id, owner: "alice" })).rejects.toMatchObject({ kind: "held" })
  })
})

describe("a reserved id", () => {
  it("is that of the new session, if there is none yet", async () => {
    const data = await newFolder()
    const runtime = await runtimeOn(data, [])
    const newId = newSessionId(Date.now())
    expect(await runtime.list({ owner: "alice" })).toEqual([])
    const session = await runtime.open({ newId, owner: "alice" })
    expect(session.id).toBe(newId)
    expect(await runtime.list({ owner: "alice" })).toMatchObject([{ id: newId, owner: "alice" }])
    await expect(runtime.open({ newId })).rejects.toMatchObject({ name: "JournalError", kind: "taken" })
    for (const bad of ["", "x", `${newId}0`, newId.toUpperCase(), "../../../etc1"])
      await expect(runtime.open({ newId: bad })).rejects.toThrow(TypeError)
  })
})
