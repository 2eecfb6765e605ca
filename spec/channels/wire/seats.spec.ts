/** Places of sessions: none stays that nobody needs, none goes that somebody uses. */
import { expect, it } from "vitest"
import { newSessionId } from "../../../actors/journal/session-id.ts"
import type { Session } from "../../../actors/session-host.ts"
import { openGuest } from "../../../channels/wire/guest.ts"
import { deskOf, type Host } from "../../../channels/wire/parts.ts"
import { places } from "../../../channels/wire/requests/places.ts"
import { openSeats } from "../../../channels/wire/seats.ts"
import { openWatch } from "../../../channels/wire/watch.ts"
import { ann, makeClock } from "./hall.ts"

const room = (open: () => Promise<Session>) => {
  const clock = makeClock()
  const runtime = { open, list: async () => [], model: undefined } as unknown as Host // what is used of it
  const place = { cwd: "/", permissions: "ask" } as const
  const desk = deskOf({ runtime, version: "0", place, models: async () => [], clock, limits: { reserved: 2 } })
  const seats = openSeats(desk, () => false)
  const wire = { send: () => {}, isFree: () => true, end: () => {} }
  const guest = openGuest(desk, seats, ann, wire)
  const ways = { answer: () => {}, aside: () => {} }
  const request = { guest, desk, seats, watch: openWatch(clock), isStopping: () => false, ...ways }
  return { seats, request }
}

it("leaving what nobody is in leaves nothing behind", async () => {
  const { seats, request } = room(() => Promise.reject(new Error("nothing is opened")))
  for (let n = 0; n < 10; n += 1) await places.leave({ type: "leave", session_id: newSessionId(n) }, request)
  expect(seats.all()).toEqual([])
})

it("what is being opened is not forgotten for others that are reserved", async () => {
  const { seats } = room(() => new Promise(() => {}))
  const first = seats.reserve(ann)
  void first.using(() => first.session())
  for (let n = 0; n < 10; n += 1) seats.reserve(ann)
  expect(seats.all()[0]).toBe(first)
  expect(seats.all().length).toBeLessThan(5)
})
