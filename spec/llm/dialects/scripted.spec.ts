import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, dirname, join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { TestClock } from "effect/testing"
import { checkScript, parseScript, readScript, type ScriptSource } from "../../../llm/dialects/script.ts"
import { scripted } from "../../../llm/dialects/scripted.ts"
import { type AssistantMessage, callsOf, type Message, textOf, type ToolCall } from "../../../llm/message.ts"
import type { Model, ModelRequest } from "../../../llm/model.ts"
import { withRetry } from "../../../llm/retry.ts"
import { ask, collect } from "../fakes.ts"

type Turns = ScriptSource["rules"][number]["turns"]

const open = (
  source: ScriptSource,
  options: { readonly pace?: number; readonly idle?: number; readonly total?: number } = {}
) => {
  const { pace, idle = Infinity, total = Infinity } = options
  return scripted({ id: "scripted/spec", script: checkScript("spec.yaml", source), pace, timeouts: { idle, total } })
}

const always = (...turns: Turns): ScriptSource => ({ rules: [{ when: ".*", turns }] })

const events = (model: Model, request?: ModelRequest) => Effect.map(collect(model, request), Result.getOrThrow)

const reply = (model: Model, request?: ModelRequest) =>
  Effect.map(events(model, request), (all) => {
    const last = all.at(-1)
    if (last?.type !== "finished") throw new Error("no end")
    return last
  })

const error = (model: Model, request?: ModelRequest) =>
  Effect.map(collect(model, request), (result) => Result.getOrThrow(Result.flip(result)))

const user = (text: string): Message => ({ role: "user", id: text, content: [{ type: "text", text }] })
const said = (text: string): Message => ({
  role: "assistant",
  model: "scripted/spec",
  content: [{ type: "text", text }]
})
const conversation = (...messages: ReadonlyArray<Message>): ModelRequest => ({ ...ask(), messages })

