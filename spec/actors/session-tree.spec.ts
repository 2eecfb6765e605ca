import fc from "fast-check"
import { filter, firstValueFrom, toArray } from "rxjs"
import { describe, expect, it } from "vitest"
import type { Writer } from "../../actors/journal.ts"
import { memoryJournal } from "../../actors/journal/memory-journal.ts"
import type { Session } from "../../actors/session-host.ts"
import { readTree } from "../../actors/session-tree.ts"
import { textOf } from "../../llm/message.ts"
import type { AgentEvent, AgentNotice } from "../../machines/events.ts"
import { definePlugin } from "../../plugins/plugin.ts"
import type { SessionNode } from "../../plugins/session-node.ts"
import { opened as openedEvent, reply, says } from "../machines/happenings.ts"
import { makeStage, plugin, tool } from "./stage.ts"
import { type Play, played } from "./played-model.ts"

const stage = makeStage()

const open = async (...plays: ReadonlyArray<Play>) => {
  const model = played(plays)
  const echo = plugin("spec", [tool("echo", () => "answered", { risk: "read" })])
  return { model, ...(await stage.open(model, [echo])) }
}

/** A tree to read: each node under its parent, `*` where the conversation stands. */
const drawn = (nodes: ReadonlyArray<SessionNode>): ReadonlyArray<string> => {
  const under = (parent: string | null, depth: number): ReadonlyArray<string> =>
    nodes
      .filter(({ parent_id }) => parent_id === parent)
      .flatMap(({ id, message, label, metadata: { role, head } }) => [
        `${"  ".repeat(depth)}${role}: ${message}${label === "" ? "" : ` (${label})`}${head ? " *" : ""}`,
        ...under(id, depth + 1)
      ])
  return under(null, 0)
}

const saying = (nodes: ReadonlyArray<SessionNode>, message: string): SessionNode => {
  const found = nodes.find((node) => node.message === message)
  if (found === undefined) throw new Error(`nobody said ${message}`)
  return found
}

const heard = (session: Session) => session.view().transcript.map(textOf)

const next = (session: Session, type: AgentNotice["type"]) =>
  firstValueFrom(session.events.pipe(filter((notice) => notice.type === type)))

describe("the tree of a session", () => {
  it("branches where one went back, and the model sees the branch alone", async () => {
    const { model, session } = await open({ calls: [{}, { id: "b" }] }, "first", "second", "other")
    await session.ask("one")
    const point = await session.fork("before two")
    await session.ask("two")
    expect(point).toMatchObject({ message: "first", label: "before two", metadata: { role: "assistant", head: true } })

    const back = await session.switch("before two")
    expect(back).toMatchObject({ id: point.id, label: "before two", metadata: { head: true } })
    expect(heard(session)).toEqual(["one", "", "answered", "answered", "first"])
    await session.ask("instead")
    expect(model.requests.at(-1)?.messages.map(textOf)).toEqual(["one", "", "answered", "answered", "first", "instead"])

    const nodes = await session.tree()
    expect(drawn(nodes)).toEqual([
      "user: one",
      "  assistant: → echo, echo",
      "    assistant: first (before two)",
      "      user: two",
      "        assistant: second",
      "      user: instead",
      "        assistant: other *"
    ])
    expect(nodes.map(({ created_at }) => created_at)).toEqual(nodes.map(() => expect.any(Number)))
    expect(saying(nodes, "first").children).toEqual([saying(nodes, "two").id, saying(nodes, "instead").id])
  })

  it("takes the answers to its calls along when one goes back to a reply", async () => {
    const { model, session } = await open({ text: "Look.", calls: [{}] }, "first", "other")
    await session.ask("one")
    await session.switch(saying(await session.tree(), "Look.").id)
    await session.ask("two")
    expect(model.requests.at(-1)?.messages.map(textOf)).toEqual(["one", "Look.", "answered", "two"])
  })

  it("closes the calls of a reply that was cut short before it goes on from there", async () => {
    const journal = memoryJournal()
    const { id } = journal.create({ cwd: "/", model: "" })
    const writer = journal.write(id)
    const call = { type: "call" as const, id: "a", name: "echo", input: {} }
    for (const event of [openedEvent(), says("m", "one"), reply("Look.", [call])]) writer.append(event)
    const { head, find } = readTree(journal, id)
    expect(find(head?.id ?? "")).toMatchObject({ node: { message: "Look." }, seq: 3 })
  })

  it("keeps what was before a summary, and goes back there", async () => {
    const { model, session } = await open("first", "all of it in short", "after", "again")
    await session.ask("one")
    const compacted = next(session, "agent.compacted")
    session.send({ type: "user.compact" })
    await compacted
    await session.ask("two")
    expect(model.requests.at(-1)?.messages.map(textOf)).toEqual([expect.stringContaining("all of it in short"), "two"])
    const nodes = await session.tree()
    expect(drawn(nodes)).toEqual([
      "user: one",
      "  assistant: first",
      "    summary: all of it in short",
      "      user: two",
      "        assistant: after *"
    ])
    await session.switch(saying(nodes, "first").id)
    expect(heard(session)).toEqual(["one", "first"])
    await session.switch(`#${saying(nodes, "all of it in short").id}`)
    expect(heard(session)).toEqual([expect.stringContaining("all of it in short")])
  })

  it("leaves to the user what the user chose, and what was spent spent", async () => {
    const { session, runtime } = await open("first", "second", "third")
    await session.ask("one")
    const point = await session.fork()
    await session.ask("two")
    session.send({ type: "user.permissions", mode: "plan" })
    const { spent } = session.view()
    await session.switch(point.id)
    expect(session.view()).toMatchObject({ permissions: "plan", model: "played/one", spent, contextUsed: 12 })
    expect(spent.cost).toBeCloseTo(0.02)
    await session.ask("three")
    expect(session.view().spent.cost).toBeCloseTo(0.03)
    await session.close()
    const again = await runtime.open({ resume: "latest" })
    expect(heard(again)).toEqual(["one", "first", "three", "third"])
    expect(again.view().spent.cost).toBeCloseTo(0.03)
  })

  it("is the same for the next process", async () => {
    const data = stage.folder()
    const first = await stage.open(played(["first", "second"]), [], {}, { data })
    await first.session.ask("one")
    await first.session.fork("here")
    await first.session.ask("two")
    await first.session.switch("here")
    const nodes = await first.session.tree()
    await first.runtime.close()
    const { runtime } = await stage.open(played(["third"]), [], {}, { data })
    const session = await runtime.open({ resume: first.session.id })
    expect(await session.tree()).toEqual(nodes)
    expect(heard(session)).toEqual(["one", "first"])
    await session.switch(saying(nodes, "second").id)
    expect(heard(session)).toEqual(["one", "first", "two", "second"])
  })
})

