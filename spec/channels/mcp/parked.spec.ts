import { describe, expect, it } from "vitest"
import type { Caller, ClientRequest } from "../../../channels/mcp/offer.ts"
import { carPark, type Leg, type Round } from "../../../channels/mcp/parked.ts"
import { until } from "./served.ts"

const form: ClientRequest = { method: "elicitation/create", params: {} }
const roots: ClientRequest = { method: "roots/list", params: {} }
const sampling: ClientRequest = { method: "sampling/createMessage", params: {} }

const ann = { user: { owner: "name:ann", name: "ann" }, request: "tools/call one" }
const bob = { user: { owner: "name:bob", name: "bob" }, request: "tools/call one" }

const leg = (responses: Leg["responses"] = {}, more: Partial<Leg> = {}): Leg => ({
  signal: new AbortController().signal,
  responses,
  can: {},
  progress: () => {},
  log: () => {},
  ...more
})

const yes = { action: "accept", content: {} }

const stateIn = (round: Round<unknown> | undefined): string => {
  if (round === undefined || !("wanted" in round)) throw new Error(`nothing is wanted: ${JSON.stringify(round)}`)
  return round.wanted.state
}

const asking =
  (...requests: ReadonlyArray<Record<string, ClientRequest>>) =>
  async ({ ask }: Caller) => {
    const answers: Array<unknown> = []
    for (const one of requests) answers.push(await ask(one))
    return answers
  }

