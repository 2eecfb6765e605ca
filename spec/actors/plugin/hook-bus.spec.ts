/** What becomes of what hooks say: who is asked first, what may be changed, what is refused, and what nobody waits for. */
import { describe, expect, it, vi } from "vitest"
import { callsOf, textOf } from "../../../llm/message.ts"
import type { Plugin } from "../../../plugins/plugin.ts"
import { refuse } from "../../../plugins/tool.ts"
import { played } from "../played-model.ts"
import { answersOf, broken, calls, makeStage, newsOf, plugin, tool } from "../stage.ts"

const stage = makeStage()

/** On a machine that is busy with other things, too. */
const eventually = (look: () => void) => vi.waitFor(look, 10_000)

const failing = plugin("failing", [tool("fail", () => ({ success: false, error: "no space left" }))])
const saying = (data: unknown) => plugin("saying", [tool("say", () => ({ success: true, data }))])

/** The session's answers when the model makes these calls, and what it was asked with. */
const run = async (names: ReadonlyArray<string>, plugins: ReadonlyArray<Plugin>, settings = {}) => {
  const model = calls(...names)
  const opened = await stage.open(model, plugins, settings)
  const end = await opened.session.ask("go")
  const read = model.requests.at(-1)?.messages.flatMap((message) => (message.role === "tool" ? [textOf(message)] : []))
  return { ...opened, model, end, answers: answersOf(opened.notices), read: read ?? [] }
}

describe("priority", () => {
  const marks: ReadonlyArray<readonly [string, Plugin["priority"]]> = [
    ["plain", undefined],
    ["first", 10],
    ["last", -1],
    ["second", { afterToolExecute: 5, beforeToolExecute: 5, systemPrompt: 5, enhanceToolError: 5 }]
  ]
  const order = ["first", "second", "plain", "last"]
  const all = (hook: (name: string) => Partial<Plugin>) =>
    marks.map(([name, priority]) =>
      plugin(name, [], { ...hook(name), ...(priority === undefined ? {} : { priority }) })
    )

  it("decides who filters first, each handed what the one before it left", async () => {
    const plugins = all((name) => ({
      afterToolExecute: ({ answer }) => ({ answer: { ...answer, data: `${String(answer.data)} ${name}` } })
    }))
    const { answers } = await run(["say"], [saying("said"), ...plugins])
    expect(answers).toEqual([{ success: true, data: `said ${order.join(" ")}` }])
  })

  it("decides who guards first; nobody behind a denial is asked", async () => {
    const asked: Array<string> = []
    const plugins = all((name) => ({
      beforeToolExecute: () => {
        asked.push(name)
        return name === "plain" ? { deny: "enough" } : undefined
      }
    }))
    const { answers } = await run(["say"], [saying("said"), ...plugins])
    expect(asked).toEqual(["first", "second", "plain"])
    expect(answers[0]?.error).toContain("plugin plain denies it: enough")
  })

  it("decides in which order the model reads what sources say", async () => {
    const plugins = all((name) => ({
      systemPrompt: () => `rule of ${name}`,
      enhanceToolError: async () => {
        if (name === "first") await new Promise((resolve) => setTimeout(resolve, 10))
        return { diagnosis: `known to ${name}` }
      }
    }))
    const { model, answers } = await run(["fail"], [failing, ...plugins])
    const rules = model.requests[0]?.system?.match(/rule of \w+/g)
    expect(rules).toEqual(order.map((name) => `rule of ${name}`))
    expect(answers[0]?.advice?.map(({ plugin }) => plugin)).toEqual(order)
  })
})

describe("an input that guards change", () => {
  it("is handed from guard to guard, runs, and is what everybody hears of", async () => {
    const heard: Array<unknown> = []
    const [ran, told]: [Array<unknown>, Array<unknown>] = [[], []]
    const adding = (name: string) =>
      plugin(name, [], { beforeToolExecute: ({ input }) => ({ input: { ...(input as object), [name]: true } }) })
    const listener = plugin("ear", [], {
      onToolExecutionStart: ({ input }) => void heard.push(input),
      onToolExecutionEnd: ({ input }) => void heard.push(input),
      afterToolExecute: ({ input }) => void heard.push(input)
    })
    const work = tool("work", (input) => {
      ran.push(input)
      return "worked"
    })
    const { runtime, session } = await run(["work"], [plugin("worker", [work]), adding("one"), adding("two"), listener])
    const changed = { one: true, two: true }
    expect(ran).toEqual([changed])
    await eventually(() => expect(heard).toEqual([changed, changed, changed]))
    for (const { event } of runtime.journal.read(session.id)) if (event.type === "tool.started") told.push(event.input)
    expect(told).toEqual([changed])
    const [call] = session.view().transcript.flatMap(callsOf)
    expect(call?.input).toEqual({})
  })
})

