/** The rungs that fit what broke, as far as the settings allow them, in the ladder's order. */
import * as Effect from "effect/Effect"
import { install, type InstallOptions } from "../../healing/install.ts"
import { patch } from "../../healing/patch.ts"
import { rewrite } from "../../healing/rewrite.ts"
import type { Strategy, StrategyName } from "../../healing/strategy.ts"
import type { TrialTool } from "../../healing/trial.ts"
import type { Broken } from "./healer.ts"
import { privatePackages } from "./packages.ts"
import { trialFor } from "./trials.ts"
import type { Ward } from "./ward.ts"

/** A hook has been answered for already, and no call of it can be played: what is left is to give it what it lacks. */
const rungs: Readonly<Record<"call" | "load" | "hook", ReadonlyArray<StrategyName>>> = {
  call: ["install", "patch", "rewrite"],
  load: ["install", "rewrite"],
  hook: ["patch"]
}

export const strategiesFor = (
  { type }: Extract<Broken, { readonly type: "call" | "load" | "hook" }>,
  ward: Ward
): Effect.Effect<ReadonlyArray<Strategy>> =>
  Effect.sync(() => {
    const { desk } = ward
    const { settings } = desk
    const make: Readonly<Partial<Record<StrategyName, () => Strategy>>> = {
      install: () => installFor(ward),
      patch: () => patch,
      ...(settings.rewrite === "never"
        ? {}
        : {
            rewrite: () =>
              rewrite({
                trial: trialFor(ward),
                toolOf: (name) => toolsOf(ward).find((tool) => tool.name === name),
                ...(desk.propose === undefined ? {} : { propose: desk.propose })
              })
          })
    }
    return rungs[type].filter(desk.isEnabled).flatMap((name) => make[name]?.() ?? [])
  })

const installs = new WeakMap<Ward, Strategy>()

/** The same for all failures of a plugin: each name is tried once. */
const installFor = (ward: Ward): Strategy => {
  const known = installs.get(ward)
  if (known !== undefined) return known
  const strategy = install(installOptions(ward))
  installs.set(ward, strategy)
  return strategy
}

const installOptions = ({ desk, root }: Ward): InstallOptions => ({
  packages: privatePackages(desk.home.folder, root),
  mode: desk.settings.install,
  env: desk.env
})

/** What the plugin brings, as trials see it. */
export const toolsOf = (ward: Ward): ReadonlyArray<TrialTool> =>
  (ward.plugin()?.tools ?? []).map(({ name, description, risk, parameters, idempotent, examples }) => ({
    name,
    description,
    risk,
    parameters,
    idempotent,
    ...(examples === undefined ? {} : { examples })
  }))
