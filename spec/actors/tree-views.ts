/** Trees made by hand, as supervisors tell them. */
import { healthOf, type Health, type Vitals } from "../../actors/health.ts"
import type { ChildView } from "../../actors/kernel/child.ts"

/** A child that runs, and whatever else is said of it. */
export const child = (id: string, more: Partial<ChildView> = {}): ChildView => ({
  id,
  kind: "worker",
  state: "running",
  restarts: 0,
  since: 1000,
  facts: {},
  ...more
})

export const vitals = (children: ReadonlyArray<ChildView>, more: Partial<Vitals> = {}): Vitals => ({
  pid: 4711,
  cwd: "/work",
  startedAt: 1000,
  ledger: { sent: 7, handled: 4, failed: 1, dead: 1, open: 1 },
  memory: { rss: 100 * 2 ** 20, heapUsed: 20 * 2 ** 20 },
  children,
  ...more
})

export const health = (children: ReadonlyArray<ChildView>, more: Partial<Vitals> = {}): Health =>
  healthOf(vitals(children, more))
