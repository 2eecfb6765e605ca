/** What the runtime tells of its plugins, held against what happened to them; and a second chance for those it took out of use. */
import type { Runtime } from "../../actors/runtime.ts"
import type { SupervisionEvent } from "../../actors/kernel/supervisor.ts"
import { isAbnormal } from "../../actors/kernel/reason.ts"
import type { HealthNode } from "../../actors/health.ts"
import type { AgentNotice, PluginNews } from "../../machines/events.ts"
import { Complaints, Tally } from "./tally.ts"

/** Milliseconds that a plugin stays out of use before it is revived, and between two tries. */
const rest = 700
/** Milliseconds within which an end must have been told. */
const patience = 1000

interface Told {
  readonly plugin: string
  readonly at: number
  readonly state: PluginNews["state"]
}

export class PluginWatch {
  /** Restarts, quarantines and ends of budgets, by what they are of. */
  readonly events = new Tally()
  readonly revived = new Tally()
  readonly unrevived = new Complaints()
  readonly #runtime: () => Runtime
  readonly #told: Array<Told> = []
  readonly #ends: Array<{ readonly plugin: string; readonly at: number; readonly why: string }> = []
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(runtime: () => Runtime) {
    this.#runtime = runtime
  }

  observe(event: SupervisionEvent): void {
    const [, , plugin = "", part = "", ...rest] = event.path.split("/")
    const what = rest.length > 1 ? "lane" : rest.length === 1 ? "tool" : part === "" ? "plugin" : part
    if (
      event.type === "child.restarting" ||
      event.type === "child.quarantined" ||
      event.type === "supervisor.exhausted"
    )
      this.events.add(`${event.type}: ${event.path.startsWith("runtime/plugins/") ? what : "agent"}`)
    if (event.type === "child.ended" && part === "host" && isAbnormal(event.reason))
      this.#ends.push({ plugin, at: event.at, why: "its host ended" })
    if (event.type === "child.quarantined" && what === "plugin")
      this.#ends.push({ plugin, at: event.at, why: "it was quarantined" })
  }

  hear(notice: AgentNotice): void {
    if (notice.type !== "agent.plugin") return
    const { plugin, state } = notice
    this.#told.push({ plugin, state, at: Date.now() })
    if (state === "quarantined") this.#reviveLater(plugin)
  }

  /** Ends of a plugin's code, and quarantines, after which nobody was told that it is not well. */
  unreported(): Complaints {
    const complaints = new Complaints()
    for (const { plugin, at, why } of this.#ends) {
      const told = this.#told.filter((one) => one.plugin === plugin)
      const before = told.findLast((one) => one.at < at)
      const isTold =
        (before !== undefined && before.state !== "healthy") ||
        told.some((one) => one.state !== "healthy" && one.at >= at - patience && one.at <= at + patience)
      if (!isTold) complaints.add(`${plugin}: ${why}, and nobody was told`)
    }
    return complaints
  }

  /** Plugins that were ever called anything but healthy. */
  blamed(): ReadonlySet<string> {
    return new Set(this.#told.flatMap(({ plugin, state }) => (state === "healthy" ? [] : [plugin])))
  }

  /** No more second chances by themselves. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }

  /** Everything that is out of use now. */
  async reviveAll(): Promise<void> {
    for (const [plugin, state] of Object.entries(this.#runtime().health().plugins))
      if (state === "quarantined") await this.#revive(plugin)
  }

  #reviveLater(plugin: string): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      void this.#revive(plugin)
    }, rest)
    this.#timers.add(timer)
  }

  async #revive(plugin: string): Promise<void> {
    try {
      await this.#runtime().plugins.revive(plugin)
      this.revived.add(plugin)
    } catch (error) {
      this.unrevived.add(`${plugin}: ${String(error)}`)
    }
  }
}

/** Of the process in which a plugin's code runs now. */
export const pidOf = ({ tree }: ReturnType<Runtime["health"]>, plugin: string): number | undefined => {
  const find = (node: HealthNode, matches: (node: HealthNode) => boolean): HealthNode | undefined => {
    if (matches(node)) return node
    for (const child of node.children) {
      const found = find(child, matches)
      if (found !== undefined) return found
    }
    return undefined
  }
  const node = find(tree, ({ kind, id }) => kind === "plugin" && id === plugin)
  return node === undefined ? undefined : find(node, ({ pid }) => pid !== undefined)?.pid
}
