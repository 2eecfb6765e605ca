/** A plugin's place on the shelf: what is known of it before its code was loaded, and what it brings since. */
import * as Effect from "effect/Effect"
import { extensionHooks, type HookOf } from "../../plugins/hooks.ts"
import type { Plugin } from "../../plugins/plugin.ts"
import type { Manifest } from "../hosts/manifest.ts"
import { hookFailed } from "./hook-failed.ts"
import { pluginHooks } from "./hooks.ts"
import { guardOf } from "./slot-guard.ts"
import { slotLife } from "./slot-life.ts"
import type { ModuleCare, Slot, SlotParts } from "./slot-parts.ts"
import type { PlacedPlugin } from "./sources.ts"

export const slotOf = (placed: PlacedPlugin, parts: SlotParts): Slot => {
  const { name, source } = placed
  const { cache, foretold } = parts.care ?? {}
  const remembered = "module" in source ? cache?.find(source.module) : undefined
  const known = "plugin" in source ? source.plugin : remembered && foretold?.(remembered)
  let closing: string | undefined
  const obstacle = (): string | undefined => {
    const hindrance = closing ?? parts.hindrance(slot)
    return hindrance === undefined ? undefined : `it ${hindrance}`
  }
  const life = slotLife({ placed, known, parts, obstacle, slot: () => slot })
  const { made, begin, begun, running, end } = life
  const brings = () => made()?.plugin() ?? known
  const plugin = () => (obstacle() === undefined ? brings() : undefined)
  const time = parts.settings.plugins.hook_timeout * 1000
  const onFailed = hookFailed(name, parts.desk, life.actor)
  const degrade = (reason: string) => made()?.degrade(reason)
  const begins = beginsWith(source, remembered)
  // An object that has nothing to begin with can be asked as it is.
  const isReady = () => "plugin" in source && begins === "use" && made() === undefined && obstacle() === undefined
  const ready = Effect.suspend(() => (isReady() ? Effect.void : running))
  const isOurs = placed.tier === "built-in"
  const hooks = pluginHooks({ name, plugin, time, isOurs, onFailed, ready, degrade })
  const before = "module" in source && known === undefined ? lastOf(source.module, parts.care) : undefined
  const guard = guardOf({
    name,
    plugin,
    hooks,
    obstacle,
    knowledge: (hook) => guardKnowledge(hook, brings(), before, life.declared()),
    begun,
    time
  })
  const slot: Slot = {
    name,
    placed,
    get requires() {
      return life.refused() ?? brings()?.requires ?? []
    },
    begins,
    actor: life.actor,
    made,
    plugin,
    manifest: () => (obstacle() === undefined ? (made()?.host()?.manifest ?? remembered) : undefined),
    called: () => brings()?.name,
    hooks,
    ...guard,
    begin,
    begun,
    running,
    settle: life.settle,
    end,
    close: (why) => {
      closing ??= why
      return end(`it ${why}`)
    }
  }
  return slot
}

const lastOf = (module: string, care: ModuleCare | undefined): Plugin | undefined => {
  const last = care?.cache?.last(module)
  return last && care?.foretold(last)
}

/** What is known of whether it guards: nothing, as long as nobody has ever seen its code run. */
const guardKnowledge = (
  hook: HookOf<"guard">,
  brings: Plugin | undefined,
  before: Plugin | undefined,
  declared: ReadonlyArray<string>
): "none" | "promised" | "unknown" => {
  const known = brings ?? before
  if (known?.[hook] !== undefined) return "promised"
  if ([...declared, ...(brings?.hooks ?? [])].includes(hook)) return "promised"
  return known === undefined ? "unknown" : "none"
}

const beginsWith = (source: PlacedPlugin["source"], remembered: Manifest | undefined): Slot["begins"] => {
  const registers: ReadonlyArray<string> = extensionHooks
  if ("plugin" in source) {
    const { plugin } = source
    const asksForIt = ["start" as const, "hooks" as const, ...extensionHooks].some((name) => plugin[name] !== undefined)
    return asksForIt ? "session" : "use"
  }
  if (remembered === undefined) return "session"
  return remembered.hooks.some((hook) => !registers.includes(hook)) ? "background" : "use"
}
