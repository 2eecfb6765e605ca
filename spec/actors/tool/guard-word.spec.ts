/** What guards may say of a call, from whom it counts, and what it goes past. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { hookBus, type Listener } from "../../../actors/plugin/hook-bus.ts"
import { pluginHooks } from "../../../actors/plugin/hooks.ts"
import { guardOf } from "../../../actors/plugin/slot-guard.ts"
import { decidedWith, heard, nobodyToAsk, shownWith } from "../../../actors/tool/guard-word.ts"
import type { Hooks, ToolAttempt } from "../../../plugins/hooks.ts"
import { decide, type Mode } from "../../../plugins/permission.ts"
import type { Plugin } from "../../../plugins/plugin.ts"

type Said = Awaited<ReturnType<Hooks["beforeToolExecute"]>>

const attempt = { session: "s", callId: "c", tool: "work", input: "as it was" }

const listener = (name: string, said: (attempt: ToolAttempt) => Said, isOurs = true): Listener => {
  const plugin: Plugin = { name, beforeToolExecute: said }
  const parts = { name, plugin: () => plugin, time: 1000, isOurs, ready: Effect.void, degrade: () => {} }
  const hooks = pluginHooks({ ...parts, onFailed: () => {} })
  const guard = guardOf({ ...parts, hooks, obstacle: () => undefined, knowledge: () => "promised", begun: Effect.void })
  return { name, hooks, ...guard }
}

/** What is left when these are asked one after the other; why, when it is refused. */
const left = async (...all: ReadonlyArray<Listener>) => {
  const exit = await Effect.runPromise(Effect.exit(hookBus(() => all).guard(attempt)))
  return Exit.isSuccess(exit) ? exit.value : "refused"
}

const says = (name: string, said: Said) => listener(name, () => said)

describe("guards, one after another,", () => {
  it("change the input, ask and give leave; of two questions the first is asked", async () => {
    expect(await left(says("a", undefined))).toEqual({ input: "as it was" })
    expect(await left(says("a", { ask: "one", input: 1 }), says("b", { ask: "two" }))).toEqual({
      input: 1,
      ask: { plugin: "a", reason: "one" }
    })
    expect(await left(says("a", { allow: "known", input: 1 }))).toEqual({
      input: 1,
      allow: { plugin: "a", reason: "known" }
    })
  })

  it("give leave for the input that they saw, not for what a later one makes of it", async () => {
    expect(await left(says("a", { allow: "known" }), says("b", { input: "other" }))).toEqual({ input: "other" })
    expect(await left(says("a", { allow: "known" }), says("b", { ask: "why", input: "other" }))).toEqual({
      input: "other",
      ask: { plugin: "b", reason: "why" }
    })
    expect(await left(says("a", { input: "other" }), says("b", { allow: "known" }))).toMatchObject({
      allow: { plugin: "b" }
    })
  })

  it("refuse with one no, with words that nobody can read, and with leave that is not theirs to give", async () => {
    expect(await left(says("a", { allow: "known" }), says("b", { deny: "no" }))).toBe("refused")
    const unreadable: ReadonlyArray<object> = [{}, { ask: 1 }, { allow: "x", ask: "y" }, { deny: "x", allow: "y" }]
    for (const said of unreadable) expect(await left(says("a", said as Said))).toBe("refused")
    expect(await left(listener("stranger", () => ({ allow: "trust me" }), false))).toBe("refused")
  })
})

describe("leave", () => {
  const modes = fc.constantFrom<Mode>("plan", "ask", "edits", "auto")
  const rules = fc.constantFrom<ReadonlyArray<string>>([], ["work"], ["other"])
  const cases = fc.record({ mode: modes, allow: rules, ask: rules, deny: rules, only: rules, isNarrowed: fc.boolean() })
  const decided = ({
    only,
    isNarrowed,
    ...policy
  }: { mode: Mode; only: ReadonlyArray<string>; isNarrowed: boolean } & Record<
    "allow" | "ask" | "deny",
    ReadonlyArray<string>
  >) =>
    decide(
      { ...policy, ...(isNarrowed && { only: [{ by: "skill", rules: only }] }) },
      { tool: "work", risk: "execute", preview: {}, cwd: "/" }
    )
  const word = { input: 1 }
  const allow = { plugin: "a", reason: "known" }
  const ask = { plugin: "b", reason: "why" }

  it("goes past the question of the mode and nothing else, and a guard's question past nothing but a no", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (policy) => {
        const before = await decided(policy)
        const isAskedByMode = before.type === "ask" && !policy.ask.includes("work")
        expect(decidedWith(before, { ...word, allow })).toEqual(isAskedByMode ? { type: "allow" } : before)
        const asked = before.type === "deny" ? before : { type: "ask", by: "rule" }
        expect(decidedWith(before, { ...word, ask })).toEqual(asked)
        expect(decidedWith(before, { ...word, ask, allow })).toEqual(asked)
        expect(decidedWith(before, word)).toEqual(before)
      })
    )
  })

  it("of the tool that the model called is none for the tool that it stands for, but a question is", () => {
    expect(heard({ word: { input: 1, ask, allow } }, word)).toEqual({ input: 1, ask })
    expect(heard({}, { ...word, allow })).toEqual({ ...word, allow })
  })

  it("is asked for with the reason before what else is said, and refused with it where nobody is", () => {
    expect(shownWith({ command: "make" }, { ...word, ask })).toEqual({
      command: "make",
      summary: "plugin b wants you asked: why"
    })
    expect(shownWith({ summary: "makes" }, { ...word, ask }).summary).toBe("plugin b wants you asked: why · makes")
    expect(shownWith({ summary: "makes" }, word)).toEqual({ summary: "makes" })
    expect(nobodyToAsk("", { ...word, ask })).toContain("why")
    expect(nobodyToAsk("work", word)).toContain('"work"')
  })
})