describe("going back", () => {
  it("is refused while the agent works, and loses nothing", async () => {
    const { session, model } = await open("first", "stalls", "third")
    await session.ask("one")
    await session.fork("here")
    const turn = session.ask("two")
    await model.stalled
    await expect(session.switch("here")).rejects.toThrow(/at work.*cancel it first/)
    session.send({ type: "user.cancel" })
    expect(await turn).toMatchObject({ type: "agent.cancelled" })
    await session.switch("here")
    expect(heard(session)).toEqual(["one", "first"])
  })

  it("delivers what is said meanwhile to the conversation that goes on, and is done one at a time", async () => {
    const { session, model } = await open("first", "second", "third")
    await session.ask("one")
    await session.fork("here")
    await session.ask("two")
    const [moved, twice, end] = await Promise.allSettled([
      session.switch("here"),
      session.switch("here"),
      session.ask("three")
    ])
    expect([moved.status, twice.status, end]).toMatchObject(["fulfilled", "rejected", { value: { text: "third" } }])
    expect(model.requests.at(-1)?.messages.map(textOf)).toEqual(["one", "first", "three"])
  })

  it("says what there is when the point is unknown", async () => {
    const { session } = await open("first")
    await expect(session.switch("1")).rejects.toThrow('no point "1" in this session (none has a name yet); /tree')
    await session.ask("one")
    await session.fork("here")
    for (const to of ["there", "", "0", "99", "-1"])
      await expect(session.switch(to)).rejects.toThrow(/there is no point .* \(named are here\); \/tree/)
    expect(heard(session)).toEqual(["one", "first"])
  })

  it("goes on where it was when the journal refuses", async () => {
    const { runtime } = await open()
    const { write } = runtime.journal
    const refuse = () => {
      throw new Error("disk is full")
    }
    Object.assign(runtime.journal, { write: (id: string) => ({ ...write(id), moveTo: refuse }) })
    const session = await runtime.open()
    await session.ask("one")
    await session.fork("here")
    await expect(session.switch("here")).rejects.toThrow("disk is full")
    expect(session.view()).toMatchObject({ state: "idle" })
    expect(await session.ask("two")).toMatchObject({ type: "agent.replied" })
  })

  it("ends the session when the agent cannot be begun anew, and says so", async () => {
    const { runtime } = await open("first")
    const { write } = runtime.journal
    const refusing = (writer: Writer): Writer => {
      let moved = false
      const append: Writer["append"] = (event) => {
        if (moved) throw new Error("disk is full")
        writer.append(event)
      }
      const moveTo: Writer["moveTo"] = (seq) => {
        moved = true
        writer.moveTo(seq)
      }
      return { ...writer, append, moveTo }
    }
    Object.assign(runtime.journal, { write: (id: string) => refusing(write(id)) })
    const session = await runtime.open()
    await session.ask("one")
    const told = firstValueFrom(session.events.pipe(toArray()))
    await expect(session.switch((await session.fork()).id)).rejects.toThrow("disk is full")
    expect(await told).toMatchObject([{ type: "agent.failed", failure: { code: "journal" } }])
    await expect(session.tree()).rejects.toThrow(/is closed/)
  })

  it("gives way to the end of the session", async () => {
    const { session } = await open("first")
    await session.ask("one")
    await session.fork("here")
    const [moved] = await Promise.allSettled([session.switch("here"), session.close()])
    expect(moved).toMatchObject({ status: "rejected", reason: { message: expect.stringMatching(/is closed/) } })
  })

  it("is over when the session is closed", async () => {
    const { session } = await open("first")
    await session.ask("one")
    await session.close()
    for (const act of [session.tree(), session.fork("x"), session.switch("2")])
      await expect(act).rejects.toThrow(/is closed/)
  })
})

