/** Whether a plugin's folder is installed: what it would run is shown word for word, then somebody says yes. */
import * as Effect from "effect/Effect"
import type { Offer } from "../../../actors/manage/install-folder.ts"
import { NotManaged } from "../../../actors/manage/not-managed.ts"
import type { Brought } from "../../../actors/plugin/runtime-plugins.ts"
import type { Io } from "../io.ts"
import { oneLine } from "../printable.ts"
import { askLine, isInteractive } from "../prompt.ts"
import { broughtRows, revealed } from "./brought-rows.ts"

/** @param yes Said beforehand. */
export const consent =
  (io: Io, yes: true | undefined) =>
  (offer: Offer): Effect.Effect<boolean, NotManaged> =>
    Effect.gen(function* () {
      const text = yield* Effect.promise(() => revealed(shown(offer)))
      io.stderr.write(text)
      if (yes || isHarmless(offer)) return true
      if (!isInteractive(io))
        return yield* new NotManaged({
          needsWord: true,
          message: "this needs your word, and there is no terminal to ask in; say yes with -y"
        })
      const act = offer.before === undefined ? "Install" : "Replace"
      const said = yield* Effect.promise(() => askLine(io, `${act} ${offer.name}? [y/N] `))
      return /^y(es)?$/i.test(said)
    })

/** In place of one that runs just the same. */
const isHarmless = ({ before, brings }: Offer): boolean =>
  before !== undefined && runs(before).join("\n") === runs(brings).join("\n")

const runs = ({ hooks, servers }: Brought): ReadonlyArray<string> => [...hooks, ...servers]

const inPlace = ", in place of the one that is there"

const shown = ({ name, version = "", description, brings, origin, before, lacks }: Offer): ReadonlyArray<string> => {
  const { address, ref, commit } = origin
  const from = [address, ref === undefined ? "" : `#${ref}`, commit === undefined ? "" : ` at ${commit.slice(0, 12)}`]
  return [
    `${[name, version].join(" ").trim()} from ${from.join("")}${before === undefined ? "" : inPlace}`,
    ...(description === undefined ? [] : [`  ${oneLine(description, 300)}`]),
    ...broughtRows(brings),
    ...lacks.map((line) => `  note: ${line}`)
  ]
}
