import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { firstValueFrom, filter, toArray } from "rxjs"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as z from "zod"
import { createRuntime } from "../../actors/runtime.ts"
import type { RuntimeOptions } from "../../actors/runtime/options.ts"
import type { Session } from "../../actors/session-host.ts"
import { isTerminal, userMessage } from "../../actors/session.ts"
import { textOf } from "../../llm/message.ts"
import { ModelError } from "../../llm/model-error.ts"
import type { AgentEvent, AgentNotice } from "../../machines/events.ts"
import { definePlugin } from "../../plugins/plugin.ts"
import { defineTool, type Tool } from "../../plugins/tool.ts"
import { played } from "./played-model.ts"

let cwd: string
const closing: Array<() => Promise<void>> = []

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "kintsugi-session-"))
})
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
  await rm(cwd, { recursive: true })
})

const runtimeOf = async (options: RuntimeOptions) => {
  const runtime = await createRuntime({ cwd, env: {}, settings: { permissions: { mode: "auto" } }, ...options })
  closing.push(runtime.close)
  return runtime
}

const withTools = (...tools: ReadonlyArray<Tool>) => [definePlugin({ name: "spec", tools })]

const echo = (more: Partial<Parameters<typeof defineTool>[0]> = {}) =>
  defineTool({
    name: "echo",
    description: "Say it again.",
    risk: "read",
    input: z.object({ text: z.string().optional() }),
    execute: (input) => `echo ${(input as { text?: string }).text ?? ""}`,
    ...more
  } as Parameters<typeof defineTool>[0])

const next = <Type extends AgentNotice["type"]>(session: Session, type: Type) =>
  firstValueFrom(
    session.events.pipe(filter((notice): notice is Extract<AgentNotice, { type: Type }> => notice.type === type))
  )

const answersOf = (session: Session): ReadonlyArray<string> =>
  session.view().transcript.flatMap((message) => (message.role === "tool" ? [textOf(message)] : []))

describe("a session", () => {
  it("answers a question", async () => {
    const runtime = await runtimeOf({ model: played(["forty-two"]) })
    expect(await runtime.ask("what is it?")).toBe("forty-two")
  })

  it("gives the model what its calls answered", async () => {
    const model = played([{ calls: [{ input: { text: "hello" } }] }, "done"])
    const session = await (await runtimeOf({ model, plugins: withTools(echo()) })).open()
    expect(await session.ask("go")).toMatchObject({
      type: "agent.replied",
      text: "done",
      spent: { usage: { input: 20 }, cost: 0.02 }
    })
    expect(model.requests[1]?.messages.map(textOf)).toEqual(["go", "", "echo hello"])
    expect(model.requests[0]?.tools.map(({ name }) => name)).toContain("echo")
    expect(session.view()).toMatchObject({ state: "idle", contextUsed: 12, model: "played/one" })
  })

  it("tells the model where it is and what the project and the plugins want, the same in every round", async () => {
    await writeFile(join(cwd, "AGENTS.md"), "Indent with tabs.")
    const model = played([{ calls: [{}] }, "done"])
    const plugins = [definePlugin({ name: "spec", tools: [echo()], systemPrompt: () => "Prefer echo." })]
    await (await runtimeOf({ model, plugins })).ask("go")
    const [first, second] = model.requests
    for (const words of [cwd, "Indent with tabs.", "Prefer echo."]) expect(first?.system).toContain(words)
    expect([second?.system, second?.tools]).toEqual([first?.system, first?.tools])
  })

  it("asks nothing of a model that is configured wrongly, and says so", async () => {
    const session = await (await runtimeOf({ model: "nobody/nothing" })).open()
    expect(await session.ask("go")).toMatchObject({ type: "agent.failed", failure: { code: "not_configured" } })
  })

  it("turns a model's failure into the end of the turn, and goes on afterwards", async () => {
    const failure = new ModelError({ provider: "played", reason: { kind: "quota_exceeded" } })
    const session = await (await runtimeOf({ model: played([failure, "better now"]) })).open()
    expect(await session.ask("go")).toMatchObject({ type: "agent.failed", failure: { code: "quota_exceeded" } })
    expect(await session.ask("again")).toMatchObject({ type: "agent.replied", text: "better now" })
  })

  it("gives ids that are used once to calls of models that number them anew", async () => {
    const call = { calls: [{ id: "call_0" }, { id: "call_0" }] }
    const session = await (await runtimeOf({ model: played([call, call, "done"]), plugins: withTools(echo()) })).open()
    await session.ask("go")
    const ids = session.view().transcript.flatMap((message) => (message.role === "tool" ? [message.callId] : []))
    expect(ids).toEqual(["call_0", "call_0_2", "call_0_3", "call_0_4"])
  })

  it("refuses what is sent after it was closed, and ends what waits for it", async () => {
    const model = played(["stalls"])
    const session = await (await runtimeOf({ model })).open()
    const end = session.ask("go")
    await model.stalled
    await session.close()
    expect(await end).toMatchObject({ type: "agent.cancelled" })
    expect(model.interrupted()).toBe(1)
    expect(() => session.send({ type: "user.cancel" })).toThrow("closed")
  })

  it("opens another model on request, and says no to one it cannot open", async () => {
    const session = await (await runtimeOf({ model: played(["one"]) })).open()
    const warned = next(session, "agent.warned")
    session.send({ type: "user.model", model: "nobody/nothing" })
    expect((await warned).failure.code).toBe("not_configured")
    const changed = next(session, "agent.changed")
    session.send({ type: "user.model", model: "scripted/rehearsal" })
    expect(await changed).toMatchObject({ model: "scripted/rehearsal" })
    expect(session.view().model).toBe("scripted/rehearsal")
  })
})

