/** A plugin whose commands come and go, for specs of whoever shows and runs them. */
import type { PluginCommand } from "../../plugins/extensions.ts"
import { definePlugin, type Plugin } from "../../plugins/plugin.ts"

export interface Offering {
  readonly plugin: Plugin
  /** From now on there are these. */
  readonly offer: (...commands: ReadonlyArray<PluginCommand>) => void
  /** What was run: `name argument`. */
  readonly ran: ReadonlyArray<string>
  /** How many run now. */
  readonly running: () => number
  /** Lets those end that wait. */
  readonly release: () => void
}

export const makeOffering = (): Offering => {
  const ran: Array<string> = []
  const listeners = new Set<() => void>()
  let gate = Promise.withResolvers<void>()
  let running = 0
  const noted = (name: string, argument: string): void => void ran.push(`${name} ${argument}`.trim())
  let commands: ReadonlyArray<PluginCommand> = [
    {
      name: "facts",
      description: "Shows facts.",
      argument: "[topic]",
      run: (argument) => {
        noted("facts", argument)
        return `**facts** of ${argument === "" ? "all" : argument}`
      }
    },
    {
      name: "hail",
      description: "Says something.",
      run: (argument) => {
        noted("hail", argument)
        return { show: "hailing", say: `Hail ${argument}!` }
      }
    },
    {
      name: "wait",
      description: "Waits.",
      run: async (argument, { signal }) => {
        noted("wait", argument)
        running += 1
        const stopped = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()))
        await Promise.race([gate.promise, stopped])
        running -= 1
        return "waited"
      }
    },
    { name: "review", description: "Stands for more.", argument: "[path]", said: true, run: () => "never" }
  ]
  const plugin = definePlugin({
    name: "offering",
    live: {
      commands: () => commands,
      follow: (changed) => {
        listeners.add(changed)
        return () => void listeners.delete(changed)
      }
    }
  })
  return {
    plugin,
    ran,
    running: () => running,
    offer: (...more) => {
      commands = more
      for (const changed of listeners) changed()
    },
    release: () => {
      gate.resolve()
      gate = Promise.withResolvers()
    }
  }
}
