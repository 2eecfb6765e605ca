/** How the machine is, what was mended in it, and which models there are. */
import { healsFor, healFor } from "../heals.ts"
import { healthFor } from "../health.ts"
import { Refusal } from "../refusal.ts"
import { type Handlers, mustOperate, type Request } from "../request.ts"

const noHeal = (): Refusal => new Refusal("not_found", "there is no such seam; a frame {type: heals} lists them")

const look = ({ guest, desk, seats }: Request) => healthFor(desk.runtime.health(), guest.user, seats.liveOf(guest.user))

export const care: Handlers<"health" | "heals" | "heal" | "heal_accept" | "heal_undo" | "revive" | "models" | "ping"> =
  {
    ping: async (_frame, { answer }) => answer({ type: "pong" }),
    models: async ({ filter }, { desk, answer }) =>
      answer({ type: "models", models: (await desk.models(filter)).map(({ id, name, note }) => ({ id, name, note })) }),
    health: async ({ watch }, request) => {
      const { guest, answer } = request
      answer({ type: "health", health: look(request) })
      if (watch === true) guest.watch(request.watch, () => look(request))
      if (watch === false) guest.watch(undefined)
    },
    heals: async (_frame, { guest, desk, answer }) =>
      answer({ type: "heals", heals: healsFor(await desk.runtime.heals.list(), guest.user) }),
    heal: async ({ id }, { guest, desk, answer }) => {
      const seam = await desk.runtime.heals.find(id)
      if (seam?.id !== id) throw noHeal()
      answer({ type: "heal", heal: healFor(seam, guest.user) })
    },
    heal_accept: ({ id }, request) => settle("accept", id, request),
    heal_undo: ({ id }, request) => settle("undo", id, request),
    revive: async ({ plugin }, request) => {
      mustOperate(request)
      const { plugins } = request.desk.runtime
      if (!plugins.list().some(({ name }) => name === plugin))
        throw new Refusal("not_found", "there is no such plugin; a frame {type: health} names them")
      await plugins.revive(plugin)
      request.answer({ type: "health", health: look(request) })
    }
  }

const settle = async (word: "accept" | "undo", id: string, request: Request): Promise<void> => {
  mustOperate(request)
  const { heals } = request.desk.runtime
  if ((await heals.find(id))?.id !== id) throw noHeal()
  request.answer({ type: "heals", heals: healsFor(await heals[word](id), request.guest.user) })
}
