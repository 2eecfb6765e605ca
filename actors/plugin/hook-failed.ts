/** What becomes of a hook that failed: shown, recorded, and mended for the next time where that can be. */
import * as Effect from "effect/Effect"
import type { HookContract } from "../../healing/hook.ts"
import type { HealingDesk } from "../healing/desk.ts"
import { type HookNote, noteHook } from "../healing/note.ts"
import type { PluginActor } from "../plugin.ts"
import type { pluginHooks } from "./hooks.ts"

/** What cannot be recorded is logged at least. */
export const noted = (desk: HealingDesk, note: HookNote): void =>
  void noteHook(desk, note).catch((error) => desk.log(`${note.plugin}: ${String(error)}`))

/** It is shown, recorded, and, where the hook lacks something that can be given to it, mended for the next time. */
export const hookFailed =
  (name: string, desk: HealingDesk, actor: () => PluginActor): Parameters<typeof pluginHooks>[0]["onFailed"] =>
  (hook: HookContract, failure, losses, input) => {
    const { degrade, healer } = actor()
    degrade(`its ${hook.name} failed: ${failure.said}`)
    noted(desk, { plugin: name, hook, failure, losses })
    if (healer !== undefined) Effect.runFork(healer.mend({ type: "hook", hook, failure, input }, healer.version()))
  }
