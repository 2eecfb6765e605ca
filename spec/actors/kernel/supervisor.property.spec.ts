/** P6 and P9 of the kernel's promises, for any tree, any order of failures and any order in which fibers take their turns. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { ChildSpec, ChildView } from "../../../actors/kernel/child.ts"
import {
  observer,
  startSupervisor,
  type Strategy,
  type SupervisionEvent,
  supervisorChild,
  type SupervisorSpec
} from "../../../actors/kernel/supervisor.ts"
import { normally, type Puppet, puppets } from "./puppet.ts"
import { inWorld } from "./shuffled.ts"

const seeds = fc.integer({ min: 1, max: 1_000_000 })
const backoffs = fc.record({ base: fc.constantFrom(0, 20, 200), cap: fc.constant(500), quiet: fc.constant(2000) })
const groups = ["one_for_one", "one_for_all", "rest_for_one"] as const

describe("P6: the budget", () => {
  const deeds = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant("fail" as const), which: fc.nat(3), wait: fc.nat(900) }) },
    fc.record({ do: fc.constant("end" as const), which: fc.nat(3), wait: fc.nat(300) }),
    fc.record({ do: fc.constant("interrupt" as const), which: fc.nat(3), wait: fc.nat(300) }),
    fc.record({ do: fc.constant("break" as const), which: fc.nat(3), wait: fc.constant(0) })
  )
  const plans = fc.record({
    seed: seeds,
    strategy: fc.constantFrom<Strategy>(...groups, "dynamic"),
    exceeded: fc.constantFrom("escalate" as const, "quarantine" as const),
    budget: fc.record({ max: fc.nat(3), seconds: fc.integer({ min: 1, max: 3 }) }),
    backoff: backoffs,
    restarts: fc.array(fc.constantFrom("permanent" as const, "transient" as const), { minLength: 1, maxLength: 4 }),
    deeds: fc.array(deeds, { minLength: 1, maxLength: 14 })
  })
  type Plan = typeof plans extends fc.Arbitrary<infer P> ? P : never

  const play = (plan: Plan) =>
    inWorld(plan.seed, ({ pass, settled }) =>
      Effect.gen(function* () {
        const events: Array<SupervisionEvent> = []
        const { log, puppet } = puppets()
        const all = plan.restarts.map((restart, index) => puppet(`c${index}`, { restart }))
        const { strategy, exceeded, budget, backoff } = plan
        const start = startSupervisor({ id: "s", strategy, exceeded, budget, backoff })
        const supervisor = yield* Effect.provideService(start, observer, (event) => void events.push(event))
        for (const { spec } of all) yield* supervisor.startChild(spec)
        for (const [index, deed] of plan.deeds.entries()) {
          const one = all[deed.which % all.length]
          if (deed.do === "fail") one?.fail(`boom ${index}`)
          if (deed.do === "end") one?.end(normally)
          if (deed.do === "interrupt") one?.end(Effect.interrupt)
          if (deed.do === "break") one?.starts.push(Effect.fail(new Error(`no start ${index}`)))
          // Not always settled: the next deed may come in the middle of the last one's consequences.
          yield* deed.wait % 3 === 0 ? Effect.yieldNow : pass(deed.wait)
        }
        yield* settled
        const end = yield* Effect.raceFirst(supervisor.ended, Effect.as(settled, undefined))
        const alive = all.filter((each) => each.isAlive()).map(({ spec }) => spec.id)
        return { events, end, alive, log: [...log], views: supervisor.children() }
      })
    )

  /** What asked for a restart and counts: ends, but for interruptions, which a restart or the giving up follows at once. */
  const countedOf = (events: ReadonlyArray<SupervisionEvent>) =>
    events.flatMap((event, index) => {
      if (event.type !== "child.ended" || event.reason.kind === "shutdown") return []
      const next = events[index + 1]
      const isMet = next?.type === "supervisor.exhausted" || next?.type === "child.quarantined"
      return isMet || (next?.type === "child.restarting" && next.path === event.path)
        ? [{ child: event.path.slice(2), reason: event.reason, at: event.at }]
        : []
    })

  it("bears so many restarts in a period, then gives up once, with every cause", async () => {
    const seen = { exhausted: 0, quarantined: 0, calm: 0 }
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const { events, end, alive, log, views } = await play(plan)
        const { max, seconds } = plan.budget
        const counted = countedOf(events)
        const exhausted = events.filter(({ type }) => type === "supervisor.exhausted")
        const recent = (at: number, child?: string) =>
          counted.filter(
            (each) => each.at <= at && at - each.at <= seconds * 1000 && (child ?? each.child) === each.child
          )
        if (plan.exceeded === "escalate") {
          const tooMany = counted.filter(({ at }) => recent(at).length > max)
          expect(exhausted.length).toBe(tooMany.length > 0 ? 1 : 0)
          expect(end?.kind).toBe(exhausted.length > 0 ? "exhausted" : undefined)
          const [event] = exhausted
          if (event?.type === "supervisor.exhausted" && event.reason.kind === "exhausted") {
            const causes = counted.slice(-(max + 1)).map(({ child, reason }) => ({ child, reason }))
            expect(event.reason.causes).toEqual(causes)
            expect(end).toEqual(event.reason)
            expect(alive).toEqual([])
            const after = events.slice(events.indexOf(event))
            expect(after.filter(({ type }) => type === "child.started" || type === "child.restarting")).toEqual([])
          }
        } else {
          expect([exhausted, end]).toEqual([[], undefined])
          for (const event of events.filter(({ type }) => type === "child.quarantined")) {
            const child = event.path.slice(2)
            const before = counted.filter((each) => each.child === child && each.at <= event.at)
            expect(event).toMatchObject({
              reason: { causes: before.slice(-(max + 1)).map(({ reason }) => ({ child, reason })) }
            })
            expect(events.slice(events.indexOf(event) + 1).filter(({ path }) => path === event.path)).toEqual([])
          }
        }
        const quarantined = events.some(({ type }) => type === "child.quarantined")
        seen[exhausted.length > 0 ? "exhausted" : quarantined ? "quarantined" : "calm"]++
        // Whoever waits for a child is told each time that it is gone, once, and never while it lives on.
        for (const { id, state } of views) {
          const lines = log.filter((line) => line.includes(id))
          // Of one that had ended and is being restarted with its group the last word is its end; of all others it fits.
          const isGone = lines.at(-1)?.startsWith(`${id}: `)
          if (state !== "restarting")
            expect([id, state]).toEqual([id, isGone === true ? expect.not.stringMatching("running") : "running"])
          const twice = lines.some((line, at) => line.includes(": ") && lines[at + 1]?.includes(": "))
          if (!plan.deeds.some((deed) => deed.do === "break")) expect([id, lines, twice]).toEqual([id, lines, false])
        }
      }),
      { numRuns: 150, seed: 6 }
    )
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(10)
  })
})

