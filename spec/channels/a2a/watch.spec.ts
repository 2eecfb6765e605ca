import type { StreamResponse } from "@a2a-js/sdk"
import { expect, it } from "vitest"
import { openWatch } from "../../../channels/a2a/watch.ts"
import { advance, born, received } from "../../../channels/a2a/task.ts"
import type { News } from "../../../channels/a2a/news.ts"
import { saying, wordOf } from "./peer.ts"

const message = saying("hello").message ?? expect.unreachable()

/** What is told of the news, as it is handed to whoever reads along. */
const pushed = (...news: ReadonlyArray<News>) => {
  const watch = openWatch()
  let life = received(born("t", "c", 0), message, { now: 0, id: "m" }, "a").life
  for (const one of news) {
    const step = advance(life, one, { now: 0, id: "m" })
    for (const event of step.told) watch.push(event, !step.isKept)
    life = step.life
  }
  return watch
}

const all = async (watch: ReturnType<typeof openWatch>): Promise<ReadonlyArray<string>> => {
  watch.end()
  const words: Array<string> = []
  for (let next: StreamResponse | undefined; (next = await watch.next()) !== undefined;)
    words.push(wordOf(next.payload))
  return words
}

const piece = (text: string): News => ({ type: "piece", text })

it("costs a slow reader no more than what was said, however many pieces it came in", async () => {
  const pieces = Array.from({ length: 10_000 }, (_, nth) => piece(`${nth} `))
  const words = await all(pushed({ type: "started", messages: ["a"] }, ...pieces))
  expect(words).toEqual([
    "WORKING",
    `answer: ${pieces
      .slice(0, -1)
      .map((one) => (one.type === "piece" ? one.text : ""))
      .join("")}`
  ])
})

it("leaves out what the agent did in between, and nothing else", async () => {
  const doing = Array.from({ length: 100 }, (_, nth): News => ({ type: "doing", text: `step ${nth}` }))
  const words = await all(
    pushed(
      { type: "started", messages: ["a"] },
      ...doing,
      { type: "narrated", text: "I look." },
      piece("a"),
      piece("b"),
      { type: "doing", text: "step" },
      { type: "ended", messages: ["a"], end: { state: "completed", text: "c" } }
    )
  )
  expect(words).toEqual(["WORKING", "WORKING: I look.", "answer: a", "WORKING: step", "answer: c.", "COMPLETED"])
})

it("gives what was told before the end, and then no more", async () => {
  const watch = pushed({ type: "started", messages: ["a"] })
  watch.end()
  watch.push({ payload: undefined }, false)
  expect([wordOf((await watch.next())?.payload), await watch.next()]).toEqual(["WORKING", undefined])
})
