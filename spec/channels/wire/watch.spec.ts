/** What counts as a change of health for those who watch it, and how often they are told. */
import { expect, it } from "vitest"
import { healthOf, type Health } from "../../../actors/health.ts"
import { openWatch } from "../../../channels/wire/watch.ts"

const quiet: Health = healthOf({
  pid: 1,
  cwd: "/",
  model: undefined,
  startedAt: 0,
  ledger: { sent: 0, handled: 0, failed: 0, dead: 0, open: 0 },
  memory: { rss: 0, heapUsed: 0 },
  tiers: {},
  reasons: {},
  seams: 0,
  children: []
})

/** A second passes when it is told to. */
const world = () => {
  let now: Health = quiet
  let isFree = true
  const due: Array<() => void> = []
  const told: Array<Health> = []
  const watch = openWatch({
    later: (_, run) => {
      due.push(run)
      return () => void due.splice(due.indexOf(run), 1)
    }
  })
  const end = watch.add({ look: () => now, tell: (health) => void told.push(health), isFree: () => isFree })
  const second = (health: Health = now, free = true): number => {
    now = health
    isFree = free
    due.shift()?.()
    return told.length
  }
  return { second, told, due, end }
}

it.each([
  ["a seam was made or changed", { seams: 1 }],
  ["what is wrong with a plugin", { reasons: { words: "it gave way" } }],
  ["a plugin's state", { plugins: { words: "quarantined" } }],
  ["its status", { status: "degraded" }],
  ["a failure", { tree: { ...quiet.tree, lastFailure: { message: "x", at: 1 } } }]
] as const)("tells %s, once", (_, change) => {
  const { second, told } = world()
  expect(second()).toBe(0)
  expect(second({ ...quiet, ...change })).toBe(1)
  expect(told).toEqual([{ ...quiet, ...change }])
  expect(second()).toBe(1)
})

it("tells nothing of figures that move all the time", () => {
  const { second } = world()
  const moving = { memory: { rss: 1, heapUsed: 1 }, ledger: { ...quiet.ledger, sent: 9, handled: 9 } }
  expect(second({ ...quiet, ...moving, tree: { ...quiet.tree, since: 7 } })).toBe(0)
})

it("tells whoever is slow the newest when there is room again", () => {
  const { second, told } = world()
  expect(second({ ...quiet, seams: 1 }, false)).toBe(0)
  expect(second({ ...quiet, seams: 2 })).toBe(1)
  expect(told[0]?.seams).toBe(2)
})

it("needs no clock when nobody watches any more", () => {
  const { second, due, end } = world()
  end()
  expect(due).toEqual([])
  expect(second({ ...quiet, seams: 1 })).toBe(0)
})
