/** What is spent, by model, and when a budget stops it. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { AgentEvent, AgentNotice, Limits } from "../../machines/events.ts"
import { leastCost, left, nothingSpent, spend, spentSince, together, tokensOf } from "../../machines/spending.ts"
import { backgroundSettled, backgroundStarted, happen, opened, reply, says, type Seen } from "./happenings.ts"

const usage = { input: 60, output: 40, cacheRead: 20, cacheWrite: 5 }
const last = (seen: ReadonlyArray<Seen>): Seen => seen.at(-1) as Seen
const told = (seen: ReadonlyArray<Seen>): ReadonlyArray<AgentNotice> => seen.flatMap(({ notices }) => notices)

const by = (model: string, more: object, calls: ReadonlyArray<{ id: string }> = []): AgentEvent => {
  const event = reply(calls.length > 0 ? "" : "done", calls)
  return { ...event, message: { ...event.message, model }, ...more }
}
const settled = (callId: string): AgentEvent => ({
  type: "tool.settled",
  callId,
  answer: { success: true },
  final: false
})

const requests = fc.array(
  fc.record({
    model: fc.constantFrom("a/one", "b/two"),
    usage: fc.option(fc.constant(usage), { nil: undefined }),
    cost: fc.option(fc.constantFrom(0.25, 0.5), { nil: undefined }),
    broken: fc.option(fc.constant(true as const), { nil: undefined, freq: 3 })
  }),
  { maxLength: 12 }
)
const sum = (all: ReadonlyArray<Parameters<typeof spend>[1]>) => all.reduce(spend, nothingSpent)

describe("what was spent", () => {
  it("is the same whether it is added one by one or in parts, and a part can be taken away again", () => {
    fc.assert(
      fc.property(requests, requests, (some, more) => {
        const whole = sum([...some, ...more])
        expect(together(sum(some), sum(more))).toEqual(whole)
        const { usage: tokens, models } = spentSince(whole, sum(some))
        expect({ usage: tokens, models: models ?? {} }).toEqual({
          usage: sum(more).usage,
          models: sum(more).models ?? {}
        })
      })
    )
  })

  it("is never said to be less than it was", () => {
    fc.assert(
      fc.property(requests, (all) => {
        const spent = sum(all)
        const isKnown = all.every(({ cost, broken }) => cost !== undefined && broken === undefined)
        const known = all.reduce((paid, { cost = 0 }) => paid + cost, 0)
        expect(spent.cost).toBe(isKnown ? known : undefined)
        expect(leastCost(spent)).toBe(known)
        expect(tokensOf(spent)).toBe(all.filter((one) => one.usage !== undefined).length * 100)
      })
    )
  })

  it("has no cost for a model whose price is not known, but what is known of it", () => {
    const { models = {} } = sum([
      { model: "a/one", usage },
      { model: "b/two", usage, cost: 0.5 },
      { model: "b/two", usage },
      { model: "c/three", usage, cost: 0.25 },
      { model: "d/four", usage, cost: 0.125, broken: true }
    ])
    expect(Object.values(models).map((one) => [one.cost, one.costAtLeast])).toEqual([
      [undefined, 0],
      [undefined, 0.5],
      [0.25, 0.25],
      [undefined, 0.125]
    ])
    expect(JSON.parse(JSON.stringify(models))["a/one"]).not.toHaveProperty("cost")
  })

  it("is known of a part where it is not known of the whole", () => {
    const before = sum([{ model: "a/one", usage }])
    expect(spentSince(spend(before, { model: "b/two", usage, cost: 0.5 }), before).cost).toBe(0.5)
    expect(spentSince(spend(before, { model: "a/one", usage }), before).cost).toBeUndefined()
  })

  it("counts what broke off as far as it is known, beside the replies, and says that it was more", () => {
    const took = { model: "a/one", usage, cost: 0.25, broken: true } as const
    const seen = happen([
      opened({ limits: { maxCost: 1 } }),
      says("go"),
      { type: "model.broke", took },
      by("a/one", { usage, cost: 0.5 })
    ])
    const { spent, blind } = last(seen).state.context
    expect(spent).toMatchObject({
      cost: undefined,
      usage: { input: 120 },
      models: { "a/one": { requests: 1, broken: 1 } }
    })
    expect(leastCost(spent)).toBe(0.75)
    expect(blind).toEqual({})
    expect(sum([{ model: "b/two", broken: true }]).models).toMatchObject({
      "b/two": { requests: 0, broken: 1, costAtLeast: 0 }
    })
  })

  it("stands under the model that answered, which is not always the one that was asked", () => {
    const seen = happen([opened(), says("m1"), by("b/two", { usage, cost: 0.5 })])
    expect(last(seen).state.context.spent.models).toEqual({
      "b/two": { requests: 1, usage, cost: 0.5, costAtLeast: 0.5, unpriced: 0, uncounted: 0 }
    })
    expect(told(seen).at(-1)).toMatchObject({ spent: { models: { "b/two": { requests: 1 } } } })
  })

  it("is what agents below it spent, too, model by model", () => {
    const child = spend(nothingSpent, { model: "c/three", usage, cost: 0.25 })
    const ended: AgentEvent = { type: "subagent.ended", id: "s1", spent: child }
    const seen = happen([opened(), says("m1"), by("a/one", { usage, cost: 0.5 }, [{ id: "x" }]), ended])
    const { spent, turn } = last(seen).state.context
    for (const one of [spent, turn.spent]) {
      expect(one.cost).toBe(0.75)
      expect(Object.keys(one.models ?? {})).toEqual(["a/one", "c/three"])
    }
  })
})

describe("a budget", () => {
  const spending = (limits: Limits, ...events: ReadonlyArray<AgentEvent>) => happen([opened({ limits }), ...events])
  const failures = (seen: ReadonlyArray<Seen>) =>
    told(seen).flatMap((notice) => (notice.type === "agent.failed" ? [notice.failure] : []))

  it("of money stops before the next request, and says what was spent and what to raise", () => {
    const seen = spending({ maxCost: 0.5 }, says("m1"), by("a/one", { usage, cost: 0.5 }, [{ id: "x" }]), settled("x"))
    expect(failures(seen)).toEqual([
      { code: "budget", message: expect.stringMatching(/\$0\.5000 of \$0\.5000.*llm\.max_cost/) }
    ])
    expect(last(seen).state.value).toBe("idle")
    expect(last(seen).state.context.transcript.map(({ role }) => role)).toEqual(["user", "assistant", "tool"])
  })

  it("of tokens counts both ways", () => {
    const first = by("a/one", { usage, cost: 0 })
    expect(failures(spending({ maxTokens: 101 }, says("m1"), first, says("m2")))).toEqual([])
    const [failure] = failures(spending({ maxTokens: 100 }, says("m1"), first, says("m2")))
    expect(failure).toMatchObject({
      code: "budget",
      message: expect.stringMatching(/100 tokens of 100.*max_tokens_total/)
    })
  })

  it("lets a reply that has begun come to its end", () => {
    const seen = spending({ maxCost: 0.1 }, says("m1"), by("a/one", { usage, cost: 0.5 }))
    expect(told(seen).at(-1)).toMatchObject({ type: "agent.replied" })
  })

  it("counts what agents below it spend, whoever waits for them", () => {
    const paid = [says("m1"), by("a/one", { usage, cost: 0.1 }), backgroundStarted("b1"), backgroundSettled("b1")]
    expect(failures(spending({ maxCost: 0.6 }, ...paid))).toHaveLength(1)
  })

  it("ends each turn with one word, and asks nothing more", () => {
    const seen = spending({ maxTokens: 1 }, says("m1"), by("a/one", { usage, cost: 0 }), says("m2"), says("m3"))
    expect(failures(seen)).toHaveLength(2)
    expect(last(seen).state.context.mail).toEqual([])
  })

  it("has read what arrived meanwhile, so that one word is enough", () => {
    const seen = spending(
      { maxCost: 0.5 },
      says("m1"),
      by("a/one", { usage, cost: 0.5 }, [{ id: "x" }]),
      says("m2"),
      settled("x")
    )
    expect(told(seen).filter(({ type }) => type === "agent.failed")).toMatchObject([{ messages: ["m1", "m2"] }])
  })

  it("is looked at before a compaction, too", () => {
    const seen = spending({ maxTokens: 1 }, says("m1"), by("a/one", { usage }), { type: "user.compact" })
    expect(last(seen).notices).toMatchObject([{ type: "agent.warned", failure: { code: "budget" } }])
    expect(last(seen).state.value).toBe("idle")
    const dear: AgentEvent = { type: "subagent.ended", id: "s", spent: { usage, cost: 0 } }
    const begun = [says("m1"), by("a/one", { usage, cost: 0 }, [{ id: "x" }]), settled("x")]
    const full = spending({ maxTokens: 150 }, ...begun, dear, { type: "model.full" })
    expect(last(full).notices).toMatchObject([{ type: "agent.failed", failure: { code: "budget" } }])
  })

  it("can be raised: the session goes on", () => {
    const spent = spending({ maxCost: 0.5 }, says("m1"), by("a/one", { usage, cost: 0.5 }), says("m2"))
    const raised = happen([...spent.map(({ event }) => event), opened({ limits: { maxCost: 1 } }), says("m3")])
    expect(last(raised).state.value).toBe("thinking")
    expect(last(raised).state.context.spent.cost).toBe(0.5)
  })

  it("of money does not trust a model whose price nobody knows", () => {
    const unknown = by("a/one", { usage })
    const [failure] = failures(spending({ maxCost: 5 }, says("m1"), unknown, says("m2")))
    expect(failure?.message).toMatch(/What a\/one costs is not known.*llm\.models\."a\/one"\.price.*max_tokens_total/)
    expect(failures(spending({ maxCost: 5, maxTokens: 1000 }, says("m1"), unknown, says("m2")))).toEqual([])
    expect(failures(spending({}, says("m1"), unknown, says("m2")))).toEqual([])
  })

  it("of tokens does not trust a model that does not count", () => {
    const uncounted = by("a/one", { cost: 0.1 })
    const [failure] = failures(spending({ maxTokens: 5_000 }, says("m1"), uncounted, says("m2")))
    expect(failure?.message).toMatch(/a\/one does not say how many tokens/)
  })

  it("trusts again once the user has chosen another model, or opened the session anew", () => {
    const blind = [says("m1"), by("a/one", { usage }), says("m2")]
    const chosen = spending({ maxCost: 5 }, ...blind, { type: "user.model", model: "b/two" }, says("m3"))
    expect(last(chosen).state.value).toBe("thinking")
    const anew = spending({ maxCost: 5 }, ...blind, opened({ limits: { maxCost: 5 } }), says("m3"))
    expect(last(anew).state.value).toBe("thinking")
  })

  it("says “at least” where a part of the cost is unknown", () => {
    const seen = spending(
      { maxCost: 0.5, maxTokens: 1_000 },
      says("m1"),
      by("a/one", { usage, cost: 0.5 }),
      says("m2"),
      says("m3")
    )
    expect(failures(seen)[0]?.message).not.toContain("at least")
    const partly = spending(
      { maxCost: 0.5, maxTokens: 1_000 },
      says("m1"),
      by("b/two", { usage }, [{ id: "x" }]),
      settled("x"),
      by("a/one", { usage, cost: 0.5 }),
      says("m2")
    )
    expect(failures(partly)[0]?.message).toContain("at least $0.5000 of $0.5000")
  })

  it("leaves an agent that it starts what is left, never less than nothing", () => {
    const spent = spend(nothingSpent, { model: "a/one", usage, cost: 0.3 })
    expect(left({ maxCost: 1, maxTokens: 150 }, spent)).toEqual({ maxCost: 0.7, maxTokens: 50 })
    expect(left({ maxCost: 0.1 }, spent)).toEqual({ maxCost: 0 })
    expect(left({}, spent)).toEqual({})
  })
})
