/** How a runtime is: its tree, what broke lately, what waits. Plain data, so that it can go over any wire. */
import { stripVTControlCharacters } from "node:util"
import { redact } from "../llm/redact.ts"
import { isSecret } from "../plugins/ports/environment.ts"
import type { Environment } from "./folders.ts"
import type { ChildKind, ChildView } from "./kernel/child.ts"
import type { LedgerView } from "./kernel/ledger.ts"
import { explain, type Reason } from "./kernel/reason.ts"

export type PluginState = "healthy" | "degraded" | "quarantined" | "disabled"

/** Where a plugin comes from, highest first: of two with one name the higher counts. `given`: by the embedding program. */
export type Tier = "built-in" | "given" | "local" | "global" | "npm"

export interface HealthNode {
  readonly id: string
  readonly kind: ChildKind
  /** `starting`, `running`, `restarting`, `stopping`, `ended`, `quarantined`, or a word of its machine (`thinking`, `asking`). */
  readonly state: string
  /** Milliseconds since the Unix epoch. */
  readonly since: number
  /** Restarts within its period. */
  readonly restarts: number
  readonly lastFailure?: { readonly message: string; readonly at: number }
  readonly breaker?: "closed" | "open" | "half_open"
  readonly mailbox?: { readonly depth: number; readonly capacity: number }
  readonly place?: "in_process" | "worker" | "child"
  readonly pid?: number
  readonly children: ReadonlyArray<HealthNode>
}

export interface Health {
  /** `degraded` when anything below is restarting, quarantined or degraded, or a breaker is not closed. */
  readonly status: "healthy" | "degraded"
  readonly pid: number
  readonly cwd: string
  /** Of new sessions; absent when none is configured. */
  readonly model?: string
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number
  readonly ledger: LedgerView
  /** Bytes. */
  readonly memory: { readonly rss: number; readonly heapUsed: number }
  readonly plugins: Readonly<Record<string, PluginState>>
  /** What is wrong with those that are not healthy, or why they are disabled, in one line each. */
  readonly reasons?: Readonly<Record<string, string>>
  /** Where each of them comes from. */
  readonly tiers?: Readonly<Record<string, Tier>>
  /** How often a seam was made or came to another status since the start: who shows seams looks again when it is another. */
  readonly seams?: number
  readonly tree: HealthNode
}

/** What a runtime knows of itself when it is asked how it is. */
export interface Vitals extends Pick<
  Health,
  "pid" | "cwd" | "model" | "startedAt" | "ledger" | "memory" | "reasons" | "tiers" | "seams"
> {
  /** Of the root supervisor, in start order. */
  readonly children: ReadonlyArray<ChildView>
  /** Of the runtime itself; default `running`. */
  readonly state?: string
  /** What the tree does not show of plugins: who is switched off, who goes on with something missing. */
  readonly plugins?: Readonly<Record<string, PluginState>>
  /** Literal values that no failure may show, see `secretsIn`. */
  readonly secrets?: ReadonlyArray<string>
}

/** Plain data without cycles: only what is named here is copied, whatever else a view or a fact carries. */
export const healthOf = (vitals: Vitals): Health => {
  const {
    pid,
    cwd,
    model,
    startedAt,
    memory,
    reasons,
    tiers,
    seams,
    children,
    state = "running",
    secrets = []
  } = vitals
  const { sent, handled, failed, dead, open } = vitals.ledger
  const nodes = children.map((child) => nodeOf(child, secrets))
  const plugins = pluginStates(nodes, vitals.plugins ?? {})
  return {
    status: nodes.some(isBroken) || Object.values(plugins).some(isBad) ? "degraded" : "healthy",
    pid,
    cwd,
    ...(model !== undefined && { model }),
    startedAt,
    ledger: { sent, handled, failed, dead, open },
    memory: { rss: memory.rss, heapUsed: memory.heapUsed },
    plugins,
    ...(reasons !== undefined && {
      reasons: Object.fromEntries(Object.entries(reasons).map(([name, why]) => [name, oneLine(why, secrets)]))
    }),
    ...(tiers !== undefined && { tiers: { ...tiers } }),
    ...(seams !== undefined && { seams }),
    tree: { id: "runtime", kind: "runtime", state, since: startedAt, restarts: 0, children: nodes }
  }
}

