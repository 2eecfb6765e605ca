import { type StreamResponse, TaskState } from "@a2a-js/sdk"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { End, News } from "../../../channels/a2a/news.ts"
import { advance, born, isOver, type Life, received, seen } from "../../../channels/a2a/task.ts"
import { answerIn, saying, stateOf, textIn, wordOf } from "./peer.ts"

const tick = { now: 0, id: "m" }

const message = saying("hello").message ?? expect.unreachable()

const begun = (...ids: ReadonlyArray<string>): Life =>
  ids.reduce((life, id) => received(life, message, tick, id).life, born("t", "c", 0))

const question = (id: string, call = id) => ({ id, call, text: `May ${id}?`, data: { id } })

/** @returns the life after all news, and all that was told. */
const after = (life: Life, ...news: ReadonlyArray<News>) =>
  news.reduce<{ readonly life: Life; readonly told: ReadonlyArray<StreamResponse> }>(
    ({ life, told }, one) => {
      const step = advance(life, one, tick)
      return { life: step.life, told: [...told, ...step.told] }
    },
    { life, told: [] }
  )

const ended = (state: End["state"], text = "", messages = ["a"]): News => ({
  type: "ended",
  messages,
  end: { state, text }
})

const ids = fc.constantFrom("a", "b", "other")
const texts = fc.constantFrom("", "one", "two")
const asked = fc.constantFrom("q1", "q2", "q3")
const news: fc.Arbitrary<News> = fc.oneof(
  fc.record({ type: fc.constant("started" as const), messages: fc.array(ids, { maxLength: 2 }) }),
  fc.record({ type: fc.constant("joined" as const), message: ids }),
  fc.record({ type: fc.constant("piece" as const), text: texts }),
  fc.record({ type: fc.constant("void" as const) }),
  fc.record({ type: fc.constant("narrated" as const), text: texts }),
  fc.record({ type: fc.constant("doing" as const), text: texts }),
  fc.record({ type: fc.constant("asked" as const), question: asked.map((id) => question(id)) }),
  fc.record({ type: fc.constant("answered" as const), id: asked }),
  fc.record({ type: fc.constant("settled" as const), call: asked }),
  fc.record({
    type: fc.constant("ended" as const),
    messages: fc.array(ids, { maxLength: 3 }),
    end: fc.record({ state: fc.constantFrom("completed", "failed", "canceled", "rejected", "asking"), text: texts })
  })
)

const overs: ReadonlySet<string> = new Set(["COMPLETED", "FAILED", "CANCELED", "REJECTED"])

describe("a task, whatever is told of the work", () => {
  it("ends once, with the end of the last of its messages, and is not changed or told of afterwards", () => {
    fc.assert(
      fc.property(fc.array(news, { maxLength: 30 }), (all) => {
        let life = begun("a", "b")
        for (const one of all) {
          const step = advance(life, one, tick)
          if (isOver(life.task)) {
            expect(step).toEqual({ life, told: [], isKept: false })
            continue
          }
          const isEnd =
            one.type === "ended" && life.open.length > 0 && life.open.every((id) => one.messages.includes(id))
          expect(isOver(step.life.task)).toBe(isEnd && one.end.state !== "asking")
          life = step.life
        }
      })
    )
  })

  it("asks exactly when a question is open, or its work said so, and tells each change of state", () => {
    fc.assert(
      fc.property(fc.array(news, { maxLength: 30 }), (all) => {
        let life = begun("a", "b")
        let shown = stateOf(life.task)
        for (const one of all) {
          const step = advance(life, one, tick)
          for (const { payload } of step.told) if (payload?.$case === "statusUpdate") shown = stateOf(payload.value)
          expect(shown).toBe(stateOf(step.life.task))
          if (step.life.questions.length > 0) expect(stateOf(step.life.task)).toBe("INPUT_REQUIRED")
          if (stateOf(step.life.task) === "INPUT_REQUIRED" && step.life.questions.length === 0)
            expect(step.life.open).toEqual([])
          if (stateOf(step.life.task) !== stateOf(life.task)) expect(step.isKept).toBe(true)
          life = step.life
        }
        expect(overs.has(stateOf(life.task))).toBe(isOver(life.task))
      })
    )
  })

  it("gives who reads along the same answer as who comes later", () => {
    fc.assert(
      fc.property(fc.array(news, { maxLength: 30 }), (all) => {
        let life = begun("a")
        let read = ""
        for (const one of all) {
          const step = advance(life, one, tick)
          for (const { payload } of step.told)
            if (payload?.$case === "artifactUpdate") {
              const text = textIn(payload.value.artifact?.parts)
              read = payload.value.append ? read + text : text
            }
          life = step.life
          const later = seen(life)
          if (later.artifacts.length > 0) expect(answerIn(later)).toBe(read)
        }
      })
    )
  })
})

