import { describe, expect, it } from "vitest"
import { eventLog } from "../../../channels/mcp/event-log.ts"

const message = (method: string) => ({ jsonrpc: "2.0" as const, method })

/** What a client gets that saw this id last: ids and messages, and the stream that it is on. */
const missed = async (log: ReturnType<typeof eventLog>, id: string) => {
  const sent: Array<readonly [string, unknown]> = []
  const stream = await log.replayEventsAfter(id, { send: async (number, one) => void sent.push([number, one]) })
  return { stream, sent }
}

describe("what a client missed", () => {
  it("is what came after on its stream, in order, and nothing of another stream", async () => {
    const log = eventLog()
    const ids: Array<string> = []
    for (const [stream, method] of [
      ["a", "one"],
      ["b", "two"],
      ["a", "three"],
      ["a", "four"]
    ] as const)
      ids.push(await log.storeEvent(stream, message(method)))
    const [one = "", two = "", three, four] = ids
    expect(await missed(log, one)).toEqual({
      stream: "a",
      sent: [
        [three, message("three")],
        [four, message("four")]
      ]
    })
    expect(await missed(log, two)).toEqual({ stream: "b", sent: [] })
    expect(await log.getStreamIdForEventId?.(two)).toBe("b")
  })

  it("is nothing for an id that was never given", async () => {
    const log = eventLog()
    await log.storeEvent("a", message("one"))
    for (const id of ["", "0", "7", "-1", "1e0", "one", "9".repeat(40)]) {
      expect(await log.getStreamIdForEventId?.(id)).toBeUndefined()
      expect((await missed(log, id)).sent).toEqual([])
    }
  })

  it.each([
    ["messages", { messages: 3, size: 1e6 }],
    ["characters", { messages: 1e6, size: 3 * JSON.stringify(message("m0")).length }]
  ])("is the newest of it where there were too many %s", async (_, most) => {
    const log = eventLog(most)
    const ids: Array<string> = []
    for (let n = 0; n < 9; n++) ids.push(await log.storeEvent("a", message(`m${n}`)))
    const kept = await Promise.all(ids.map((id) => log.getStreamIdForEventId?.(id)))
    expect(kept).toEqual([...Array.from({ length: 6 }), "a", "a", "a"])
    expect((await missed(log, ids[6] ?? "")).sent.map(([id]) => id)).toEqual(ids.slice(7))
  })
})