/** Values of variables that are credentials by their name or look. */
export const secretsIn = (env: Environment): ReadonlyArray<string> =>
  Object.entries(env).flatMap(([name, value]) => (value !== undefined && isSecret(name, value) ? [value] : []))

const nodeOf = (view: ChildView, secrets: ReadonlyArray<string>): HealthNode => {
  const { breaker, mailbox, place, pid } = view.facts
  const lastFailure = newest(view, secrets)
  return {
    id: view.id,
    kind: view.kind,
    state: stateOf(view),
    since: view.since,
    restarts: view.restarts,
    ...(lastFailure !== undefined && { lastFailure }),
    ...(breaker !== undefined && { breaker }),
    ...(mailbox !== undefined && { mailbox: { depth: mailbox.depth, capacity: mailbox.capacity } }),
    ...(place !== undefined && { place }),
    ...(pid !== undefined && { pid }),
    children: (view.children ?? []).map((child) => nodeOf(child, secrets))
  }
}

const broken: ReadonlySet<string> = new Set(["restarting", "quarantined", "degraded"])

/** The child's own word while it runs; later only when it is worse than what its supervisor knows. */
const stateOf = ({ state, facts: { state: word } }: ChildView): string => {
  if (word === undefined || broken.has(state)) return state
  return state === "running" || broken.has(word) ? word : state
}

const newest = ({ lastFailure: seen, facts: { lastFailure: told } }: ChildView, secrets: ReadonlyArray<string>) => {
  if (told !== undefined && (seen === undefined || told.at > seen.at))
    return { message: oneLine(told.message, secrets), at: told.at }
  return seen && { message: oneLine(explained(seen.reason), secrets), at: seen.at }
}

/** Reasons hold values that others threw; one of them must not hide the health of all. */
const explained = (reason: Reason): string => {
  try {
    return explain(reason)
  } catch {
    return "a reason that cannot be shown"
  }
}

/** Marks that make text read in another order than it is stored, and what is left of controls. */
const unprintable = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

const oneLine = (text: string, secrets: ReadonlyArray<string>): string =>
  redact(stripVTControlCharacters(text).replace(unprintable, ""), secrets).toWellFormed()

const isBroken = (node: HealthNode): boolean =>
  broken.has(node.state) || (node.breaker ?? "closed") !== "closed" || node.children.some(isBroken)

const isBad = (state: PluginState): boolean => state === "degraded" || state === "quarantined"

/** Least to most telling; a plugin that stands in several places is what tells most. */
const ranks: ReadonlyArray<PluginState> = ["healthy", "degraded", "quarantined", "disabled"]

/** By the plugin's name, which is what stands behind the last `:` of its node's id. */
const pluginStates = (nodes: ReadonlyArray<HealthNode>, told: Readonly<Record<string, PluginState>>) => {
  const states = new Map(Object.entries(told))
  const visit = (node: HealthNode): void => {
    if (node.kind === "plugin") {
      const name = node.id.slice(node.id.lastIndexOf(":") + 1)
      const [now, before] = [pluginState(node), states.get(name) ?? "healthy"]
      states.set(name, ranks.indexOf(now) > ranks.indexOf(before) ? now : before)
    }
    node.children.forEach(visit)
  }
  nodes.forEach(visit)
  return Object.fromEntries(states)
}

const pluginState = (node: HealthNode): PluginState => {
  if (node.state === "quarantined") return "quarantined"
  if (node.state === "ended") return "disabled"
  return isBroken(node) ? "degraded" : "healthy"
}
