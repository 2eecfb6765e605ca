/** A named place for an actor that `actors/` provides: machines say what they need and never how it is done. */
import { type EventObject, fromCallback, type NonReducibleUnknown } from "xstate"

/** @throws when the machine is run without the actor; pure transitions never start one. */
export const slot = <Received extends EventObject, Input extends NonReducibleUnknown>(name: string) =>
  fromCallback<Received, Input>(() => {
    throw new Error(`no actor provided for "${name}"`)
  })
