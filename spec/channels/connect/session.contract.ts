/** What every session promises whoever talks to it, wherever it lives. */
import { filter, firstValueFrom, lastValueFrom } from "rxjs"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { Session } from "../../../actors/session-host.ts"
import { textOf } from "../../../llm/message.ts"
import type { AgentNotice } from "../../../machines/events.ts"
import type { Inquiry } from "../../../plugins/inquiry.ts"
import { definePlugin } from "../../../plugins/plugin.ts"
import { defineTool } from "../../../plugins/tool.ts"

export interface SessionWorld extends AsyncDisposable {
  /** A new session, which asks before it writes. Its model plays `sessionScript`. */
  readonly open: () => Promise<Session>
}

const greeting: Inquiry = {
  from: "spec",
  message: "Who shall be greeted?",
  fields: [
    { name: "name", type: "text", required: true, maxLength: 9 },
    { name: "with", type: "choices", required: false, options: [{ value: "tea", title: "Tea" }, { value: "cake" }] }
  ]
}

/** Every world's sessions have it. */
export const greeter = definePlugin({
  name: "greeter",
  tools: [
    defineTool({
      name: "greet",
      description: "Asks whom to greet.",
      risk: "read",
      input: { type: "object" },
      execute: async (_, { ask }) => JSON.stringify(await ask(greeting))
    })
  ],
  registerCommands: () => [
    {
      name: "hail",
      description: "Shows, or says.",
      argument: "[who]",
      run: (who) => (who === "" ? "**Hail!**" : { say: `Hail ${who}!` })
    }
  ],
  live: {
    commands: () => [{ name: "wave", description: "A message.", said: true, run: () => "never" }],
    follow: () => () => {}
  }
})

/** `write` wants to write a file; `greet` asks whom; `slow` takes its time; anything else is said again. */
export const sessionScript = {
  rules: [
    {
      when: "^write",
      turns: [
        { text: "I write.", calls: [{ tool: "write_file", input: { path: "made.txt", content: "made" } }] },
        { text: "Written." }
      ]
    },
    { when: "^greet", turns: [{ calls: [{ tool: "greet", input: {} }] }, { text: "Greeted." }] },
    { when: "^slow", turns: [{ text: "slowly ".repeat(400), chunk: 7, delay_ms: 20 }] },
    { when: ".*", turns: [{ text: "You said: {{message}}" }] }
  ]
}

const typed = <Type extends AgentNotice["type"]>(session: Session, type: Type) =>
  firstValueFrom(
    session.events.pipe(filter((notice): notice is Extract<AgentNotice, { type: Type }> => notice.type === type))
  )

/** What is to come in its own time: looks until it is so, and fails with the spec's time. */
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}

