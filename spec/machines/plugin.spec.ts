import { describe, expect, it } from "vitest"
import { initialTransition, transition } from "xstate"
import type { PluginNews } from "../../machines/events.ts"
import { type PluginEvent, pluginMachine } from "../../machines/plugin.ts"

const live = (...events: ReadonlyArray<PluginEvent>) => {
  let [state] = initialTransition(pluginMachine, { name: "words" })
  const told = events.flatMap((event) => {
    const [next, actions] = transition(pluginMachine, state, event)
    state = next
    return actions
      .filter(({ type }: { type: string }) => type === "xstate.emit")
      .map(({ params }) => (params as { event: PluginNews }).event)
  })
  return { state, news: told.map(({ plugin, state, reason }) => `${plugin} ${state}: ${reason}`) }
}

const started: PluginEvent = { type: "plugin.started" }
const failed: PluginEvent = { type: "plugin.failed", reason: "it ended with code 3" }
const quarantined: PluginEvent = { type: "plugin.quarantined", reason: "too often" }

describe("a plugin", () => {
  it("starts without a word", () => {
    const { state, news } = live(started)
    expect(state.value).toEqual({ running: "healthy" })
    expect(news).toEqual([])
  })

  it("is degraded while it is started again, and healthy after", () => {
    expect(live(started, failed).state.value).toBe("restarting")
    const { state, news } = live(started, failed, failed, started)
    expect(state.value).toEqual({ running: "healthy" })
    expect(state.context.reason).toBe("")
    expect(news).toEqual(["words degraded: it ended with code 3", "words healthy: it runs again"])
  })

  it("tells that its first start failed", () => {
    expect(live(failed).news).toEqual(["words degraded: it ended with code 3"])
  })

  it("goes on with something missing, and says what", () => {
    const { state, news } = live(started, { type: "plugin.degraded", reason: "systemPrompt failed" })
    expect(state.value).toEqual({ running: "degraded" })
    expect(state.context.reason).toBe("systemPrompt failed")
    expect(news).toEqual(["words degraded: systemPrompt failed"])
  })

  it("stays degraded by what failed before it was started", () => {
    const { state, news } = live({ type: "plugin.degraded", reason: "systemPrompt failed" }, started)
    expect(state.value).toEqual({ running: "degraded" })
    expect(news).toEqual(["words degraded: systemPrompt failed"])
  })

  it.each([[[]], [[started]], [[started, failed]]])("is quarantined once after %j, and stays so", (before) => {
    const { state, news } = live(...before, quarantined, quarantined, started, failed)
    expect(state.value).toBe("quarantined")
    expect(news.filter((line) => line === "words quarantined: too often")).toHaveLength(1)
    expect(news.at(-1)).toBe("words quarantined: too often")
  })

  it("gets another chance from the user only", () => {
    expect(live(quarantined, { type: "plugin.revived" }).state.value).toBe("starting")
    expect(live(started, { type: "plugin.revived" }).state.value).toEqual({ running: "healthy" })
  })
})
