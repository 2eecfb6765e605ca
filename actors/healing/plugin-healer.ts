/** The healer of one module plugin as an actor: one failure at a time, and what mends is loaded with the first of them. */
import * as Effect from "effect/Effect"
import { fingerprint } from "../plugin/fingerprint.ts"
import { makeActor, actorChild } from "../kernel/actor.ts"
import { askWithin, type Broken, type Healer, type HealOrder, type Mended } from "./healer.ts"
import { privatePackages } from "./packages.ts"
import { isOnProbation } from "./probation.ts"
import { changed } from "./roll-back.ts"
import type { HealingDesk } from "./desk.ts"
import { type Charge, openWard, type Ward } from "./ward.ts"

export const pluginHealer = (charge: Charge, desk: HealingDesk): Healer => {
  const ward = openWard(charge, desk)
  const actor = makeActor<HealOrder, Mended, Ward>(`healer:${charge.name}`, {
    init: () => Effect.succeed(ward),
    handle: (order, ward) =>
      Effect.promise(() => import("./mend.ts")).pipe(
        Effect.flatMap(({ mend }) => mend(order, ward)),
        Effect.map((reply) => ({ reply, state: ward }))
      )
  })
  let begun: Promise<unknown> | undefined
  /** Of the author's files when their examples were tried last: what is mended afterwards, in an overlay, has passed them. */
  let examined: string | undefined
  const begin = Effect.promise(
    () => (begun ??= Effect.runPromise(Effect.ignore(desk.healers.startChild(actorChild(actor, { kind: "healer" })))))
  )
  const ask = (broken: Broken, version: number, within: number | undefined): Effect.Effect<Mended> =>
    desk.settings.enabled
      ? Effect.andThen(begin, askWithin(actor.ref, { broken, version }, within))
      : Effect.succeed({ type: "lost", reason: "healing is switched off", isProposed: false })

  return {
    root: charge.root,
    version: ward.version,
    source: Effect.map(ward.loading, ({ sources }) => ({
      name: charge.name,
      module: charge.module,
      packages: privatePackages(desk.home.folder, charge.root),
      ...(sources.size === 0 ? {} : { sources })
    })),
    mend: (broken, version, left = Number.POSITIVE_INFINITY) =>
      ask(broken, version, Math.min(desk.settings.budget * 1000, left)),
    mendFully: (broken, version) => ask(broken, version, undefined),
    wentWell: (call) => {
      ward.shelf.add(call)
      ward.countGood()
      const isWatched = ward.standing().some((seam) => isOnProbation(seam, ward.goodCalls(seam.id), Date.now()))
      if (isWatched && !call.isPartial) Effect.runFork(ask({ type: "shadow", call }, ward.version(), undefined))
    },
    refute: (seam, reason) => Effect.asVoid(ask({ type: "refuted", seam, reason }, ward.version(), undefined)),
    behind: (tool) => ({
      seams: ward.standing().filter((seam) => seam.tool === undefined || seam.tool === tool),
      flaws: ward.flawsOf(tool)
    }),
    changed: changed(ward),
    renewed: (plugin) => {
      ward.renewed()
      const hasExamples = plugin.tools?.some(({ examples = [] }) => examples.length > 0) ?? false
      if (!hasExamples) return
      const written = fingerprint(charge.module) ?? ""
      if (written === examined) return
      examined = written
      Effect.runFork(ask({ type: "examples" }, ward.version(), undefined))
    }
  }
}