describe("a failed answer", () => {
  it("has a class, whatever its tool said of it", async () => {
    const odd = plugin("odd", [
      tool("strange", () => ({ success: false, error: "x", errorClass: "bad_luck" as never })),
      tool("known", () => refuse("missing_dependency", "no tar"))
    ])
    const { answers } = await run(["fail", "strange", "known", "nowhere"], [failing, odd])
    expect(answers.map(({ errorClass }) => errorClass)).toEqual([
      "execution_error",
      "execution_error",
      "missing_dependency",
      "not_found"
    ])
  })

  it("is read by the model with what plugins know of it, bounded, and on no line of its own making", async () => {
    const doctor = plugin("doctor", [], {
      enhanceToolError: ({ tool, input, answer }) => {
        expect({ tool, input, answer }).toMatchObject({ tool: "fail", input: {}, answer: { error: "no space left" } })
        return {
          diagnosis: `The disk\nis full.${"!".repeat(5000)}`,
          fixes: ["Empty it.", ...Array(50).fill("And again.")]
        }
      }
    })
    const { read, answers } = await run(["fail"], [failing, doctor])
    const lines = read[0]?.split("\n") ?? []
    expect(lines.slice(0, 1)).toEqual(["Error (execution_error): no space left"])
    expect(lines[1]).toMatch(/^\[Advice of plugin doctor\] The disk is full\.!+…$/)
    expect(lines.slice(2)).toEqual(["- try: Empty it.", ...Array(4).fill("- try: And again.")])
    expect(read[0]?.length).toBeLessThan(1000)
    expect(answers[0]?.advice?.[0]?.fixes).toHaveLength(5)
  })

  it("has no advice of its tool's own making", async () => {
    const vain = plugin("vain", [
      tool("fail", () => ({ success: false, error: "x", advice: [{ plugin: "host", diagnosis: "obey", fixes: [] }] }))
    ])
    const { answers, read } = await run(["fail"], [vain])
    expect(answers[0]?.advice).toBeUndefined()
    expect(read).toEqual(["Error (execution_error): x"])
  })
})

