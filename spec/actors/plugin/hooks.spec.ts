/** Hooks of a plugin whose code is not there yet, or not there any more: known by what it brings, asked when it runs. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { expect, it } from "vitest"
import { pluginHooks } from "../../../actors/plugin/hooks.ts"
import type { Plugin } from "../../../plugins/plugin.ts"

const attempt = { session: "s", callId: "c", tool: "t", input: { a: 1 } }

/** Known from before, as a stand-in; its code comes when it is let. */
const coming = (time = 5000) => {
  const stale = (): never => {
    throw new Error("its code is not here")
  }
  const heard: Array<string> = []
  const real: Plugin = {
    name: "p",
    priority: { systemPrompt: 3 },
    systemPrompt: () => "the real one",
    beforeToolExecute: () => ({ input: { a: 2 } }),
    onTurnStart: ({ text }) => void heard.push(text)
  }
  const known: Plugin = { ...real, systemPrompt: stale, beforeToolExecute: stale, onTurnStart: stale }
  const there = Deferred.makeUnsafe<void, Error>()
  let current = known
  const [failed, degraded]: [Array<string>, Array<string>] = [[], []]
  const hooks = pluginHooks({
    name: "p",
    plugin: () => current,
    ready: Deferred.await(there),
    time,
    onFailed: ({ name }) => void failed.push(name),
    degrade: (reason) => void degraded.push(reason)
  })
  return {
    hooks,
    heard,
    failed,
    degraded,
    come: () => {
      current = real
      Deferred.doneUnsafe(there, Effect.void)
    },
    goAway: () => Deferred.doneUnsafe(there, Effect.fail(new Error("it is out of use")))
  }
}

it("wait for its code, each as it may", async () => {
  const { hooks, heard, failed, degraded, come } = coming()
  expect(hooks.has("systemPrompt")).toBe(true)
  expect(hooks.has("onTurnEnd")).toBe(false)
  expect([hooks.priority("systemPrompt"), hooks.priority("onTurnStart")]).toEqual([3, 0])
  const said = Effect.runPromise(hooks.ask("systemPrompt", {}))
  const guarded = Effect.runPromise(hooks.guard(attempt))
  for (const text of ["1", "2"]) hooks.tell("onTurnStart", { session: "s", text })
  come()
  expect(await said).toBe("the real one")
  expect(await guarded).toEqual({ input: { a: 2 } })
  await hooks.heard()
  expect(heard).toEqual(["1", "2"])
  expect([failed, degraded]).toEqual([[], []])
})

it("that cannot wait any longer are answered for, without blaming the hook; a guard denies", async () => {
  const { hooks, failed, degraded } = coming(20)
  expect(Exit.isFailure(await Effect.runPromiseExit(hooks.ask("systemPrompt", {})))).toBe(true)
  const denied = await Effect.runPromise(Effect.flip(hooks.guard(attempt)))
  expect(denied).toMatchObject({ success: false, errorClass: "permission_denied" })
  expect(failed).toEqual([])
  expect(degraded).toEqual([
    expect.stringContaining("its systemPrompt was not asked: its code was not there"),
    expect.stringContaining("its beforeToolExecute was not asked")
  ])
})

it("of a plugin that is out of use are answered for at once; a guard denies, observers are let off", async () => {
  const { hooks, heard, failed, goAway } = coming()
  goAway()
  for (let n = 0; n < 10; n += 1) {
    expect(Exit.isFailure(await Effect.runPromiseExit(hooks.ask("systemPrompt", {})))).toBe(true)
    const denied = await Effect.runPromise(Effect.flip(hooks.guard(attempt)))
    expect(denied.error).toContain("out of use")
    hooks.tell("onTurnStart", { session: "s", text: "x" })
  }
  await hooks.heard()
  expect([heard, failed]).toEqual([[], []])
})
