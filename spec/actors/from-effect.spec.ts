import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { createActor, setup } from "xstate"
import { fromEffect } from "../../actors/from-effect.ts"

type Event = { readonly type: "told"; readonly what: string }

/** What a machine hears of an Effect that it runs, until it is stopped. */
const heard = async (run: () => Effect.Effect<void>, signal?: AbortSignal) => {
  const events: Array<string> = []
  const work = fromEffect<Event, object, Event>(run, (cause) => [{ type: "told", what: cause }], signal)
  const machine = setup({ types: { events: {} as Event }, actors: { work } }).createMachine({
    invoke: { src: "work", input: {} },
    on: { told: { actions: ({ event }) => events.push(event.what) } }
  })
  const actor = createActor(machine).start()
  await new Promise((resolve) => setTimeout(resolve, 10))
  return { events, actor }
}

describe("an Effect as an actor", () => {
  it("that dies is told to its machine", async () => {
    const { events } = await heard(() => Effect.die(new Error("a bug")))
    expect(events).toEqual([expect.stringContaining("a bug")])
  })

  it("that cannot even be made is told to its machine", async () => {
    const { events } = await heard(() => {
      throw new Error("a bug before the Effect")
    })
    expect(events).toEqual([expect.stringContaining("a bug before the Effect")])
  })

  it("that is interrupted is no bug: by its machine's end, or by the signal", async () => {
    let interrupted = 0
    const endless = () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => void (interrupted += 1)))
    const first = await heard(endless)
    first.actor.stop()
    const end = new AbortController()
    const second = await heard(endless, end.signal)
    end.abort()
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(interrupted).toBe(2)
    expect([...first.events, ...second.events]).toEqual([])
  })
})
