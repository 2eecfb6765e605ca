/** What the program knows of a conversation survives every summary of it, however often, and stays small. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { textOf } from "../../llm/message.ts"
import { factLines, factsIn, noFacts } from "../../machines/facts.ts"
import type { AgentEvent, Transcript } from "../../machines/events.ts"
import { toolMessage } from "../../machines/transcript.ts"
import type { Answer } from "../../plugins/tool.ts"
import { backgroundStarted, happen, histories, live, opened, reply, says } from "./happenings.ts"

const saidAndDone = (name: string, input: unknown, answer: Answer): Transcript => {
  const call = { type: "call" as const, id: `call${(calls += 1)}`, name, input }
  return [{ role: "assistant", model: "test/one", content: [call] }, toolMessage(call, answer)]
}

let calls = 0
/** A call and its answer, in a round of their own. */
const did = (
  name: string,
  input: unknown,
  answer: Answer = { success: true, data: "ok" }
): ReadonlyArray<AgentEvent> => {
  const id = `call${(calls += 1)}`
  return [reply("", [{ id, name, input }]), { type: "tool.settled", callId: id, answer, final: false }]
}
const bash = (command: string, answer?: Answer) => did("execute_bash", { command }, answer)
const failed = (error: string, data = ""): Answer => ({ success: false, errorClass: "execution_error", error, data })
const summed = (summary = "all that was"): AgentEvent => ({ type: "compaction.finished", summary, kept: 0 })
const compacted = (...events: ReadonlyArray<AgentEvent>) =>
  happen([opened({ maxTurns: 9_999 }), says("m1"), ...events, reply("done"), { type: "user.compact" }, summed()])

/** What the model reads first. */
const summaryOf = (seen: ReturnType<typeof happen>): string => {
  const first = seen.at(-1)?.state.context.transcript[0]
  return first === undefined ? "" : textOf(first)
}

const plan = (state: string): Answer => ({
  success: true,
  data: { plan: { goal: "count words", steps: [{ id: "s1", text: "write it", state }] } }
})

describe("below a summary stands", () => {
  it("which files were changed, the newest results of commands, the plan, and what still runs", () => {
    const text = summaryOf(
      compacted(
        ...did("write_file", { path: "a.ts", content: "x" }),
        ...did("edit_file", { path: "b.ts" }),
        ...did("edit_file", { path: "a.ts" }),
        ...did("edit_file", { path: "dry.ts", dry_run: true }),
        ...did("edit_file", { path: "not.ts" }, failed("old_string is not there")),
        ...bash("npm test", failed("exit code 1", "1 failed")),
        ...bash("npm run lint"),
        ...bash("npm test"),
        ...did("plan_task", {}, plan("pending")),
        ...did("execute_plan", {}, plan("running")),
        ...did(
          "execute_bash",
          { command: "npm start", background: true },
          { success: true, data: "[job-1 (npm start): running, 0.5 s]\nup" }
        ),
        ...did(
          "execute_bash",
          { command: "tail", background: true },
          { success: true, data: "[job-2 (tail): running, 0.5 s]" }
        ),
        ...did("job_stop", { id: "job-2" }, { success: true, data: "[job-2 (tail): stopped, signal SIGTERM, 2.0 s]" }),
        ...did("get_skill", { name: "release" }),
        backgroundStarted("b1")
      )
    )
    expect(text.slice(text.indexOf("What the program"))).toBe(
      [
        "What the program itself recorded, whatever the summary says:",
        "Files changed:",
        "- b.ts",
        "- a.ts",
        "Commands and their newest results:",
        "- npm run lint: exit code 0",
        "- npm test: exit code 0",
        "Background jobs when last looked at:",
        "- job-1 (npm start): running",
        "Agents in the background that still run; their results come by themselves:",
        "- b1 work b1",
        "Skills in use; load one again when you need its words:",
        "- release",
        "Plan: count words:",
        "- s1 [running] write it"
      ].join("\n")
    )
  })

  it("how a command failed, and a call that was cut off while it ran", () => {
    const events = [
      ...bash("npm test", failed("exit code 2", "long output")),
      reply("", [{ id: "cut", name: "write_file", input: { path: "c.ts" } }])
    ]
    const started: AgentEvent = { type: "tool.started", callId: "cut", idempotent: false }
    const text = summaryOf(
      happen([opened(), says("m1"), ...events, started, opened(), { type: "user.compact" }, summed()])
    )
    expect(text).toContain("- npm test: exit code 2")
    expect(text).toMatch(/Calls that were cut off.*:\n- write_file c\.ts/)
  })

  it("nothing where nothing is known", () => {
    expect(summaryOf(compacted())).toMatch(/all that was$/)
  })

  it("the same after the second summary and the third, and nothing of what was cleared", () => {
    const again: ReadonlyArray<AgentEvent> = [says("m2"), reply("x"), { type: "user.compact" }, summed("shorter still")]
    const first = [
      opened(),
      says("m1"),
      ...did("write_file", { path: "a.ts" }),
      reply("x"),
      { type: "user.compact" as const },
      summed()
    ]
    for (const events of [first, [...first, ...again], [...first, ...again, ...again]])
      expect(summaryOf(happen(events))).toContain("- a.ts")
    const cleared = happen([...first, { type: "user.clear" }, ...again])
    expect(summaryOf(cleared)).not.toContain("a.ts")
  })
})

describe("facts", () => {
  it("are the same however often a conversation is read, and in whatever pieces a summary cuts it", () => {
    fc.assert(
      fc.property(histories, (history) => {
        const transcript = live(history).at(-1)?.state.context.transcript ?? []
        const once = factsIn(transcript, noFacts)
        expect(factsIn(transcript, once)).toEqual(once)
      })
    )
  })

  it("stay small and on their lines, whatever a model calls its files", () => {
    const text = fc.oneof(fc.string({ maxLength: 5_000 }), fc.constant("a\nb: - c\n".repeat(500)))
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), fc.nat(200), (texts, count) => {
        const transcript = Array.from({ length: count }, (_, n): Transcript => {
          const what = `${n} ${texts[n % texts.length]}`
          return [
            ...saidAndDone("write_file", { path: what }, { success: true }),
            ...saidAndDone("execute_bash", { command: what }, failed(what)),
            ...saidAndDone("get_skill", { name: what }, { success: true })
          ]
        }).flat()
        const lines = factLines(factsIn(transcript, noFacts), []).split("\n")
        expect(lines.join("\n").length).toBeLessThan(25_000)
        expect(lines.filter((line) => !/^(- |[A-Z][^\n]*:$)/.test(line))).toEqual(count === 0 ? [""] : [])
      }),
      { numRuns: 20 }
    )
  })

  it("bear inputs and answers of any form", () => {
    for (const input of [null, 7, "x", [], { path: 7 }, { command: {} }, { id: null }])
      for (const name of ["write_file", "execute_bash", "job_output", "get_skill", "plan_task"])
        for (const data of ['{"plan": 7}', '{"plan": {', "[job", null])
          expect(() => summaryOf(compacted(...did(name, input, { success: true, data })))).not.toThrow()
  })
})
