/**
 * The supervision tree as people think of it: agents, and plugins with their tools and servers. What merely holds these up
 * (hosts, lanes, healers, the supervisors between) are parts of what they serve.
 */
import type { HealthNode, PluginState } from "../../../../actors/health.ts"
import type { Item } from "../outline/outline.ts"
import { isSound, pluginLook, pluginLooks, resting, type Standing, stateOf } from "./looks.ts"
import type { Told } from "./told.ts"

export interface Branch extends Standing {
  readonly kind: string
  /** Absent: it has a state and no actor, as a plugin that nobody has used yet. */
  readonly node?: HealthNode
  readonly parts: ReadonlyArray<HealthNode>
  /** Whose it is, to find its mends; of a tool with `tool`. */
  readonly plugin?: string
  readonly tool?: string
  /** Of a plugin: where it comes from, and what is wrong with it or why it is off. */
  readonly tier?: string
  readonly reason?: string
}

/** @param titles Of sessions by id: an agent is called as its session. */
export const branchesOf = (
  told: Told,
  titles: ReadonlyMap<string, string> = new Map()
): ReadonlyArray<Item<Branch>> => {
  const { tree } = told
  const healers = new Map(
    tree.children
      .filter(({ id }) => id === "healers")
      .flatMap(({ children }) => children)
      .map((node) => [nameIn(node.id), node])
  )
  // Who works stands before what it works with.
  const ordered = [...tree.children.filter(isAgents), ...tree.children.filter((node) => !isAgents(node))]
  const children = ordered.flatMap((node): ReadonlyArray<Item<Branch>> => {
    switch (node.id) {
      case "agents":
        return [
          branch(
            node,
            tree.id,
            node.children.map((agent) => agentItem(agent, tree.id, titles))
          )
        ]
      case "plugins":
        return [branch(node, tree.id, pluginItems(node, tree.id, told, healers))]
      case "healers":
        // Each stands with its plugin; by themselves they are seen only when they are what is broken.
        return isSound(node) ? [] : [generic(node, tree.id)]
      default:
        return [generic(node, tree.id)]
    }
  })
  return [{ ...branch(tree, "", children), isOpen: true }]
}

const isAgents = ({ id }: HealthNode): boolean => id === "agents"

/** Open by itself: the first steps of the tree. */
const branch = (node: HealthNode, above: string, children: ReadonlyArray<Item<Branch>>): Item<Branch> => ({
  id: idIn(above, node.id),
  name: node.id,
  isOpen: true,
  of: { kind: node.kind, ...stateOf(node), node, parts: [] },
  children
})

const generic = (node: HealthNode, above: string): Item<Branch> => {
  const id = idIn(above, node.id)
  const children = node.children.map((child) => generic(child, id))
  return { ...branch(node, above, children), isOpen: !node.children.every(isSound) }
}

const agentItem = (node: HealthNode, above: string, titles: ReadonlyMap<string, string>): Item<Branch> => {
  const item = generic(node, idIn(above, "agents"))
  return { ...item, name: titles.get(node.id) || node.id }
}

/** Those that have an actor, then those that have none. */
const pluginItems = (
  node: HealthNode,
  above: string,
  { plugins, tiers = {}, reasons = {} }: Told,
  healers: ReadonlyMap<string, HealthNode>
): ReadonlyArray<Item<Branch>> => {
  const at = idIn(above, node.id)
  const seen = new Set(node.children.map(({ id }) => nameIn(id)))
  const known = (name: string): AsPlugin => ({
    state: own(plugins, name),
    tier: own(tiers, name),
    reason: own(reasons, name)
  })
  const actors = node.children.map((child): Item<Branch> => {
    const name = nameIn(child.id)
    return pluginItem(child, at, { ...known(name), healer: healers.get(name) })
  })
  const others = Object.entries(plugins).filter(([name]) => !seen.has(name))
  return [...actors, ...others.map(([name]) => restingItem(name, at, known(name)))]
}

/** Names are others': one may be that of something that every object has. */
const own = <Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined

interface AsPlugin {
  readonly state: PluginState | undefined
  readonly tier: string | undefined
  readonly reason: string | undefined
  readonly healer?: HealthNode | undefined
}

const present = ({ tier, reason }: Pick<AsPlugin, "tier" | "reason">): Pick<Branch, "tier" | "reason"> => ({
  ...(tier !== undefined && { tier }),
  ...(reason !== undefined && { reason })
})

const pluginItem = (node: HealthNode, above: string, { state, tier, reason, healer }: AsPlugin): Item<Branch> => {
  const [id, name] = [idIn(above, node.id), nameIn(node.id)]
  const holders = node.children.filter(({ id, kind }) => id === "tools" && kind === "supervisor")
  const hosts = node.children.filter(({ kind }) => kind === "host")
  const rest = node.children.filter((child) => !holders.includes(child) && !hosts.includes(child))
  const tools = holders.flatMap(({ children }) => children).map((tool) => toolItem(tool, id, name))
  const children = [...tools, ...rest.map((child) => generic(child, id))]
  const parts = [
    ...hosts,
    ...holders.filter((holder) => !isSound({ ...holder, children: [] })),
    ...(healer ? [healer] : [])
  ]
  return {
    id,
    name,
    // Its own trouble is told in its own row.
    isOpen: !holders.flatMap(({ children }) => children).every(isSound) || !rest.every(isSound),
    of: {
      kind: "plugin",
      ...pluginLook(node, state),
      node,
      parts,
      plugin: name,
      ...present({ tier, reason })
    },
    children
  }
}

const restingItem = (name: string, above: string, { state = "healthy", tier, reason }: AsPlugin): Item<Branch> => ({
  id: idIn(above, name),
  name,
  isOpen: false,
  of: { kind: "plugin", ...pluginLooks[state], parts: [], plugin: name, ...present({ tier, reason }) },
  children: []
})

const toolItem = (node: HealthNode, above: string, plugin: string): Item<Branch> => {
  const tool = nameIn(node.id)
  const lanes = node.children.filter(({ kind }) => kind === "lane")
  const others = node.children.filter(({ kind }) => kind !== "lane")
  const item = generic({ ...node, children: others }, above)
  const busy = lanes.find(({ state }) => !resting.has(state))
  const own = stateOf(node)
  const state = own.look === "good" && busy !== undefined ? stateOf(busy) : own
  return { ...item, name: tool, of: { ...item.of, ...state, node, parts: lanes, plugin, tool } }
}

/** By what stands behind the last `:`, as plugins and tools are named in ids. */
export const nameIn = (id: string): string => id.slice(id.lastIndexOf(":") + 1)

/** Ids of nodes are unique among siblings only. */
const idIn = (above: string, id: string): string => (above === "" ? id : `${above}/${id}`)
