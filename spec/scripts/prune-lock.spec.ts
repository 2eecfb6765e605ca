/** The lock keeps every promise that it holds, and only those. */
import { expect, it } from "vitest"
import { prune } from "../../scripts/prune-lock.ts"

const lockOf = (packages: Record<string, { optionalDependencies?: Record<string, string>; version?: string }>) => ({
  lockfileVersion: 3,
  packages
})

it("drops optional packages that are nowhere in the lock", () => {
  const { lock, dropped } = prune(
    lockOf({
      "": {},
      "node_modules/tool": { version: "1.0.0", optionalDependencies: { "tool-linux": "1.0.0", "tool-mac": "1.0.0" } },
      "node_modules/tool-linux": { version: "1.0.0" },
      "node_modules/other": { optionalDependencies: { "other-mac": "1.0.0" } }
    })
  )
  expect(dropped).toEqual(["tool-mac", "other-mac"])
  expect(lock).toEqual(
    lockOf({
      "": {},
      "node_modules/tool": { version: "1.0.0", optionalDependencies: { "tool-linux": "1.0.0" } },
      "node_modules/tool-linux": { version: "1.0.0" },
      "node_modules/other": {}
    })
  )
})

it("finds packages as Node does: beside, above, at the top", () => {
  const packages = {
    "node_modules/@a/b/node_modules/tool": {
      optionalDependencies: { beside: "1", above: "1", top: "1", elsewhere: "1" }
    },
    "node_modules/@a/b/node_modules/tool/node_modules/beside": {},
    "node_modules/@a/b/node_modules/above": {},
    "node_modules/top": {},
    "node_modules/c/node_modules/elsewhere": {}
  }
  expect(prune(lockOf(packages)).dropped).toEqual(["elsewhere"])
})

it("leaves a clean lock alone", () => {
  const clean = lockOf({ "": { optionalDependencies: { x: "1" } }, "node_modules/x": { version: "1" } })
  expect(prune(clean)).toEqual({ lock: clean, dropped: [] })
})