describe("a scripted model", () => {
  it.effect("streams thinking, text and calls, then the whole message", () =>
    Effect.gen(function* () {
      const model = open(
        always({ thinking: "Hm.", text: "I'll run it.", calls: [{ tool: "execute_bash", input: { command: "ls" } }] })
      )
      const all = yield* events(model)
      const id = callsOf((yield* reply(model)).message)[0]!.id
      expect(all).toEqual([
        { type: "thinking", delta: "Hm." },
        { type: "text", delta: "I'll run it." },
        { type: "call.started", id: expect.any(String), name: "execute_bash" },
        { type: "call.delta", id: expect.any(String), delta: '{"command":"ls"}' },
        {
          type: "finished",
          finishReason: "calls",
          message: {
            role: "assistant",
            model: "scripted/spec",
            content: [
              { type: "thinking", text: "Hm." },
              { type: "text", text: "I'll run it." },
              { type: "call", id: expect.any(String), name: "execute_bash", input: { command: "ls" } }
            ]
          }
        }
      ])
      expect(all).not.toContainEqual({ type: "call.started", id, name: "execute_bash" })
    })
  )

  it.effect("answers by the first rule that matches the newest user message, whatever its case", () =>
    Effect.gen(function* () {
      const model = open({
        rules: [
          { when: "^old", turns: [{ text: "old" }] },
          { when: "new", turns: [{ text: "first" }] },
          { when: "new", turns: [{ text: "second" }] }
        ]
      })
      expect(textOf((yield* reply(model, conversation(user("old"), said("x"), user("NEW")))).message)).toBe("first")
    })
  )

  it.effect("takes its turns by the answers given since that message", () =>
    Effect.gen(function* () {
      const model = open(always({ text: "one" }, { text: "two" }))
      const answer: Message = { role: "tool", callId: "c", name: "t", success: true, content: [] }
      expect(textOf((yield* reply(model, conversation(user("a"), said("x"), said("y"), user("b")))).message)).toBe(
        "one"
      )
      expect(textOf((yield* reply(model, conversation(user("b"), said("one"), answer))).message)).toBe("two")
    })
  )

  it.effect("says which turn of which rule it lacks", () =>
    Effect.gen(function* () {
      const lacking = yield* error(open(always({ text: "one" })), conversation(user("b"), said("one")))
      expect(lacking).toMatchObject({ reason: { kind: "not_configured" } })
      expect(lacking.message).toBe("scripted/spec has no turn 2 in rule 1 (when: .*); it has 1")
    })
  )

  it.effect("says when no rule matches", () =>
    Effect.gen(function* () {
      const lacking = yield* error(open({ rules: [{ when: "hello", turns: [{ text: "hi" }] }] }), ask("good bye"))
      expect(lacking.message).toContain("no rule for this message")
    })
  )

  it.effect("fills in the message and the groups of the expression, once and everywhere", () =>
    Effect.gen(function* () {
      const source: ScriptSource = {
        rules: [
          {
            when: "add (\\w+) to (\\w+)( now)?",
            turns: [
              {
                thinking: "{{1}}?",
                text: "{{message}}: {{1}}, {{2}}, {{3}}, {{4}}, {{constructor}}",
                calls: [{ tool: "add", input: { to: ["{{2}}", { deep: "{{1}}" }], times: 2 } }]
              }
            ]
          }
        ]
      }
      const { message } = yield* reply(open(source), ask("Add milk to {{1}}, add eggs to tea"))
      expect(message.content).toMatchObject([
        { text: "eggs?" },
        { text: "Add milk to {{1}}, add eggs to tea: eggs, tea, , {{4}}, {{constructor}}" },
        { input: { to: ["tea", { deep: "eggs" }], times: 2 } }
      ])
    })
  )

  it.effect("cuts its deltas without breaking a character", () =>
    Effect.gen(function* () {
      const all = yield* events(open(always({ text: "a😀b", calls: [{ tool: "t", input: "{bro" }], chunk: 2 })))
      const deltas = all.map((event) => ("delta" in event ? event.delta : event.type))
      expect(deltas).toEqual(["a😀", "b", "call.started", "{b", "ro", "finished"])
    })
  )

  it.effect("counts tokens and money as it is told", () =>
    Effect.gen(function* () {
      const source = {
        ...always({ text: "x", usage: { input: 1_000_000, output: 0 } }),
        info: { context_window: 5, price: { input: 2, output: 3 } }
      }
      const model = open(source)
      expect(model.info).toMatchObject({ contextWindow: 5 })
      expect(yield* reply(model)).toMatchObject({ usage: { input: 1_000_000, cacheRead: 0 }, cost: 2 })
      expect((yield* reply(open(always({ text: "x" })))).usage).toBeUndefined()
    })
  )

  it.effect("ends for the reason it is told", () =>
    Effect.gen(function* () {
      expect(yield* reply(open(always({ text: "x", finish_reason: "length" })))).toMatchObject({
        finishReason: "length"
      })
    })
  )
})

