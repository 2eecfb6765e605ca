/** The tree of a session: looking at it, naming a point, going on from another. */
import { Refusal } from "../refusal.ts"
import type { Handlers, Request } from "../request.ts"
import type { Seat } from "../seat.ts"

const fresh = (): Refusal => new Refusal("refused", "nothing was said in this session yet")

const begun = ({ guest }: Request, frame: { readonly session_id?: string }): Seat | undefined => {
  const seat = guest.seatOf(frame)
  return seat.isNew() && seat.live() === undefined ? undefined : seat
}

export const points: Handlers<"tree" | "fork" | "switch"> = {
  tree: async (frame, request) => {
    const seat = begun(request, frame)
    const session_id = seat?.id ?? request.guest.seatOf(frame).id
    const nodes = (await seat?.using(async () => (await seat.session()).tree())) ?? []
    request.answer({ type: "tree", nodes: [...nodes], session_id })
  },
  fork: async (frame, request) => {
    const seat = begun(request, frame)
    if (seat === undefined) throw fresh()
    const node = await seat.using(async () => (await seat.session()).fork(frame.label))
    request.answer({ type: "point", node, session_id: seat.id })
  },
  switch: async (frame, request) => {
    const seat = begun(request, frame)
    if (seat === undefined) throw fresh()
    await seat.using(async () => {
      const node = await (await seat.session()).switch(frame.to)
      request.answer({ type: "point", node, session_id: seat.id })
      for (const looker of seat.lookers()) looker.moved()
    })
  }
}
