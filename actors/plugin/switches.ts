/** Which plugins are switched off: by the settings, and since the program has begun by its user, whose word counts. */
import type { Settings } from "../settings.ts"
import { type PlacedPlugin, switchedOff } from "./sources.ts"

export interface Switches {
  /** Why a plugin is switched off; `undefined` when it is not. */
  readonly offReason: (one: Pick<PlacedPlugin, "name" | "tier">) => string | undefined
  /** From now on, whatever the settings say. */
  readonly turn: (name: string, state: "on" | { readonly off: string }) => void
  /** Called with each that is turned, by its name. */
  readonly follow: (turned: (name: string, isOn: boolean) => void) => void
}

export const switches = (settings: Settings["plugins"]): Switches => {
  const turned = new Map<string, "on" | { readonly off: string }>()
  const followers: Array<Parameters<Switches["follow"]>[0]> = []
  return {
    offReason: (one) => {
      const state = turned.get(one.name)
      if (state !== undefined) return state === "on" ? undefined : state.off
      return switchedOff(one, settings)
    },
    turn: (name, state) => {
      turned.set(name, state)
      for (const follower of followers) follower(name, state === "on")
    },
    follow: (follower) => void followers.push(follower)
  }
}