describe("cancelling", () => {
  it("stops the model's stream and keeps what was heard", async () => {
    const model = played(["stalls", "yes"])
    const session = await (await runtimeOf({ model })).open()
    const end = session.ask("go")
    await model.stalled
    session.send({ type: "user.cancel" })
    expect(await end).toMatchObject({ type: "agent.cancelled" })
    expect(model.interrupted()).toBe(1)
    expect(await session.ask("still there?")).toMatchObject({ type: "agent.replied", text: "yes" })
    expect(model.requests[1]?.messages.map(textOf)).toEqual(["go", "I was about to", "still there?"])
  })

  it("aborts a running tool at once, even one that does not listen", async () => {
    const aborted: Array<string> = []
    const running = Promise.withResolvers<void>()
    const deaf = echo({
      execute: (_, { signal }) => {
        signal.addEventListener("abort", () => aborted.push("aborted"))
        running.resolve()
        return new Promise(() => {})
      }
    })
    const session = await (await runtimeOf({ model: played([{ calls: [{}] }]), plugins: withTools(deaf) })).open()
    const end = session.ask("go")
    await running.promise
    session.send({ type: "user.cancel" })
    expect(await end).toMatchObject({ type: "agent.cancelled" })
    expect(aborted).toEqual(["aborted"])
    expect(answersOf(session)).toEqual([expect.stringContaining("effects may be partial")])
  })
})

