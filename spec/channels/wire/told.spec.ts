/** What is told beside events, from the notices alone. */
import { expect, it } from "vitest"
import { after, responsesTo, type Standing } from "../../../channels/wire/told.ts"
import type { AgentNotice } from "../../../machines/events.ts"

const call = (id: string) => ({ type: "call" as const, id, name: "t", input: {} })
const said = (...ids: ReadonlyArray<string>): AgentNotice => ({
  type: "agent.said",
  message: { role: "assistant", model: "m/m", content: ids.map(call) }
})
const acting = (id: string): AgentNotice => ({ type: "agent.acting", call: call(id) })
const settled = (id: string): AgentNotice => ({ type: "agent.settled", call: call(id), answer: { success: true } })
const spent = { usage: { input: 1, output: 2, cacheRead: 0, cacheWrite: 0 } }
const replied: AgentNotice = { type: "agent.replied", text: "ok", verified: true, messages: ["m1", "m2"], spent }

const statuses = (notices: ReadonlyArray<AgentNotice>): ReadonlyArray<Standing["status"]> => {
  let standing: Standing = {}
  return notices.map((notice) => (standing = after(standing, notice)).status)
}

it("acts until all calls of a reply are settled", () => {
  const turn = [said("a", "b"), acting("a"), acting("b"), settled("b"), settled("a"), said(), replied]
  expect(statuses([{ type: "agent.started", messages: [] }, ...turn])).toEqual([
    "thinking",
    "thinking",
    "acting",
    "acting",
    "acting",
    "thinking",
    "thinking",
    "done"
  ])
  expect(statuses([acting("a"), settled("a")])).toEqual(["acting", "thinking"])
})

it("answers each message of the user's, and no result of an agent in the background", () => {
  const end = { ...replied, messages: ["m1", "background:1", "m2"] }
  const responses = responsesTo({ seq: 7, at: 0, notice: end }, "s")
  expect(responses.map(({ message_id }) => message_id)).toEqual(["m1", "m2"])
  expect(responses[0]).toMatchObject({ seq: 7, session_id: "s", verified: true, cost: null, usage: spent.usage })
  expect(responsesTo({ seq: 1, at: 0, notice: said() }, "s")).toEqual([])
})
