/** What became of the examples of a code: remembered by its hash, so that they need not be tried at every start. */
import { createHash } from "node:crypto"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import { codeOf } from "./code.ts"
import type { Ward } from "./ward.ts"

/** Of a ward, what says which code it is and where that is remembered. */
export interface Examined extends Pick<Ward, "module"> {
  readonly overlay: Effect.Effect<Pick<Effect.Success<Ward["overlay"]>, "sources">>
  readonly desk: { readonly home: Pick<Ward["desk"]["home"], "isKept" | "folder"> }
}

/** By tool, what does not hold. */
export type Flaws = Readonly<Record<string, string>>

/** @returns `undefined` when this code has not been examined yet, or nothing is kept. */
export const rememberedFlaws = (ward: Examined): Effect.Effect<Flaws | undefined> =>
  Effect.map(fileOf(ward), (file) => {
    try {
      return flawsIn(JSON.parse(readFileSync(file, "utf8")))
    } catch {
      return undefined
    }
  })

/**
 * Of the code as it runs now.
 *
 * @param looked `fileOf` before its examples were tried: what was edited meanwhile has not been examined.
 */
export const rememberFlaws = (ward: Examined, flaws: Flaws, looked: string): Effect.Effect<void> =>
  ward.desk.home.isKept
    ? Effect.map(fileOf(ward), (file) => {
        if (file !== looked) return
        mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
        writeFileSync(file, JSON.stringify(flaws), { mode: 0o600 })
      })
    : Effect.void

/** Where it is remembered of the code as it is now; another for every other code. */
export const fileOf = (ward: Examined): Effect.Effect<string> =>
  Effect.map(ward.overlay, ({ sources }) => {
    const code = codeOf({ module: ward.module, sources })
    const hash = createHash("sha256")
    for (const path of code.files()) hash.update(`${path}\0${code.read(path)}\0`)
    return join(ward.desk.home.folder, "examined", `${hash.digest("hex")}.json`)
  })

const flawsIn = (value: unknown): Flaws | undefined => {
  if (typeof value !== "object" || value === null) return undefined
  return Object.fromEntries(Object.entries(value).filter((flaw) => typeof flaw[1] === "string"))
}
