/** A reader that has much to catch up with. */
import { NEVER } from "rxjs"
import { expect, it } from "vitest"
import type { Feed, Numbered } from "../../../actors/feed.ts"
import type { Session } from "../../../actors/session-host.ts"
import { follow } from "../../../channels/wire/following.ts"
import type { OutFrame } from "../../../channels/wire/frames.ts"

const last = 1000
const told = Array.from({ length: last }, (_, n): Numbered => ({
  seq: n + 1,
  at: 0,
  notice: { type: "agent.queued", id: String(n) }
}))

it("lets others have their turn, however fast it takes what there is", async () => {
  const feed: Pick<Feed, "last" | "mark" | "read" | "grown"> = {
    last: () => last,
    mark: async () => last,
    read: async (after, limit) => told.slice(after, after + limit),
    grown: NEVER
  }
  const session = { id: "s", feed: () => feed, view: () => ({ questions: [] }) } as unknown as Session // what is used of it
  const sent: Array<OutFrame> = []
  const wire = { send: (frame: OutFrame) => void sent.push(frame), isFree: () => true }
  const following = follow({ session, wire, from: 0, lag: 500, onBroken: () => {} })
  await new Promise((resolve) => setImmediate(resolve))
  expect(sent.length).toBeGreaterThan(0)
  expect(sent.length).toBeLessThan(last / 2)
  await following.caughtUp()
  expect(sent).toHaveLength(last)
  following.end()
})
