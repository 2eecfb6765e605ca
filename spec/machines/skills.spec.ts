/** What skills do to an agent: they narrow the turn in which they are followed, and outlive every summary. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { textOf } from "../../llm/message.ts"
import { factLines, factsIn, noFacts } from "../../machines/facts.ts"
import type { AgentEvent } from "../../machines/events.ts"
import { happen, opened, reply, says } from "./happenings.ts"

const skill = (name: string, { only, body = `how to ${name}` }: { only?: string; body?: string } = {}): string =>
  `<skill name="${name}" folder="/s/${name}"${only === undefined ? "" : ` allowed-tools="${only}"`}>\n${body}\n</skill>`
const pointer = (name: string, only: string) =>
  `<skill name="${name}" folder="/s/${name}" allowed-tools="${only}" repeated="true">\nsee above\n</skill>`

let calls = 0
const used = (text: string, name = "use_skill", success = true): ReadonlyArray<AgentEvent> => {
  const id = `call${(calls += 1)}`
  const answer = success ? { success, data: text } : { success, error: text }
  return [reply("", [{ id, name, input: { name: "x" } }]), { type: "tool.settled", callId: id, answer, final: false }]
}
const contextAfter = (...events: ReadonlyArray<AgentEvent>) =>
  happen([opened({ maxTurns: 9_999 }), ...events]).at(-1)?.state.context
const onlyAfter = (...events: ReadonlyArray<AgentEvent>) => contextAfter(...events)?.turn.only
const compact = (kept = 0): ReadonlyArray<AgentEvent> => [
  { type: "user.compact" },
  { type: "compaction.finished", summary: "all that was", kept }
]
const summaryAfter = (...events: ReadonlyArray<AgentEvent>): string => {
  const first = contextAfter(...events)?.transcript[0]
  return first === undefined ? "" : textOf(first)
}

describe("a turn in which a skill is followed", () => {
  const git = { by: "commit", rules: ["execute_bash(git *)", "read_file"] }
  const narrow = skill("commit", { only: "execute_bash(git *), read_file" })

  it("is narrowed by it until it ends, whoever began the skill", () => {
    expect(onlyAfter(says("m1"), ...used(narrow))).toEqual([git])
    expect(onlyAfter(says("m1", narrow))).toEqual([git])
    expect(onlyAfter(says("m1", narrow), reply("done"), says("m2"))).toBeUndefined()
    expect(onlyAfter(says("m1"), ...used(narrow), { type: "user.cancel" }, says("m2"))).toBeUndefined()
  })

  it("is not widened by another one, nor by a repetition", () => {
    const other = skill("other", { only: "write_file" })
    expect(onlyAfter(says("m1"), ...used(narrow), ...used(other), ...used(skill("free")))).toEqual([
      git,
      { by: "other", rules: ["write_file"] }
    ])
    expect(onlyAfter(says("m1"), ...used(pointer("commit", "execute_bash(git *), read_file")))).toEqual([git])
  })

  it("stays narrow when it is compacted, and when its process ends and another goes on with it", () => {
    const crowded: ReadonlyArray<AgentEvent> = [
      { type: "model.full" },
      { type: "compaction.finished", summary: "so far", kept: 0 }
    ]
    expect(onlyAfter(says("m1"), ...used(narrow), ...crowded)).toEqual([git])
    expect(onlyAfter(says("m1"), ...used(narrow), opened({ goOn: true }))).toEqual([git])
  })

  it("is narrowed by nothing but what use_skill says when it succeeds", () => {
    expect(onlyAfter(says("m1"), ...used(narrow, "read_file"))).toBeUndefined()
    expect(onlyAfter(says("m1"), ...used(narrow, "use_skill", false))).toBeUndefined()
    expect(onlyAfter(says("m1", `what is ${narrow}?`))).toBeUndefined()
  })
})

describe("below a summary stands", () => {
  it("each skill that was used, word for word, the newest last and once", () => {
    const text = summaryAfter(
      says("m1", skill("mine")),
      ...used(skill("a")),
      ...used(skill("b")),
      ...used(skill("a", { body: "better" })),
      reply("done"),
      ...compact()
    )
    expect(text.match(/^<skill name="\w+"/gm)).toEqual(['<skill name="mine"', '<skill name="b"', '<skill name="a"'])
    expect(text).toContain("how to mine")
    expect(text).toContain("better")
    expect(text).not.toContain("how to a")
  })

  it("no skill whose words stay in the conversation, until they do not", () => {
    const events = [says("m1"), ...used(skill("a")), reply("x"), says("m2"), ...used(skill("b")), reply("done")]
    const once = summaryAfter(...events, ...compact(4))
    expect(once).toContain("how to a")
    expect(once).not.toContain("how to b")
    const twice = summaryAfter(...events, ...compact(4), says("m3"), reply("done"), ...compact())
    expect(twice).toContain("how to a")
    expect(twice).toContain("how to b")
  })

  it("what was said first, when the skill was only pointed to later", () => {
    const events = [says("m1"), ...used(skill("a")), ...used(pointer("a", "")), reply("done")]
    expect(summaryAfter(...events, ...compact())).toContain("how to a")
  })

  it("nothing of it after the conversation was cleared", () => {
    const events = [says("m1"), ...used(skill("a")), reply("done"), { type: "user.clear" } as const]
    expect(summaryAfter(...events, says("m2"), reply("done"), ...compact())).not.toContain("skill")
  })

  it("no more than a small window bears, however long and many they are, the newest whole or cut with a hint", () => {
    const size = fc.oneof(fc.nat(100), fc.nat(60_000))
    const sizes = fc.array(size, { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(sizes, (lengths) => {
        const events = lengths.flatMap((length, n) => used(skill(`s${n}`, { body: "x".repeat(length) })))
        const transcript = contextAfter(says("m1"), ...events)?.transcript ?? []
        const facts = factsIn(transcript, noFacts)
        expect(factsIn(transcript, facts)).toEqual(facts)
        const text = factLines(facts, [])
        expect(text.length).toBeLessThan(25_000)
        const newest = lengths.length - 1
        expect(text.match(/^<skill /gm)?.length).toBeLessThan(6)
        expect(text).toContain(`<skill name="s${newest}"`)
        if ((lengths.at(-1) ?? 0) > 10_000) expect(text).toContain(`[cut; get_skill s${newest} gives all of it]`)
      }),
      { numRuns: 30 }
    )
  })
})