describe("a scripted provider", () => {
  /** When each event came, in milliseconds. */
  const timed = (model: Model) =>
    Effect.gen(function* () {
      const times: Array<readonly [string, number]> = []
      const fiber = yield* Effect.forkChild(
        Stream.runForEach(model.respond(ask()), ({ type }) =>
          Effect.map(Clock.currentTimeMillis, (now) => times.push([type, now]))
        )
      )
      yield* TestClock.adjust("1 hour")
      const exit = yield* Effect.result(Fiber.join(fiber))
      const end = Result.isFailure(exit) ? exit.failure.reason : "well"
      return { times, end }
    })

  it.effect("waits before each piece, at the pace it is given", () =>
    Effect.gen(function* () {
      const source = always({ thinking: "ab", text: "cd", delay_ms: 10, chunk: 1 })
      const at = (pace: number) =>
        Effect.map(timed(open(source, { pace })), ({ times }) => times.map(([, time]) => time))
      expect(yield* at(1)).toEqual([10, 20, 30, 40, 40])
      const start = yield* Clock.currentTimeMillis
      expect(yield* at(0)).toEqual([start, start, start, start, start])
    })
  )

  it.effect("stalls after the first piece, until the idle timeout if there is one", () =>
    Effect.gen(function* () {
      const source = always({ text: "abcd", chunk: 2, stall_ms: 5000 })
      expect((yield* timed(open(source))).times.map(([, time]) => time)).toEqual([0, 5000, 5000])
      const { times, end } = yield* timed(open(source, { idle: 1000 }))
      expect(times).toHaveLength(1)
      expect(end).toEqual({ kind: "timed_out", phase: "idle" })
    })
  )

  it.effect("stalls with one piece or none, too", () =>
    Effect.gen(function* () {
      for (const text of ["", "all"]) {
        expect((yield* timed(open(always({ text, stall_ms: 5000 }), { idle: 1000 }))).end).toMatchObject({
          phase: "idle"
        })
      }
    })
  )

  it.effect("is cut off by the total timeout, however lively", () =>
    Effect.gen(function* () {
      const { times, end } = yield* timed(
        open(always({ text: "abcdef", chunk: 1, delay_ms: 10 }), { idle: 15, total: 35 })
      )
      expect(times.map(([, time]) => time)).toEqual([10, 20, 30])
      expect(end).toEqual({ kind: "timed_out", phase: "total" })
    })
  )

  it.effect("breaks off where it is told, after saying everything", () =>
    Effect.gen(function* () {
      const { times, end } = yield* timed(open(always({ text: "ab", chunk: 1, truncate: true })))
      expect(times.map(([type]) => type)).toEqual(["text", "text"])
      expect(end).toEqual({ kind: "truncated" })
    })
  )

  it.effect.each([
    [401, undefined, { kind: "unauthorized" }],
    [402, undefined, { kind: "quota_exceeded" }],
    [404, undefined, { kind: "not_found" }],
    [413, undefined, { kind: "context_overflow" }],
    [418, undefined, { kind: "refused", status: 418 }],
    [429, undefined, { kind: "rate_limited", retryAfter: 1500 }],
    [429, "insufficient_quota", { kind: "quota_exceeded" }],
    [400, "prompt is too long: 9 tokens > 8 maximum", { kind: "context_overflow" }],
    [529, undefined, { kind: "unavailable", status: 529, retryAfter: 1500 }]
  ] as const)("fails with status %d (%s) as a real one would", ([status, message, reason]) =>
    Effect.gen(function* () {
      const failed = yield* error(open(always({ error: { status, message, retry_after: 1.5 } })))
      expect(failed.reason).toEqual(reason)
    })
  )

  it.effect("misbehaves as often as it is told, and then the turn goes well", () =>
    Effect.gen(function* () {
      const model = open(
        always(
          { text: "at last", error: { status: 429, retry_after: 1 }, times: 2 },
          { text: "next", truncate: true, times: 1 }
        )
      )
      const fiber = yield* Effect.forkChild(events(withRetry(model, { maxRetries: 3 })))
      yield* TestClock.adjust("2 seconds")
      expect((yield* Fiber.join(fiber)).map(({ type }) => type)).toEqual(["retrying", "retrying", "text", "finished"])
      const next = conversation(user("hello"), said("at last"))
      expect((yield* error(model, next)).reason).toEqual({ kind: "truncated" })
      expect(textOf((yield* reply(model, next)).message)).toBe("next")
    })
  )

  it.effect("sends nothing once it is interrupted", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const model = open(always({ text: "abc", chunk: 1, delay_ms: 10 }))
      const fiber = yield* Effect.forkChild(
        Stream.runForEach(model.respond(ask()), ({ type }) => Effect.sync(() => seen.push(type)))
      )
      yield* TestClock.adjust("15 millis")
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("1 hour")
      expect(seen).toEqual(["text"])
    })
  )
})

describe("a script", () => {
  it.each([
    ["rules: [", "spec.yaml is not valid YAML"],
    ["rule: []", 'rules: Invalid input: expected array, received undefined; the file: Unrecognized key: "rule"'],
    ["rules: [{ when: '(', turns: [{ text: a }] }]", "rules[0].when: expected a regular expression: "],
    ["rules: [{ when: a, turns: [] }]", "rules[0].turns: "],
    ["rules: [{ when: a, turns: [{ txt: b }] }]", 'rules[0].turns[0]: Unrecognized key: "txt"'],
    [
      "rules: [{ when: a, turns: [{ calls: [{ tool: t, input: 5 }] }] }]",
      "rules[0].turns[0].calls[0].input: expected an object"
    ],
    ["rules: [{ when: a, turns: [{ error: { status: 200 } }] }]", "rules[0].turns[0].error.status: "]
  ])("that is wrong (%s) says where and what was expected", (text, problem) => {
    expect(() => parseScript("spec.yaml", text)).toThrow(problem)
    expect(() => parseScript("spec.yaml", text)).toThrow("spec.yaml")
  })

  it("that does not exist is named", async () => {
    await expect(readScript("no/such.yaml", tmpdir())).rejects.toThrow(join(tmpdir(), "no/such.yaml"))
  })
})