describe("P9: the stop", () => {
  interface Leaf {
    readonly id: string
    /** Milliseconds that it takes to stop; `never`: it does not, and is killed after its shutdown time. */
    readonly stopsIn: number | "never"
  }
  interface Branch {
    readonly id: string
    readonly strategy: (typeof groups)[number]
    readonly max: number
    readonly children: ReadonlyArray<Leaf | Branch>
  }
  const isBranch = (node: Leaf | Branch): node is Branch => "children" in node
  const shutdown = 40

  const { tree } = fc.letrec<{ readonly tree: Branch; readonly leaf: Leaf; readonly node: Leaf | Branch }>((tie) => ({
    leaf: fc.record({
      id: fc.constant(""),
      stopsIn: fc.oneof({ weight: 6, arbitrary: fc.constantFrom(0, 0, 5, 30) }, fc.constant("never" as const))
    }),
    node: fc.oneof({ maxDepth: 3 }, tie("leaf"), tie("tree")),
    tree: fc.record({
      id: fc.constant(""),
      strategy: fc.constantFrom(...groups),
      max: fc.constantFrom(0, 1, 100, 100),
      children: fc.array(tie("node"), { minLength: 1, maxLength: 4 })
    })
  }))
  /** Ids by place: `n`, `n0`, `n01`. */
  const named = (node: Leaf | Branch, id: string): Leaf | Branch =>
    isBranch(node)
      ? { ...node, id, children: node.children.map((each, at) => named(each, `${id}${at}`)) }
      : { ...node, id }
  const leavesOf = (node: Leaf | Branch): ReadonlyArray<Leaf> =>
    isBranch(node) ? node.children.flatMap(leavesOf) : [node]

  const deeds = fc.array(fc.record({ fail: fc.nat(20), wait: fc.constantFrom(0, 0, 1, 7, 60, 400) }), { maxLength: 10 })
  const plans = fc.record({
    seed: seeds,
    root: tree.map((node) => named({ ...node, max: 100 }, "n")),
    before: deeds,
    during: fc.option(deeds, { freq: 2, nil: [] })
  })
  type Plan = typeof plans extends fc.Arbitrary<infer P> ? P : never

  const build = (root: Leaf | Branch) => {
    const { log, puppet } = puppets()
    const all = new Map<string, Puppet>()
    const specOf = (node: Leaf | Branch): ChildSpec => {
      if (isBranch(node)) return supervisorChild(branchOf(node))
      const one =
        node.stopsIn === "never"
          ? puppet(node.id, { shutdown }, 1_000_000)
          : puppet(node.id, { shutdown }, node.stopsIn === 0 ? undefined : node.stopsIn)
      all.set(node.id, one)
      return one.spec
    }
    const branchOf = (node: Branch): SupervisorSpec => ({
      id: node.id,
      strategy: node.strategy,
      budget: { max: node.max, seconds: 5 },
      backoff: { base: 20, cap: 100 },
      children: node.children.map(specOf)
    })
    if (!isBranch(root)) throw new Error("unreachable")
    return { log, all, spec: branchOf(root) }
  }

  const isCalm = ({ state, children = [] }: ChildView): boolean => state === "running" && children.every(isCalm)

  const play = ({ seed, root, before, during }: Plan) =>
    inWorld(seed, ({ pass, settled }) =>
      Effect.gen(function* () {
        const { log, all, spec } = build(root)
        const ending = new Set<string>()
        const note = ({ type, path }: SupervisionEvent) => {
          if (type === "supervisor.exhausted") ending.add(path)
          if (type === "child.ended") ending.delete(path)
        }
        const supervisor = yield* Effect.provideService(startSupervisor(spec), observer, note)
        const doAll = (list: Plan["before"]) =>
          Effect.forEach(list, ({ fail, wait }) =>
            Effect.suspend(() => {
              const one = [...all.values()][fail % all.size]
              one?.fail()
              return Effect.as(wait === 0 ? Effect.yieldNow : pass(wait), one?.spec.id ?? "")
            })
          )
        yield* doAll(before)
        const calm = supervisor
          .children()
          .filter((view) => isCalm(view) && ![...ending].some((path) => path.startsWith(`n/${view.id}`)))
          .map(({ id }) => id)
        const isWell = supervisor.children().every(isCalm) && !ending.has("n")
        const from = log.length
        const started = yield* Clock.currentTimeMillis
        const stopping = yield* Effect.forkChild(Effect.andThen(supervisor.stop, Clock.currentTimeMillis), {
          startImmediately: true
        })
        const failed = yield* doAll(during)
        yield* pass(1000)
        const time = (yield* Fiber.join(stopping)) - started
        const lines = log.length
        for (const one of all.values()) one.fail()
        yield* pass(1000)
        yield* settled
        return { log: [...log], from, lines, time, calm, failed, isWell }
      })
    )

  it("is in exact reverse, in its time, releases everything, and nothing runs afterwards", async () => {
    let judged = 0
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const { log, from, lines, time, calm, failed, isWell } = await play(plan)
        const leaves = leavesOf(plan.root)
        expect(time).toBeLessThanOrEqual(leaves.length * shutdown)
        expect(log.slice(lines)).toEqual([])
        // What was started was released, or was killed because it would not end.
        for (const { id, stopsIn } of leaves) {
          const count = (line: string) => log.filter((each) => each === line).length
          expect(count(`~${id}`) + (stopsIn === "never" ? count(`!${id}`) : 0)).toBe(count(`+${id}`))
        }
        expect(log.slice(from).filter((line) => line.startsWith("+") && isWell && failed.length === 0)).toEqual([])
        // Of what was running well below the root: newest first. What failed meanwhile ends when it likes, with its kin.
        const kinOf = (id: string) => id.slice(0, 2)
        const upset = new Set(failed.map(kinOf))
        const ends = log
          .slice(from)
          .flatMap((line) => (line.startsWith("~") || line.startsWith("!") ? [line.slice(1)] : []))
          .filter((id) => calm.includes(kinOf(id)) && !upset.has(kinOf(id)))
        const expected = leaves
          .map(({ id }) => id)
          .filter((id) => calm.includes(kinOf(id)) && !upset.has(kinOf(id)))
          .toReversed()
        if (isWell || calm.length > 0) expect(ends).toEqual(expected)
        if (expected.length > 1) judged++
      }),
      { numRuns: 150, seed: 9 }
    )
    expect(judged).toBeGreaterThan(30)
  })
})
