/** The trial of a plugin: opened with its first failure, kept as long as its runtime. */
import type { Trial } from "../../healing/trial.ts"
import { privatePackages } from "./packages.ts"
import { makeTrial } from "./trial.ts"
import type { Ward } from "./ward.ts"

const trials = new WeakMap<Ward, Trial>()

export const trialFor = (ward: Ward): Trial => {
  const known = trials.get(ward)
  if (known !== undefined) return known
  const { desk, name, module, root } = ward
  const source = { name, module, packages: privatePackages(desk.home.folder, root) }
  const trial = makeTrial({ hosts: desk.hosts, source })
  trials.set(ward, trial)
  return trial
}
