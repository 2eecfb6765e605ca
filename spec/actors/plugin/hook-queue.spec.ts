/** What a plugin is told: in order, one at a time, joined and bounded when it comes too fast. */
import { expect, it } from "vitest"
import { hookQueue } from "../../../actors/plugin/hook-queue.ts"

/** A plugin that hears one thing each time it is let. */
const slow = (room?: number) => {
  const heard: Array<unknown> = []
  const gates: Array<() => void> = []
  const dropped: Array<string> = []
  const queue = hookQueue({
    say: (_, input) =>
      new Promise((resolve) => {
        heard.push(input)
        gates.push(resolve)
      }),
    onDropped: (hook) => dropped.push(hook),
    pause: async () => {},
    ...(room === undefined ? {} : { room })
  })
  const turn = () => new Promise((resolve) => void setImmediate(resolve))
  const next = async () => {
    await turn()
    gates.shift()?.()
    await turn()
  }
  const all = async () => {
    await turn()
    while (gates.length > 0) await next()
    await queue.heard()
  }
  return { queue, heard, dropped, next, all }
}

const update = (text: string, session = "s") => ({ session, text, thinking: "" })

it("tells one after another, never on the stack of whoever tells", async () => {
  const { queue, heard, next, all } = slow()
  for (const text of ["a", "b", "c"]) queue.tell("onTurnStart", { session: "s", text })
  expect(heard).toEqual([])
  await next()
  expect(heard).toHaveLength(2)
  await all()
  expect(heard).toEqual(["a", "b", "c"].map((text) => ({ session: "s", text })))
})

it("joins neighbours of one message and of one call, and no others", async () => {
  const { queue, heard, next, all } = slow()
  queue.tell("onTurnStart", { session: "s", text: "x" })
  await next()
  const told = ["a", "b"].map((text) => update(text))
  queue.tell("onTurnStart", { session: "s", text: "y" })
  for (const one of [...told, update("c", "other"), update("d")]) queue.tell("onMessageUpdate", one)
  queue.tell("onToolExecutionUpdate", { session: "s", callId: "1", tool: "t", text: "e" })
  queue.tell("onToolExecutionUpdate", { session: "s", callId: "1", tool: "t", text: "f" })
  queue.tell("onToolExecutionUpdate", { session: "s", callId: "2", tool: "t", text: "g" })
  await all()
  expect(heard.slice(2)).toEqual([
    update("ab"),
    update("c", "other"),
    update("d"),
    { session: "s", callId: "1", tool: "t", text: "ef" },
    { session: "s", callId: "2", tool: "t", text: "g" }
  ])
})

it("holds no more than it has room for, and says once that it left something out", async () => {
  const { queue, heard, dropped, all } = slow(10)
  for (let n = 0; n < 1000; n += 1) queue.tell("onTurnStart", { session: "s", text: String(n) })
  expect(dropped).toEqual(["onTurnStart"])
  await all()
  expect(heard).toHaveLength(10)
  for (let n = 0; n < 1000; n += 1) queue.tell("onTurnStart", { session: "s", text: String(n) })
  expect(dropped).toHaveLength(1)
  await all()
})

it("bounds what it joins: a flood of text is left out like any other", async () => {
  const { queue, heard, dropped, all } = slow(3)
  for (let n = 0; n < 100; n += 1) queue.tell("onMessageUpdate", update("x".repeat(5000)))
  expect(dropped).toEqual(["onMessageUpdate"])
  await all()
  expect(heard.map((one) => (one as { text: string }).text.length)).toEqual([15_000, 15_000, 15_000])
})

it("tells nothing more once it is closed", async () => {
  const { queue, heard, next, all } = slow()
  for (const text of ["a", "b"]) queue.tell("onTurnStart", { session: "s", text })
  await new Promise((resolve) => void setImmediate(resolve))
  queue.close()
  queue.tell("onTurnStart", { session: "s", text: "c" })
  await next()
  await all()
  expect(heard).toEqual([{ session: "s", text: "a" }])
})

it("tells at once what somebody waits for", async () => {
  const heard: Array<unknown> = []
  const say = async (_: string, input: unknown) => void heard.push(input)
  const until = (signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()))
  const queue = hookQueue({ say, onDropped: () => {}, pause: until })
  await queue.heard()
  for (const text of ["a", "b"]) {
    queue.tell("onTurnStart", { session: "s", text })
    expect(heard).not.toContainEqual({ session: "s", text })
    await queue.heard()
    expect(heard.at(-1)).toEqual({ session: "s", text })
  }
})
