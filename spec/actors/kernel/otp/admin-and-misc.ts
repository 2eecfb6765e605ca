/** OTP's ungrouped cases, gathered from the files that hold them by subject. */
import { admin } from "./admin.ts"
import { badSpecs } from "./bad-specs.ts"
import { group } from "./case.ts"
import { codeChange } from "./code-change.ts"
import { counting } from "./counting.ts"
import { hanging } from "./hanging.ts"
import { scale } from "./scale.ts"
import { trees } from "./trees.ts"

export const adminAndMisc = group("admin and misc", (it) => {
  for (const fill of [admin, badSpecs, counting, trees, hanging, codeChange, scale]) fill(it)
})