/** Does for real what the rehearsal's calls ask for, as plainly as can be. */
const stage = (folder: string) => {
  const path = `${dirname(process.execPath)}${delimiter}${process.env.PATH}`
  const bash = (command: string): string => {
    try {
      return execFileSync("bash", ["-c", command], {
        cwd: folder,
        encoding: "utf8",
        env: { ...process.env, PATH: path },
        stdio: "pipe"
      })
    } catch (failed) {
      return `failed: ${(failed as { stdout: string }).stdout}`
    }
  }
  const act = ({ name, input }: ToolCall): string => {
    const {
      path: file = "",
      content = "",
      command = "",
      old_string = "",
      new_string = ""
    } = input as Record<string, string>
    if (name === "write_file") writeFileSync(join(folder, file), content)
    if (name === "execute_bash") return bash(command)
    if (name === "edit_file") {
      const before = readFileSync(join(folder, file), "utf8")
      expect(before.split(old_string)).toHaveLength(2)
      writeFileSync(join(folder, file), before.replace(old_string, new_string))
    }
    return name === "task_done" ? bash(command) : "done"
  }
  return { act }
}

describe("the rehearsal", () => {
  let folder = ""
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "kintsugi-rehearsal-"))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const lastEventAt = (model: Model, request: ModelRequest) =>
    Stream.runFoldEffect(
      model.respond(request),
      () => 0,
      () => Clock.currentTimeMillis
    )

  const rehearse = Effect.promise(() => readScript("rehearsal", folder))

  it.effect("writes a script with a real bug, sees the test fail, mends it and is done", () =>
    Effect.gen(function* () {
      const model = scripted({ id: "scripted/rehearsal", script: yield* rehearse, pace: 0 })
      const { act } = stage(folder)
      const done: Array<readonly [string, string]> = []
      let messages: ReadonlyArray<Message> = [user("Create a script that prints the Fibonacci sequence")]
      let last: AssistantMessage
      do {
        last = (yield* reply(model, conversation(...messages))).message
        const answers = callsOf(last).map((call): Message => {
          const result = act(call)
          done.push([call.name, result])
          return {
            role: "tool",
            callId: call.id,
            name: call.name,
            success: true,
            content: [{ type: "text", text: result }]
          }
        })
        messages = [...messages, last, ...answers]
      } while (done.at(-1)![0] !== "task_done")

      expect(done.map(([name]) => name)).toEqual([
        "write_file",
        "write_file",
        "execute_bash",
        "read_file",
        "edit_file",
        "execute_bash",
        "task_done"
      ])
      const [first, second] = done.filter(([name]) => name === "execute_bash").map(([, output]) => output)
      expect(first).toMatch(/^failed: [^]*0 1 1 2 3 5 8 13 21 34 55/)
      expect(second).toContain("0 1 1 2 3 5 8 13 21 34 55 89 144 233 377")
      expect(done.at(-1)![1]).not.toMatch(/^failed/)
      expect(callsOf(last)[0]!.input).toMatchObject({
        files: ["fibonacci.js", "fibonacci.test.js"],
        command: expect.any(String)
      })
    })
  )

  it.effect("keeps its audience for less than four seconds, tools not counted", () =>
    Effect.gen(function* () {
      const script = yield* rehearse
      const model = scripted({ id: "scripted/rehearsal", script })
      let total = 0
      for (let given = 0; given < script.rules[0]!.turns.length - 1; given++) {
        const told = Array.from({ length: given }, () => said("…"))
        const fiber = yield* Effect.forkChild(lastEventAt(model, conversation(user("fibonacci"), ...told)))
        const start = yield* Clock.currentTimeMillis
        yield* TestClock.adjust("1 minute")
        total += (yield* Fiber.join(fiber)) - start
      }
      expect(total).toBeGreaterThan(500)
      expect(total).toBeLessThan(4000)
    })
  )

  it.effect("is honest with everyone who asks for something else", () =>
    Effect.gen(function* () {
      const model = scripted({ id: "scripted/rehearsal", script: yield* rehearse, pace: 0 })
      const text = textOf((yield* reply(model, ask("Refactor my\ncode"))).message)
      expect(text).toContain("scripted model")
      expect(text).toContain("You said: Refactor my\ncode")
      expect(text).toContain("kintsugi config set llm.model")
    })
  )
})
