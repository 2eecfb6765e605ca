/** How a runtime is, in sentences. */
import type { HealthNode, PluginState } from "../../../../actors/health.ts"
import { nameIn } from "./branches.ts"
import type { Look } from "./looks.ts"
import type { Told } from "./told.ts"

export interface Trouble {
  /** `words is quarantined` */
  readonly fact: string
  /** The failure behind it, as it was told; empty when none was. */
  readonly why: string
  readonly look: Look
  /** Plugin that can be given another chance. */
  readonly revive?: string
}

/** The worst first; none: everything works. */
export const troublesOf = ({ tree, plugins, reasons = {} }: Told): ReadonlyArray<Trouble> => {
  const nodes = new Map(tree.children.flatMap(({ id, children }) => (id === "plugins" ? children : [])).map(named))
  const ofPlugins = Object.entries(plugins).flatMap(([name, state]) =>
    pluginTroubles({ name, state, reason: Object.hasOwn(reasons, name) ? reasons[name] : undefined }, nodes.get(name))
  )
  const others = tree.children.flatMap((node) =>
    node.id === "plugins" ? nodeTroubles({ ...node, children: [] }, "") : nodeTroubles(node, "")
  )
  const ending =
    tree.state === "running" ? [] : [{ fact: `The runtime is ${tree.state}`, why: "", look: "warn" } as const]
  const all = [...ending, ...ofPlugins, ...others]
  return [...all.filter(({ look }) => look === "bad"), ...all.filter(({ look }) => look !== "bad")]
}

const named = (node: HealthNode): readonly [string, HealthNode] => [nameIn(node.id), node]

interface Known {
  readonly name: string
  readonly state: PluginState
  /** Strangers are not told. */
  readonly reason: string | undefined
}

const pluginTroubles = ({ name, state, reason }: Known, node: HealthNode | undefined): ReadonlyArray<Trouble> => {
  const why = reason === undefined ? newestFailure(node) : rootOf(reason)
  if (state === "quarantined") return [{ fact: `${name} is quarantined`, why, look: "bad", revive: name }]
  const below = node === undefined ? [] : nodeTroubles(node, name)
  if (below.length > 0 || state !== "degraded") return below
  return [{ fact: `${name} goes on with something missing`, why, look: "warn" }]
}

/** Every node that is itself in trouble. @param owner The plugin that it belongs to; empty: none. */
const nodeTroubles = (node: HealthNode, owner: string): ReadonlyArray<Trouble> => {
  const name = nameIn(node.id)
  const who = owner === "" || owner === name ? name : `${name} of ${owner}`
  const told = { why: rootOf(node.lastFailure?.message ?? "") }
  const below = node.children.flatMap((child) => nodeTroubles(child, owner))
  if (node.state === "quarantined") return [{ ...told, fact: `${who} is quarantined`, look: "bad" }, ...below]
  if (node.state === "restarting") return [{ ...told, fact: `${who} is being started again`, look: "warn" }, ...below]
  if (node.state === "degraded")
    return [{ ...told, fact: `${who} goes on with something missing`, look: "warn" }, ...below]
  if (node.breaker === "open")
    return [{ ...told, fact: `${who} failed too often and is not called for a while`, look: "bad" }, ...below]
  if (node.breaker === "half_open") return [{ ...told, fact: `${who} is being tried again`, look: "warn" }, ...below]
  return below
}

/**
 * What it all began with: a supervisor that gives up names the failure of its child, which names that of its own
 * (`more than 5 restarts in 60 s; last tools: …; last lane:1: count failed: …`), and the advice that follows is the model's.
 */
export const rootOf = (message: string): string =>
  message.replace(/^.*; last [\w.:#@-]+: /s, "").replace(/; what it had done before is not known.*$/s, "")

/** Of a node and all below it. */
const newestFailure = (node: HealthNode | undefined): string => {
  const failures = (one: HealthNode): ReadonlyArray<NonNullable<HealthNode["lastFailure"]>> => [
    ...(one.lastFailure === undefined ? [] : [one.lastFailure]),
    ...one.children.flatMap(failures)
  ]
  const all = node === undefined ? [] : failures(node)
  return rootOf(all.toSorted((one, other) => other.at - one.at)[0]?.message ?? "")
}

/** For a screen reader, and for the tab of a view. */
export const summaryOf = (told: Told): string => {
  const troubles = troublesOf(told)
  return troubles.length === 0 ? "Everything works." : troubles.map(({ fact }) => `${fact}.`).join(" ")
}
