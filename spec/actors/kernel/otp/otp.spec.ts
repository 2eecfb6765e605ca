/** Plays Erlang/OTP's supervisor suite, case by case under its own names, and keeps account of which are played. */
import { describe, expect, it } from "@effect/vitest"
import { abnormal } from "./abnormal.ts"
import { adminAndMisc } from "./admin-and-misc.ts"
import { leftOut } from "./left-out.ts"
import { mapSpecs } from "./map-specs.ts"
import { names } from "./names.ts"
import { normalExit } from "./normal-exit.ts"
import { shutdownExit } from "./shutdown-exit.ts"
import { significant } from "./significant.ts"
import { start } from "./start.ts"
import { stop } from "./stop.ts"
import { strategies } from "./strategies.ts"

const groups = [start, mapSpecs, stop, normalExit, shutdownExit, abnormal, strategies, significant, adminAndMisc]

describe.each(groups)("$title", ({ cases }) => {
  for (const { name, sentence, play } of cases) it.effect(`${name}: ${sentence}`, () => play)
})

describe("the account", () => {
  const ported = groups.flatMap(({ cases }) => cases.map(({ name }): string => name))

  it("ported and left out are OTP's 93 cases, each once", () => {
    const all = Object.values(names).flat()
    expect(all).toHaveLength(93)
    expect([...ported, ...leftOut.map(({ name }) => name)].toSorted()).toEqual(all.toSorted())
    expect(new Set(all).size).toBe(93)
  })

  it("at least 80 are ported, and each one left out says why", () => {
    expect(ported.length).toBeGreaterThanOrEqual(80)
    for (const { reason } of leftOut) expect(reason.length).toBeGreaterThan(40)
  })
})
