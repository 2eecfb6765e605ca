/** The seams of a server, and the user's word about them, over a connection. */
import type { Heals } from "../../actors/healing/heals.ts"
import type { SeamView } from "../../healing/ledger.ts"
import { RemoteError } from "./remote-error.ts"
import type { Requests } from "./requests.ts"

export const remoteHeals = (ask: Requests["ask"]): Heals => {
  // The server made them from values of this type.
  const list: Heals["list"] = async () => (await ask({ type: "heals" }, "heals")).heals as ReadonlyArray<SeamView>
  return {
    list,
    find: async (id) => {
      try {
        return (await ask({ type: "heal", id }, "heal")).heal as SeamView // as above
      } catch (error) {
        if (error instanceof RemoteError && error.code === "not_found") return undefined
        throw error
      }
    },
    accept: async (id) => (await ask({ type: "heal_accept", id }, "heals")).heals as ReadonlyArray<SeamView>, // as above
    undo: async (id) => (await ask({ type: "heal_undo", id }, "heals")).heals as ReadonlyArray<SeamView> // as above
  }
}