export const sessionContract = (name: string, make: () => Promise<SessionWorld>): void => {
  describe(`a session ${name}`, () => {
    let world: SessionWorld
    let session: Session
    beforeEach(async () => {
      world = await make()
      session = await world.open()
    })
    afterEach(() => world[Symbol.asyncDispose]())

    it("answers: the turn's notices in their order, once, and then the conversation holds it", async () => {
      const heard: Array<AgentNotice["type"]> = []
      session.events.pipe(filter(({ type }) => type !== "agent.text")).subscribe(({ type }) => heard.push(type))
      expect(await session.ask("hello")).toMatchObject({ type: "agent.replied", text: "You said: hello" })
      expect(heard).toEqual(["agent.started", "agent.said", "agent.replied"])
      expect(session.view().transcript.map((message) => [message.role, textOf(message)])).toEqual([
        ["user", "hello"],
        ["assistant", "You said: hello"]
      ])
      expect(session.view()).toMatchObject({ state: "idle", questions: [], permissions: "ask" })
    })

    it("tells what was said, and by which id it is known", async () => {
      const started = typed(session, "agent.started")
      const end = await session.ask("hello")
      expect(await started).toMatchObject({ messages: end.messages, said: [{ id: end.messages[0], text: "hello" }] })
    })

    it("asks before it acts, and holds the question until it is answered", async () => {
      const end = session.ask("write")
      const question = await typed(session, "agent.asked")
      expect(question).toMatchObject({ tool: "write_file", rule: expect.stringContaining("write_file") })
      expect(session.view()).toMatchObject({ state: "asking", questions: [{ id: question.id }] })
      session.send({ type: "permission.answered", id: question.id, decision: "allow" })
      expect(await end).toMatchObject({ type: "agent.replied", text: "Written." })
      expect(session.view().questions).toEqual([])
      expect(session.view().transcript.map(({ role }) => role)).toEqual(["user", "assistant", "tool", "assistant"])
    })

    it("asks what a tool wants to know while it runs, and brings it the values", async () => {
      const end = session.ask("greet")
      const { id, inquiry } = await typed(session, "agent.asked")
      expect(inquiry).toEqual(greeting)
      expect(session.view()).toMatchObject({ state: "asking", questions: [{ id, inquiry: greeting }] })
      const content = { name: "Ada", with: ["tea"] }
      session.send({ type: "permission.answered", id, decision: "allow", content })
      expect(await end).toMatchObject({ type: "agent.replied", text: "Greeted." })
      expect(session.view().questions).toEqual([])
      const answers = session.view().transcript.flatMap((message) => (message.role === "tool" ? [textOf(message)] : []))
      expect(answers).toEqual([JSON.stringify({ action: "accept", content })])
    })

    it("reads a message that comes while it works, and answers each", async () => {
      const first = session.ask("write")
      const question = await typed(session, "agent.asked")
      const queued = typed(session, "agent.queued")
      const second = session.ask("hello")
      expect(await queued).toMatchObject({ said: { text: "hello" } })
      session.send({ type: "permission.answered", id: question.id, decision: "deny" })
      expect((await first).type).toBe("agent.replied")
      expect((await second).type).toBe("agent.replied")
      await until(() => session.view().transcript.filter(({ role }) => role === "user").length === 2)
    })

    it("stops when it is told to", async () => {
      const end = session.ask("slow")
      await typed(session, "agent.text")
      session.cancel()
      expect(await end).toMatchObject({ type: "agent.cancelled" })
      expect(session.view().state).toBe("idle")
      await until(() => session.view().transcript.map(textOf).join().includes("slowly"))
    })

    it("takes on another mode, and tells of it", async () => {
      const changed = typed(session, "agent.changed")
      session.send({ type: "user.permissions", mode: "edits" })
      expect(await changed).toEqual({ type: "agent.changed", permissions: "edits" })
      expect(session.view().permissions).toBe("edits")
    })

    it("warns of a model that cannot be used, and keeps its own", async () => {
      await session.ask("hello")
      const warned = typed(session, "agent.warned")
      session.send({ type: "user.model", model: "nobody/nothing" })
      expect((await warned).failure.message).toContain("nobody")
      expect(session.view().model).toBe("scripted/spec")
    })

    it("goes back to a point that has a name, and refuses one that nobody made", async () => {
      await session.ask("one")
      const point = await session.fork("here")
      expect(point).toMatchObject({ label: "here" })
      await session.ask("two")
      expect((await session.tree()).map(({ message }) => message)).toContain("two")
      expect(await session.switch("here")).toMatchObject({ id: point.id })
      expect(session.view().transcript.map(textOf)).toEqual(["one", "You said: one"])
      await expect(session.switch("nowhere")).rejects.toThrow("nowhere")
      expect(await session.ask("three")).toMatchObject({ text: "You said: three" })
      expect(session.view().transcript.map(textOf)).toEqual(["one", "You said: one", "three", "You said: three"])
    })

    it("offers commands of plugins, runs them, and says what they say", async () => {
      const { extensions } = session
      await until(() => extensions.commands().some(({ plugin }) => plugin === "greeter"))
      expect(extensions.commands().filter(({ plugin }) => plugin === "greeter")).toEqual([
        { plugin: "greeter", name: "hail", description: "Shows, or says.", argument: "[who]" },
        { plugin: "greeter", name: "wave", description: "A message.", argument: "", said: true }
      ])
      expect(await extensions.runCommand("hail", "")).toEqual({ show: "**Hail!**" })
      expect((await extensions.runCommand("nothing", "")).show).toMatch(/there is no/i)
      const end = typed(session, "agent.replied")
      const { say } = await extensions.runCommand("hail", "Ann")
      // Where the session is elsewhere, it is said there.
      if (say !== undefined) session.send(say)
      expect(await end).toMatchObject({ text: "You said: Hail Ann!" })
    })

    it("forgets what it is told to forget", async () => {
      await session.ask("hello")
      const changed = typed(session, "agent.changed")
      session.send({ type: "user.clear" })
      expect(await changed).toMatchObject({ cleared: true })
      await until(() => session.view().transcript.length === 0)
    })

    it("completes when it is closed, and takes nothing any more", async () => {
      await session.ask("hello")
      const over = lastValueFrom(session.events, { defaultValue: undefined })
      await session.close()
      await over
      expect(() => session.send("more")).toThrow("is closed")
      await expect(session.ask("more")).rejects.toThrow("is closed")
      await session.close()
    })
  })
}
