/** Health as it came over the wire: what the view counts on is checked, the rest may be missing. */
import type { Health, HealthNode, PluginState } from "../../../../actors/health.ts"

/** What strangers are not told is absent. */
export type Told = Pick<Health, "status" | "plugins" | "tree"> & Partial<Omit<Health, "status" | "plugins" | "tree">>

/** @returns `undefined` when it is nothing that could be shown. */
export const readHealth = (json: unknown): Told | undefined => (isTold(json) ? json : undefined)

const isTold = (json: unknown): json is Told =>
  isThing(json) &&
  (json["status"] === "healthy" || json["status"] === "degraded") &&
  isThing(json["plugins"]) &&
  areTexts(json["reasons"]) &&
  areTexts(json["tiers"]) &&
  Object.values(json["plugins"]).every(isState) &&
  isNode(json["tree"])

const states: ReadonlySet<unknown> = new Set<PluginState>(["healthy", "degraded", "quarantined", "disabled"])
const isState = (value: unknown): boolean => states.has(value)

const areTexts = (json: unknown): boolean =>
  json === undefined || (isThing(json) && Object.values(json).every((text) => typeof text === "string"))

const isNode = (json: unknown): json is HealthNode => {
  if (!isThing(json)) return false
  const { id, kind, state, since, restarts, children, lastFailure } = json
  return (
    [id, kind, state].every((text) => typeof text === "string") &&
    [since, restarts].every((count) => typeof count === "number") &&
    (lastFailure === undefined || isFailure(lastFailure)) &&
    Array.isArray(children) &&
    children.every(isNode)
  )
}

const isFailure = (json: unknown): boolean =>
  isThing(json) && typeof json["message"] === "string" && typeof json["at"] === "number"

const isThing = (json: unknown): json is Readonly<Record<string, unknown>> => typeof json === "object" && json !== null