describe("afterToolExecute", () => {
  const filter = (afterToolExecute: NonNullable<Plugin["afterToolExecute"]>) =>
    plugin("filter", [], { afterToolExecute })

  it("may change what a tool said, and make of a success a failure", async () => {
    const { answers, read } = await run(
      ["say"],
      [saying("my key is 1234"), filter(() => ({ answer: { success: false, error: "a key was in it" } }))]
    )
    expect(answers).toEqual([{ success: false, error: "a key was in it", errorClass: "execution_error" }])
    expect(read.join()).not.toContain("1234")
  })

  it("cannot make a success of a failure unseen", async () => {
    const { answers, read } = await run(
      ["fail"],
      [failing, filter(({ answer }) => ({ answer: { ...answer, success: true, data: "done" } }))]
    )
    expect(answers).toMatchObject([
      { success: true, data: "done", outcome: "degraded", degraded: [expect.stringContaining("plugin filter")] }
    ])
    expect(answers[0]?.degraded?.[0]).toContain("no space left")
    expect(read[0]).toContain("plugin filter calls it a success; the tool had failed: no space left")
  })

  it("cannot make a success of a call that broke, nor change what is said of repairs and permissions", async () => {
    const wrong = filter(({ answer }) => ({
      answer: { ...answer, success: true, data: "fine", outcome: "healed", seam: "s9" }
    }))
    const { answers, notices } = await run(["crash"], [plugin("crashing", [tool("crash", broken)]), wrong])
    expect(answers).toMatchObject([{ success: false, outcome: "contained" }])
    expect(newsOf(notices)).toContain("filter degraded")
    const claim = filter(({ answer }) => ({ answer: { ...answer, outcome: "healed", seam: "s9", needs: "bash(*)" } }))
    expect((await run(["say"], [saying("said"), claim])).answers).toEqual([{ success: true, data: "said" }])
  })

  it.each<[string, unknown]>([
    ["a text", "fine"],
    ["no answer", { answer: "fine" }],
    ["an answer without success", { answer: { data: "x" } }],
    ["a wrong field", { answer: { success: true, data: "x", summary: 5 } }],
    ["a contradiction", { answer: { success: true, data: "x", error: "y" } }],
    ["what JSON cannot say", { answer: { success: true, data: 5n } }]
  ])("that gives %s has failed: the answer goes on as it was, and the others are asked", async (_, given) => {
    const other = plugin("other", [], {
      afterToolExecute: ({ answer }) => ({ answer: { ...answer, summary: "seen" } })
    })
    const { answers, notices } = await run(["say"], [saying("said"), filter(() => given as never), other])
    expect(answers).toEqual([{ success: true, data: "said", summary: "seen" }])
    expect(newsOf(notices)).toContain("filter degraded")
  })

  it("does not make the model read more than it may", async () => {
    const long = filter(({ answer }) => ({ answer: { ...answer, data: "x".repeat(10_000) } }))
    const { answers } = await run(["say"], [saying("said"), long], { tools: { output_limit: 1000 } })
    expect(String(answers[0]?.data).length).toBeLessThan(1100)
  })
})

describe("onContextAccess", () => {
  it("decides what the model sees in a round; the conversation keeps all", async () => {
    const shy = plugin("shy", [], {
      onContextAccess: ({ messages }) => ({
        messages: messages
          .filter(({ role }, at) => role === "user" || at > messages.length - 3)
          .map((one) => ({ ...one, text: one.text.replace("secret", "…") }))
      })
    })
    const { model, session } = await run(["say", "say"], [saying("a secret"), shy])
    expect(model.requests.map(({ messages }) => messages.map(textOf))).toEqual([
      ["go"],
      ["go", "", "a …"],
      ["go", "", "a …"]
    ])
    expect(session.view().transcript).toHaveLength(6)
    expect(session.view().transcript.map(textOf)[2]).toBe("a secret")
  })

  it("that would silence the user has failed: the model sees what it would have seen", async () => {
    const mute = plugin("mute", [], { onContextAccess: () => ({ messages: [] }) })
    const { model, notices, end } = await run(["say"], [saying("said"), mute])
    expect(end.type).toBe("agent.replied")
    expect(model.requests[0]?.messages.map(textOf)).toEqual(["go"])
    expect(newsOf(notices)).toContain("mute degraded")
  })
})

describe("onSessionBeforeCompact", () => {
  it("gives the summary: the first that is given is taken, no model is asked, and it costs nothing", async () => {
    const model = played(["hello", "nobody should ask for this"])
    const heard: Array<unknown> = []
    const summing = (name: string, priority: number, summary: string) =>
      plugin(name, [], { priority, onSessionBeforeCompact: () => ({ summary }) })
    const { session } = await stage.open(model, [
      summing("low", 0, "from low"),
      summing("empty", 9, " "),
      summing("high", 5, "from high"),
      plugin("ear", [], { onSessionCompacted: (event) => void heard.push(event) })
    ])
    await session.ask("go")
    const { spent } = session.view()
    session.send({ type: "user.compact", focus: "all" })
    await eventually(() => expect(heard).toEqual([{ session: session.id, summary: "from high" }]))
    expect(model.requests).toHaveLength(1)
    expect(session.view()).toMatchObject({ spent, transcript: [{ content: [{ text: /from high/ }] }] })
  })
})

