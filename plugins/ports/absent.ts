/** Ports where there is no session behind a call: each use is refused, and says so. */
import { type Agents, PortError, type Store } from "../ports.ts"
import type { ToolContext } from "../tool.ts"

const refuse = (what: string) => async (): Promise<never> => {
  throw new PortError("missing_dependency", `${what} cannot be used here: there is no session behind this call`)
}

const store: Store = {
  get: refuse("the store"),
  set: refuse("the store"),
  delete: refuse("the store"),
  keys: refuse("the store")
}

export const absentStores: ToolContext["store"] = { session: store, project: store }

export const absentAgents: Agents = {
  about: refuse("agents.about"),
  run: refuse("agents.run"),
  start: refuse("agents.start"),
  list: refuse("agents.list"),
  look: refuse("agents.look"),
  stop: refuse("agents.stop")
}

export const absentAsk: ToolContext["ask"] = async () => ({
  action: "cancel",
  reason: "nobody can be asked here: there is no session behind this call"
})

/** For whoever must hand over a whole context and has no session. */
export const absentPorts: Pick<ToolContext, "session" | "store" | "agents" | "ask"> = {
  session: "",
  store: absentStores,
  agents: absentAgents,
  ask: absentAsk
}