describe("work that waits for its client", () => {
  it("goes on where it was when the client comes back, each time under another state", async () => {
    const park = carPark<unknown>()
    let begun = 0
    const first = await park.begin(ann, leg(), async (caller) => {
      begun++
      return asking({ one: form }, { two: roots })(caller)
    })
    expect(first).toMatchObject({ wanted: { requests: { one: form } } })
    const second = await park.resume(ann, leg({ one: yes }), stateIn(first))
    expect(second).toMatchObject({ wanted: { requests: { two: roots } } })
    expect(stateIn(second)).not.toBe(stateIn(first))
    expect(await park.resume(ann, leg({ two: { roots: [] } }), stateIn(second))).toEqual({
      result: [{ one: yes }, { two: { roots: [] } }]
    })
    expect(begun).toBe(1)
  })

  it("is found once, by the same user with the same request", async () => {
    const park = carPark<unknown>()
    const state = stateIn(await park.begin(ann, leg(), asking({ one: form })))
    expect(park.resume(bob, leg({ one: yes }), state)).toBeUndefined()
    expect(park.resume({ ...ann, request: "tools/call two" }, leg({ one: yes }), state)).toBeUndefined()
    expect(park.resume(ann, leg({ one: yes }), `${state}x`)).toBeUndefined()
    expect(await park.resume(ann, leg({ one: yes }), state)).toHaveProperty("result")
    expect(park.resume(ann, leg({ one: yes }), state)).toBeUndefined()
  })

  it.each([
    ["nothing", {}],
    ["another key", { other: yes }],
    ["no object", { one: 7, two: null, three: "x" }],
    ["no action", { one: { action: "maybe" }, two: { roots: {} }, three: { role: "user" } }],
    ["another kind", { one: { roots: [] }, two: yes, three: yes }]
  ])("asks again what was not answered: %s", async (_, responses) => {
    const park = carPark<unknown>()
    const first = await park.begin(ann, leg(), asking({ one: form, two: roots, three: sampling }))
    const second = await park.resume(ann, leg(responses), stateIn(first))
    expect(second).toMatchObject({ wanted: { requests: { one: form, two: roots, three: sampling } } })
    const content = { type: "text", text: "x" }
    const third = await park.resume(ann, leg({ one: yes, two: { roots: [] } }), stateIn(second))
    expect(third).toMatchObject({ wanted: { requests: { three: sampling } } })
    expect(await park.resume(ann, leg({ three: { role: "assistant", content } }), stateIn(third))).toHaveProperty(
      "result"
    )
  })

  it("asks together what is asked at the same time, under keys of their own", async () => {
    const park = carPark<unknown>()
    const first = await park.begin(ann, leg(), ({ ask }) => Promise.all([ask({ one: form }), ask({ one: form })]))
    if (!("wanted" in first)) throw new Error("nothing is wanted")
    const names = Object.keys(first.wanted.requests)
    expect(names).toHaveLength(2)
    const answers = Object.fromEntries(names.map((name) => [name, yes]))
    expect(await park.resume(ann, leg(answers), first.wanted.state)).toHaveProperty("result")
  })

  it("tells its progress to whichever request serves it, and knows what that one can", async () => {
    const park = carPark<unknown>()
    const told: Array<string> = []
    const heard = (name: string): Partial<Leg> => ({
      progress: ({ done }) => told.push(`${name} ${done}`),
      can: name === "second" ? { roots: {} } : {}
    })
    const first = await park.begin(ann, leg({}, heard("first")), async (caller) => {
      caller.progress({ done: 1 })
      await caller.ask({ one: form })
      caller.progress({ done: 2 })
      return caller.can
    })
    const second = await park.resume(ann, leg({ one: yes }, heard("second")), stateIn(first))
    expect(second).toEqual({ result: { roots: {} } })
    expect(told).toEqual(["first 1", "second 2"])
  })

  it("is cancelled with the request that serves it", async () => {
    const park = carPark<unknown>()
    const stop = new AbortController()
    let isStopped = false
    let goesOn = false
    const first = await park.begin(ann, leg(), async ({ ask, signal }) => {
      await ask({ one: form })
      goesOn = true
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()))
      isStopped = true
      throw new Error("stopped")
    })
    const second = park.resume(ann, leg({ one: yes }, { signal: stop.signal }), stateIn(first))
    const ended = second?.catch((error: unknown) => error)
    await until(() => goesOn)
    stop.abort()
    expect(await ended).toMatchObject({ message: "stopped" })
    expect(isStopped).toBe(true)
  })

  it("is given up when the client does not come back in time", async () => {
    const park = carPark<unknown>({ patience: 10, each: 64 })
    let said: unknown
    const first = await park.begin(ann, leg(), ({ ask }) =>
      ask({ one: form }).catch((error: unknown) => (said = error))
    )
    await until(() => said !== undefined)
    expect(said).toMatchObject({ message: "the client did not come back with its answers in time" })
    expect(park.resume(ann, leg({ one: yes }), stateIn(first))).toBeUndefined()
  })

  it("does not wait for a user of whom too much waits, and ends when the server does", async () => {
    const park = carPark<unknown>({ patience: 60_000, each: 1 })
    let stopped = 0
    const work = ({ ask }: Caller) => ask({ one: form }).catch((error: Error) => (stopped++, error.message))
    await park.begin(ann, leg(), work)
    expect(await park.begin(ann, leg(), work)).toMatchObject({ result: expect.stringContaining("too many") })
    expect(await park.begin(bob, leg(), work)).toHaveProperty("wanted")
    park.close()
    await until(() => stopped === 3)
  })

  it("takes an answer that comes with the first request, for those who know the question", async () => {
    const park = carPark<unknown>()
    const round = await park.begin(ann, leg({ one: yes, other: 7 }), asking({ one: form }))
    expect(round).toEqual({ result: [{ one: yes }] })
  })

  it("no longer asks what is no longer wanted", async () => {
    const park = carPark<unknown>()
    const withdrawn = new AbortController()
    const first = await park.begin(ann, leg(), ({ ask }) =>
      Promise.allSettled([ask({ one: form }, withdrawn.signal), ask({ two: form })])
    )
    withdrawn.abort()
    expect(await park.resume(ann, leg({ two: yes }), stateIn(first))).toMatchObject({
      result: [{ status: "rejected" }, { status: "fulfilled" }]
    })
  })
})
