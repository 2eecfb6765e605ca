/** Hooks that a plugin says it has and has not: stubbed and shown, or, where it may not do without them, refused. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { type Failure, missingHook } from "../../healing/failure.ts"
import { missingHooks, stub } from "../../healing/stub.ts"
import { type HookContract, hookContracts, hookNames, isHook } from "../../plugins/hooks.ts"
import type { Plugin } from "../../plugins/plugin.ts"
import { codeOf } from "../hosts/plugin-folder.ts"

export interface Stubbed {
  readonly hook: HookContract
  readonly failure: Failure
  /** What is missing from now on, one line each. */
  readonly losses: ReadonlyArray<string>
}

/**
 * @param declared By its package.
 * @returns a stub for each hook that is missing. Fails when it may not be loaded without one.
 */
export const stubbed = (
  plugin: Plugin,
  declared: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<Stubbed>, Error> => {
  const promised = [...new Set([...(plugin.hooks ?? []), ...declared])]
  const present = hookNames.filter((name) => plugin[name] !== undefined)
  return Effect.forEach(missingHooks(promised, present).filter(isHook), (name) => {
    const [hook, failure] = [hookContracts[name], missingHook(name)]
    return stub.mend({ plugin: plugin.name, hook, failure, recorded: [] }).pipe(
      Effect.map(({ degraded }): Stubbed => ({ hook, failure, losses: degraded })),
      Effect.mapError(({ reason }) => new Error(reason))
    )
  })
}

/** What the package around a module says in `kintsugi.hooks`. */
export const declaredHooks = (module: string): ReadonlyArray<string> => {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(codeOf(module).root, "package.json"), "utf8"))
    const { kintsugi } = manifest as { readonly kintsugi?: { readonly hooks?: unknown } } // looked at below
    const hooks = kintsugi?.hooks
    return Array.isArray(hooks) ? hooks.filter((hook) => typeof hook === "string") : []
  } catch {
    return []
  }
}