describe("calls", () => {
  const answerOf = async (call: object, ...tools: ReadonlyArray<Tool>) => {
    const session = await (
      await runtimeOf({ model: played([{ calls: [call] }, "done"]), plugins: withTools(...tools) })
    ).open()
    await session.ask("go")
    return answersOf(session)[0]
  }

  it("of unknown tools are answered with the names of those that exist", async () => {
    expect(await answerOf({ name: "ecko" }, echo())).toMatch(/not_found.*ecko.*echo/)
  })

  it("with wrong arguments are answered with the field that is wrong", async () => {
    expect(await answerOf({ input: { text: 7 } }, echo())).toMatch(/invalid_arguments.*text/)
  })

  it("with arguments that are no JSON are answered with what arrived", async () => {
    expect(await answerOf({ input: '{"text": "he' }, echo())).toMatch(/invalid_json_args.*\{"text": "he/)
  })

  it("of a tool with a bug are answered with the bug, and the agent goes on", async () => {
    const buggy = echo({
      execute: () => {
        throw new TypeError("Cannot read properties of undefined (reading 'length')")
      }
    })
    expect(await answerOf({}, buggy)).toMatch(/execution_error.*reading 'length'/)
  })

  it.each([
    { returned: undefined, told: "not undefined" },
    { returned: { ok: true }, told: "not an object without success" },
    { returned: { success: true, data: 10n }, told: "BigInt" }
  ])(
    "of a tool that does not return an answer ($told) are answered with what was expected",
    async ({ returned, told }) => {
      const answer = await answerOf({}, echo({ execute: () => returned as never }))
      expect(answer).toContain("execution_error")
      expect(answer).toContain(told)
    }
  )

  it("that take too long are stopped and answered", async () => {
    expect(await answerOf({}, echo({ timeout: 0.02, execute: () => new Promise(() => {}) }))).toMatch(
      /timed out after 0.02 s/
    )
  })

  it("that answer more than the model can read are cut in the middle", async () => {
    const long = await answerOf({}, echo({ execute: () => `a${"x".repeat(60_000)}z` }))
    expect(long?.length).toBeLessThan(50_100)
    expect(long).toMatch(/^ax+\n\[… 10002 characters left out …\]\nx+z$/)
  })

  it("that only read run side by side; the others wait for all before them", async () => {
    const log: Array<string> = []
    const slow = (name: string, risk: "read" | "write") =>
      defineTool({
        name,
        description: name,
        risk,
        input: z.object({}),
        execute: async () => {
          log.push(`${name} begins`)
          await new Promise((resolve) => setTimeout(resolve, 20))
          log.push(`${name} ends`)
          return name
        }
      })
    const calls = [
      { id: "1", name: "look" },
      { id: "2", name: "look" },
      { id: "3", name: "change" },
      { id: "4", name: "look" }
    ]
    const session = await (
      await runtimeOf({
        model: played([{ calls }, "done"]),
        plugins: withTools(slow("look", "read"), slow("change", "write"))
      })
    ).open()
    await session.ask("go")
    expect(log).toEqual([
      "look begins",
      "look begins",
      "look ends",
      "look ends",
      "change begins",
      "change ends",
      "look begins",
      "look ends"
    ])
  })
})

describe("permission", () => {
  const writer = echo({ risk: "write", execute: () => "written" })
  const asking = async (open = {}) => {
    const model = played([{ calls: [{}] }, { calls: [{ id: "again" }] }, "done"])
    const runtime = await runtimeOf({ model, plugins: withTools(writer), settings: { permissions: { mode: "ask" } } })
    return runtime.open(open)
  }

  it("is asked for, and the call runs after a yes", async () => {
    const session = await asking()
    const asked = next(session, "agent.asked")
    const end = session.ask("go")
    const question = await asked
    expect(question).toMatchObject({ tool: "echo", risk: "write" })
    expect(session.view().state).toBe("asking")
    session.send({ type: "permission.answered", id: question.id, decision: "always" })
    await end
    // The second call is covered by “always”.
    expect(answersOf(session)).toEqual(["written", "written"])
  })

  it("once always given is not asked again within the same reply", async () => {
    const model = played([{ calls: [{ id: "a" }, { id: "b" }] }, "done"])
    const session = await (
      await runtimeOf({ model, plugins: withTools(writer), settings: { permissions: { mode: "ask" } } })
    ).open()
    const asked: Array<string> = []
    session.events.subscribe((notice) => {
      if (notice.type !== "agent.asked") return
      asked.push(notice.callId)
      session.send({ type: "permission.answered", id: notice.id, decision: "always" })
    })
    await session.ask("go")
    expect(asked).toEqual(["a"])
    expect(answersOf(session)).toEqual(["written", "written"])
  })

  it("is refused after a no", async () => {
    const session = await asking()
    session.events.subscribe((notice) => {
      if (notice.type === "agent.asked") session.send({ type: "permission.answered", id: notice.id, decision: "deny" })
    })
    await session.ask("go")
    expect(answersOf(session)).toEqual([
      expect.stringContaining("the user said no"),
      expect.stringContaining("the user said no")
    ])
  })

  it("is refused where nobody can be asked, naming the flag that gives it", async () => {
    const session = await asking({ unattended: true })
    await session.ask("go")
    expect(answersOf(session)[0]).toMatch(/permission_denied.*--permissions/)
  })
})

describe("what the configuration forbids", () => {
  const refused = async (name: string, input: object, tools: object) => {
    const runtime = await runtimeOf({
      model: played([{ calls: [{ name, input }] }, "done"]),
      settings: { permissions: { mode: "auto" }, tools }
    })
    const session = await runtime.open()
    await session.ask("go")
    return { offered: session.view().tools.map((tool) => tool.name), answer: answersOf(session)[0] }
  }

  it("is not offered", async () => {
    const { offered, answer } = await refused(
      "execute_bash",
      { command: "ls" },
      { allow_bash: false, disabled: ["grep"] }
    )
    expect(offered).not.toContain("execute_bash")
    expect(offered).not.toContain("grep")
    expect(offered).toContain("read_file")
    expect(answer).toContain("there is no tool")
  })

  it("cannot be had through another tool either", async () => {
    const { answer } = await refused("task_done", { summary: "x", command: "ls" }, { allow_bash: false })
    expect(answer).toMatch(/permission_denied.*tools\.allow_bash/)
  })
})

describe("the journal", () => {
  it("has an event before its consequences begin", async () => {
    const order: Array<string> = []
    const model = played(["hello"], () => order.push("model is asked"))
    const runtime = await runtimeOf({ model })
    const write = runtime.journal.write
    Object.assign(runtime.journal, {
      write: (id: string) => {
        const writer = write(id)
        return {
          ...writer,
          append: (event: { type: string }) => void (order.push(event.type), writer.append(event as never))
        }
      }
    })
    const session = await runtime.open()
    await session.ask("go")
    expect(order).toEqual(["session.opened", "user.message", "model is asked", "model.text", "model.replied"])
  })

  /** A session whose journal refuses one kind of event. */
  const refusing = async (model: ReturnType<typeof played>, type: AgentEvent["type"]) => {
    const runtime = await runtimeOf({ model })
    const write = runtime.journal.write
    Object.assign(runtime.journal, {
      write: (id: string) => ({
        ...write(id),
        append: (event: AgentEvent) => {
          if (event.type === type) throw new Error("disk is full")
        }
      })
    })
    return runtime.open()
  }

  it("ends a turn once when it cannot be written in the middle of it", async () => {
    const session = await refusing(played(["hello"]), "model.replied")
    const notices = firstValueFrom(session.events.pipe(filter(isTerminal), toArray()))
    session.send(userMessage("go"))
    expect(await notices).toMatchObject([{ type: "agent.failed", failure: { code: "journal" } }])
  })

  it("stops the agent when it cannot be written, before anything more is done", async () => {
    const model = played(["hello"])
    const session = await refusing(model, "user.message")
    const notices = firstValueFrom(session.events.pipe(toArray()))
    const message = userMessage("go")
    session.send(message)
    expect(await notices).toMatchObject([
      {
        type: "agent.failed",
        failure: { code: "journal", message: expect.stringContaining("disk is full") },
        messages: [message.id]
      }
    ])
    expect(model.requests).toEqual([])
  })

  it("lets a session be resumed as it was", async () => {
    const model = played([{ calls: [{ input: { text: "x" } }] }, "first", "second"])
    const runtime = await runtimeOf({ model, plugins: withTools(echo()) })
    const session = await runtime.open()
    await session.ask("one")
    const before = session.view()
    await session.close()
    const again = await runtime.open({ resume: "latest" })
    expect(again.id).toBe(session.id)
    expect(again.view().transcript).toEqual(before.transcript)
    expect(again.view().spent).toEqual(before.spent)
    expect(await again.ask("two")).toMatchObject({ text: "second" })
  })
})

describe("an agent whose machine breaks", () => {
  /** No adapter reports this; a bug of ours might. */
  const poison = { type: "tool.settled", callId: "call0", answer: null, final: false } as never

  const broken = async () => {
    const running = Promise.withResolvers<void>()
    let aborted = false
    const endless = echo({
      execute: (_, { signal }) => {
        signal.addEventListener("abort", () => void (aborted = true))
        running.resolve()
        return new Promise(() => {})
      }
    })
    const model = played([{ calls: [{}] }, "here again", "and again"])
    const log: Array<string> = []
    const options = { model, plugins: withTools(endless), log: (line: string) => void log.push(line) }
    const runtime = await runtimeOf(options)
    const session = await runtime.open()
    const notices: Array<AgentNotice> = []
    session.events.subscribe((notice) => notices.push(notice))
    const turn = session.ask("go")
    await running.promise
    session.send(poison)
    return { runtime, session, notices, log, end: await turn, wasAborted: () => aborted }
  }

  it("ends its turn, is begun anew from the journal, and loses no message", async () => {
    const { session, notices, end, wasAborted } = await broken()
    expect(end).toMatchObject({ type: "agent.failed", failure: { code: "defect" } })
    expect(await session.ask("still there?")).toMatchObject({ type: "agent.replied", text: "here again" })
    expect(notices.filter(isTerminal)).toHaveLength(2)
    expect(wasAborted()).toBe(true)
    expect(answersOf(session)).toEqual([expect.stringContaining("Error (interrupted)")])
  })

  it("is not broken again by what broke it when the session is resumed", async () => {
    const { runtime, session, log } = await broken()
    await session.close()
    const again = await runtime.open({ resume: session.id })
    expect(await again.ask("hello?")).toMatchObject({ type: "agent.replied" })
    expect(log).toContainEqual(expect.stringContaining("an event tool.settled was set aside"))
  })

  it("takes nobody with it", async () => {
    const { runtime, session } = await broken()
    await session.ask("still there?")
    const health = runtime.health()
    expect(health.tree.children.find(({ id }) => id === "agents")?.children).toMatchObject([
      { kind: "agent", state: "idle", restarts: 1, lastFailure: { message: expect.stringContaining("null") } }
    ])
  })
})

describe("compaction", () => {
  it("replaces the conversation by the model's summary of it", async () => {
    const model = played(["hello", "they said hello", "yes"])
    const session = await (await runtimeOf({ model })).open()
    await session.ask("hi")
    const compacted = next(session, "agent.compacted")
    session.send({ type: "user.compact", focus: "greetings" })
    expect((await compacted).summary).toBe("they said hello")
    expect(textOf(model.requests[1]!.messages.at(-1)!)).toContain("greetings")
    await session.ask("still there?")
    expect(model.requests[2]?.messages.map(textOf)).toEqual([
      expect.stringContaining("they said hello"),
      "still there?"
    ])
  })
})
