/** A hook that was answered for, recorded: what failed, and what is missing because of it. */
import type { Failure } from "../../healing/failure.ts"
import { fingerprintOf } from "../../healing/fingerprint.ts"
import type { HookContract } from "../../healing/hook.ts"
import { type HealingDesk, newSeam } from "./desk.ts"

export interface HookNote {
  readonly plugin: string
  readonly hook: HookContract
  readonly failure: Failure
  /** One line each. */
  readonly losses: ReadonlyArray<string>
}

/** Each failure of each hook once in the life of a runtime, however often it happens. */
const noted = new WeakMap<HealingDesk, Set<string>>()

export const noteHook = async (desk: HealingDesk, { plugin, hook, failure, losses }: HookNote): Promise<void> => {
  const known = noted.get(desk) ?? new Set()
  noted.set(desk, known)
  const key = `${plugin} ${hook.name} ${fingerprintOf(failure)}`
  if (known.has(key)) return
  known.add(key)
  const strategy = failure.kind === "missing_hook" ? "stub" : "wrap"
  const isGuard = hook.kind === "guard"
  const summary = isGuard
    ? `its ${hook.name} failed, so it denies`
    : strategy === "stub"
      ? `its ${hook.name} is missing; a stub that does nothing stands in`
      : `its ${hook.name} failed; nothing is answered in its place`
  const seam = newSeam(failure, {
    plugin,
    hook: hook.name,
    rungs: [{ strategy, outcome: isGuard ? "failed" : "healed", reason: losses.join("; ") || summary }],
    state: isGuard ? "contained" : "degraded",
    summary,
    degraded: isGuard ? [] : losses
  })
  const ledger = await desk.ledger()
  ledger.commit(seam, "noted")
  desk.announce({ ...seam, status: "noted" })
}