describe("naming a point", () => {
  it("takes the name that is given, keeps the one there is, or counts", async () => {
    const { session } = await open("first", "second", "third")
    await expect(session.fork("x")).rejects.toThrow("nothing was said yet")
    await session.ask("one")
    expect((await session.fork()).label).toBe("point-1")
    expect((await session.fork()).label).toBe("point-1")
    expect((await session.fork(" renamed ")).label).toBe("renamed")
    await session.ask("two")
    await expect(session.fork("renamed")).rejects.toThrow(/another point.*"renamed"/)
    expect((await session.fork()).label).toBe("point-1")
    await session.ask("three")
    expect((await session.fork()).label).toBe("point-2")
  })

  it.each([
    ["", /1 to 60 characters/],
    ["x".repeat(61), /1 to 60 characters/],
    ["12", /must not be a number/],
    ["#12", /must not be a number/],
    ["a\u001b[31m", /one line/]
  ])("refuses %j", async (label, words) => {
    const { session } = await open("first")
    await session.ask("one")
    await expect(session.fork(label)).rejects.toThrow(words)
    expect((await session.tree()).map((node) => node.label)).toEqual(["", ""])
  })
})

it("tells plugins of every look, name and move, and of the session that takes another's place", async () => {
  const told: Array<readonly [string, unknown]> = []
  const note = (hook: string) => (event: object) => void told.push([hook, event])
  const listener = definePlugin({
    name: "listener",
    onSessionTree: note("tree"),
    onSessionFork: note("fork"),
    onSessionSwitch: note("switch")
  })
  const { session, runtime } = await stage.open(played(["first", "second"]), [listener])
  const { id } = session
  await session.ask("one")
  const node = await session.fork("here")
  await session.ask("two")
  const nodes = await session.tree()
  await session.switch("here")
  const other = await runtime.open({ from: id })
  await expect(runtime.open({ from: "gone" })).rejects.toThrow("no session gone")
  expect(runtime.journal.list()).toHaveLength(2)
  await runtime.close()
  expect(told).toEqual([
    ["fork", { session: id, node: node.id, label: "here" }],
    ["tree", { session: id, nodes }],
    ["switch", { session: id, from: saying(nodes, "second").id, to: node.id }],
    ["switch", { session: id, from: node.id, to: other.id }]
  ])
})

it("has for every node the path that the conversation has when one goes there", () => {
  const step = fc.oneof(
    fc.string().map((text) => ({ text })),
    fc.nat().map((at) => ({ at }))
  )
  const bystander: AgentEvent = { type: "plugin.changed", plugin: "p", state: "healthy", reason: "" }
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const journal = memoryJournal()
      const { id } = journal.create({ cwd: "/", model: "" })
      const writer = journal.write(id)
      writer.append(bystander)
      for (const [n, one] of steps.entries()) {
        const { nodes, find } = readTree(journal, id)
        const to = "at" in one ? find(nodes[one.at % (nodes.length || 1)]?.id ?? "") : undefined
        if (to !== undefined) writer.moveTo(to.seq)
        if ("text" in one) writer.append(n % 2 === 0 ? says(`m${n}`, one.text) : reply(one.text))
        writer.append(bystander)
      }
      const { nodes, find, head } = readTree(journal, id)
      const known = new Map(nodes.map((node) => [node.id, node]))
      const pathTo = (node: SessionNode | undefined): ReadonlyArray<string> =>
        node === undefined ? [] : [...pathTo(known.get(node.parent_id ?? "")), node.id]
      const ids = () => [...journal.read(id)].flatMap(({ seq }) => (known.has(String(seq)) ? [String(seq)] : []))
      expect(ids()).toEqual(pathTo(head))
      for (const node of nodes) {
        writer.moveTo(find(node.id)?.seq ?? 0)
        expect(ids()).toEqual(pathTo(node))
        expect(node.children).toEqual(nodes.filter(({ parent_id }) => parent_id === node.id).map((child) => child.id))
      }
    }),
    { numRuns: 50 }
  )
})