describe("a task", () => {
  it("tells the newest piece of an answer as the last one, and another text whole", () => {
    const pieces: ReadonlyArray<News> = [
      { type: "started", messages: ["a"] },
      { type: "piece", text: "one " },
      { type: "piece", text: "two" }
    ]
    const words = (text: string) =>
      after(begun("a"), ...pieces, ended("completed", text)).told.map(({ payload }) => wordOf(payload))
    expect(words("one two")).toEqual(["WORKING", "answer: one ", "answer+ two.", "COMPLETED"])
    expect(words("a summary")).toEqual(["WORKING", "answer: one ", "answer: a summary.", "COMPLETED"])
    expect(words("")).toEqual(["WORKING", "answer: one ", "COMPLETED"])
  })

  it("begins its answer anew with each reply", () => {
    const { told } = after(
      begun("a"),
      { type: "piece", text: "I look" },
      { type: "piece", text: "." },
      { type: "narrated", text: "I look." },
      { type: "piece", text: "Done" },
      ended("completed", "Done")
    )
    expect(told.map(({ payload }) => wordOf(payload))).toEqual([
      "answer: I look",
      "WORKING: I look.",
      "answer: Done.",
      "COMPLETED"
    ])
  })

  it("goes on with a message that came while its turn ended", () => {
    const { life } = after(begun("a", "b"), ended("completed", "first"))
    expect([stateOf(life.task), textIn(life.task.status?.message?.parts)]).toEqual(["WORKING", "first"])
    expect(answerIn(after(life, ended("completed", "second", ["b"])).life.task)).toBe("second")
  })

  it("takes nothing from a turn that works on what somebody else said", () => {
    const { life, told } = after(
      begun("a"),
      { type: "started", messages: ["other"] },
      { type: "piece", text: "secret" },
      { type: "narrated", text: "secret" },
      { type: "asked", question: question("q") },
      ended("completed", "secret", ["other"])
    )
    expect(told).toEqual([])
    expect(stateOf(life.task)).toBe("SUBMITTED")
    expect(answerIn(after(life, { type: "started", messages: ["a"] }, ended("completed", "mine")).life.task)).toBe(
      "mine"
    )
  })

  it("asks one question after another, the oldest first", () => {
    const asks = after(
      begun("a"),
      { type: "asked", question: question("q1") },
      { type: "asked", question: question("q2") }
    )
    expect(textIn(asks.life.task.status?.message?.parts)).toBe("May q1?")
    const next = after(asks.life, { type: "answered", id: "q1" })
    expect(textIn(next.life.task.status?.message?.parts)).toBe("May q2?")
    expect(stateOf(after(next.life, { type: "settled", call: "q2" }).life.task)).toBe("WORKING")
  })

  it("remembers 200 messages", () => {
    const many = Array.from({ length: 250 }, (_, nth): News => ({ type: "narrated", text: String(nth) }))
    const { history, status } = after(begun("a"), ...many).life.task
    expect([history.length, textIn(history.at(-1)?.parts), status?.state]).toEqual([
      200,
      "249",
      TaskState.TASK_STATE_WORKING
    ])
  })
})