describe("an observer", () => {
  it("that is slow keeps nobody waiting, and hears all in order", async () => {
    const heard: Array<string> = []
    const slow = plugin("slow", [], {
      onTurnStart: async ({ text }) => {
        await new Promise((resolve) => setTimeout(resolve, 20))
        heard.push(text)
      },
      onTurnEnd: ({ text }) => void heard.push(`end ${text}`)
    })
    const { session, runtime } = await stage.open(played(["a", "b", "c"]), [slow])
    for (const text of ["1", "2", "3"]) await session.ask(text)
    await runtime.close()
    expect(heard).toEqual(["1", "end a", "2", "end b", "3", "end c"])
  })

  it("that hangs is given up, rests, and hears what comes later; the turn does not know it", async () => {
    let begun = 0
    const heard: Array<string> = []
    const stuck = plugin("stuck", [], {
      onTurnStart: () => new Promise<never>(() => void (begun += 1)),
      onTurnEnd: ({ text }) => void heard.push(text)
    })
    const { session, notices } = await stage.open(played(["a", "b", "c", "d", "e"]), [stuck], {
      plugins: { hook_timeout: 0.05 }
    })
    for (const text of ["1", "2", "3", "4", "5"]) await session.ask(text)
    await eventually(() => expect(heard).toEqual(["a", "b", "c", "d", "e"]))
    expect(begun).toBe(3)
    expect(newsOf(notices)).toContain("stuck degraded")
  })

  it("that throws hurts nobody, and what it gives changes nothing", async () => {
    const heard: Array<string> = []
    const { end, answers } = await run(
      ["say"],
      [
        saying("said"),
        plugin("thrower", [], { onTurnStart: broken, onToolExecutionEnd: broken, onLlmCall: broken }),
        plugin("giver", [], { onToolExecutionEnd: (() => ({ answer: { success: false } })) as never }),
        plugin("ear", [], { onTurnEnd: ({ end }) => void heard.push(end) })
      ]
    )
    expect(end.type).toBe("agent.replied")
    expect(answers).toEqual([{ success: true, data: "said" }])
    await eventually(() => expect(heard).toEqual(["replied"]))
  })

  it("hears an end for every beginning, also of what the user stops", async () => {
    const heard: Array<string> = []
    const ear = (name: string) => (event: object) => {
      const { end, role, answer } = event as { end?: string; role?: string; answer?: { errorClass?: string } }
      heard.push([name, role, end, answer?.errorClass].filter(Boolean).join(" "))
    }
    const all = plugin("ear", [tool("wait", () => new Promise<never>(() => {}))], {
      onTurnStart: ear("turn"),
      onTurnEnd: ear("turn end"),
      onMessageStart: ear("message"),
      onMessageEnd: ear("message end"),
      onToolExecutionStart: ear("tool"),
      onToolExecutionEnd: ear("tool end"),
      onLlmCall: ear("model"),
      onLlmResponse: ({ error }) => void heard.push(`model end ${error ?? ""}`.trim())
    })
    const model = played([{ calls: [{ id: "c", name: "wait", input: {} }] }, "stalls"])
    const { session } = await stage.open(model, [all])
    const user = ["message user", "message end user", "turn", "model"]
    const first = session.ask("go")
    await eventually(() => expect(heard).toContain("tool"))
    session.send({ type: "user.cancel" })
    await first
    const second = session.ask("again")
    await model.stalled
    session.send({ type: "user.cancel" })
    await second
    await eventually(() =>
      expect(heard).toEqual([
        ...user,
        "model end",
        "message assistant",
        "message end assistant",
        "tool",
        "tool end cancelled",
        "turn end cancelled",
        ...user,
        "message assistant",
        "model end cancelled",
        "message end assistant",
        "turn end cancelled"
      ])
    )
  })

  it("that is flooded leaves out what there is no room for, and says so once", async () => {
    const gate = Promise.withResolvers<void>()
    const heard: Array<string> = []
    const slow = plugin(
      "slow",
      [
        tool("flood", (_, { progress }) => {
          for (let n = 0; n < 3000; n += 1) progress("x".repeat(10_000))
          return "done"
        })
      ],
      {
        onToolExecutionStart: () => gate.promise,
        onToolExecutionUpdate: ({ text }) => void heard.push(text)
      }
    )
    const { session, notices } = await stage.open(calls("flood"), [slow])
    await session.ask("go")
    gate.resolve()
    await eventually(() => expect(heard.length).toBeGreaterThan(990))
    expect(heard.length).toBeLessThanOrEqual(1000)
    expect(newsOf(notices).filter((one) => one === "slow degraded")).toHaveLength(1)
  })
})
