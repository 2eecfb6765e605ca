/** How a state looks: a word, a shape and a colour; and what counts as broken. */
import type { HealthNode, PluginState } from "../../../../actors/health.ts"

/** Drawn as a colour and a shape each. rest: it is not there, and nothing is wrong with that. */
export type Look = "good" | "busy" | "warn" | "bad" | "rest"

export interface Standing {
  /** The state in a word. */
  readonly word: string
  readonly look: Look
}

export const pluginLooks: Readonly<Record<PluginState, Standing>> = {
  healthy: { word: "healthy", look: "good" },
  degraded: { word: "degraded", look: "warn" },
  quarantined: { word: "quarantined", look: "bad" },
  disabled: { word: "disabled", look: "rest" }
}

/** What its actor says, unless what is known of it is worse. */
export const pluginLook = (node: HealthNode, state: PluginState = "healthy"): Standing => {
  const own = stateOf(node)
  return own.look === "good" && state !== "healthy" ? pluginLooks[state] : own
}

/** Doing nothing, and able to. */
export const resting: ReadonlySet<string> = new Set(["running", "ready", "idle", "healthy"])

const stateLooks: ReadonlyMap<string, Look> = new Map([
  ["starting", "busy"],
  ["restarting", "warn"],
  ["stopping", "warn"],
  ["degraded", "warn"],
  ["quarantined", "bad"],
  ["ended", "rest"],
  ["asking", "warn"],
  ["login", "warn"]
])

/** Any other word is one of the actor's own machine: it is at work. An open breaker lets nothing through, whatever the state. */
export const stateOf = ({ state, breaker }: HealthNode): Standing => {
  const look = stateLooks.get(state) ?? (resting.has(state) ? "good" : "busy")
  if (look === "good" && breaker === "open") return { word: "breaker open", look: "bad" }
  if (look === "good" && breaker === "half_open") return { word: "breaker half open", look: "warn" }
  return { word: state, look }
}

const broken: ReadonlySet<string> = new Set(["restarting", "quarantined", "degraded"])

/** Nothing is wrong with it, nor below it. */
export const isSound = (node: HealthNode): boolean =>
  !broken.has(node.state) && (node.breaker ?? "closed") === "closed" && node.children.every(isSound)
