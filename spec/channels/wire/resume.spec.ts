/** Whatever happens to connections, whoever comes back gets what it missed: everything, in order, once. */
import * as fc from "fast-check"
import { expect, it } from "vitest"
import { played } from "../../actors/played-model.ts"
import { ann, type Client, type Hall, makeHalls } from "./hall.ts"

const halls = makeHalls()

type Act =
  /** Its wire takes so many frames more, or as many as come. */
  | { readonly do: "take"; readonly who: number; readonly frames: number }
  /** Its connection is lost, with whatever was on the way, and it comes back. */
  | { readonly do: "return"; readonly who: number }
  /** It asks again for what it had already. */
  | { readonly do: "again"; readonly who: number; readonly back: number }
  | { readonly do: "say" }
  /** The next message is answered first. */
  | { readonly do: "wait" }
  | { readonly do: "breathe" }

const who = fc.nat(2)
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ do: fc.constant("take" as const), who, frames: fc.constantFrom(0, 1, 2, 5, 1000) }),
  fc.record({ do: fc.constant("return" as const), who }),
  fc.record({ do: fc.constant("again" as const), who, back: fc.nat(4) }),
  fc.record({ do: fc.constant("say" as const) }),
  fc.record({ do: fc.constant("wait" as const) }),
  fc.record({ do: fc.constant("breathe" as const) })
)

/** A client as its user sees it: what it has, over all its connections. */
const reader = ({ connect }: Hall, session_id: string) => {
  let client: Client
  let read = 0
  const has: Array<number> = []
  const responses = new Set<string>()
  /** Takes what came; nothing may be missing before it. What it asked for again comes again. */
  const look = (): void => {
    for (; read < client.frames.length; read += 1) {
      const frame = client.frames[read]
      if (frame?.type === "response") responses.add(frame.message_id)
      if (frame?.type === "resumed") has.length = frame.after
      if (frame?.type !== "event") continue
      expect(frame.seq).toBe(has.length + 1)
      has.push(frame.seq)
    }
  }
  const back = (): void => {
    client = connect(ann)
    read = 0
    client.say({ type: "resume", session_id, after: has.length })
  }
  back()
  return {
    has,
    responses,
    take: (frames: number) => client.take(frames),
    again: (count: number) => {
      look()
      client.say({ type: "resume", session_id, after: Math.max(0, has.length - count) })
    },
    back: () => {
      look()
      client.peer.gone()
      back()
    },
    until: async (last: number) => {
      client.take(Infinity)
      await client.peer.answered()
      look()
      while (has.length < last) {
        await client.next("event")
        look()
      }
    }
  }
}

it("readers that lag, leave, come back and ask again each have the complete list", async () => {
  const run = async (acts: ReadonlyArray<Act>): Promise<void> => {
    const texts = acts.map((_, n) => `reply ${n}`)
    const hall = await halls.open(played(["first", ...texts]), { limits: { lag: Infinity } })
    const speaker = hall.connect(ann)
    speaker.say({ type: "message", content: "go", message_id: "m0" })
    const { session_id } = await speaker.next("response")
    const readers = [0, 1, 2].map(() => reader(hall, session_id))
    const said = ["m0"]
    let answered = 1
    for (const one of acts) {
      if (one.do === "take") readers[one.who]?.take(one.frames)
      if (one.do === "return") readers[one.who]?.back()
      if (one.do === "again") readers[one.who]?.again(one.back)
      if (one.do === "wait" && said.length > answered) {
        await speaker.next("response")
        answered += 1
      }
      if (one.do === "breathe") await new Promise((resolve) => setImmediate(resolve))
      if (one.do !== "say") continue
      said.push(`m${said.length}`)
      speaker.say({ type: "message", content: "more", message_id: said.at(-1) })
    }
    while (new Set(speaker.all("response").map(({ message_id }) => message_id)).size < said.length)
      await speaker.next("response")
    await speaker.next("event")
    const last = speaker.all("event").at(-1)?.seq ?? 0
    for (const one of readers) {
      await one.until(last)
      expect(one.has).toEqual(Array.from({ length: last }, (_, n) => n + 1))
      expect([...one.responses].toSorted()).toEqual(said.toSorted())
    }
    expect(speaker.all("response")).toHaveLength(said.length)
    await hall.hub.stop(0)
    await hall.runtime.close()
  }
  await fc.assert(fc.asyncProperty(fc.array(act, { maxLength: 25 }), run), { numRuns: 25 })
})
