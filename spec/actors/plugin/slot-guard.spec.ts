/** A guard whose code is on its way is waited for, and only what was meant to guard denies without it. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { describe, expect, it } from "vitest"
import { type GuardParts, guardOf } from "../../../actors/plugin/slot-guard.ts"
import type { Plugin } from "../../../plugins/plugin.ts"
import { refuse } from "../../../plugins/tool.ts"

const attempt = { session: "s", callId: "c", tool: "t", input: 1 }
const gate: Plugin = { name: "gate", beforeToolExecute: () => undefined, beforeUserMessage: () => undefined }
const no = refuse("permission_denied", "the guard says no")

/** What becomes of a call, and of a message, while the plugin's code is loaded, and whether it was waited for. */
const asked = async (after: Plugin | undefined, more: Partial<GuardParts> = {}) => {
  const loading = Promise.withResolvers<void>()
  let isLoaded = false
  const plugin = () => (isLoaded ? after : undefined)
  const { guard, admit, guards } = guardOf({
    name: "gate",
    plugin,
    hooks: { has: () => true, guard: () => Effect.fail(no), admit: () => Effect.fail(no) },
    obstacle: () => undefined,
    knowledge: () => (plugin() === undefined ? "unknown" : "none"),
    begun: Effect.promise(() => loading.promise),
    time: 60_000,
    ...more
  })
  const call = Effect.runPromiseExit(guard(attempt))
  const message = Effect.runPromiseExit(admit({ session: "s", id: "m", text: "hello" }))
  const isGated = guards("beforeUserMessage")
  isLoaded = true
  loading.resolve()
  const [exit, said] = [await call, await message]
  // What would never be asked is never in the way, and the other way round.
  expect(Exit.isSuccess(said) || isGated).toBe(true)
  expect(Exit.isSuccess(said)).toBe(Exit.isSuccess(exit))
  return Exit.isSuccess(exit) ? exit.value.input : "denied"
}

describe("a call before the plugin's code was ever loaded", () => {
  it("waits for it, and is denied by the guard that it brings", async () => {
    expect(await asked(gate)).toBe("denied")
  })

  it("goes on when it brings none, or nothing could be loaded and nobody said that it guards", async () => {
    expect(await asked({ name: "gate" })).toBe(1)
    expect(await asked(undefined)).toBe(1)
  })

  it("is denied when it was to guard and could not be loaded, or not in its time", async () => {
    expect(await asked(undefined, { knowledge: () => "promised" })).toBe("denied")
    expect(await asked(undefined, { knowledge: () => "promised", begun: Effect.never, time: 10 })).toBe("denied")
  })
})
