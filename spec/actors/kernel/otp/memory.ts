/** Whether the engine has let go of something: a collection is asked for, not waited for. */
import * as Effect from "effect/Effect"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

setFlagsFromString("--expose-gc")
const collect: unknown = runInNewContext("gc")
setFlagsFromString("--no-expose-gc")

export const areCollected = (kept: ReadonlyArray<WeakRef<WeakKey>>): Effect.Effect<boolean> =>
  Effect.promise(async () => {
    const areGone = () => kept.every((each) => each.deref() === undefined)
    for (let round = 0; round < 5 && !areGone(); round++) {
      // A weak reference holds on until the job that looked at it is over.
      await new Promise(setImmediate)
      if (typeof collect === "function") collect()
    }
    return areGone()
  })
